"""`seqlogic prove A B`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from seqlogic.commands import EXIT_CODES
from seqlogic.commands.comparing import compare, compare_with_module
from seqlogic.commands.parser import Parser
from seqlogic.commands.ports import NAMES, add_ports, is_verilog, pins_of
from seqlogic.errors import InputError
from seqlogic.formats import check_form, is_circuit, read_machine
from seqlogic.proof import Verdict, prove

__all__ = ["main"]

_LIMIT = 600.0


def main(arguments: Sequence[str]) -> int:
    """Print what two machines are to each other: exit 0 if equal, 1 if they differ, 3 if they only conform."""
    parser = Parser(
        prog="seqlogic prove",
        description="Prove whether two machines, or circuits, answer every input word alike, or whether one of them "
        "and a Verilog module do, from the reset of the module on. Exit code: 0 equal, 1 differs (with the shortest "
        "counterexample), 3 conforms (no contradiction, but one of them leaves open what the other says), or the time "
        "limit was reached or the module has too many states.",
    )
    parser.add_argument(
        "a", metavar="A", help="a machine: .kiss2, .dot or .json; a circuit: .aig, .aag or .blif; or a run folder"
    )
    parser.add_argument("b", metavar="B", nargs="+", help="another; or Verilog, .v or .sv, in one file or several")
    add_ports(parser)
    parser.add_argument("--limit", type=float, metavar="SECONDS", help="of the proof (default 600; circuits, Verilog)")
    options = parser.parse_args(arguments)
    if is_verilog(options.a):
        parser.error(f"argument A: {options.a} is Verilog, which comes second, behind a machine or a circuit")
    if is_verilog(options.b[0]):
        return _with_module(parser, options)
    if options.limit is not None and not options.limit > 0:
        parser.error(f"argument --limit: {options.limit:g} seconds, expected more than 0")
    if len(options.b) > 1:
        parser.error("several files are for Verilog, of which all after the first end in .v or .sv")
    for name in NAMES:
        if getattr(options, name) is not None:
            parser.error(f"argument --{name.replace('_', '-')}: is for Verilog, and {options.b[0]} is none")
    (file,) = options.b
    check_form(options.a)
    check_form(file)
    if is_circuit(options.a) or is_circuit(file):
        return compare(options.a, file, _LIMIT if options.limit is None else options.limit)
    if options.limit is not None:
        parser.error("argument --limit: is for circuits and Verilog")
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
    limit = _LIMIT if options.limit is None else options.limit
    if not limit > 0:
        parser.error(f"argument --limit: {limit:g} seconds, expected more than 0")
    # Only who asks for it needs what the gateware brings.
    from fpga.induction import TimeUpError  # noqa: PLC0415
    from fpga.module import UndecidedError, prove_module, read_module  # noqa: PLC0415

    deadline = time.monotonic() + limit
    files, pins = [Path(file) for file in options.b], pins_of(options)
    try:
        check_form(options.a)
        if is_circuit(options.a):
            module = read_module(files, pins, top=options.top, seconds=limit)
            return compare_with_module(options.a, options.b[0], module, deadline - time.monotonic())
        verdict = prove_module(read_machine(options.a), files, pins, top=options.top, seconds=limit)
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
