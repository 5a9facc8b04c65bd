"""A machine in the fabric that can be asked, on a board or in the simulated SoC: `seqlogic.asking.Queryable`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from fpga.expected import named
from fpga.folder import BuildFolder
from fpga.host import Host
from fpga.implementation import CircuitImplementation
from fpga.selftest import expect_machine
from seqlogic.circuit import to_machine
from seqlogic.errors import InputError
from seqlogic.formats.kiss2_file import MOST_INPUT_BITS
from seqlogic.machine import Alphabet, Machine, reachable

__all__ = ["QueryableBoard"]

Word = tuple[int, ...]

_MOST_OUTPUT_BITS = 29
"""With the error flag an alphabet of words is full."""
_MOST_ENTRIES = 1 << 22


class QueryableBoard:
    """The SoC of a build by way of the host program, as an unknown whose answers come from the fabric alone.

    A word begins with a restart. Words that are asked together go through the memory of the SoC together, so that few
    commands of the line, each of which takes its time, are needed for many symbols.

    Args:
        host: a connected one.
        build: of which only the identity and the alphabets are read, until somebody asks for `built`.

    Attributes:
        inputs: the input symbols of the machine that was built.
        outputs: its output symbols, and what else hardware can show. To words of bits the error flag is added, on top;
            to names one name, for an answer with the error flag or of a pattern that is no symbol.

    Raises:
        InputError: another machine is there, or one with too many bits of input or output.
    """

    def __init__(self, host: Host, build: BuildFolder) -> None:
        self._host, self._build = host, build
        expect_machine(host, build)
        implementation = build.implementation
        for what, bits, most in (
            ("input", implementation.input_bits, MOST_INPUT_BITS),
            ("output", implementation.symbol_bits, _MOST_OUTPUT_BITS),
        ):
            if bits > most:
                raise InputError(f"{bits} bits of {what}, expected at most {most} to be asked", file=build.path)
        self.inputs, self._named = named(implementation)
        self.outputs = _with_error(self._named)

    def answer(self, words: Sequence[Word]) -> list[Word]:
        """Return for each word, applied from a restart, an output symbol per input symbol.

        Raises:
            InputError: nobody answers any more.
        """
        # Above the symbols of a machine there are the error flag and patterns that are none.
        most = len(self.outputs) - 1
        return [tuple(min(symbol, most) for symbol in answer) for answer in self._host.run(words)]

    def confirm(self) -> None:
        """Raise InputError if another machine is there by now: what was asked in between says nothing then."""
        expect_machine(self._host, self._build)

    @cached_property
    def built(self) -> Machine:
        """The machine that was built in, over these alphabets.

        Raises:
            ValueError: a circuit of too many states.
        """
        implementation, symbols = self._build.implementation, len(self.inputs)
        if isinstance(implementation, CircuitImplementation):
            total = to_machine(implementation.circuit, limit=_MOST_ENTRIES >> implementation.input_bits)
        else:
            total = implementation.total
        output, care = total.output[:, :symbols], total.care[:, :symbols]
        if self.outputs.names:
            output = np.minimum(output, len(self.outputs) - 1)
            care = np.where(care == total.outputs.full, self.outputs.full, 0)
        machine = Machine(
            total.next_state[:, :symbols], output, self.inputs, self.outputs, care=care, initial=total.initial
        )
        return reachable(machine)

    def in_symbols(self, *machines: Machine) -> tuple[Machine, ...]:
        """Return machines over these alphabets as such over the output symbols of the machine that was built.

        They stay as they are if one of them shows anything else, as where the machine does not know its answer.
        """
        if any((machine.output >= len(self._named)).any() for machine in machines):
            return machines
        return tuple(self._in_symbols(machine) for machine in machines)

    def _in_symbols(self, machine: Machine) -> Machine:
        care = machine.care & self._named.full
        return Machine(machine.next_state, machine.output, self.inputs, self._named, care=care, initial=machine.initial)


def _with_error(outputs: Alphabet) -> Alphabet:
    if not outputs.names:
        return Alphabet.words(outputs.width + 1)
    name = "error"
    while name in outputs.names:
        name += "_"
    return Alphabet.of((*outputs.names, name))
