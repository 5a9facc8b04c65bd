"""Examples as VCD: names of signals, words, values, and the line of every error."""

from __future__ import annotations

import io
import tracemalloc
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vcd import VCDWriter

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import rows as rows_of_tables
from seqlogic.formats.clocked import Edge
from seqlogic.formats.vcd import parse_vcd, read_vcd
from seqlogic.machine import UNKNOWN, Alphabet
from tests.captures import capture
from tests.example_sets import example_sets, sequences
from tests.strategies import damaged, refused_or_read

HEADER = """$date today $end
$timescale 1ns $end
$scope module top $end
$var wire 1 c clk $end
$var wire 1 s rx $end
$scope module dut $end
$var wire 1 c clk $end
$var wire 1 r rst $end
$var wire 4 d data [3:0] $end
$var reg 4 u up[0:3] $end
$var wire 3 p plain $end
$var wire 1 b1 bus [1] $end
$var wire 1 b0 bus [0] $end
$var wire 8 m mem[5][7:0] $end
$var wire 1 y y $end
$var wire 2 f fixed [0:-1] $end
$var wire 13 w wide [12:0] $end
$var real 64 v volts $end
$var wire 0 z none $end
$var wire 4 l lean [7:0] $end
$var wire 2 d part [1:0] $end
$upscope $end
$scope begin $end
$scope module other $end
$var wire 1 Y y $end
$var wire 1 Z top.clk $end
$var wire 1 s rx $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
"""
EDGE = "#10\n1c\n"
LINES = HEADER.count("\n")


def read(text: str, ins: list[str], outs: list[str] | None = None, **arguments: Any) -> Examples:
    """The examples of the body of a file, with the clock clk and the output y."""
    stream = io.BytesIO((HEADER + text).encode())
    signals = {"input_signals": ins, "output_signals": outs or ["dut.y"], "clock": "dut.clk"}
    return parse_vcd(stream, "x.vcd", **signals | arguments)


def names(examples: Examples) -> list[str]:
    """Each sequence as input/output; `?` is what was not observed."""
    return [
        " ".join(f"{examples.inputs.name(x)}/{examples.outputs.name(y) if y >= 0 else '?'}" for x, y in sequence)
        for sequence in sequences(examples)
    ]


def shown(name: str, values: str) -> str:
    """The word of a signal at an edge that the values precede, or what is said of it."""
    try:
        return names(read(f"#0\n0c\n{values}0y\n{EDGE}", [name]))[0].removesuffix("/0")
    except InputError as error:
        return str(error)


