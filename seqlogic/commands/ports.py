"""The arguments that say what the ports of a Verilog module are."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpga.ports import Pins

__all__ = ["NAMES", "add_ports", "is_verilog", "pins_of"]

NAMES = ("inputs", "outputs", "clock", "edge", "reset", "reset_level", "registered", "enable", "top")
"""Of the arguments, as attributes; each is None where it is not given."""

_VERILOG = (".v", ".sv")


def add_ports(parser: ArgumentParser, default: str = "") -> None:
    """Add the arguments that `pins_of` reads; `default` says of --inputs and --outputs what they are if not given."""
    ports = parser.add_argument_group("ports of a Verilog module, as the signals of a VCD file are for `seqlogic data`")
    ports.add_argument("--inputs", nargs="+", metavar="PORT", help=f"that make an input symbol{default}")
    ports.add_argument("--outputs", nargs="+", metavar="PORT", help=f"that make an output symbol{default}")
    ports.add_argument("--clock", metavar="PORT", help="the clock, of which an edge is a step")
    ports.add_argument("--edge", choices=("rising", "falling"), help="that edge (default rising)")
    ports.add_argument("--reset", metavar="PORT", help="the reset; without one a word begins at power-up")
    ports.add_argument("--reset-level", type=int, choices=(0, 1), help="0 if the reset is active low (default 1)")
    ports.add_argument(
        "--registered", action="store_true", default=None, help="an output symbol is what follows the edge"
    )
    ports.add_argument("--enable", metavar="PORT", help="an input that is held at 1, so that each edge is a step")
    ports.add_argument("--top", metavar="NAME", help="the module, where several are part of no other")


def is_verilog(file: str) -> bool:
    """Whether a file is Verilog, by its suffix."""
    return Path(file).suffix.lower() in _VERILOG


def pins_of(options: Namespace) -> Pins:
    """What the ports are."""
    # Only who asks for it needs what the gateware brings.
    from fpga.ports import Pins  # noqa: PLC0415

    return Pins(
        inputs=tuple(options.inputs or ()),
        outputs=tuple(options.outputs or ()),
        clock=options.clock,
        edge=options.edge or "rising",
        reset=options.reset,
        reset_level=1 if options.reset_level is None else options.reset_level,
        registered=bool(options.registered),
        enable=options.enable,
    )
