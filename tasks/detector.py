"""Detecting a pattern."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Detector"]


class Detector(Task[int]):
    """Did the pattern just end? Occurrences may overlap.

    1 0 1 1 0 1 1 0
    0 0 0 1 0 0 1 0

    The state is how much of the pattern the last symbols match (Knuth, Morris and Pratt, 1977). The match of all of it
    goes on as the longest one that is left, so a pattern of m symbols needs m states.

    A long pattern is rare in uniform words. So these copy stretches of it, each from a random place in its first half
    on to its end, or until a random symbol, two in each length of the pattern on average, ends it early: there are
    matches, near misses, and the rest of the pattern after either.

    Args:
        pattern: the symbols to wait for, zeros and ones.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0
    law = "stretches of the pattern, ended early by random symbols"

    def __init__(self, *, pattern: str = "1011") -> None:
        if not pattern or set(pattern) - {"0", "1"}:
            raise ValueError(f"detector needs a pattern of zeros and ones, not {pattern!r}")
        self.pattern = pattern
        self.states = len(pattern)

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        read = f"{self.pattern[:state]}{symbol}"
        longest = min(len(read), len(self.pattern) - 1)
        target = next(size for size in range(longest, -1, -1) if read.endswith(self.pattern[:size]))
        return target, int(read == self.pattern)

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = super().sample(rng, count, length)
        size = len(self.pattern)
        pattern = np.array([int(symbol) for symbol in self.pattern])
        copies = rng.random((count, length)) >= 2 / size
        places = rng.integers((size + 1) // 2, size=(count, length))
        place = np.zeros(count, dtype=np.int64)
        for t in range(length):
            words[:, t] = np.where(copies[:, t], pattern[place], words[:, t])
            ends = ~copies[:, t] | (place == size - 1)
            place = np.where(ends, places[:, t], place + 1)
        return words
