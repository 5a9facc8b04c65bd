"""The link "RTL = simulated SoC": a test, by the same host program and the same suite that a board gets."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from fpga.expected import on_the_wire
from fpga.folder import BuildFolder, read_build
from fpga.host import Host
from fpga.induction import plain_reason
from fpga.proof import emit_core, read_rtl, rtl_digest
from fpga.selftest import Outcome, self_test
from fpga.simulation import Simulator, build_simulator
from fpga.tools import Tell, ToolError, console
from seqlogic.errors import InputError
from seqlogic.proof import Link, NotProvenError, Side, add_link, certificate_content, refuse_changes
from seqlogic.proof.links import CORE_FILE, SIMULATION_LINK

__all__ = ["leave_simulation", "prove_simulation"]

SIMULATED_FILE = "simulated.v"
"""The Verilog of the SoC that was simulated, without the date at its head."""
_MOST_SYMBOLS = 20_000_000
_METHOD = (
    "The RTL is, letter by letter, what seqlogic makes of the machine, and the SoC is made of the same machine again. "
    "A conformance test suite, made from the machine by the HSI method, is sent through the host program to the SoC "
    "under Verilator, by way of its bridge, its memory and, if it has one, its DMA engine; every answer is compared. "
    "For a circuit, whose states nobody lists, the words are random. This is a test: it detects every fault of a "
    "deterministic implementation of at most so many states as its claim says that a restart brings back to its "
    "initial state, and proves nothing of others. A suite without a guarantee leaves the result undecided."
)


def leave_simulation(build: BuildFolder, simulation: Path, outcome: Outcome) -> Link:
    """Add what a self-test of a simulation found to the certificate of its build, and return the link that stands then.

    What an earlier self-test of the same RTL and the same SoC found stands if it says more.

    Args:
        build: the build.
        simulation: where it was simulated.
        outcome: of its self-test.

    Raises:
        InputError: the build has no certificate, was changed since, or its RTL is not what is simulated.
    """
    verilog = _simulated_verilog(simulation)
    link = _simulation_link(build, verilog, outcome)
    for other in refuse_changes(build.path)["links"]:
        if other["name"] == SIMULATION_LINK and _says_more(other, link.as_json()):
            return _read_link(other)
    (build.path / SIMULATED_FILE).write_text(verilog, encoding="utf-8")
    add_link(build.path, link, [SIMULATED_FILE])
    return link


def _says_more(standing: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether a link of the same two sides says more than one found since; a difference is never passed over."""
    if found["result"] == "differs" or any(standing[side] != found[side] for side in ("left", "right")):
        return False
    return _strength(standing) > _strength(found)


def _strength(link: dict[str, Any]) -> tuple[int, int]:
    """How far a suite reaches: its extra states, and without any guarantee its symbols."""
    extra, symbols = (link["details"].get(key) for key in ("extra states", "symbols"))
    if isinstance(extra, int):
        return extra, 0
    return -1, symbols if isinstance(symbols, int) else 0


def _read_link(content: dict[str, Any]) -> Link:
    word = content["counterexample"]
    sides = {side: Side(**content[side]) for side in ("left", "right")}
    return Link(**content | sides | {"counterexample": None if word is None else tuple(word)})


def _refuse_other_rtl(build: BuildFolder) -> None:
    """Raise InputError if the RTL of a build is not that of the machine that is simulated."""
    if emit_core(build.implementation) != read_rtl(build.path):
        raise InputError(
            "the RTL in this folder is not what this seqlogic makes of the machine, so that no simulation is one of it",
            file=build.path,
        )


def _simulation_link(build: BuildFolder, simulated: str, outcome: Outcome) -> Link:
    """The link "RTL = simulated SoC", from a self-test of a simulation of this Verilog."""
    _refuse_other_rtl(build)
    failure, suite = outcome.failure, outcome.suite
    inputs, outputs = on_the_wire(build.implementation)
    details: dict[str, Any] = {
        "claim": suite.claim(),
        "words": len(suite.words),
        "symbols": suite.symbols,
        "extra states": suite.extra_states,
        "asked": suite.asked,
        "budget": suite.budget,
    }
    if failure is not None:
        result, details["failure"] = "differs", failure.show(inputs, outputs)
    elif suite.extra_states is None:
        result, details["reason"] = "undecided", f"the suite {suite.claim()}"
    else:
        result = "equal"
    return Link(
        name=SIMULATION_LINK,
        method=_METHOD,
        left=Side("RTL", CORE_FILE, rtl_digest(read_rtl(build.path))),
        right=Side("simulated SoC", SIMULATED_FILE, hashlib.sha256(simulated.encode()).hexdigest()),
        result=result,
        counterexample=None if failure is None else tuple(map(inputs.name, failure.word)),
        details=details,
    )


def _simulated_verilog(folder: Path) -> str:
    """The Verilog of the SoC that was simulated in a folder, without the comments around it, which tell the date."""
    path = folder / "gateware" / "soc.v"
    try:
        verilog = path.read_text(encoding="utf-8")
        return verilog[verilog.index("module soc") : verilog.rindex("endmodule")] + "endmodule\n"
    except (OSError, ValueError) as error:
        raise InputError(f"is no Verilog of a simulated SoC: {error}", file=path) from None


def prove_simulation(folder: Path, *, tell: Tell = console) -> Link:
    """Simulate the SoC of a build folder again and run its suite, for `seqlogic check`.

    Raises:
        NotProvenError: Verilator, g++ or make is not installed, or one of them, or the simulation, failed.
        InputError: a file of the folder is not as a build writes it.
    """
    build = read_build(folder)
    _refuse_other_rtl(build)
    extra_states, budget = _asked(folder)
    if budget > _MOST_SYMBOLS:
        raise NotProvenError(f"its suite may take {budget:,} symbols, and up to {_MOST_SYMBOLS:,} are sent again")
    with_dma = _with_dma(build)
    with tempfile.TemporaryDirectory(prefix="seqlogic-sim-") as name:
        place = Path(name)
        try:
            program = build_simulator(build.implementation, place, tell=tell, with_dma=with_dma)
            with Simulator(program) as simulator, Host(simulator.url, place / "csr.csv") as host:
                outcome = self_test(host, build, extra_states=extra_states, budget=budget, tell=lambda *_: None)
        except (ValueError, OSError, ToolError) as error:
            raise NotProvenError(plain_reason(error).replace(f"{place}/", "")) from error
        return _simulation_link(build, _simulated_verilog(place), outcome)


def _asked(folder: Path) -> tuple[int, int]:
    """The extra states and the budget of the suite of a link in the certificate."""
    for link in certificate_content(folder)["links"]:
        if link["name"] == SIMULATION_LINK:
            asked, budget = (link["details"].get(key) for key in ("asked", "budget"))
            # true is an int, too.
            if type(asked) is int and type(budget) is int and asked >= 0 and budget >= 1:
                return asked, budget
    raise InputError(f"the link {SIMULATION_LINK!r} does not say how its suite was made", file=folder)


def _with_dma(build: BuildFolder) -> bool:
    """Whether the SoC of a build has the DMA engine, and so its simulation."""
    soc = build.content.get("soc", {})
    with_dma = soc.get("with_dma", True) if isinstance(soc, dict) else None
    if not isinstance(with_dma, bool):
        raise InputError("expected soc with with_dma as true or false", file=build.path / "build.json")
    return with_dma
