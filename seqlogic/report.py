"""The page that a person looks at after a run: what was proven, the machine, and how it was found."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np

from seqlogic.chart import Band, Mark, Series, escape, line_chart, show_number
from seqlogic.drawing import draw, table
from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Machine, to_mealy
from seqlogic.proof.certificate import VERDICTS
from seqlogic.proof.examples import told
from seqlogic.proof.links import EXAMPLES_LINK, REFERENCE_LINK, Link, Side

__all__ = ["Report", "render_report"]

_SIGNS = {
    "exact": "=",
    "unique": "1",
    "conforms": "\u2286",
    "differs": "\u2260",
    "undecided": "?",
    "likely": "\u2248",
}
_RESULTS = {"equal": "exact", "unique": "unique", "conforms": "conforms", "differs": "differs"}
_MOST_STATES, _MOST_SYMBOLS = 40, 64
_MOST_STEPS = 48
_MOST_ATTEMPTS = 100
# Title, column of the history, explanation, whether logarithmic, whether in percent.
_CHARTS = (
    ("Soft loss", "soft_loss", "What training minimises; logarithmic.", True, False),
    (
        "Hard error",
        "hard_error",
        "Sequences wrong once hardened, all cut to the length of the rung; logarithmic, with a place for 0.",
        True,
        True,
    ),
    (
        "Soft-hard gap",
        "soft_hard_gap",
        "How much more often the hardened network errs than the soft one, per symbol of the latest batch; "
        "negative where it errs less.",
        False,
        True,
    ),
    ("States", "states", "States that the hardened network visits, of those that it may use.", False, False),
)
_Rows = Sequence[Mapping[str, float]]


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
    history: _Rows
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
    word, rest, reasons = _verdict(report)
    facts = "".join(_row([name, value]) for name, value in report.facts.items())
    sections = [
        _section("What it rests on", _chain(report.links)),
        _section("The machine", _machine(report.machine, report.uses)),
        _section("How it was found", _search(report.history)),
        _section("Repeat it", f'<pre class="command" tabindex="0"><code>{escape(report.command)}</code></pre>'),
        _section("Facts", f'<table class="facts"><tbody>\n{facts}</tbody></table>') if facts else "",
    ]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{escape(report.name)}: {word.lower()} \u00b7 seqlogic</title>
<style>
{_style()}</style>
</head>
<body>
<header class="{report.verdict}">
<p class="run">seqlogic <b>{escape(report.name)}</b></p>
<h1><span class="sign" aria-hidden="true">{_SIGNS[report.verdict]}</span><span><b>{word}:</b> {rest}</span></h1>
{reasons}{_figures(report)}
</header>
<main>
{"".join(sections)}</main>
<footer>
<p>Written by seqlogic. Beside this page, <code>certificate.json</code> holds the proof and the digest of every file,
and <code>metrics.csv</code> each row behind the charts.</p>
</footer>
</body>
</html>
"""


@functools.cache
def _style() -> str:
    return resources.files("seqlogic").joinpath("report.css").read_text(encoding="utf-8")


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>\n"


def _row(cells: Sequence[str]) -> str:
    head, *others = map(escape, cells)
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>\n'


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


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
        shown = _word(tuple(map(str, links["conforms"].details["unanswered"])), links["conforms"])
    if report.verdict == "differs" and "differs" in links:
        link = links["differs"]
        if report.consistent is False or link.name == REFERENCE_LINK:
            said.append(f"The link \u201c{escape(link.name)}\u201d breaks.")
        if "fault" in link.details:
            said.append(f"The fault: {escape(str(link.details['fault']))}.")
        if link.counterexample is not None:
            said.append("The shortest counterexample, an input after which the two sides contradict each other:")
            shown = _word(link.counterexample, link)
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
    return "Conforms", f"{known:,} of {_count(specified, 'entry', 'entries')} of the reference are known"


def _word(word: tuple[str, ...], link: Link) -> str:
    """An input word, each symbol above what both sides answer to it; without its middle if it is long."""
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
    return f'<ol class="word">{head}{"".join(steps)}</ol>\n'


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
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>\n" for name, value in figures.items())
    return f'<dl class="figures">\n{items}</dl>'


