"""Examples as CSV with a clock: the same as of a VCD file, symbols of cells, and the line of every error."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import rows as rows_of_tables
from seqlogic.formats.clocked import Edge
from seqlogic.formats.csv_clocked import parse_csv_capture, read_csv_capture
from seqlogic.formats.vcd import parse_vcd
from seqlogic.machine import UNKNOWN, Alphabet
from tests.captures import capture, sampled
from tests.example_sets import example_sets, sequences
from tests.strategies import damaged, refused_or_read

UART = Path(__file__).parent.parent / "fpga" / "captures" / "uart_receiver.vcd"


def read(text: str, **columns: Any) -> Examples:
    """The examples of a text with the clock c, the input a and the output y."""
    own = {"input_columns": ["a"], "output_columns": ["y"], "clock_column": "c"}
    return parse_csv_capture(text.splitlines(keepends=True), "x.csv", **own | columns)


def names(examples: Examples) -> list[str]:
    """Each sequence as input/output; `?` is what was not observed."""
    return [
        " ".join(f"{examples.inputs.name(x)}/{examples.outputs.name(y) if y >= 0 else '?'}" for x, y in sequence)
        for sequence in sequences(examples)
    ]


def assert_equal(one: Examples, other: Examples) -> None:
    """The same but for the lines, which are those of two files."""
    assert one.words.tolist() == other.words.tolist()
    assert one.answers.tolist() == other.answers.tolist()
    assert (one.inputs, one.outputs) == (other.inputs, other.outputs)
    assert one.inputs.signals == other.inputs.signals
    if (one.answers >= 0).any():
        assert one.outputs.signals == other.outputs.signals
    assert one.times is not None
    assert other.times is not None
    assert one.times.edges.tolist() == other.times.edges.tolist()
    assert one.times.ends.tolist() == other.times.ends.tolist()


@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize("edge", ["rising", "falling", "both"])
def test_samples_of_a_capture_are_read_as_the_capture(edge: Edge, registered: bool) -> None:
    vcd = UART.read_bytes()
    ins, outs = ["rx"], ["valid", "data", "done", "error"]
    one = parse_vcd(
        io.BytesIO(vcd),
        "x",
        input_signals=ins,
        output_signals=outs,
        clock="clk",
        edge=edge,
        reset="rst",
        registered=registered,
    )
    other = parse_csv_capture(
        sampled(vcd, ["clk", "rst", *outs, *ins]),
        "x",
        input_columns=ins,
        output_columns=outs,
        clock_column="clk",
        edge=edge,
        reset_column="rst",
        registered=registered,
    )
    assert len(one) > 100
    assert_equal(one, other)


@given(
    example_sets(max_symbols=4, min_length=1),
    st.sampled_from(["rising", "falling", "both"]),
    st.sampled_from([0, 1]),
    st.booleans(),
    st.data(),
)
def test_any_samples_are_read_as_their_capture(
    examples: Examples, edge: Edge, level: Literal[0, 1], registered: bool, data: st.DataObject
) -> None:
    rows: list[dict[str, str]] = []
    bits = st.sampled_from(["0", "0", "1", "1", "x", "z"])
    for sequence in sequences(examples):
        rows.append({"rst": str(level)})
        for x, y in sequence:
            row = {"rst": str(1 - level), "en": "1", "a": f"{x:02b}", "y": f"{y:02b}" if y != UNKNOWN else "1x"}
            if data.draw(st.integers(0, 5)) == 0:
                row |= {data.draw(st.sampled_from(["rst", "en"])): data.draw(bits)}
            rows.append(row)
    vcd = capture({"rst": 1, "en": 1, "a": 2, "y": 2}, rows, edge=edge, delay=data.draw(st.integers(0, 8)))
    alphabets = {"inputs": Alphabet.words(2), "outputs": Alphabet.words(2)} if data.draw(st.booleans()) else {}
    shared: dict[str, Any] = {"edge": edge, "reset_level": level, "registered": registered, **alphabets}
    columns: dict[str, Any] = {"input_columns": ["a"], "output_columns": ["y"], "clock_column": "clk"}

    def vcd_examples() -> Examples:
        named: dict[str, Any] = {"input_signals": ["a"], "output_signals": ["y"], "clock": "clk"}
        return parse_vcd(io.BytesIO(vcd), "x", **named, reset="rst", enable="en", **shared)

    def csv_examples() -> Examples:
        lines = sampled(vcd, ["y", "a", "clk", "rst", "en"])
        return parse_csv_capture(lines, "x", **columns, reset_column="rst", enable_column="en", **shared)

    try:
        one = vcd_examples()
    except InputError as error:
        with pytest.raises(InputError, match=f"^{re.escape(str(error))}$"):
            csv_examples()
        return
    if not alphabets and (one.answers < 0).all():
        with pytest.raises(InputError, match=r"^x: no output was observed in any example$"):
            csv_examples()
        return
    assert_equal(one, csv_examples())


def test_an_edge_sees_the_row_before_it() -> None:
    examples = read("c,a,y\n0,0,0\n0,1,1\n1,0,0\n1,1,0\n0,0,1\n\n1,1,0\n")
    assert names(examples) == ["1/1 0/1"]
    assert examples.lines == (4,)
    assert examples.times is not None
    # Of six rows from 0.
    assert (examples.times.edges.tolist(), examples.times.ends.tolist()) == ([[2, 5]], [5])
    assert examples.times.scale is None


@pytest.mark.parametrize("cell", ["", "x", "X", "z", "Z", "-", "?"])
def test_a_missing_cell_is_unknown(cell: str) -> None:
    text = "c,r,e,a,y\n0,1,1,0,0\n{0},{1},{2},{3},{4}\n1,0,1,0,0\n0,0,1,0,0\n1,0,1,0,0\n"
    columns = {"reset_column": "r", "enable_column": "e"}
    assert names(read(text.format("0", "0", "1", "0", cell), **columns)) == ["0/? 0/0"]
    for place in range(4):
        cells = ["0", "0", "1", "0", "0"]
        cells[place] = cell
        with pytest.raises(InputError, match=r"none of the [12] clock edges is a step of a sequence: "):
            read(text.format(*cells), **columns)


def test_comments_of_sigrok_and_any_delimiter() -> None:
    text = "; CSV, generated by libsigrok 0.5.2\n; Samplerate: 1 MHz\nlogic;logic\n"
    header = "Time;c;a;y\n0.000001;0;1;1\n0.000002;1;1;1\n"
    assert names(read(text.partition("logic")[0] + header)) == ["1/1"]


@pytest.mark.parametrize(
    ("text", "inputs", "signals"),
    [
        ("c,b,a,y\n0,1,1,0\n1,1,1,0\n", Alphabet.words(2), (("a", 1), ("b", 1))),
        ("c,b,a,y\n0,01,0,0\n1,01,1,0\n", Alphabet.words(3), (("a", 1), ("b", 2))),
        # Not one width; not bits; more of them than an alphabet has.
        ("c,b,a,y\n0,0,0,0\n1,0,00,0\n0,0,00,0\n1,0,0,0\n", Alphabet.of(["0,0", "00,0"]), ()),
        ("c,b,a,y\n0,5,0,0\n1,5,0,0\n", Alphabet.of(["0,5"]), ()),
        (f"c,b,a,y\n0,{'1' * 12},0,0\n1,1,0,0\n", Alphabet.of(["0," + "1" * 12]), ()),
    ],
)
def test_words_of_bits_are_an_alphabet_of_all_of_them(
    text: str, inputs: Alphabet, signals: tuple[tuple[str, int], ...]
) -> None:
    found = read(text, input_columns=["a", "b"])
    assert (found.inputs, found.inputs.signals) == (inputs, signals)
    assert [found.inputs.name(symbol) for symbol in found.words[0]] == [
        row.split(",")[2] + ("" if signals else ",") + row.split(",")[1] for row in text.split("\n")[1:-1:2]
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.csv: is empty, expected a header line with the names of the columns"),
        ("c,a,y,r,e\n", "x.csv: holds no rows after its header"),
        ("c,a,y,r\n0,0,0,0\n", "x.csv:1: there is no column 'e', only 'c', 'a', 'y', 'r'"),
        ("c,a,y,r,e\n0,0,0,1,1\n0,0,0,1\n", "x.csv:3: 4 cells, but the header has 5"),
        ("c,a,y,r,e\n0,0,0,1,1\n2,0,0,1,1\n", "x.csv:3: '2' in the clock column 'c', expected 0 or 1"),
        ("c,a,y,r,e\n0,0,0,1,1\n1,0,0,low,1\n", "x.csv:3: 'low' in the reset column 'r', expected 0 or 1"),
        # What an edge looks at stands in the row before it.
        ("c,a,y,r,e\n0,0,0,1,1\n0,0,0,0,3\n\n1,0,0,0,1\n", "x.csv:3: '3' in the enable column 'e', expected 0 or 1"),
        ("c,a,y,r,e\n0,0,0,1,1\n0,\x07,0,0,1\n1,0,0,0,1\n",
         "x.csv:3: '\\x07' in column 'a' is not printable text of one line"),
        ("c,a,y,r,e\n0,0,0,1,1\n0,0,0,0,1\n", "x.csv: the clock 'c' has no rising edge"),
        ("c,a,y,r,e\n0,0,0,0,1\n1,0,0,0,1\n", "x.csv: none of the 1 clock edges is a step of a sequence: 0 in reset, 0 "
         "not enabled, 1 before a reset or from an unknown value on"),
        ("c,a,y,r,e\n0,0,x,1,1\n0,0,x,0,1\n1,0,0,0,1\n", "x.csv: no output was observed in any example"),
    ],
)  # fmt: skip
def test_every_error_names_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(text, reset_column="r", enable_column="e")
    assert str(error.value) == message


def test_what_no_edge_looks_at_does_not_matter() -> None:
    assert names(read("c,e,a,y\n0,1,0,0\n1,?!,\x07,0\n1,1,1,1\n0,0,\x07,0\n1,1,0,0\n", enable_column="e")) == ["0/0"]


def test_symbols_outside_a_declared_alphabet() -> None:
    with pytest.raises(InputError, match=r"^x\.csv:2: unknown symbol '2', expected one of: 0 1$"):
        read("c,a,y\n0,2,0\n1,0,0\n", inputs=Alphabet.of("01"))


def test_a_column_has_one_use() -> None:
    with pytest.raises(InputError, match=r"^x\.csv: column 'c' is named for two uses, expected one$"):
        read("c,a,y\n", enable_column="c")


def test_a_table_that_is_too_large_is_refused_where_it_becomes_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_of_tables, "MOST_SYMBOLS", 3)
    text = "c,a,y\n" + "0,0,0\n1,0,0\n" * 3
    assert read(text).words.shape == (1, 3)
    with pytest.raises(InputError, match=r"^x\.csv:8: 1 sequences of up to 4 symbols need a table of 4 entries"):
        read(text + "0,0,0\n1,0,0\n0,0\n")


@given(example_sets(max_symbols=4, min_length=1), st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(examples: Examples, data: st.DataObject) -> None:
    rows = [{"a": f"{x:02b}", "y": "x" if y == UNKNOWN else "0"} for pair in sequences(examples) for x, y in pair]
    text = "".join(sampled(capture({"a": 2, "y": 1}, rows), ["clk", "a", "y"]))
    pieces = ["", "\n", "\r", ",", ";;;", '"', "x", "\x00", "\u2028", "1", "0,0,0"]

    def parse(text: str, source: str) -> Examples:
        lines = io.StringIO(text, newline="")
        return parse_csv_capture(lines, source, input_columns=["a"], output_columns=["y"], clock_column="clk")

    refused_or_read(parse, damaged(data.draw, text, pieces))


def test_files(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xef\xbb\xbfc;a;y\r\n0;1;0\r\n1;0;0\r\n")
    columns: dict[str, Any] = {"input_columns": ["a"], "output_columns": ["y"], "clock_column": "c"}
    assert names(read_csv_capture(str(tmp_path / "x.csv"), **columns)) == ["1/0"]
    with pytest.raises(InputError, match=r"none\.csv: cannot be read \(No such file or directory\)$"):
        read_csv_capture(tmp_path / "none.csv", **columns)
