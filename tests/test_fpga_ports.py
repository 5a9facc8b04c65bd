"""Which bits of which ports make a symbol, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fpga.netlist import Port
from fpga.ports import Pins, Ports
from seqlogic.errors import InputError

PORTS = {
    "clk": Port(True, (2,), 0, False),
    "rst": Port(True, (3,), 0, False),
    "data": Port(True, (4, 5, 6), 0, False),
    # Declared [1:2], so that the first bit is the most significant.
    "mode": Port(True, (7, 8), 1, True),
    "q": Port(False, (9, "0"), 0, False),
    "done": Port(False, (9,), 0, False),
}
PINS = Pins((), (), "clk", reset="rst")


def ports(pins: Pins = PINS, given: dict[str, Port] = PORTS) -> Ports:
    return Ports("dut", given, pins, Path("dut.v"))


def test_all_ports_are_taken_where_none_are_named() -> None:
    found = ports()
    assert (found.pins.inputs, found.pins.outputs) == (("data", "mode"), ("q", "done"))
    assert (found.clock, found.reset) == (2, 3)
    # The least significant bit of the last signal comes first.
    assert found.drives == [("mode", 0), ("mode", 1), ("data", 0), ("data", 1), ("data", 2)]
    assert found.shows == [("done", 0), ("q", 0), ("q", 1)]
    assert found.bits(found.shows) == [9, 9, "0"]
    assert found.width("data") == 3


def test_bits_of_ports_are_signals_of_their_own() -> None:
    named = ("data[2]", "mode[1]", "data[0]", "mode[2]", "data[1]")
    found = ports(replace(PINS, inputs=named, outputs=("q[1]",)))
    assert found.drives == [("data", 1), ("mode", 0), ("data", 0), ("mode", 1), ("data", 2)]
    assert found.bits(found.drives) == [5, 7, 4, 8, 6]
    assert found.shows == [("q", 1)]


def test_the_alphabets_name_the_bits() -> None:
    inputs, outputs = ports().alphabets()
    assert (inputs.bits, inputs.signals) == (5, (("data", 3), ("mode", 2)))
    assert (outputs.bits, outputs.signals) == (3, (("q", 2), ("done", 1)))
    with pytest.raises(
        InputError, match=r"^dut\.v: module dut: the outputs make no symbol: two bits have the same name"
    ):
        ports(replace(PINS, outputs=("done", "done"))).alphabets()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clock": "ck"}, "has no input 'ck', only clk, rst, data, mode"),
        ({"clock": "data"}, "the input 'data' has 3 bits, expected 1"),
        ({"reset": "q"}, "has no input 'q', only clk, rst, data, mode"),
        ({"outputs": ("data",)}, "has no output 'data', only q, done"),
        ({"inputs": ("data", "mode", "data[1]")}, "the input 'data[1]' is named for two uses"),
        (
            {"inputs": ("data", "mode[1]")},
            "the input mode is none of inputs, clock, reset and enable",
        ),
        ({"inputs": ("data", "mode[0]")}, "has no bit 'mode[0]'"),
        ({"reset": "clk"}, "the input 'clk' is named for two uses"),
    ],
)
def test_ports_that_do_not_fit_are_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as error:
        ports(replace(PINS, **change))  # type: ignore[arg-type]
    assert str(error.value) == f"dut.v: module dut: {message}"


def test_a_module_needs_inputs_and_outputs_of_some_size() -> None:
    few = {name: PORTS[name] for name in ("clk", "rst", "q")}
    with pytest.raises(InputError, match="has no input beside its clock and reset, expected one"):
        ports(given=few)
    with pytest.raises(InputError, match="has no output beside its clock and reset, expected one"):
        ports(given={name: PORTS[name] for name in ("clk", "rst", "data")})
    with pytest.raises(InputError, match="31 bits of output, expected at most 30"):
        ports(given={**PORTS, "wide": Port(False, tuple(range(10, 38)), 0, False)})


def test_an_enable_is_an_input_of_its_own() -> None:
    given = PORTS | {"en": Port(True, (10,), 0, False)}
    found = ports(replace(PINS, enable="en"), given)
    assert (found.enable, found.pins.inputs) == (10, ("data", "mode"))
    assert ports(PINS, given).enable is None
    with pytest.raises(InputError, match="the input 'mode' has 2 bits, expected 1"):
        ports(replace(PINS, enable="mode"), given)
