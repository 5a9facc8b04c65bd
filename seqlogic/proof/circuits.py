"""What two circuits are to each other: equal, by enumeration or by induction over time, or told apart by a word."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, run, to_machine
from seqlogic.proof.correspondence import correspondence
from seqlogic.proof.unrolled import TimeUpError, Unrolled
from seqlogic.proof.verdict import beside
from seqlogic.synthesis import FALSE, Gates

__all__ = ["CircuitVerdict", "called_as", "copied", "joined", "prove_circuits", "root_of"]

_ENTRIES = 1 << 18
"""So many states times input symbols are enumerated."""


@dataclass(frozen=True)
class CircuitVerdict:
    """The outcome of `prove_circuits(a, b)`.

    Attributes:
        result: "equal": every word has the same answers, proven. "differs": some word has not. "unknown": neither was
            found in time; this is never to be read as equal.
        word: int, the bits of the inputs as a number for each step, of a shortest word whose last answers differ.
        left: what `a` answers to it, likewise.
        right: what `b` answers.
        depth: so many steps from reset on do not differ, whatever the word.
        how: for "equal", what proves it.
        seconds: how long it took.
    """

    result: str
    word: tuple[int, ...] | None
    left: tuple[int, ...]
    right: tuple[int, ...]
    depth: int
    how: str
    seconds: float

    def text(self, a: str, b: str) -> str:
        """The verdict in a line or a few, with these names for the two circuits."""
        if self.result == "equal":
            return f"equal: {a} and {b} answer every input word alike ({self.how})"
        if self.word is None:
            return f"unknown after {self.seconds:.0f} s: {a} and {b} do not differ within {self.depth} steps"
        rows = ("input", self.word), (a, self.left), (b, self.right)
        lines = beside(*((name, list(map(str, row))) for name, row in rows))
        return "\n".join([f"differs: {a} and {b} answer step {len(self.word)} otherwise, none before it:", *lines])


def prove_circuits(a: Circuit, b: Circuit, *, symbols: int | None = None, seconds: float = 60.0) -> CircuitVerdict:
    """Return what circuit `a` is to `b` for all words from reset on, of any length.

    Where the states that both reach together are few, all of them are enumerated. Else, or if they differ, at each
    depth two questions go to the solver: whether a word of so many steps tells them apart, and whether so many
    steps without a difference, from any state, are always followed by another (k-induction; Sheeran, Singh and
    Stalmarck, 2000). The second begins with those latches alike that an induction of their own proves
    to be (`correspondence`). Depths are asked in turn, so that the word is a
    shortest one; it is run on both circuits before it is returned.

    Args:
        a, b: of the same names of inputs and of outputs.
        symbols: words are of so many symbols, the first bit patterns of the inputs; of all if not given.
        seconds: after which the result is "unknown".

    Raises:
        ValueError: other inputs or outputs.
    """
    started = time.monotonic()
    deadline = started + seconds
    both = joined(a, b)
    depth = 0
    try:
        states = _enumerated(both, 1 << len(both.inputs) if symbols is None else symbols)
        if states:
            how = f"all {states:,} states that they reach together"
            return CircuitVerdict("equal", None, (), (), depth, how, time.monotonic() - started)
        alike = correspondence(both, deadline)
        base = Unrolled(both, deadline, symbols=symbols)
        step = Unrolled(both, deadline, reset=False, symbols=symbols)
        latches = step.latches()
        for one, other, opposite in alike:
            step.equate(int(latches[one]), (-1 if opposite else 1) * (int(latches[other]) if other >= 0 else -1))
        while True:
            differs = base.any_of(base.advance())
            if (model := base.solved(differs)) is not None:
                word = base.word(model)
                left, right = (tuple(run(circuit, np.array([word]))[0].tolist()) for circuit in (a, b))
                if left[:-1] != right[:-1] or left[-1] == right[-1]:
                    raise AssertionError(f"the solver's word {word} does not tell the circuits apart")
                return CircuitVerdict("differs", word, left, right, depth, "", time.monotonic() - started)
            base.assume(-differs)
            depth += 1
            differs = step.any_of(step.advance())
            if step.solved(differs) is None:
                how = f"induction over {depth} {'step' if depth == 1 else 'steps'}" + (
                    f", {len(alike)} pairs of latches alike" if alike else ""
                )
                return CircuitVerdict("equal", None, (), (), depth, how, time.monotonic() - started)
            step.assume(-differs)
    except TimeUpError:
        return CircuitVerdict("unknown", None, (), (), depth, "", time.monotonic() - started)


def called_as(circuit: Circuit, other: Circuit) -> Circuit:
    """A circuit with the names of the inputs and outputs of another one, in their order.

    Raises:
        ValueError: they are not as many.
    """
    for what in ("input", "output"):
        one, two = (len(getattr(side, f"{what}s")) for side in (other, circuit))
        if one != two:
            raise ValueError(f"{one} and {two} {what} bits")
    taken = {*other.inputs, *other.outputs}
    latches = tuple(f"latch {number}" if name in taken else name for number, name in enumerate(circuit.latches))
    return replace(circuit, inputs=other.inputs, outputs=other.outputs, latches=latches)


def _enumerated(both: Circuit, symbols: int) -> int:
    """How many states two circuits reach together, 0 if they are too many to list or an output differs in some."""
    limit = _ENTRIES // symbols
    if not limit:
        return 0
    try:
        machine = to_machine(both, limit=limit, symbols=symbols)
    except ValueError:
        return 0
    return 0 if machine.output.any() else len(machine)


def joined(a: Circuit, b: Circuit) -> Circuit:
    """Return both circuits as one, on the same inputs; an output says where theirs differ.

    Raises:
        ValueError: other inputs or outputs.
    """
    for what in ("inputs", "outputs"):
        if getattr(a, what) != getattr(b, what):
            raise ValueError(f"{what} {', '.join(getattr(a, what))} against {', '.join(getattr(b, what))}")
    ins, L = len(a.inputs), len(a.latches)
    gates = Gates(ins + L + len(b.latches))
    leaves = gates.leaf_literals()
    one = copied(gates, a, leaves[: ins + L])
    other = copied(gates, b, [*leaves[:ins], *leaves[ins + L :]])
    shown = [[root_of(values, literal) for literal in c.output.tolist()] for values, c in ((one, a), (other, b))]
    return circuit_of(
        gates,
        inputs=a.inputs,
        latches=[f"{side}.{name}" for side, circuit in (("a", a), ("b", b)) for name in circuit.latches],
        outputs=a.outputs,
        next_state=[
            root_of(values, literal) for values, c in ((one, a), (other, b)) for literal in c.next_state.tolist()
        ],
        output=[gates.xor(left, right) for left, right in zip(*shown, strict=True)],
        reset=np.concatenate([a.reset, b.reset]),
    )


def copied(gates: Gates, circuit: Circuit, leaves: Sequence[int]) -> list[int]:
    """The literal of each variable of a circuit, its gates made anew."""
    values = [FALSE, *leaves]
    for left, right in circuit.ands.tolist():
        values.append(gates.and_(root_of(values, left), root_of(values, right)))
    return values


def root_of(values: Sequence[int], literal: int) -> int:
    """The literal of a literal."""
    return values[literal >> 1] ^ literal & 1
