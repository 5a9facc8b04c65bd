"""The noise-aware peer: exact from noisy examples, told the rate, where state merging without it has no machine."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from aalpy.learning_algs.general_passive.GsmNode import GsmNode, unknown_output
from aalpy.learning_algs.general_passive.ScoreFunctionsGSM import SpecialScores
from hypothesis import given, settings
from hypothesis import strategies as st

from datamodules import SampledData
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.proof import equivalent
from seqlogic.study.peers import NoiseAware, edsm
from seqlogic.study.peers.noise_aware import Errors, Evidence, NoiseScore, pooled, total
from tasks import CycleNavigation, Detector, ModCounter, Parity, RandomMachine, Task
from tests.example_sets import every_word, made_by_machines, padded, symbols

RANDOM5 = RandomMachine(states=5, inputs=2, outputs=3, seed=0)


def drawn(task: Task, rate: float, count: int = 300, missing: float = 0.0, seed: int = 0) -> Examples:
    return SampledData(task=task, sequences=count, max_length=20, flipped=rate, missing=missing, seed=seed).examples


@pytest.mark.parametrize("rate", [0.05, 0.1])
@pytest.mark.parametrize(
    "task", [Parity(), ModCounter(k=5), CycleNavigation(k=5), Detector(), RANDOM5], ids=lambda task: type(task).__name__
)
def test_noisy_examples_give_the_exact_machine(task: Task, rate: float) -> None:
    machine = NoiseAware(rate)(drawn(task, rate), 0)
    assert equivalent(machine, task.reference())
    assert (machine.inputs, machine.outputs) == (task.inputs, task.outputs)


def test_state_merging_without_the_rate_finds_none() -> None:
    assert edsm(drawn(Parity(), 0.05), 0) is None


def test_a_missing_output_is_no_evidence() -> None:
    task = ModCounter(k=5)
    assert equivalent(NoiseAware(0.05)(drawn(task, 0.05, count=600, missing=0.3), 0), task.reference())


@settings(max_examples=10)
@given(made=made_by_machines())
def test_without_noise_the_machine_fits_the_data(made: tuple[Machine, Examples]) -> None:
    machine, examples = NoiseAware(0.0)(made[1], 0), made[1]
    assert not ((machine.run(examples.words)[0] != examples.answers) & (examples.answers >= 0)).any()


def test_without_noise_a_machine_is_found_from_all_its_words() -> None:
    machine = Parity().reference()
    assert equivalent(NoiseAware(0.0)(every_word(machine, 4), 0), machine)


def test_the_same_machine_for_every_seed_and_from_one_conversion() -> None:
    peer = NoiseAware(0.1)
    converted = peer.convert(drawn(RANDOM5, 0.1, count=60))
    machines = [peer.learn(converted, seed) for seed in (0, 1)]
    machines.append(NoiseAware(0.1)(drawn(RANDOM5, 0.1, count=60), 2))
    for one in machines[1:]:
        assert np.array_equal(one.next_state, machines[0].next_state)
        assert np.array_equal(one.output, machines[0].output)


def test_the_order_of_the_sequences_makes_no_difference() -> None:
    examples = drawn(Parity(), 0.05)
    turned = replace(examples, words=examples.words[::-1], answers=examples.answers[::-1])
    assert NoiseAware(0.05)(examples, 0).digest == NoiseAware(0.05)(turned, 0).digest


def test_what_was_never_seen_is_unknown() -> None:
    words, answers = padded([[0, 0], [1]], 2), padded([[1, 0], [-1]], 2)
    machine = NoiseAware(0.0)(Examples(words, answers, symbols(3), symbols(2)), 0)
    assert machine.run(np.array([[1], [2], [0]]))[0].tolist() == [[UNKNOWN], [UNKNOWN], [1]]
    assert (machine.next_state[:, 2] == UNKNOWN).all()


@pytest.mark.parametrize("length", [0, 3])
@pytest.mark.parametrize("outputs", [1, 2])
def test_without_an_observed_output_all_is_unknown(length: int, outputs: int) -> None:
    words = np.zeros((2, length), dtype=np.int32)
    machine = NoiseAware(0.05)(Examples(words, np.full_like(words, UNKNOWN), symbols(1), symbols(outputs)), 0)
    assert len(machine) == 1
    assert (machine.output == UNKNOWN).all()


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.5, 0.99])
def test_one_output_symbol_alone_needs_one_state(rate: float) -> None:
    examples = Examples(np.zeros((3, 4)), np.zeros((3, 4)), symbols(1), symbols(1))
    machine = NoiseAware(rate)(examples, 0)
    assert (machine.next_state.tolist(), machine.output.tolist()) == ([[0]], [[0]])


def test_the_output_seen_most_often_stands_and_of_equals_the_first() -> None:
    words = np.zeros((4, 1))
    for answers, output in (([1, 0, 1, 1], 1), ([1, 1, 0, 0], 0), ([2, 1, -1, -1], 1)):
        examples = Examples(words, np.array(answers)[:, None], symbols(1), symbols(3))
        assert NoiseAware(0.1)(examples, 0).output.tolist() == [[output]]


@pytest.mark.parametrize("rate", [-0.1, 1.0, math.nan])
def test_a_rate_is_a_share(rate: float) -> None:
    with pytest.raises(ValueError, match=r"a noise rate of .*: expected 0 to below 1"):
        NoiseAware(rate)


def test_a_rate_that_hides_the_right_output_still_gives_a_machine() -> None:
    assert NoiseAware(0.9)(drawn(Parity(), 0.5, count=50), 0) is not None


@pytest.mark.parametrize("rate", [0.02, 0.3])
@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_the_expected_errors_are_those_of_all_outcomes(rate: float, count: int) -> None:
    mean = square = 0.0
    for wrong in product([False, True], repeat=count):
        chance = math.prod(rate if one else 1 - rate for one in wrong)
        fewer = min(sum(wrong), count - sum(wrong))
        mean, square = mean + chance * fewer, square + chance * fewer**2
    assert Errors(rate, 2).expected(count) == pytest.approx((mean, square - mean**2))


def test_the_errors_of_many_outputs_are_binomial() -> None:
    errors = Errors(0.1, 2)
    assert errors.expected(500) == pytest.approx((50, 45))
    assert errors.expected(501) == pytest.approx((50.1, 45.09))


def test_an_error_costs_the_odds_of_the_right_output_to_a_wrong_one() -> None:
    assert Errors(0.1, 2).cost == pytest.approx(math.log(9))
    assert Errors(0.1, 5).cost == pytest.approx(math.log(0.9 / 0.025))
    assert Errors(0.0, 2).rate == 1e-6
    assert Errors(0.9, 3).cost > 0


def test_pooling_counts_only_the_errors_that_it_makes() -> None:
    errors = Errors(0.1, 3)
    both, more, spread = errors.pool(((0, 9), (1, 1)), ((1, 4), (2, 1)))
    assert both == ((0, 9), (1, 5), (2, 1))
    # 6 errors in 15, of which 1 and 1 were there before.
    parts = [errors.expected(count) for count in (15, 10, 5)]
    assert more == pytest.approx(4 - (parts[0][0] - parts[1][0] - parts[2][0]))
    assert spread == pytest.approx(parts[0][1] - parts[1][1] - parts[2][1])


@settings(max_examples=30)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.integers(0, 12))
def test_pooled_counts_are_those_of_all_outputs_together(outputs: list[int], cut: int) -> None:
    def counted(some: list[int]) -> tuple[tuple[int, int], ...]:
        return tuple((y, some.count(y)) for y in sorted(set(some)))

    assert pooled(counted(outputs[:cut]), counted(outputs[cut:])) == counted(outputs)
    assert total(counted(outputs)) == len(outputs)


def chain(*outputs: tuple[tuple[int, int], ...]) -> GsmNode:
    """A node with these counts on its only input, or none, its successor with the next ones, and so on to a leaf."""
    first = node = GsmNode((0, "any"), None, Evidence())
    for counts in outputs:
        if counts:
            node.data.counts[0] = counts
        after = GsmNode((0, "any"), node, Evidence())
        node.transitions[0]["any"] = after
        node = after
    return first


def merged(blue: GsmNode, red: GsmNode, rate: float = 0.1, limit: float = 6.0, agreement: float = 0.1) -> float | None:
    """The score of a merge; None if it is refused."""
    score = NoiseScore(Errors(rate, 2), limit, agreement).early_score(red, blue)
    return None if score is SpecialScores.ImmediateReject else score


def test_a_score_is_the_likelihood_and_the_agreement_of_all_that_is_pooled() -> None:
    errors = Errors(0.1, 2)
    first, second = errors.pool(((0, 9),), ((0, 8), (1, 1))), errors.pool(((1, 5),), ((1, 5),))
    score = merged(chain(((0, 8), (1, 1)), ((1, 5),)), chain(((0, 9),), ((1, 5),)))
    explained = (first[2] + second[2]) / 0.09
    assert score == pytest.approx(0.1 * explained - errors.cost * (first[1] + second[1]))


def test_what_only_one_of_both_has_seen_is_no_evidence() -> None:
    assert merged(chain(((0, 9),)), chain()) == 0
    assert merged(chain((), ((0, 9),)), chain(((1, 9),))) == 0
    blind = chain(((0, 9),))
    blind.data.counts.clear()
    assert merged(chain(((1, 9),)), blind) == 0


@pytest.mark.parametrize("wrong", range(1, 12))
def test_a_merge_is_refused_beyond_what_noise_explains(wrong: int) -> None:
    errors, limit = Errors(0.1, 2), 6.0
    red, blue = ((0, 60),), ((0, 30 - wrong), (1, wrong))
    _, more, spread = errors.pool(red, blue)
    refused = more > math.sqrt(2 * max(0.0, spread) * limit) + limit / errors.cost
    assert (merged(chain(blue), chain(red)) is None) == refused


def test_a_blue_state_that_comes_back_to_itself_is_folded_into_the_red_one() -> None:
    # Red leads to blue: after the merge red is a loop, and all of the chain is pooled in its one entry.
    red = chain(((0, 4),), ((0, 3),), ((0, 2), (1, 1)))
    errors = Errors(0.1, 2)
    counts, surplus, variance = ((0, 4),), 0.0, 0.0
    for more in (((0, 3),), ((0, 2), (1, 1))):
        counts, extra, spread = errors.pool(counts, more)
        surplus, variance = surplus + extra, variance + spread
    score = merged(red.transitions[0]["any"], red)
    assert score == pytest.approx(0.1 * variance / 0.09 - errors.cost * surplus)


def test_an_unobserved_output_does_not_end_its_trace() -> None:
    words, answers = padded([[0, 1, 0], []], 3), padded([[-1, 1, -1], []], 3)
    converted = NoiseAware(0.1).convert(Examples(words, answers, symbols(2), symbols(2)))
    assert converted.traces == [[(0, unknown_output), (1, 1), (0, unknown_output)], []]
