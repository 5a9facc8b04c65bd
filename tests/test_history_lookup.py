"""The lookup form: the fewest wires, the entries that examples show, none where more wires are needed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.history.lookup import Lookup, look_up
from seqlogic.history.planes import Planes, Wire
from seqlogic.machine import Alphabet

BITS = 10
WIRES = [Wire(0, False, bit) for bit in range(BITS)]


def answered(words: np.ndarray, answers: np.ndarray) -> Planes:
    return Planes(Examples(words, answers.astype(np.int32), Alphabet.words(BITS), Alphabet.words(1)))


def determines(bits: tuple[int, ...], words: np.ndarray, answers: np.ndarray) -> bool:
    """Whether no two words agree in these bits and not in their answer."""
    entry = sum((words >> bit & 1) << place for place, bit in enumerate(bits)) + 0 * words
    return not set(entry[answers == 1].tolist()) & set(entry[answers == 0].tolist())


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), wires=st.integers(0, 4), sequences=st.integers(1, 40))
def test_no_fewer_wires_determine_the_answer(seed: int, wires: int, sequences: int) -> None:
    rng = np.random.default_rng(seed)
    words = rng.integers(1 << BITS, size=(sequences, 10))
    chosen = rng.permutation(BITS)[:wires]
    entry = ((words[..., None] >> chosen & 1) << np.arange(wires)).sum(axis=-1)
    answers = rng.integers(2, size=1 << wires)[entry]
    planes = answered(words, answers)
    found = look_up(planes, 0, WIRES, planes.observed)
    assert found is not None
    assert (found.plane(planes) == answers.astype(bool)).all()
    fewer = (one for k in range(len(found.order)) for one in combinations(range(BITS), k))
    assert not any(determines(one, words, answers) for one in fewer)


def test_a_table_of_six_wires_is_found_and_one_of_seven_is_not() -> None:
    words = np.random.default_rng(1).integers(1 << BITS, size=(400, 20))
    for count, there in ((6, True), (7, False)):
        parity = np.bitwise_count(words & (1 << count) - 1) & 1
        planes = answered(words, parity)
        found = look_up(planes, 0, WIRES, planes.observed)
        assert (found is not None) == there
        if found is not None:
            assert found.order == tuple(WIRES[:6])
            assert found.ones == {entry for entry in range(64) if entry.bit_count() % 2}


def test_an_answer_that_changes_has_none() -> None:
    planes = answered(np.array([[3], [3]]), np.array([[0], [1]]))
    assert look_up(planes, 0, WIRES, planes.observed) is None


def test_a_rare_entry_is_found_by_the_examples_that_miss_it() -> None:
    words = np.zeros((1, 60_000), dtype=np.int64)
    words[0, ::20_000] = 3
    words[0, 1::3] = 1
    words[0, 2::3] = 2
    planes = answered(words, (words == 3).astype(np.int64))
    found = look_up(planes, 0, WIRES, planes.observed)
    assert found == Lookup((WIRES[0], WIRES[1]), frozenset({3}))


def test_entries_that_no_example_has_make_it_shorter() -> None:
    # Three of four entries of two wires: the fourth may as well be one.
    words = np.array([[0, 1, 2]])
    planes = answered(words, np.array([[0, 1, 1]]))
    found = look_up(planes, 0, WIRES, planes.observed)
    assert found == Lookup((WIRES[0], WIRES[1]), frozenset({1, 2, 3}))
    assert found.open == 1
