"""Line charts as inline SVG, from arrays: axes with round ticks, log scale, marks, bands and a legend."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Band", "Mark", "Series", "escape", "line_chart", "round_ticks", "show_number"]

_WIDTH, _HEIGHT = 480, 240
_LEFT, _RIGHT, _BOTTOM = 54, 14, 42
_ROW = 15
# What a letter of a chart's font takes on average, in its size of 11 units.
_ADVANCE = 6.2
_MOST_DOTS = 60
# Differences and tenfolds of what is drawn must not overflow.
_LARGEST = 1e100


@dataclass(frozen=True)
class Series:
    """One line: points in the order of x, broken wherever y is not finite."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Mark:
    """A vertical line with a label above it, and a longer text that is shown when it is pointed at."""

    x: float
    label: str
    title: str


@dataclass(frozen=True)
class Band:
    """A stretch of the x axis with a label above it; every second one is shaded."""

    start: float
    stop: float
    label: str


class _Axis(NamedTuple):
    """A scale from low to high, in the values themselves or in their logarithms, and the places of its ticks."""

    low: float
    high: float
    ticks: list[tuple[float, str]]
    log: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value lies, 0 to 1; what has no logarithm lies at 0."""
        if self.log:
            value = math.log10(value) if value > 0 else self.low
        return (value - self.low) / (self.high - self.low)


def escape(text: str) -> str:
    """A text for HTML and SVG; controls, surrogates and changes of direction become the replacement character."""
    return html.escape("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text))


def show_number(value: float, *, percent: bool = False) -> str:
    """A number for people: three significant digits, a true minus sign, thousands set apart.

    >>> show_number(-0.01234), show_number(0.004, percent=True), show_number(12345)
    ('\u22120.0123', '0.4 %', '12,345')
    """
    if not math.isfinite(value):
        return str(value)
    scaled = value * 100 if percent else value
    plain = f"{scaled:,.0f}" if 1000 <= abs(scaled) < 1e9 else f"{scaled:.3g}"
    return plain.replace("-", "\u2212") + ("\u2009%" if percent else "")


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` multiples of 1, 2 or 5 times a power of ten, the outer ones at or beyond low < high.

    >>> round_ticks(0, 55)
    [0.0, 20.0, 40.0, 60.0]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (factor * power for factor in (1, 2, 5, 10, 20, 50)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < most:
            break
    # Twelve digits drop what a multiple of 0.1 leaves behind.
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def line_chart(
    series: Sequence[Series],
    *,
    title: str,
    x_label: str,
    log: bool = False,
    percent: bool = False,
    marks: Sequence[Mark] = (),
    bands: Sequence[Band] = (),
) -> str:
    """Return a chart as an SVG element whose colours and fonts are those of the page's classes.

    Both axes reach to zero; on a log axis zero has a place of its own below the smallest decade. Values that are not
    finite are left out, and counted in a note. Of points closer than one unit only the first, the last, the least and
    the largest are drawn, which looks the same (M4: Jugel, Jerzak, Hackenbroich and Markl, 2014).
    """
    values = [y for line in series for y in line.y if _finite(y)]
    steps = [x for line in series for x in line.x] + [end for band in bands for end in (band.start, band.stop)]
    x_axis = _x_axis(steps)
    y_axis = _log_axis(values, percent) if log else _linear_axis(values, percent)
    top = 10 + _ROW * bool(marks) + _ROW * (len(bands) > 1)
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def across(x: float) -> float:
        return _LEFT + x_axis.share(x) * (right - _LEFT)

    def down(y: float) -> float:
        return bottom - y_axis.share(y) * (bottom - top)

    parts = [f"<title>{escape(title)}</title>", f"<desc>{escape(_describe(series, x_label, percent))}</desc>"]
    for band in bands[1::2]:
        left, width = across(band.start), across(band.stop) - across(band.start)
        parts.append(f'<rect class="band" x="{left:.1f}" y="{top}" width="{width:.1f}" height="{bottom - top}"/>')
    for place, label in y_axis.ticks:
        y = bottom - (place - y_axis.low) / (y_axis.high - y_axis.low) * (bottom - top)
        kind = "zero" if label == show_number(0, percent=percent) else "grid"
        parts.append(f'<path class="{kind}" d="M{_LEFT} {y:.1f}H{right}"/>')
        parts.append(f'<text class="y" x="{_LEFT - 7}" y="{y + 4:.1f}">{label}</text>')
    for place, label in x_axis.ticks:
        parts.append(f'<text x="{across(place):.1f}" y="{bottom + 16}">{label}</text>')
    for mark in marks:
        line = f'<path class="mark" d="M{across(mark.x):.1f} {top - 3}V{bottom}"/>'
        parts.append(f"<g><title>{escape(mark.title)}</title>{line}</g>")
    for x, label in _in_a_row([(across(mark.x), mark.label) for mark in marks]):
        parts.append(f'<text class="mark" x="{x:.1f}" y="{top - 6}">{escape(label)}</text>')
    if len(bands) > 1:
        for x, label in _in_a_row(_band_labels([(across(b.start), across(b.stop), b.label) for b in bands])):
            parts.append(f'<text class="band" x="{x:.1f}" y="{top - 6 - _ROW * bool(marks)}">{escape(label)}</text>')
    dots = sum(len(line.x) for line in series) <= _MOST_DOTS
    for number, line in enumerate(series):
        for run in _runs(line):
            points = [(across(x), down(y), x, y) for x, y in run]
            kept = _thinned([point[:2] for point in points])
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)
            parts.append(f'<path class="line s{number}" d="M{path}{"h0" if len(kept) == 1 else ""}"/>')
            for left, y, step, value in points if dots else points[-1:]:
                said = f"{line.name}, {x_label} {show_number(step)}: {show_number(value, percent=percent)}"
                dot = f'<circle class="s{number}" cx="{left:.1f}" cy="{y:.1f}" r="2.7">'
                parts.append(f"{dot}<title>{escape(said)}</title></circle>")
    parts += _legend(series, sum(len(line.y) for line in series) - len(values))
    parts.append(f'<text class="y" x="{right}" y="{_HEIGHT - 6}">{escape(x_label)}</text>')
    if not values:
        parts.append(f'<text x="{(_LEFT + right) / 2}" y="{(top + bottom) / 2}">no finite values</text>')
    body = "\n".join(parts)
    return f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">\n{body}\n</svg>\n'


def _finite(value: float) -> bool:
    return abs(value) < _LARGEST


def _x_axis(values: Sequence[float]) -> _Axis:
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high if high > low else low + 1
    ticks = [(tick, show_number(tick)) for tick in round_ticks(low, high) if low <= tick <= high]
    return _Axis(low, high, ticks)


def _linear_axis(values: Sequence[float], percent: bool) -> _Axis:
    low, high = min([0.0, *values]), max([0.0, *values])
    # A span that hardly differs from nothing has no ticks.
    ticks = round_ticks(low, high if high - low > 1e-100 else low + 1)
    return _Axis(ticks[0], ticks[-1], [(tick, show_number(tick, percent=percent)) for tick in ticks])


def _log_axis(values: Sequence[float], percent: bool) -> _Axis:
    """Whole decades, and below them one place for all values that have no logarithm."""
    positive = [value for value in values if value > 0] or [1.0]
    high = math.ceil(math.log10(max(positive)) - 1e-9)
    low = min(math.floor(math.log10(min(positive)) + 1e-9), high - 1)
    stride = math.ceil((high - low) / 5)
    ticks = [(float(power), _power_of_ten(power, percent)) for power in range(high, low - 1, -stride)]
    least = min(values, default=1.0)
    if least > 0:
        return _Axis(low, high, ticks, log=True)
    floor = low - max(0.5, 0.15 * (high - low))
    zero = show_number(0, percent=percent)
    return _Axis(floor, high, [*ticks, (floor, zero if least == 0 else "\u2264 " + zero)], log=True)


def _power_of_ten(power: int, percent: bool) -> str:
    if -5 < power < 4:
        return show_number(10.0**power, percent=percent)
    digits = str(power + 2 * percent).translate(
        str.maketrans("-0123456789", "\u207b\u2070¹²³\u2074\u2075\u2076\u2077\u2078\u2079")
    )
    return f"10{digits}" + ("\u2009%" if percent else "")


def _runs(line: Series) -> list[list[tuple[float, float]]]:
    """The stretches of a line without a gap."""
    points = zip(line.x, line.y, strict=True)
    grouped = itertools.groupby(points, key=lambda point: _finite(point[1]))
    return [list(run) for finite, run in grouped if finite]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The first, the last, the least and the largest point of each unit of x, in their order."""
    kept = []
    for _, group in itertools.groupby(points, key=lambda point: math.floor(point[0])):
        column = list(group)
        heights = [y for _, y in column]
        places = {0, len(column) - 1, heights.index(min(heights)), heights.index(max(heights))}
        kept += [column[place] for place in sorted(places)]
    return kept


