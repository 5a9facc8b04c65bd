"""Parity."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Parity"]


class Parity(Task[int]):
    """Is the number of ones so far odd?

    1 0 1 1 0
    1 1 0 1 1
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0
    states = 2

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        state ^= symbol
        return state, state
