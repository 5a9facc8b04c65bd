"""`seqlogic export FILE`."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from seqlogic.assignment import ASSIGNMENTS
from seqlogic.circuit import Circuit
from seqlogic.commands.gates import flagged, named
from seqlogic.commands.parser import Parser
from seqlogic.completion import complete
from seqlogic.errors import InputError
from seqlogic.formats import (
    check_form,
    circuits,
    files,
    is_circuit,
    read_circuit,
    read_machine,
    verilog,
    write_circuit,
    write_machine,
)
from seqlogic.formats.shared import replacing
from seqlogic.machine import Machine, canonical, to_mealy, to_moore
from seqlogic.proof import conformance_suite
from seqlogic.wording import counted

__all__ = ["main"]

_SUFFIXES = {"kiss2": ".kiss2", "dot": ".dot", "json": ".json", "verilog": ".v", "aiger": ".aig", "blif": ".blif"}
_GATES = (*circuits.SUFFIXES, ".v")
"""What a circuit can be written as."""
_MOST_TEST_SYMBOLS = 20_000
"""Symbols in the test bench; larger ones are slow to compile."""


def main(arguments: Sequence[str]) -> int:
    """Write a machine or a circuit in another format, digest unchanged unless the kind is; exit 0."""
    parser = Parser(
        prog="seqlogic export",
        description="Write a machine in another format. Verilog (.v) is one module with stream ports, and beside it a "
        "self-checking test bench (_tb.v); AIGER (.aig, or .aag for text) and BLIF (.blif) are its next-state and "
        "output logic. A circuit becomes AIGER, BLIF or Verilog, one module with its inputs and outputs as ports.",
    )
    parser.add_argument(
        "file", metavar="FILE", help="a machine: .kiss2, .dot or .json; or a circuit: .aig, .aag or .blif"
    )
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="the file to write; its suffix chooses the format if --format does not",
    )
    parser.add_argument("--format", choices=tuple(_SUFFIXES), help="without TARGET: FILE with another suffix")
    parser.add_argument("--kind", choices=("mealy", "moore"), help="turn it into this kind first")
    parser.add_argument("--minimise", action="store_true", help="write the minimal machine, states renumbered")
    gates = parser.add_argument_group("machines as Verilog, AIGER and BLIF")
    gates.add_argument(
        "--encoding",
        choices=("auto", *ASSIGNMENTS),
        default="auto",
        help="how states are encoded; auto: the smallest of the named ones, without a search",
    )
    gates.add_argument(
        "--unknown",
        choices=("flag", "free"),
        default="flag",
        help="entries that the machine does not know raise the error output (default), or are left to the logic",
    )
    options = parser.parse_args(arguments)
    target = _target(options)
    check_form(options.file)
    if is_circuit(options.file):
        _convert(options, target)
        return 0
    suffix = target.suffix.lower()
    if suffix not in (*files.SUFFIXES, *_GATES):
        expected = " ".join((*files.SUFFIXES, *_GATES))
        raise InputError(f"unknown suffix {target.suffix!r}, expected one of: {expected}", file=target)
    machine = read_machine(options.file)
    if options.kind:
        machine = to_mealy(machine) if options.kind == "mealy" else to_moore(machine)
    if options.minimise:
        machine = canonical(machine)
    if suffix in _GATES:
        _write_gates(machine, target, options)
    else:
        write_machine(machine, target)
        print(f"{target}: {machine.kind}, {counted(len(machine), 'state')}, digest {machine.digest}")
    return 0


def _target(options: Namespace) -> Path:
    if options.target is None:
        if options.format is None:
            raise InputError("expected TARGET or --format (`seqlogic export --help` tells more)")
        return Path(options.file).with_suffix(_SUFFIXES[options.format])
    target = Path(options.target)
    allowed = (
        {_SUFFIXES[options.format]} | ({".aag"} if options.format == "aiger" else set()) if options.format else None
    )
    if allowed is not None and target.suffix not in allowed:
        raise InputError(f"{target} is not named as --format {options.format}, expected {_SUFFIXES[options.format]}")
    return target


def _convert(options: Namespace, target: Path) -> None:
    """Write a circuit in another format."""
    of_machines = {
        "--kind": options.kind is not None,
        "--minimise": options.minimise,
        "--encoding": options.encoding != "auto",
        "--unknown": options.unknown != "flag",
    }
    for flag, given in of_machines.items():
        if given:
            raise InputError(f"{flag} is for machines, but {options.file} is a circuit")
    if target.suffix.lower() not in _GATES:
        message = f"{options.file} is a circuit, expected a target of one of: {' '.join(_GATES)}"
        raise InputError(message, file=target)
    circuit = read_circuit(options.file)
    if target.suffix.lower() == ".v":
        try:
            text = verilog.render_circuit(circuit, _module_name(target))
        except ValueError as error:
            raise InputError(f"cannot be written as Verilog: {error}", file=target) from error
        _write(target, text)
    else:
        write_circuit(circuit, target)
    sizes = f"{counted(len(circuit.inputs), 'input')}, {counted(len(circuit.outputs), 'output')}, {_gates(circuit)}"
    print(f"{target}: {sizes}, digest {circuit.digest}")


def _write_gates(machine: Machine, target: Path, options: Namespace) -> None:
    """Write the gates of the machine as hardware has it, with its error output."""
    total = complete(machine, unknown=options.unknown)
    encoding, circuit = flagged(total, options.encoding)
    summary = (
        f"{target}: {counted(len(total), 'state')}, {encoding} encoding, {_gates(circuit)}, digest {machine.digest}"
    )
    if target.suffix.lower() != ".v":
        write_circuit(named(circuit, machine), target)
        print(summary)
        return
    name = _module_name(target)
    suite = conformance_suite(total, budget=_MOST_TEST_SYMBOLS)
    try:
        module = verilog.render_stream(machine, circuit, name)
        bench = verilog.render_testbench(machine, suite.words, name, unknown=options.unknown)
    except ValueError as error:
        raise InputError(f"cannot be written as Verilog: {error}", file=target) from error
    _write(target, module)
    _write(target.with_name(f"{target.stem}_tb.v"), bench)
    print(summary)
    size = f"{counted(len(suite.words), 'word')}, {counted(suite.symbols, 'symbol')}"
    print(f"{target.stem}_tb.v: its test bench, {size}; the suite {suite.claim()}")


def _gates(circuit: Circuit) -> str:
    return f"{counted(len(circuit.ands), 'gate')}, {counted(len(circuit.latches), 'flip-flop')}"


def _module_name(target: Path) -> str:
    return re.sub(r"\W", "_", target.stem, flags=re.ASCII)


def _write(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_bytes(text.encode())
