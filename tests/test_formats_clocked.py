"""Which clock edges are steps, and what is seen at them. Waveforms: a column is a moment, with the values after it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from seqlogic.formats.clocked import Edge, Steps
from seqlogic.machine import UNKNOWN


@dataclass
class Shown:
    """The values before a moment; a symbol that nobody may look at is `!`."""

    values: tuple[str, str, str]

    def enable(self) -> str:
        return self.values[0]

    def word(self) -> int:
        return self._symbol(self.values[1])

    def answer(self) -> int:
        return self._symbol(self.values[2])

    def _symbol(self, value: str) -> int:
        if value == "!":
            raise ValueError("this symbol is of no interest")
        return UNKNOWN if value == "x" else int(value)


def steps(
    clk: str,
    a: str,
    y: str,
    *,
    rst: str | None = None,
    en: str | None = None,
    edge: Edge = "rising",
    registered: bool = False,
) -> Steps:
    """The steps of a clock, an input and an output, perhaps a reset and an enable. The moment i is of line i."""
    found = Steps(edge, reset=rst is not None, registered=registered)
    before = Shown(("x", "x", "x"))
    columns = zip(clk, rst or "0" * len(clk), en or "1" * len(clk), a, y, strict=True)
    for line, (clock, reset, *values) in enumerate(columns):
        found.moment(clock, reset, before, line, 10 * line)
        before = Shown(tuple(values))  # type: ignore[arg-type]
    return found


def pairs(found: Steps) -> list[str]:
    """Each sequence as input/output, `?` where none was observed."""
    words, answers, _ = found.rows.tables()
    return [
        " ".join(f"{x}/{'?' if y == UNKNOWN else y}" for x, y in zip(word, shown, strict=True) if x != UNKNOWN)
        for word, shown in zip(words.tolist(), answers.tolist(), strict=True)
    ]


def test_a_step_sees_what_was_there_before_its_edge() -> None:
    found = steps(clk="0101001", a="0112345", y="9876543")
    assert pairs(found) == ["0/9 1/7 4/4"]
    assert (list(found.lines), found.edges) == ([1], 3)


@pytest.mark.parametrize(
    ("edge", "expected"), [("rising", "0/9 2/7 4/5"), ("falling", "1/8 3/6"), ("both", "0/9 1/8 2/7 3/6 4/5")]
)
def test_the_edges_that_are_steps(edge: Edge, expected: str) -> None:
    assert pairs(steps(clk="010101", a="012345", y="987654", edge=edge)) == [expected]


def test_a_clock_that_becomes_known_has_no_edge_yet() -> None:
    assert pairs(steps(clk="xx101", a="01234", y="00000")) == ["3/0"]
    assert steps(clk="xx111", a="01234", y="00000").edges == 0


def test_what_follows_a_lost_clock_is_left_out() -> None:
    found = steps(clk="010xx0101", a="012345678", y="000000000")
    assert pairs(found) == ["0/0"]
    assert (found.edges, found.lost) == (3, 2)
    found = steps(clk="010x01001", a="012345678", y="000000000", rst="000001000")
    assert pairs(found) == ["7/0"]


def test_a_sequence_begins_after_the_reset() -> None:
    found = steps(clk="0101010101", a="0123456789", y="0000000000", rst="0011000000")
    assert pairs(found) == ["4/0 6/0 8/0"]
    assert (found.edges, found.in_reset, found.lost, list(found.lines)) == (5, 1, 1, [5])


def test_a_reset_at_the_time_of_an_edge_is_seen_at_the_next() -> None:
    # Active from one edge to the next: the first is still a step, the second is not.
    found = steps(clk="0101010101", a="0123456789", y="0000000000", rst="1000011000")
    assert pairs(found) == ["2/0 4/0", "8/0"]
    assert (found.in_reset, found.lost, list(found.lines)) == (2, 0, [3, 9])


def test_a_reset_between_two_edges_begins_a_sequence() -> None:
    found = steps(clk="10001000101", a="0123456789a", y="00000000000", rst="00000100000")
    assert pairs(found) == ["7/0 9/0"]
    assert found.in_reset == 0


def test_a_reset_that_is_held_begins_one_sequence() -> None:
    found = steps(clk="01010101", a="xx012345", y="xx000000", rst="11111000")
    assert pairs(found) == ["4/0"]
    assert (found.in_reset, found.edges) == (3, 4)


@pytest.mark.parametrize("rst", ["10000000x00010000000", "100000x0000010000000", "1000001x000010000000"])
def test_what_follows_an_unknown_reset_is_left_out(rst: str) -> None:
    # At an edge; between two edges; there, and active before.
    found = steps(clk="0100" * 5, a="0123456789" * 2, y="0" * 20, rst=rst)
    assert pairs(found) == ["4/0", "6/0"]
    assert (found.edges, found.in_reset, found.lost, list(found.lines)) == (5, 2, 1, [5, 17])


def test_an_edge_that_is_not_enabled_is_no_step() -> None:
    found = steps(clk="0101010101", a="01x3!56789", y="01!3456789", en="1100001111")
    assert pairs(found) == ["0/0 6/6 8/8"]
    assert (found.disabled, found.lost) == (2, 0)


@pytest.mark.parametrize(("a", "en"), [("01234x6789", "1111111111"), ("0123456789", "11111x1111")])
def test_what_follows_an_unknown_input_or_enable_is_left_out(a: str, en: str) -> None:
    # At odd moments there is no edge, and nothing is seen.
    assert pairs(steps(clk="0101010101", a=a, y="0000000000", en=en)) == ["0/0 2/0 4/0 6/0 8/0"]
    a, en = a[1:] + "0", en[1:] + "1"
    found = steps(clk="0101010101", a=a, y="0000000000", en=en)
    assert pairs(found) == ["1/0 3/0"]
    assert found.lost == 3
    found = steps(clk="0101010101", a=a, y="0000000000", en=en, rst="1000001000")
    assert pairs(found) == ["3/0", "9/0"]
    assert list(found.lines) == [3, 9]


def test_a_disabled_edge_of_an_unknown_state_counts_as_lost() -> None:
    found = steps(clk="01010101", a="x1234567", y="00000000", en="11000011")
    assert (pairs(found), found.disabled, found.lost) == ([], 0, 4)


def test_an_unknown_output_is_unobserved() -> None:
    assert pairs(steps(clk="010101", a="000000", y="1!x!0!")) == ["0/1 0/? 0/0"]


def test_a_registered_output_is_that_of_the_next_edge() -> None:
    # Before the first step nobody asks for an output.
    found = steps(clk="01010101", a="01234567", y="!11x334!", registered=True)
    assert pairs(found) == ["0/1 2/3 4/4 6/?"]


def test_of_the_last_step_before_a_reset_no_registered_output_is_observed() -> None:
    found = steps(clk="010101010101", a="012345678901", y="!!!!4!!!8!0!", rst="110000110000", registered=True)
    assert pairs(found) == ["2/4 4/?", "8/0 0/?"]
    # Nor where the reset comes and goes between two edges.
    found = steps(clk="0100" * 4, a="0123456789012345", y="!" * 12 + "7!!!", rst="1000001000000000", registered=True)
    assert pairs(found) == ["4/?", "8/7 2/?"]


def test_an_edge_that_is_no_step_shows_a_registered_output() -> None:
    found = steps(clk="0101010101", a="0123456789", y="!!2!!!6!8!", en="1100111111", registered=True)
    assert pairs(found) == ["0/2 4/6 6/8 8/?"]
    # At the edge of an unknown input the state of before is still shown.
    found = steps(clk="010101", a="01x345", y="!!2!!!", registered=True)
    assert pairs(found) == ["0/2"]


@pytest.mark.parametrize(("clk", "rst"), [("0100x00101", "0000000000"), ("0100000101", "0000x00000")])
def test_a_registered_output_is_not_seen_across_a_gap(clk: str, rst: str) -> None:
    found = steps(clk=clk, a="0123456789", y="!!!!!!!!!!", rst="1" + rst[1:], registered=True)
    assert pairs(found) == []
    found = steps(clk="00" + clk, a="xx0123456789", y="!!!!!!!!!!!!", rst="10" + rst, registered=True)
    assert pairs(found) == ["0/?"]
