"""Decoding a quadrature encoder."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Quadrature"]

_CYCLE = (0b00, 0b10, 0b11, 0b01)
_STEPS = ("0", "+1", "error", "-1")


class Quadrature(Task[int | None]):
    """Which way did the shaft turn, by the two channels of a quadrature encoder?

    00 10 11 11 01 11 10 01    10
     0 +1 +1  0 +1 -1 -1 error error

    A symbol is channel A and channel B, a quarter of a period apart. The answer counts every edge (4x decoding): +1
    where A leads, through 00 10 11 01, and -1 on the way back. Where both channels changed at once a sample was missed
    and nobody knows the direction: `error`, and the new position counts from there on. The first sample has nothing to
    be compared with and answers 0.

    The states are the four positions and nothing read: 5.

    A word is a walk from a uniform position: to either side three steps in eight each, at rest or an error one in
    eight each.
    """

    inputs = Alphabet.words(2)
    outputs = Alphabet.of(["0", "+1", "-1", "error"])
    initial = None
    """The symbol before, None if there is none."""
    states = 5
    law = "a walk to both sides, one sample in eight missed"

    def step(self, state: int | None, symbol: int) -> tuple[int | None, int]:
        if state is None:
            return symbol, self.outputs.index("0")
        turned = (_CYCLE.index(symbol) - _CYCLE.index(state)) % len(_CYCLE)
        return symbol, self.outputs.index(_STEPS[turned])

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        moves = rng.choice([0, 1, 2, 3], p=[1 / 8, 3 / 8, 1 / 8, 3 / 8], size=(count, length))
        moves[:, 0] = rng.integers(len(_CYCLE), size=count)
        return np.array(_CYCLE, dtype=np.int32)[np.cumsum(moves, axis=1) % len(_CYCLE)]
