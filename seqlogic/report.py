"""The page that a person looks at after a run: what was proven, the machine, and how it was found."""

from __future__ import annotations

import functools
import math
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
from seqlogic.proof.links import REFERENCE_LINK, Link, Side

__all__ = ["Report", "render_report"]

_SIGNS = {"exact": "=", "conforms": "\u2286", "differs": "\u2260", "undecided": "?"}
_RESULTS = {
    "equal": ("exact", "=", "equal"),
    "conforms": ("conforms", "\u2286", "conforms"),
    "differs": ("differs", "\u2260", "differs"),
    "unknown": ("undecided", "?", "not decided"),
}
_MOST_STATES, _MOST_SYMBOLS = 40, 64
_MOST_STEPS = 48
_MOST_ATTEMPTS = 100


@dataclass(frozen=True)
class Report:
    """All that the page shows. Equal reports give equal bytes.

    Attributes:
        name: what the run is called.
        machine: what was learned, or the closest to it.
        links: the chain of proofs, in its order.
        verdict: what the links amount to, one of VERDICTS.
        consistent: whether the machine reproduces all of its training data.
        training_error: the share of the training sequences that it gets wrong.
        history: one row for each hard check, oldest first: step, attempt, capacity, rung, soft_loss, hard_error,
            soft_hard_gap, states.
        facts: whatever else is worth a line, in this order.
        command: what repeats the run.

    Raises:
        ValueError: the verdict is none of VERDICTS.
    """

    name: str
    machine: Machine
    links: Sequence[Link]
    verdict: str
    consistent: bool
    training_error: float
    history: Sequence[Mapping[str, float]]
    facts: Mapping[str, str]
    command: str

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"the verdict {self.verdict!r} is none of {', '.join(VERDICTS)}")


