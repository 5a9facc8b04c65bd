"""State encodings: which bits of a register stand for which state."""

from __future__ import annotations

import numpy as np

__all__ = ["ENCODINGS", "state_codes"]

ENCODINGS = ("binary", "one-hot", "gray")
"""The encodings by name."""


def state_codes(states: int, encoding: str) -> np.ndarray:
    """Return the code of each state, bool [S, L], least significant bit first.

    Binary and Gray (Gray, 1953) take the bits that S states need, at least one; state 0 has the code 0. In Gray code
    states of successive numbers differ in one bit. One-hot takes a bit per state.

    >>> state_codes(3, "gray").astype(int).tolist()
    [[0, 0], [1, 0], [1, 1]]

    Raises:
        ValueError: another encoding, or no states.
    """
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding is {encoding!r}, expected one of: {' '.join(ENCODINGS)}")
    if states < 1:
        raise ValueError(f"{states} states, expected at least 1")
    if encoding == "one-hot":
        return np.eye(states, dtype=bool)
    number = np.arange(states)
    code = number ^ (number >> 1) if encoding == "gray" else number
    return (code[:, None] >> np.arange(max(1, (states - 1).bit_length())) & 1).astype(bool)
