"""A circuit written anew: other variables in the place of some, and what is not needed left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.synthesis import FALSE, Gates

__all__ = ["Alike", "copied", "merged", "needed", "root_of"]


class Alike(NamedTuple):
    """A variable of a circuit that is equal, or opposite, to another, an earlier one; 0 is the constant false."""

    variable: int
    other: int
    opposite: bool


def copied(gates: Gates, circuit: Circuit, leaves: Sequence[int], alike: Sequence[Alike] = ()) -> list[int]:
    """The literal of each variable of a circuit, its gates made anew; for what is alike, that of the other."""
    other = {variable: 2 * one + opposite for variable, one, opposite in alike}
    values = [FALSE]
    for variable, leaf in enumerate(leaves, start=1):
        values.append(root_of(values, other[variable]) if variable in other else leaf)
    for variable, (left, right) in enumerate(circuit.ands.tolist(), start=len(values)):
        if variable in other:
            values.append(root_of(values, other[variable]))
        else:
            values.append(gates.and_(root_of(values, left), root_of(values, right)))
    return values


def root_of(values: Sequence[int], literal: int) -> int:
    """The literal of a literal."""
    return values[literal >> 1] ^ literal & 1


def merged(circuit: Circuit, alike: Sequence[Alike]) -> Circuit:
    """Return a circuit in which others stand for the variables that are alike, without what is not needed then."""
    gates = Gates(len(circuit.inputs) + len(circuit.latches))
    values = copied(gates, circuit, gates.leaf_literals(), alike)
    return needed(
        circuit_of(
            gates,
            inputs=circuit.inputs,
            latches=circuit.latches,
            outputs=circuit.outputs,
            next_state=[root_of(values, literal) for literal in circuit.next_state.tolist()],
            output=[root_of(values, literal) for literal in circuit.output.tolist()],
            reset=circuit.reset,
        )
    )


def needed(circuit: Circuit) -> Circuit:
    """Return a circuit without the latches that no output depends on, in whatever step."""
    ins, L = len(circuit.inputs), len(circuit.latches)
    found = np.zeros(L, dtype=bool)
    fresh = _leaves(circuit, circuit.output)
    while fresh.any():
        found |= fresh
        fresh = _leaves(circuit, circuit.next_state[fresh]) & ~found
    gates = Gates(ins + int(found.sum()))
    leaves = iter(gates.leaf_literals()[ins:])
    latches = [next(leaves) if one else FALSE for one in found.tolist()]
    values = copied(gates, circuit, [*gates.leaf_literals()[:ins], *latches])
    return circuit_of(
        gates,
        inputs=circuit.inputs,
        latches=[name for name, one in zip(circuit.latches, found, strict=True) if one],
        outputs=circuit.outputs,
        next_state=[root_of(values, literal) for literal in circuit.next_state[found].tolist()],
        output=[root_of(values, literal) for literal in circuit.output.tolist()],
        reset=circuit.reset[found],
    )


def _leaves(circuit: Circuit, roots: np.ndarray) -> np.ndarray:
    """The latches that literals depend on within the step, bool [L]."""
    ins, L = len(circuit.inputs), len(circuit.latches)
    first = 1 + ins + L
    seen = np.zeros(first + len(circuit.ands), dtype=bool)
    seen[roots >> 1] = True
    for gate in range(len(circuit.ands) - 1, -1, -1):
        if seen[first + gate]:
            seen[circuit.ands[gate] >> 1] = True
    return seen[1 + ins : first]
