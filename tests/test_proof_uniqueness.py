"""What the data prove: compared with all machines there are."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof import uniqueness
from seqlogic.study.enumeration import BIT, KINDS, Kind, compared, drawn, examples_of, random_machine


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("states", [1, 2, 3])
def test_small_verdicts_agree_with_all_machines_there_are(states: int, kind: Kind) -> None:
    rng = np.random.default_rng(states)
    for _ in range(12):
        machine, examples = drawn(rng, states, kind)
        verdicts = compared(uniqueness(machine, examples), examples).values()
        assert False not in verdicts
        # Of a machine with unknown entries, a smaller one that fits need not be a rival.
        assert None not in verdicts or kind == "partly"


@pytest.mark.parametrize("states", [2, 3])
def test_verdicts_agree_where_states_are_left_without_a_name(states: int, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["seqlogic.proof.uniqueness"]
    rng = np.random.default_rng(states)
    named = module._named

    def some_of_them(*given: object) -> tuple[list[InputTree], dict[int, int]]:
        trees, names = named(*given)
        return trees[-1:], dict(list(names.items())[: int(rng.integers(len(names)))])

    monkeypatch.setattr(module, "_named", some_of_them)
    verdicts = []
    for number in range(16):
        machine = random_machine(rng, states)
        words = rng.integers(2, size=(rng.integers(2, 24), rng.integers(2, 9)), dtype=np.int32)
        examples = examples_of(machine, words, rng.random(words.shape) < 0.3 * (number % 2))
        found = uniqueness(machine, examples)
        assert False not in compared(found, examples).values()
        verdicts.append((found.minimal, found.unique))
    # With time enough each machine that there could be is found.
    assert {(True, True), (True, False), (False, False)} >= set(verdicts)
    assert len(set(verdicts)) > 1


def ring(states: int) -> Machine:
    """Counts ones; the output is 1 when the count comes back to 0."""
    step = np.stack([np.arange(states), (np.arange(states) + 1) % states], axis=1).astype(np.int32)
    shown = np.zeros((states, 2), dtype=np.int32)
    shown[-1, 1] = 1
    return Machine(step, shown, BIT, BIT)


def test_a_counter_is_unique_where_its_words_are_long_enough() -> None:
    rng = np.random.default_rng(0)
    examples = examples_of(ring(6), rng.integers(2, size=(300, 30), dtype=np.int32))
    found = uniqueness(ring(6), examples)
    assert (found.distinct, found.minimal, found.unique, found.rival) == (6, True, True, None)


def test_what_was_never_seen_leaves_a_rival_and_the_word_that_tells_them_apart() -> None:
    rng = np.random.default_rng(0)
    words = rng.integers(2, size=(3000, 12), dtype=np.int32)
    # In the first state nobody asks for a 0.
    states = ring(3).trace(words)[:, :-1]
    words = words[~((states == 0) & (words == 0)).any(axis=1)]
    assert len(words) > 5
    found = uniqueness(ring(3), examples_of(ring(3), words))
    assert found.unique is False
    assert found.word is not None
    state = ring(3).trace(np.array([found.word], dtype=np.int32))[0]
    assert (0, 0) in zip(state[:-1].tolist(), found.word, strict=True)


def test_where_the_words_begin_may_be_open() -> None:
    # The next state is the symbol, the output the state; the first output was never observed.
    tables = np.array([[0, 1], [0, 1]], dtype=np.int32), np.array([[0, 0], [1, 1]], dtype=np.int32)
    machine = Machine(*tables, BIT, BIT)
    whole = examples_of(machine, np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32))
    assert uniqueness(machine, whole).unique
    answers = whole.answers.copy()
    answers[:, 0] = UNKNOWN
    found = uniqueness(machine, Examples(whole.words, answers, BIT, BIT))
    assert (found.minimal, found.unique, found.word) == (True, False, (0,))


def test_what_the_machine_does_not_know_is_not_asked_about() -> None:
    words = np.array([[1, 1, 1, 1, 1, 1, 1]], dtype=np.int32)
    whole = ring(2)
    half = Machine(
        np.where([[False, True]], whole.next_state, UNKNOWN), np.where([[False, True]], whole.output, UNKNOWN), BIT, BIT
    )
    assert uniqueness(half, examples_of(whole, words)).unique
    assert uniqueness(whole, examples_of(whole, words)).unique is False


def test_states_that_the_data_do_not_tell_apart_leave_a_smaller_machine() -> None:
    found = uniqueness(ring(4), examples_of(ring(4), np.array([[1, 0, 1]], dtype=np.int32)))
    assert found.distinct < 4
    # Another one is found all the same.
    assert (found.minimal, found.unique, found.wider) == (False, False, False)
    assert found.rival is not None
    assert len(found.rival) < 4


def test_no_time_is_no_answer() -> None:
    rng = np.random.default_rng(0)
    examples = examples_of(ring(6), rng.integers(2, size=(300, 30), dtype=np.int32))
    found = uniqueness(ring(6), examples, limit=-1)
    assert (found.minimal, found.unique) == (True, None)
    # Nothing was looked at yet.
    assert found.open == tuple((state, symbol) for state in range(6) for symbol in (0, 1))


def test_a_machine_that_does_not_fit_is_refused() -> None:
    words = np.ones((1, 6), dtype=np.int32)
    with pytest.raises(ValueError, match="does not fit the examples"):
        uniqueness(ring(3), examples_of(ring(2), words))
    other = Examples(words, words, Alphabet.of(["0", "1", "2"]), BIT)
    with pytest.raises(ValueError, match="alphabets of different sizes"):
        uniqueness(ring(3), other)


def test_the_only_one_of_unknown_entries_need_not_be_minimal() -> None:
    module = sys.modules["seqlogic.proof.uniqueness"]
    partly = Machine(np.array([[1, UNKNOWN], [0, 1]]), np.array([[0, UNKNOWN], [0, 1]]), BIT, BIT)
    examples = Examples(np.array([[0, 1]]), np.array([[0, 1]]), BIT, BIT)
    tree = InputTree(examples)
    # One state that answers 0 to 0 and 1 to 1 fits as well, and agrees wherever this one is known.
    assert module._minimal(partly, examples, [tree], {0: 0}, math.inf, known=True)[0] is False
    assert module._minimal(ring(2), examples, [tree], {0: 0}, math.inf, known=True)[0] is True


def test_data_that_are_too_large_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["seqlogic.proof.uniqueness"]
    rng = np.random.default_rng(0)
    examples = examples_of(ring(3), rng.integers(2, size=(300, 60), dtype=np.int32))
    # 300 sequences, each symbol as much as four tables of two entries, and six numbers of its edge.
    each = 300 * (32 * 2 + 48)
    for symbols, states in ((20, 3), (2, 0), (0, 0)):
        monkeypatch.setattr(module, "LARGEST", symbols * each)
        trees, named = module._named(ring(3), module._part(examples), math.inf)
        assert trees[-1].depth.max() == symbols
        assert len(named) >= states
        found = uniqueness(ring(3), examples)
        assert (found.unique, found.wider) == ((True, True) if states else (None, None))
        assert found.rival is None
    # What fits the part alone is no rival.
    for symbols in range(3, 9):
        monkeypatch.setattr(module, "LARGEST", symbols * each)
        assert uniqueness(ring(3), examples).unique is not False


def test_a_rival_has_fewer_states_where_the_machine_is_not_minimal() -> None:
    # No one knows of the count but how it begins.
    found = uniqueness(ring(3), examples_of(ring(3), np.array([[1, 1], [0, 1]], dtype=np.int32)))
    assert (found.minimal, found.unique) == (False, False)
    assert found.rival is not None
    assert len(found.rival) < 3
