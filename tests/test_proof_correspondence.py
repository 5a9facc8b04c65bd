"""Latches that are alike: what simulation takes for it, and induction keeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.proof.circuits import joined, prove_circuits
from seqlogic.proof.correspondence import correspondence
from seqlogic.proof.rewriting import merged
from seqlogic.proof.unrolled import TimeUpError
from seqlogic.study.twins import counter
from seqlogic.synthesis import Gates
from tasks import Counter, Crc
from tests.strategies import circuits


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
    # No random word sets the last of the row, and yet they are no constants. Variable 1 is the input.
    assert sorted(pairs) == [(3, 2, True), (4, 0, False), (5, 2, False)]


def test_two_of_the_same_kind_are_alike_latch_by_latch() -> None:
    sixteen = Counter(bits=16).circuit()
    assert sorted(correspondence(joined(sixteen, sixteen), np.inf)) == [
        (inputs + 16 + i, inputs + i, False) for inputs in [1 + len(sixteen.inputs)] for i in range(16)
    ]


def test_latches_of_other_registers_are_not() -> None:
    # The two hold other remainders of the same words.
    pairs = correspondence(joined(Crc(polynomial=0x13).circuit(), Crc(polynomial=0x19).circuit()), np.inf)
    assert all({one < 6, other < 6} != {True, False} for one, other, _ in pairs)


def test_no_time() -> None:
    four = Counter(bits=4).circuit()
    with pytest.raises(TimeUpError):
        correspondence(joined(four, four), -np.inf)


def test_gates_are_alike_where_latches_are_not() -> None:
    both = joined(counter(6, gray=False), counter(6, gray=True))
    # The highest bits are the same in both codes, but latches alone do not show why they stay so.
    assert correspondence(both, np.inf) == []
    bits = [pair for pair in correspondence(both, np.inf, gates=True) if pair.other in range(2, 8)]
    assert {pair.other for pair in bits} == set(range(2, 8))
    assert not any(pair.opposite for pair in bits)


@given(circuits())
@settings(max_examples=50, deadline=None)
def test_what_is_alike_is_so_in_every_state_that_is_reached(circuit: Circuit) -> None:
    alike = correspondence(circuit, np.inf, gates=True)
    smaller = merged(circuit, alike)
    assert len(smaller.ands) <= len(circuit.ands)
    assert prove_circuits(smaller, circuit).result == "equal"
