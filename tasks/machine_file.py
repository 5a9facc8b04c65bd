"""Any machine as the reference."""

from __future__ import annotations

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

    def __init__(self, *, file: str | PathLike[str]) -> None:
        # The one task that needs the file formats: all others do without loading them.
        from seqlogic.formats import read_machine  # noqa: PLC0415

        machine = reachable(to_mealy(read_machine(file)))
        if (machine.care == 0).all():
            raise InputError("no output that can be reached is specified, expected at least one", file=file)
        self._machine = _with_words_as_symbols(machine)
        specified = (machine.next_state >= 0) | (machine.care > 0)
        self._choices = specified.sum(axis=1)
        self._choice = np.argsort(~specified, axis=1, kind="stable")
        self.inputs = machine.inputs
        self.outputs = self._machine.outputs
        self.initial = machine.initial
        self.states = len(canonical(machine))

    def reference(self) -> Machine:
        """Return the file's machine, its reachable part."""
        return self._machine

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        return int(self._machine.next_state[state, symbol]), int(self._machine.output[state, symbol])

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


def _with_words_as_symbols(machine: Machine) -> Machine:
    """The same Mealy machine, its outputs as named symbols if they were words of bits."""
    if machine.outputs.bits is None:
        return machine
    pairs = np.stack([machine.output, machine.care], axis=-1).reshape(-1, 2)
    values, place = np.unique(pairs, axis=0, return_inverse=True)
    shown = [machine.outputs.show(value, care) for value, care in values.tolist()]
    outputs = Alphabet.inferred(name for name, (_, care) in zip(shown, values.tolist(), strict=True) if care)
    symbols = np.array(
        [outputs.index(name) if care else UNKNOWN for name, (_, care) in zip(shown, values.tolist(), strict=True)]
    )
    return Machine(
        next_state=machine.next_state,
        output=symbols[place.reshape(machine.output.shape)],
        inputs=machine.inputs,
        outputs=outputs,
        initial=machine.initial,
        states=machine.states,
    )
