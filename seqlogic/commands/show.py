"""`seqlogic show FILE`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from seqlogic.circuit import Circuit
from seqlogic.commands.parser import Parser
from seqlogic.drawing import draw, table
from seqlogic.equations import listing, with_short_names
from seqlogic.errors import InputError
from seqlogic.formats import check_form, is_circuit, read_circuit, read_machine
from seqlogic.machine import Machine, canonical, reachable
from seqlogic.wording import counted

__all__ = ["main", "write_drawing"]


def main(arguments: Sequence[str]) -> int:
    """Print a machine's figures and table, and draw it if asked to, or a circuit's figures and equations; exit 0."""
    parser = Parser(
        prog="seqlogic show",
        description="Print a machine: its sizes, its digest and its transition table; or a circuit: its sizes, its "
        "digest, and what each latch becomes and each output is.",
    )
    parser.add_argument(
        "file", metavar="FILE", help="a machine: .kiss2, .dot or .json; a circuit: .aig, .aag or .blif; or a run folder"
    )
    parser.add_argument("--svg", metavar="FILE", help="draw the state diagram into this file")
    parser.add_argument("--minimise", action="store_true", help="show the minimal machine, states renumbered")
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="rows or equations at most (default 40)")
    options = parser.parse_args(arguments)
    if options.limit < 1:
        parser.error(f"argument --limit: {options.limit} rows, expected at least 1")
    check_form(options.file)
    if is_circuit(options.file):
        for flag, given in (("--svg", options.svg), ("--minimise", options.minimise)):
            if given:
                parser.error(f"argument {flag}: is for machines, but {options.file} is a circuit")
        _show_circuit(read_circuit(options.file), options.limit)
        return 0
    machine = read_machine(options.file)
    if options.minimise:
        machine = canonical(machine)
    if options.svg:
        write_drawing(machine, Path(options.svg))
    known = int((machine.next_state >= 0).sum())
    print(f"{machine.kind} machine, {counted(len(machine), 'state')} ({len(reachable(machine)):,} reachable), minimal "
          f"{len(canonical(machine)):,}")  # fmt: skip
    print(f"{len(machine.inputs):,} input and {counted(len(machine.outputs), 'output symbol')}, "
          f"{known:,} of {counted(machine.entries, 'transition')} known")  # fmt: skip
    print(f"digest {machine.digest}\n")
    print(table(machine, limit=options.limit))
    return 0


def _show_circuit(circuit: Circuit, limit: int) -> None:
    circuit = with_short_names(circuit)
    print(f"circuit, {counted(len(circuit.latches), 'latch', 'latches')}, {counted(len(circuit.ands), 'gate')}")
    print(f"{len(circuit.inputs):,} input and {counted(len(circuit.outputs), 'output bit')}")
    print(f"digest {circuit.digest}\n")
    print("\n".join(listing(circuit, limit, " (--limit shows them)")))
    ones = [name for name, one in zip(circuit.latches, circuit.reset, strict=True) if one]
    print(f"\nlatches begin at 0{', but ' + ', '.join(ones) + ' at 1' if ones else ''}")


def write_drawing(machine: Machine, path: Path) -> None:
    """Draw a machine; a file that is there is replaced whole, or left as it was if anything fails: an InputError."""
    text = draw(machine)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except (OSError, ValueError) as error:
        if part.is_file():
            part.unlink()
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot be written ({reason})", file=path) from error
