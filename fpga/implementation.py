"""How a machine is laid into hardware: completed, encoded, as logic or as a table; and a circuit, as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from seqlogic.assignment import ASSIGNMENTS, smallest
from seqlogic.circuit import Circuit
from seqlogic.completion import complete
from seqlogic.encoding import state_codes
from seqlogic.machine import Machine

__all__ = ["GIVEN", "IMPLEMENTATIONS", "CircuitImplementation", "Implementation", "Layout", "implement"]

IMPLEMENTATIONS = ("logic", "table")
GIVEN = "given"
"""The encoding of a circuit, which has its latches already."""
GATES_AS_LOGIC = 500
"""Above so many and-gates a table in block RAM is smaller than logic on every board that we have built for."""


class Layout(Protocol):
    """What gateware needs to know of a machine, or a circuit, that is laid into hardware.

    Attributes:
        kind: "logic" or "table".
        encoding: the state encoding.
        unknown: what became of unknown entries.
        circuit: the gates of "logic", outputs in the order of the word, the error last; None for a table.
        digest: of the machine or circuit as it was proven.
        input_bits, symbol_bits: bits of an input symbol, and of an output symbol without the error bit.
        state_bits: bits of the code of a state.
        initial: the code of the initial state, as a number.
        states: how many there are; 0 where they are too many to list.
        symbols: how many input symbols there are.
    """

    @property
    def kind(self) -> str: ...
    @property
    def encoding(self) -> str: ...
    @property
    def unknown(self) -> str: ...
    @property
    def circuit(self) -> Circuit | None: ...
    @property
    def digest(self) -> str: ...
    @property
    def input_bits(self) -> int: ...
    @property
    def symbol_bits(self) -> int: ...
    @property
    def state_bits(self) -> int: ...
    @property
    def initial(self) -> int: ...
    @property
    def states(self) -> int: ...
    @property
    def symbols(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Implementation:
    """A machine and all choices that make hardware of it.

    Attributes:
        machine: the machine as it was proven.
        total: what hardware computes, `complete(machine)`: over words of bits, the top output bit an error.
        unknown: what became of unknown entries, "flag" or "free", as `complete` says it.
        kind: "logic" or "table".
        encoding: the state encoding; a table is always "binary".
        codes: bool [S, L], the code of each state of `total`.
        circuit: the gates of "logic", outputs in the order of the word; None for a table.
    """

    machine: Machine
    total: Machine
    unknown: str
    kind: str
    encoding: str
    codes: np.ndarray
    circuit: Circuit | None

    @property
    def input_bits(self) -> int:
        """Bits of an input symbol."""
        return self.total.inputs.width

    @property
    def symbol_bits(self) -> int:
        """Bits of an output symbol, without the error bit."""
        return self.total.outputs.width - 1

    @property
    def digest(self) -> str:
        """The digest of the machine."""
        return self.machine.digest

    @property
    def state_bits(self) -> int:
        """Bits of the code of a state."""
        return self.codes.shape[1]

    @property
    def initial(self) -> int:
        """The code of the initial state."""
        return self.code_values[self.total.initial]

    @property
    def states(self) -> int:
        """States of the completed machine."""
        return len(self.total)

    @property
    def symbols(self) -> int:
        """Input symbols."""
        return len(self.machine.inputs)

    @cached_property
    def code_values(self) -> tuple[int, ...]:
        """The code of each state as a number."""
        return tuple(sum(1 << bit for bit in np.flatnonzero(code).tolist()) for code in self.codes)


@dataclass(frozen=True, eq=False)
class CircuitImplementation:
    """A circuit as gateware: its latches and gates as they are, and an error output that is never raised.

    Attributes:
        given: the circuit as it was proven; every pattern of its input bits is a symbol.
    """

    given: Circuit
    kind = "logic"
    encoding = GIVEN
    unknown = "flag"

    @cached_property
    def circuit(self) -> Circuit:
        """The circuit with its error output."""
        name = "error"
        while name in (*self.given.inputs, *self.given.latches, *self.given.outputs):
            name += "_"
        return replace(self.given, outputs=(*self.given.outputs, name), output=np.append(self.given.output, 0))

    @property
    def digest(self) -> str:
        """The digest of the circuit."""
        return self.given.digest

    @property
    def input_bits(self) -> int:
        """Bits of an input symbol."""
        return len(self.given.inputs)

    @property
    def symbol_bits(self) -> int:
        """Bits of an output symbol."""
        return len(self.given.outputs)

    @property
    def state_bits(self) -> int:
        """Latches."""
        return len(self.given.latches)

    @property
    def initial(self) -> int:
        """The latches before the first step, as a number."""
        return sum(1 << place for place in np.flatnonzero(self.given.reset).tolist())

    @property
    def states(self) -> int:
        """0: nobody lists them."""
        return 0

    @property
    def symbols(self) -> int:
        """The patterns of the input bits."""
        return 1 << self.input_bits


def implement(
    machine: Machine, *, implementation: str = "auto", encoding: str = "auto", unknown: str = "flag"
) -> Implementation:
    """Return the hardware form of a machine.

    Args:
        machine: any machine, Mealy or Moore.
        implementation: "logic", "table", or "auto": logic up to GATES_AS_LOGIC and-gates, a table above.
        encoding: one of ASSIGNMENTS, or "auto": the one with the fewest gates and flip-flops, without a search. A
            table takes its states in binary.
        unknown: what hardware does where the machine knows nothing, see `complete`.

    Raises:
        ValueError: another word for one of the options, or an encoding asked for a table.
    """
    if implementation not in ("auto", *IMPLEMENTATIONS):
        raise ValueError(f"implementation {implementation!r}, expected auto, {' or '.join(IMPLEMENTATIONS)}")
    if encoding not in ("auto", *ASSIGNMENTS):
        raise ValueError(f"encoding {encoding!r}, expected auto, {', '.join(ASSIGNMENTS)}")
    if implementation == "table" and encoding not in ("auto", "binary"):
        raise ValueError(f"a table has its states in binary, not in {encoding}")
    total = complete(machine, unknown=unknown)
    table = Implementation(machine, total, unknown, "table", "binary", state_codes(len(total), "binary"), None)
    # So many entries are a table whatever the gates would be, and nobody has to wait for these.
    if implementation == "table" or (implementation == "auto" and encoding == "auto" and total.entries > 1 << 14):
        return table
    names = [*(f"output[{bit}]" for bit in range(table.symbol_bits)), "error"]
    found, codes, circuit = smallest(total, encoding, output_names=names)
    if implementation == "auto" and encoding == "auto" and len(circuit.ands) + len(circuit.latches) > GATES_AS_LOGIC:
        return table
    return replace(table, kind="logic", encoding=found, codes=codes, circuit=circuit)
