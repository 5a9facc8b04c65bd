"""`python -m fpga.sizes`: what machines of several sizes take on several boards, as a table to print."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fpga.boards import BOARDS, board_named
from fpga.build import assemble, generate, synthesise
from fpga.implementation import IMPLEMENTATIONS, Implementation, implement
from fpga.soc import BaseSoC
from fpga.tools import ToolError, console
from seqlogic.assignment import ASSIGNMENTS
from seqlogic.commands.parser import Parser
from seqlogic.errors import InputError
from seqlogic.machine import Alphabet, Machine

__all__ = ["main"]

_HEAD = (
    "board",
    "states",
    "implementation",
    "encoding",
    "LUTs",
    "FFs",
    "cells",
    "RAMs",
    "Fmax MHz",
    "clock MHz",
    "seconds",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build random machines (4 input and 4 output symbols) and print a row for each; exit 0, or 2 for bad input."""
    parser = Parser(prog="python -m fpga.sizes", description="What random machines take on boards, SoC and all.")
    parser.add_argument("--boards", nargs="+", default=["icebreaker", "ulx3s"], help=f"out of {', '.join(BOARDS)}")
    parser.add_argument("--states", nargs="+", type=int, default=[2, 20, 100, 1000])
    parser.add_argument("--implementations", nargs="+", choices=("auto", *IMPLEMENTATIONS), default=["auto"])
    parser.add_argument("--encoding", choices=("auto", *ASSIGNMENTS), default="auto", help="of the logic")
    parser.add_argument("--seed", type=int, default=0)
    try:
        options = parser.parse_args(arguments)
        for row in _rows(options):
            print("| " + " | ".join(map(str, row)) + " |", flush=True)
    except InputError as error:
        print(f"fpga.sizes: {error}", file=sys.stderr)
        return 2
    return 0


def _rows(options: argparse.Namespace) -> Iterator[Sequence[object]]:
    yield _HEAD
    yield ["---"] * len(_HEAD)
    for states in options.states:
        machine = _random(states, options.seed)
        for kind in options.implementations:
            encoding = "auto" if kind == "table" else options.encoding
            implementation = implement(machine, implementation=kind, encoding=encoding)
            for board in options.boards:
                begin = time.monotonic()
                row = _built(implementation, board)
                kept = [board, states, implementation.kind, implementation.encoding]
                yield [*kept, *row, f"{time.monotonic() - begin:.0f}"]


def _random(states: int, seed: int) -> Machine:
    rng = np.random.default_rng(seed)
    tables = rng.integers(0, states, (states, 4)), rng.integers(0, 4, (states, 4))
    return Machine(*tables, Alphabet.words(2), Alphabet.words(2))


def _built(implementation: Implementation, name: str) -> list[str]:
    board = board_named(name)
    with tempfile.TemporaryDirectory(prefix="seqlogic-sizes-") as folder:
        place = Path(folder)
        log = place / "build.log"
        try:
            soc = assemble(lambda: BaseSoC(implementation, board, name=name), log)
            generate(soc, place, log)
            built = synthesise(soc, place, log, name="machine", tell=console)
        except (InputError, ToolError) as error:
            return [str(error), "", "", "", "", ""]
    cells = [
        f"{built.luts:,}",
        f"{built.flip_flops:,}",
        f"{built.cells[0]:,} of {built.cells[1]:,}",
        f"{built.memories[0]} of {built.memories[1]}",
    ]
    return [*cells, f"{built.fmax:.1f}", f"{built.clock:g}"]


if __name__ == "__main__":
    sys.exit(main())
