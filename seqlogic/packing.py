"""Symbols as planes of bits, 64 sequences to a word."""

from __future__ import annotations

import numpy as np

__all__ = ["pack", "pack_bits", "unpack", "unpack_bits"]


def pack(words: np.ndarray, bits: int) -> np.ndarray:
    """The planes of a batch of words, uint64 [T, bits, W].

    Args:
        words: int [N, T], each at least 0 and below 2**bits.
        bits: how many a symbol has.
    """
    N, T = words.shape
    steps = np.ascontiguousarray(words.astype(_narrow(bits)).T)
    planes = np.empty((T, bits, -(-N // 64)), dtype=np.uint64)
    for bit in range(bits):
        planes[:, bit] = pack_bits(steps >> bit & 1)
    return planes


def unpack(planes: np.ndarray, count: int) -> np.ndarray:
    """The first `count` words of planes uint64 [T, bits, W], int64 [N, T]."""
    bits = planes.shape[1]
    words = np.zeros((len(planes), count), dtype=_narrow(bits))
    for bit in range(bits):
        words |= unpack_bits(planes[:, bit], count).astype(words.dtype) << bit
    return words.astype(np.int64).T


def _narrow(bits: int) -> np.dtype:
    """The narrowest type that holds a symbol: what takes time is the memory that is gone through."""
    return np.min_scalar_type((1 << min(bits, 63)) - 1)


def pack_bits(bits: np.ndarray) -> np.ndarray:
    """uint64 [..., W] of bits [..., N]: bit j of word i is entry 64 * i + j, 0 past the end."""
    octets = np.packbits(bits, axis=-1, bitorder="little")
    padded = np.zeros((*bits.shape[:-1], -(-bits.shape[-1] // 64) * 8), dtype=np.uint8)
    padded[..., : octets.shape[-1]] = octets
    return padded.view("<u8").astype(np.uint64)


def unpack_bits(words: np.ndarray, count: int) -> np.ndarray:
    """uint8 [..., count], the first bits of uint64 [..., W]."""
    octets = np.ascontiguousarray(words, dtype="<u8").view(np.uint8)
    return np.unpackbits(octets, axis=-1, count=count, bitorder="little")
