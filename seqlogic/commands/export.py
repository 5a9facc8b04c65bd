"""`seqlogic export FILE`."""

from __future__ import annotations

from collections.abc import Sequence

from seqlogic.commands.parser import Parser
from seqlogic.formats import read_machine, write_machine
from seqlogic.machine import canonical, to_mealy, to_moore

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Write a machine in another format, digest unchanged unless the kind is; exit 0."""
    parser = Parser(
        prog="seqlogic export", description="Write a machine in another format, chosen by the suffix of the new file."
    )
    parser.add_argument("file", metavar="FILE", help="a machine: .kiss2, .dot or .json")
    parser.add_argument("target", metavar="TARGET", help="the file to write: .kiss2, .dot or .json")
    parser.add_argument("--kind", choices=("mealy", "moore"), help="turn it into this kind first")
    parser.add_argument("--minimise", action="store_true", help="write the minimal machine, states renumbered")
    options = parser.parse_args(arguments)
    machine = read_machine(options.file)
    if options.kind:
        machine = to_mealy(machine) if options.kind == "mealy" else to_moore(machine)
    if options.minimise:
        machine = canonical(machine)
    write_machine(machine, options.target)
    print(f"{options.target}: {machine.kind}, {len(machine)} states, digest {machine.digest}")
    return 0
