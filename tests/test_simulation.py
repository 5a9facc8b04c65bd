"""Simulation by torch: bit for bit what NumPy's is, on every device that is there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from strategies import any_circuits

from seqlogic import simulation
from seqlogic.assignment import smallest
from seqlogic.circuit import Circuit, simulate
from seqlogic.simulation import simulate_on
from tasks import RandomMachine

RANDOM = np.random.default_rng(5)
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]


def planes(circuit: Circuit, steps: int, words: int) -> np.ndarray:
    return RANDOM.integers(1 << 64, size=(steps, len(circuit.inputs), words), dtype=np.uint64)


@pytest.mark.parametrize("device", DEVICES)
@given(circuit=any_circuits())
def test_any_circuit(device: str, circuit: Circuit) -> None:
    for steps, words in ((0, 2), (1, 1), (4, 3), (2, 0)):
        bits = planes(circuit, steps, words)
        outputs = simulate_on(circuit, bits, device)
        assert outputs.dtype == np.uint64
        assert np.array_equal(outputs, simulate(circuit, bits))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("encoding", ["binary", "one-hot"])
def test_a_machine_in_blocks(device: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, circuit = smallest(RandomMachine(states=30, inputs=3, outputs=5).reference(), encoding)
    monkeypatch.setattr(simulation, "_BLOCKS", {device: 8})
    bits = planes(circuit, 40, 21)
    before = bits.copy()
    assert np.array_equal(simulate_on(circuit, bits, device), simulate(circuit, bits))
    assert np.array_equal(bits, before)


def test_inputs_that_lie_anyhow() -> None:
    _, _, circuit = smallest(RandomMachine(states=5, inputs=4).reference())
    bits = planes(circuit, 6, 10)[::2, ::-1, ::3]
    bits.flags.writeable = False
    assert np.array_equal(simulate_on(circuit, bits, torch.device("cpu")), simulate(circuit, bits))


def test_errors() -> None:
    _, _, circuit = smallest(RandomMachine(states=3).reference())
    with pytest.raises(ValueError, match=r"^bits have the shape \(1, 2, 1\), expected \[steps, 1, words\]$"):
        simulate_on(circuit, np.zeros((1, 2, 1), dtype=np.uint64), "cpu")
    with pytest.raises(RuntimeError):
        simulate_on(circuit, np.zeros((1, 1, 1), dtype=np.uint64), "abacus")
