"""The gates of a machine as they are written to a file: what `seqlogic export` writes and `seqlogic prove` compares."""

from __future__ import annotations

from dataclasses import replace

from seqlogic.assignment import smallest
from seqlogic.circuit import Circuit
from seqlogic.formats import blif
from seqlogic.formats.shared import free_name
from seqlogic.machine import Machine

__all__ = ["ERROR", "flagged", "named"]

ERROR = "error"
"""The output that says of the others that they are worth nothing; a signal of that name gets another one."""


def flagged(total: Machine, encoding: str = "auto") -> tuple[str, Circuit]:
    """Return the encoding and the circuit of a completed machine, see `complete`, its last output called "error"."""
    names = [*(f"output[{bit}]" for bit in range(total.outputs.width - 1)), ERROR]
    encoding, _, circuit = smallest(total, encoding, output_names=names)
    return encoding, circuit


def named(circuit: Circuit, machine: Machine) -> Circuit:
    """Return the circuit of a machine, its inputs and outputs called as the signals are.

    `_` stands after a name that is taken, and for each character that BLIF cannot hold: in AIGER, where it may stand,
    yosys ends a name at a blank.
    """
    taken = {*circuit.latches, *({ERROR} & set(circuit.outputs))}
    sides = []
    for alphabet, given in ((machine.inputs, circuit.inputs), (machine.outputs, circuit.outputs)):
        names = []
        # The most significant bit comes first among the names, and last in the circuit.
        for name in reversed(alphabet.bit_names):
            fresh = "".join(c if c.isprintable() else "_" for c in name) or "_"
            names.append(free_name(blif.NOT_HELD.sub("_", fresh), taken))
            taken.add(names[-1])
        sides.append((*names, *given[len(names) :]))
    return replace(circuit, inputs=sides[0], outputs=sides[1])
