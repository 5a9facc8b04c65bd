"""Decoding NRZI."""

from __future__ import annotations

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Nrzi"]


class Nrzi(Task[int]):
    """Which bits does the line carry, if a zero is sent as a change of its level and a one as none?

    0 1 0 0 0 1 1 0
    0 0 0 1 1 0 1 0

    This is NRZI as USB has it (USB 2.0, 7.1.8); other standards change the level for a one instead. The line is idle
    before the word, at level 1 (J at full speed). The state is the last level: 2.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 1
    states = 2

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        return symbol, int(symbol == state)
