"""A machine on pins: a real signal goes in, its answers come out."""

from __future__ import annotations

from typing import Any

from litex.build.generic_platform import IOStandard, Pins, Subsignal
from litex.gen import LiteXModule
from migen import If, Signal
from migen.genlib.cdc import MultiReg

from fpga.core import MachineCore
from fpga.implementation import Implementation
from seqlogic.errors import InputError

__all__ = ["MachinePins", "pin_resource"]


def pin_resource(implementation: Implementation, sites: str, board: str) -> tuple[Any, ...]:
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

    Inputs and strobe pass two flip-flops each, so that they may change at any time; a symbol of several bits must hold
    still for three clocks around its sample.

    Args:
        core: the machine; its `pins_sink` and `pins_source` are used.
        pads: inputs, outputs, error, strobe.
        divider: a sample every so many clocks; 0 samples at each rising edge of the strobe pin instead.
    """

    def __init__(self, core: MachineCore, pads: Any, *, divider: int = 0) -> None:
        symbol = Signal(len(pads.inputs))
        sample = Signal()
        self.specials += MultiReg(pads.inputs, symbol)
        if divider:
            count = Signal(max=max(divider, 2))
            self.comb += sample.eq(count == 0)
            self.sync += If(sample, count.eq(divider - 1)).Else(count.eq(count - 1))
        else:
            strobe, before = Signal(), Signal()
            self.specials += MultiReg(pads.strobe, strobe)
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
