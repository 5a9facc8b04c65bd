"""Signals on packed sequences: registers step by step, conjunctions, last outputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.layered import signals as module
from seqlogic.layered.signals import (
    RESET,
    SET,
    TOGGLE,
    Action,
    Before,
    Conjunction,
    Literal,
    Register,
    Rule,
    Signals,
    follow,
)
from seqlogic.packing import unpack_bits

ACTIONS = [Action(True), TOGGLE, SET, RESET, Action(False, signal=1), Action(True, signal=0)]


def shown(signals: Signals, number: int, count: int) -> np.ndarray:
    """A signal, bool [N, T]."""
    return unpack_bits(signals.planes[:, number], count).astype(bool).T


def stepped(register: Register, inputs: np.ndarray) -> np.ndarray:
    """A register by its definition, bool [N, T]."""
    _, N, T = inputs.shape
    values = np.zeros((N, T), dtype=bool)
    for n in range(N):
        value = False
        for t in range(T):
            values[n, t] = value
            following = value
            for guard, (keep, constant, signal) in ((g, (a.keep, a.value, a.signal)) for g, a in register.rules):
                if all(inputs[one.signal, n, t] == one.one for one in guard):
                    flip = constant if signal is None else inputs[signal, n, t]
                    following = (keep and value) ^ bool(flip)
            value = following
    return values


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    rules=st.lists(
        st.tuples(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=2), st.integers(0, len(ACTIONS) - 1)),
        min_size=1,
        max_size=3,
    ),
)
def test_a_register_does_what_its_last_rule_that_applies_says(
    seed: int, rules: list[tuple[list[tuple[int, bool]], int]]
) -> None:
    inputs = np.random.default_rng(seed).random((3, 70, 9)) < 0.5
    register = Register(tuple(Rule(tuple(Literal(*one) for one in guard), ACTIONS[action]) for guard, action in rules))
    signals = Signals(inputs, inputs[:1])
    assert (shown(signals, signals.add(register), 70) == stepped(register, inputs)).all()


def test_a_conjunction_and_the_last_output() -> None:
    rng = np.random.default_rng(0)
    inputs, outputs = rng.random((2, 5, 6)) < 0.5, rng.random((1, 5, 6)) < 0.5
    signals = Signals(inputs, outputs)
    before = signals.add(Before(0))
    both = signals.add(Conjunction((Literal(0, True), Literal(before, False))))
    assert (before, both, len(signals)) == (2, 3, 4)
    assert (shown(signals, before, 5)[:, 1:] == outputs[0, :, :-1]).all()
    assert not shown(signals, before, 5)[:, 0].any()
    assert (shown(signals, both, 5) == inputs[0] & ~shown(signals, before, 5)).all()


@pytest.mark.parametrize("T", [1, 2, 9, 10, 37])
def test_in_blocks_the_registers_are_the_same(T: int, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, flip = np.random.default_rng(T).integers(1 << 63, size=(2, T, 3, 2), dtype=np.uint64)
    value, expected = np.zeros((3, 2), dtype=np.uint64), []
    for t in range(T):
        expected.append(value)
        value = value & keep[t] ^ flip[t]
    for block in (T, 1):
        monkeypatch.setattr(module, "_BLOCK", block)
        assert (follow(keep, flip) == np.array(expected)).all()
