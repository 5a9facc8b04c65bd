"""Tomita's seven languages."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Tomita"]

# The minimal acceptors: targets[state][symbol] and the accepting states. A dead state, if there is one, comes last.
_ACCEPTORS: dict[int, tuple[tuple[tuple[int, int], ...], frozenset[int]]] = {
    1: (((1, 0), (1, 1)), frozenset({0})),
    2: (((2, 1), (0, 2), (2, 2)), frozenset({0})),
    # Runs of: other ones or zeros; odd ones; odd zeros after odd ones; even zeros after odd ones.
    3: (((0, 1), (2, 0), (3, 4), (2, 1), (4, 4)), frozenset({0, 1, 3})),
    4: (((1, 0), (2, 0), (3, 0), (3, 3)), frozenset({0, 1, 2})),
    5: (((1, 2), (0, 3), (3, 0), (2, 1)), frozenset({0})),
    6: (((1, 2), (2, 0), (0, 1)), frozenset({0})),
    7: (((0, 1), (2, 1), (2, 3), (4, 3), (4, 4)), frozenset({0, 1, 2, 3})),
}


class Tomita(Task[int]):
    """Is the word so far in one of the seven languages of Tomita (1982)?

    0 1 1 0 0 1 0 1
    1 1 1 1 1 1 0 0

    1. 1*
    2. (10)*
    3. no odd run of ones is followed at once by an odd run of zeros
    4. no 000
    5. the numbers of zeros and of ones are both even
    6. the numbers of zeros and of ones are equal modulo 3
    7. 0*1*0*1*

    The minimal machines have 2, 3, 5, 4, 4, 3 and 5 states. Five of the languages have a dead state, in which uniform
    words end almost at once. So each word draws how careful it is, uniformly in 0 to 1: the probability with which a
    symbol that would kill it is replaced by the other one. All symbols are uniform otherwise.

    Args:
        number: which language, 1 to 7.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0
    law = "uniform, with a random share of the fatal symbols replaced"

    def __init__(self, *, number: int = 7) -> None:
        if number not in _ACCEPTORS:
            raise ValueError(f"tomita needs a number from 1 to 7, not {number}")
        self.number = number
        self.targets, self.accepting = _ACCEPTORS[number]
        self.states = len(self.targets)

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        target = self.targets[state][symbol]
        return target, int(target in self.accepting)

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = super().sample(rng, count, length)
        careful = rng.random((count, length)) < rng.random((count, 1))
        targets = np.array(self.targets)
        last = len(targets) - 1
        dead = last if (targets[last] == last).all() else None
        state = np.zeros(count, dtype=np.int64)
        for t in range(length):
            fatal = (state != dead) & (targets[state, words[:, t]] == dead)
            words[:, t] ^= fatal & careful[:, t]
            state = targets[state, words[:, t]]
        return words
