"""Unknowns that can be asked: a callable, a machine, examples that are closed under queries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from seqlogic.asking import QueryableExamples, QueryableFunction, QueryableMachine
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from tests.unknowns import BIT, PARITY, complete

LETTERS = Alphabet.of("ab")


def test_a_callable_is_given_each_word() -> None:
    given_words = []

    def function(word: tuple[int, ...]) -> list[int]:
        given_words.append(word)
        return [1 - symbol for symbol in word]

    unknown = QueryableFunction(function, BIT, BIT)
    assert unknown.answer([(0, 1), (), (1,)]) == [(1, 0), (), (0,)]
    assert given_words == [(0, 1), (), (1,)]


@given(complete())
def test_a_machine_answers_as_it_runs(machine: Machine) -> None:
    words = np.random.default_rng(0).integers(len(machine.inputs), size=(8, 6))
    answers = QueryableMachine(machine).answer([tuple(word) for word in words.tolist()])
    assert np.array_equal(np.array(answers), machine.run(words)[0])


@pytest.mark.parametrize(
    ("machine", "place"),
    [
        (Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, 0]], BIT, BIT), "4 '1' s1"),
        (Machine([[0, 1], [1, 0]], [[0, UNKNOWN], [1, 0]], BIT, BIT), "4 '1' s0"),
        (Machine([[0]], [[2]], Alphabet.of("a"), Alphabet.words(2), care=[[2]]), "1 'a' s0"),
    ],
)
def test_a_machine_that_leaves_something_open_cannot_be_asked(machine: Machine, place: str) -> None:
    with pytest.raises(InputError) as error:
        QueryableMachine(machine, "m.kiss2")
    entries, symbol, state = place.split()
    found = f"leaves 1 of its {entries} entries open, the first {symbol} in state '{state}'"
    assert str(error.value) == f"m.kiss2: the machine {found}; expected none"


def test_what_cannot_be_reached_may_be_open() -> None:
    machine = Machine([[0, 0], [UNKNOWN, 0]], [[0, 1], [0, 0]], BIT, BIT)
    assert QueryableMachine(machine).answer([(1, 0)]) == [(1, 0)]


def examples(words: list[list[int]], answers: list[list[int]]) -> Examples:
    return Examples(np.array(words), np.array(answers), LETTERS, BIT)


def test_examples_answer_the_words_that_begin_theirs() -> None:
    unknown = QueryableExamples(examples([[0, 1, 0], [1, UNKNOWN, UNKNOWN]], [[1, 0, 0], [1, UNKNOWN, UNKNOWN]]))
    assert unknown.answer([(0, 1), (1,), (0, 1, 0)]) == [(1, 0), (1,), (1, 0, 0)]
    assert unknown.words == [(0, 1, 0), (1,)]


def test_the_word_that_is_missing_is_named() -> None:
    unknown = QueryableExamples(examples([[0, 1]], [[1, 0]]), "e.txt")
    with pytest.raises(InputError) as error:
        unknown.answer([(0,), (0, 1, 1), (1,)])
    assert str(error.value) == (
        "e.txt: no example says what is answered to each symbol of this word, record it (and 1 more): a b b"
    )


def test_an_output_that_was_not_observed_is_missing_unless_another_example_has_it() -> None:
    hidden = [[UNKNOWN, 0]]
    with pytest.raises(InputError, match=r"record it: a$"):
        QueryableExamples(examples([[0, 1]], hidden)).answer([(0,)])
    assert QueryableExamples(examples([[0, 1]], hidden)).words == [()]
    assert QueryableExamples(examples([[0, 1], [0, 0]], [*hidden, [1, 1]])).answer([(0, 1)]) == [(1, 0)]


def test_examples_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InputError, match=r"^e\.txt: sequences 1 and 2 contradict each other"):
        QueryableExamples(examples([[0], [0]], [[0], [1]]), "e.txt")


def test_parity_is_closed_under_its_own_words() -> None:
    words = np.array([[0, 1, 1], [1, 0, 1]])
    unknown = QueryableExamples(Examples(words, PARITY.run(words)[0], BIT, BIT))
    assert unknown.answer([(1, 0)]) == [(1, 1)]
