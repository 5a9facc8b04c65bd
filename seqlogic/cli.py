"""The command line of seqlogic."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import sys
from collections.abc import Sequence

from seqlogic.errors import InputError

__all__ = ["main"]

_COMMANDS = {
    "train": "learn a machine from examples, collapse it, prove it",
    "prove": "prove what two machine files are to each other",
    "check": "check a certificate again, from the files of its run alone",
    "show": "print a machine, and draw it",
    "export": "write a machine in another format",
    "tasks": "list the tasks that can be learned",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 is exact, proven as far as was asked; 1 not; 2 the input or the arguments are at fault; 3 undecided.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(
        prog="seqlogic",
        description="Learn the exact finite-state machine from input/output sequences, and prove it.",
        epilog="seqlogic COMMAND --help tells more of each.",
    )
    parser.add_argument("--version", action="version", version=f"seqlogic {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what in _COMMANDS.items():
        # The command's own parser reads what follows its name, its help included.
        commands.add_parser(name, help=what, add_help=False)
    known = parser.parse_args(arguments[:1])
    try:
        command = importlib.import_module(f"seqlogic.commands.{known.command}")
        return command.main(arguments[1:])
    except InputError as error:
        print(f"seqlogic {known.command}: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if known.command != "train" or (error.name or "").split(".")[0] in ("seqlogic", "tasks", "datamodules"):
            raise
        print(f"seqlogic train: {error.name} is missing; pip install 'seqlogic[learn,report]'", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a pipe has seen enough.
        sys.stderr.close()
        return 0


def _version() -> str:
    return importlib.metadata.version("seqlogic")
