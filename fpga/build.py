"""From a proven machine to a bitstream: generate, synthesise, place and route, pack, check, certify."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litex.soc.integration.builder import Builder
from litex.soc.integration.soc import SoCError

from fpga.boards import Board
from fpga.certify import certify, core_link, leave_core, told
from fpga.firmware import FirmwareBuilder, check_cpu, check_tools
from fpga.given import Given
from fpga.implementation import GIVEN, CircuitImplementation, Implementation, Layout, implement
from fpga.soc import BaseSoC
from fpga.toolchains import TOOLCHAINS, Utilisation, overfull, packed_cells, read_report
from fpga.tools import Step, Tell, ToolError, output_to, run_tool
from seqlogic.circuit import Circuit
from seqlogic.commands import EXIT_CODES
from seqlogic.errors import InputError
from seqlogic.machine import canonical, to_mealy
from seqlogic.programs import program
from seqlogic.run_folder import RunFolder
from seqlogic.wording import counted

__all__ = ["Bitstream", "assemble", "build", "described", "generate", "lay_out", "resolve", "synthesise", "write_json"]

GATEWARE = "soc"
"""The name of the gateware's files; the same for every machine, since names end up in a bitstream's digest."""

_MOST_BITS = 31
"""Of a symbol of a circuit: a register holds it, and a flag above it."""


@dataclass(frozen=True)
class Bitstream:
    """A finished build.

    Attributes:
        file: the bitstream, named after the machine.
        sha256: its digest.
        cells: used and available cells of the logic, as place and route counts them: on iCE40 one with a LUT and a
            flip-flop, elsewhere a LUT.
        luts, flip_flops, memories: how many of each.
        fmax: MHz that the slowest path of the slowest clock allows.
        clock: MHz that was asked for.
    """

    file: Path
    sha256: str
    cells: tuple[int, int]
    luts: int
    flip_flops: int
    memories: tuple[int, int]
    fmax: float
    clock: float

    def as_json(self) -> dict[str, Any]:
        """For build.json."""
        return asdict(self) | {"file": self.file.name}

    def text(self) -> str:
        """For a person."""
        return "\n".join(
            [
                f"LUTs         {self.luts:6,}",
                f"flip-flops   {self.flip_flops:6,}",
                f"logic cells  {self.cells[0]:6,} of {self.cells[1]:,}",
                f"block RAMs   {self.memories[0]:6,} of {self.memories[1]:,}",
                f"Fmax         {self.fmax:6.1f} MHz, asked for {self.clock:g} MHz",
                f"bitstream    {self.file}",
                f"SHA-256      {self.sha256}",
            ]
        )


def build(
    given: Given,
    board: Board,
    folder: Path,
    *,
    name: str,
    board_name: str,
    choices: dict[str, str],
    soc_arguments: dict[str, Any],
    toolchain_arguments: dict[str, Any],
    doc: bool,
    tell: Tell,
) -> int:
    """Build a machine's SoC for a board, and print what came of it.

    The build is written beside its folder and takes its place at the end, so that an interrupted or failed one leaves
    an earlier one alone; one that misses its clock goes to `<folder>.failed`.

    Returns:
        The exit code: 0, or 3 where the proof of the RTL reached its time limit, or where unknown entries are free, so
        that the RTL only conforms.

    Raises:
        InputError: the machine does not fit, a tool is missing, the folder is no build folder, or options clash.
        ToolError: a tool failed, the RTL was refuted, or the clock is missed.
    """
    # LiteX's own parser hands on the word.
    if (cpu := soc_arguments.get("cpu_type") or "None") != "None":
        check_cpu(board, cpu, soc_arguments.get("cpu_variant"))
        check_tools(cpu)
    implementation = lay_out(given, choices)
    resolved = resolve(given, implementation, board_name, name, soc_arguments)
    run = RunFolder(folder)
    with run.open(json.dumps(resolved, indent=2) + "\n"):
        place, log = run.partial, run.partial / "build.log"
        given.leave_evidence(place)
        leave_core(implementation, place)
        extra = {"board": board_name, "name": name, "date": datetime.now(UTC).isoformat(timespec="seconds")}
        print(f"{name}: {described(implementation)}, for {board.title}")
        try:
            soc = assemble(lambda: BaseSoC(implementation, board, name=board_name, **soc_arguments), log)
            generate(soc, place, log, {"generate_doc": doc}, toolchain_arguments)
            # Before the proof: a machine that does not fit is told at once.
            bitstream = None if board.extra is None else synthesise(soc, place, log, name=name, tell=tell)
            link = core_link(implementation, place, tell)
            print(told(link))
            if link.result == "differs":
                raise ToolError(f"the RTL is not the machine; do not use this build (it is in {place})")
            if bitstream is None:
                write_json(place / "build.json", resolved)
                verdict = certify(place, (*given.links, link), extra, None)
                run.finish(exact=True)
                print(f"the project for {board.title} is in {folder}/gateware; {board.toolchain} must finish it")
                return EXIT_CODES[verdict]
        except (InputError, ToolError) as error:
            kept = run.finish(exact=False)
            raise type(error)(str(error).replace(str(place), str(kept))) from error
        met = bitstream.fmax >= bitstream.clock
        write_json(place / "build.json", resolved | {"bitstream": bitstream.as_json(), "timing met": met})
        verdict = certify(place, (*given.links, link), extra, bitstream.file.name)
        final = run.finish(exact=met)
    print(replace(bitstream, file=final / bitstream.file.name).text())
    if not met:
        raise ToolError(
            f"timing is not met: {bitstream.fmax:.1f} MHz instead of {bitstream.clock:g} MHz; ask for less with "
            f"--sys-clk-freq (what was built is in {final})"
        )
    return EXIT_CODES[verdict]


def lay_out(given: Given, choices: dict[str, str]) -> Implementation | CircuitImplementation:
    """The hardware form of a machine or circuit as the options ask for it; InputError if they clash."""
    if isinstance(given.machine, Circuit):
        return _laid_out(given.machine, choices)
    try:
        return implement(given.machine, **choices)
    except ValueError as error:
        raise InputError(str(error)) from error


def _laid_out(circuit: Circuit, choices: dict[str, str]) -> CircuitImplementation:
    if choices["implementation"] == "table":
        raise InputError("--implementation table: a circuit is built as its gates; leave the option out")
    if choices["encoding"] not in ("auto", GIVEN):
        raise InputError(f"--encoding {choices['encoding']}: a circuit has its latches already; leave the option out")
    sizes = ("input", len(circuit.inputs)), ("output", len(circuit.outputs))
    for what, bits in sizes:
        if not 1 <= bits <= _MOST_BITS:
            raise InputError(f"the circuit has {bits} {what} bits, expected 1 to {_MOST_BITS}")
    if not circuit.latches:
        raise InputError("the circuit has no latch, expected a sequential one")
    return CircuitImplementation(circuit)


def resolve(
    given: Given, implementation: Layout, board_name: str, name: str, soc_arguments: dict[str, Any]
) -> dict[str, Any]:
    """What build.json says of a build before there is a bitstream."""
    return {
        "board": board_name,
        "name": name,
        "machine": given.machine.digest,
        "kind": implementation.kind,
        "encoding": implementation.encoding,
        "unknown": implementation.unknown,
        "soc": {key: value for key, value in sorted(soc_arguments.items()) if isinstance(value, int | float | str)},
    }


def described(implementation: Implementation | CircuitImplementation) -> str:
    """The implementation in a few words for a person."""
    if isinstance(implementation, CircuitImplementation):
        latches = counted(len(implementation.given.latches), "latch", "latches")
        return f"a circuit of {latches} and {counted(len(implementation.given.ands), 'gate')}"
    states = counted(len(implementation.total), "state")
    if (known := len(canonical(to_mealy(implementation.machine)))) < len(implementation.total):
        states += f" ({known}, and one for after what the machine does not know)"
    if implementation.circuit is None:
        return f"{states} as a table in block RAM"
    return f"{states} as logic, {implementation.encoding} encoding, {counted(len(implementation.circuit.ands), 'gate')}"


def assemble(make: Callable[[], BaseSoC], log: Path) -> BaseSoC:
    """Make a SoC, LiteX's talk going to the log; ToolError if LiteX refuses it."""
    try:
        with output_to(log):
            soc = make()
    except InputError:
        raise
    except (SoCError, AssertionError, ValueError) as error:
        said = str(error) or f"see the end of {log}"
        raise ToolError(f"LiteX refused the SoC, perhaps for its clock or its memories: {said}") from error
    toolchain: Any = soc.platform.toolchain
    if type(toolchain) in TOOLCHAINS.values():
        toolchain.clock_mhz = soc.sys_clk_freq / 1e6
    return soc