def render_report(report: Report) -> str:
    """Return the page as one HTML document: no script, no other file, nothing from the network.

    Without pygraphviz the table as text stands in for the state diagram. A chart has at most a few points for each
    unit of its width, so a long history costs time but no room.
    """
    word, headline, reasons = _verdict(report)
    facts = "".join(_row("th", name, value) for name, value in report.facts.items())
    sections = [
        _section("What it rests on", _chain(report.links)),
        _section("The machine", _machine(report.machine)),
        _section("How it was found", _search(report.history)),
        _section("Repeat it", f'<pre class="command" tabindex="0"><code>{escape(report.command)}</code></pre>'),
        _section("Facts", f'<table class="facts"><tbody>{facts}</tbody></table>') if facts else "",
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
<h1><span class="sign" aria-hidden="true">{_SIGNS[report.verdict]}</span><span><b>{word}:</b> {headline}</span></h1>
{reasons}
{_figures(report)}
</header>
<main>
{"".join(sections)}</main>
<footer>
<p>Written by seqlogic. <code>certificate.json</code> beside this page holds the proof and the digest of every file,
<code>metrics.csv</code> every row behind the charts.</p>
</footer>
</body>
</html>
"""


@functools.cache
def _style() -> str:
    return resources.files("seqlogic").joinpath("report.css").read_text(encoding="utf-8")


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>\n" if body else ""


def _row(head: str, *cells: str) -> str:
    first, *others = (escape(cell) for cell in cells)
    opening = '<th scope="row">' if head == "th" else "<td>"
    return f"<tr>{opening}{first}</{head}>{''.join(f'<td>{cell}</td>' for cell in others)}</tr>\n"


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what.removesuffix('y')}ies" if what.endswith("y") else (
        f"{count:,} {what}s"
    )


def _verdict(report: Report) -> tuple[str, str, str]:
    """The verdict in one word, the rest of its sentence, and what there is to say about it, as HTML."""
    machine, results = report.machine, {link.result: link for link in reversed(report.links)}
    wrong = f"{show_number(report.training_error, percent=True)} of the training sequences"
    said, word = [], None
    if report.verdict == "exact":
        head = "Exact", "the learned machine is the reference"
        said.append(
            "It gives the reference\u2019s answer to every input sequence, however long. "
            f"This is proven on all {_plural(machine.entries, 'entry')} of its table, not sampled."
        )
    elif report.verdict == "conforms":
        details = results["conforms"].details if "conforms" in results else {}
        known, specified = details.get("known"), details.get("specified")
        counted = isinstance(known, int) and isinstance(specified, int)
        head = "Conforms", f"{known:,} of {_plural(specified, 'entry')} known" if counted else "not all is known"
        said.append("Nothing that the machine knows contradicts the reference, but the two do not know the same.")
        if isinstance(details.get("unanswered"), list):
            word = tuple(map(str, details["unanswered"]))
            said.append("The shortest input that only one of them answers in full:")
    elif report.verdict == "differs":
        link = results.get("differs")
        name = f"the link \u201c{escape(link.name)}\u201d breaks" if link else "a link breaks"
        if link and link.name == REFERENCE_LINK:
            name = "the learned machine is not the reference"
        head = "Differs", name
        word = link.counterexample if link else None
        if link and "fault" in link.details:
            said.append(escape(str(link.details["fault"])).capitalize() + ".")
        if link and word is not None:
            said.append(f"The shortest counterexample to \u201c{escape(link.name)}\u201d:")
    elif not report.consistent:
        head = "Not learned", f"{wrong} come out wrong"
    elif "unknown" in results:
        head = "Undecided", f"the link \u201c{escape(results['unknown'].name)}\u201d was neither proven nor refuted"
    else:
        head = "Undecided", "it fits all of the data, and there is no reference to prove it against"
    shown = "".join(f"<p>{sentence}</p>\n" for sentence in said)
    if word is not None:
        shown += _word(word, machine)
    if not report.consistent and head[0] != "Not learned":
        reason = ": they contradict the reference" if report.verdict == "exact" else ""
        shown += f"<p>The machine gets {wrong} wrong{reason}.</p>\n"
    elif report.verdict == "differs":
        shown += "<p>The machine does reproduce all of its training data.</p>\n"
    return *head, shown


def _word(word: tuple[str, ...], machine: Machine) -> str:
    """An input word, each symbol above the machine's answer to it; without its middle if it is long."""
    if not word:
        return '<p class="empty">the empty word</p>\n'
    try:
        output, care = machine.run(np.array([[machine.inputs.index(name) for name in word]]))
        answers = [machine.outputs.show(*pair) for pair in zip(output[0].tolist(), care[0].tolist(), strict=True)]
    except ValueError:
        # A link may compare over another alphabet, which this machine cannot be asked about.
        answers = []
    steps = [
        f'<li{" class=last" if place + 1 == len(word) else ""}><span>{escape(name)}</span>'
        f"{f'<span>{escape(answers[place])}</span>' if answers else ''}</li>"
        for place, name in enumerate(word)
    ]
    if len(steps) > _MOST_STEPS:
        half = _MOST_STEPS // 2
        steps[half:-half] = [f'<li class="gap">{len(steps) - 2 * half} more</li>']
    rows = "<li><b>input</b>" + ("<b>machine</b>" if answers else "") + "</li>"
    return f'<ol class="word">{rows}{"".join(steps)}</ol>\n'


def _figures(report: Report) -> str:
    mealy = to_mealy(report.machine)
    known = int(((mealy.next_state != UNKNOWN) | (mealy.care != 0)).sum())
    of = "" if known == mealy.entries else f" of {mealy.entries:,}"
    figures = {
        "states": f"{len(mealy):,}",
        "input symbols": f"{len(mealy.inputs):,}",
        "output symbols": f"{len(mealy.outputs):,}",
        "entries known": f"{known:,}{of}",
        "training error": show_number(report.training_error, percent=True),
    }
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures.items())
    return f'<dl class="figures">{items}</dl>'


def _chain(links: Sequence[Link]) -> str:
    if not links:
        return "<p>Nothing was proven: the run left no two things to compare.</p>"
    return f'<ol class="chain">\n{"".join(map(_link, links))}</ol>'


def _link(link: Link) -> str:
    kind, sign, result = _RESULTS.get(link.result, ("undecided", "?", link.result))
    shown = [(key, value) for key, value in link.details.items() if isinstance(value, int | float | str)]
    details = " \u00b7 ".join(escape(f"{key} {value:,}" if isinstance(value, int) else f"{key}: {value}") for key, value in shown)
    word = "" if link.counterexample is None else " ".join(link.counterexample[:_MOST_STEPS]) or "the empty word"
    more = " \u2026" if link.counterexample and len(link.counterexample) > _MOST_STEPS else ""
    return (
        f'<li class="{kind}">\n<div class="sides">{_side(link.left)}<span class="sign" aria-hidden="true">{sign}</span>'
        f'{_side(link.right)}<span class="badge">{escape(result)}</span></div>\n<p>{escape(link.method)}</p>\n'
        + (f"<p>Counterexample: <code>{escape(word)}{more}</code></p>\n" if word else "")
        + (f'<p class="details">{details}</p>\n' if details else "")
        + "</li>\n"
    )