@given(
    example_sets(max_symbols=4, min_length=1),
    st.sampled_from(["rising", "falling", "both"]),
    st.sampled_from([0, 1]),
    st.booleans(),
    st.data(),
)
def test_what_was_written_is_read(
    examples: Examples, edge: Edge, level: Literal[0, 1], registered: bool, data: st.DataObject
) -> None:
    rows: list[dict[str, str]] = []
    for number, sequence in enumerate(sequences(examples)):
        rows.append({"rst": str(level), "a": "xx", "v": "0", "y": "01", "en": "x"})
        late = "11"
        for x, y in sequence:
            # One unknown bit of the two is enough.
            answer = f"{y:02b}" if y != UNKNOWN else ("x1", "0z")[number % 2]
            for _ in range(data.draw(st.integers(0, 1))):
                rows.append({"rst": str(1 - level), "en": "0", "a": "xz", "y": late if registered else "xx"})
            word = {"a": f"{x // 2}0", "v": str(x % 2), "y": late if registered else answer}
            rows.append({"rst": str(1 - level), "en": "1"} | word)
            late = answer
    expected = [
        (*sequence[:-1], (sequence[-1][0], UNKNOWN)) if registered else sequence for sequence in sequences(examples)
    ]
    sizes = {"rst": 1, "en": 1, "a": 2, "v": 1, "y": 2}
    again = parse_vcd(
        io.BytesIO(capture(sizes, rows, edge=edge, delay=data.draw(st.integers(0, 8)))),
        "x",
        input_signals=["a[1]", "dut.v"],
        output_signals=["y[1:0]"],
        clock="clk",
        edge=edge,
        reset="top.dut.rst",
        reset_level=level,
        enable="en",
        registered=registered,
    )
    assert sequences(again) == expected
    assert again.inputs == again.outputs == Alphabet.words(2)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("top.rx", "1"),
        ("rx", "1"),
        ("top.dut.data", "1000"),
        ("dut.data", "1000"),
        ("data", "1000"),
        ("data[3:0]", "1000"),
        ("dut.data[3:0]", "1000"),
        ("data[3]", "1"),
        ("top.dut.data[0]", "0"),
        ("up[0]", "1"),
        ("up[3]", "0"),
        ("plain[2]", "1"),
        ("plain[0]", "0"),
        ("bus[1]", "1"),
        ("bus[0]", "0"),
        ("mem[5]", "10000001"),
        ("mem[5][7:0]", "10000001"),
        ("mem[5][0]", "1"),
        ("mem[5][6]", "0"),
        ("fixed[0]", "1"),
        ("fixed[-1]", "0"),
        ("other.top.clk", "1"),
    ],
)
def test_a_signal_is_named_by_the_end_of_its_path(name: str, word: str) -> None:
    values = "1s\nb1000 d\nb1000 u\nb100 p\n1b1\n0b0\nb10000001 m\nb10 f\n1Z\n"
    assert shown(name, values) == word


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dat", "there is no signal 'dat', the nearest: 'top.dut.data[3:0]'"),
        ("dut.ix", "there is no signal 'dut.ix', the nearest: 'top.dut.fixed[0:-1]'"),
        ("ata", "there is no signal 'ata', the nearest: 'top.dut.data[3:0]'"),
        ("data[2:0]", "there is no signal 'data[2:0]', the nearest: 'top.dut.data[3:0]'"),
        ("y", "signal 'y' may be any of 'top.dut.y', 'top.other.y'"),
        ("bus", "there is no signal 'bus', the nearest: 'top.dut.bus[1]', 'top.dut.bus[0]'"),
        ("data[4]", "there is no bit 4 in 'top.dut.data[3:0]'"),
        ("up[-1]", "there is no bit -1 in 'top.dut.up[0:3]'"),
        ("plain[3]", "there is no bit 3 in 'top.dut.plain'"),
        ("rx[1]", "there is no bit 1 in 'top.rx'"),
        ("volts", "signal 'volts' is a real of 64 bits, expected a word of bits"),
        ("none", "signal 'none' is a wire of 0 bits, expected a word of bits"),
        ("lean", "signal 'top.dut.lean[7:0]' has 4 bits, expected as many as its range"),
        ("wide", "13 input bits, expected at most 12, or an alphabet of the words that occur"),
        ("clk", "signal 'clk' may be any of 'top.clk', 'top.dut.clk', 'top.other.top.clk'"),
        ("dut.clk", "signal 'dut.clk' is named for two uses, expected one"),
        ("top.clk", "signal 'top.clk' is named for two uses, expected one"),
        ("dut.y", "signal 'dut.y' is named for two uses, expected one"),
    ],
)
def test_names_of_nothing_or_of_several_signals(name: str, message: str) -> None:
    assert shown(name, "") == f"x.vcd: {message}"


def test_where_nothing_is_near_the_first_are_named() -> None:
    head = "".join(f"$var wire 1 {number} s{number} $end\n" for number in range(30)) + "$enddefinitions $end\n"
    with pytest.raises(InputError) as error:
        parse_vcd(io.BytesIO(head.encode()), "x", input_signals=["?"], output_signals=["s1"], clock="s0")
    listed = ", ".join(f"'s{number}'" for number in range(20))
    assert str(error.value) == f"x: there is no signal '?', only {listed}, ..."


def test_signals_of_one_code_have_one_size() -> None:
    with pytest.raises(InputError, match=r"^x\.vcd: signal 'part' has the code 'd' for 4 and for 2 bits, expected one"):
        read(EDGE, ["data", "part"])


def test_several_signals_make_one_word() -> None:
    text = f"#0\n0c\nb10 f\nb100 p\n1s\n0y\nb0001 d\n{EDGE}"
    examples = read(text, ["plain", "rx", "fixed"], ["data", "dut.y"])
    assert names(examples) == ["100110/00010"]
    assert (examples.inputs, examples.outputs) == (Alphabet.words(6), Alphabet.words(5))


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("b0 d", "0000"),
        ("b1 d", "0001"),
        ("B0101 d", "0101"),
        ("b000101 d", "0101"),
        ("bL01H d", "0011"),
        ("bh d", "0001"),
        ("1d", "0001"),
    ],
)
def test_a_short_value_is_filled_up(value: str, word: str) -> None:
    assert shown("data", value + "\n") == word


