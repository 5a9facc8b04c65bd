"""Symbols as planes of bits: there and back, whatever the number of sequences and of bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.packing import pack, pack_bits, unpack, unpack_bits


@given(st.integers(0, 20), st.integers(0, 200), st.integers(0, 3), st.randoms(use_true_random=False))
def test_words_go_there_and_back(bits: int, count: int, steps: int, random: object) -> None:
    words = np.array([[random.getrandbits(bits) for _ in range(steps)] for _ in range(count)], dtype=np.int64)  # type: ignore[attr-defined]
    words = words.reshape(count, steps)
    planes = pack(words, bits)
    assert (planes.shape, planes.dtype) == ((steps, bits, -(-count // 64)), np.uint64)
    back = unpack(planes, count)
    assert back.dtype == np.int64
    assert np.array_equal(back, words)


def test_where_a_bit_of_a_symbol_goes() -> None:
    """Bit b of the symbol of sequence 64 * w + j at step t is bit j of word w of plane b of step t."""
    words = np.zeros((130, 2), dtype=np.int64)
    words[67, 1] = 4
    planes = pack(words, 3)
    assert planes[1, 2].tolist() == [0, 1 << 3, 0]
    assert planes.sum() == 1 << 3


@pytest.mark.parametrize("bits", [8, 9, 32, 40, 63, 70])
def test_wide_symbols(bits: int) -> None:
    words = np.array([[(1 << min(bits, 63)) - 1, 1, 0]])
    assert np.array_equal(unpack(pack(words, bits), 1), words)


def test_bits_along_the_last_axis() -> None:
    bits = np.random.default_rng(0).integers(2, size=(2, 3, 65))
    words = pack_bits(bits)
    assert words.shape == (2, 3, 2)
    assert int(words[1, 2, 0]) == sum(int(bit) << place for place, bit in enumerate(bits[1, 2, :64]))
    assert words[1, 2, 1] == bits[1, 2, 64]
    assert np.array_equal(unpack_bits(words, 65), bits)
    assert np.array_equal(unpack_bits(words.T, 64), unpack_bits(words.T.copy(), 64))
