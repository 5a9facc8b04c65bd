"""Examples as CSV: symbols of columns, where sequences begin, what is unobserved, and the line of every error."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import rows
from seqlogic.formats.csv_examples import parse_csv_examples, read_csv_examples
from seqlogic.machine import UNKNOWN, Alphabet
from tests.example_sets import example_sets, sequences
from tests.strategies import damaged, refused_or_read

MISSING = ["", "x", "X", "z", "Z", "-", "?"]


def read(text: str, reset: str | None = None, sequence: str | None = None) -> Examples:
    """The examples of a text with the inputs a (and b if there is one) and the output y."""
    columns = ["a", "b"] if "b" in text.lstrip().split("\n", 1)[0] else ["a"]
    return parse_csv_examples(
        text.splitlines(keepends=True),
        "x.csv",
        input_columns=columns,
        output_columns=["y"],
        reset_column=reset,
        sequence_column=sequence,
    )


def names(examples: Examples) -> list[str]:
    """Each sequence as the names of its symbols, input/output; `?` is what was not observed."""
    return [
        " ".join(f"{examples.inputs.name(x)}/{examples.outputs.name(y) if y >= 0 else '?'}" for x, y in sequence)
        for sequence in sequences(examples)
    ]


def rendered(examples: Examples, delimiter: str, quoting: int, missing: list[str], by: str) -> str:
    """Examples as CSV: each symbol in binary over two columns, sequences told apart by a value or by resets."""
    text = io.StringIO(newline="")
    # The csv module spells its constants as int, typeshed as literals.
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")  # type: ignore[arg-type]
    writer.writerow(["a", "note, of; a\tuser", "b", "by", "y", "v"])
    for number, sequence in enumerate(sequences(examples)):
        if by == "reset":
            writer.writerow(["x", "", "", "1", "0", "0"])
        for x, y in sequence:
            known = [str(y // 2), str(y % 2)]
            if y == UNKNOWN:
                # One missing cell of the two is enough.
                known[number % 2] = missing[number % len(missing)]
            writer.writerow([x // 2, " x", f" {x % 2} ", number if by == "sequence" else 0, *known])
    return text.getvalue()


@given(
    example_sets(max_symbols=4, min_length=1),
    st.sampled_from(",;\t"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.permutations(MISSING),
    st.sampled_from(["reset", "sequence"]),
)
def test_what_was_written_is_read(
    examples: Examples, delimiter: str, quoting: int, missing: list[str], by: str
) -> None:
    again = parse_csv_examples(
        rendered(examples, delimiter, quoting, missing, by).splitlines(keepends=True),
        "x",
        input_columns=["a", "b"],
        output_columns=["y", "v"],
        reset_column="by" if by == "reset" else None,
        sequence_column="by" if by == "sequence" else None,
        inputs=Alphabet.of(["0,0", "0,1", "1,0", "1,1"]),
        outputs=Alphabet.of(["0,0", "0,1", "1,0", "1,1"]),
    )
    assert sequences(again) == sequences(examples)


def test_symbols_of_one_column_and_of_several() -> None:
    examples = read("b,t,a,y\n10,0,p,on\n9,1,p,off\n10,2,q,on\n")
    assert names(examples) == ["p,10/on p,9/off q,10/on"]
    assert examples.inputs == Alphabet.of(["p,10", "p,9", "q,10"])
    assert examples.outputs == Alphabet.of(["off", "on"])
    # Of one column the name is the cell, a comma in it and all; numbers are sorted by value.
    assert read('a;y\n10;0\n9;1\n"p,q";1\n').inputs == Alphabet.of(["9", "10", "p,q"])


@pytest.mark.parametrize("cell", MISSING)
def test_a_missing_output_is_unobserved(cell: str) -> None:
    assert names(read(f"a,y\n0,1\n1,{cell}\n0,1\n")) == ["0/1 1/? 0/1"]


def test_one_missing_output_cell_hides_the_whole_output() -> None:
    lines = ["a,y,v\n", "0,1,0\n", "0,1,x\n", "0,z,0\n", "0,xx,0x\n"]
    examples = parse_csv_examples(lines, "x", input_columns=["a"], output_columns=["y", "v"])
    # What only looks like a missing cell is a symbol.
    assert names(examples) == ["0/1,0 0/? 0/? 0/xx,0x"]


@pytest.mark.parametrize("cell", MISSING)
def test_a_missing_input_ends_the_sequence(cell: str) -> None:
    text = (
        f"s,r,a,b,y\n1,0,0,0,0\n1,0,0,{cell},0\n1,0,1,1,1\n1,0,1,0,0\n2,0,1,0,1\n2,0,{cell},0,1\n2,1,0,0,0\n2,0,0,1,1\n"
    )
    assert names(read(text)) == ["0,0/0"]
    assert names(read(text, sequence="s")) == ["0,0/0", "1,0/1"]
    assert names(read(text, reset="r")) == ["0,1/1"]
    examples = read(text, sequence="s", reset="r")
    assert names(examples) == ["0,0/0", "1,0/1", "0,1/1"]
    assert examples.lines == (2, 6, 9)


def test_a_sequence_begins_where_the_value_changes() -> None:
    examples = read("s,a,y\nA,0,0\nA,1,1\n,0,0\nA,0,1\nA,1,0\nx,1,1\n", sequence="s")
    assert names(examples) == ["0/0 1/1", "0/0", "0/1 1/0", "1/1"]
    assert examples.lines == (2, 4, 5, 7)


def test_a_sequence_begins_after_a_reset() -> None:
    # Nobody knows the state before the first reset; held down, it begins one sequence.
    examples = read("r,a,y\n0,0,0\n1,0,0\n1,x,x\n0,1,1\n0,0,0\n1,0,0\n0,0,1\n1,1,1\n", reset="r")
    assert names(examples) == ["1/1 0/0", "0/1"]
    assert examples.lines == (5, 8)


@pytest.mark.parametrize("cell", MISSING)
def test_an_unknown_reset_ends_the_sequence(cell: str) -> None:
    text = f"r,a,y\n1,0,0\n0,0,0\n{cell},0,1\n0,1,1\n1,0,0\n0,1,0\n"
    assert names(read(text, reset="r")) == ["0/0", "1/0"]


def test_blank_lines_and_quoted_line_ends_count_as_lines() -> None:
    examples = read('\n  \ns,a,y,note\n\n1,0,0,"two\nlines"\n1,1,1,\n \n2,0,0,\n', sequence="s")
    assert names(examples) == ["0/0 1/1", "0/0"]
    assert examples.lines == (5, 9)


def test_comments_of_sigrok_stand_before_the_header() -> None:
    comments = "; CSV generated on a day\n; Channels (2/8): a, y\n\n; Samplerate: 1 MHz\n"
    examples = read(comments + "s,a,y\n1,0,1\n", sequence="s")
    assert (names(examples), examples.lines) == (["0/1"], (6,))
    # Anywhere else they are none, and a first column may be without a name.
    assert names(read(";a;y\n0;1;0\n; 0;1\n")) == ["1/0 0/1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.csv: is empty, expected a header line with the names of the columns"),
        ("\n \n", "x.csv: is empty, expected a header line with the names of the columns"),
        ("a,y,r\n", "x.csv: holds no rows after its header"),
        ("a,q,r\n0,0,0\n", "x.csv:1: there is no column 'y', only 'a', 'q', 'r'"),
        ("\na,y,y,r\n0,0,0,0\n", "x.csv:2: column 'y' stands twice in the header"),
        ("a,y,r\n0,1,1\n0,1\n", "x.csv:3: 2 cells, but the header has 3"),
        ("a,y,r\n0,1,1\n\n0,1,0,\n", "x.csv:4: 4 cells, but the header has 3"),
        ("a;y;r\n0,1,1\n", "x.csv:2: 1 cells, but the header has 3"),
        ('a,y,r\n0,1,1\n0,"1"1,0\n', "x.csv:3: is not CSV (',' expected after '\"')"),
        ('a,y,r\n0,1,1\n0,"1,0\n0,1,0\n', "x.csv:3: is not CSV (unexpected end of data)"),
        ("a,y,r\n0,1,1\n0,1,low\n", "x.csv:3: 'low' in the reset column 'r', expected 0 or 1"),
        ("a,y,r\n0,1,1\n\x07,1,0\n", "x.csv:3: '\\x07' in column 'a' is not printable text of one line"),
        ('a,y,r\n0,1,1\n0,"1\n2",0\n', "x.csv:3: '1\\n2' in column 'y' is not printable text of one line"),
        ('a,b,y,r\n0,0,1,1\n0,"1,2",1,0\n', "x.csv:3: '1,2' in column 'b' holds a comma, which joins several columns"),
        ("a,y,r\n0,1,0\n0,1,0\n0,1,1\n",
         "x.csv: no row is a step of a sequence, expected rows with all inputs after a row "
         "with 1 in the reset column"),
        ("a,y,r\n0,0,1\n1,x,0\n", "x.csv: no output was observed in any example"),
    ],
)  # fmt: skip
def test_every_error_names_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(text, reset="r")
    assert str(error.value) == message


def test_a_file_without_inputs_has_no_step() -> None:
    with pytest.raises(InputError, match=r"^x\.csv: no row is a step of a sequence$"):
        read("a,y\nx,1\n0,1\n")


def test_of_many_columns_the_first_are_named() -> None:
    header = ",".join(map(str, range(30)))
    with pytest.raises(InputError) as error:
        parse_csv_examples([header + "\n"], "x", input_columns=["0"], output_columns=["y"])
    assert str(error.value) == (
        "x:1: there is no column 'y', only " + ", ".join(f"'{number}'" for number in range(20)) + ", ..."
    )


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ([], ["y"], "x: no input column is named, expected at least one"),
        (["a"], [], "x: no output column is named, expected at least one"),
        (["a", "b", "a"], ["y"], "x: column 'a' is named for two uses, expected one"),
        (["a"], ["a"], "x: column 'a' is named for two uses, expected one"),
        (["a", "r"], ["y"], "x: column 'r' is named for two uses, expected one"),
    ],
)
def test_a_column_has_one_use(inputs: list[str], outputs: list[str], message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_csv_examples(["a,b,y,r\n"], "x", input_columns=inputs, output_columns=outputs, reset_column="r")
    assert str(error.value) == message


def test_symbols_outside_a_declared_alphabet() -> None:
    lines, alphabet = ["a,y\n", "0,0\n", "1,0\n", "0,2\n"], Alphabet.of("01")
    columns = {"input_columns": ["a"], "output_columns": ["y"]}
    with pytest.raises(InputError, match=r"^x:3: unknown symbol '1', expected one of: 0$"):
        parse_csv_examples(lines, "x", inputs=Alphabet.of("0"), **columns)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^x:4: unknown symbol '2', expected one of: 0 1$"):
        parse_csv_examples(lines, "x", outputs=alphabet, **columns)  # type: ignore[arg-type]
    hidden = parse_csv_examples(["a,y\n", "0,x\n"], "x", outputs=alphabet, **columns)  # type: ignore[arg-type]
    assert (names(hidden), hidden.outputs) == (["0/?"], alphabet)


def test_a_table_of_one_long_and_many_short_sequences_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_SYMBOLS", 6)
    text = "s,a,y\n1,0,0\n1,0,0\n1,0,0\n2,0,0\n"
    assert read(text, sequence="s").words.shape == (2, 3)
    with pytest.raises(InputError, match=r"^x\.csv:6: 3 sequences of up to 3 symbols need a table of 9 entries"):
        read(text + "3,0,0\n", sequence="s")


def test_the_file_is_read_row_by_row() -> None:
    given: list[int] = []

    def lines() -> Iterator[str]:
        yield "a,y\n"
        for number in range(1000):
            given.append(number)
            yield "0,0\n" if number != 10 else "0\n"

    with pytest.raises(InputError, match=r"^x:12: 1 cells, but the header has 2$"):
        parse_csv_examples(lines(), "x", input_columns=["a"], output_columns=["y"])
    assert len(given) == 11


@given(example_sets(max_symbols=4, min_length=1), st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(examples: Examples, data: st.DataObject) -> None:
    text = rendered(examples, ",", csv.QUOTE_MINIMAL, MISSING, "reset")
    pieces = ["", "\n", "\r", ",", ";;;", '"', "x", "\x00", "\u2028", "1"]

    def parse(text: str, source: str) -> Examples:
        lines = io.StringIO(text, newline="")
        return parse_csv_examples(lines, source, input_columns=["a", "b"], output_columns=["y", "v"], reset_column="by")

    refused_or_read(parse, damaged(data.draw, text, pieces))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_files(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(end.join([b"\xef\xbb\xbfa;y", b"0;1", b"1;x", b""]))
    examples = read_csv_examples(str(tmp_path / "x.csv"), input_columns=["a"], output_columns=["y"])
    assert names(examples) == ["0/1 1/?"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"a,y\n0,1\n\xff\xfe,1\n")
    for name, message in (
        ("none.csv", r"none\.csv: cannot be read \(No such file or directory\)$"),
        ("", r": cannot be read \(Is a directory\)$"),
        ("binary.csv", r"binary\.csv: is not UTF-8 text$"),
    ):
        with pytest.raises(InputError, match=message):
            read_csv_examples(tmp_path / name, input_columns=["a"], output_columns=["y"])


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("a,b,y\n0,0,0\n0,1,1\n1,0,2\n1,1,3\n", ((("a", 1), ("b", 1)), (("y", 2),))),
        # What the first of a row of words leave out does not matter.
        ("a,b,y\n0,0,0\n0,1,1\n1,0,2\n", ((("a", 1), ("b", 1)), (("y", 2),))),
        ("a,b,y\n00,0,0\n00,1,1\n01,0,0\n01,1,1\n10,0,0\n", ((("a", 2), ("b", 1)), (("y", 1),))),
        ("a,b,y\n0,0,a\n1,1,b\n", ((), ())),
        ("a,b,y\n0,0,1\n0,1,2\n", ((), ())),
        ("a,b,y\n0,01,0\n0,10,x\n01,1,1\n0,00,0\n", ((), (("y", 1),))),
        ("a,b,y\n0,0,x\n0,1,0\n", ((), (("y", 1),))),
    ],
)
def test_bits_are_named_as_their_columns(text: str, signals: tuple[tuple[tuple[str, int], ...], ...]) -> None:
    lines = text.splitlines(keepends=True)
    found = parse_csv_examples(lines, "x", input_columns=["a", "b"], output_columns=["y"])
    assert (found.inputs.signals, found.outputs.signals) == signals


def test_words_of_bits_are_cells_without_commas() -> None:
    lines, words = ["a,b,y\n", "01,1,x\n", "00,0,1\n"], Alphabet.words(3)
    columns = {"input_columns": ["a", "b"], "output_columns": ["y"], "outputs": Alphabet.words(1)}
    found = parse_csv_examples(lines, "x", inputs=words, **columns)  # type: ignore[arg-type]
    assert (found.words.tolist(), found.inputs.signals) == ([[3, 0]], (("a", 2), ("b", 1)))
    assert found.outputs.signals == (("y", 1),)
    with pytest.raises(InputError, match=r"^x:4: '0 00' has other widths than before, expected words of bits$"):
        parse_csv_examples([*lines, "0,00,1\n"], "x", inputs=words, **columns)  # type: ignore[arg-type]
    hidden = parse_csv_examples(lines[:2], "x", inputs=words, **columns)  # type: ignore[arg-type]
    assert hidden.outputs.signals == ()
