"""A machine on pins, clock by clock: when it looks at them, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from gateware import PARITY, VENDING, random_machine

pytest.importorskip("litex", reason="litex is not installed: the extra fpga")

from migen import ResetInserter, Signal, run_simulation

from fpga.core import SOURCES, MachineCore
from fpga.implementation import Implementation, implement
from fpga.pins import MachinePins, pin_resource
from seqlogic.machine import Machine

ANSWER = 4
"""Clocks from the edge that takes a symbol to the first clock in which its answer is on the pins."""
MACHINES = {"error": VENDING, "two bits": random_machine(7, seed=1), "one bit": PARITY}
"""The first has a pattern of two input bits that is no symbol, and so an error."""


class Look(NamedTuple):
    """What the pins say in a clock."""

    outputs: int
    error: int
    strobe: int


def on_pins(
    implementation: Implementation,
    inputs: Sequence[int],
    strobes: Sequence[int] | None = None,
    *,
    divider: int = 0,
    resets: Sequence[int] = (),
    elsewhere: Sequence[int] = (),
) -> list[Look]:
    """The pins, clock by clock; without strobes that pin is left alone.

    In the clocks of `resets` everything is held in reset, in those of `elsewhere` another source feeds the machine.
    """
    pads = SimpleNamespace(
        inputs=Signal(implementation.input_bits, reset=inputs[0]),
        outputs=Signal(implementation.symbol_bits),
        error=Signal(),
        strobe=Signal(reset=0 if strobes is None else strobes[0]),
    )
    core = MachineCore(implementation, default_source="pins")
    core.machine_pins = MachinePins(core, pads, divider=divider)
    core.get_csrs()
    core = ResetInserter()(core)
    looks = []

    def drive() -> Iterator[Any]:
        # What is driven is on the pins from this edge on, and looked at by the next.
        for t in range(len(inputs) + 1):
            if t:
                looks.append(Look((yield pads.outputs), (yield pads.error), (yield pads.strobe)))
            if t < len(inputs):
                yield pads.inputs.eq(inputs[t])
                yield core.reset.eq(t in resets)
                if elsewhere:
                    yield core._control.fields.source.eq(SOURCES["manual" if t in elsewhere else "pins"])
                if strobes is not None:
                    yield pads.strobe.eq(strobes[t])
            yield

    run_simulation(core, drive())
    return looks


def expected(implementation: Implementation, inputs: Sequence[int], edges: Sequence[int]) -> list[tuple[int, int]]:
    """Outputs and error in each clock if the symbols of these clock edges are taken, and no others."""
    word = [inputs[t] for t in edges]
    answers = implementation.total.run(np.array([word], dtype=np.int64).reshape(1, -1))[0][0].tolist() if word else []
    bits = implementation.symbol_bits
    result = [(0, 0)] * len(inputs)
    for t, answer in zip(edges, answers, strict=True):
        for later in range(t + ANSWER, len(inputs)):
            result[later] = (answer & (1 << bits) - 1, answer >> bits)
    return result


def random_inputs(machine: Machine, count: int, seed: int) -> list[int]:
    symbols = 1 << (len(machine.inputs) - 1).bit_length()
    return np.random.default_rng(seed).integers(0, symbols, count).tolist()


@pytest.fixture(params=MACHINES)
def implementation(request: pytest.FixtureRequest) -> Implementation:
    return implement(MACHINES[request.param])


@pytest.mark.parametrize("longest", [1, 6])
def test_each_rising_edge_takes_the_symbol_of_its_clock(implementation: Implementation, longest: int) -> None:
    """In random intervals, with inputs that change in every clock: no other clock than that of the edge matters."""
    rng = np.random.default_rng(longest)
    strobes = [level for _ in range(70) for level in [0] * rng.integers(1, longest + 1) + [1] * rng.integers(1, 4)]
    inputs = random_inputs(implementation.machine, len(strobes), seed=2)
    edges = [t for t in range(1, len(strobes)) if strobes[t] > strobes[t - 1]]
    looks = on_pins(implementation, inputs, strobes)
    right = expected(implementation, inputs, edges)
    assert [(look.outputs, look.error) for look in looks] == right
    assert len(set(right)) > (1 if implementation.machine == PARITY else 3)
    assert any(error for _, error in right) == (implementation.machine == VENDING)


def test_answer_holds_until_the_next(implementation: Implementation) -> None:
    """Outputs and error, however long that is and whatever the inputs do; the strobe may stay as it is."""
    strobes = [0] * 3 + [1] * 40 + [0] * 40 + [1] * 40
    inputs = random_inputs(implementation.machine, len(strobes), seed=3)
    # The first answer differs from that before it, and is an error where there is one.
    inputs[3] = 3 if implementation.machine == VENDING else 1
    right = expected(implementation, inputs, [3, 83])
    assert [(look.outputs, look.error) for look in on_pins(implementation, inputs, strobes)] == right
    assert right[82] == right[3 + ANSWER]


def test_sample_while_another_source_feeds_is_lost() -> None:
    """And the pins keep their answer meanwhile; the machine is parity, so that it would show."""
    implementation = implement(PARITY)
    strobes = [0, 1] * 10 + [0] * 10
    inputs = [1] * len(strobes)
    # A sample is two clocks behind its edge.
    looks = on_pins(implementation, inputs, strobes, elsewhere=range(9, 17))
    right = expected(implementation, inputs, [1, 3, 5, 15, 17, 19])
    assert [(look.outputs, look.error) for look in looks] == right
    assert right[10][0] == 1


def test_strobe_that_idles_high_is_no_edge() -> None:
    """After power-up, and after a reset; the machine is parity, so that one symbol too many shows for ever."""
    implementation = implement(PARITY)
    strobes = [1] * 10 + [0] * 3 + [1] * 20 + [0] * 3 + [1] * 10
    inputs = [1] * len(strobes)
    outputs = [look.outputs for look in on_pins(implementation, inputs, strobes, resets=range(20, 23))]
    one, two = 13 + ANSWER, 36 + ANSWER
    # The registers of the output pins are reset as well, and then the machine begins anew.
    assert outputs == [0] * one + [1] * (21 - one) + [0] * (two - 21) + [1] * (len(strobes) - two)


@pytest.mark.parametrize("resets", [(), range(20, 22)])
@pytest.mark.parametrize("divider", [1, 2, 3, 7])
def test_divider(implementation: Implementation, divider: int, resets: Sequence[int]) -> None:
    """A symbol every so many clocks: that of the edge which ends the clock in which the strobe pin is high."""
    inputs = random_inputs(implementation.machine, 64, seed=4)
    looks = on_pins(implementation, inputs, divider=divider, resets=resets)
    begin = max(resets, default=-2) + 1
    edges = [t for t, look in enumerate(looks) if look.strobe and t >= begin]
    assert edges == list(range(max(begin + 1, 0) + (begin < 0 and looks[0].strobe == 0), 64, divider))
    right = expected(implementation, inputs, edges)
    seen = [(look.outputs, look.error) for look in looks]
    assert seen[max(begin + 1, 0) :] == right[max(begin + 1, 0) :]


def test_negative_divider_is_refused() -> None:
    with pytest.raises(ValueError, match="every -1 clocks"):
        MachinePins(MachineCore(implement(PARITY)), SimpleNamespace(inputs=Signal()), divider=-1)


def test_order_of_the_pins() -> None:
    _, _, *taken, _ = pin_resource(implement(random_machine(4)), "a b c d e f g", "board")
    assert {signal.name: signal.constraints[0].identifiers for signal in taken} == {
        "inputs": ["a", "b"],
        "outputs": ["c", "d"],
        "error": ["e"],
        "strobe": ["f"],
    }
