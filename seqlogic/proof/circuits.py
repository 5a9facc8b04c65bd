"""What two circuits are to each other: equal, by enumeration or by induction over time, or told apart by a word."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, simulate, to_machine
from seqlogic.proof.correspondence import correspondence
from seqlogic.proof.invariant import InvariantSearch, not_searched
from seqlogic.proof.rewriting import Alike, copied, merged, root_of
from seqlogic.proof.unrolled import TimeUpError, Unrolled, Work
from seqlogic.proof.verdict import beside
from seqlogic.synthesis import Gates

__all__ = ["CircuitVerdict", "called_as", "joined", "prove_circuits"]

_AFTER = re.compile(r"_+(?=\[|$)")
_ENTRIES = 1 << 18
"""So many states times input symbols are enumerated."""
_SHALLOW = 16
"""Induction goes so deep before anything else is tried."""
_LISTED = 5.0
"""Seconds for which states are enumerated."""
_TURN = 2.0
"""Seconds until induction looks whether another proof has been found."""


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
        how: for "equal", what proves it; for "unknown", what was not tried, if anything.
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
            left = f"; {self.how}" if self.how else ""
            return f"unknown after {self.seconds:.0f} s: {a} and {b} do not differ within {self.depth} steps{left}"
        rows = ("input", self.word), (a, self.left), (b, self.right)
        lines = beside(*((name, list(map(str, row))) for name, row in rows))
        return "\n".join([f"differs: {a} and {b} answer step {len(self.word)} otherwise, none before it:", *lines])


def prove_circuits(
    a: Circuit, b: Circuit, *, symbols: int | None = None, seconds: float = 60.0, work: Work | None = None
) -> CircuitVerdict:
    """Return what circuit `a` is to `b` for all words from reset on, of any length.

    Where the states that both reach together are few, all of them are enumerated. Else, or if they differ, at each
    depth two questions go to a solver: whether a word of so many steps tells them apart, and whether so many
    steps without a difference, from any state, are always followed by another (k-induction; Sheeran, Singh and
    Stalmarck, 2000). The second begins with those latches alike that an induction of their own proves
    to be (`correspondence`). If a few depths are not enough, inputs and gates that are alike are looked for as
    well, and, in a process of its own, an inductive invariant (`InvariantSearch`). A word that is found is a
    shortest one; it is run on both circuits before it is returned.

    Args:
        a, b: of the same names of inputs and of outputs.
        symbols: words are of so many symbols, the first bit patterns of the inputs; of all if not given.
        seconds: after which the result is "unknown".
        work: of the solver, counted in place of the seconds; it is used up by this. Then neither gates nor an
            invariant are looked for.

    Raises:
        ValueError: other inputs or outputs, no symbols, or more than there are patterns.
    """
    started = time.monotonic()
    if symbols is not None and not 1 <= symbols <= 1 << len(a.inputs):
        raise ValueError(f"{symbols} symbols, expected 1 to {1 << len(a.inputs)}")
    deadline = started + seconds if work is None else math.inf
    both = joined(a, b)
    induction = _Induction(both, symbols, work)
    listed = min(started + _LISTED, deadline) if work is None else math.inf
    found: str | tuple[int, ...] | None = _enumerated(
        both, 1 << len(both.inputs) if symbols is None else symbols, listed
    )
    if found is None:
        with contextlib.suppress(TimeUpError):
            until = min(time.monotonic() + _TURN, deadline) if work is None else math.inf
            found = induction.deepened(until, _SHALLOW if work is None else None)
    if found is None and work is None and time.monotonic() < deadline:
        found = _searched(induction, seconds / 4, deadline)
    took = time.monotonic() - started
    if found is None:
        return CircuitVerdict("unknown", None, (), (), induction.depth, not_searched(), took)
    if isinstance(found, str):
        return CircuitVerdict("equal", None, (), (), induction.depth, found, took)
    left, right = _answers(a, found), _answers(b, found)
    if left[:-1] != right[:-1] or left[-1] == right[-1]:
        raise AssertionError(f"the solver's word {found} does not tell the circuits apart")
    return CircuitVerdict("differs", found, left, right, induction.depth, "", took)


def _searched(induction: _Induction, gates: float, deadline: float) -> str | tuple[int, ...] | None:
    """What is found by going on with induction, at first for so many seconds on gates, beside another search."""
    found: str | tuple[int, ...] | None = None
    with InvariantSearch(induction.reduced(), deadline, symbols=induction.symbols) as search:
        with contextlib.suppress(TimeUpError):
            found = induction.with_gates(min(time.monotonic() + gates, deadline))
        while found is None and time.monotonic() < deadline:
            with contextlib.suppress(TimeUpError):
                running = search.running()
                found = None if running else search.proof()
                if found is None:
                    found = induction.deepened(min(time.monotonic() + _TURN, deadline) if running else deadline)
    return found


class _Induction:
    """Induction over more and more steps, that can be left when time is up and gone on with.

    What is returned by its methods proves that no output of the circuit is ever set, in words, or is a shortest word
    whose last step sets one, or is None.

    Attributes:
        depth: so many steps from reset on set none.
        symbols: words are of so many; of all if None.
    """

    def __init__(self, circuit: Circuit, symbols: int | None, work: Work | None) -> None:
        self.depth, self.symbols = 0, symbols
        self._circuit, self._work = circuit, work
        self._alike: list[Alike] | None = None
        # Whether inputs and gates are among them.
        self._all = False
        self._base = Unrolled(circuit, 0.0, symbols=symbols, work=work)
        self._step = Unrolled(circuit, 0.0, reset=False, symbols=symbols, work=work)
        # Whether an output is set in the step that was added last, where that is still open.
        self._early: int | None = None
        self._late: int | None = None

    def deepened(self, until: float, most: int | None = None) -> str | tuple[int, ...] | None:
        """Go on to so many steps, or without an end."""
        base, step = self._base, self._step
        base.deadline = step.deadline = until
        if self._alike is None:
            self._alike = correspondence(self._circuit, until, self._work)
        while most is None or self.depth < most or self._late is not None:
            if self._late is None:
                if self._early is None:
                    self._early = base.any_of(base.advance())
                if (model := base.solved(self._early)) is not None:
                    return base.word(model)
                base.assume(-self._early)
                self._early = None
                self.depth += 1
                self._late = step.any_of(step.advance())
                self._equate(step.frames[-1])
            if step.solved(self._late) is None:
                kind = "signals" if self._all else "latches"
                pairs = f", {len(self._alike)} pairs of {kind} alike" if self._alike else ""
                return f"induction over {self.depth} {'step' if self.depth == 1 else 'steps'}{pairs}"
            step.assume(-self._late)
            self._late = None
        return None

    def with_gates(self, until: float) -> str | tuple[int, ...] | None:
        """One step more, with all inputs, latches and gates that are alike."""
        if self._all:
            return None
        self._alike, self._all = correspondence(self._circuit, until, gates=True), True
        for frame in self._step.frames:
            self._equate(frame)
        return self.deepened(until, self.depth + 1)

    def _equate(self, frame: np.ndarray) -> None:
        for one, other, opposite in self._alike or []:
            self._step.equate(int(frame[one]), -int(frame[other]) if opposite else int(frame[other]))

    def reduced(self) -> Circuit:
        """A circuit in which one latch stands for all that are known to be alike."""
        return merged(self._circuit, self._alike or [])


def _answers(circuit: Circuit, word: Sequence[int]) -> tuple[int, ...]:
    """What a circuit answers to a word, symbols of however many bits as numbers."""
    planes = [[[symbol >> bit & 1] for bit in range(len(circuit.inputs))] for symbol in word]
    answers = simulate(circuit, np.array(planes, dtype=np.uint64).reshape(len(word), len(circuit.inputs), 1))
    return tuple(sum(1 << bit for bit, one in enumerate(step) if one & 1) for step in answers[:, :, 0].tolist())


def called_as(circuit: Circuit, other: Circuit) -> Circuit:
    """A circuit with the inputs and outputs of another one, in their order.

    Where both have the same names, but for `_` at the end, these say what belongs together; else it is the place.

    Raises:
        ValueError: they are not as many, or some of the names are the same and others not.
    """
    places = []
    for what in ("input", "output"):
        here, there = (_plain(getattr(side, f"{what}s")) for side in (circuit, other))
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


def _plain(names: Sequence[str]) -> Sequence[str]:
    """Names without the `_` that Verilog has after a word of its own, unless they are the same then."""
    bare = [_AFTER.sub("", name) for name in names]
    return bare if len(set(bare)) == len(bare) else names


def _enumerated(both: Circuit, symbols: int, deadline: float) -> str | None:
    """What proves it where the states that two circuits reach together are few, and no output differs in any."""
    limit = _ENTRIES // symbols
    if not limit:
        return None
    try:
        machine = to_machine(both, limit=limit, symbols=symbols, deadline=deadline)
    except (ValueError, TimeoutError):
        return None
    return None if machine.output.any() else f"all {len(machine):,} states that they reach together"


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
