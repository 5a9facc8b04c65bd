"""State encodings: distinct codes of the right width, and what each encoding promises."""

from __future__ import annotations

import numpy as np
import pytest

from seqlogic.encoding import ENCODINGS, state_codes


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("states", [1, 2, 3, 4, 5, 16, 17, 100])
def test_codes_are_distinct(encoding: str, states: int) -> None:
    codes = state_codes(states, encoding)
    assert codes.dtype == bool
    assert len(np.unique(codes, axis=0)) == states
    dense = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 16: 4, 17: 5, 100: 7}
    assert codes.shape == (states, states if encoding == "one-hot" else dense[states])


def test_binary_counts_least_significant_bit_first() -> None:
    assert [sum(bit << i for i, bit in enumerate(code)) for code in state_codes(9, "binary").tolist()] == list(range(9))


def test_gray_changes_one_bit_at_a_time_from_zero() -> None:
    codes = state_codes(13, "gray")
    assert not codes[0].any()
    assert (np.diff(codes.astype(int), axis=0) != 0).sum(axis=1).tolist() == [1] * 12


def test_one_hot_has_one_bit_a_state() -> None:
    assert np.array_equal(state_codes(4, "one-hot"), np.eye(4, dtype=bool))


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"^encoding is 'grey', expected one of: binary one-hot gray$"):
        state_codes(3, "grey")
    with pytest.raises(ValueError, match=r"^0 states, expected at least 1$"):
        state_codes(0, "binary")
