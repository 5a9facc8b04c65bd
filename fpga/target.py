"""The command line of a build: `python -m fpga --board icebreaker --machine runs/parity --build`."""

from __future__ import annotations

import argparse
import importlib
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

from fpga.boards import BOARDS, Board, board_named
from fpga.build import build
from fpga.given import given_machine, machine_name
from fpga.implementation import IMPLEMENTATIONS
from fpga.tools import ToolError, console
from seqlogic.assignment import ASSIGNMENTS
from seqlogic.errors import InputError
from seqlogic.proof import refuse_changes

__all__ = ["main"]


def main() -> int:
    """Build, load or flash; exit 0, 1 if a tool or the timing failed, 2 if the input or the arguments are at fault.

    The arguments are those of `sys.argv`, since LiteX's parser reads some of them there by itself.
    """
    try:
        return _main()
    except InputError as error:
        print(f"fpga: {error}", file=sys.stderr)
        return 2
    except ToolError as error:
        print(f"fpga: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fpga: interrupted; the next build begins anew", file=sys.stderr)
        return 130


def _main() -> int:
    # LiteX spells it `None`; everybody else types `none`.
    sys.argv[1:] = [
        "None" if before == "--cpu-type" and word.lower() == "none" else word
        for before, word in zip(sys.argv, sys.argv[1:], strict=False)
    ]
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--board", default="icebreaker")
    name = first.parse_known_args()[0].board
    board = board_named(name)
    options, soc_arguments, toolchain_arguments = _parse(board)
    if not (options.build or options.load or options.flash):
        raise InputError("nothing to do; give --build, --load or --flash (--help tells more)")
    if not options.machine and (options.build or not (options.output_dir or options.name)):
        raise InputError("--machine: expected a run folder or a machine file")
    label = options.name or (machine_name(options.machine) if options.machine else "")
    if not options.output_dir:
        _check_name(label)
    _check_numbers(options)
    folder = Path(options.output_dir or Path("build") / name / label)
    if options.build:
        given = given_machine(options.machine)
        code = build(
            given,
            board,
            folder,
            name=label,
            board_name=name,
            choices={
                "implementation": options.implementation,
                "encoding": options.encoding,
                "unknown": options.unknown,
            },
            soc_arguments=soc_arguments,
            toolchain_arguments=toolchain_arguments,
            doc=options.doc,
            tell=console,
        )
        if code != 0:
            return code
    if options.load or options.flash:
        return _program(board, board.flash if options.flash else board.load, folder)
    return 0


def _parse(board: Board) -> tuple[argparse.Namespace, dict[str, Any], dict[str, Any]]:
    # Its module and that of the SoC import each other; only this order works.
    from litex.build.parser import LiteXArgumentParser  # noqa: PLC0415

    module = importlib.import_module(f"litex_boards.platforms.{board.module}")
    parser = LiteXArgumentParser(platform=module.Platform)
    # LiteX hands all that its parser is given to `prog`.
    parser.prog, parser.description = "python -m fpga", f"A proven machine in a SoC on {board.title}."
    parser.error = _refuse
    parser._default_toolchain = board.toolchain
    parser.set_defaults(toolchain=board.toolchain, cpu_type="None", integrated_rom_size=0, integrated_sram_size=0x1000)
    add = parser.add_target_argument
    add("--board", default="icebreaker", help=f"The board: {', '.join(BOARDS)}.")
    add(
        "--machine",
        help="A run folder with a certificate, a .kiss2, .dot or .json machine, a .aig, .aag or .blif circuit.",
    )
    add("--name", help="What the build is called; the name of the machine if not given.")
    add("--flash", action="store_true", help="Write the bitstream to the board's flash.")
    add("--sys-clk-freq", default=board.sys_clk_freq, type=float, help="System clock in Hz.")
    add("--implementation", default="auto", choices=("auto", *IMPLEMENTATIONS), help="Gates, or a table in block RAM.")
    add("--encoding", default="auto", choices=("auto", *ASSIGNMENTS), help="How states are encoded, as gates.")
    add(
        "--unknown",
        default="flag",
        choices=("flag", "free"),
        help="Entries that the machine does not know raise its "
        "error flag, or are free: whatever makes the logic small. The certificate says which.",
    )
    add("--without-dma", action="store_true", help="Leave out the buffer and the DMA engine.")
    add("--with-pins", action="store_true", help="Put the machine's inputs and outputs on the board's pins.")
    add("--sample-divider", default=0, type=int, help="With pins: sample every so many clocks; 0 for the strobe pin.")
    options = parser.parse_args()
    soc_arguments = parser.soc_argdict | {
        "sys_clk_freq": options.sys_clk_freq,
        "with_dma": not options.without_dma,
        "with_pins": options.with_pins,
        "sample_divider": options.sample_divider,
    }
    return options, soc_arguments, parser.toolchain_argdict


def _check_name(name: str) -> None:
    if not name or name != Path(name).name or name.startswith((".", "-")):
        raise InputError(f"--name: expected the name of a folder, got {name!r}")


def _check_numbers(options: argparse.Namespace) -> None:
    """Refuse what LiteX would build without a word, and nobody could use."""
    if options.sys_clk_freq <= 0:
        raise InputError(f"--sys-clk-freq: expected a frequency in Hz, got {options.sys_clk_freq:g}")
    fastest = int(options.sys_clk_freq) // 8
    if not 300 <= options.uart_baudrate <= fastest:
        raise InputError(f"--uart-baudrate: expected 300 to {fastest} at this clock, got {options.uart_baudrate}")
    if options.sample_divider < 0 or (options.sample_divider and not options.with_pins):
        raise InputError("--sample-divider: expected clocks between samples, 0 or more, and --with-pins")


def _refuse(message: str) -> NoReturn:
    raise InputError(f"{message} (--help tells more)")


def _program(board: Board, command: str, folder: Path) -> int:
    """Hand a bitstream to the board's programmer."""
    try:
        content = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    except OSError:
        raise InputError("there is no finished build here; `--build` makes one", file=folder) from None
    refuse_changes(folder)
    call = shlex.split(command.format(file=shlex.quote(str(folder / content["bitstream"]["file"]))))
    if shutil.which(call[0]) is None:
        raise InputError(f"{call[0]} is not installed (Debian: apt install {board.debian})")
    print(shlex.join(call))
    done = subprocess.run(call, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        raise InputError(f"{call[0]} failed, is the board plugged in? {lines[-1] if lines else ''}".strip())
    print(f"done; the host talks to it on {board.serial}")
    return 0
