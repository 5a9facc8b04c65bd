"""Random machines."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import Alphabet, Machine, minimise
from tasks.task import Task

__all__ = ["RandomMachine"]


class RandomMachine(Task[int]):
    """The outputs of a Mealy machine that was drawn at random.

    1 0 0 0 1 0 0 1
    1 1 1 0 0 1 1 0

    All targets and outputs are uniform; then a random tree is threaded through the targets, so that every state is
    reached: state 1, 2, ... takes the place of a target that is not yet in the tree, of a state that is. The machine
    is drawn again until no two states are equivalent. Words are uniform.

    Args:
        states: the number of states, at least 1.
        inputs: the number of input symbols, at least 1.
        outputs: the number of output symbols, at least 2.
        seed: which machine. It is the same for ever as long as numpy's generator is.
    """

    initial = 0

    def __init__(self, *, states: int = 5, inputs: int = 2, outputs: int = 2, seed: int = 0) -> None:
        for number, least, what in ((states, 1, "state"), (inputs, 1, "input symbol"), (outputs, 2, "output symbols")):
            if number < least:
                raise ValueError(f"random needs at least {least} {what}, not {number}")
        self.states = states
        self.inputs = Alphabet.of(str(symbol) for symbol in range(inputs))
        self.outputs = Alphabet.of(str(symbol) for symbol in range(outputs))
        rng = np.random.default_rng(seed)
        while True:
            self.targets = self._targets(rng)
            self.answers = rng.integers(outputs, size=(states, inputs))
            if len(minimise(Machine(self.targets, self.answers, self.inputs, self.outputs))) == states:
                break

    def _targets(self, rng: np.random.Generator) -> np.ndarray:
        targets = rng.integers(self.states, size=(self.states, len(self.inputs)))
        free = np.ones(targets.shape, dtype=bool)
        for state in range(1, self.states):
            place = rng.choice(np.flatnonzero(free[:state]))
            targets.flat[place] = state
            free.flat[place] = False
        return targets

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        return int(self.targets[state, symbol]), int(self.answers[state, symbol])
