"""Serial multiplication by a constant."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["MultiplyBy"]


class MultiplyBy(Task[int]):
    """The product of a binary number and k, bit by bit, least significant first.

    1 0 1 0 0 0
    1 0 0 1 1 0

    The example is 5 * 5 = 25. The state is the carry: after n bits of value x it is k * x // 2**n, which takes each
    value below k once 2**n is at least k, and further zeros bring it out bit by bit. So there are k states.

    Args:
        k: the factor, at least 2.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, k: int = 5) -> None:
        if k < 2:
            raise ValueError(f"multiply_by needs k of at least 2, not {k}")
        self.k = self.states = k

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        total = state + self.k * symbol
        return total >> 1, total & 1
