"""`seqlogic check CERTIFICATE`."""

from __future__ import annotations

from collections.abc import Sequence

from seqlogic.commands import EXIT_CODES
from seqlogic.commands.parser import Parser
from seqlogic.proof import check_certificate

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Check a certificate: exit 1 for any finding, otherwise as its verdict says."""
    parser = Parser(
        prog="seqlogic check",
        description="Check a certificate from the files of its run folder alone: every file's SHA-256, and every link "
        "of the proof, again. Exit code: 0 exact, 1 differs or something was changed, 3 conforms or undecided.",
    )
    parser.add_argument("certificate", metavar="CERTIFICATE", help="certificate.json, or the run folder it lies in")
    options = parser.parse_args(arguments)
    check = check_certificate(options.certificate)
    for link in check.links:
        print(f"{link.name}: {link.result}  ({link.left.digest[:16]} / {link.right.digest[:16]})")
    for finding in check.findings:
        print(f"BROKEN  {finding}")
    print(f"{check.verdict}, and every file is as it was written" if check.ok else "the certificate does not hold")
    return EXIT_CODES[check.verdict] if check.ok else 1
