"""How training went, on a page: charts over the steps, and what became of each attempt."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

from seqlogic.chart import Band, Mark, Series, line_chart, show_number
from seqlogic.report.page import row
from seqlogic.wording import counted

__all__ = ["Rows", "search"]

_MOST_ATTEMPTS = 100
_MOST_MARKS = 24
"""So many rungs are marked in a chart: more would be a wall."""
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
Rows = Sequence[Mapping[str, float]]
"""The hard checks of a run, oldest first."""


def search(history: Rows) -> str:
    """How training went: a sentence, four charts over the same steps, and what became of each attempt."""
    if not history:
        return "<p>No hard check was made.</p>"
    attempts = [list(rows) for _, rows in itertools.groupby(history, key=lambda row: row["attempt"])]
    ends = [rows[-1]["step"] for rows in attempts]
    starts = [0, *ends[:-1]]
    spans = list(zip(starts, ends, attempts, strict=True))
    rungs = _rungs(attempts, starts)
    marks = _thinned(rungs)
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
    some = f" Of the {len(rungs):,} rungs {len(marks)} are drawn." if len(marks) < len(rungs) else ""
    counts = [(len(attempts), "attempt"), (len(history), "hard check"), (int(ends[-1]), "step")]
    intro = (
        f"<p>{', '.join(counted(number, what) for number, what in counts)}. A dotted line is a rung of the "
        f"curriculum: from there on, training uses the sequences cut to the length above it. {some}{once}"
        "</p>\n"
    )
    return f'{intro}<div class="charts">\n{"".join(figures)}</div>\n{_attempts(spans)}'


def _series(name: str, points: Iterable[tuple[float, float | None]]) -> Series:
    x, y = zip(*points, strict=True)
    return Series(name, x, y)


def _attempt(rows: Rows) -> str:
    return f"attempt {int(rows[0]['attempt']) + 1}"


def _rungs(attempts: Sequence[Rows], starts: Sequence[float]) -> list[Mark]:
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


def _thinned(marks: Sequence[Mark]) -> Sequence[Mark]:
    """Of many marks some, the last one among them, and none whose label is that of the one before."""
    if len(marks) <= _MOST_MARKS:
        return marks
    last_first = [next(group) for _, group in itertools.groupby(reversed(marks), key=lambda mark: mark.label)]
    return last_first[:: math.ceil(len(last_first) / _MOST_MARKS)][::-1]


def _attempts(attempts: Sequence[tuple[float, float, Rows]]) -> str:
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
        body += row([number, capacity, steps, lengths, states, outcome])
    left_out = len(attempts) - _MOST_ATTEMPTS
    more = f"<p>{counted(left_out, 'more attempt')} in metrics.csv.</p>\n" if left_out > 0 else ""
    return (
        f"<details{' open' if len(attempts) <= 6 else ''}><summary>Attempts</summary>\n"
        "<p>The outcome counts training sequences cut to the length of the last rung of the attempt, "
        "not whole ones as the figures at the top of the page do.</p>\n"
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n'
        f"{more}</details>"
    )
