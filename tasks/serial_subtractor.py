"""Serial subtraction."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["SerialSubtractor"]


class SerialSubtractor(Task[int]):
    """The difference of two binary numbers, bit by bit, least significant first.

    11 01 10 00
     0  1  0  0

    A symbol holds one bit of each number, that of the minuend first; the state is the borrow, so there are two. The
    example is 5 - 3 = 2. A negative difference is in two's complement, of as many bits as were read.
    """

    inputs = Alphabet.words(2)
    outputs = Alphabet.words(1)
    initial = 0
    states = 2

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        difference = (symbol >> 1) - (symbol & 1) - state
        return int(difference < 0), difference & 1
