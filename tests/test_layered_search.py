"""The next register: the one that is there is found, of chance there is none, and little effort finds nothing."""

from __future__ import annotations

import numpy as np
import pytest

from seqlogic.layered.leaves import unexplained
from seqlogic.layered.search import next_register
from seqlogic.layered.signals import RESET, SET, TOGGLE, Action, Literal, Register, Rule, Signals
from seqlogic.packing import pack_bits

ENOUGH = 1 << 40
ON = (Literal(0, True),)
LOAD = (Literal(2, True),)
TOGGLES = Register((Rule(ON, TOGGLE),))
LATCH = Register((Rule(ON, SET), Rule((Literal(1, True),), RESET)))
LOADED = Register((Rule(ON, TOGGLE), Rule(LOAD, Action(False, signal=1))))
TAKES = Register((Rule((Literal(0, True), Literal(2, False)), Action(False, signal=1)),))


def found(hidden: Register | None, effort: int = ENOUGH, sequences: int = 320) -> tuple[Register | None, int]:
    """What is found where an output is an input and a register, or chance."""
    rng = np.random.default_rng(7)
    inputs = rng.random((3, sequences, 40)) < 0.5
    signals = Signals(inputs, inputs[:1])
    if hidden is None:
        output = pack_bits(rng.random((40, sequences)) < 0.3)
    else:
        number = signals.add(hidden)
        output = signals.planes[:, number] & signals.planes[:, 0]
        signals.planes = signals.planes[:, :number]
    everywhere = pack_bits(np.ones((40, sequences), dtype=bool))
    leaves = unexplained(signals.planes, output, everywhere)
    one, spent = next_register(signals.planes, everywhere, leaves, [], effort)
    return (one.register if one else None), spent


@pytest.mark.parametrize("hidden", [TOGGLES, LATCH, LOADED, TAKES])
def test_the_register_that_is_there_is_found(hidden: Register) -> None:
    assert_the_same(found(hidden)[0], hidden)


def assert_the_same(register: Register | None, hidden: Register) -> None:
    """Whether they are the same on words that were not seen."""
    assert register is not None
    rng = np.random.default_rng(8)
    signals = Signals(rng.random((3, 64, 50)) < 0.5, rng.random((1, 64, 50)) < 0.5)
    one, other = signals.add(hidden), signals.add(register)
    assert (signals.planes[:, one] == signals.planes[:, other]).all()


def test_chance_has_none() -> None:
    assert found(None)[0] is None


def test_effort_is_a_bound() -> None:
    _, needed = found(TOGGLES)
    assert found(TOGGLES, needed)[0] is not None
    assert found(TOGGLES, needed - 1)[0] is None


def test_of_registers_that_explain_as_much_the_simplest_is_taken() -> None:
    register, _ = found(TOGGLES)
    assert register is not None
    assert register == TOGGLES
