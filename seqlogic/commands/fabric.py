"""A machine in the fabric, on a board or in the simulated SoC: the arguments that name it, and the line to it."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, Namespace, _ActionsContainer
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from seqlogic.errors import InputError

if TYPE_CHECKING:
    from fpga.folder import BuildFolder
    from fpga.host import Host

__all__ = ["add_build", "add_target", "check_target", "connected", "installed"]


def add_build(parser: _ActionsContainer, what: str = "the build folder", *, required: bool = False) -> None:
    """Add the argument that names what is talked to."""
    example = "as build/icebreaker/parity or build/sim/parity"
    parser.add_argument("--build", required=required, type=Path, metavar="FOLDER", help=f"{what}, {example}")


def add_target(parser: _ActionsContainer) -> None:
    """Add the arguments that say where it is."""
    parser.add_argument(
        "--target",
        default="sim",
        help="a serial port as /dev/ttyUSB0, socket://127.0.0.1:PORT of a simulation that runs, or sim: start one "
        "(default)",
    )
    parser.add_argument("--baudrate", type=int, help="of a serial port (default: that of the build)")


def check_target(parser: ArgumentParser, options: Namespace) -> None:
    """Refuse, where --build may be missing, what says nothing without it."""
    if options.build is None and (options.target, options.baudrate) != ("sim", None):
        parser.error("--target and --baudrate need --build, the build of what is talked to")


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """InputError if what a --build needs, and nothing else, cannot be imported in here."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(f"--build: {error.name} is not installed; install the extra `sim`") from error


@contextlib.contextmanager
def connected(
    build: BuildFolder, target: str, *, baudrate: int | None = None, trace: Path | None = None
) -> Iterator[Host]:
    """The host program, connected; with the target sim, to a simulation of its own, which may trace all its signals.

    Raises:
        InputError: a build of another kind than the target, or one with a CPU, or what `Host` refuses, or a tool that
            makes a simulation failed.
    """
    from fpga.host import Host  # noqa: PLC0415 - LiteX is needed for nothing else.

    cpu = build.content["soc"].get("cpu_type", "None")
    if cpu != "None":
        raise InputError(
            f"has a CPU, {cpu}, whose console is on the serial line: open that with a terminal program, "
            "and type `machine selftest`",
            file=build.path,
        )
    if target != "sim":
        if trace is not None:
            raise InputError("--trace: only a simulation that is started here can write one; use --target sim")
        simulated = target.startswith("socket:")
        if not simulated and build.content["board"] == "sim":
            raise InputError(
                "is a build for simulation alone; use --target sim, or the build of a board", file=build.path
            )
        if simulated and not (build.path / "sim" / "csr.csv").exists():
            raise InputError("was never simulated; name the build that `make sim` printed", file=build.path)
        csr_csv = build.path / "sim" / "csr.csv" if simulated else build.path / "csr.csv"
        baudrate = baudrate or build.content["soc"].get("uart_baudrate", 115200)
        with Host(target, csr_csv, baudrate=baudrate) as host:
            yield host
        return
    from fpga.simulation import simulate  # noqa: PLC0415 - Verilator is needed for nothing else.
    from fpga.tools import ToolError, console  # noqa: PLC0415

    folder = build.path / "sim"
    try:
        simulator = simulate(build.implementation, folder, trace=trace, tell=console)
        with simulator, Host(simulator.url, folder / "csr.csv") as host:
            yield host
    except ToolError as error:
        raise InputError(str(error)) from error
