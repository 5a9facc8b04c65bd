"""The chain of proofs on a page, and the words that break it."""

from __future__ import annotations

from collections.abc import Sequence

from seqlogic.chart import escape
from seqlogic.proof.examples import told
from seqlogic.proof.links import EXAMPLES_LINK, Link, Side
from seqlogic.report.page import SIGNS
from seqlogic.wording import counted

__all__ = ["chain", "word_table"]

_RESULTS = {"equal": "exact", "unique": "unique", "conforms": "conforms", "differs": "differs"}
_MOST_STEPS = 48
_ACROSS = 112
"""So many letters fit on a line of a wide page."""


def word_table(word: tuple[str, ...], link: Link) -> str:
    """An input word, each symbol above what both sides answer to it; without its middle if it is long.

    Each line of a wide page has its own names of the rows; on a narrow one they stay where they are.
    """
    if not word:
        return '<p class="word">the empty word</p>\n'
    rows = [("input", word)]
    for side, key in ((link.left, "left answers"), (link.right, "right answers")):
        # A side that is at fault has no answers.
        if len(answers := link.details.get(key, ())) == len(word):
            rows.append((side.what, tuple(map(str, answers))))
    steps = []
    for place, column in enumerate(zip(*(row for _, row in rows), strict=True)):
        last = ' class="last"' if place + 1 == len(word) else ""
        steps.append(f"<li{last}>{''.join(f'<span>{escape(name)}</span>' for name in column)}</li>")
    if len(steps) > _MOST_STEPS:
        half = _MOST_STEPS // 2
        steps[half:-half] = [f"<li><i>{len(steps) - 2 * half} more</i></li>"]
    head = f"<li>{''.join(f'<b>{escape(what)}</b>' for what, _ in rows)}</li>"
    widest = max(len(name) for _, names in rows for name in names)
    across = max(1, (_ACROSS - max(len(what) for what, _ in rows)) // (max(2, widest) + 2))
    return "".join(
        f'<ol class="word" tabindex="0">{head}{"".join(steps[begin : begin + across])}</ol>\n'
        for begin in range(0, len(steps), across)
    )


def chain(links: Sequence[Link]) -> str:
    """The links as a list, each with its two sides, what it is and how it is proven."""
    if not links:
        return "<p>Nothing was proven: the run left no two things to compare.</p>"
    shown, told = "", set[str]()
    for link in links:
        shown += _link(link, "By the method above." if link.method in told else link.method)
        told.add(link.method)
    return f'<ol class="chain">\n{shown}</ol>'


def _link(link: Link, method: str) -> str:
    kind = _RESULTS.get(link.result, "undecided")
    details = _told(link)
    lines = [f"<p>{escape(method)}</p>"]
    if link.counterexample is not None:
        word = " ".join(link.counterexample[:_MOST_STEPS]) or "the empty word"
        more = " \u2026" if len(link.counterexample) > _MOST_STEPS else ""
        lines.append(f"<p>Counterexample: <code>{escape(word)}{more}</code></p>")
    if details:
        lines.insert(0, f'<p class="details">{escape(" ".join(details))}</p>')
    sign = f'<span class="sign" aria-hidden="true">{SIGNS[kind]}</span>'
    sides = f'{_side(link.left)}{sign}{_side(link.right)}<span class="badge">{escape(link.result)}</span>'
    return f'<li class="{kind}">\n<div class="sides">{sides}</div>\n{"".join(lines)}\n</li>\n'


def _told(link: Link) -> list[str]:
    """The details of a link as sentences."""
    if link.name == EXAMPLES_LINK:
        text = told(link)
        return [f"{text[:1].upper()}{text[1:]}."]
    left = {key: value for key, value in link.details.items() if isinstance(value, int | str)}
    said = []
    if {"network states", "machine states", "network entries", "known"} <= left.keys():
        network, machine, entries, known = (
            int(left.pop(key)) for key in ("network states", "machine states", "network entries", "known")
        )
        sign = "=" if link.result == "equal" else "\u2260"
        said.append(f"A network of {counted(network, 'state')} {sign} a machine of {machine:,}.")
        if link.result == "equal" and network > machine:
            said.append("States of the network that answer every input alike are one state of the machine.")
        share = f"all {entries:,}" if known == entries else f"{known:,} of the {entries:,}"
        unseen = "" if known == entries else "; the others are unknown on both sides"
        said.append(f"The network knows what follows for {share} pairs of a network state and an input symbol{unseen}.")
    if {"known", "specified"} <= left.keys():
        known, specified = int(left.pop("known")), int(left.pop("specified"))
        share = f"all {specified:,}" if known == specified else f"{known:,} of the {specified:,}"
        said.append(f"The machine has a value for {share} entries that the reference specifies and inputs can reach.")
        said.append("An entry is the answer and the next state for one state and one input symbol.")
    return said + [
        f"{key[:1].upper()}{key[1:]}: {value if isinstance(value, str) else f'{value:,}'}."
        for key, value in left.items()
    ]


def _side(side: Side) -> str:
    digest = f'<code class="digest" title="{escape(side.digest)}">{escape(side.digest[:12])}\u2026</code>'
    return f'<span class="side"><b>{escape(side.what)}</b> <code>{escape(side.file)}</code> {digest}</span>'
