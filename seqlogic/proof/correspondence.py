"""Latches that are alike in every state that a circuit reaches: guessed by simulation, proven by induction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqlogic.circuit import Circuit, simulate
from seqlogic.proof.unrolled import Unrolled, Work

__all__ = ["correspondence"]

_STEPS, _WORDS = 64, 4
_SEED = 0


def correspondence(circuit: Circuit, deadline: float, work: Work | None = None) -> list[tuple[int, int, bool]]:
    """Return latches that are equal, or opposite, in each state that a word leads to from reset.

    The latches that no random word tells apart are taken for alike. A solver then looks for a state in which all that
    are taken for it are, and are not with the next step; what it finds parts them, until it finds nothing (signal
    correspondence, of latches only; van Eijk, 2000).

    Returns:
        (latch, other, opposite) as indices; an `other` of -1 is the constant false. All follow by transitivity.

    Raises:
        TimeUpError: past the deadline or, where it is given, when the work is used up.
    """
    L, ins = len(circuit.latches), len(circuit.inputs)
    if not L:
        return []
    shown = replace(
        circuit,
        inputs=tuple(f"input[{bit}]" for bit in range(ins)),
        latches=tuple(f"latch[{place}]" for place in range(L)),
        outputs=tuple(f"shown[{place}]" for place in range(L)),
        output=2 * (1 + ins + np.arange(L)),
    )
    bits = np.random.default_rng(_SEED).integers(1 << 64, size=(_STEPS, ins, _WORDS), dtype=np.uint64)
    seen = simulate(shown, bits).transpose(1, 0, 2).reshape(L, -1)
    # The first value decides which of the two opposite ones stands for both; the constant is the last row.
    opposite = (seen[:, 0] & np.uint64(1)).astype(bool)
    seen = np.concatenate([seen ^ -opposite.astype(np.uint64)[:, None], np.zeros((1, seen.shape[1]), dtype=np.uint64)])
    opposite = np.append(opposite, False)
    group = np.unique(seen, axis=0, return_inverse=True)[1].reshape(-1)
    while True:
        # The constant comes first of its group, a latch first of any other.
        order = np.append(L, np.arange(L))
        first = {int(group[i]): int(i) for i in order[::-1]}
        pairs = [(i, first[int(group[i])]) for i in range(L) if first[int(group[i])] != i]
        if not pairs:
            return []
        step = Unrolled(circuit, deadline, reset=False, work=work)
        before = np.append(step.latches(), -1) * np.where(opposite, -1, 1)
        for i, other in pairs:
            step.equate(int(before[i]), int(before[other]))
        step.advance()
        after = np.append(step.latches(), -1) * np.where(opposite, -1, 1)
        model = step.solved(
            step.any_of(np.array([step.unlike(int(after[i]), int(after[other])) for i, other in pairs]))
        )
        if model is None:
            return [(i, other if other < L else -1, bool(opposite[i] ^ opposite[other])) for i, other in pairs]
        value = model[abs(after)] ^ (after < 0)
        group = np.unique(np.stack([group, value]), axis=1, return_inverse=True)[1].reshape(-1)
