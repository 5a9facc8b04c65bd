"""The runner-up: what is tried, and that no likelier neighbour is passed over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.machine import Machine, canonical
from seqlogic.noise import Candidate, Evidence, runner_up, search
from seqlogic.proof import clash
from tasks import RandomMachine
from tests.example_sets import padded, symbols
from tests.test_noise_search import noisy


@pytest.fixture(scope="module")
def examples() -> Examples:
    return noisy(RandomMachine(states=4, seed=7), 0.05, 60, length=12)


@pytest.fixture(scope="module")
def best(examples: Examples) -> Candidate:
    found = Candidate.of(Evidence.of(examples), RandomMachine(states=4, seed=7).reference().next_state)
    assert found is not None
    return search.shortest(found)


def neighbours(best: Candidate, examples: Examples) -> list[tuple[float, Machine]]:
    """All machines one change away, with their lengths, each walked from the start."""
    inputs, outputs = examples.inputs, examples.outputs
    found = []

    def add(table: np.ndarray) -> None:
        one = Candidate.of(best.evidence, table)
        assert one is not None
        found.append((one.length, one.machine(inputs, outputs)))

    for entry in np.flatnonzero(best.visits).tolist():
        for target in range(best.states):
            table = best.next_state.copy()
            table.flat[entry] = target
            add(table)
        add(search.with_clone(best, entry).next_state)
        network = best.network(inputs, outputs)
        for answer in range(len(outputs)):
            output = network.output.copy()
            output.flat[entry] = answer
            changed = replace(network, output=output)
            wrong = (examples.answers >= 0) & (changed.run(examples.words)[0] != examples.answers)
            description = replace(best.description, errors=int(wrong.sum()))
            found.append((description.length, canonical(changed)))
    for pair in search.pairs_by_errors(best):
        add(search.merged_table(best, *pair))
    return found


def test_it_is_the_likeliest_neighbour_that_answers_otherwise(best: Candidate, examples: Examples) -> None:
    machine = best.machine(examples.inputs, examples.outputs)
    others = [(length, one) for length, one in neighbours(best, examples) if clash(machine, one) is not None]
    found = runner_up(best, [], examples.inputs, examples.outputs)
    assert found is not None
    assert best.length + found.margin == pytest.approx(min(length for length, _ in others))
    assert found.word == clash(machine, found.machine)
    assert found.margin > 0


def test_another_that_a_search_ended_in_may_be_likelier(best: Candidate, examples: Examples) -> None:
    other = best.with_table(np.zeros_like(best.next_state))
    near = replace(other, description=replace(best.description, errors=best.description.errors + 1))
    found = runner_up(best, [best, near], examples.inputs, examples.outputs)
    assert found is not None
    assert found.machine.digest == other.machine(examples.inputs, examples.outputs).digest
    assert found.margin == pytest.approx(near.length - best.length)


def test_where_nothing_else_was_tried_there_is_none() -> None:
    words = padded([[0], [0, 0]], 2)
    examples = Examples(words, np.where(words >= 0, 0, -1), symbols(1), symbols(1))
    best = Candidate.of(Evidence.of(examples), np.array([[0]]))
    assert best is not None
    assert runner_up(search.shortest(best), [], examples.inputs, examples.outputs) is None


def test_an_output_that_was_seen_once_is_the_first_to_doubt() -> None:
    words = padded([[0] * 9] * 20 + [[0, 1]], 9)
    examples = Examples(words, np.where(words == 1, 1, np.where(words == 0, 0, -1)), symbols(2), symbols(2))
    best = Candidate.of(Evidence.of(examples), np.array([[0, 0]]))
    assert best is not None
    found = runner_up(best, [], examples.inputs, examples.outputs)
    assert found is not None
    assert found.machine.output.tolist() == [[0, 0]]
    assert found.word == (1,)
    assert found.margin == pytest.approx(replace(best.description, errors=1).length - best.length)
