"""`seqlogic prove A B`."""

from __future__ import annotations

from collections.abc import Sequence

from seqlogic.commands import EXIT_CODES
from seqlogic.commands.parser import Parser
from seqlogic.errors import InputError
from seqlogic.formats import read_machine
from seqlogic.proof import prove

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Print what two machines are to each other: exit 0 if equal, 1 if they differ, 3 if they only conform."""
    parser = Parser(
        prog="seqlogic prove",
        description="Prove whether two machines answer every input word alike. Exit code: 0 equal, 1 differs (with "
        "the shortest counterexample), 3 conforms (no contradiction, but one of them leaves open what the other says).",
    )
    parser.add_argument("a", metavar="A", help="a machine: .kiss2, .dot or .json")
    parser.add_argument("b", metavar="B", help="another")
    options = parser.parse_args(arguments)
    a, b = read_machine(options.a), read_machine(options.b)
    try:
        verdict = prove(a, b)
    except ValueError as error:
        raise InputError(f"{options.a} and {options.b} cannot be compared: {error}") from error
    print(verdict.text(options.a, options.b))
    return EXIT_CODES[verdict.result]