def generate(
    soc: BaseSoC,
    folder: Path,
    log: Path,
    builder_arguments: dict[str, Any] | None = None,
    toolchain_arguments: dict[str, Any] | None = None,
) -> Builder:
    """Write the SoC's Verilog, constraints and register map (csr.csv, csr.json) into a folder; LiteX talks to the log.

    Raises:
        InputError: what the firmware of a CPU is built with is not installed, or it does not fit its memory.
        ToolError: LiteX refused the SoC, or the firmware does not compile.
    """
    arguments = {"output_dir": str(folder), "compile_software": soc.cpu_type is not None} | (builder_arguments or {})
    if arguments["compile_software"]:
        check_tools(soc.cpu_type)
    place = Path.cwd()
    try:
        with output_to(log):
            builder = Builder(soc, **arguments) if soc.cpu_type is None else FirmwareBuilder(soc, log=log, **arguments)
            builder.build(run=False, build_name=GATEWARE, **(toolchain_arguments or {}))
    except InputError:
        raise
    except (SoCError, OSError, ValueError) as error:
        raise ToolError(f"LiteX could not generate the SoC: {str(error) or 'it says why'} (in {log})") from error
    finally:
        # LiteX works in the folder of the gateware, and stays there where it fails.
        os.chdir(place)
    return builder


