"""Even pairs."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["EvenPairs"]


class EvenPairs(Task[int | None]):
    """Is the number of pairs 01 and 10 so far even?

    0 1 0 0 1 1 0
    1 0 1 1 0 0 1

    That is: is the last symbol equal to the first? Only the first one must be remembered (Deletang et al., 2023), so
    there are three states: nothing read, a 0 first, a 1 first.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = None
    states = 3

    def step(self, state: int | None, symbol: int) -> tuple[int, int]:
        first = symbol if state is None else state
        return first, int(symbol == first)
