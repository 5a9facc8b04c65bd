"""The ports of a clocked module, and which of their bits make a symbol."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fpga.netlist import Bit, Port
from seqlogic.errors import InputError
from seqlogic.machine import Alphabet

__all__ = ["Pins", "Place", "Ports"]

Place = tuple[str, int]
"""A port, and a bit of it, counted from the least significant."""

_MOST_OUTPUT_BITS = 30
_BIT = re.compile(r"(.+)\[([0-9]{1,9})\]")


@dataclass(frozen=True)
class Pins:
    """What the ports of a module are, as of a capture of it: see `seqlogic.formats.vcd.parse_vcd`.

    Attributes:
        inputs: the ports that make an input symbol, the first the most significant: `data`, or one bit of it,
            `data[2]`. If there are none, all inputs but the clock and the reset, in the order of the module.
        outputs: those that make an output symbol. If there are none, all outputs, in the order of the module.
        clock: the clock.
        edge: the edge at which all registers take their values.
        reset: the reset; without one the module starts at power-up, with the initial values of its registers.
        reset_level: 1, or 0 if the reset is active low.
        registered: an output symbol is what the ports show after the edge, not before it.
        enable: an input of one bit that is held at 1.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    clock: str
    edge: Literal["rising", "falling"] = "rising"
    reset: str | None = None
    reset_level: Literal[0, 1] = 1
    registered: bool = False
    enable: str | None = None


class Ports:
    """The ports of a module, each with its use.

    Args:
        module: its name, for errors.
        ports: by their names.
        pins: what they are.
        file: the file of the module, for errors.

    Attributes:
        pins: what they are, all of them named.
        clock: the wire of the clock.
        reset: the wire of the reset, None if there is none.
        enable: the wire of the enable, None if there is none.
        drives: what each bit of an input symbol drives, the least significant first.
        shows: what each bit of an output symbol shows, likewise.

    Raises:
        InputError: a port that is not there, has no use or two; no inputs or outputs, or too many bits of output.
    """

    def __init__(self, module: str, ports: Mapping[str, Port], pins: Pins, file: Path) -> None:
        self._module, self._ports, self._file = module, ports, file
        inputs, outputs = (tuple(n for n, port in ports.items() if port.is_input == way) for way in (True, False))
        inputs = tuple(name for name in inputs if name not in (pins.clock, pins.reset, pins.enable))
        self.pins = pins = replace(pins, inputs=pins.inputs or inputs, outputs=pins.outputs or outputs)
        for what, names in (("input", pins.inputs), ("output", pins.outputs)):
            if not names:
                raise self.error(f"has no {what} beside its clock and reset, expected one")
        used: set[Bit] = set()
        (self.clock,) = self._taken(pins.clock, used, 1)
        self.reset = None if pins.reset is None else self._taken(pins.reset, used, 1)[0]
        self.enable = None if pins.enable is None else self._taken(pins.enable, used, 1)[0]
        for name in pins.inputs:
            self._taken(name, used)
        # A symbol has its first signal as the most significant.
        self.drives = [place for name in reversed(pins.inputs) for place in self._places(name, True)]
        self.shows = [place for name in reversed(pins.outputs) for place in self._places(name, False)]
        if len(self.shows) > _MOST_OUTPUT_BITS:
            raise self.error(f"{len(self.shows):,} bits of output, expected at most {_MOST_OUTPUT_BITS}")
        for name, port in ports.items():
            if port.is_input and not set(port.bits) <= used:
                raise self.error(f"the input {name} is none of inputs, clock, reset and enable")

    def width(self, port: str) -> int:
        """The bits of a port."""
        return len(self._ports[port].bits)

    def bits(self, places: Sequence[Place]) -> list[Bit]:
        """The wires at these places."""
        return [self._ports[port].bits[place] for port, place in places]

    def alphabets(self) -> tuple[Alphabet, Alphabet]:
        """The input and the output alphabet, all words of their bits; InputError if an output is named twice."""
        sides = []
        for names, is_input in ((self.pins.inputs, True), (self.pins.outputs, False)):
            signals = tuple((name, len(self._places(name, is_input))) for name in names)
            try:
                sides.append(Alphabet(bits=sum(bits for _, bits in signals), signals=signals))
            except ValueError as error:
                raise self.error(f"the {'inputs' if is_input else 'outputs'} make no symbol: {error}") from error
        return sides[0], sides[1]

    def error(self, message: str) -> InputError:
        """The error that a module is other than was expected."""
        return InputError(f"module {self._module}: {message}", file=self._file)

    def _taken(self, name: str, used: set[Bit], size: int | None = None) -> list[Bit]:
        """The wires of an input, which from now on are in use."""
        bits = self.bits(self._places(name, True))
        if size is not None and len(bits) != size:
            raise self.error(f"the input {name!r} has {len(bits):,} bits, expected {size}")
        if not used.isdisjoint(bits):
            raise self.error(f"the input {name!r} is named for two uses")
        used |= set(bits)
        return bits

    def _places(self, name: str, is_input: bool) -> list[Place]:
        """The places of a port, or of one bit of it, the least significant first; InputError if it is not there."""
        way = "input" if is_input else "output"
        found = _BIT.fullmatch(name)
        base = found[1] if found else name
        port = self._ports.get(base)
        if port is None or port.is_input != is_input:
            known = ", ".join(other for other, port in self._ports.items() if port.is_input == is_input)
            raise self.error(f"has no {way} {name!r}, only {known or 'none'}")
        places = [(base, place) for place in range(len(port.bits))]
        if found:
            place = int(found[2]) - port.offset
            if not 0 <= place < len(places):
                raise self.error(f"has no bit {name!r}")
            places = [places[-1 - place if port.ascending else place]]
        return places