def _chain(links: Sequence[Link]) -> str:
    if not links:
        return "<p>Nothing was proven: the run left no two things to compare.</p>"
    return f'<ol class="chain">\n{"".join(map(_link, links))}</ol>'


def _link(link: Link) -> str:
    kind = _RESULTS.get(link.result, "undecided")
    details = _told(link)
    lines = [f"<p>{escape(link.method)}</p>"]
    if link.counterexample is not None:
        word = " ".join(link.counterexample[:_MOST_STEPS]) or "the empty word"
        more = " \u2026" if len(link.counterexample) > _MOST_STEPS else ""
        lines.append(f"<p>Counterexample: <code>{escape(word)}{more}</code></p>")
    if details:
        lines.insert(0, f'<p class="details">{escape(" ".join(details))}</p>')
    sign = f'<span class="sign" aria-hidden="true">{_SIGNS[kind]}</span>'
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
        said.append(f"A network of {_count(network, 'state', 'states')} {sign} a machine of {machine:,}.")
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


def _machine(machine: Machine, uses: np.ndarray | None) -> str:
    text = f'<pre class="table" tabindex="0">{escape(table(machine, limit=_MOST_STATES))}</pre>'
    try:
        drawing = draw(machine, uses)
    except InputError:
        # pygraphviz is an extra: who lacks it gets the page all the same.
        return text
    # A small drawing is enlarged a little, a wide one shrunk to the page, with a box to tick for its full size.
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', drawing)[0])
    zoom = '<label><input type="checkbox"> full size</label>' if width > 900 else ""
    size = f"width:{width * min(max(480 / width, 1), 1.4):.0f}px;--least:{min(width * 0.5, 900):.0f}px"
    diagram = f'<div class="diagram" tabindex="0">{zoom}<div style="{size}">\n{drawing}</div></div>'
    small = len(machine) <= _MOST_STATES and len(machine.inputs) <= _MOST_SYMBOLS
    body = f'<div class="scroll" tabindex="0">{_table(machine)}</div>' if small else text
    kind = "next state" if machine.kind == "moore" else "next state / output"
    beside, opened = (" beside", " open") if machine.entries <= 24 else ("", "")
    return (
        f'<div class="machine{beside}">\n{diagram}\n<details{opened}>'
        f"<summary>Transition table <span>{kind}; - is unknown</span></summary>\n{body}\n</details>\n</div>"
    )


def _table(machine: Machine) -> str:
    """The transition table, the longer of states and input symbols running down."""
    moore = machine.kind == "moore"
    symbols = range(len(machine.inputs))
    grid = [["state", *(["output"] if moore else []), *map(machine.inputs.name, symbols)]]
    for state in range(len(machine)):
        start = "\u25b8 " if state == machine.initial else ""
        output = [machine.outputs.show(int(machine.output[state]), int(machine.care[state]))] if moore else []
        cells = [_entry(machine, state, symbol) for symbol in symbols]
        grid.append([start + machine.state_name(state), *output, *cells])
    if len(symbols) > len(machine):
        grid = [list(column) for column in zip(*grid, strict=True)]
        grid[0][0] = "input"
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in grid[0])
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{''.join(map(_row, grid[1:]))}</tbody></table>"


def _entry(machine: Machine, state: int, symbol: int) -> str:
    target = int(machine.next_state[state, symbol])
    name = "-" if target == UNKNOWN else machine.state_name(target)
    if machine.kind == "moore":
        return name
    return f"{name} / {machine.outputs.show(int(machine.output[state, symbol]), int(machine.care[state, symbol]))}"


