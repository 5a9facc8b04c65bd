"""Bit destuffing as in CAN."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["CanDestuff"]


class CanDestuff(Task[tuple[int, int]]):
    """Which of the received bits are data, if after five equal ones the sender stuffs an opposite one?

    1 0 0 0 0 0 1 0 1 1 1 1 1 1 1 0
    1 0 0 0 0 0 s 0 1 1 1 1 1 e e 0

    This is the bit stuffing of CAN (ISO 11898-1). The answer is the data bit itself, `s` for a stuff bit, which is to
    be dropped and begins the next run of equal bits, or `e` for a stuff error, a bit too many of the same value. A
    controller that saw one waits for the bus to fall idle; here the error lasts until the bit changes, which begins
    anew, as the edge at a start of frame does.

    The states are the value and length of the current run, an error of either value, and nothing read: 2 * run + 3.

    Uniform words seldom have long runs. So each word draws with which probability, uniform in 0.5 to 1, it repeats the
    last bit; where a stuff bit is due it is right three times in four.

    Args:
        run: how many equal bits are followed by a stuff bit, at least 2.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.of("01se")
    law = "runs of a random mean length, with three of four stuff bits right"
    initial = (0, 0)
    """The value of the last bit and how many equal ones it ends, more than `run` for an error."""

    def __init__(self, *, run: int = 5) -> None:
        if run < 2:
            raise ValueError(f"can_destuff needs a run of at least 2, not {run}")
        self.run = run
        self.states = 2 * run + 3

    def step(self, state: tuple[int, int], symbol: int) -> tuple[tuple[int, int], int]:
        value, size = state
        if size == 0 or symbol != value:
            return (symbol, 1), self.outputs.index("s" if size == self.run else str(symbol))
        if size < self.run:
            return (value, size + 1), self.outputs.index(str(symbol))
        return (value, self.run + 1), self.outputs.index("e")

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = np.empty((count, length), dtype=np.int32)
        repeats = rng.random((count, length)) < rng.uniform(0.5, 1, size=(count, 1))
        wrong = rng.random((count, length)) < 1 / 4
        value = rng.integers(2, size=count)
        size = np.zeros(count, dtype=np.int64)
        for t in range(length):
            same = np.where(size == self.run, wrong[:, t], repeats[:, t])
            value = np.where(same, value, 1 - value)
            size = np.where(same, size + 1, 1)
            words[:, t] = value
        return words
