"""Counting modulo k."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["ModCounter"]


class ModCounter(Task[int]):
    """Is the number of ones so far a multiple of k?

    0 1 1 1 0 1 1 0 1
    1 0 0 0 0 0 1 1 0

    The answer says only when the count is zero, so the machine has k states that little tells apart. Three symbols in
    four are ones, so that words come round sooner.

    Args:
        k: the modulus, at least 2.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0
    law = "three of four symbols are ones"

    def __init__(self, *, k: int = 5) -> None:
        if k < 2:
            raise ValueError(f"mod_counter needs k of at least 2, not {k}")
        self.k = self.states = k

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        state = (state + symbol) % self.k
        return state, int(state == 0)

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        return (rng.random((count, length)) < 3 / 4).astype(np.int32)
