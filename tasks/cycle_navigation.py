"""Navigating a cycle."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["CycleNavigation"]

_MOVES = {"stay": 0, "+1": 1, "-1": -1}


class CycleNavigation(Task[int]):
    """Where on a cycle of k places, after the moves so far?

    +1 -1 -1 stay -1 +1 +1 +1
     1  0  4    4  3  4  0  1

    Args:
        k: the number of places, at least 2.
    """

    inputs = Alphabet.of(_MOVES)
    initial = 0

    def __init__(self, *, k: int = 5) -> None:
        if k < 2:
            raise ValueError(f"cycle_navigation needs k of at least 2, not {k}")
        self.k = self.states = k
        self.outputs = Alphabet.of(str(place) for place in range(k))

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        state = (state + _MOVES[self.inputs.name(symbol)]) % self.k
        return state, state