@pytest.mark.parametrize("value", ["bx d", "bz d", "bX1 d", "b010x d", "bu d", "bW d", "b11-1 d", "xd", "Zd", ""])
def test_a_word_with_an_unknown_bit_is_unknown(value: str) -> None:
    text = f"#0\n0c\n{value}\n1s\n{EDGE}"
    assert names(read(text, ["rx"], ["data"])) == ["1/?"]
    with pytest.raises(InputError, match=r"none of the 1 clock edges is a step of a sequence: .* 1 before a reset or "):
        read(text, ["data"])


@pytest.mark.parametrize(("value", "bits"), [("bx d", "xxxx"), ("bx1 d", "xxx1"), ("b1x d", "001x"), ("bz d", "xxxx")])
def test_an_unknown_first_digit_fills_up(value: str, bits: str) -> None:
    text = f"#0\n0c\n{value}\n1s\n{EDGE}"
    seen = "".join(names(read(text, ["rx"], [f"data[{index}]"]))[0][-1] for index in (3, 2, 1, 0))
    assert seen == bits.replace("x", "?")


def test_moments_and_lines() -> None:
    # Values before the first time; one time twice; changes before and after that of the clock.
    text = "$dumpvars\n0c 0s 0y\n$end\n#0\n#5\n1s\n1c\n1y\n#5\n0r\n#6\n0c\n#7 1c 0s\n#8 0c\n#9 1s\n#9 1c\n"
    examples = read(text, ["rx"])
    assert names(examples) == ["0/0 1/1 0/1"]
    assert examples.lines == (LINES + 7,)
    # What changes and changes back at one time was no edge.
    assert names(read("#0 0c 0s 0y\n#5 1c 0c\n#6 1c\n", ["rx"])) == ["0/0"]


