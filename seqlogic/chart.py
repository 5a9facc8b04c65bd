"""Line charts as inline SVG, from arrays: axes with round ticks, log scale, marks, bands and a legend."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeGuard

__all__ = ["Band", "Mark", "Series", "escape", "line_chart", "round_ticks", "show_number"]

_WIDTH, _HEIGHT = 480, 240
_LEFT, _RIGHT, _BOTTOM, _ROW = 60, 20, 42, 15
# What a letter takes on average in a font of the size 11.
_ADVANCE = 6.2
_MOST_DOTS = 60
_SUPERSCRIPT = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
# Differences and tenfolds of what is drawn must not overflow.
_LARGEST = 1e100
_Point = tuple[float, float, float, float]  # where it lies in the drawing, and its values


@dataclass(frozen=True)
class Series:
    """A line through points in the order of x; it breaks at None, and wherever y is not finite."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]


@dataclass(frozen=True)
class Mark:
    """A vertical line with a label above it, and a longer text that is shown when it is pointed at."""

    x: float
    label: str
    title: str


@dataclass(frozen=True)
class Band:
    """A stretch of the x axis with a label above it; every second one is shaded, and a single one has no label."""

    start: float
    stop: float
    label: str


class _Axis(NamedTuple):
    """A scale from low to high, in the values themselves or in their logarithms, and its ticks with their labels."""

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
    return html.escape("".join(c if c.isprintable() or c in "\n\u2009" else "\ufffd" for c in text))


def show_number(value: float, *, percent: bool = False) -> str:
    """A number for people: three significant digits, thousands set apart, a true minus sign, zero without a sign.

    >>> show_number(-0.01234), show_number(12345), show_number(0.004, percent=True)
    ('\u22120.0123', '12,345', '0.4\u2009%')
    """
    scaled = _scaled(value, percent)
    if _needs_power(scaled):
        return _power(scaled, percent)
    plain = f"{scaled:,.0f}" if abs(scaled) >= 999.5 else f"{scaled:.3g}"
    return plain.replace("-", "\u2212") + _unit(percent)


def _tick_labels(values: Sequence[float], percent: bool) -> list[str]:
    """A label for each tick: if one of them needs a power of ten, all have one, except for zero."""
    powers = any(_needs_power(_scaled(value, percent)) for value in values)
    return [
        _power(_scaled(value, percent), percent) if powers and value else show_number(value, percent=percent)
        for value in values
    ]


def _scaled(value: float, percent: bool) -> float:
    # Adding zero takes the sign off a negative zero.
    return (value * 100 if percent else value) + 0.0


def _unit(percent: bool) -> str:
    return "\u2009%" if percent else ""


def _needs_power(scaled: float) -> bool:
    return scaled != 0 and math.isfinite(scaled) and not 9.995e-5 <= abs(scaled) < 1e9


