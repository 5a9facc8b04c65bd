"""One state more: machines of it that fit, and uses of it that change nothing."""

from __future__ import annotations

import time

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import UNKNOWN, Machine, canonical
from seqlogic.proof import uniqueness, violation
from seqlogic.proof.choices import UndecidedError
from seqlogic.proof.wider import Copies, unseen_after
from tests.example_sets import all_words, symbols

PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], symbols(2), symbols(2))


def of(machine: Machine, words: np.ndarray) -> Examples:
    return Examples(words, machine.run(words)[0], machine.inputs, machine.outputs)


def test_an_answer_that_was_never_observed_after_an_entry() -> None:
    words = all_words(2, 3)
    whole = of(PARITY, words)
    assert list(unseen_after(PARITY, whole)) == []
    # Nobody goes on with 1 after a 1 in the odd state, or nobody looks.
    states = PARITY.trace(words)[:, :-1]
    both = ((states[:, :-1] == 1) & (words[:, :-1] == 1) & (words[:, 1:] == 1)).any(axis=1)
    hidden = np.where(both[:, None] & (np.arange(3) > 0), UNKNOWN, whole.answers)
    for examples in (of(PARITY, words[~both]), Examples(words, hidden, PARITY.inputs, PARITY.outputs)):
        (rival,) = unseen_after(PARITY, examples)
        assert len(rival) == 3
        shown = rival.run(examples.words)[0]
        assert (shown == examples.answers)[examples.answers >= 0].all()
        assert violation(rival, PARITY) == (1, 1, 1)
        found = uniqueness(PARITY, examples)
        assert (found.unique, found.wider, found.word) == (True, False, (1, 1, 1))
        tree = InputTree(examples)
        open_entries = Copies(tree, PARITY, representatives(tree, PARITY), time.monotonic() + 60).entries()
        assert (1, 1) in [(state, symbol) for state, symbol, _ in open_entries]


def test_one_output_symbol_has_no_other() -> None:
    machine = Machine([[0, 0]], [[0, 0]], symbols(2), symbols(1))
    assert list(unseen_after(machine, of(machine, np.array([[0]], dtype=np.int32)))) == []
    assert uniqueness(machine, of(machine, np.array([[0]], dtype=np.int32))).wider


def test_what_was_seen_often_leaves_no_entry_open() -> None:
    rng = np.random.default_rng(3)
    tables = rng.integers(9, size=(9, 2)).astype(np.int32), rng.integers(2, size=(9, 2)).astype(np.int32)
    machine = canonical(Machine(*tables, symbols(2), symbols(2)))
    examples = of(machine, rng.integers(2, size=(3000, 20), dtype=np.int32))
    tree = InputTree(examples)
    named = representatives(tree, machine)
    assert len(named) == len(machine) == 4
    assert list(Copies(tree, machine, named, time.monotonic() + 60).entries()) == []
    with pytest.raises(UndecidedError):
        Copies(tree, machine, named, time.monotonic() - 1)
    # With few of them some are, each with the node that its name goes on to.
    few = InputTree(examples := of(machine, examples.words[:400, :9]))
    names = representatives(few, machine)
    if len(names) == len(machine):
        for state, symbol, node in Copies(few, machine, names, time.monotonic() + 60).entries():
            assert (few.child[names[state], symbol] if node is not None else -1) == (-1 if node is None else node)


def test_a_copy_that_counts_on() -> None:
    """Zeros do nothing and ones count to three; seen is each word of four symbols, and so none that counts twice."""
    ring = Machine([[0, 1], [1, 2], [2, 0]], [[0, 0], [0, 0], [0, 1]], symbols(2), symbols(2))
    found = uniqueness(ring, of(ring, all_words(2, 4)))
    assert found.wider is False
    assert found.rival is not None
    found = uniqueness(ring, of(ring, all_words(2, 9)))
    assert (found.unique, found.wider, found.rival) == (True, True, None)


@pytest.mark.parametrize("seed", range(4))
def test_who_is_taken_for_certain_is_told_apart_from_all_other_names(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ring = Machine([[0, 1], [1, 2], [2, 0]], [[0, 0], [0, 0], [0, 1]], symbols(2), symbols(2))
    tree = InputTree(of(ring, rng.integers(2, size=(20, 7), dtype=np.int32)))
    named = representatives(tree, ring)
    assert len(named) == 3
    copies = Copies(tree, ring, named, time.monotonic() + 60)
    assert set(named.values()) <= set(copies.pool.tolist())
    assert len(copies.pool) < 24
    for node, state in zip(copies.pool, copies.state, strict=True):
        others = [named[other] for other in range(3) if other != state]
        assert tree.incompatible(np.array([node] * 2), np.array(others)).all()