def test_a_gap_in_the_dump_is_not_bridged() -> None:
    text = io.StringIO()
    with VCDWriter(text, date="today") as writer:
        clk, rst = (writer.register_var("top", name, "wire", 1, init=0) for name in ("clk", "rst"))
        for name in ("a", "y"):
            writer.register_var("top", name, "wire", 1, init=0)
        for time in range(1, 100):
            if time in (30, 50):
                (writer.dump_off if time == 30 else writer.dump_on)(time)
            writer.change(rst, time, time in (4, 70))
            writer.change(clk, time, time % 2)
    stream = io.BytesIO(text.getvalue().encode())
    signals: dict[str, Any] = {"input_signals": ["a"], "output_signals": ["y"], "clock": "clk"}
    assert parse_vcd(stream, "x", **signals).lengths.tolist() == [15]
    stream.seek(0)
    # From the edge after the first reset to the gap, and from the second reset on.
    assert parse_vcd(stream, "x", **signals, reset="rst").lengths.tolist() == [12, 14]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": the clock 'dut.clk' has no rising edge"),
        ("#0\n1c\n#5\n0c\n", ": the clock 'dut.clk' has no rising edge"),
        ("#0\n0c0r\n#1\n1c\n", ": the clock 'dut.clk' has no rising edge"),
        ("#0 0c 0r\n#1 1c\n#2 0c 1r\n#3 1c\n", ": none of the 2 clock edges is a step of a sequence: 1 in reset, 0 not "
         "enabled, 1 before a reset or from an unknown value on"),
        ("#10\n0c\n#9\n1c\n", ":3: the time 9 after the time 10, expected a later one"),
        ("#1\n0c\nb10 s\n", ":3: the value '10' of a signal of 1 bits"),
        ("#1\nbxx s\n", ":2: the value 'xx' of a signal of 1 bits"),
        ("#1\nr1.5 s\n", ":2: the value '1.5' of a signal of 1 bits"),
        ("#1\ns1 s\n", ":2: the value '1' of a signal of 1 bits"),
        ("#1\n0c\n?\n", ":3: is not VCD: 'confused: ?'"),
        ("#1\n0c\n#\n", ":4: is not VCD: 'Expected decimal value'"),
    ],
)  # fmt: skip
def test_errors_of_the_values(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(text, ["rx"], reset="rst")
    place, _, said = message[1:].partition(": ")
    assert str(error.value) == (f"x.vcd:{LINES + int(place)}: {said}" if place.isdigit() else f"x.vcd{message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x: is no VCD, or breaks off in its header: there is no $enddefinitions"),
        ("$scope module a $end\n$var wire 1 ! b $e", "x:2: is not VCD: 'Expected $end'"),
        ("$var wire 4 ! a [", "x: is no VCD, or breaks off in its header: there is no $enddefinitions"),
        ("0 1\t0 1\n", "x:1: is not VCD: 'Expected id code'"),
        ("rst,a,y\n", "x:1: is not VCD: 'Expected real value, got: st,a,y'"),
        ("0abc\n", "x: is no VCD, or breaks off in its header: there is no $enddefinitions"),
        ("$date now $end\n$enddefinitions $end\n", "x:2: declares no signals"),
        ("\n$upscope $end\n", "x:2: $upscope without a $scope"),
        ("$var coin 1 ! b $end\n", "x:1: is not VCD: 'Invalid $var type: coin. Must be one of: event, "),
        ("$comment \u00fc $end", "x: is not VCD: \"'ascii' codec can't decode byte 0xc3 in position 0"),
        ("#" + "1" * 5000, "x: is not VCD: 'Exceeds the limit (4300 digits) for integer string conversion"),
        ("$enddefinition \u0085", "x:1: is not VCD: 'invalid keyword $enddefinition'"),
        ("\u0085", "x:1: is not VCD: 'confused: Â'"),
        ("\x1c", "x:1: is not VCD: 'confused: \\x1c'"),
    ],
)  # fmt: skip
def test_errors_of_the_header(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_vcd(io.BytesIO(text.encode()), "x", input_signals=["a"], output_signals=["b"], clock="c")
    assert str(error.value).startswith(message)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("what", ["input", "output", "clock"])
def test_signals_must_be_named(what: str) -> None:
    named: dict[str, Any] = {"input_signals": ["a"], "output_signals": ["b"], "clock": "c"}
    key = what if what == "clock" else f"{what}_signals"
    with pytest.raises(InputError, match=rf"^x: no {what} signal is named$"):
        parse_vcd(io.BytesIO(), "x", **named | {key: type(named[key])()})


@pytest.mark.parametrize("use", ["clock", "reset", "enable"])
def test_a_control_signal_has_one_bit(use: str) -> None:
    with pytest.raises(InputError, match=r"^x\.vcd: signal 'data' has 4 bits, expected 1$"):
        read(EDGE, ["rx"], **{use: "data"})
    with pytest.raises(InputError, match=r"^x\.vcd: signal 'rx' is named for two uses, expected one$"):
        read(EDGE, ["rx"], **{use: "rx"})
    text = "#0 0c 0s 0y b10 d\n#1 1c\n#2 b0 d 0c\n#3 1c\n#4 b10 d\n"
    assert names(read(text, ["rx"], **{use: "data[1]"})) == ["0/0"]


def test_declared_alphabets() -> None:
    text = f"#0\n0c\n1s\n0y\nb1 w\n{EDGE}#11 0c b10 w\n#12\n1c\n"
    wide = Alphabet.of([f"{number:013b}" for number in (1, 0)])
    with pytest.raises(InputError) as error:
        read(text, ["wide"], inputs=wide)
    assert str(error.value) == (
        f"x.vcd:{LINES + 10}: unknown symbol '0000000000010', expected one of: 0000000000001 0000000000000"
    )
    examples = read(text.replace("b10 w", "b0 w"), ["wide"], inputs=wide, outputs=Alphabet.of("10"))
    assert examples.words.tolist() == [[0, 1]]
    assert examples.answers.tolist() == [[1, 1]]
    assert (examples.inputs, examples.outputs) == (wide, Alphabet.of("10"))
    assert len(read(text, ["wide[11]", "wide[10]"], ["data", "plain", "up", "rx"]).outputs) == 1 << 12
    with pytest.raises(InputError, match=r"^x\.vcd: 13 output bits, expected at most 12, or"):
        read(text, ["rx"], ["wide"])


def test_a_table_of_one_long_and_many_short_sequences_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_of_tables, "MOST_SYMBOLS", 6)
    rows = [{"rst": reset, "a": "0", "y": "0"} for reset in "1000100"]
    signals: dict[str, Any] = {"input_signals": ["a"], "output_signals": ["y"], "clock": "clk", "reset": "rst"}
    sizes = {"rst": 1, "a": 1, "y": 1}
    assert parse_vcd(io.BytesIO(capture(sizes, rows)), "x", **signals).words.shape == (2, 3)
    rows += [{"rst": reset} for reset in "10"]
    with pytest.raises(InputError, match=r"^x:[0-9]+: 3 sequences of up to 3 symbols need a table of 9 entries"):
        parse_vcd(io.BytesIO(capture(sizes, rows)), "x", **signals)


