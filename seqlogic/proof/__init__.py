"""Proofs about machines: what two of them are to each other, and the certificate of a run."""

from seqlogic.proof.certificate import Check, check_certificate, verdict_of, write_certificate
from seqlogic.proof.equivalence import agree, clash, conforms, coverage, distinguish, equivalent, violation
from seqlogic.proof.links import Link, Side, prove_run
from seqlogic.proof.verdict import Verdict, prove

__all__ = [
    "Check",
    "Link",
    "Side",
    "Verdict",
    "agree",
    "check_certificate",
    "clash",
    "conforms",
    "coverage",
    "distinguish",
    "equivalent",
    "prove",
    "prove_run",
    "verdict_of",
    "violation",
    "write_certificate",
]
