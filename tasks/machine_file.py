"""Any machine as the reference."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike

import numpy as np

from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, reachable, to_mealy
from tasks.task import Task

__all__ = ["MachineFile"]


class MachineFile(Task[int]):
    """The outputs of the machine in a file, as far as it specifies them.

    1 0  0  1 0
    - 00 1- - 00

    The example is of this KISS2 file:

        .i 1
        .o 2
        .r a
        1 a a --
        0 a b 00
        0 b a 1-

    An output that is a word known in part is a symbol of its own, so the outputs are the words that occur, each as the
    file shows it. One that is wholly unknown is not observed. The machine is a Mealy machine, whatever the file's was.

    Each symbol is uniform among those for which the file specifies an output or a next state. The word ends early
    where there is none, and after one that has no next state.

    Args:
        file: a machine in any format that seqlogic reads.
    """

    law = "uniform among what the file specifies"

    def __init__(self, *, file: str | PathLike[str] | None = None) -> None:
        # The one task that needs the file formats: all others do without loading them.
        from seqlogic.formats import read_machine  # noqa: PLC0415

        if file is None:
            raise InputError("no machine file is given: make train TASK=machine MACHINE=file, or --data.task.file FILE")
        machine = reachable(to_mealy(read_machine(file)))
        if (machine.care == 0).all():
            raise InputError("no output that can be reached is specified, expected at least one", file=file)
        self._machine = machine
        self.inputs, self.outputs = machine.inputs, machine.outputs
        self._symbol = machine.output
        if machine.outputs.bits is not None:
            self.outputs, self.words, self._symbol = _words_as_symbols(machine)
        specified = (machine.next_state >= 0) | (machine.care > 0)
        self._choices = specified.sum(axis=1)
        self._choice = np.argsort(~specified, axis=1, kind="stable")
        self.initial = machine.initial
        self.states = len(canonical(machine))

    def reference(self) -> Machine:
        """Return the file's machine, its reachable part, over the file's own alphabets."""
        return self._machine

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        return int(self._machine.next_state[state, symbol]), int(self._symbol[state, symbol])

    def respond(self, words: np.ndarray) -> np.ndarray:
        states = self._machine.trace(words)[:, :-1]
        return np.where((states >= 0) & (words >= 0), self._symbol[states, words], UNKNOWN)

    def express(self, machine: Machine) -> Machine:
        if self.words is None:
            return machine
        known = machine.output >= 0
        value, care = np.moveaxis(self.words[machine.output], -1, 0)
        return replace(
            machine,
            output=np.where(known, value, UNKNOWN),
            care=np.where(known, care, 0),
            outputs=self._machine.outputs,
        )

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = np.full((count, length), UNKNOWN, dtype=np.int32)
        draws = rng.random((count, length))
        state = np.full(count, self.initial)
        for t in range(length):
            rows = np.flatnonzero((state >= 0) & (self._choices[state] > 0))
            here = state[rows]
            words[rows, t] = self._choice[here, (draws[rows, t] * self._choices[here]).astype(np.int64)]
            state = np.full(count, UNKNOWN)
            state[rows] = self._machine.next_state[here, words[rows, t]]
        return words


def _words_as_symbols(machine: Machine) -> tuple[Alphabet, np.ndarray, np.ndarray]:
    """The words of bits that a Mealy machine outputs, as symbols of their own.

    Returns:
        The alphabet of the words that occur; int32 [Y, 2], value and care of each; and the outputs as its symbols,
        int32 [S, X], UNKNOWN where no bit is known.
    """
    pairs = np.stack([machine.output, machine.care], axis=-1)
    occurring = np.unique(pairs[machine.care > 0], axis=0)
    alphabet = Alphabet.inferred(machine.outputs.show(value, care) for value, care in occurring.tolist())
    words = np.array([machine.outputs.parse(name) for name in alphabet.names], dtype=np.int32)
    symbols = (pairs[:, :, None] == words).all(axis=-1)
    return alphabet, words, np.where(machine.care > 0, symbols.argmax(axis=-1), UNKNOWN)
