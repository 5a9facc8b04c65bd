"""Repeated pairs."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Repeat01"]


class Repeat01(Task[int | None]):
    """Is the word so far 01 repeated, (01)*?

    0 1 0 1 0 0 1 0 1
    0 1 0 1 0 0 0 0 0

    One wrong symbol is never made good (Repeat 01 of Butoi et al., 2025; Tomita's second language with the symbols
    exchanged). The states are the symbol that is due, 0 or 1, and the wrong word: 3.

    Uniform words are wrong almost at once. So each word draws how often it slips (the square of a uniform number, so
    that some are right to the end): with that probability a symbol is not the one of 010101...
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0
    """The symbol that is due, None once the word is wrong."""
    states = 3
    law = "010101... with a random share of slips"

    def step(self, state: int | None, symbol: int) -> tuple[int | None, int]:
        if symbol != state:
            return None, 0
        return 1 - symbol, symbol

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        slips = rng.random((count, length)) < rng.random((count, 1)) ** 2
        return np.arange(length, dtype=np.int32) % 2 ^ slips
