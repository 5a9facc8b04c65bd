"""Remembering the first symbol."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["First"]


class First(Task[int | None]):
    """What was the first symbol of the word?

    1 0 0 1 1 0
    1 1 1 1 1 1

    The shortest word and the longest memory: one symbol is kept for as long as the word goes on (First of Butoi et
    al., 2025, which asks whether it was a 1). The states are nothing read and each first symbol: k + 1.

    Args:
        k: the number of symbols, at least 2.
    """

    initial = None

    def __init__(self, *, k: int = 2) -> None:
        if k < 2:
            raise ValueError(f"first needs k of at least 2, not {k}")
        self.k = k
        self.states = k + 1
        self.inputs = self.outputs = Alphabet.of(str(symbol) for symbol in range(k))

    def step(self, state: int | None, symbol: int) -> tuple[int, int]:
        first = symbol if state is None else state
        return first, first
