"""Deserialising SPI."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Spi"]


class Spi(Task[tuple[int, int]]):
    """The words that come in bit by bit while the chip is selected.

    01    00    01    01    01    00    10    00    00    01    00
    00000 00000 00000 11011 00000 00000 00000 00000 00000 00000 10010

    A symbol is a sample at a clock edge, CS and MOSI; CS is active low, the most significant bit of a word first. The
    answer is a valid bit and, as soon as it is complete, the word; zeros otherwise. Deselecting drops a word that is
    incomplete, and another word may follow at once.

    The states are the incomplete words, the empty one among them: 1 + 2 + 4 + ... = 2^bits - 1.

    Uniform words deselect every other time. Here it is one sample in eight.

    Args:
        bits: the length of a word, 1 to 29.
    """

    inputs = Alphabet.words(2)
    initial = (0, 0)
    """How many bits were read, and their value."""
    law = "deselected one sample in eight"

    def __init__(self, *, bits: int = 4) -> None:
        if not 1 <= bits <= 29:
            raise ValueError(f"spi needs words of 1 to 29 bits, not {bits}")
        self.bits = bits
        self.states = 2**bits - 1
        self.outputs = Alphabet.words(bits + 1)

    def step(self, state: tuple[int, int], symbol: int) -> tuple[tuple[int, int], int]:
        deselected, data = divmod(symbol, 2)
        if deselected:
            return self.initial, 0
        size, word = state[0] + 1, state[1] << 1 | data
        return (self.initial, 1 << self.bits | word) if size == self.bits else ((size, word), 0)

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        deselected = rng.random((count, length)) < 1 / 8
        return (deselected << 1 | rng.integers(2, size=(count, length))).astype(np.int32)
