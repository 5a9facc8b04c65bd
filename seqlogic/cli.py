"""The command line of seqlogic."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from seqlogic.commands.parser import Parser
from seqlogic.errors import InputError
from seqlogic.signals import end_on_termination, interrupts_held

__all__ = ["main"]

_COMMANDS = {
    "train": "learn a machine from examples, collapse it, prove it",
    "prove": "prove what two machine files are to each other",
    "check": "check a certificate again, from the files of its run alone",
    "query": "learn a machine by asking: Verilog, a board, a machine file or examples that are closed under queries",
    "data": "say what examples prove: contradictions, coverage, whether a machine is minimal and the only one",
    "replay": "run a machine over a recorded trace, and show where they differ",
    "show": "print a machine, and draw it",
    "export": "write a machine in another format",
    "tasks": "list the tasks that can be learned",
    "board": "talk to the machine on a board, or in the simulated SoC; self-test it",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 is exact, proven as far as was asked; 1 not; 2 the input or the arguments are at fault; 3 undecided.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = Parser(
        prog="seqlogic",
        description="Learn the exact finite-state machine from input/output sequences, and prove it.",
        epilog="seqlogic COMMAND --help tells more of each.",
    )
    parser.add_argument("--version", action="version", version=f"seqlogic {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what in _COMMANDS.items():
        # The command's own parser reads what follows its name, its help included.
        commands.add_parser(name, help=what, add_help=False)
    prog = "seqlogic"
    try:
        name = parser.parse_args(arguments[:1]).command
        prog = f"seqlogic {name}"
        if name != "train":
            # A training has handlers of its own.
            end_on_termination()
        code = _load(name).main(arguments[1:])
        sys.stdout.flush()
    except InputError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{prog}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe has seen enough; what is still buffered must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # A full disk, a folder without permission: whatever a command does not know to say better.
        place = f"{error.filename}: " if error.filename else ""
        print(f"{prog}: {place}{error.strerror or error}", file=sys.stderr)
        return 2
    return code


def _load(name: str) -> ModuleType:
    """Import a command; InputError if what it needs is not installed."""
    try:
        # The threads of libraries begin here.
        with interrupts_held():
            return importlib.import_module(f"seqlogic.commands.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("seqlogic", "tasks", "datamodules", "fpga"):
            raise
        extra, command = ("sim", "sim") if name == "board" else ("learn", "learn,report")
        raise InputError(
            f"{error.name} is not installed; install the extra `{extra}` (in the checkout: pip install '.[{command}]')"
        ) from error


def _version() -> str:
    return importlib.metadata.version("seqlogic")
