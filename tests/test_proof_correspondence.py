"""Latches that are alike: what simulation takes for it, and induction keeps."""

from __future__ import annotations

import numpy as np
import pytest

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.proof.circuits import joined
from seqlogic.proof.correspondence import correspondence
from seqlogic.proof.unrolled import TimeUpError
from seqlogic.synthesis import Gates
from tasks import Counter, Crc


def opposite_and_constant() -> Circuit:
    """A register, its negation, and one that is never set; another that is set only after fifty ones in a row."""
    gates = Gates(1 + 3 + 50)
    symbol, _, _, never, *row = gates.leaf_literals()
    return circuit_of(
        gates,
        inputs=["x"],
        latches=["q", "not_q", "never", *(f"row[{i}]" for i in range(50))],
        outputs=["y"],
        next_state=[
            symbol,
            symbol ^ 1,
            gates.and_(never, symbol),
            symbol,
            *(gates.and_(symbol, one) for one in row[:-1]),
        ],
        output=[row[-1]],
        reset=[False, True, False, *[False] * 50],
    )


def test_latches_are_alike_opposite_or_constant() -> None:
    pairs = correspondence(opposite_and_constant(), np.inf)
    # No random word sets the last of the row, and yet they are no constants.
    assert sorted(pairs) == [(1, 0, True), (2, -1, False), (3, 0, False)]


def test_two_of_the_same_kind_are_alike_latch_by_latch() -> None:
    counter = Counter(bits=16).circuit()
    assert sorted(correspondence(joined(counter, counter), np.inf)) == [(16 + i, i, False) for i in range(16)]


def test_latches_of_other_registers_are_not() -> None:
    # The two hold other remainders of the same words.
    pairs = correspondence(joined(Crc(polynomial=0x13).circuit(), Crc(polynomial=0x19).circuit()), np.inf)
    assert all({one < 4, other < 4} != {True, False} for one, other, _ in pairs)


def test_no_time() -> None:
    counter = Counter(bits=4).circuit()
    with pytest.raises(TimeUpError):
        correspondence(joined(counter, counter), -np.inf)
