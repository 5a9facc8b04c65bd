"""The values of a VCD file: what is looked up is what pyvcd reads, whatever stands in the file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vcd.reader import Token, TokenKind, tokenize

from seqlogic.errors import InputError
from seqlogic.formats import vcd_values
from seqlogic.formats.vcd import parse_vcd
from seqlogic.formats.vcd_values import Dump

HEADER = """$timescale 1 ns $end
$var wire 1 c clk $end $var wire 1 r rst $end $var wire 1 a a $end $var wire 3 #y y $end
$var wire 2 w w $end $var real 64 v v $end
$enddefinitions $end
"""
PLAIN = ["0c", "1c", "0r", "1r", "0a", "1a", "xa", "b101 #y", "b0 #y", "bx1 #y", "b11 w", "1w", "", "$dumpoff", "$end"]
ODD = [
    "1c 0a",
    "0c1a",
    "b1",
    " 1a",
    "1 a",
    "b1111 #y",
    "b00001 #y",
    "B0001  #y\t",
    "r1.5 v",
    "r1.5 a",
    "rnan v",
    "sword v",
    "s a",
    "$comment 1c $end",
    "$comment 1c",
    "$comment  $end",
    "$comment\n#3\n1a $end",
    "#",
    "# 3",
    "#3.00",
    "#3.5",
    "#1_0",
    "#99999999999999999999",
    "\x0c1a",
    "1a\x00",
    "1a\u00fc",
    "?",
    "0b",
    "-a",
    "Hc",
    "uc",
    "$dumpall 1c",
    "$enddefinitions $end",
]


def outcome(body: str, header: str = HEADER) -> object:
    """The examples of a file, or what is said of it."""
    try:
        found = parse_vcd(
            io.BytesIO((header + body).encode()),
            "x",
            input_signals=["a"],
            output_signals=["y"],
            clock="clk",
            reset="rst",
        )
    except InputError as error:
        return str(error)
    assert found.times is not None
    tables = (found.words, found.answers, found.times.edges, found.times.ends)
    return [table.tolist() for table in tables], found.lines, found.times.scale


def by_pyvcd(body: str, header: str = HEADER) -> object:
    """The same, nothing looked up."""
    with patch.object(vcd_values, "_HEADER_ENDS", re.compile(rb"(?!)")):
        return outcome(body, header)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Times and changes, most of them plain, some files with none but such."""
    lines = st.sampled_from(PLAIN)
    if draw(st.booleans()):
        lines = st.one_of(*[lines] * 12, st.sampled_from(ODD))
    text, time = [], 0
    for moment in draw(st.lists(st.lists(lines, max_size=4), max_size=12)):
        text += moment
        time += draw(st.sampled_from([0, 0, 10**6, *[1] * 20, -1]))
        text.append(f"#{time}" + draw(st.sampled_from([""] * 12 + ["\r", " ", ".0", " 1c"])))
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return end.join(["1r", "0c", "0a", "b0 #y", "#0", "0r", "#0", *text, "1c"]) + draw(st.sampled_from(["", end]))


@given(bodies(), st.sampled_from([1, 2, 3, 7, 20, 1 << 20]))
def test_what_is_looked_up_is_what_pyvcd_reads(body: str, block: int) -> None:
    with patch.object(vcd_values, "_BLOCK", block), patch.object(vcd_values, "_REMEMBERED", 5):
        assert outcome(body) == by_pyvcd(body)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", [0, 6, 9, 12])
def test_anything_in_between_is_what_pyvcd_makes_of_it(odd: str, place: int) -> None:
    lines = ["1r", "0c", "0a", "b10 #y", "#0", "0r", "#1", "1c", "#2", "0c", "#3", "1c", "1a", "#4", "0c", "#5", "1c"]
    lines.insert(place, odd)
    assert outcome("\n".join(lines)) == by_pyvcd("\n".join(lines))
    lines[place] = odd + "\n1a"
    assert outcome("\n".join(lines)) == by_pyvcd("\n".join(lines))


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        HEADER.replace("$enddefinitions ", "$enddefinitions\n"),
        HEADER.replace("\n", " "),
        HEADER[:-1] + " 1a\n",
        HEADER[:-1] + " \r\n\n",
        HEADER[:-1],
        HEADER.replace("$timescale", f"$comment {'word ' * 5000}$end $timescale").replace("\n", " ") + "\n",
    ],
)
def test_the_header_ends_anywhere(header: str) -> None:
    body = "\n1r\n0c\n0a\nb10 #y\n#0\n0r\n#1\n1c\n#2\n0c\n#3\n1c\n"
    found = outcome(body, header)
    assert found == by_pyvcd(body, header)
    assert isinstance(found, tuple)
    assert found[0][:2] == [[[0, 0]], [[2, 2]]]


