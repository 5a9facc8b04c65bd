"""The results of a suite as tables: for people at a terminal, and as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seqlogic.study.learners import OURS
from seqlogic.study.statistics import mcnemar, wilson_interval
from seqlogic.study.suite import Row
from seqlogic.study.trial import Trial

__all__ = ["Table", "compared", "measured", "penalised", "proven"]


@dataclass(frozen=True)
class Table:
    """Cells of text: a head, and lines as wide. The first two columns are names, all others figures."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Aligned with spaces."""
        widths = [max(map(len, column)) for column in zip(self.head, *self.lines, strict=True)]
        aligned = (
            [
                cell.ljust(width) if i < 2 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ]
            for line in (self.head, *self.lines)
        )
        return "\n".join("  ".join(line).rstrip() for line in aligned)

    def markdown(self) -> str:
        """As a table of GitHub's Markdown."""
        rule = ["---" if i < 2 else "---:" for i in range(len(self.head))]
        return "\n".join(f"| {' | '.join(line)} |" for line in (self.head, rule, *self.lines))


def penalised(trial: Trial, row: Row) -> float:
    """The seconds of the processor that a trial took, its learner's time limit if it was not exact.

    Of the processor, since trials run side by side, and every learner has one thread.
    """
    return trial.cpu if trial.result == "exact" else row.limit_of(trial.learner)


def measured(rows: Sequence[Row], learners: Sequence[str], trials: Sequence[Trial]) -> Table:
    """One line for each row and learner that has trials, and one for all rows of each learner.

    With peers, the last column is the ratio of the median seconds of ours to theirs, over the trials that both have; in
    the line of all rows it is the geometric mean of the rows' ratios.
    """
    by_name = {row.name: row for row in rows}
    lines = []
    for row in [*by_name, "all"]:
        here = [trial for trial in trials if row in (trial.row, "all")]
        for learner in learners:
            own = [trial for trial in here if trial.learner == learner]
            if own:
                ratio = "" if learner == OURS else _ratio(_pairs(here, learner), by_name)
                lines.append((row, learner, *_figures(own, by_name, pooled=row == "all"), ratio))
    head = ("row", "learner", "states", "exact", "95 % interval", "found", "CPU s", "peak MiB", "wrong", "no rival")
    width = 12 if set(learners) > {OURS} else 11
    return Table((*head, "exact of those", f"{OURS} : it")[:width], tuple(line[:width] for line in lines))


def proven(rows: Sequence[Row], learners: Sequence[str], trials: Sequence[Trial]) -> Table:
    """One line for each row and learner of which it was asked what the data prove.

    Of n + 1, of n: the true machine is the only one of at most so many states that fits. Words: recorded until exact.
    """
    lines = []
    for row in rows:
        for learner in learners:
            own = [trial for trial in trials if (trial.row, trial.learner) == (row.name, learner) and trial.proof]
            if own:
                only = [trial for trial in own if trial.proof in ("n + 1", "n")]
                words = [trial.word for trial in own if trial.word is not None]
                asked = [trial for trial in own if trial.asked is not None]
                counts = (sum(trial.proof == proof for trial in own) for proof in ("n + 1", "n", "rival", "unknown"))
                figures = (
                    *map(str, counts),
                    _span(words) if words else "",
                    f"{_exact(only)} of {len(only)}",
                    _span([trial.asked for trial in asked if trial.asked is not None]) if asked else "",
                    _span([trial.rounds for trial in asked if trial.rounds is not None]) if asked else "",
                    f"{len(asked)} of {len(own)}" if learner == OURS else "",
                )
                lines.append((row.name, learner, f"{_exact(own)} of {len(own)}", *figures))
    head = (
        "row",
        "learner",
        "exact",
        "only of n + 1",
        "only of n",
        "rival",
        "unknown",
        "its word",
        "exact of the only",
    )
    return Table((*head, "words asked", "rounds", "exact then"), tuple(lines))


def _pairs(trials: Sequence[Trial], peer: str) -> list[tuple[Trial, Trial]]:
    """Ours and the peer's on the same row and seed, where both are."""
    ours = {(trial.row, trial.seed): trial for trial in trials if trial.learner == OURS}
    theirs = (trial for trial in trials if trial.learner == peer)
    return [(ours[key], trial) for trial in theirs if (key := (trial.row, trial.seed)) in ours]


def _common(pair: tuple[Trial, Trial], rows: Mapping[str, Row]) -> float:
    """The smaller of both time limits, under which two learners are compared."""
    return min(rows[trial.row].limit_of(trial.learner) for trial in pair)


def _ratios(pairs: Sequence[tuple[Trial, Trial]], rows: Mapping[str, Row]) -> dict[str, float]:
    """The ratio of median seconds, ours to theirs, by row; not of a row where one of them is 0."""
    found = {}
    for row in dict.fromkeys(ours.row for ours, _ in pairs):
        one, other = _medians([pair for pair in pairs if pair[0].row == row], rows)
        if one > 0 and other > 0:
            found[row] = one / other
    return found


