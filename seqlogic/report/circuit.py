"""The page after a run whose result is a circuit: its figures, its equations, how it was simplified, what is proven."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seqlogic.chart import escape
from seqlogic.circuit import Circuit
from seqlogic.equations import listing, with_short_names
from seqlogic.proof.certificate import VERDICTS
from seqlogic.proof.links import Link
from seqlogic.proof.simplify import Step
from seqlogic.report.chain import chain, word_table
from seqlogic.report.page import facts_table, figures_list, page, row, section

__all__ = ["CircuitReport", "render_circuit_report"]

_MOST_EQUATIONS = 400
_SHIFT = re.compile(r"[^ {}]*[0-9]\.\.[0-9][^ {}',]*")
"""Latches of a shift register, as they are listed."""


@dataclass(frozen=True)
class CircuitReport:
    """All that the page shows. Equal reports give equal bytes.

    Attributes:
        name: what the run is called.
        learned: the circuit as it was learned.
        circuit: the same, simplified.
        steps: of the simplification.
        links: the chain of proofs, in its order.
        verdict: what the links amount to, one of VERDICTS.
        facts: whatever else is worth a line, in this order.
        command: what repeats the run.
        open: what the data leave open of the learned logic, in words; empty if nothing.
        settles: the command that proves it against a reference, where there was none; else empty.

    Raises:
        ValueError: the verdict is none of VERDICTS.
    """

    name: str
    learned: Circuit
    circuit: Circuit
    steps: Sequence[Step]
    links: Sequence[Link]
    verdict: str
    facts: Mapping[str, str]
    command: str
    open: str = ""
    settles: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"the verdict {self.verdict!r} is none of {', '.join(VERDICTS)}")


def render_circuit_report(report: CircuitReport) -> str:
    """Return the page as one HTML document: no script, no other file, nothing from the network."""
    head, rest, reasons = _verdict(report)
    figures = {
        "latches": f"{len(report.circuit.latches):,}",
        "gates": f"{len(report.circuit.ands):,}",
        "input bits": f"{len(report.circuit.inputs):,}",
        "output bits": f"{len(report.circuit.outputs):,}",
    }
    return page(
        name=report.name,
        verdict=report.verdict,
        word=head,
        rest=rest,
        beneath=reasons + figures_list(figures),
        sections=[
            section("What it rests on", chain(report.links)),
            section("The circuit", _equations(report.circuit)),
            section("How it became small", _steps(report)) if report.steps else "",
            section("Repeat it", f'<pre class="command" tabindex="0"><code>{escape(report.command)}</code></pre>'),
            section("Facts", facts_table(report.facts)),
        ],
        beside="Beside this page, <code>circuit.aig</code> is the circuit, <code>circuit.v</code> the same in Verilog, "
        "and <code>certificate.json</code> holds the proof and the digest of every file.",
    )


def _verdict(report: CircuitReport) -> tuple[str, str, str]:
    """The verdict in one word, the rest of its sentence, and what there is to say about it, as HTML."""
    links = {link.result: link for link in reversed(report.links)}
    longer = (
        f"<p>The data leave open {escape(report.open)}: another circuit may fit as well, and longer sequences would "
        "tell.</p>\n"
        if report.open
        else ""
    )
    if report.verdict == "exact":
        return (
            "Exact",
            "the learned circuit is the reference",
            "<p>It answers every input sequence, however long, as the reference does. This is proven, "
            "and not sampled.</p>\n",
        )
    if report.verdict == "differs":
        link = links["differs"]
        shown = f"<p>The link \u201c{escape(link.name)}\u201d breaks.</p>\n"
        if "fault" in link.details:
            shown += f"<p>The fault: {escape(str(link.details['fault']))}.</p>\n"
        if link.counterexample is not None:
            shown += "<p>The shortest input after which the two sides contradict each other:</p>\n"
            shown += word_table(link.counterexample, link)
        return (
            "Differs",
            "the learned circuit is not the reference",
            shown + "<p>Nevertheless it reproduces all of its training data.</p>\n" + longer,
        )
    rest = "it fits all of the data, and there is no reference to prove it against"
    if "undecided" in links:
        rest = "a proof was not found in the time limit"
    relied = "<p>What may be relied on: the circuit gives every output of its training data.</p>\n"
    further = (
        "<p>To get further, take a reference, a circuit or a Verilog module of the same inputs and outputs: "
        f"<code>{escape(report.settles)}</code> proves that the two are equal, or finds the shortest input on which "
        "they differ.</p>\n"
        if report.settles
        else ""
    )
    return "Undecided", rest, relied + longer + further


def _equations(circuit: Circuit) -> str:
    """What each latch becomes and each output is."""
    circuit = with_short_names(circuit)
    reset = [name for name, one in zip(circuit.latches, circuit.reset, strict=True) if one]
    started = f"All latches begin at 0{', but ' + ', '.join(reset) + ' at 1' if reset else ''}."
    lines = listing(circuit, _MOST_EQUATIONS)
    shown = escape("\n".join(lines))
    words = []
    if any(line.startswith("n1 = ") for line in lines):
        words.append("<code>n1</code>, <code>n2</code>, \u2026 are signals between.")
    if (shift := next(filter(None, map(_SHIFT.search, lines)), None)) is not None:
        words.append(f"<code>{escape(shift[0])}</code> are the latches of a shift register.")
    return (
        "<p>What each latch becomes with a step, marked \u2032, and each output is. "
        f"{' '.join(words)} {escape(started)}</p>\n"
        f'<pre class="table" tabindex="0">{shown.replace("&#x27;", chr(0x2032)).replace(chr(39), chr(0x2032))}</pre>'
    )


def _steps(report: CircuitReport) -> str:
    """The steps of the simplification, as a table."""
    rows = [["as learned", f"{len(report.learned.latches):,}", f"{len(report.learned.ands):,}", ""]]
    rows += [[f"without {step.what}", f"{step.latches:,}", f"{step.gates:,}", step.how] for step in report.steps]
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", "latches", "gates", "equal to the row above by"))
    body = "".join(map(row, rows))
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>'
    )
