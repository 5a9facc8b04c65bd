"""Asking in the bench: how it ends, and what it counts."""

from __future__ import annotations

import numpy as np

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.study.asked import Asked, ask, verdict
from tests.example_sets import all_words, symbols

PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], symbols(2), symbols(2))
STUCK = Machine([[0, 1], [1, 1]], [[0, 1], [1, 1]], symbols(2), symbols(2))


def of(words: np.ndarray) -> Examples:
    return Examples(words, PARITY.run(words)[0], PARITY.inputs, PARITY.outputs)


def never(_: Examples) -> None:
    raise AssertionError("there is nothing to learn")


def test_what_the_data_prove() -> None:
    assert verdict(PARITY, of(all_words(2, 5))) == ("n + 1", None)
    assert verdict(PARITY, of(np.array([[0, 1, 1, 0, 1], [1, 0, 1, 0, 0], [1, 0, 1, 1, 0]], np.int32)))[0] == "n"
    proof, word = verdict(PARITY, of(np.array([[0, 1]], dtype=np.int32)))
    assert proof == "rival"
    assert word is not None


def test_a_machine_that_is_right_is_not_learned_again() -> None:
    assert ask(PARITY, PARITY, of(all_words(2, 5)), never) == Asked(0, 0, exact=True)
    assert ask(PARITY, PARITY, of(np.array([[0, 1]], dtype=np.int32)), never) == Asked(0, 0, exact=True)


def test_a_machine_that_is_wrong_is_learned_again_from_more() -> None:
    given = []

    def learn(examples: Examples) -> Machine:
        given.append(examples)
        return PARITY

    few = of(np.array([[0, 1, 0]], dtype=np.int32))
    found = ask(STUCK, PARITY, few, learn)
    assert found.exact
    assert len(given) == 1
    assert len(given[0]) > len(few)
    assert (given[0].answers[:1, :3] == few.answers).all()


def test_what_the_machine_does_not_know_is_asked() -> None:
    half = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], symbols(2), symbols(2))
    seen = [word for word in all_words(2, 4).tolist() if sum(word) < 2]
    found = ask(half, PARITY, of(np.array(seen, dtype=np.int32)), lambda _: PARITY)
    assert found.exact
    assert found.words >= 1


def test_nothing_learned_is_not_exact() -> None:
    few = of(np.array([[0, 1, 0]], dtype=np.int32))
    assert ask(None, PARITY, few, never) == Asked(0, 0, exact=False)
    found = ask(STUCK, PARITY, few, lambda _: None)
    assert (found.exact, found.rounds) == (False, 1)
    # One that does not fit is not asked about.
    assert ask(STUCK, PARITY, of(np.array([[1, 1]], dtype=np.int32)), never) == Asked(0, 0, exact=False)


def test_words_that_the_reference_does_not_answer_are_asked_once() -> None:
    half = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], symbols(2), symbols(2))
    less = Machine([[0, 1], [UNKNOWN, UNKNOWN]], [[0, 1], [UNKNOWN, UNKNOWN]], symbols(2), symbols(2))
    words = np.array([[0, 1]], dtype=np.int32)
    examples = Examples(words, half.run(words)[0], half.inputs, half.outputs)
    assert ask(half, half, examples, never) == Asked(0, 0, exact=True)
    assert not ask(less, half, examples, lambda _: less).exact
