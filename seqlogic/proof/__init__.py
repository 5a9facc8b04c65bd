"""Proofs about machines: what two of them are to each other, and the certificate of a run."""

from seqlogic.proof.asking import Questions, questions, recorded
from seqlogic.proof.certificate import add_link, certificate_content, refuse_changes, verdict_of, write_certificate
from seqlogic.proof.check import Check, Claim, check_certificate
from seqlogic.proof.equivalence import agree, clash, conforms, coverage, distinguish, equivalent, violation
from seqlogic.proof.links import Link, NotProvenError, Prover, Side
from seqlogic.proof.run import prove_run
from seqlogic.proof.suite import Failure, Suite, conformance_suite, first_failure
from seqlogic.proof.uniqueness import Uniqueness, uniqueness
from seqlogic.proof.verdict import Verdict, prove

__all__ = [
    "Check",
    "Claim",
    "Failure",
    "Link",
    "NotProvenError",
    "Prover",
    "Questions",
    "Side",
    "Suite",
    "Uniqueness",
    "Verdict",
    "add_link",
    "agree",
    "certificate_content",
    "check_certificate",
    "clash",
    "conformance_suite",
    "conforms",
    "coverage",
    "distinguish",
    "equivalent",
    "first_failure",
    "prove",
    "prove_run",
    "questions",
    "recorded",
    "refuse_changes",
    "uniqueness",
    "verdict_of",
    "violation",
    "write_certificate",
]
