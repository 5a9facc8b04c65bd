"""Examples: what they refuse, how they are cut, and when two of them contradict each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine
from tests.example_sets import example_sets, made_by_machines, padded, sequences, symbols


def examples(words: list[list[int]], answers: list[list[int]]) -> Examples:
    return Examples(np.array(words), np.array(answers), symbols(2), symbols(3))


def test_the_digest_does_not_count_what_says_nothing() -> None:
    some = examples([[0, 1], [1, UNKNOWN]], [[2, UNKNOWN], [0, UNKNOWN]])
    empty = examples(
        [[UNKNOWN] * 4, [0, 1, UNKNOWN, UNKNOWN], [1] + [UNKNOWN] * 3],
        [[UNKNOWN] * 4, [2] + [UNKNOWN] * 3, [0] + [UNKNOWN] * 3],
    )
    assert empty.digest == some.digest
    assert examples([[0, 1], [1, UNKNOWN]], [[2, 0], [0, UNKNOWN]]).digest != some.digest
    assert examples([[1, UNKNOWN], [0, 1]], [[0, UNKNOWN], [2, UNKNOWN]]).digest != some.digest
    assert Examples(some.words, some.answers, symbols(3), some.outputs).digest != some.digest


def contradictions(some: Examples) -> list[tuple[int, int, int]]:
    """Every (position, later, earlier), from the definition: all pairs of sequences, all positions."""
    rows = sequences(some)
    return [
        (t, later, earlier)
        for later in range(len(rows))
        for earlier in range(later)
        for t, ((_, y), (_, z)) in enumerate(zip(rows[later], rows[earlier], strict=False))
        if [x for x, _ in rows[later][: t + 1]] == [x for x, _ in rows[earlier][: t + 1]]
        and UNKNOWN not in (y, z)
        and y != z
    ]


@given(example_sets(max_symbols=2))
def test_contradiction_is_the_first_of_all_pairs(some: Examples) -> None:
    expected = min(contradictions(some), default=None)
    found = some.contradiction()
    assert found == (None if expected is None else expected[::-1])


@given(made_by_machines())
def test_what_a_machine_answered_is_no_contradiction(made: tuple[Machine, Examples]) -> None:
    assert made[1].contradiction() is None


def test_contradiction_looks_past_unobserved_outputs_and_other_inputs() -> None:
    # Row 1 leaves row 0's word, row 2 observes nothing, row 3 differs from row 0 and agrees with row 4.
    words = [[0, 1, 1], [0, 0, 1], [0, 1, 1], [0, 1, 1], [0, 1, 1]]
    answers = [[0, 2, 1], [0, 1, 0], [-1, -1, -1], [0, 2, 0], [0, 2, 0]]
    assert examples(words, answers).contradiction() == (0, 3, 2)


def test_two_sequences_contradict_each_other_beside_others() -> None:
    # Rows 0 and 2 leave each other at the second symbol, rows 1 and 3 nowhere.
    words = [[0, 0, 0, 1], [1, 0, 1, 1], [0, 1, 0, 1], [1, 0, 1, 1]]
    answers = [[0, 1, 2, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 2]]
    assert examples(words, answers).contradiction() == (1, 3, 3)
    assert examples(words[:3], answers[:3]).contradiction() is None


def test_an_ended_word_contradicts_nothing_that_others_go_on_to_show() -> None:
    assert examples([[0, -1], [0, 1], [1, 1]], [[0, -1], [0, 1], [0, 2]]).contradiction() is None


def test_no_examples_are_no_contradiction() -> None:
    none = Examples(np.zeros((0, 4)), np.zeros((0, 4)), symbols(2), symbols(2))
    assert len(none) == 0
    assert none.contradiction() is None


@given(example_sets(), st.integers(0, 6))
def test_cut_keeps_the_beginning_of_every_sequence(some: Examples, length: int) -> None:
    cut = some.cut(length)
    assert sequences(cut) == [row[:length] for row in sequences(some)]
    assert cut.lengths.tolist() == [min(length, len(row)) for row in sequences(some)]
    assert cut.words.shape[1] <= length


def test_cut_keeps_alphabets_and_lines() -> None:
    some = Examples(np.array([[0, 1], [1, -1]]), np.array([[0, 0], [2, -1]]), symbols(2), symbols(3), (4, 7))
    cut = some.cut(1)
    assert (cut.inputs, cut.outputs, cut.lines) == (symbols(2), symbols(3), (4, 7))


@pytest.mark.parametrize(
    ("words", "answers", "message"),
    [
        ([[0, 1]], [[0]], r"words \(1, 2\) and answers \(1, 1\) must share one shape"),
        ([0, 1], [0, 1], r"must share one shape \[N, T\]"),
        ([[0, 2]], [[0, 0]], "input symbol 2 outside the alphabet of 2"),
        ([[0, 1]], [[0, 3]], "output symbol 3 outside the alphabet of 3"),
        ([[-2]], [[-1]], "input symbol -2 outside the alphabet of 2"),
        ([[2**32]], [[0]], "input symbol 4294967296 outside the alphabet of 2"),
        ([[0]], [[-2]], "output symbol -2 outside the alphabet of 3"),
        ([[1, -2, -2]], [[0, -1, -1]], "input symbol -2 outside the alphabet of 2"),
        ([[0, -1, 1]], [[0, -1, 0]], "a word goes on after its end"),
        ([[-1, 0]], [[-1, 0]], "a word goes on after its end"),
        ([[0, -1]], [[0, 0]], "an output is given past the end of its word"),
    ],
)
def test_refuses_what_is_no_example(words: list[list[int]], answers: list[list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        examples(words, answers)


def test_arrays_are_int32_whatever_they_came_as() -> None:
    some = examples([[0, 1]], [[2, -1]])
    assert (some.words.dtype, some.answers.dtype) == (np.int32, np.int32)
    assert some.lengths.tolist() == [2]


def test_uses_are_counted_up_to_the_first_unknown_transition() -> None:
    machine = Machine([[1, 0], [UNKNOWN, 1]], [[0, 0], [0, 0]], symbols(2), symbols(2))
    words = padded([[0, 1, 1], [1, 0], [0, 0, 1], []], 3)
    examples = Examples(words, np.full(words.shape, UNKNOWN), symbols(2), symbols(2))
    assert examples.uses(machine).tolist() == [[3, 1], [1, 2]]
