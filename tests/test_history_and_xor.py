"""The and-xor form: what examples determine, the simplest where they leave a choice, none where they conflict."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.history.and_xor import AndXor, System, fit, products
from seqlogic.history.planes import Planes, Wire
from seqlogic.machine import Alphabet


def answered(form: AndXor, words: np.ndarray) -> Examples:
    """Words of two bits, and what a form of their last two symbols says of them."""
    blank = Examples(words, np.zeros_like(words), Alphabet.words(2), Alphabet.words(1))
    return Examples(words, form.plane(Planes(blank)).astype(np.int32), Alphabet.words(2), Alphabet.words(1))


CANDIDATES = products([Wire(age, False, bit) for age in (0, 1) for bit in (0, 1)], 2)


@given(chosen=st.sets(st.sampled_from(CANDIDATES)), seed=st.integers(0, 1000))
def test_enough_examples_determine_it(chosen: set[tuple[Wire, ...]], seed: int) -> None:
    form = AndXor(tuple(sorted(chosen, key=CANDIDATES.index)))
    examples = answered(form, np.random.default_rng(seed).integers(4, size=(40, 8)))
    planes = Planes(examples)
    assert fit(planes, [0], CANDIDATES, planes.observed) == {0: form}


def test_the_first_that_will_do_is_taken() -> None:
    # Both bits are always the same.
    examples = answered(AndXor(((Wire(0, False, 1),),)), np.array([[0, 3, 3, 0, 3]]))
    planes = Planes(examples)
    assert fit(planes, [0], CANDIDATES, planes.observed) == {0: AndXor(((Wire(0, False, 0),),))}


def test_a_conflict_has_none() -> None:
    examples = Examples(np.array([[1], [1]]), np.array([[0], [1]]), Alphabet.words(2), Alphabet.words(1))
    planes = Planes(examples)
    assert fit(planes, [0], CANDIDATES, planes.observed) == {}


def test_what_it_got_wrong_becomes_equations_until_nothing_is() -> None:
    # One in a thousand examples has the product that matters.
    words = np.zeros((1, 4000), dtype=np.int32)
    words[0, [900, 1800, 2700, 3600]] = 3
    form = AndXor(((Wire(0, False, 0), Wire(0, False, 1)),))
    planes = Planes(answered(form, words))
    found = fit(planes, [0], CANDIDATES, planes.observed)
    assert (found[0].plane(planes) == planes.outputs[0]).all()


def test_bits_are_fitted_together_as_they_are_alone() -> None:
    # The first bit is an exclusive or, the second needs three wires, the third is a wire.
    words = np.random.default_rng(0).integers(8, size=(50, 20))
    first, second, third = (words >> bit & 1 for bit in range(3))
    answers = (first ^ second) | (first & second & third) << 1 | third << 2
    planes = Planes(Examples(words, answers.astype(np.int32), Alphabet.words(3), Alphabet.words(3)))
    candidates = products([Wire(0, False, bit) for bit in range(3)], 2)
    together = fit(planes, [0, 1, 2], candidates, planes.observed)
    assert together == {
        0: AndXor(((Wire(0, False, 0),), (Wire(0, False, 1),))),
        2: AndXor(((Wire(0, False, 2),),)),
    }
    assert together == {k: v for bit in range(3) for k, v in fit(planes, [bit], candidates, planes.observed).items()}


@given(st.integers(0, 10**6))
def test_equations_are_solved_or_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms, values = rng.integers(2, size=(6, 5)).astype(bool), rng.integers(2, size=(6, 3)).astype(bool)
    system = System(5, 3)
    system.add(terms, values)
    every = (np.arange(32)[:, None] >> np.arange(5) & 1).astype(bool)
    for number in range(3):
        right = [one for one in every if ((terms & one).sum(axis=1) % 2 == values[:, number]).all()]
        solution = system.solution(number)
        # Once all have failed no more equations are looked at, so that each must know that it has.
        assert (solution is not None) == bool(right)
        if solution is not None:
            found = np.isin(np.arange(5), solution)
            assert any((found == one).all() for one in right)


@pytest.mark.parametrize(("degree", "count"), [(0, 1), (1, 5), (2, 11)])
def test_products_come_simplest_first(degree: int, count: int) -> None:
    found = products([Wire(age, False, 0) for age in range(4)], degree)
    assert len(found) == count
    assert found[0] == ()
    assert [len(one) for one in found] == sorted(len(one) for one in found)


def test_it_is_told_how_much_examples_leave_open() -> None:
    # The second bit is never one, so that its coefficient and that of its products are anyone's.
    planes = Planes(answered(AndXor(((Wire(0, False, 0),),)), np.array([[0, 1, 1, 0, 1, 0, 0, 1]])))
    wires = [Wire(0, False, 0), Wire(0, False, 1)]
    found = fit(planes, [0], products(wires, 2), planes.observed)[0]
    assert found.open == 2
    assert fit(planes, [0], products(wires[:1], 1), planes.observed)[0].open == 0
