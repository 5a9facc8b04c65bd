"""The arguments that say what the columns of a CSV file, or the signals of a VCD file, are."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import get_args

from seqlogic.formats.clocked import Edge
from seqlogic.formats.sequences import Columns, check_columns

__all__ = ["add_columns", "columns_of"]


def add_columns(parser: ArgumentParser) -> None:
    """Add the arguments that `columns_of` reads."""
    columns = parser.add_argument_group(
        "columns of a CSV file, or signals of a VCD file", "From --enable-column on they are of a clock."
    )
    columns.add_argument("--input-columns", nargs="+", metavar="NAME", help="that make an input symbol")
    columns.add_argument("--output-columns", nargs="+", metavar="NAME", help="that make an output symbol")
    columns.add_argument(
        "--sequence-column", metavar="NAME", help="of CSV without a clock: of which every other value begins a sequence"
    )
    columns.add_argument("--reset-column", metavar="NAME", help="in which 1 begins a sequence, and is no step itself")
    columns.add_argument(
        "--clock-column",
        metavar="NAME",
        help="the clock, of which an edge is a step; CSV without one has a step per row",
    )
    columns.add_argument("--enable-column", metavar="NAME", help="that is 1 at the edges that are steps")
    columns.add_argument(
        "--edge", choices=get_args(Edge), default="rising", help="the edges that are steps (default rising)"
    )
    columns.add_argument(
        "--reset-level", type=int, choices=(0, 1), default=1, help="0 if the reset is active low (default 1)"
    )
    columns.add_argument(
        "--registered", action="store_true", help="the outputs come one edge late, as of a Moore machine"
    )


def columns_of(options: Namespace, file: str) -> Columns:
    """What the arguments say of a file; InputError if its format needs more of them, or has none such."""
    columns = Columns(
        input_columns=tuple(options.input_columns or ()),
        output_columns=tuple(options.output_columns or ()),
        sequence_column=options.sequence_column,
        reset_column=options.reset_column,
        clock_column=options.clock_column,
        enable_column=options.enable_column,
        edge=options.edge,
        reset_level=options.reset_level,
        registered=options.registered,
    )
    check_columns(file, columns, lambda name: f"--{name.replace('_', '-')}")
    return columns
