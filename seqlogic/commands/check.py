"""`seqlogic check CERTIFICATE`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqlogic.commands import EXIT_CODES
from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import within
from seqlogic.proof import Check, Link, NotProvenError, Prover, check_certificate
from seqlogic.proof.examples import SECONDS, prove_examples, told
from seqlogic.proof.links import CIRCUIT_RTL_LINK, EXAMPLES_LINK, RTL_LINK, SIMULATION_LINK

__all__ = ["PROVERS", "main"]


def _prove_rtl(folder: Path) -> Link:
    """Prove the link from the machine, or circuit, to the RTL, with yosys."""
    return _room("fpga.proof").prove_rtl(folder)


def _prove_simulation(folder: Path) -> Link:
    """Simulate the SoC and run its suite again, with Verilator."""
    return _room("fpga.simulated").prove_simulation(folder)


def _room(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise NotProvenError(f"{error.name} is not installed; install the extra `sim`") from error


PROVERS = {RTL_LINK: _prove_rtl, CIRCUIT_RTL_LINK: _prove_rtl, SIMULATION_LINK: _prove_simulation}
"""Who proves the links of a build folder again."""
_NOT_PROVEN = (
    "not proven: that the SoC in the bitstream, a second emission of the same module, is this RTL; a bitstream is only "
    "listed by its SHA-256"
)


def main(arguments: Sequence[str]) -> int:
    """Check a certificate: exit 1 for any finding, 3 for a link not proven again, otherwise as its verdict says."""
    parser = Parser(
        prog="seqlogic check",
        description="Check a certificate from the files of its run or build folder alone: every file's SHA-256, and "
        "every link of the proof, again. Exit code: 0 exact, or unique, the only machine of as few states that fits "
        "the examples; 1 differs or something was changed; 3 conforms or undecided, or a link could not be proven "
        "again here.",
    )
    parser.add_argument("certificate", metavar="CERTIFICATE", help="certificate.json, or the folder it lies in")
    parser.add_argument(
        "--limit",
        type=float,
        default=SECONDS,
        metavar="SECONDS",
        help=f"of the proof that no other machine fits the examples (default {SECONDS:g})",
    )
    options = parser.parse_args(arguments)
    if not options.limit > 0:
        parser.error(f"argument --limit: {options.limit:g} seconds, expected more than 0")

    def alone(folder: Path) -> Link:
        with within(options.limit):
            return prove_examples(folder, options.limit)

    provers: dict[str, Prover] = {**PROVERS, EXAMPLES_LINK: alone}
    check = check_certificate(options.certificate, provers)
    for link in check.links:
        print(f"{link.name}: {link.result}  ({link.left.digest[:16]} / {link.right.digest[:16]})")
        if link.name == SIMULATION_LINK and "claim" in link.details:
            print(f"  the suite {link.details['claim']}")
        elif link.name == EXAMPLES_LINK:
            print(f"  {told(link)}")
        elif link.result == "undecided" and "reason" in link.details:
            print(f"  {link.details['reason']}")
    for claim in check.claims:
        print(f"{claim.name}: the certificate says {claim.result}; not proven again here: {claim.why}")
    for finding in check.findings:
        print(f"BROKEN  {finding}")
    for note in check.notes:
        print(note)
    if check.build:
        print(_NOT_PROVEN)
    print(_conclusion(check))
    return EXIT_CODES[check.verdict] if check.ok else 1


def _conclusion(check: Check) -> str:
    if not check.ok:
        return "the certificate does not hold"
    if not check.claims:
        return f"{check.verdict}, and every file is as it was written"
    claimed = f"{len(check.claims)} {'link is' if len(check.claims) == 1 else 'links are'} not proven again"
    return f"{check.verdict}: every file is as it was written, but {claimed} here"
