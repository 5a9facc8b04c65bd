"""The ceiling against brute force: every machine with one entry changed, run over all of the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy, to_moore
from seqlogic.proof import distinguish, violation
from seqlogic.proof import rivals as module
from seqlogic.proof.rivals import find_rival, rivals
from tasks import DivisibleBy, Dyck, ModCounter, RandomMachine, Task
from tests.example_sets import every_word, made_by_machines, observed, padded, symbols

PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], symbols(2), symbols(2))


def arrays(machine: Machine) -> tuple[bytes, bytes]:
    return machine.next_state.tobytes(), machine.output.tobytes()


def brute_force(machine: Machine, examples: Examples) -> set[tuple[bytes, bytes]]:
    """All machines with one known entry changed that fit the data and do not conform."""
    true = canonical(to_mealy(machine))
    found = set()
    for table, values in (("next_state", len(true)), ("output", len(true.outputs))):
        for entry in zip(*np.nonzero(getattr(true, table) >= 0), strict=True):
            for value in range(values):
                changed = getattr(true, table).copy()
                changed[entry] = value
                mutant = replace(true, **{table: changed})
                shown = mutant.run(examples.words)[0]
                fits = ((examples.answers < 0) | (shown == examples.answers)).all()
                if fits and violation(mutant, true) is not None:
                    found.add(arrays(mutant))
    return found


@given(made_by_machines(max_sequences=30))
@settings(max_examples=150, deadline=None)
def test_partial_machines_and_missing_answers(made: tuple[Machine, Examples]) -> None:
    machine, examples = made
    found = [arrays(rival) for rival in rivals(machine, examples)]
    assert len(found) == len(set(found))
    assert set(found) == brute_force(machine, examples)


@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(1, 60), st.sampled_from(["dense", "label", "some"]))
@settings(max_examples=80, deadline=None)
def test_random_machines(seed: int, states: int, count: int, seen: str) -> None:
    task = RandomMachine(states=states, inputs=1 + seed % 3, outputs=2 + seed % 2, seed=seed)
    rng = np.random.default_rng(seed)
    examples = task.examples(rng, count, 1, 12)
    hidden = np.zeros(examples.answers.shape, dtype=bool)
    if seen == "label":
        hidden = np.arange(12) != examples.lengths[:, None] - 1
    elif seen == "some":
        hidden = rng.random(hidden.shape) < 0.5
    examples = replace(examples, answers=np.where(hidden, UNKNOWN, examples.answers))
    assert {arrays(rival) for rival in rivals(task.reference(), examples)} == brute_force(task.reference(), examples)


@pytest.mark.parametrize(
    ("task", "count"), [(Dyck(depth=5), 40), (DivisibleBy(k=12), 30), (ModCounter(k=9), 40), (ModCounter(k=9), 400)]
)
def test_in_batches_as_at_once(task: Task[object], count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = task.examples(np.random.default_rng(3), count, 1, 24)
    found = {arrays(rival) for rival in rivals(task.reference(), examples)}
    assert found == brute_force(task.reference(), examples)
    monkeypatch.setattr(module, "_ROWS", 7)
    assert found == {arrays(rival) for rival in rivals(task.reference(), examples)}


@pytest.mark.parametrize("only", range(24))
def test_no_sequence_is_left_out(only: int) -> None:
    """One answer alone is observed, in a sequence of any rank."""
    words = padded([[1] + [0] * (length % 7) + [1] * (length // 7) for length in range(1, 25)], 12)
    examples = observed(PARITY, words)
    hidden = np.ones(words.shape, dtype=bool)
    hidden[only, examples.lengths[only] - 1] = False
    examples = replace(examples, answers=np.where(hidden, UNKNOWN, examples.answers))
    assert {arrays(rival) for rival in rivals(PARITY, examples)} == brute_force(PARITY, examples)


def test_the_word_is_the_shortest_that_shows_the_rival() -> None:
    # The only way into state 2 is never taken.
    machine = Machine([[0, 1], [0, 2], [2, 2]], [[0, 0], [0, 0], [1, 1]], symbols(2), symbols(2))
    found = find_rival(machine, observed(machine, padded([[0, 1, 0, 0, 1], [1, 0, 1]], 5)))
    assert found is not None
    assert found.word == distinguish(found.machine, machine)
    assert len(found.machine) == 3
    assert found.machine.run(np.array([found.word]))[0][0, -1] != machine.run(np.array([found.word]))[0][0, -1]


def test_all_short_words_leave_no_rival_of_parity() -> None:
    assert find_rival(PARITY, every_word(PARITY, 3)) is None
    assert find_rival(to_moore(PARITY), every_word(PARITY, 3)) is None


def test_an_answer_that_was_not_observed_constrains_nothing() -> None:
    words = every_word(PARITY, 3)
    assert len(list(rivals(PARITY, replace(words, answers=np.full_like(words.answers, UNKNOWN))))) == 8


def test_what_is_refused() -> None:
    words = np.array([[0, 1]])
    with pytest.raises(ValueError, match=r"^the machine does not fit the examples itself$"):
        find_rival(PARITY, Examples(words, np.array([[0, 0]]), symbols(2), symbols(2)))
    with pytest.raises(ValueError, match=r"^the machine and the examples have alphabets of different sizes$"):
        find_rival(PARITY, Examples(words, words, symbols(3), symbols(2)))
    half = Machine([[0]], [[2]], symbols(1), Alphabet.words(2), care=np.array([[2]]))
    with pytest.raises(ValueError, match=r"^an output is known in part; give each such word a symbol of its own$"):
        find_rival(half, Examples(np.array([[0]]), np.array([[UNKNOWN]]), symbols(1), Alphabet.words(2)))
