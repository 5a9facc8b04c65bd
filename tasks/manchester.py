"""Decoding the Manchester code."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Manchester"]


class Manchester(Task[int | None]):
    """Which bits does a Manchester code carry, sampled twice in each bit?

    1 0 0 1 0 1 1 1 0 0 1
    . 0 . 1 . 1 . e 0 . 1

    A one is low, then high, and a zero high, then low (IEEE 802.3). The first half of a bit is answered by `.`, for
    nothing yet, and the second by the bit. Two equal halves are no bit, `e`: the decoder was half a bit off, or is now,
    so it takes the sample for the first half of the next bit, and is in step again at the next change.

    The states are between two bits and after a first half of either level: 3.

    Uniform words would be errors half of the time. Here a second half equals the first one time in eight.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.of(".01e")
    initial = None
    """The first half of the bit, None between two bits."""
    states = 3
    law = "code words, one half bit in eight wrong"

    def step(self, state: int | None, symbol: int) -> tuple[int | None, int]:
        if state is None:
            return symbol, self.outputs.index(".")
        if symbol == state:
            return symbol, self.outputs.index("e")
        return None, self.outputs.index(str(symbol))

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = super().sample(rng, count, length)
        wrong = rng.random((count, length)) < 1 / 8
        first = np.zeros(count, dtype=np.int32)
        second = np.zeros(count, dtype=bool)
        for t in range(length):
            words[:, t] = np.where(second, first ^ ~wrong[:, t], words[:, t])
            first, second = words[:, t], ~second | wrong[:, t]
        return words
