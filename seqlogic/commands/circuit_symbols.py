"""The symbols of a circuit in recorded examples: words of its bits, or the numbers that these are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from seqlogic.circuit import Circuit, to_machine
from seqlogic.commands.gates import ERROR
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine

__all__ = ["MOST_STATES", "read_for_circuit", "table_of"]

MOST_STATES = 1 << 12
"""So many states of a circuit are listed where a table of them is needed."""
_MOST_BITS = 30
_MOST_NUMBERED = 16
"""Of so many bits all numbers are named."""


class _Either(Alphabet):
    """Words of bits that may be written as the numbers that they are; no number has the digits of another word."""

    def index(self, name: str) -> int:
        """The index of a symbol; ValueError says both ways to write one."""
        number = int(name) if name.isascii() and name.isdigit() and len(name) < _MOST_BITS else len(self)
        if number < len(self) and name == str(number):
            return number
        try:
            return super().index(name)
        except ValueError as error:
            below = f", or a number below {len(self):,}" if len(self) > 2 else ""
            raise ValueError(f"{error}{below}") from None


def read_for_circuit(circuit: Circuit, file: str, read: Callable[..., Examples]) -> Examples:
    """Return examples whose symbols are numbers of the bits of a circuit, its first input or output the lowest bit.

    A symbol is a word of bits, the first the most significant, or the number that it is; where both are in one file
    they are shown as words. Where the last output is `error`, as `seqlogic export` has it, the examples may be
    without it: their outputs then have a bit less.

    Args:
        circuit: of 1 to 30 inputs and outputs.
        file: of the circuit, for errors.
        read: reads them over the alphabets `inputs` and `outputs`.

    Raises:
        InputError: no inputs or outputs, or too many; whatever `read` refuses.
    """
    for what, names in (("input", circuit.inputs), ("output", circuit.outputs)):
        if not 1 <= len(names) <= _MOST_BITS:
            raise InputError(f"has {len(names)} {what} bits, expected 1 to {_MOST_BITS}", file=file)
    outs = len(circuit.outputs)
    widths = [outs - 1, outs] if outs > 1 and circuit.outputs[-1] == ERROR else [outs]
    refused = None
    for width in widths:
        tried = [(ins, outs) for ins in _alphabets(len(circuit.inputs)) for outs in _alphabets(width)]
        for inputs, outputs in (*tried, (_Either.words(len(circuit.inputs)), _Either.words(width))):
            try:
                return read(inputs=inputs, outputs=outputs)
            except InputError as error:
                latest = error
        # Only the last one says which symbol can be written in neither way.
        refused = refused or latest
    assert refused is not None
    raise refused


def table_of(circuit: Circuit, file: str, examples: Examples | None = None) -> Machine:
    """Return the machine of the states that a circuit reaches, over the alphabets of examples or all words of bits.

    What its output `error` marks is unknown, where the examples are without it.

    Raises:
        InputError: more states, inputs or outputs than a table holds.
    """
    try:
        machine = to_machine(circuit, limit=MOST_STATES)
    except ValueError as error:
        raise InputError(f"{error}, and a table of its states is needed", file=file) from error
    if examples is None:
        return machine
    inputs, outputs = examples.inputs, examples.outputs
    known = machine.output <= outputs.full
    return Machine(machine.next_state, np.where(known, machine.output, UNKNOWN), inputs, outputs)


def _alphabets(bits: int) -> Iterator[Alphabet]:
    """Those in which symbols of so many bits may be written."""
    yield Alphabet.words(bits)
    if 1 < bits <= _MOST_NUMBERED:
        yield Alphabet.of(map(str, range(1 << bits)))
