"""The links of a chain in which logic was learned: from it to a machine, or to a circuit and on to the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqlogic.circuit import Circuit, to_machine, whole_circuit
from seqlogic.formats import read_circuit
from seqlogic.formats.verilog_circuit import render_circuit
from seqlogic.machine import Machine
from seqlogic.proof.circuits import CircuitVerdict, called_as, prove_circuits
from seqlogic.proof.equivalence import distinguish
from seqlogic.proof.links import (
    CIRCUIT_FILE,
    CIRCUIT_REFERENCE_FILE,
    CIRCUIT_REFERENCE_LINK,
    EXAMPLES_FILE,
    HARD_FILE,
    KISS2_FILE,
    LOGIC_CIRCUIT_LINK,
    LOGIC_FILE,
    LOGIC_LINK,
    MACHINE_FILE,
    REFERENCE_FILE,
    REFERENCE_LINK,
    VERILOG_FILE,
    Link,
    Side,
    refuse_huge,
)

__all__ = [
    "SECONDS",
    "circuit_links",
    "circuit_verilog",
    "circuits_link",
    "logic_link",
    "machine_circuit_link",
    "read_bounded_circuit",
    "strangers",
]

SECONDS = 120.0
"""The time limit of the proof that two circuits are equal."""

_MOST_STATES = 1 << 16
_OF_MACHINES = (HARD_FILE, KISS2_FILE, REFERENCE_FILE, EXAMPLES_FILE)

_METHOD = (
    "Where both circuits reach few states together, all of these are enumerated. Else a SAT solver proves that so many "
    "steps without a difference, from whatever state, are followed by another (k-induction), beginning with latches, "
    "or with inputs and gates as well, that an induction of their own proves to be alike; or that an invariant, which "
    "property-directed reachability (IC3) found, holds at first, stays and excludes a difference. And it looks for a "
    "word that tells the two apart, the shortest first, which is run on both. Every word is meant, of any length, from "
    "reset on."
)


def logic_link(logic: Circuit, machine: Machine) -> Link:
    """Prove that a circuit and a machine answer every word alike, symbols as their numbers in bits."""
    details: dict[str, Any] = {}
    word: tuple[int, ...] | None = None
    inputs, outputs = machine.inputs, machine.outputs
    if (len(logic.inputs), len(logic.outputs)) != (inputs.width, outputs.width):
        details["fault"] = (
            f"the logic has {len(logic.inputs)} input and {len(logic.outputs)} output bits, the machine "
            f"{inputs.width} and {outputs.width}"
        )
    else:
        try:
            shown = to_machine(logic, limit=_MOST_STATES, symbols=len(inputs))
        except ValueError as error:
            details["fault"] = str(error)
        else:
            details |= {"states of the logic": len(shown), "machine states": len(machine)}
            if shown.output.max() >= len(outputs):
                details["fault"] = f"the logic answers the pattern {int(shown.output.max())}, which is no symbol"
            else:
                word = distinguish(Machine(shown.next_state, shown.output, inputs, outputs), machine)
    return Link(
        name=LOGIC_LINK,
        method="Every state that the logic reaches is listed, with every input symbol, and the machine of these is "
        "walked together with the other one. This is about the logic in the file, and not about how it was learned.",
        left=Side("learned logic", LOGIC_FILE, logic.digest),
        right=Side("machine", MACHINE_FILE, machine.digest),
        result="equal" if word is None and "fault" not in details else "differs",
        counterexample=None if word is None else tuple(map(inputs.name, word)),
        details=details,
    )


def circuits_link(name: str, left: Side, a: Circuit, right: Side, b: Circuit, *, seconds: float = SECONDS) -> Link:
    """Prove that two circuits, of the same numbers of inputs and outputs, answer every word alike."""
    details: dict[str, Any] = {
        "latches": f"{len(a.latches)} and {len(b.latches)}",
        "gates": f"{len(a.ands)} and {len(b.ands)}",
    }
    word: tuple[str, ...] | None = None
    if (len(a.inputs), len(a.outputs)) != (len(b.inputs), len(b.outputs)):
        sizes = [f"{len(one.inputs)} and {len(one.outputs)}" for one in (a, b)]
        details["fault"] = f"the inputs and outputs are {sizes[0]} bits on one side, {sizes[1]} on the other"
        result = "differs"
    else:
        try:
            verdict = prove_circuits(a, called_as(b, a), seconds=seconds)
        except ValueError as error:
            details["fault"] = str(error)
            return Link(name, _METHOD, left, right, "differs", None, details)
        result = {"equal": "equal", "differs": "differs", "unknown": "undecided"}[verdict.result]
        word = _tell(verdict, a, details)
    return Link(name, _METHOD, left, right, result, word, details)


def _tell(verdict: CircuitVerdict, circuit: Circuit, details: dict[str, Any]) -> tuple[str, ...] | None:
    """The word that tells two circuits apart, as bits; what else there is to say goes into the details."""
    if verdict.result == "equal":
        details["proven by"] = verdict.how
        return None
    if verdict.word is None:
        reason = f"neither proven nor refuted in the time limit; no word of {verdict.depth} symbols differs"
        details["reason"] = f"{reason}; {verdict.how}" if verdict.how else reason
        return None
    details["left answers"], details["right answers"] = (
        [_bits(one, len(circuit.outputs)) for one in side] for side in (verdict.left, verdict.right)
    )
    return tuple(_bits(one, len(circuit.inputs)) for one in verdict.word)


def _bits(number: int, width: int) -> str:
    return format(number, f"0{width}b") if width else ""


def machine_circuit_link(machine: Machine, reference: Circuit) -> Link:
    """Prove what a machine is to a reference of which there is no table."""
    left, right = Side("machine", MACHINE_FILE, machine.digest), _reference_side(reference)
    try:
        circuit = whole_circuit(machine)
    except ValueError as error:
        details = {"reason": f"{error}, and the reference none"}
        return Link(REFERENCE_LINK, _METHOD, left, right, "undecided", None, details)
    return circuits_link(REFERENCE_LINK, left, circuit, right, reference)


def _reference_side(reference: Circuit) -> Side:
    return Side("reference circuit", CIRCUIT_REFERENCE_FILE, reference.digest)


def circuit_links(folder: Path) -> tuple[Link, ...]:
    """Prove the links of a run whose result is circuit.aig, those of which both sides are there.

    Raises:
        InputError: a file that is malformed or larger than 1 GiB.
    """
    circuit = read_bounded_circuit(folder / CIRCUIT_FILE)
    side = Side("circuit", CIRCUIT_FILE, circuit.digest)
    links = []
    if (folder / LOGIC_FILE).exists():
        logic = read_bounded_circuit(folder / LOGIC_FILE)
        links.append(
            circuits_link(LOGIC_CIRCUIT_LINK, Side("learned logic", LOGIC_FILE, logic.digest), logic, side, circuit)
        )
    if (folder / CIRCUIT_REFERENCE_FILE).exists():
        reference = read_bounded_circuit(folder / CIRCUIT_REFERENCE_FILE)
        links.append(circuits_link(CIRCUIT_REFERENCE_LINK, side, circuit, _reference_side(reference), reference))
    return tuple(links)


def strangers(folder: Path) -> list[str]:
    """What does not belong to a folder, in words: a circuit beside a machine, or Verilog that is not its own."""
    circuit, machine = folder / CIRCUIT_FILE, folder / MACHINE_FILE
    if not circuit.exists():
        return []
    if machine.exists():
        return [f"{CIRCUIT_FILE}: stands beside {MACHINE_FILE}, expected one of the two"]
    found = [
        f"{name}: belongs to a machine, and stands beside a circuit"
        for name in _OF_MACHINES
        if (folder / name).exists()
    ]
    verilog = folder / VERILOG_FILE
    if verilog.exists() and verilog.read_bytes() != circuit_verilog(read_bounded_circuit(circuit)).encode():
        found.append(f"{VERILOG_FILE}: is not what seqlogic makes of {CIRCUIT_FILE}")
    return found


def circuit_verilog(circuit: Circuit) -> str:
    """The Verilog module that stands beside the circuit of a run."""
    return render_circuit(circuit, "circuit")


def read_bounded_circuit(path: Path) -> Circuit:
    """Return the circuit of a file, as `read_circuit` does; InputError if the file is larger than 1 GiB."""
    refuse_huge(path)
    return read_circuit(path)
