"""`python -m fpga.firmware --machine runs/parity`: the BIOS with the machine's commands, and nothing else."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from fpga.boards import BOARDS, board_named
from fpga.build import generate, lay_out, resolve, write_json
from fpga.firmware import CPUS, check_cpu, check_tools
from fpga.given import given_machine, machine_name
from fpga.soc import BaseSoC
from fpga.tools import ToolError, output_to
from seqlogic.commands.parser import Parser
from seqlogic.errors import InputError
from seqlogic.run_folder import RunFolder


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the firmware; exit 0, 1 if a tool failed, 2 if the input or a tool that is not there is at fault."""
    parser = Parser(prog="python -m fpga.firmware", description="The BIOS with the console commands of a machine.")
    parser.add_argument("--machine", required=True, help="a run folder with a certificate, or a machine file")
    parser.add_argument("--name", help="what the build is called; the name of the machine if not given")
    parser.add_argument(
        "--board", default="ulx3s", help=f"one of: {', '.join(name for name, board in BOARDS.items() if board.cpu)}"
    )
    parser.add_argument("--cpu-type", default="vexriscv", choices=CPUS)
    try:
        return _build(parser.parse_args(arguments))
    except InputError as error:
        print(f"fpga.firmware: {error}", file=sys.stderr)
        return 2
    except ToolError as error:
        print(f"fpga.firmware: {error}", file=sys.stderr)
        return 1


def _build(options: argparse.Namespace) -> int:
    board, cpu = board_named(options.board), options.cpu_type
    check_cpu(board, cpu, None)
    check_tools(cpu)
    given = given_machine(options.machine)
    name = options.name or machine_name(options.machine)
    choices = {"implementation": "auto", "encoding": "auto", "unknown": "flag"}
    implementation = lay_out(given, choices)
    resolved = resolve(given, implementation, options.board, name, {"cpu_type": cpu})
    run = RunFolder(Path("build") / "firmware" / name)
    with run.open(json.dumps(resolved, indent=2) + "\n"):
        log = run.partial / "build.log"
        with output_to(log):
            soc = BaseSoC(implementation, board, name=options.board, cpu_type=cpu)
        try:
            generate(soc, run.partial, log)
        except ToolError as error:
            kept = run.finish(exact=False)
            raise ToolError(str(error).replace(str(run.partial), str(kept))) from error
        write_json(run.partial / "build.json", resolved)
        file = run.finish(exact=True) / "software" / "bios" / "bios.bin"
    content = file.read_bytes()
    print(f"{name}: the BIOS with its commands, for {cpu} on {board.title}")
    print(f"firmware  {file}, {len(content):,} bytes")
    print(f"SHA-256   {hashlib.sha256(content).hexdigest()}")
    print(
        f"into a bitstream: make bitstream BOARD={options.board} ARGS='--cpu-type {cpu}', with the same TASK or MACHINE"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
