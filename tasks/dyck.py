"""Brackets of bounded depth."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Dyck"]

Answer = Literal["balanced", "valid"]


class Dyck(Task[int | None]):
    """Are the brackets so far balanced, and were there never more than `depth` of them open?

    ( ( ) ) ( ) ) ( )
    0 0 0 1 0 1 0 0 0

    This is Dyck-1 of bounded depth. A word is valid while 0 to `depth` brackets are open, and can never be so again
    after that; with the answer "valid" the question is whether it still is. The states are the heights and the
    invalid one: depth + 2.

    Uniform words stay low and are soon invalid. So these walk up and down between the bounds: each word draws how often
    it turns around (the square of a uniform number, so that many climb all the way), and a step out of the bounds is
    taken one time in eight. The word then goes on as a walk from a random height.

    Args:
        depth: how many brackets may be open, at least 1.
        answer: "balanced" or "valid".
    """

    inputs = Alphabet.of("()")
    outputs = Alphabet.words(1)
    initial = 0
    law = "walks between the bounds, one step in eight goes out of them"

    def __init__(self, *, depth: int = 8, answer: Answer = "balanced") -> None:
        if depth < 1:
            raise ValueError(f"dyck needs a depth of at least 1, not {depth}")
        if answer not in get_args(Answer):
            raise ValueError(f"dyck answers balanced or valid, not {answer!r}")
        self.depth = depth
        self.answer = answer
        self.states = depth + 2

    def step(self, state: int | None, symbol: int) -> tuple[int | None, int]:
        if state is None:
            return None, 0
        height = state - 1 if symbol else state + 1
        if not 0 <= height <= self.depth:
            return None, 0
        return height, int(self.answer == "valid" or height == 0)

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = np.empty((count, length), dtype=np.int32)
        turns = rng.random((count, length)) < rng.random((count, 1)) ** 2
        crosses = rng.random((count, length)) < 1 / 8
        elsewhere = rng.integers(self.depth, size=(count, length), endpoint=True)
        height = np.zeros(count, dtype=np.int64)
        down = np.zeros(count, dtype=bool)
        for t in range(length):
            down ^= turns[:, t]
            bound = height == np.where(down, 0, self.depth)
            down ^= bound & ~crosses[:, t]
            words[:, t] = down
            height = np.where(bound & crosses[:, t], elsewhere[:, t], height + np.where(down, -1, 1))
        return words
