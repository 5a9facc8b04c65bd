"""A circuit written anew answers as before."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.proof.circuits import prove_circuits
from seqlogic.proof.rewriting import Alike, merged, needed
from seqlogic.synthesis import Gates
from tests.strategies import circuits


@given(circuits())
@settings(deadline=None)
def test_what_is_needed_answers_as_before(circuit: Circuit) -> None:
    smaller = needed(circuit)
    assert set(smaller.latches) <= set(circuit.latches)
    assert needed(smaller).latches == smaller.latches
    assert prove_circuits(smaller, circuit).result == "equal"


def test_latches_are_needed_through_others() -> None:
    gates = Gates(1 + 4)
    symbol, p, q, r, s = gates.leaf_literals()
    circuit = circuit_of(
        gates,
        inputs=["x"],
        latches=["p", "q", "r", "s"],
        outputs=["y"],
        # r and s keep each other alive, and nobody else needs them.
        next_state=[symbol, p, s, gates.and_(r, symbol)],
        output=[q ^ 1],
        reset=[False, True, False, True],
    )
    smaller = needed(circuit)
    assert (smaller.latches, smaller.reset.tolist()) == (("p", "q"), [False, True])


def test_others_stand_for_what_is_alike() -> None:
    gates = Gates(1 + 3)
    symbol, p, q, r = gates.leaf_literals()
    circuit = circuit_of(
        gates,
        inputs=["x"],
        latches=["p", "q", "r"],
        outputs=["same", "never"],
        next_state=[symbol, symbol ^ 1, symbol],
        output=[gates.and_(p, q ^ 1), gates.and_(gates.xor(p, r), symbol)],
        reset=np.array([False, True, False]),
    )
    smaller = merged(circuit, [Alike(3, 2, True), Alike(4, 2, False)])
    assert (smaller.latches, smaller.output.tolist(), len(smaller.ands)) == (("p",), [4, 0], 0)