def _search(history: _Rows) -> str:
    """How training went: a sentence, four charts over the same steps, and what became of each attempt."""
    if not history:
        return "<p>No hard check was made.</p>"
    attempts = [list(rows) for _, rows in itertools.groupby(history, key=lambda row: row["attempt"])]
    ends = [rows[-1]["step"] for rows in attempts]
    starts = [0, *ends[:-1]]
    spans = list(zip(starts, ends, attempts, strict=True))
    marks = _rungs(attempts, starts)
    bands = [Band(start, end, _attempt(rows)) for start, end, rows in spans]
    capacity = [(step, rows[0]["capacity"]) for start, end, rows in spans for step in (start, end)]
    figures = []
    for title, key, text, log, percent in _CHARTS:
        # Every attempt begins with fresh weights, so its line begins anew.
        points = [point for rows in attempts for point in [*((row["step"], row[key]) for row in rows), (0, None)]]
        lines = [_series("states visited" if key == "states" else title, points[:-1])]
        if key == "states":
            lines.append(_series("capacity", capacity))
        drawn = line_chart(lines, title=title, x_label="step", log=log, percent=percent, marks=marks, bands=bands)
        end = show_number(history[-1][key], percent=percent)
        caption = f"<h3>{title}</h3><span>{end} <small>at the end</small></span><p>{text}</p>"
        figures.append(f"<figure>\n<figcaption>{caption}</figcaption>\n{drawn}</figure>\n")
    learned = ends[0] == history[0]["step"] == ends[-1] and history[-1]["hard_error"] == 0
    once = " The first check left nothing to learn." if learned else ""
    counts = [(len(attempts), "attempt"), (len(history), "hard check"), (int(ends[-1]), "step")]
    intro = (
        f"<p>{', '.join(_count(number, what, what + 's') for number, what in counts)}. A dotted line is a rung of the "
        f"curriculum: from there on, training uses the sequences cut to the length above it.{once}</p>\n"
    )
    return f'{intro}<div class="charts">\n{"".join(figures)}</div>\n{_attempts(spans)}'


def _series(name: str, points: Iterable[tuple[float, float | None]]) -> Series:
    x, y = zip(*points, strict=True)
    return Series(name, x, y)


def _attempt(rows: _Rows) -> str:
    return f"attempt {int(rows[0]['attempt']) + 1}"


def _rungs(attempts: Sequence[_Rows], starts: Sequence[float]) -> list[Mark]:
    """A mark wherever the length changes; one where several rungs were passed at once, or an attempt begins."""
    labels: dict[float, str] = {}
    titles: dict[float, list[str]] = {}
    for rows, start in zip(attempts, starts, strict=True):
        step = {rung: row["step"] for row in reversed(rows) for rung in [int(row["rung"])]}
        step[int(rows[0]["rung"])] = start
        for place, group in itertools.groupby(sorted(step), key=step.__getitem__):
            lengths = list(group)
            labels[place] = "\u2013".join(str(length) for length in dict.fromkeys([lengths[0], lengths[-1]]))
            said = f"{_attempt(rows)}, step {show_number(place)}: length {', '.join(map(str, lengths))}"
            titles.setdefault(place, []).append(said)
    return [Mark(place, label, "; ".join(titles[place])) for place, label in sorted(labels.items())]


def _attempts(attempts: Sequence[tuple[float, float, _Rows]]) -> str:
    """What became of each attempt, the first of them if there are many."""
    names = ("attempt", "capacity", "steps", "lengths", "states visited", "outcome")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = ""
    for start, end, rows in attempts[:_MOST_ATTEMPTS]:
        first, last = rows[0], rows[-1]
        error = show_number(last["hard_error"], percent=True)
        outcome = f"{'none' if last['hard_error'] == 0 else error} wrong of those cut to {last['rung']:,.0f}"
        lengths = " \u2192 ".join(f"{rung:,.0f}" for rung in dict.fromkeys((first["rung"], last["rung"])))
        steps = f"{start:,.0f} \u2013 {end:,.0f}"
        number, capacity, states = (f"{x:,.0f}" for x in (first["attempt"] + 1, first["capacity"], last["states"]))
        body += _row([number, capacity, steps, lengths, states, outcome])
    left_out = len(attempts) - _MOST_ATTEMPTS
    more = f"<p>{_count(left_out, 'more attempt', 'more attempts')} in metrics.csv.</p>\n" if left_out > 0 else ""
    return (
        f"<details{' open' if len(attempts) <= 6 else ''}><summary>Attempts</summary>\n"
        "<p>The outcome counts training sequences cut to the length of the last rung of the attempt, "
        "not whole ones as the figures at the top of the page do.</p>\n"
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n'
        f"{more}</details>"
    )
