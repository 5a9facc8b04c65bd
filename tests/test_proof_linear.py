"""Linear circuits: the fewest latches, whatever they were built with; what is not linear is refused."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, circuit_of, to_machine
from seqlogic.machine import minimise
from seqlogic.proof.circuits import prove_circuits
from seqlogic.proof.linear import minimal_linear
from seqlogic.synthesis import FALSE, Gates
from tasks import Convolutional, Counter, Crc, Scrambler


def drawn(seed: int, ins: int, latches: int, outs: int) -> Circuit:
    """A circuit of random exclusive ors, negations and a random reset included."""
    rng = np.random.default_rng(seed)
    gates = Gates(ins + latches)
    leaves = np.array(gates.leaf_literals())

    def exclusive() -> int:
        chosen = leaves[rng.random(len(leaves)) < 0.4].tolist()
        return reduce(gates.xor, chosen, FALSE) ^ int(rng.integers(2))

    return circuit_of(
        gates,
        inputs=[f"symbol[{bit}]" for bit in range(ins)],
        latches=[f"state[{bit}]" for bit in range(latches)],
        outputs=[f"output[{bit}]" for bit in range(outs)],
        next_state=[exclusive() for _ in range(latches)],
        output=[exclusive() for _ in range(outs)],
        reset=rng.random(latches) < 0.5,
    )


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 2), st.integers(0, 6), st.integers(1, 2))
def test_the_answers_stay_and_no_latch_is_to_spare(seed: int, ins: int, latches: int, outs: int) -> None:
    circuit = drawn(seed, ins, latches, outs)
    found = minimal_linear(circuit)
    assert found is not None
    assert prove_circuits(found, circuit).result == "equal"
    assert len(found.latches) <= latches
    # Without negations and with a reset of zeros the states form a space: 2 to the number of latches.
    plain = Circuit(
        circuit.inputs,
        circuit.latches,
        circuit.outputs,
        circuit.ands,
        circuit.next_state ^ (_constant(circuit)[:latches]),
        circuit.output ^ (_constant(circuit)[latches:]),
        np.zeros(latches, dtype=bool),
    )
    least = minimal_linear(plain)
    assert least is not None
    assert 1 << len(least.latches) == len(minimise(to_machine(plain)))


def _constant(circuit: Circuit) -> np.ndarray:
    """What next states and outputs are where all inputs and latches are zero."""
    inputs, latches = (np.zeros((n, 1), dtype=np.uint64) for n in (len(circuit.inputs), len(circuit.latches)))
    shown, following = circuit.program.run(inputs[None], latches)
    return (np.concatenate([following, shown[0]])[:, 0] & np.uint64(1)).astype(np.int32)


@pytest.mark.parametrize(
    ("circuit", "latches"),
    [
        (Crc(polynomial="crc32").circuit(), 32),
        (Scrambler(taps=(58, 39)).circuit(), 58),
        (Convolutional(generators=("171", "133")).circuit(), 6),
    ],
)
def test_what_is_minimal_stays_so(circuit: Circuit, latches: int) -> None:
    found = minimal_linear(circuit)
    assert found is not None
    assert len(found.latches) == latches


def test_what_is_not_linear_is_refused() -> None:
    assert minimal_linear(Counter(bits=4).circuit()) is None
