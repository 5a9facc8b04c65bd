"""A machine on pins: a real signal goes in, its answers come out."""

from __future__ import annotations

from typing import Any

from litex.build.generic_platform import IOStandard, Pins, Subsignal
from litex.gen import LiteXModule
from migen import Cat, If, Signal
from migen.genlib.cdc import MultiReg

from fpga.core import MachineCore
from fpga.implementation import Layout
from seqlogic.errors import InputError

__all__ = ["MachinePins", "pin_resource"]

STAGES = 2
"""Flip-flops between a pin and who looks at it."""


def pin_resource(implementation: Layout, sites: str, board: str) -> tuple[Any, ...]:
    """The resource `machine` of a platform: the first pins are inputs, then outputs, then error and strobe.

    Args:
        implementation: what needs pins: a bit each of the input and the output symbol, lowest first, and two more.
        sites: the pins that the board has for it.
        board: its name, for the message.

    Raises:
        InputError: there are too few.
    """
    free = sites.split()
    taken: list[Subsignal] = []
    wanted = {
        "inputs": implementation.input_bits,
        "outputs": implementation.symbol_bits,
        "error": 1,
        "strobe": 1,
    }
    if sum(wanted.values()) > len(free):
        raise InputError(
            f"--with-pins: the machine needs {sum(wanted.values())} pins (inputs, outputs, error, strobe), "
            f"{board} has {len(free)} for it"
        )
    for name, count in wanted.items():
        taken.append(Subsignal(name, Pins(" ".join(free[:count]))))
        del free[:count]
    return ("machine", 0, *taken, IOStandard("LVCMOS33"))


class MachinePins(LiteXModule):
    """Samples the input pins, feeds the machine, holds its last answer on the output pins.

    Inputs and strobe pass two flip-flops each, so that they may change at any time. The answer is on the output pins
    four clocks after the clock edge that took the symbol, and stays there until the next.

    On a strobe: the symbol is that which the pins have at the first clock edge that finds the strobe high. For who does
    not know our clock: it must be there one clock before the strobe rises and hold for two clocks after. The strobe is
    to be low, and high, for two clocks each, and to be seen low once after power-up before the first edge counts.

    With a divider nothing outside asks for a sample, so the strobe pin says when there is one: it is high for one clock
    in `divider` (always if that is 1), and the symbol is that which the pins have at the clock edge that ends it.

    A sample that finds the machine disabled, or fed by another source, is lost.

    Args:
        core: the machine; its `pins_sink` and `pins_source` are used.
        pads: inputs, outputs, error, strobe.
        divider: a sample every so many clocks; 0 samples at each rising edge of the strobe pin instead.

    Raises:
        ValueError: the divider is negative.
    """

    def __init__(self, core: MachineCore, pads: Any, *, divider: int = 0) -> None:
        if divider < 0:
            raise ValueError(f"a sample every {divider} clocks")
        symbol = Signal(len(pads.inputs))
        sample = Signal()
        self.specials += MultiReg(pads.inputs, symbol, n=STAGES)
        if divider:
            count = Signal(max=max(divider, 2))
            # As late as the inputs.
            late = Signal(STAGES)
            self.comb += sample.eq(late[-1])
            self.sync += [
                If(count == 0, count.eq(divider - 1)).Else(count.eq(count - 1)),
                pads.strobe.eq(count == 0),
                late.eq(Cat(pads.strobe, late)),
            ]
        else:
            # A strobe that idles high is no edge: it has to be seen low first.
            strobe, before = Signal(), Signal(reset=1)
            self.specials += MultiReg(pads.strobe, strobe, n=STAGES, reset=1)
            self.sync += before.eq(strobe)
            self.comb += sample.eq(strobe & ~before)
        self.comb += [
            core.pins_sink.valid.eq(sample),
            core.pins_sink.symbol.eq(symbol),
            core.pins_source.ready.eq(1),
        ]
        self.sync += If(
            core.pins_source.valid,
            pads.outputs.eq(core.pins_source.symbol),
            pads.error.eq(core.pins_source.error),
        )
