"""A delay line."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Delay"]


class Delay(Task[int]):
    """The input of d symbols ago, zero before there was one.

    1 0 1 1 0 0 0 1
    0 0 0 0 1 0 1 1

    The state is the last d symbols, and each of them will be an answer: 2^d states.

    Args:
        d: the delay in symbols, at least 1.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, d: int = 4) -> None:
        if d < 1:
            raise ValueError(f"delay needs d of at least 1, not {d}")
        self.d = d
        self.states = 2**d

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        read = state << 1 | symbol
        return read % self.states, read >> self.d