@pytest.mark.parametrize(
    ("odd", "times"),
    [("", 0), ("0c1a", 0), ("r1.5 v", 0), ("#2.0", 0), ("1c 0a", 3), ("b1", 2), ("$comment 1 $end", 0)],
)
def test_pyvcd_reads_what_is_not_plain_and_what_follows(odd: str, times: int) -> None:
    read: list[TokenKind] = []

    def watched(stream: io.RawIOBase) -> Iterator[Token]:
        for token in tokenize(stream):
            read.append(token.kind)
            yield token

    with patch.object(vcd_values, "tokenize", watched):
        outcome(f"1r\n0c\n0a\nb10 #y\n#0\n0r\n#1\n1c\n#2\n0c\n{odd}\n#3\n1c\n#4\n0c\n")
    assert read.count(TokenKind.VAR) == 6
    # Those from #2 on.
    assert read.count(TokenKind.CHANGE_TIME) == times


@pytest.mark.parametrize("tail", ["0", "b", "b1", "b1 ", "#", "r", "r1.", "$", "$dumpo", "$comment it e", "s"])
@pytest.mark.parametrize("header", [HEADER, HEADER.replace("\n", " ")])
def test_a_file_may_break_off_anywhere_after_its_header(tail: str, header: str) -> None:
    body = "\n1r\n0c\n0a\nb10 #y\n#0\n0r\n#1\n1c\n#2\n0c\n#3\n1c\n"
    assert outcome(body + tail, header) == outcome(body, header)
    # A fault is one still.
    assert "is not VCD" in str(outcome(body + "?", header))
    assert "is not VCD" in str(outcome(body + "?\n1a\n" + tail, header))


def test_only_moments_of_the_clock_or_the_reset_are_shown() -> None:
    dump = Dump(io.BytesIO(f"{HEADER}0c\n1r\n#1\n0a\n#2\n1a\n1w\n#3\n1c\n#4\nb101 #y\n#5\n0r\n1a\n".encode()), "x")
    for token in dump.header:
        if token.kind is TokenKind.ENDDEFINITIONS:
            break
    seen = [
        (line, time, dict(changes), dict(dump.values))
        for line, time, changes in dump.moments({"c": 1, "r": 1, "a": 1, "#y": 3}, "c", "r")
    ]
    first = {"c": "x", "r": "x", "a": "x", "#y": "xxx"}
    second = {"c": "0", "r": "1", "a": "1", "#y": "xxx"}
    assert seen == [
        (5, -1, {"c": "0", "r": "1"}, first),
        (13, 3, {"c": "1"}, second),
        (13, 5, {"r": "0", "a": "1"}, second | {"c": "1", "#y": "101"}),
    ]
    assert dump.values == {"c": "1", "r": "0", "a": "1", "#y": "101"}


@pytest.mark.parametrize("text", ["$comment " + "word " * 100, HEADER + "0" + "!" * 300, HEADER + "0c" + "\n" * 300])
def test_a_token_has_an_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vcd_values, "_LONGEST", 200)
    monkeypatch.setattr(vcd_values, "_BLOCK", 64)
    assert outcome(text, "") == "x: holds a token of more than 200 bytes, expected VCD"
    # What has times is no token, however much it is.
    assert outcome("1r\n0c\n0a\nb10 #y\n#0\n0r\n#1\n1c\n" + "".join(f"#{time}\n0a\n" for time in range(2, 99))) != ""


def test_a_long_moment_is_read_by_pyvcd(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "1r\n0c\n0a\nb10 #y\n#0\n0r\n#1\n1c\n" + "0a\n1a\n" * 99 + "#2\n0c\n#3\n1c\n"
    expected = by_pyvcd(body)
    assert isinstance(expected, tuple)
    monkeypatch.setattr(vcd_values, "_LONGEST", 100)
    monkeypatch.setattr(vcd_values, "_BLOCK", 10)
    assert outcome(body) == expected
