"""Serial division."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Quotient"]


class Quotient(Task[int]):
    """The quotient of a binary number by k, bit by bit, most significant first.

    1 1 0 1 0 1
    0 1 0 0 0 1

    The example is 53 // 3 = 17. This is long division: the state is the remainder of the number so far. Further zeros
    bring out the quotient of the remainder times any power of two, which tells all k remainders apart.

    Args:
        k: the divisor, at least 2.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, k: int = 3) -> None:
        if k < 2:
            raise ValueError(f"quotient needs k of at least 2, not {k}")
        self.k = self.states = k

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        quotient, remainder = divmod(2 * state + symbol, self.k)
        return remainder, quotient
