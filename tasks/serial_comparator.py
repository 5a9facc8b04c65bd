"""Serial comparison."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["SerialComparator"]


class SerialComparator(Task[int]):
    """Is the first of two binary numbers so far, least significant bit first, less, equal or greater?

    11 01 10 00
     =  <  >  >

    A symbol holds one bit of each number. The latest bits that differ decide, so the three states are the answers. The
    example ends with 5 > 3.
    """

    inputs = Alphabet.words(2)
    outputs = Alphabet.of("<=>")
    initial = outputs.index("=")
    states = 3

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        first, second = divmod(symbol, 2)
        if first != second:
            state = self.outputs.index(">" if first else "<")
        return state, state