def _medians(pairs: Sequence[tuple[Trial, Trial]], rows: Mapping[str, Row]) -> tuple[float, float]:
    one, other = (
        statistics.median(min(penalised(pair[side], rows[pair[side].row]), _common(pair, rows)) for pair in pairs)
        for side in (0, 1)
    )
    return one, other


def _ratio(pairs: Sequence[tuple[Trial, Trial]], rows: Mapping[str, Row]) -> str:
    """The geometric mean over the rows: each counts once, however many trials or seconds it has."""
    ratios = _ratios(pairs, rows)
    return f"{statistics.geometric_mean(ratios.values()):.2f}" if ratios else "-"


def _largest(pairs: Sequence[tuple[Trial, Trial]], rows: Mapping[str, Row]) -> str:
    ratios = _ratios(pairs, rows)
    if not ratios:
        return "-"
    row = max(ratios, key=ratios.__getitem__)
    return f"{ratios[row]:.2f} ({row})"


def _figures(own: Sequence[Trial], rows: Mapping[str, Row], *, pooled: bool) -> tuple[str, ...]:
    found = [trial.states for trial in own if trial.states is not None]
    peaks = [trial.peak for trial in own if trial.peak is not None]
    wrong = sum(trial.result == "differs" for trial in own)
    determined = [trial for trial in own if trial.rival is False]
    return (
        "" if pooled else _span([trial.true_states for trial in own if trial.true_states is not None]),
        f"{_exact(own)} of {len(own)}",
        _interval(_exact(own), len(own)),
        "" if pooled or not found else f"{statistics.median(found):g}",
        f"{statistics.median(penalised(trial, rows[trial.row]) for trial in own):.2f}",
        f"{max(peaks):.0f}" if peaks else "-",
        f"{100 * wrong / len(own):.0f} %",
        _ceiling(own),
        f"{_exact(determined)} of {len(determined)}",
    )


def _ceiling(own: Sequence[Trial]) -> str:
    """How many trials have no rival, of those of which it is known, and of how many it is not."""
    known = [trial.rival for trial in own if trial.rival is not None]
    unknown = len(own) - len(known)
    return f"{known.count(False)} of {len(known)}" + (f", {unknown} unknown" if unknown else "")


def _exact(trials: Sequence[Trial]) -> int:
    return sum(trial.result == "exact" for trial in trials)


def _span(numbers: Sequence[int]) -> str:
    if not numbers:
        return "-"
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} - {high}"


def _interval(successes: int, trials: int) -> str:
    low, high = wilson_interval(successes, trials)
    return f"{100 * low:.1f} - {100 * high:.1f} %"


def compared(rows: Sequence[Row], peers: Sequence[str], trials: Sequence[Trial]) -> Table:
    """Ours against each peer, over all trials that both have: McNemar's exact test, and the ratio of median times.

    Once over all trials, once over those whose data are known to leave no rival, each pair under the smaller of both
    time limits. The ratio is the geometric mean of the rows' own, so that many trivial rows do not drown the others;
    the largest one stands beside it. Below 1 ours is the faster. The seconds are medians over the trials of all rows.
    The p-value takes all trials for independent; many share a machine.
    """
    by_name = {row.name: row for row in rows}
    # The data are the same for both; an answer that the search gave once is enough.
    restrictions: tuple[tuple[str, Callable[[tuple[Trial, Trial]], bool]], ...] = (
        ("all", lambda _: True),
        ("no rival", lambda pair: any(trial.rival is False for trial in pair)),
    )
    lines = []
    for peer in peers:
        for name, holds in restrictions:
            pairs = [pair for pair in _pairs(trials, peer) if holds(pair)]
            if pairs:
                lines.append((f"{OURS} : {peer}", name, *_paired(pairs, by_name)))
    head = ("compared", "trials", "of", "both", "only ours", "only theirs", "neither", "p", "CPU s ours", "theirs")
    return Table((*head, "mean ratio", "largest (row)"), tuple(lines))


def _paired(pairs: Sequence[tuple[Trial, Trial]], rows: Mapping[str, Row]) -> tuple[str, ...]:
    outcomes = [tuple(trial.result == "exact" and trial.cpu <= _common(pair, rows) for trial in pair) for pair in pairs]
    both, only_ours, only_theirs, neither = (
        outcomes.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))
    )
    one, other = _medians(pairs, rows)
    figures = (both, only_ours, only_theirs, neither)
    p = mcnemar(only_ours, only_theirs)
    return (
        str(len(pairs)),
        *map(str, figures),
        f"{p:.3f}" if p >= 0.001 else f"{p:.1e}",
        f"{one:.2f}",
        f"{other:.2f}",
        _ratio(pairs, rows),
        _largest(pairs, rows),
    )
