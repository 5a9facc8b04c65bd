"""Signals that are alike in every state that a circuit reaches: guessed by simulation, proven by induction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqlogic.circuit import Circuit, simulate
from seqlogic.proof.rewriting import Alike
from seqlogic.proof.unrolled import Unrolled, Work

__all__ = ["correspondence"]

_STEPS, _WORDS = 64, 4
_SEED = 0


def correspondence(circuit: Circuit, deadline: float, work: Work | None = None, *, gates: bool = False) -> list[Alike]:
    """Return latches that are equal, or opposite, in each state that a word leads to from reset.

    The signals that no random word tells apart are taken for alike. A solver then looks for a state in which all that
    are taken for it are, and are not with the next step; what it finds parts them, until it finds nothing (signal
    correspondence; van Eijk, 2000).

    Args:
        circuit: any.
        deadline: on the clock of `time.monotonic`.
        work: of the solver; it is used up by this.
        gates: inputs and gates as well as latches; takes the longer for it.

    Returns:
        Pairs of variables, from which all that is alike follows by transitivity.

    Raises:
        TimeUpError: past the deadline or, where it is given, when the work is used up.
    """
    first = 1 + len(circuit.inputs) + len(circuit.latches)
    signals = np.append(0, np.arange(1 + len(circuit.inputs), first))
    step = Unrolled(circuit, deadline, reset=False, work=work)
    if gates:
        signals = np.flatnonzero(step.known)
    if len(signals) == 1:
        return []
    seen = _simulated(circuit, signals)
    # The first value decides which of two opposite ones stands for both.
    opposite = (seen[:, 0] & np.uint64(1)).astype(bool)
    seen ^= -opposite.astype(np.uint64)[:, None]
    classes = _Classes(np.unique(seen, axis=0, return_inverse=True)[1].reshape(-1))
    sign = np.where(opposite, -1, 1)
    if gates:
        # Whatever the first input is; latches are as they are then.
        begin = Unrolled(circuit, deadline, work=work)
        begin.advance()
        _refine(classes, begin, None, begin.frames[0][signals] * sign)
        step.advance()
        step.advance()
        before, after = (frame[signals] * sign for frame in step.frames)
    else:
        before = np.append(step.false, step.latches()) * sign
        step.advance()
        after = np.append(step.false, step.latches()) * sign
    _refine(classes, step, before, after)
    return [
        Alike(int(signals[one]), int(signals[other]), bool(opposite[one] ^ opposite[other]))
        for one, other in classes.pairs()
    ]


def _simulated(circuit: Circuit, signals: np.ndarray) -> np.ndarray:
    """The values of variables on random words from reset on, uint64 [signals, steps * W]."""
    shown = replace(
        circuit,
        inputs=tuple(f"input[{bit}]" for bit in range(len(circuit.inputs))),
        latches=tuple(f"latch[{place}]" for place in range(len(circuit.latches))),
        outputs=tuple(f"shown[{place}]" for place in range(len(signals))),
        output=2 * signals,
    )
    shape = (_STEPS, len(circuit.inputs), _WORDS)
    bits = np.random.default_rng(_SEED).integers(1 << 64, size=shape, dtype=np.uint64)
    return simulate(shown, bits).transpose(1, 0, 2).reshape(len(signals), -1)


class _Classes:
    """Which signals are taken for alike, int64 [signals]: those of the same number."""

    def __init__(self, group: np.ndarray) -> None:
        self.group = group

    def pairs(self) -> list[tuple[int, int]]:
        """Each signal that is not the first of its class, with the first."""
        _, first, of = np.unique(self.group, return_index=True, return_inverse=True)
        other = first[of.reshape(-1)]
        return [(int(one), int(other[one])) for one in np.flatnonzero(other != np.arange(len(other)))]

    def part(self, value: np.ndarray) -> None:
        """Those that have other values are not alike."""
        self.group = np.unique(np.stack([self.group, value]), axis=1, return_inverse=True)[1].reshape(-1)


def _refine(classes: _Classes, unrolled: Unrolled, before: np.ndarray | None, after: np.ndarray) -> None:
    """Part classes until none can be unlike `after` where all are alike `before`: literals of the solver, [signals]."""
    unlike: dict[tuple[int, int, int], int] = {}

    def differ(side: int, literals: np.ndarray, one: int, other: int) -> int:
        key = side, one, other
        if key not in unlike:
            unlike[key] = unrolled.unlike(int(literals[one]), int(literals[other]))
        return unlike[key]

    while pairs := classes.pairs():
        alike = [] if before is None else [-differ(0, before, *pair) for pair in pairs]
        some = unrolled.any_of(np.array([differ(1, after, *pair) for pair in pairs]))
        model = unrolled.solved(some, *alike)
        if model is None:
            return
        classes.part(model[abs(after)] ^ (after < 0))
