"""State assignment: codes of few bits under which the logic of a machine takes few gates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqlogic.circuit import Circuit, to_circuit
from seqlogic.encoding import ENCODINGS, state_codes
from seqlogic.machine import Machine

__all__ = ["ASSIGNMENTS", "assigned_codes", "codes_for", "smallest"]

ASSIGNMENTS = (*ENCODINGS, "searched")
"""The encodings by name, and "searched": the codes that `assigned_codes` finds for the machine at hand."""
_MOST_ONE_HOT = 128
"""Above so many states one-hot is not tried unless asked for: a flip-flop a state is more than it can win."""


def codes_for(machine: Machine, encoding: str) -> np.ndarray:
    """Return the codes of a machine's states in one of ASSIGNMENTS, bool [S, L]; ValueError for another word."""
    if encoding not in ASSIGNMENTS:
        raise ValueError(f"encoding is {encoding!r}, expected one of: {' '.join(ASSIGNMENTS)}")
    return assigned_codes(machine) if encoding == "searched" else state_codes(len(machine), encoding)


def smallest(
    machine: Machine, encoding: str = "auto", *, output_names: Sequence[str] | None = None
) -> tuple[str, np.ndarray, Circuit]:
    """Return an encoding, its codes and its circuit: the one asked for, or for "auto" that of least gates and latches.

    "auto" tries ENCODINGS, the search only if asked for: it takes seconds where the others take milliseconds.
    """
    names = [name for name in ENCODINGS if name != "one-hot" or len(machine) <= _MOST_ONE_HOT]
    found = []
    for name in names if encoding == "auto" else [encoding]:
        codes = codes_for(machine, name)
        found.append((name, codes, to_circuit(machine, codes, output_names=output_names)))
    return min(found, key=lambda choice: len(choice[2].ands) + len(choice[2].latches))


def assigned_codes(machine: Machine, *, steps: int = 150, seed: int = 0) -> np.ndarray:
    """Return codes of the fewest bits for which `to_circuit` needs few gates, bool [S, L].

    Hill climbing from the binary and from the Gray code, `steps` exchanges of two codes (or of a code with one that
    no state has) from each, kept if the gates do not become more: never worse than the better of the two. It costs
    2 * `steps` syntheses: for machines of tens of states. The same seed gives the same codes.

    Raises:
        ValueError: no steps.
    """
    if steps < 1:
        raise ValueError(f"{steps} steps, expected at least 1")
    random = np.random.default_rng(seed)
    S = len(machine)
    found = [_climbed(machine, state_codes(S, start), steps, random) for start in ("binary", "gray")]
    return min(found, key=lambda cost_and_codes: cost_and_codes[0])[1]


def _climbed(machine: Machine, codes: np.ndarray, steps: int, random: np.random.Generator) -> tuple[int, np.ndarray]:
    """The fewest gates that were found, and their codes."""
    S, L = codes.shape
    weights = 1 << np.arange(L)
    # The first S entries belong to the states, the others to no state.
    numbers = np.concatenate([codes @ weights, np.setdiff1d(np.arange(1 << L), codes @ weights)])
    best = len(to_circuit(machine, codes).ands)
    for _ in range(steps):
        i, j = int(random.integers(S)), int(random.integers(1 << L))
        if i == j:
            continue
        numbers[[i, j]] = numbers[[j, i]]
        gates = len(to_circuit(machine, numbers[:S, None] & weights != 0).ands)
        if gates <= best:
            best = gates
        else:
            numbers[[i, j]] = numbers[[j, i]]
    return best, numbers[:S, None] & weights != 0
