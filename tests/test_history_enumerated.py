"""The enumerated form: wires that are all needed, entries that are shown, and those that a network fills in."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.history.enumerated import Enumerated, enumerate_support, support
from seqlogic.history.planes import Planes, Wire
from seqlogic.machine import Alphabet

BITS = 10
WIRES = [Wire(0, False, bit) for bit in range(BITS)]


def answered(words: np.ndarray, answers: np.ndarray, bits: int = BITS) -> Planes:
    return Planes(Examples(words, answers.astype(np.int32), Alphabet.words(bits), Alphabet.words(1)))


def determines(wires: list[Wire], planes: Planes) -> bool:
    """Whether no two steps agree in these wires and not in their answer."""
    seen: dict[tuple[bool, ...], bool] = {}
    row, step = np.nonzero(planes.observed)
    for values, answer in zip(planes.at(wires, row, step).tolist(), planes.outputs[0, row, step].tolist(), strict=True):
        if seen.setdefault(tuple(values), answer) != answer:
            return False
    return True


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), wires=st.integers(0, 7), sequences=st.integers(1, 40))
def test_the_wires_determine_the_answer_and_without_any_of_them_they_do_not(
    seed: int, wires: int, sequences: int
) -> None:
    rng = np.random.default_rng(seed)
    words = rng.integers(1 << BITS, size=(sequences, 10))
    chosen = rng.permutation(BITS)[:wires]
    entry = ((words[..., None] >> chosen & 1) << np.arange(wires)).sum(axis=-1)
    planes = answered(words, rng.integers(2, size=1 << wires)[entry])
    found = support(planes, 0, WIRES, planes.observed)
    assert found is not None
    assert determines(found, planes)
    assert not any(determines([one for one in found if one != wire], planes) for wire in found)


def test_an_answer_that_changes_has_no_support() -> None:
    planes = answered(np.array([[3], [3]]), np.array([[0], [1]]))
    assert support(planes, 0, WIRES, planes.observed) is None


def test_a_rare_answer_needs_its_wire() -> None:
    # More different words than are asked at first, among which the one that tells is not.
    words = np.random.default_rng(1).integers(1 << 13, size=(1, 60_000))
    words[0, 777] = words[0, 778] | 1 << 13
    answers = np.zeros(words.shape, dtype=bool)
    answers[0, 777] = True
    planes = answered(words, answers, bits=14)
    wires = [Wire(0, False, bit) for bit in range(14)]
    assert support(planes, 0, wires, planes.observed) == [wires[13]]


def test_past_outputs_are_dropped_before_inputs_and_the_oldest_first() -> None:
    # A delay of one symbol: the answer is the last input, and the last answer that of before.
    words = np.random.default_rng(2).integers(2, size=(50, 20))
    answers = np.zeros_like(words)
    answers[:, 1:] = words[:, :-1]
    planes = answered(words, answers, bits=1)
    assert support(planes, 0, planes.wires(3, begun=True), planes.known(3)) == [Wire(1, False, 0)]


def test_more_wires_than_a_key_has_bits_are_not_chosen_among() -> None:
    planes = answered(np.array([[0, 1]]), np.array([[0, 1]]), bits=1)
    wires = planes.wires(31)
    assert len(wires) == 63
    assert support(planes, 0, wires, planes.observed) is None
    assert support(planes, 0, wires[:62], planes.observed) == [Wire(0, False, 0)]


def test_a_table_that_is_shown_whole_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "seqlogic.history.network", None)
    words = np.arange(1 << BITS)[None]
    parity = np.bitwise_count(words) % 2
    planes = answered(words, parity)
    found = enumerate_support(planes, 0, WIRES, planes.observed)
    assert found is not None
    assert (found.order, found.open, found.hidden) == (tuple(WIRES), 0, None)
    assert (found.plane(planes)[0] == parity).all()


@pytest.mark.parametrize(("parity", "hidden"), [(0, 0), (1, 4)])
def test_the_smallest_network_says_what_is_not_shown(parity: int, hidden: int) -> None:
    everything = np.arange(1 << BITS)[None]
    answers = (np.bitwise_count(everything & 511) > 4) ^ (everything >> 9 & parity).astype(bool)
    shown = np.random.default_rng(3).permutation(1 << BITS)[None, :700]
    planes = answered(shown, answers[:, shown[0]])
    told: list[tuple[int, int, str]] = []
    found = enumerate_support(planes, 0, WIRES, planes.observed, lambda *said: told.append(said))
    assert isinstance(found, Enumerated)
    assert (found.open, found.hidden) == (324, hidden)
    assert {what for *_, what in told} == {
        "steps of training a threshold gate",
        *["steps of training a network of 4 hidden units"] * parity,
    }
    assert (found.plane(answered(everything, answers)) == answers).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5).flatmap(lambda wires: st.tuples(st.just(wires), st.integers(1, wires), st.integers(0, 31))))
def test_a_table_of_how_many_are_one_is_known_as_such(drawn: tuple[int, int, int]) -> None:
    wires, least, place = drawn
    ones = frozenset(entry for entry in range(1 << wires) if entry.bit_count() >= least)
    order = tuple(WIRES[:wires])
    assert Enumerated(order, ones).at_least == least
    # One entry is otherwise, unless that is a threshold again.
    other = Enumerated(order, ones ^ {place % (1 << wires)})
    counts = [sum(entry.bit_count() >= k for entry in range(1 << wires)) for k in range(1, wires + 1)]
    assert other.at_least is None or len(other.ones) == counts[other.at_least - 1]
    assert Enumerated(order, frozenset()).at_least is None
    assert Enumerated(order, frozenset(range(1 << wires))).at_least is None
