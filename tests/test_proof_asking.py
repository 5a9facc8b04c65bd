"""The words to record: after them, the machine is the only one."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical
from seqlogic.proof import Uniqueness, questions, uniqueness

BIT = Alphabet.of(["0", "1"])


def machine_of(seed: int, states: int) -> Machine:
    """A minimal machine of so many states, or a few less, over bits."""
    rng = np.random.default_rng(seed)
    tables = rng.integers(states, size=(states, 2)), rng.integers(2, size=(states, 2))
    return canonical(Machine(*(table.astype(np.int32) for table in tables), BIT, BIT))


def examples_of(machine: Machine, words: list[tuple[int, ...]]) -> Examples:
    """What the machine answers to words."""
    table = np.full((len(words), max(map(len, words))), UNKNOWN, dtype=np.int32)
    for row, word in enumerate(words):
        table[row, : len(word)] = word
    return Examples(table, machine.run(table)[0], machine.inputs, machine.outputs)


@pytest.mark.parametrize("seed", range(12))
def test_the_words_settle_it(seed: int) -> None:
    machine = machine_of(seed, 1 + seed)
    first = [(0, 1), (1, 1, 0)]
    found = questions(machine, examples_of(machine, first))
    assert found.settled
    assert len(set(found.words)) == len(found.words)
    after = uniqueness(machine, examples_of(machine, [*first, *found.words]))
    assert (after.minimal, after.unique) == (True, True)
    if found.words:
        assert not uniqueness(machine, examples_of(machine, first)).unique


@pytest.mark.parametrize("seed", range(2, 7))
def test_more_words_settle_it_for_one_state_more(seed: int) -> None:
    machine = machine_of(seed, 1 + seed)
    first = [(0, 1), (1, 1, 0)]
    found = questions(machine, examples_of(machine, first), wider=True)
    assert found.settled
    assert set(found.words) >= set(questions(machine, examples_of(machine, first)).words)
    assert uniqueness(machine, examples_of(machine, [*first, *found.words])).wider


def test_transitions_that_could_end_elsewhere_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = machine_of(5, 6)
    entries = tuple((state, symbol) for state in range(len(machine)) for symbol in (0, 1))
    module = sys.modules["seqlogic.proof.asking"]
    monkeypatch.setattr(module, "rivals", lambda *_: iter(()))
    asked = []

    def unsure(true: Machine, examples: Examples, limit: float) -> Uniqueness:
        found = uniqueness(true, examples, limit)
        asked.append(len(examples))
        return replace(found, minimal=True, unique=None, wider=None, rival=None, word=None, open=entries)

    monkeypatch.setattr(module, "uniqueness", unsure)
    first = [(0, 1), (1, 1, 0)]
    found = questions(machine, examples_of(machine, first))
    # First what tells the states apart, then the transitions; and then there are no more.
    assert len(asked) == 3
    assert (asked[0], asked[-1]) == (2, 2 + len(found.words))
    assert not found.settled
    assert uniqueness(machine, examples_of(machine, list(found.words))).unique


def test_nothing_is_asked_where_all_is_proven() -> None:
    machine = machine_of(3, 2)
    words = [tuple(word) for word in np.random.default_rng(0).integers(2, size=(50, 8)).tolist()]
    found = questions(machine, examples_of(machine, words))
    assert (found.words, found.settled) == ((), True)


def test_no_time_settles_nothing() -> None:
    machine = machine_of(5, 6)
    assert not questions(machine, examples_of(machine, [(0, 1)]), limit=-1).settled


def test_what_the_machine_does_not_specify_is_not_asked() -> None:
    # Two states that only an unknown output tells apart: no word of it could ever name them.
    next_state, output = np.array([[1, 0], [0, 0]], dtype=np.int32), np.array([[0, 0], [0, -1]], dtype=np.int32)
    machine = Machine(next_state, output, BIT, BIT)
    found = questions(machine, examples_of(machine, [(0, 0), (1,)]))
    assert not found.settled
    answers = [machine.run(np.array([word], dtype=np.int32))[0] for word in found.words]
    assert all(answer[0, -1] >= 0 for answer in answers)
