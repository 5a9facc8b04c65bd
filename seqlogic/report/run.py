"""The page that a person looks at after a run: what was proven, the machine, and how it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqlogic.chart import escape, show_number
from seqlogic.machine import UNKNOWN, Machine, to_mealy
from seqlogic.proof.certificate import VERDICTS
from seqlogic.proof.examples import told
from seqlogic.proof.links import REFERENCE_LINK, Link
from seqlogic.report.chain import chain, word_table
from seqlogic.report.figure import machine_figure
from seqlogic.report.page import facts_table, figures_list, page, section
from seqlogic.report.search import Rows, search
from seqlogic.wording import counted

__all__ = ["Report", "render_report"]


@dataclass(frozen=True)
class Report:
    """All that the page shows. Equal reports give equal bytes.

    Attributes:
        name: what the run is called.
        machine: what was learned, or the closest to it.
        links: the chain of proofs, in its order.
        verdict: what the links amount to, one of VERDICTS.
        consistent: whether the machine reproduces all of its training data; None if they may be wrong.
        training_error: the share of the training sequences that it gets wrong.
        history: one row for each hard check, oldest first: step, attempt, capacity, rung, soft_loss, hard_error,
            soft_hard_gap, states.
        facts: whatever else is worth a line, in this order.
        command: what repeats the run.
        uses: int [S, X], how often the examples pass each entry of the machine; None to leave that out.

    Raises:
        ValueError: the verdict is none of VERDICTS, or another than "differs" for what is not consistent.
    """

    name: str
    machine: Machine
    links: Sequence[Link]
    verdict: str
    consistent: bool | None
    training_error: float
    history: Rows
    facts: Mapping[str, str]
    command: str
    uses: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"the verdict {self.verdict!r} is none of {', '.join(VERDICTS)}")
        if self.consistent is False and self.verdict != "differs":
            raise ValueError(f"the verdict {self.verdict!r} on a machine that does not reproduce its training data")


def render_report(report: Report) -> str:
    """Return the page as one HTML document: no script, no other file, nothing from the network.

    Without pygraphviz the table as text stands in for the state diagram. A chart draws at most four points for each
    unit of its width, so a long history costs time, O(rows), but no room.
    """
    said, rest, reasons = _verdict(report)
    sections = [
        section("What it rests on", chain(report.links)),
        section("The machine", machine_figure(report.machine, report.uses)),
        section("How it was found", search(report.history)) if report.history else "",
        section("Repeat it", f'<pre class="command" tabindex="0"><code>{escape(report.command)}</code></pre>'),
        section("Facts", facts_table(report.facts)) if report.facts else "",
    ]
    return page(
        name=report.name,
        verdict=report.verdict,
        word=said,
        rest=rest,
        beneath=f"{reasons}{_figures(report)}",
        sections=sections,
        beside="Beside this page, <code>certificate.json</code> holds the proof and the digest of every file"
        + (",\nand <code>metrics.csv</code> each row behind the charts." if report.history else "."),
    )


def _verdict(report: Report) -> tuple[str, str, str]:
    """The verdict in one word, the rest of its sentence, and what there is to say about it, as HTML."""
    # The first link of each result: what broke first explains the rest.
    links = {link.result: link for link in reversed(report.links)}
    said, shown = [], ""
    if report.consistent is False:
        wrong = show_number(report.training_error, percent=True)
        head, rest = "Not learned", f"{wrong} of the training sequences come out wrong"
        if report.links and {link.result for link in report.links} == {"equal"}:
            said.append(
                "The proofs below hold, but for the closest machine that was found, which does not fit the data."
            )
    elif report.verdict == "exact":
        head, rest = "Exact", "the learned machine is the reference"
        said.append(
            "It answers every input sequence, however long, as the reference does. "
            "This is proven over every entry of its table, not sampled."
        )
    elif report.verdict == "unique":
        head, rest = "Unique", escape(told(links["unique"]))
        said.append(
            "Whatever other machine of so few states gives every output of the training data answers as this one does, "
            "wherever this one is known, to every input sequence, however long."
        )
        said.append(
            "This is proven from the data alone, taken to be free of errors. "
            "It is less than to be equal to a reference: a machine of more states may fit as well and differ."
        )
    elif report.verdict == "conforms":
        head, rest = _conforming(links.get("conforms"))
        said.append("Where both are known, the machine and the reference agree on every input sequence.")
        said.append("An entry is the answer and the next state for one state and one input symbol.")
    elif report.verdict == "likely":
        head, rest = "Most likely", "of the machines that were tried, it describes the data in the fewest words"
        said.append(
            "Outputs of the training data may be wrong, so that they prove nothing of it. "
            "The facts at the end say how much less likely the next machine is, and what to record to tell them apart."
        )
    elif report.verdict == "differs":
        head, rest = "Differs", _broken(links.get("differs"))
    else:
        head, rest = "Undecided", "it fits all of the data, and there is no reference to prove it against"
        if any(link.name == REFERENCE_LINK for link in report.links):
            rest = "a link is missing from the chain of proofs"
        said.append("What may be relied on: the machine gives every output of its training data.")
        if "ambiguous" in links:
            rest = "it fits all of the data, but so does another machine of as few states"
            word = " ".join(map(str, links["ambiguous"].details["record next"]))
            said.append(
                f"To record the word {escape(word)} would tell which of them it is, and a reference would, too."
            )
        else:
            said.append("Whether it is right beyond them, more data or a reference to prove it against may settle.")
    if report.verdict == "conforms" and "conforms" in links and links["conforms"].details.get("unanswered"):
        said.append("The shortest input that only one of them answers in full:")
        shown = word_table(tuple(map(str, links["conforms"].details["unanswered"])), links["conforms"])
    if report.verdict == "differs" and "differs" in links:
        link = links["differs"]
        if report.consistent is False or link.name == REFERENCE_LINK:
            said.append(f"The link \u201c{escape(link.name)}\u201d breaks.")
        if "fault" in link.details:
            said.append(f"The fault: {escape(str(link.details['fault']))}.")
        if link.counterexample is not None:
            said.append("The shortest counterexample, an input after which the two sides contradict each other:")
            shown = word_table(link.counterexample, link)
    text = "".join(f"<p>{sentence}</p>\n" for sentence in said) + shown
    if report.verdict == "differs" and report.consistent:
        text += "<p>Nevertheless it reproduces all of its training data.</p>\n"
    return head, rest, text


def _broken(link: Link | None) -> str:
    if link is None:
        return "the chain of proofs breaks"
    if link.name == REFERENCE_LINK:
        return "the learned machine is not the reference"
    return f"the link \u201c{escape(link.name)}\u201d breaks"


def _conforming(link: Link | None) -> tuple[str, str]:
    known, specified = (link.details.get(key) if link else None for key in ("known", "specified"))
    if not isinstance(known, int) or not isinstance(specified, int):
        return "Conforms", "nothing that is known contradicts the reference"
    if known == specified:
        return "Conforms", "all that the reference specifies is known, and more"
    return "Conforms", f"{known:,} of {counted(specified, 'entry', 'entries')} of the reference are known"


def _figures(report: Report) -> str:
    mealy = to_mealy(report.machine)
    known = int(((mealy.next_state != UNKNOWN) & (mealy.care == mealy.outputs.full)).sum())
    figures = {
        "states": f"{len(mealy):,}",
        "input symbols": f"{len(mealy.inputs):,}",
        "output symbols": f"{len(mealy.outputs):,}",
        "table entries known in full": f"{known:,} of {mealy.entries:,}",
        "training sequences wrong": show_number(report.training_error, percent=True),
    }
    return figures_list(figures)
