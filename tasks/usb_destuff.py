"""Bit destuffing as in USB."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["UsbDestuff"]


class UsbDestuff(Task[int]):
    """Which of the received bits are data, if after six ones the sender stuffs a zero?

    0 1 1 1 1 1 1 0 1 0 1 1 1 1 1 1 1 1 0
    0 1 1 1 1 1 1 s 1 0 1 1 1 1 1 1 e e 0

    This is the bit stuffing of USB (USB 2.0, 7.1.9), after NRZI decoding. The answer is the data bit itself, `s` for a
    stuff bit, which is to be dropped, or `e` for a stuff error, a seventh one in a row. A receiver gives up the packet
    then; here the error lasts until a zero, which is data and begins anew.

    The states are the number of ones in a row, 0 to `run`, and an error: run + 2.

    Uniform words seldom have long runs of ones. So each word draws with which probability, uniform in 0.5 to 1, a bit
    is one; where a stuff bit is due it is right three times in four.

    Args:
        run: how many ones are followed by a stuff bit, at least 1.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.of("01se")
    initial = 0
    """How many ones the last bits are, more than `run` for an error."""
    law = "mostly ones, one stuff bit in four wrong"

    def __init__(self, *, run: int = 6) -> None:
        if run < 1:
            raise ValueError(f"usb_destuff needs a run of at least 1, not {run}")
        self.run = run
        self.states = run + 2

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        if symbol == 0:
            return 0, self.outputs.index("s" if state == self.run else "0")
        if state < self.run:
            return state + 1, self.outputs.index("1")
        return self.run + 1, self.outputs.index("e")

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = np.empty((count, length), dtype=np.int32)
        ones = rng.random((count, length)) < rng.uniform(0.5, 1, size=(count, 1))
        wrong = rng.random((count, length)) < 1 / 4
        size = np.zeros(count, dtype=np.int64)
        for t in range(length):
            words[:, t] = np.where(size == self.run, wrong[:, t], ones[:, t])
            size = np.where(words[:, t], size + 1, 0)
        return words
