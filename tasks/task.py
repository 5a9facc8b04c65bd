"""What every task is: an update rule, its alphabets, and the law of its inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from seqlogic.circuit import Circuit, whole_circuit
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine

__all__ = ["TABLE_LIMIT", "Task"]

TABLE_LIMIT = 4096
"""The most states that are listed as a table."""

State = TypeVar("State", bound=Hashable)


class Task(ABC, Generic[State]):
    """A sequential function, written as an update rule over any hashable states.

    A task makes examples and, once a run is over, the reference for its proof. The learner never sees one.

    The second paragraph of a task's docstring is a worked example of its default arguments: input symbols, and below
    each the answer. A test runs it.

    Attributes:
        inputs: the input alphabet.
        outputs: the output alphabet.
        initial: the state before the first symbol.
        states: the number of states of the minimal Mealy machine, as the theory gives it; a test compares it.
        law: the input law in a few words, for people.
        words: int32 [Y, 2], value and care of the word of bits that each output symbol stands for in the reference;
            None where both have one output alphabet.
    """

    inputs: Alphabet
    outputs: Alphabet
    initial: State
    states: int
    law: str = "uniform"
    words: np.ndarray | None = None

    @abstractmethod
    def step(self, state: State, symbol: int) -> tuple[State, int]:
        """Return the next state and the output symbol of one transition."""

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        """Draw words from the input law, uniform unless a task says otherwise.

        Returns:
            int32 [count, length]; UNKNOWN past the end of a word that cannot go on.
        """
        return rng.integers(len(self.inputs), size=(count, length), dtype=np.int32)

    def examples(self, rng: np.random.Generator, count: int, min_length: int, max_length: int) -> Examples:
        """Draw `count` words from the input law, lengths uniform in min_length .. max_length, with all their answers.

        Raises:
            ValueError: no words, or no such length.
        """
        if count < 1:
            raise ValueError(f"examples need a count of at least 1, not {count}")
        if not 1 <= min_length <= max_length:
            raise ValueError(f"examples need 1 <= min_length <= max_length, not {min_length} and {max_length}")
        lengths = rng.integers(min_length, max_length, size=count, endpoint=True)
        words = self.sample(rng, count, max_length)
        words = np.where(np.arange(max_length) < lengths[:, None], words, UNKNOWN)
        return Examples(words, self.respond(words), self.inputs, self.outputs)

    def respond(self, words: np.ndarray) -> np.ndarray:
        """Return the output symbols of a batch of words, int32 [N, T]; UNKNOWN where there is none."""
        if self.tabular:
            return self.reference().run(words)[0]
        answers = np.full(words.shape, UNKNOWN, dtype=np.int32)
        for row, length in enumerate((words >= 0).sum(axis=1).tolist()):
            state = self.initial
            for t, symbol in enumerate(words[row, :length].tolist()):
                state, answers[row, t] = self.step(state, symbol)
        return answers

    def express(self, machine: Machine) -> Machine:
        """Return a machine over this task's alphabets over those of its reference, of the same states."""
        return machine

    @property
    def tabular(self) -> bool:
        """Whether a table can hold the states: then there is a reference machine."""
        return self.states <= TABLE_LIMIT

    def reference(self) -> Machine:
        """Return the machine that the update rule spans from the initial state, breadth-first.

        Raises:
            InputError: the states are more than a table can hold.
        """
        if not self.tabular:
            raise InputError(f"{self.states:,} states are more than a table holds, expected at most {TABLE_LIMIT:,}")
        return self._reference

    def circuit(self) -> Circuit:
        """Return the reference as a circuit, symbols as bits, least significant first.

        Of a machine with a table, its states in binary. A family that has machines too large for one writes its circuit
        out, and not from its update rule: a test compares the two.

        Raises:
            InputError: the states are more than a table can hold.
        """
        try:
            return whole_circuit(self.reference())
        except ValueError as error:
            raise InputError(f"the reference is no circuit: {error}") from error

    @cached_property
    def _reference(self) -> Machine:
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
