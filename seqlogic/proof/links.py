"""The links of the chain of proofs, and those between a network, its machine and the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seqlogic.errors import InputError
from seqlogic.formats import read_machine
from seqlogic.hard import LIMIT, HardNetwork, NotOneHotError
from seqlogic.machine import Alphabet, Machine, with_words
from seqlogic.proof.equivalence import distinguish
from seqlogic.proof.verdict import answers, prove

__all__ = [
    "BUILD_FILE",
    "CHOICES_FILE",
    "CIRCUIT_FILE",
    "CIRCUIT_REFERENCE_FILE",
    "CIRCUIT_REFERENCE_LINK",
    "CIRCUIT_RTL_LINK",
    "CORE_FILE",
    "EXAMPLES_FILE",
    "EXAMPLES_LINK",
    "HARD_FILE",
    "KISS2_FILE",
    "LEARNED_LINKS",
    "LOGIC_CIRCUIT_LINK",
    "LOGIC_FILE",
    "LOGIC_LINK",
    "MACHINE_FILE",
    "NETWORK_LINK",
    "REFERENCE_FILE",
    "REFERENCE_LINK",
    "RESULTS",
    "RTL_LINK",
    "SIMULATION_LINK",
    "TABLE_FILE",
    "VERILOG_FILE",
    "Link",
    "NotProvenError",
    "Prover",
    "Side",
    "network_link",
    "read_bounded",
    "reference_link",
    "refuse_huge",
]

HARD_FILE, MACHINE_FILE, KISS2_FILE, REFERENCE_FILE = "hard.npz", "machine.json", "machine.kiss2", "reference.json"
CORE_FILE, TABLE_FILE, CHOICES_FILE = "core.v", "core.init", "implementation.json"
BUILD_FILE = "build.json"
EXAMPLES_FILE = "examples.txt"
LOGIC_FILE, CIRCUIT_FILE, CIRCUIT_REFERENCE_FILE = "learned.aig", "circuit.aig", "reference.aig"
VERILOG_FILE = "circuit.v"
RESULTS = ("equal", "conforms", "differs", "undecided", "unique", "ambiguous")
"""What a link can be."""
NETWORK_LINK, REFERENCE_LINK = "hard network = machine", "machine = reference"
EXAMPLES_LINK = "machine = only one that fits"
"""In place of the reference, of data without errors; it takes its time, and `seqlogic.proof.examples` proves it."""
LOGIC_LINK = "learned logic = machine"
"""In place of that from the hard network, where logic was learned."""
LOGIC_CIRCUIT_LINK, CIRCUIT_REFERENCE_LINK = "learned logic = circuit", "circuit = reference circuit"
"""The links of a run whose states no table holds; `seqlogic.proof.circuit_links` proves them."""
LEARNED_LINKS = {NETWORK_LINK, LOGIC_LINK}
"""What the chain of a machine begins with: from what was learned to it."""
RTL_LINK, CIRCUIT_RTL_LINK, SIMULATION_LINK = "machine = RTL", "circuit = RTL", "RTL = simulated SoC"
"""The links of a build folder, which others prove: this room knows neither gateware nor simulators."""


class NotProvenError(Exception):
    """A link cannot be proven again on this computer; the message says why, in a few words."""


@dataclass(frozen=True)
class Side:
    """One side of a link: what it is, the file that holds it, and its digest (of the thing, not of the file)."""

    what: str
    file: str
    digest: str


@dataclass(frozen=True)
class Link:
    """One step of the chain from the trained network to whatever was made of it.

    Attributes:
        name: which step, as "hard network = machine".
        method: how it is proven, in a sentence that is the same for every run.
        left: what is compared.
        right: with what.
        result: "equal", "conforms" (no contradiction wherever something is said, but not all is known), "differs",
            or "undecided" (a time limit was reached, or a test suite has no guarantee). Of a machine and its examples
            "unique" (no other of as few states fits) or "ambiguous" (another one does) in place of the first two.
        counterexample: the shortest input word that shows a contradiction, as symbol names; None if there is none.
        details: counts and remarks, in JSON's types; with a word that shows a difference, what both sides answer to it.
    """

    name: str
    method: str
    left: Side
    right: Side
    result: str
    counterexample: tuple[str, ...] | None
    details: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The link as it stands in a certificate, in this order of keys."""
        word = self.counterexample
        return asdict(self) | {"counterexample": None if word is None else list(word), "details": dict(self.details)}


