"""Divisibility."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["DivisibleBy"]


class DivisibleBy(Task[int]):
    """Is the binary number so far, most significant bit first, divisible by k?

    1 1 0 1 0 0 1
    0 1 1 0 0 0 1

    The states are the remainders, but of an even k some cannot be told apart: with k = 2**a * m, m odd, m + a - 1 are
    left if a > 0, else m (one less than the minimal acceptor of Alexeev, 2004: it also answers the empty word).

    Args:
        k: the divisor, at least 2.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, k: int = 3) -> None:
        if k < 2:
            raise ValueError(f"divisible_by needs k of at least 2, not {k}")
        self.k = k
        twos = (k & -k).bit_length() - 1
        self.states = (k >> twos) + max(twos - 1, 0)

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        state = (2 * state + symbol) % self.k
        return state, int(state == 0)
