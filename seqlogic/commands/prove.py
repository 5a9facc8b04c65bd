"""`seqlogic prove A B`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from seqlogic.commands import EXIT_CODES
from seqlogic.commands.parser import Parser
from seqlogic.commands.ports import NAMES, add_ports, is_verilog, pins_of
from seqlogic.errors import InputError
from seqlogic.formats import read_machine
from seqlogic.proof import Verdict, prove

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Print what two machines are to each other: exit 0 if equal, 1 if they differ, 3 if they only conform."""
    parser = Parser(
        prog="seqlogic prove",
        description="Prove whether two machines answer every input word alike, or whether a machine and a Verilog "
        "module do, from the reset of the module on. Exit code: 0 equal, 1 differs (with the shortest counterexample), "
        "3 conforms (no contradiction, but one of them leaves open what the other says), or the time limit was reached "
        "or the module has too many states.",
    )
    parser.add_argument("a", metavar="A", help="a machine: .kiss2, .dot or .json")
    parser.add_argument("b", metavar="B", nargs="+", help="another; or Verilog, .v or .sv, in one file or several")
    add_ports(parser)
    parser.add_argument("--limit", type=float, metavar="SECONDS", help="of a proof with Verilog (default 600)")
    options = parser.parse_args(arguments)
    if is_verilog(options.b[0]):
        return _with_module(parser, options)
    if len(options.b) > 1:
        parser.error("several files are for Verilog, of which all after the first end in .v or .sv")
    for name in (*NAMES, "limit"):
        if getattr(options, name) is not None:
            parser.error(f"argument --{name.replace('_', '-')}: is for Verilog, and {options.b[0]} is none")
    (file,) = options.b
    a, b = read_machine(options.a), read_machine(file)
    try:
        verdict = prove(a, b)
    except ValueError as error:
        raise InputError(f"{options.a} and {file} cannot be compared: {error}") from error
    return _tell(verdict, options.a, file)


def _with_module(parser: Parser, options: argparse.Namespace) -> int:
    for name in ("inputs", "outputs", "clock"):
        if not getattr(options, name):
            parser.error(f"argument --{name}: {options.b[0]} is Verilog, which needs it")
    for file in options.b:
        if not is_verilog(file):
            parser.error(f"{file} is no Verilog, expected .v or .sv")
    limit = 600.0 if options.limit is None else options.limit
    if not limit > 0:
        parser.error(f"argument --limit: {limit:g} seconds, expected more than 0")
    # Only who asks for it needs what the gateware brings.
    from fpga.induction import TimeUpError  # noqa: PLC0415
    from fpga.module import UndecidedError, prove_module  # noqa: PLC0415

    try:
        files = [Path(file) for file in options.b]
        verdict = prove_module(read_machine(options.a), files, pins_of(options), top=options.top, seconds=limit)
    except TimeUpError:
        print(f"undecided: the time limit of {limit:g} s was reached")
        return 3
    except UndecidedError as error:
        print(f"undecided: {error}")
        return 3
    return _tell(verdict, options.a, options.b[0])


def _tell(verdict: Verdict, a: str, b: str) -> int:
    print(verdict.text(a, b))
    return EXIT_CODES[verdict.result]
