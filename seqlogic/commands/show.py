"""`seqlogic show FILE`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from seqlogic.commands.parser import Parser
from seqlogic.drawing import draw, table
from seqlogic.errors import InputError
from seqlogic.formats import read_machine
from seqlogic.machine import Machine, canonical, reachable

__all__ = ["main", "write_drawing"]


def main(arguments: Sequence[str]) -> int:
    """Print a machine's figures and table, and draw it if asked to; exit 0."""
    parser = Parser(
        prog="seqlogic show", description="Print a machine: its sizes, its digest and its transition table."
    )
    parser.add_argument("file", metavar="FILE", help="a machine: .kiss2, .dot or .json")
    parser.add_argument("--svg", metavar="FILE", help="draw the state diagram into this file")
    parser.add_argument("--minimise", action="store_true", help="show the minimal machine, states renumbered")
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="rows of the table at the most (default 40)")
    options = parser.parse_args(arguments)
    if options.limit < 1:
        parser.error(f"argument --limit: {options.limit} rows, expected at least 1")
    machine = read_machine(options.file)
    if options.minimise:
        machine = canonical(machine)
    if options.svg:
        write_drawing(machine, Path(options.svg))
    known = int((machine.next_state >= 0).sum())
    print(f"{machine.kind} machine, {len(machine)} states ({len(reachable(machine))} reachable), minimal "
          f"{len(canonical(machine))}")  # fmt: skip
    print(f"{len(machine.inputs)} input and {len(machine.outputs)} output symbols, "
          f"{known} of {machine.entries} transitions known")  # fmt: skip
    print(f"digest {machine.digest}\n")
    print(table(machine, limit=options.limit))
    return 0


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