def _side(side: Side) -> str:
    digest = escape(side.digest)
    return (
        f'<span class="side"><b>{escape(side.what)}</b> <code>{escape(side.file)}</code>'
        f'<code class="digest" title="{digest}">{escape(side.digest[:12])}\u2026</code></span>'
    )


def _machine(machine: Machine) -> str:
    moore = machine.kind == "moore"
    kind = "Moore, output after the transition" if moore else "Mealy, entries are next state / output"
    try:
        drawing = draw(machine)
    except InputError:
        # pygraphviz is an extra; its absence must not cost the person the report.
        return f'<p>{kind}.</p>\n<pre class="table" tabindex="0">{escape(table(machine))}</pre>'
    # A small drawing is enlarged a little; a wide one is scrolled rather than shrunk until nobody can read it.
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', drawing)[0])
    size = f"width:{width * min(max(560 / width, 1), 1.5):.0f}px;min-width:{width * 0.6 if width > 560 else 0:.0f}px"
    cells = (len(machine) + 1) * (len(machine.inputs) + 1)
    if len(machine) > _MOST_STATES or len(machine.inputs) > _MOST_SYMBOLS:
        body = f'<pre class="table" tabindex="0">{escape(table(machine, limit=_MOST_STATES))}</pre>'
    else:
        body = f'<div class="scroll" tabindex="0">{_table(machine)}</div>'
    return (
        f'<div class="machine"><div class="diagram" tabindex="0"><div style="{size}">\n{drawing}</div></div>\n'
        f"<details{' open' if cells <= 150 else ''}><summary>Transition table <span>{kind}</span></summary>\n{body}"
        "\n</details></div>"
    )


def _table(machine: Machine) -> str:
    """The transition table, the longer of states and symbols running down."""
    states = range(len(machine))
    moore = machine.kind == "moore"
    outputs = [[machine.outputs.show(*pair)] for pair in zip(machine.output, machine.care, strict=True)] if moore else []
    grid = [["state", *(["output"] if moore else []), *map(machine.inputs.name, range(len(machine.inputs)))]]
    for state in states:
        cells = [_entry(machine, state, symbol) for symbol in range(len(machine.inputs))]
        start = "\u25b8\u2009" if state == machine.initial else ""
        grid.append([start + machine.state_name(state), *(outputs[state] if moore else []), *cells])
    if len(machine.inputs) > len(machine):
        grid = [list(column) for column in zip(*grid, strict=True)]
        grid[0][0] = "input"
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in grid[0])
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{''.join(_row('th', *row) for row in grid[1:])}</tbody></table>"


def _entry(machine: Machine, state: int, symbol: int) -> str:
    target = int(machine.next_state[state, symbol])
    name = "\u2013" if target == UNKNOWN else machine.state_name(target)
    if machine.kind == "moore":
        return name
    output = machine.outputs.show(int(machine.output[state, symbol]), int(machine.care[state, symbol]))
    return f"{name} / {output.replace('-', '\u2013')}"


def _search(history: Sequence[Mapping[str, float]]) -> str:
    """How training went: a sentence, four charts over the same steps, and what became of each attempt."""
    if not history:
        return "<p>No hard check was made.</p>"
    attempts = [list(rows) for _, rows in itertools.groupby(history, key=lambda row: row["attempt"])]
    ends = [rows[-1]["step"] for rows in attempts]
    starts = [0, *ends[:-1]]
    numbered = list(zip(starts, ends, attempts, strict=True))
    bands = [Band(start, end, f"attempt {rows[0]['attempt'] + 1:g}") for start, end, rows in numbered]
    marks = _rungs(attempts, starts)

    def line(name: str, key: str) -> Series:
        # Every attempt begins with fresh weights, so its line begins anew too, after a value that is none.
        points = [(row["step"], row[key]) for rows in attempts for row in [*rows, {"step": rows[-1]["step"], key: nan}]]
        return Series(name, *zip(*points[:-1], strict=True))

    points = [(step, rows[0]["capacity"]) for start, end, rows in numbered for step in (start, end)]
    capacity = Series("capacity", *zip(*points, strict=True))
    last = history[-1]
    charts = [
        _chart("Soft loss", show_number(last["soft_loss"]), "What training minimises, on a logarithmic scale.")
    ]
