"""What every task is: an update rule, its alphabets, and the law of its inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np

from seqlogic.machine import Alphabet, Machine

__all__ = ["Task"]

State = TypeVar("State", bound=Hashable)


class Task(ABC, Generic[State]):
    """A sequential function, written as an update rule over any hashable states.

    A task makes examples and, once a run is over, the reference for its proof. The learner never sees one.

    Attributes:
        inputs: the input alphabet.
        outputs: the output alphabet.
        initial: the state before the first symbol.
        states: the number of states of the minimal Mealy machine, as the theory gives it; a test compares it.
    """

    inputs: Alphabet
    outputs: Alphabet
    initial: State
    states: int

    @abstractmethod
    def step(self, state: State, symbol: int) -> tuple[State, int]:
        """Return the next state and the output symbol of one transition."""

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        """Draw words from the input law, uniform unless a task says otherwise: int32 [count, length]."""
        return rng.integers(len(self.inputs), size=(count, length), dtype=np.int32)

    def reference(self) -> Machine:
        """Return the machine that the update rule spans from the initial state, breadth-first."""
        numbers: dict[State, int] = {self.initial: 0}
        order = [self.initial]
        next_state: list[list[int]] = []
        output: list[list[int]] = []
        for state in order:
            steps = [self.step(state, symbol) for symbol in range(len(self.inputs))]
            for target, _ in steps:
                if target not in numbers:
                    numbers[target] = len(order)
                    order.append(target)
            next_state.append([numbers[target] for target, _ in steps])
            output.append([answer for _, answer in steps])
        return Machine(np.array(next_state), np.array(output), self.inputs, self.outputs)