def _band_labels(bands: Iterable[tuple[float, float, str]]) -> list[tuple[float, str]]:
    """For each band its label, or the last word of it, or nothing, whatever fits in."""
    labels = []
    for start, stop, label in bands:
        fits = [text for text in (label, label.split()[-1]) if len(text) * _ADVANCE <= stop - start]
        labels += [((start + stop) / 2, text) for text in fits[:1]]
    return labels


def _in_a_row(labels: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Those labels that have room beside each other, centred on their places as far as the edges allow.

    The last one has the right of way, then the first ones: where a run got to matters most.
    """
    taken: list[tuple[float, float]] = []
    placed = []
    for x, label in [*labels[-1:], *labels[:-1]]:
        half = len(label) * _ADVANCE / 2
        centre = max(half, min(x, _WIDTH - half))
        if all(centre + half + 4 < start or centre - half - 4 > stop for start, stop in taken):
            taken.append((centre - half, centre + half))
            placed.append((centre, label))
    return sorted(placed)


def _legend(series: Sequence[Series], missing: int) -> list[str]:
    x, y, parts = float(_LEFT), _HEIGHT - 6, []
    for number, line in enumerate(series if len(series) > 1 else ()):
        parts.append(f'<path class="line s{number}" d="M{x:.1f} {y - 4}h20"/>')
        parts.append(f'<text class="legend" x="{x + 26:.1f}" y="{y}">{escape(line.name)}</text>')
        x += 26 + len(line.name) * _ADVANCE + 16
    if missing:
        parts.append(f'<text class="legend" x="{x:.1f}" y="{y}">not drawn: {missing} not finite</text>')
    return parts


def _describe(series: Sequence[Series], x_label: str, percent: bool) -> str:
    """The chart in words, for those who cannot see it."""
    said = []
    for line in series:
        points = [point for run in _runs(line) for point in run]
        if points:
            ends = [f"{show_number(y, percent=percent)} at {x_label} {show_number(x)}" for x, y in points]
            most = show_number(max(y for _, y in points), percent=percent)
            least = show_number(min(y for _, y in points), percent=percent)
            said.append(f"{line.name}: from {ends[0]} to {ends[-1]}; at least {least}, at most {most}.")
    return " ".join(said)
