"""The search: each step by what it must and must not do, and all of them on machines that lose outputs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from seqlogic.examples import Examples
from seqlogic.machine import Machine
from seqlogic.noise import Candidate, Evidence, search, settled, shortest
from tasks import Detector, Dyck, ModCounter, RandomMachine, Task
from tests.example_sets import doubled, example_sets, padded, symbols


def noisy(task: Task, rate: float, sequences: int, seed: int = 0, length: int = 32) -> Examples:
    """Examples of a task, that share of their outputs flipped."""
    return flipped(task.examples(np.random.default_rng(seed), sequences, 1, length), rate, seed)


def flipped(examples: Examples, rate: float, seed: int) -> Examples:
    """That share of the outputs replaced by others."""
    rng = np.random.default_rng((seed, 1))
    wrong = (rng.random(examples.answers.shape) < rate) & (examples.answers >= 0)
    others = (examples.answers + rng.integers(1, len(examples.outputs), wrong.shape)) % len(examples.outputs)
    return Examples(examples.words, np.where(wrong, others, examples.answers), examples.inputs, examples.outputs)


def start(examples: Examples, table: np.ndarray) -> Candidate:
    found = Candidate.of(Evidence.of(examples), table)
    assert found is not None
    return found


def scattered(examples: Examples, states: int, seed: int = 0) -> Candidate:
    """A random table of far too many states."""
    rng = np.random.default_rng(seed)
    return start(examples, rng.integers(states, size=(states, len(examples.inputs))))


def machine(candidate: Candidate, examples: Examples) -> Machine:
    return candidate.machine(examples.inputs, examples.outputs)


@pytest.mark.parametrize("step", [settled, search.merge, search.repoint, search.split, search.lift, shortest])
@given(example_sets(max_sequences=8, max_length=6, min_length=1))
@settings(max_examples=12, deadline=None)
def test_no_step_ever_makes_a_description_longer(step: object, examples: Examples) -> None:
    before = scattered(examples, 4)
    after = step(before)  # type: ignore[operator]
    assert after.length <= before.length + search.TOLERANCE
    assert after.description == start(examples, after.next_state).description


@given(example_sets(max_sequences=8, max_length=6, min_length=1))
@settings(max_examples=25, deadline=None)
def test_where_it_ends_no_single_change_is_shorter(examples: Examples) -> None:
    found = shortest(scattered(examples, 4))
    for entry in np.flatnonzero(found.visits).tolist():
        assert found.retargeted(entry).min() >= found.length - search.TOLERANCE
        assert search.with_clone(found, entry).length >= found.length - search.TOLERANCE
    for kept, dropped in search.pairs_by_errors(found):
        table = search.merged_table(found, kept, dropped)
        assert start(examples, table).length >= found.length - search.TOLERANCE


def test_twins_are_merged() -> None:
    task = RandomMachine(states=6, seed=3)
    reference = task.reference()
    examples = noisy(task, 0.05, 300)
    double = doubled(reference, 1)
    found = search.merge(start(examples, double.next_state))
    assert found.states == 6
    assert machine(found, examples).digest == reference.digest


def test_where_the_closest_pair_does_not_pay_all_others_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    task = RandomMachine(states=6, seed=3)
    examples = noisy(task, 0.05, 300)
    monkeypatch.setattr(search, "_CLOSEST", 1)
    found = search.merge(start(examples, doubled(task.reference(), 1).next_state))
    for pair in search.pairs_by_errors(found):
        assert start(examples, search.merged_table(found, *pair)).length >= found.length - search.TOLERANCE


def test_a_merge_keeps_the_transitions_of_the_state_that_is_visited_more() -> None:
    # Edges of the tree, and not sequences, are visits: three of them leave state 1, two state 0 and one state 2.
    words = padded([[0], [1, 0, 1], [1, 1, 0, 1], [1, 1, 1]], 4)
    examples = Examples(words, np.where(words >= 0, 0, -1), symbols(2), symbols(1))
    found = start(examples, np.array([[0, 1], [2, 1], [2, 2]]))
    assert found.visits.sum(axis=1).tolist() == [2, 4, 2]
    assert search.merged_table(found, 0, 1).tolist() == [[2, 0], [2, 0], [2, 2]]
    assert search.merged_table(found, 1, 2).tolist() == [[0, 1], [1, 1], [1, 1]]
    assert search.merged_table(found, 0, 2).tolist() == [[0, 1], [0, 1], [0, 0]]


def test_pairs_come_in_the_order_of_the_errors_that_they_would_add() -> None:
    found = scattered(noisy(RandomMachine(states=5, seed=1), 0.1, 100), 7)

    def added(pair: tuple[int, int]) -> int:
        left, right = found.counts[pair[0]], found.counts[pair[1]]
        return int((left.max(axis=1) + right.max(axis=1) - (left + right).max(axis=1)).sum())

    pairs = list(search.pairs_by_errors(found))
    errors = [added(pair) for pair in pairs]
    assert errors == sorted(errors)
    left_out = [(a, b) for a in range(7) for b in range(a + 1, 7) if (a, b) not in pairs]
    assert left_out
    # More than four times what the two entries of a state cost.
    rate = found.description.rate
    worth = 4 * 2 * (math.log(found.description.states + 1) + math.log(2))
    assert all(added(pair) * math.log((1 - rate) / rate) > worth for pair in left_out)
    assert all(added(pair) * math.log((1 - rate) / rate) <= worth for pair in pairs)


def test_one_wrong_transition_is_led_back() -> None:
    task = RandomMachine(states=8, seed=5)
    reference = task.reference()
    examples = noisy(task, 0.1, 400)
    table = reference.next_state.copy()
    table[3, 1] = (table[3, 1] + 1) % 8
    assert (search.repoint(start(examples, table)).next_state == reference.next_state).all()


def test_a_machine_that_begins_elsewhere_is_led_back() -> None:
    task = RandomMachine(states=8, seed=5)
    table = task.reference().next_state
    place = np.array([3, 1, 2, 0, 4, 5, 6, 7])
    examples = noisy(task, 0.1, 400)
    found = search.repoint(start(examples, place[table[place]]))
    assert (found.next_state == table).all()


def test_a_state_that_was_merged_is_split_off_again() -> None:
    task = Dyck(depth=3, answer="valid")
    reference = task.reference()
    examples = noisy(task, 0.05, 600)
    whole = start(examples, reference.next_state)
    for kept, dropped in search.pairs_by_errors(whole):
        merged = settled(start(examples, search.merged_table(whole, kept, dropped)))
        assert machine(shortest(merged), examples).digest == reference.digest


@pytest.mark.parametrize("few", [0, search._FEW])
def test_of_few_states_each_split_is_settled_at_once(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = noisy(RandomMachine(states=12, seed=1), 0.05, 800)
    stuck = start(examples, RandomMachine(states=12, seed=1).reference().next_state)
    for _ in range(6):
        stuck = start(examples, search.merged_table(stuck, *next(iter(search.pairs_by_errors(stuck)))))
    stuck = settled(stuck)
    given: list[int] = []

    def counted(candidate: Candidate) -> Candidate:
        given.append(candidate.states)
        return settled(candidate)

    monkeypatch.setattr(search, "_FEW", few)
    monkeypatch.setattr(search, "settled", counted)
    assert search.split(stuck).states == 12
    # One state more each time, or all that a round of the transitions splits off at once.
    assert all(states <= 13 for states in given) if few else [states > 13 for states in given] == [True]


def test_counting_is_found_by_a_product_with_a_counter_and_not_without() -> None:
    task = ModCounter(k=16)
    examples = noisy(task, 0.05, 1000)
    # What is left of it: at zero or not, and no count in between.
    stuck = settled(start(examples, np.array([[0, 1], [1, 1]])))
    assert stuck.states < 16
    assert search.split(stuck).states < 16
    assert machine(shortest(stuck), examples).digest == task.reference().digest


def test_a_pattern_is_found_by_a_product_with_what_was_read_and_not_without() -> None:
    task = Detector(pattern="11011011")
    words = np.random.default_rng(0).integers(2, size=(2500, 32))
    clean = Examples(words, task.reference().run(words)[0], task.reference().inputs, task.reference().outputs)
    examples = flipped(clean, 0.05, seed=2)
    # The pattern comes once in 256 symbols, and one output in 20 is wrong. Not every draw tells it from all others.
    stuck = start(examples, np.zeros((1, 2), dtype=int))
    assert settled(stuck).states == search.split(stuck).states == 1
    assert machine(shortest(stuck), examples).digest == task.reference().digest


def test_products_are_what_they_say() -> None:
    best = start(noisy(ModCounter(k=3), 0.1, 50), np.array([[0, 1], [1, 2], [2, 0]]))
    words = np.random.default_rng(0).integers(2, size=(20, 12))
    base = best.next_state
    products = [*search._counters(best), *search._memories(best)]
    assert [parts for parts, _ in products] == [k for k in (2, 3, 4, 8, 16) for _ in range(6)] + [4, 8, 16, 32, 64, 128]
    for number, (parts, table) in enumerate(products):
        entry = number % 6
        for word in words:
            state = part = at = 0
            for symbol in word:
                if number < 30:
                    part = min(part + (state * 2 + symbol == entry), parts - 1)
                else:
                    part = (part * 2 + symbol) % parts
                state, at = base[state, symbol], table[at, symbol]
                assert at == state * parts + part


@pytest.mark.parametrize("rate", [0.01, 0.1])
@pytest.mark.parametrize(
    "task",
    [ModCounter(k=5), RandomMachine(states=5, seed=2), Dyck(depth=3, answer="valid")],
    ids=lambda t: type(t).__name__,
)
def test_small_machines_are_found_from_random_tables(task: Task, rate: float) -> None:
    examples = noisy(task, rate, 600)
    found = min((shortest(scattered(examples, 24, seed)) for seed in range(3)), key=lambda one: one.length)
    assert machine(found, examples).digest == task.reference().digest
    assert found.description.rate == pytest.approx(rate, rel=0.25)


def test_a_rare_event_survives() -> None:
    # A one in 32 symbols, and in 20 an output that is wrong.
    task = Detector(pattern="11011")
    examples = noisy(task, 0.05, 1000)
    assert machine(shortest(start(examples, task.reference().next_state)), examples).digest == task.reference().digest


def test_noise_alone_has_one_state() -> None:
    rng = np.random.default_rng(0)
    task = ModCounter(k=2)
    examples = task.examples(rng, 300, 1, 16)
    answers = np.where(examples.answers >= 0, rng.integers(2, size=examples.answers.shape), -1)
    noise = Examples(examples.words, answers, examples.inputs, examples.outputs)
    found = shortest(scattered(noise, 16))
    assert found.states == 1
    assert found.description.rate == pytest.approx(0.5, abs=0.02)
