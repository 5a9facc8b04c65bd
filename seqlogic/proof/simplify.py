"""A smaller circuit for the same answers, each step of the way proven."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from seqlogic.assignment import smallest
from seqlogic.circuit import Circuit, circuit_of, to_machine
from seqlogic.machine import Machine, minimise
from seqlogic.proof.circuits import prove_circuits
from seqlogic.proof.correspondence import correspondence
from seqlogic.proof.linear import minimal_linear
from seqlogic.proof.rewriting import copied, merged, needed, root_of
from seqlogic.proof.unrolled import TimeUpError, Work
from seqlogic.synthesis import FALSE, TRUE, Gates
from seqlogic.wording import counted

__all__ = ["Simplified", "Step", "listed", "simplify"]

_MOST_REACHED = 50_000
_MOST_ENTRIES = 1 << 19
"""So many states are listed, and with each input symbol so many entries."""
_MOST_STATES = 256
"""So many, when minimised, are encoded anew."""
_WORK = 4_000_000
"""Seconds for circuits of some hundreds of gates, a minute or two for those of ten thousands."""
_DENSE = ("binary", "gray")
"""The encodings of the fewest bits."""


@dataclass(frozen=True)
class Step:
    """One step of a simplification.

    Attributes:
        what: what was done, in a few words.
        latches, gates: how many there are after it.
        how: what proves that the answers are the same as before it.
    """

    what: str
    latches: int
    gates: int
    how: str

    def text(self) -> str:
        """The step in a line."""
        return f"{self.what}: {counted(self.latches, 'latch', 'latches')}, {counted(self.gates, 'gate')} ({self.how})"


@dataclass(frozen=True)
class Simplified:
    """The outcome of `simplify`.

    Attributes:
        circuit: the last one.
        steps: those that made it smaller, in their order.
    """

    circuit: Circuit
    steps: tuple[Step, ...]


def simplify(circuit: Circuit, *, work: int = _WORK) -> Simplified:
    """Return a circuit of fewer latches, then gates, then depth, that answers every word as this one does.

    Latches that no output depends on go, and gates that are equal or constant (structural hashing); then latches that
    are constant, equal or opposite in every state that is reached (`correspondence`); then, where next state and
    output are exclusive ors, all that linear algebra finds to be redundant (`minimal_linear`), which leaves as few
    latches as such a circuit can have. Where few states are reached they are listed, minimised and encoded anew. Where
    many functions are a choice by the same input or latch, what they choose from is written for its value alone. A step
    is only taken if `prove_circuits` finds it equal to the one before.

    Args:
        circuit: any.
        work: of the solver for each of the steps, see `Work`, and as much for its proof; one that takes more is not
            taken. No clock is asked, so that the result is the same on a busy machine.
    """
    steps = []
    attempts: tuple[tuple[str, Callable[[Circuit, Work], Circuit | None]], ...] = (
        ("what no output needs", lambda one, _: needed(one)),
        ("latches that are alike", _merged),
        ("linear dependence", lambda one, _: minimal_linear(one)),
        ("states that are equivalent", lambda one, _: _minimised(one)),
        ("choices within choices", lambda one, _: _decided(one)),
    )
    for what, attempt in attempts:
        try:
            smaller = attempt(circuit, Work(work))
        except TimeUpError:
            continue
        if smaller is None or _size(smaller) >= _size(circuit):
            continue
        verdict = prove_circuits(smaller, circuit, work=Work(work))
        if verdict.result == "equal":
            circuit = smaller
            steps.append(Step(what, len(circuit.latches), len(circuit.ands), verdict.how))
    return Simplified(circuit, tuple(steps))


def _size(circuit: Circuit) -> tuple[int, int, int]:
    """Latches, gates, and gates one after the other, on which the clock of hardware depends."""
    first = 1 + len(circuit.inputs) + len(circuit.latches)
    depth = [0] * (first + len(circuit.ands))
    for gate, (one, other) in enumerate(circuit.ands.tolist(), start=first):
        depth[gate] = 1 + max(depth[one >> 1], depth[other >> 1])
    return len(circuit.latches), len(circuit.ands), max(depth)


def _merged(circuit: Circuit, work: Work) -> Circuit:
    return merged(circuit, correspondence(circuit, math.inf, work))


def _minimised(circuit: Circuit) -> Circuit | None:
    """The circuit of the minimal machine; None if too many states are reached, or as many latches are needed."""
    machine = listed(circuit)
    if machine is None:
        return None
    machine = minimise(machine)
    if len(machine) > _MOST_STATES or max(1, (len(machine) - 1).bit_length()) >= len(circuit.latches):
        return None
    encoded = min((smallest(machine, one, output_names=circuit.outputs)[2] for one in _DENSE), key=_size)
    return replace(encoded, inputs=circuit.inputs)


def listed(circuit: Circuit, symbols: int | None = None) -> Machine | None:
    """The machine of the states that a circuit reaches by so many input symbols, None if they are many."""
    limit = min(_MOST_REACHED, _MOST_ENTRIES // (1 << len(circuit.inputs) if symbols is None else symbols))
    try:
        return to_machine(circuit, limit=limit, symbols=symbols) if limit else None
    except ValueError:
        return None


def _decided(circuit: Circuit) -> Circuit | None:
    """A circuit whose functions first choose by the leaf that most of them choose by; None if none does.

    Within each branch the leaf is a constant (Shannon, 1938), so that what is the same for all of them can be shared: a
    counter that may be loaded counts with the carries of one that may not.
    """
    ins, L = len(circuit.inputs), len(circuit.latches)
    roots = [*circuit.next_state.tolist(), *circuit.output.tolist()]
    selects = Counter(select for root in roots if (select := _select(circuit, root)) is not None)
    if not selects:
        return None
    chosen = max(sorted(selects), key=selects.__getitem__)
    gates = Gates(ins + L)
    leaves = gates.leaf_literals()
    low, high = (
        copied(gates, circuit, [value if place == chosen - 1 else leaf for place, leaf in enumerate(leaves)])
        for value in (FALSE, TRUE)
    )
    decided = [gates.mux(2 * chosen, root_of(high, root), root_of(low, root)) for root in roots]
    return circuit_of(
        gates,
        inputs=circuit.inputs,
        latches=circuit.latches,
        outputs=circuit.outputs,
        next_state=decided[:L],
        output=decided[L:],
        reset=circuit.reset,
    )


def _select(circuit: Circuit, literal: int) -> int | None:
    """The leaf by which a literal is a choice between two others, None if it is none."""
    first = 1 + len(circuit.inputs) + len(circuit.latches)
    gate = (literal >> 1) - first
    sides = [(side >> 1) - first for side in circuit.ands[gate].tolist() if side & 1] if gate >= 0 else []
    if len(sides) < 2 or min(sides) < 0:
        return None
    one, other = (circuit.ands[side].tolist() for side in sides)
    return next((side >> 1 for side in one if side ^ 1 in other and side >> 1 < first), None)