class Long(io.RawIOBase):
    """A file of so many changes of signals that nobody asks for, made while it is read."""

    def __init__(self, changes: int) -> None:
        self._texts = chain([HEADER], (f"#{time}\nb1{time % 8:03b} u\n{time % 2}Y\n" for time in range(changes)))

        self._rest = b""

    def readinto(self, buffer: Any) -> int:
        text = self._rest or next(self._texts, "").encode()
        count = min(len(text), len(buffer))
        buffer[:count], self._rest = text[:count], text[count:]
        return count


def test_what_nobody_asked_for_is_not_kept() -> None:
    def peak(changes: int) -> int:
        tracemalloc.start()
        try:
            with pytest.raises(InputError, match="has no rising edge"):
                parse_vcd(
                    Long(changes),
                    "x",
                    input_signals=["rx"],
                    output_signals=["dut.y"],
                    clock="dut.clk",
                )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Of several blocks no more is there at a time than of one.
    peak(10)
    assert peak(400_000) < peak(150_000) + 100_000


@given(example_sets(max_symbols=4, min_length=1), st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(examples: Examples, data: st.DataObject) -> None:
    rows = [{"a": f"{x:02b}", "y": "x" if y == UNKNOWN else "0"} for pair in sequences(examples) for x, y in pair]
    text = capture({"a": 2, "y": 1}, rows).decode()
    pieces = ["", "\n", "$end", "$", "#", "b", "x", "\x00", "\u2028", "1", "[", "]", " ", "\\", "r1 ", "s1 ", "-9"]

    def parse(text: str, source: str) -> Examples:
        stream = io.BytesIO(text.encode())
        return parse_vcd(stream, source, input_signals=["a"], output_signals=["y"], clock="clk")

    refused_or_read(parse, damaged(data.draw, text, pieces))


def test_files(tmp_path: Path) -> None:
    (tmp_path / "x.vcd").write_bytes(capture({"a": 1, "y": 1}, [{"a": "0", "y": "1"}, {"a": "1", "y": "0"}]))
    examples = read_vcd(str(tmp_path / "x.vcd"), input_signals=["a"], output_signals=["y"], clock="clk")
    assert names(examples) == ["0/1 1/0"]
    with pytest.raises(InputError, match=r"none\.vcd: cannot be read \(No such file or directory\)$"):
        read_vcd(tmp_path / "none.vcd", input_signals=["a"], output_signals=["y"], clock="clk")


def test_the_times_of_the_steps() -> None:
    found = read("#0 0c 0s 0y 1r #3 0r\n#7 1c #9 0c #12 1c #13 0c\n#14 1r #15 0r\n#21 1c", ["rx"], reset="rst")
    assert found.times is not None
    assert found.times.edges.tolist() == [[7, 12], [21, UNKNOWN]]
    assert (found.times.ends.tolist(), found.times.scale) == ([12, 21], "1 ns")
    text = "#0 0c 0s 0y 1r #3 0r\n#7 1c #9 0c #12 1c #13 0c #14 1r #15 1c #16 0r #17 0c\n#21 1c #22 0c\n#23 xs #24 1c"
    late = read(text, ["rx"], reset="rst", registered=True)
    assert late.times is not None
    assert late.times.edges.tolist() == [[7, 12], [21, UNKNOWN]]
    # The output of the step at 12 was not seen, that of the step at 21 at the edge after it.
    assert late.times.ends.tolist() == [12, 24]
    assert names(late) == ["0/0 0/?", "0/0"]


@pytest.mark.parametrize("time", [2**63 - 1, 2**63, 10**40])
def test_a_time_of_more_than_64_bits_is_refused(time: int) -> None:
    text = f"#0 0c 0s 0y\n#{time} 1c"
    if time < 2**63:
        assert names(read(text, ["rx"])) == ["0/0"]
        return
    with pytest.raises(
        InputError, match=rf"^x\.vcd:{LINES + 2}: the time '[0-9]+'(\.\.\.)?, expected one below 2\*\*63$"
    ):
        read(text, ["rx"])
