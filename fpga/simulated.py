"""The link "RTL = simulated SoC": a test, by the same host program and the same suite that a board gets."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from fpga.folder import BuildFolder, read_build
from fpga.host import Host
from fpga.proof import read_rtl, rtl_digest
from fpga.selftest import Outcome, self_test
from fpga.simulation import Simulator, build_simulator
from fpga.tools import Tell, ToolError, console
from seqlogic.errors import InputError
from seqlogic.proof import Link, NotProvenError, Side, add_link, certificate_content
from seqlogic.proof.links import CORE_FILE, SIMULATION_LINK

__all__ = ["leave_simulation", "prove_simulation"]

SIMULATED_FILE = "simulated.v"
"""The Verilog of the SoC that was simulated, without the date at its head."""
_METHOD = (
    "A conformance test suite, made from the machine by the HSI method, is sent through the host program to the SoC "
    "under Verilator, by way of its bridge, its memory and its DMA engine, and every answer is compared. This is a "
    "test: it detects every fault of a deterministic implementation of at most so many states as its claim says, and "
    "proves nothing of larger ones."
)


def leave_simulation(build: BuildFolder, simulation: Path, outcome: Outcome) -> Link:
    """Add what a self-test of a simulation found to the certificate of its build, and return the link.

    Args:
        build: the build.
        simulation: where it was simulated.
        outcome: of its self-test.

    Raises:
        InputError: the build has no certificate.
    """
    verilog = _simulated_verilog(simulation)
    link = _simulation_link(build, verilog, outcome)
    (build.path / SIMULATED_FILE).write_text(verilog, encoding="utf-8")
    add_link(build.path, link, [SIMULATED_FILE])
    return link


def _simulation_link(build: BuildFolder, simulated: str, outcome: Outcome) -> Link:
    """The link "RTL = simulated SoC", from a self-test of a simulation of this Verilog."""
    failure, total = outcome.failure, build.implementation.total
    details: dict[str, Any] = {
        "claim": outcome.suite.claim(),
        "words": len(outcome.suite.words),
        "symbols": outcome.suite.symbols,
        "extra states": outcome.suite.extra_states,
        "asked": outcome.suite.asked,
        "budget": outcome.suite.budget,
    }
    if failure is not None:
        details["failure"] = failure.show(total)
    return Link(
        name=SIMULATION_LINK,
        method=_METHOD,
        left=Side("RTL", CORE_FILE, rtl_digest(read_rtl(build.path))),
        right=Side("simulated SoC", SIMULATED_FILE, hashlib.sha256(simulated.encode()).hexdigest()),
        result="equal" if failure is None else "differs",
        counterexample=None if failure is None else tuple(map(total.inputs.name, failure.word)),
        details=details,
    )


def _simulated_verilog(folder: Path) -> str:
    """The Verilog of the SoC that was simulated in a folder, without the comments around it, which tell the date."""
    verilog = (folder / "gateware" / "soc.v").read_text(encoding="utf-8")
    return verilog[verilog.index("module soc") : verilog.rindex("endmodule")] + "endmodule\n"


def prove_simulation(folder: Path, *, tell: Tell = console) -> Link:
    """Simulate the SoC of a build folder again and run its suite, for `seqlogic check`.

    Raises:
        NotProvenError: Verilator, g++ or make is not installed.
        InputError: a file of the folder is not as a build writes it.
    """
    build = read_build(folder)
    (claimed,) = [link["details"] for link in certificate_content(folder)["links"] if link["name"] == SIMULATION_LINK]
    if not isinstance(claimed.get("asked"), int) or not isinstance(claimed.get("budget"), int):
        raise InputError(f"the link {SIMULATION_LINK!r} does not say how its suite was made", file=folder)
    with tempfile.TemporaryDirectory(prefix="seqlogic-sim-") as name:
        place = Path(name)
        try:
            program = build_simulator(build.implementation, place, tell=tell)
        except (InputError, ToolError) as error:
            raise NotProvenError(str(error)) from error
        with Simulator(program) as simulator, Host(simulator.url, place / "csr.csv") as host:
            outcome = self_test(
                host, build, extra_states=claimed["asked"], budget=claimed["budget"], tell=lambda *_: None
            )
        return _simulation_link(build, _simulated_verilog(place), outcome)
