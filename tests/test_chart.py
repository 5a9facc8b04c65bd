"""Charts: ticks, thinning, labels and values that cannot be drawn."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from seqlogic.chart import Band, Mark, Series, escape, line_chart, round_ticks, show_number


def draw(*series: Series, **options: object) -> ElementTree.Element:
    return ElementTree.fromstring(line_chart(series, title="loss", x_label="step", **options))  # type: ignore[arg-type]


def lines(chart: ElementTree.Element) -> list[list[tuple[float, float]]]:
    """The points of each stretch of each line."""
    paths = [path.attrib["d"] for path in chart.findall("path") if "line" in path.get("class", "")]
    numbers = [[float(number) for number in re.findall(r"-?[\d.]+", path.replace("h0", ""))] for path in paths]
    return [list(zip(row[::2], row[1::2], strict=True)) for row in numbers]


def texts(chart: ElementTree.Element, kind: str | None) -> list[str]:
    return [text.text or "" for text in chart.findall("text") if text.get("class") == kind]


class TestRoundTicks:
    @pytest.mark.parametrize(
        ("low", "high"), [(0, 1), (0, 7), (-0.03, 0.011), (0, 60_000), (3e-9, 4e-9), (-5e99, 5e99), (0.1, 0.7)]
    )
    def test_few_even_and_enclosing(self, low: float, high: float) -> None:
        ticks = round_ticks(low, high)
        assert 2 <= len(ticks) <= 6
        slack = 1e-6 * (high - low)
        assert ticks[0] - slack <= low < high <= ticks[-1] + slack
        steps = [b - a for a, b in pairwise(ticks)]
        assert max(steps) == pytest.approx(min(steps))
        assert f"{steps[0]:.3e}"[0] in "125"

    def test_decimals_are_not_blurred(self) -> None:
        assert round_ticks(0, 0.5) == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


class TestLineChart:
    def test_places_points_on_their_axes(self) -> None:
        [[(x0, y0), (x1, y1), (x2, y2)]] = lines(draw(Series("a", [0, 5, 10], [0.0, 1.0, 2.0])))
        assert x1 == pytest.approx((x0 + x2) / 2, abs=0.11)
        assert y1 == pytest.approx((y0 + y2) / 2, abs=0.11)
        assert y2 < y1 < y0

    def test_log_axis_is_even_in_decades(self) -> None:
        chart = draw(Series("a", [1, 2, 3], [1.0, 0.1, 0.01]), log=True)
        [[(_, y0), (_, y1), (_, y2)]] = lines(chart)
        assert y1 - y0 == pytest.approx(y2 - y1, abs=0.11)
        assert texts(chart, "y")[:3] == ["1", "0.1", "0.01"]

    def test_the_labels_of_an_axis_are_all_written_alike(self) -> None:
        powers = ["10\u2070", "10\u207b\u00b9", "10\u207b\u00b2", "10\u207b\u00b3", "10\u207b\u2074"]
        ticks = texts(draw(Series("a", [1, 2, 3], [1.0, 1e-5, 0.0]), log=True), "y")
        assert ticks[:-1] == [*powers, "10\u207b\u2075", "0"]
        ticks = texts(draw(Series("a", [1, 2], [0.0, 1e-4])), "y")
        assert ticks[:-1] == ["0", *(f"{n}\u00b710\u207b\u2075" for n in (2, 4, 6, 8)), "10\u207b\u2074"]

    def test_zero_on_a_log_axis_lies_below_the_smallest_value(self) -> None:
        chart = draw(Series("a", [1, 2], [1e-3, 0.0]), log=True)
        [[(_, small), (_, zero)]] = lines(chart)
        assert zero > small
        assert texts(chart, "y")[-2] == "0"

    @pytest.mark.parametrize("log", [True, False])
    @pytest.mark.parametrize(
        "values",
        [
            [],
            [math.nan],
            [math.inf, -math.inf],
            [0.0],
            [0.0, 0.0, math.nan],
            [1e-300, 1e99],
            [5e-324],
            [-1.0, math.nan, 2.0, math.inf, 0.0, 1e308],
        ],
    )
    def test_any_values_stay_in_the_frame(self, values: list[float], log: bool) -> None:
        chart = draw(Series("a", range(len(values)), values), log=log)
        finite = [value for value in values if abs(value) < 1e100]
        drawn = [point for line in lines(chart) for point in line]
        assert len(drawn) == len(finite)
        assert all(0 <= x <= 480 and 0 <= y <= 240 for x, y in drawn)
        note = f"{len(values) - len(finite)} not finite, not drawn"
        assert (note in texts(chart, "legend")) == (len(finite) < len(values))
        assert ("no finite values" in texts(chart, None)) == (not finite)

    def test_a_line_breaks_at_what_cannot_be_drawn(self) -> None:
        chart = draw(Series("a", [1, 2, 3, 4, 5], [1.0, math.nan, 1.0, None, 1.0]))
        assert [len(line) for line in lines(chart)] == [1, 1, 1]
        assert texts(chart, "legend") == ["1 not finite, not drawn"]

    def test_thinning_keeps_ends_and_extremes(self) -> None:
        y = [0.5] * 20_000
        y[0], y[7001], y[7002], y[-1] = 0.4, 1.0, 0.0, 0.6
        [points] = lines(draw(Series("a", range(20_000), y)))
        assert len(points) < 2000
        bottom, top = max(height for _, height in points), min(height for _, height in points)
        shares = [round((bottom - height) / (bottom - top), 2) for _, height in points]
        assert (shares[0], shares[-1]) == (0.4, 0.6)
        assert [share for share in shares if share not in (0.4, 0.5, 0.6)] == [1.0, 0.0]

    def test_few_points_have_dots_that_say_their_values(self) -> None:
        chart = draw(Series("loss", [5], [0.25]), percent=True)
        assert [title.text for title in chart.findall("circle/title")] == ["loss, step 5: 25\u2009%"]
        assert not draw(Series("loss", range(1000), [0.1] * 1000)).findall("circle")

    def test_marks_are_all_drawn_and_their_labels_never_collide(self) -> None:
        marks = [Mark(x, f"{1000 + x}", f"length {x}") for x in range(100)]
        chart = draw(Series("a", [0, 99], [0, 1]), marks=marks)
        assert [title.text for title in chart.findall("g/title")] == [mark.title for mark in marks]
        placed = [text for text in chart.findall("text") if text.get("class") == "mark"]
        assert placed[-1].text == "1099"
        assert len(placed) > 5
        assert all(float(b.attrib["x"]) - float(a.attrib["x"]) > 4 * 6 for a, b in pairwise(placed))

    def test_bands_are_shaded_in_turn_and_named_where_there_is_room(self) -> None:
        bands = [
            Band(0, 50, "attempt 1"),
            Band(50, 55, "attempt 2"),
            Band(55, 55.01, "attempt 3"),
            Band(56, 99, "last"),
        ]
        chart = draw(Series("a", [0, 99], [0, 1]), bands=bands)
        shaded = [float(rect.attrib["x"]) for rect in chart.findall("rect")]
        [[(left, _), (right, _)]] = lines(chart)
        assert shaded == [pytest.approx(left + (right - left) * start / 99, abs=0.11) for start in (50, 56)]
        named = [text for text in texts(chart, None) if not text.isdigit() or text in "23"]
        assert named == ["attempt 1", "2", "last"]

    def test_a_legend_only_for_several_lines(self) -> None:
        one, other = Series("used", [1], [2]), Series("capacity", [1], [6])
        assert texts(draw(one), "legend") == []
        assert texts(draw(one, other), "legend") == ["used", "capacity"]

    def test_says_what_it_shows(self) -> None:
        chart = draw(Series("loss", [5, 10], [0.5, 0.25]), Series("none", [], []))
        assert chart.findtext("title") == "loss"
        assert chart.findtext("desc") == "loss: 0.5 at step 5 to 0.25 at step 10. none: no finite values."


def test_numbers_are_for_people() -> None:
    shown = [show_number(value) for value in (0, 0.1 + 0.2, -2, 999.9, 1234567, 1e-7, math.nan)]
    assert shown == ["0", "0.3", "\u22122", "1,000", "1,234,567", "10\u207b\u2077", "nan"]


@pytest.mark.parametrize("zero", [-0.0, 0.0])
def test_zero_has_no_sign(zero: float) -> None:
    assert show_number(zero) == "0"
    assert show_number(zero, percent=True) == "0\u2009%"


def test_very_small_and_large_numbers_have_a_power_of_ten() -> None:
    assert [show_number(value) for value in (-2.5e-5, 1e-4, 9.999e-5, 1.5e9)] == [
        "\u22122.5\u00b710\u207b\u2075",
        "0.0001",
        "0.0001",
        "1.5\u00b710\u2079",
    ]


def test_escape_leaves_no_markup_and_no_controls() -> None:
    assert escape('<b a="1">&\'\0\x1b\u202e\ud800\n\u2009') == (
        "&lt;b a=&quot;1&quot;&gt;&amp;&#x27;\ufffd\ufffd\ufffd\ufffd\n\u2009"
    )