Prover = Callable[[Path], Link]
"""Proves a link from the files of a folder, or raises NotProvenError, or InputError where the files are at fault."""


def network_link(network: HardNetwork, machine: Machine) -> Link:
    """Prove that a hard network and a machine answer every word alike, unknowns included."""
    counterexample: tuple[int, ...] | None = None
    details: dict[str, Any] = {}
    _, X, Y = network.emission.shape
    inputs, outputs = len(machine.inputs), len(machine.outputs)
    if inputs != X or (network.words is None and outputs != Y):
        details["fault"] = f"the network has {X} input and {Y} output symbols, the machine {inputs} and {outputs}"
    elif network.words is not None and (machine.outputs.bits is None or network.words.max() >= outputs):
        details["fault"] = f"the network outputs words of bits that are not of the {outputs} outputs of the machine"
    else:
        try:
            next_state, output = network.tabulate()
        except NotOneHotError as error:
            counterexample = error.word
            details["fault"] = f"the {error.what} of the network after this word is not one-hot"
        else:
            if network.words is None:
                shown = Machine(next_state, output, machine.inputs, machine.outputs)
            else:
                shown = Machine(next_state, output, machine.inputs, Alphabet.of(map(str, range(Y))))
                shown = with_words(shown, network.words, machine.outputs)
            counterexample = distinguish(shown, machine)
            details["network states"], details["machine states"] = len(next_state), len(machine)
            details["network entries"] = next_state.size
            details["known"] = int(((next_state >= 0) | (output >= 0)).sum())
            if counterexample is not None:
                details |= _both(answers(shown, counterexample), answers(machine, counterexample))
    return Link(
        name=NETWORK_LINK,
        method="Every input symbol is evaluated on every belief that the hard network reaches, by its own "
        "vector-matrix products; every belief must be one-hot or zero, and every answer that of the machine, "
        "unknowns included. Where its outputs stand for words of bits, the words are compared. This is about the "
        "weights in the file, each of them 0 or 1, and not about how training came to them.",
        left=Side("hard network", HARD_FILE, network.digest),
        right=Side("machine", MACHINE_FILE, machine.digest),
        result="equal" if counterexample is None and "fault" not in details else "differs",
        counterexample=None if counterexample is None else tuple(map(machine.inputs.name, counterexample)),
        details=details,
    )


def reference_link(machine: Machine, reference: Machine) -> Link:
    """Prove what a machine is to its reference, as `prove` says it.

    "equal" says that the machine knows exactly what the reference specifies. The reference of a task whose input law
    cannot reach some entries must therefore leave these unspecified, or no run of it is ever exact.
    """
    counterexample: tuple[str, ...] | None = None
    details: dict[str, Any] = {}
    try:
        verdict = prove(machine, reference)
    except ValueError as error:
        result, details["fault"] = "differs", str(error)
    else:
        result = verdict.result
        details = {"known": verdict.known, "specified": verdict.specified}
        if result == "differs":
            counterexample = verdict.word
        elif verdict.word is not None:
            details["unanswered"] = list(verdict.word)
        if verdict.word is not None:
            details |= _both(verdict.left, verdict.right)
    return Link(
        name=REFERENCE_LINK,
        method="The reachable pairs of states of both machines are walked breadth-first: equal if every pair has the "
        "same outputs, unknowns included; conforms if no outputs known in both contradict each other.",
        left=Side("machine", MACHINE_FILE, machine.digest),
        right=Side("reference", REFERENCE_FILE, reference.digest),
        result=result,
        counterexample=counterexample,
        details=details,
    )


def _both(left: tuple[str, ...], right: tuple[str, ...]) -> dict[str, list[str]]:
    """What both sides of a link answer to the word that tells them apart, as it stands in the details."""
    return {"left answers": list(left), "right answers": list(right)}


def read_bounded(path: Path) -> Machine:
    """Return the machine of a file, as `read_machine` does; InputError if the file is larger than 1 GiB."""
    refuse_huge(path)
    return read_machine(path)


def refuse_huge(path: Path) -> None:
    """InputError for a file larger than 1 GiB."""
    if path.exists() and path.stat().st_size > LIMIT:
        raise InputError(f"takes {path.stat().st_size} bytes, expected at most {LIMIT}", file=path)
