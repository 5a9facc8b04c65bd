"""Machines for the tests of gateware, and one with a fault in the fabric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpga.implementation import Implementation
from seqlogic.circuit import to_circuit
from seqlogic.machine import Alphabet, Machine

__all__ = ["PARITY", "VENDING", "faulty", "random_machine"]

PARITY = Machine(np.array([[0, 1], [1, 0]]), np.array([[0, 1], [1, 0]]), Alphabet.of("01"), Alphabet.of("01"))
VENDING = Machine(
    np.array([[1, 0, 0], [2, 0, 0], [2, 0, 0]]),
    np.array([[0, 1, 0], [0, 0, 1], [1, 0, 2]]),
    Alphabet.of(["coin", "cancel", "button"]),
    Alphabet.of(["none", "beep", "coffee"]),
)
"""Three states over named symbols; the fourth pattern of its two input bits is no symbol."""


def random_machine(states: int, *, inputs: int = 4, outputs: int = 4, seed: int = 0) -> Machine:
    """A random machine over words of bits; most of its states are reachable."""
    rng = np.random.default_rng(seed)
    shape = (states, inputs)
    alphabets = Alphabet.words((inputs - 1).bit_length()), Alphabet.words((outputs - 1).bit_length())
    return Machine(rng.integers(0, states, shape), rng.integers(0, outputs, shape), *alphabets)


def faulty(implementation: Implementation, state: int, symbol: int) -> Implementation:
    """The same machine by its identity, with one transition of the gateware led astray."""
    following = implementation.total.next_state.copy()
    following[state, symbol] = (following[state, symbol] + 1) % len(implementation.total)
    total = replace(implementation.total, next_state=following)
    circuit = None if implementation.circuit is None else to_circuit(total, implementation.codes)
    return replace(implementation, total=total, circuit=circuit)
