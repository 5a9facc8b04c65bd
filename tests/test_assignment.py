"""State assignment: codes that are codes, and no more gates than from where the search started."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from seqlogic.assignment import assigned_codes
from seqlogic.circuit import to_circuit
from seqlogic.encoding import state_codes
from seqlogic.machine import Alphabet, Machine
from tests.strategies import machines

RANDOM = np.random.default_rng(3)
TWISTED = Machine(
    (np.arange(8)[:, None] * 3 + np.arange(2)) % 8, np.arange(16).reshape(8, 2) % 3 % 2, *[Alphabet.words(1)] * 2
)


@settings(max_examples=20)
@given(machines(max_states=6))
def test_codes_are_distinct_and_of_the_fewest_bits(machine: Machine) -> None:
    codes = assigned_codes(machine, steps=5)
    assert codes.dtype == bool
    assert codes.shape == state_codes(len(machine), "binary").shape
    assert len(np.unique(codes, axis=0)) == len(machine)


def test_gates_are_saved() -> None:
    machine = Machine(
        RANDOM.integers(0, 9, (9, 2)), RANDOM.integers(0, 2, (9, 2)), Alphabet.words(1), Alphabet.words(1)
    )
    before = [len(to_circuit(machine, state_codes(9, encoding)).ands) for encoding in ("binary", "gray")]
    assert len(to_circuit(machine, assigned_codes(machine, steps=60)).ands) < min(before)


def test_one_step_is_never_worse() -> None:
    before = [len(to_circuit(TWISTED, state_codes(8, encoding)).ands) for encoding in ("binary", "gray")]
    for seed in range(20):
        assert len(to_circuit(TWISTED, assigned_codes(TWISTED, steps=1, seed=seed)).ands) <= min(before)


def test_the_same_seed_gives_the_same_codes() -> None:
    assert np.array_equal(assigned_codes(TWISTED, steps=20, seed=4), assigned_codes(TWISTED, steps=20, seed=4))


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"^0 steps, expected at least 1$"):
        assigned_codes(TWISTED, steps=0)
