"""The self-test of a board or of the simulated SoC: a conformance test suite, and the log that a person sends back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fpga import expected
from fpga.folder import BuildFolder
from fpga.host import Host
from seqlogic.errors import InputError
from seqlogic.proof import Failure, Suite

__all__ = ["Outcome", "expect_machine", "self_test", "write_log"]


@dataclass(frozen=True)
class Outcome:
    """What a self-test found.

    Attributes:
        suite: the words that were sent, and what passing them proves.
        failure: the first wrong answer, or None.
        symbols, cycles: the counters of the machine afterwards.
        seconds: how long the words took, there and back.
    """

    suite: Suite
    failure: Failure | None
    symbols: int
    cycles: int
    seconds: float


def expect_machine(host: Host, build: BuildFolder) -> str:
    """The identity of the machine in the fabric; InputError if it is not that of the build."""
    identity, digest = host.identity(), build.implementation.digest
    if identity != digest[:16]:
        raise InputError(
            f"the machine in the fabric is {identity}, that of {build.path} is {digest[:16]}; load its bitstream, or "
            "name the build of the other one",
            file=host.target,
        )
    return identity


def self_test(
    host: Host, build: BuildFolder, *, extra_states: int, budget: int, tell: Callable[[int, int], None]
) -> Outcome:
    """Send a conformance test suite and compare every answer.

    Args:
        host: a connected one.
        build: what is expected there.
        extra_states: an implementation with so many states more than the machine must not pass with a fault.
        budget: symbols that the suite may take.
        tell: called with the symbols answered so far, and with their number.

    Raises:
        InputError: another machine is there, before or after, or nobody answers.
    """
    expect_machine(host, build)
    suite = expected.suite(build.implementation, extra_states, budget)
    begin = time.monotonic()
    answers = host.run(suite.words, lambda done: tell(done, suite.symbols))
    seconds = time.monotonic() - begin
    symbols, cycles = host.counters()
    # A board that was unplugged and plugged in again meanwhile proves nothing.
    expect_machine(host, build)
    return Outcome(suite, expected.first_failure(build.implementation, suite.words, answers), symbols, cycles, seconds)


def write_log(path: Path, host: Host, build: BuildFolder, outcome: Outcome, lines: list[str]) -> None:
    """Write what a person sends back: board, digests of bitstream and machine, suite, verdict.

    The digest of the bitstream is that of the build: which one the board was loaded with, it cannot tell itself. What
    it does tell is the identity of the machine.
    """
    simulated = host.target.startswith("socket:")
    content: dict[str, Any] = {
        "verdict": "pass" if outcome.failure is None else "fail",
        "lines": lines,
        # Nothing that a simulation says is about the board, or its bitstream.
        "board": "simulated" if simulated else build.content["board"],
        "bitstream": None if simulated else build.content.get("bitstream", {}).get("sha256"),
        "machine": build.implementation.digest,
        "implementation": {key: build.content[key] for key in ("kind", "encoding", "unknown")},
        "target": host.target,
        "suite": {
            "claim": outcome.suite.claim(),
            "words": len(outcome.suite.words),
            "symbols": outcome.suite.symbols,
            "extra states": outcome.suite.extra_states,
        },
        "counters": {"symbols": outcome.symbols, "cycles": outcome.cycles},
        "seconds": round(outcome.seconds, 3),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "tool": f"seqlogic {version('seqlogic')}",
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
