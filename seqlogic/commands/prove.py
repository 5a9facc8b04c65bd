"""`seqlogic prove A B`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from seqlogic.circuit import Circuit, whole_circuit
from seqlogic.commands import EXIT_CODES
from seqlogic.commands.parser import Parser
from seqlogic.commands.ports import NAMES, add_ports, is_verilog, pins_of
from seqlogic.commands.progress import within
from seqlogic.errors import InputError
from seqlogic.formats import is_circuit, read_circuit, read_machine
from seqlogic.logic import in_bits
from seqlogic.proof import Verdict, prove
from seqlogic.proof.circuits import called_as, prove_circuits

__all__ = ["main"]

_LIMIT = 600.0


def main(arguments: Sequence[str]) -> int:
    """Print what two machines are to each other: exit 0 if equal, 1 if they differ, 3 if they only conform."""
    parser = Parser(
        prog="seqlogic prove",
        description="Prove whether two machines, or circuits, answer every input word alike, or whether a machine and "
        "a Verilog module do, from the reset of the module on. Exit code: 0 equal, 1 differs (with the shortest "
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
    if is_circuit(options.a) or is_circuit(file):
        return _circuits(options.a, file, _LIMIT if options.limit is None else options.limit)
    if options.limit is not None:
        parser.error("argument --limit: is for circuits and Verilog")
    a, b = read_machine(options.a), read_machine(file)
    try:
        verdict = prove(a, b)
    except ValueError as error:
        raise InputError(f"{options.a} and {file} cannot be compared: {error}") from error
    return _tell(verdict, options.a, file)


def _circuits(a: str, b: str, limit: float) -> int:
    """Compare two circuits, or a circuit and a machine as one, on the symbols that there are."""
    (one, symbols), (given, more) = (_as_circuit(path) for path in (a, b))
    try:
        other = called_as(given, one)
    except ValueError as error:
        raise InputError(f"{a} and {b} cannot be compared: {error}") from error
    with within(limit):
        verdict = prove_circuits(one, other, symbols=min(symbols, more), seconds=limit)
    print(verdict.text(a, b))
    if set(one.inputs).isdisjoint(given.inputs) or set(one.outputs).isdisjoint(given.outputs):
        print("their inputs, or outputs, have different names, and were compared in their order")
    if min(symbols, more) < 1 << len(one.inputs):
        print(f"of words of {min(symbols, more)} input symbols")
    return {"equal": 0, "differs": 1, "unknown": 3}[verdict.result]


def _as_circuit(path: str) -> tuple[Circuit, int]:
    """The circuit of a file or a run folder, or that of its machine, and how many input symbols it has."""
    if is_circuit(path):
        circuit = read_circuit(path)
        return circuit, 1 << len(circuit.inputs)
    machine = read_machine(path)
    if not (in_bits(machine.inputs) and in_bits(machine.outputs)):
        message = "has symbols of other names than those of their bits, expected numbers from 0 on, or words of bits"
        raise InputError(message, file=path)
    try:
        return whole_circuit(machine), len(machine.inputs)
    except ValueError as error:
        raise InputError(f"{error}, and what is compared with a circuit must know all", file=path) from error


def _with_module(parser: Parser, options: argparse.Namespace) -> int:
    for name in ("inputs", "outputs", "clock"):
        if not getattr(options, name):
            parser.error(f"argument --{name}: {options.b[0]} is Verilog, which needs it")
    for file in options.b:
        if not is_verilog(file):
            parser.error(f"{file} is no Verilog, expected .v or .sv")
    if is_circuit(options.a):
        parser.error(f"{options.a} is a circuit, which is compared with machines and circuits, and not with Verilog")
    limit = _LIMIT if options.limit is None else options.limit
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
