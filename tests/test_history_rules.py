"""The sum of products: right in every example, and of the wires that matter."""

from __future__ import annotations

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.history import rules as module
from seqlogic.history.planes import Planes, Wire
from seqlogic.history.rules import Rules, cover
from seqlogic.machine import Alphabet


def planes(words: np.ndarray, answers: np.ndarray) -> Planes:
    return Planes(Examples(words, answers.astype(np.int32), Alphabet.words(1), Alphabet.words(1)))


def ones_in_a_row(count: int, sequences: int, seed: int = 0) -> Planes:
    words = (np.random.default_rng(seed).random((sequences, 64)) < 0.8).astype(np.int32)
    answers = np.ones_like(words)
    for age in range(count):
        answers[:, age:] &= words[:, : 64 - age]
        answers[:, :age] = 0
    return planes(words, answers)


def test_eight_ones_in_a_row_are_one_rule() -> None:
    found = ones_in_a_row(8, 200)
    rules = cover(found, 0, found.wires(9, begun=True), found.observed)
    assert rules is not None
    assert (rules.plane(found) == found.outputs[0]).all()
    # Before a sequence began there were no ones, so that nothing has to say that it did.
    assert rules == Rules((tuple((Wire(age, False, 0), True) for age in range(8)),))
    assert rules.literals == 8
    assert rules.wires == {Wire(age, False, 0) for age in range(8)}


def test_a_literal_that_later_ones_make_needless_is_left_out() -> None:
    example = np.array([True, True, True])
    off = np.array([[False, False, True], [True, True, False]])
    # What the first column rules out, the second does as well.
    assert module._needed(off, example, [0, 1, 2]) == [1, 2]
    assert module._needed(off, example, [1, 0, 2]) == [0, 2]


def test_too_short_a_history_has_none() -> None:
    found = ones_in_a_row(8, 200)
    assert cover(found, 0, [Wire(age, False, 0) for age in range(7)], found.observed) is None


def test_a_function_of_too_many_rules_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    words = np.random.default_rng(0).integers(2, size=(200, 40), dtype=np.int32)
    parity = words.copy()
    for age in range(1, 5):
        parity[:, age:] ^= words[:, :-age]
    found = planes(words, parity)
    rules = cover(found, 0, found.wires(4, begun=True), found.observed)
    assert rules is not None
    assert (rules.plane(found) == found.outputs[0]).all()
    assert len(rules.rules) >= 16
    monkeypatch.setattr(module, "_MOST_RULES", 15)
    assert cover(found, 0, found.wires(4, begun=True), found.observed) is None


def test_few_examples_at_first_are_enough_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_FIRST", 8)
    monkeypatch.setattr(module, "_MORE", 4)
    found = ones_in_a_row(3, 60)
    rules = cover(found, 0, found.wires(4, begun=True), found.observed)
    assert rules is not None
    assert (rules.plane(found) == found.outputs[0]).all()