def synthesise(soc: BaseSoC, folder: Path, log: Path, *, name: str, tell: Tell) -> Bitstream:
    """Run the tools of a board on the generated gateware.

    Raises:
        InputError: a tool is not installed, or the machine does not fit the board.
        ToolError: a tool failed, or the constraint of the clock was not in force.
    """
    board = soc.board
    gateware = folder / "gateware"
    steps: tuple[Step, ...] = soc.platform.toolchain.steps
    for step in steps:
        tool = program(step.command[0], board.extra or "fpga")
        try:
            run_tool(Step(step.what, (tool, *step.command[1:])), gateware, log, tell)
        except ToolError:
            needs = overfull(log)
            if step.what != "place and route" or not needs:
                raise
            shown = ", ".join(f"{used:,} {cell} of {there:,}" for cell, (used, there) in needs.items())
            raise InputError(
                f"{name} does not fit {board.title}: it needs {shown}; try --implementation table, --without-dma, or "
                "a larger board"
            ) from None
    report = read_report(gateware / f"{GATEWARE}.report.json")
    clock = soc.sys_clk_freq / 1e6
    # A constraint is rounded to whole picoseconds on its way.
    if report.constraint < clock * 0.999:
        raise ToolError(f"the clock was constrained to {report.constraint:g} MHz instead of {clock:g} MHz")
    file = folder / f"{name}{board.bitstream}"
    shutil.copyfile(gateware / f"{GATEWARE}{board.bitstream}", file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    counted = _cells(report, board.logic)[0], _cells(report, board.flip_flops)[0]
    luts, flip_flops = packed_cells(log) or counted
    return Bitstream(
        file,
        digest,
        _cells(report, board.logic),
        luts,
        flip_flops,
        _cells(report, board.memory),
        report.fmax,
        clock,
    )


def _cells(report: Utilisation, kind: str) -> tuple[int, int]:
    return report.used.get(kind, (0, 0))


def write_json(path: Path, content: object) -> None:
    """Write JSON as all files of a build folder have it."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
