"""What two circuits are to each other: equal, by enumeration or by induction over time, or told apart by a word."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, simulate, to_machine
from seqlogic.proof.correspondence import correspondence
from seqlogic.proof.unrolled import TimeUpError, Unrolled, Work
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


def prove_circuits(
    a: Circuit, b: Circuit, *, symbols: int | None = None, seconds: float = 60.0, work: Work | None = None
) -> CircuitVerdict:
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
        work: of the solver, counted in place of the seconds; it is used up by this.

    Raises:
        ValueError: other inputs or outputs.
    """
    started = time.monotonic()
    deadline = started + seconds if work is None else math.inf
    both = joined(a, b)
    depth = 0
    try:
        states = _enumerated(both, 1 << len(both.inputs) if symbols is None else symbols, deadline)
        if states:
            how = f"all {states:,} states that they reach together"
            return CircuitVerdict("equal", None, (), (), depth, how, time.monotonic() - started)
        alike = correspondence(both, deadline, work)
        base = Unrolled(both, deadline, symbols=symbols, work=work)
        step = Unrolled(both, deadline, reset=False, symbols=symbols, work=work)
        latches = step.latches()
        for one, other, opposite in alike:
            step.equate(int(latches[one]), (-1 if opposite else 1) * (int(latches[other]) if other >= 0 else -1))
        while True:
            differs = base.any_of(base.advance())
            if (model := base.solved(differs)) is not None:
                word = base.word(model)
                left, right = _answers(a, word), _answers(b, word)
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


def _answers(circuit: Circuit, word: Sequence[int]) -> tuple[int, ...]:
    """What a circuit answers to a word, symbols of however many bits as numbers."""
    planes = [[[symbol >> bit & 1] for bit in range(len(circuit.inputs))] for symbol in word]
    answers = simulate(circuit, np.array(planes, dtype=np.uint64).reshape(len(word), len(circuit.inputs), 1))
    return tuple(sum(1 << bit for bit, one in enumerate(step) if one & 1) for step in answers[:, :, 0].tolist())


def called_as(circuit: Circuit, other: Circuit) -> Circuit:
    """A circuit with the inputs and outputs of another one, in their order.

    Where both have the same names these say what belongs together; else it is the place.

    Raises:
        ValueError: they are not as many, or some of the names are the same and others not.
    """
    places = []
    for what in ("input", "output"):
        here, there = (getattr(side, f"{what}s") for side in (circuit, other))
        if len(here) != len(there):
            raise ValueError(f"{len(there)} and {len(here)} {what} bits")
        common = set(here) & set(there)
        if common and len(common) < len(here):
            one = next(name for name in there if name not in common)
            raise ValueError(f"the {what} {one!r} is one of the first only, though {min(common)!r} is one of both")
        places.append([here.index(name) for name in there] if common else list(range(len(here))))
    ins, L = len(circuit.inputs), len(circuit.latches)
    gates = Gates(ins + L)
    leaves = gates.leaf_literals()
    moved = dict(zip(places[0], leaves, strict=False))
    values = copied(gates, circuit, [*(moved[place] for place in range(ins)), *leaves[ins:]])
    taken, latches = {*other.inputs, *other.outputs}, []
    for name in circuit.latches:
        while name in taken:
            name += "_"  # noqa: PLW2901
        taken.add(name)
        latches.append(name)
    return circuit_of(
        gates,
        inputs=other.inputs,
        latches=latches,
        outputs=other.outputs,
        next_state=[root_of(values, literal) for literal in circuit.next_state.tolist()],
        output=[root_of(values, int(circuit.output[place])) for place in places[1]],
        reset=circuit.reset,
    )


def _enumerated(both: Circuit, symbols: int, deadline: float) -> int:
    """How many states two circuits reach together, 0 if they are too many to list or an output differs in some.

    TimeUpError past the deadline.
    """
    limit = _ENTRIES // symbols
    if not limit:
        return 0
    try:
        machine = to_machine(both, limit=limit, symbols=symbols, deadline=deadline)
    except ValueError:
        return 0
    except TimeoutError:
        raise TimeUpError from None
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
        # Names of its own: those of the user may be in each other's way.
        inputs=[f"input[{bit}]" for bit in range(ins)],
        latches=[f"latch[{place}]" for place in range(L + len(b.latches))],
        outputs=[f"differs[{bit}]" for bit in range(len(a.outputs))],
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
