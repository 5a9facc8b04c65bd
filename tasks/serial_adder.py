"""Serial addition."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["SerialAdder"]


class SerialAdder(Task[int]):
    """The sum of two binary numbers, bit by bit, least significant first.

    11 10 01 00
     0  0  0  1

    A symbol holds one bit of each number; the state is the carry. The example is 3 + 5 = 8.
    """

    inputs = Alphabet.words(2)
    outputs = Alphabet.words(1)
    initial = 0
    states = 2

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        total = state + symbol.bit_count()
        return total >> 1, total & 1