def _power(scaled: float, percent: bool) -> str:
    """A number as people write it with a power of ten: 2\u00b710\u207b\u2075."""
    digits, exponent = f"{scaled:.2e}".split("e")
    factor = {"1.00": "", "-1.00": "\u2212"}.get(digits, f"{float(digits):g}\u00b7".replace("-", "\u2212"))
    return f"{factor}10{str(int(exponent)).translate(_SUPERSCRIPT)}{_unit(percent)}"


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` multiples of 1, 2 or 5 times a power of ten, of which the outer ones enclose low < high.

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
    """Return a chart as an SVG element; its colours and fonts are for the page's style sheet.

    Both axes reach to zero; on a log axis, zero has a place of its own below the smallest decade. Values that are not
    finite are left out and counted in a note. Of the points in one unit of the width only the first, the last, the
    least and the largest are drawn, which looks the same (M4: Jugel, Jerzak, Hackenbroich and Markl, 2014).
    """
    values = [y for line in series for y in line.y if _finite(y)]
    missing = sum(y is not None and not _finite(y) for line in series for y in line.y)
    x_axis = _x_axis([x for line in series for x in line.x] + [band.stop for band in bands])
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
        path = f'<path class="mark" d="M{across(mark.x):.1f} {top - 3}V{bottom}"/>'
        parts.append(f"<g><title>{escape(mark.title)}</title>{path}</g>")
    for x, label in _in_a_row([(across(mark.x), mark.label) for mark in marks]):
        parts.append(f'<text class="mark" x="{x:.1f}" y="{top - 6}">{escape(label)}</text>')
    named = bands if len(bands) > 1 else ()
    for x, label in _in_a_row([_band_label(across(band.start), across(band.stop), band.label) for band in named]):
        parts.append(f'<text x="{x:.1f}" y="{top - 6 - _ROW * bool(marks)}">{escape(label)}</text>')
    dots = sum(len(line.x) for line in series) <= _MOST_DOTS
    for number, line in enumerate(series):
        for run in _runs(line):
            points = [(across(x), down(y), x, y) for x, y in run]
            kept = _thinned(points)
            path = "L".join(f"{left:.1f} {y:.1f}" for left, y, _, _ in kept)
            parts.append(f'<path class="line s{number}" d="M{path}{"h0" if len(kept) == 1 else ""}"/>')
            for left, y, step, value in kept if dots else ():
                said = escape(f"{line.name}, {x_label} {show_number(step)}: {show_number(value, percent=percent)}")
                dot = f'<circle class="s{number}" cx="{left:.1f}" cy="{y:.1f}" r="2.7"><title>{said}</title></circle>'
                parts.append(dot)
    parts += _legend(series, missing)
    parts.append(f'<text class="y" x="{right}" y="{_HEIGHT - 6}">{escape(x_label)}</text>')
    if not values:
        parts.append(f'<text x="{(_LEFT + right) / 2}" y="{(top + bottom) / 2}">no finite values</text>')
    return "\n".join([f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">', *parts, "</svg>\n"])


def _finite(value: float | None) -> TypeGuard[float]:
    return value is not None and abs(value) < _LARGEST


def _x_axis(values: Sequence[float]) -> _Axis:
    low, high = min([0.0, *values]), max([0.0, *values]) or 1.0
    ticks = [tick for tick in round_ticks(low, high) if low <= tick <= high]
    return _Axis(low, high, list(zip(ticks, _tick_labels(ticks, percent=False), strict=True)))


def _linear_axis(values: Sequence[float], percent: bool) -> _Axis:
    low, high = min([0.0, *values]), max([0.0, *values])
    # Values that hardly differ from zero have no ticks of their own.
    ticks = round_ticks(low, high if high - low > 1 / _LARGEST else low + 1)
    return _Axis(ticks[0], ticks[-1], list(zip(ticks, _tick_labels(ticks, percent), strict=True)))


def _log_axis(values: Sequence[float], percent: bool) -> _Axis:
    """Whole decades, and below them one place for all values that have no logarithm."""
    positive = [value for value in values if value > 0] or [1.0]
    high = math.ceil(math.log10(max(positive)) - 1e-9)
    low = min(math.floor(math.log10(min(positive)) + 1e-9), high - 1)
    stride = math.ceil((high - low) / 5)
    powers = [float(power) for power in range(high, low - 1, -stride)]
    ticks = list(zip(powers, _tick_labels([10.0**power for power in powers], percent), strict=True))
    least = min(values, default=1.0)
    if least > 0:
        return _Axis(low, high, ticks, log=True)
    floor = low - max(0.5, 0.15 * (high - low))
    label = ("" if least == 0 else "\u2264 ") + show_number(0, percent=percent)
    return _Axis(floor, high, [*ticks, (floor, label)], log=True)


def _runs(line: Series) -> list[list[tuple[float, float]]]:
    """The stretches of a line without a break."""
    grouped = itertools.groupby(zip(line.x, line.y, strict=True), key=lambda point: _finite(point[1]))
    return [[(x, y) for x, y in run if y is not None] for finite, run in grouped if finite]


def _thinned(points: list[_Point]) -> list[_Point]:
    """The first, the last, the least and the largest point of each unit of x, in their order."""
    kept = []
    for _, group in itertools.groupby(points, key=lambda point: math.floor(point[0])):
        column = list(group)
        heights = [point[1] for point in column]
        places = sorted({0, len(column) - 1, heights.index(min(heights)), heights.index(max(heights))})
        kept += [column[place] for place in places]
    return kept


def _band_label(start: float, stop: float, label: str) -> tuple[float, str]:
    """The middle of a band and its label, only the last word of it, or nothing, whatever fits in."""
    fits = [text for text in (label, label.rsplit(maxsplit=1)[-1], "") if len(text) * _ADVANCE <= stop - start]
    return (start + stop) / 2, fits[0]


def _in_a_row(labels: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Those labels that have room beside each other, centred on their places as far as the edges allow.

    The last one has the right of way, then the first ones: where a run got to matters most.
    """
    placed: list[tuple[float, str]] = []
    for x, label in [*labels[-1:], *labels[:-1]]:
        half = len(label) * _ADVANCE / 2
        centre = max(half, min(x, _WIDTH - half))
        if label and all(abs(centre - at) > half + len(other) * _ADVANCE / 2 + 4 for at, other in placed):
            placed.append((centre, label))
    return sorted(placed)


def _legend(series: Sequence[Series], missing: int) -> list[str]:
    x, y, parts = float(_LEFT), _HEIGHT - 6, []
    for number, line in enumerate(series if len(series) > 1 else ()):
        parts.append(f'<path class="line s{number}" d="M{x:.1f} {y - 4}h20"/>')
        parts.append(f'<text class="legend" x="{x + 26:.1f}" y="{y}">{escape(line.name)}</text>')
        x += 42 + len(line.name) * _ADVANCE
    if missing:
        parts.append(f'<text class="legend" x="{x:.1f}" y="{y}">{missing} not finite, not drawn</text>')
    return parts


def _describe(series: Sequence[Series], x_label: str, percent: bool) -> str:
    """The chart in words, for those who cannot see it."""
    said = []
    for line in series:
        points = [point for run in _runs(line) for point in run]
        ends = [f"{show_number(y, percent=percent)} at {x_label} {x:g}" for x, y in points[:1] + points[-1:]]
        said.append(f"{line.name}: {' to '.join(ends) or 'no finite values'}.")
    return " ".join(said)
