"""Which format the suffix of a file of sequences stands for, and whose the columns are."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlogic.errors import InputError
from seqlogic.formats.sequences import Columns, check_columns, read_sequences
from seqlogic.machine import Alphabet

CONTENT = {
    "csv": "in,out\n1,a\n0,b\n",
    "TSV": "in\tout\n1\ta\n0\tb\n",
    "abb": "1 2\n1 2 1 0\n",
    "abbadingo": "1 2\n1 2 1 0\n",
    "vcd": """
$var wire 1 c clk $end $var wire 1 r rst $end $var wire 1 e en $end $var wire 1 i in $end $var wire 1 o out $end
$enddefinitions $end
#0 1c 0r 0e 0i 0o #1 0c #2 1c 1r #3 0c 1e 1i #4 1c #5 0c 0i 1o #6 1c #7 0c
""",
    "txt": "1 0\ta b\n",
    "log": "1 0\ta b\n",
}


@pytest.mark.parametrize("suffix", CONTENT)
def test_the_suffix_says_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"one.{suffix}"
    path.write_text(CONTENT[suffix])
    columns = Columns()
    if suffix.lower() in ("csv", "tsv"):
        columns = Columns(input_columns=("in",), output_columns=("out",))
    elif suffix == "vcd":
        columns = Columns(("in",), ("out",), None, "rst", "clk", "en", "falling", 0, registered=True)
    outputs = Alphabet.of("01") if suffix == "vcd" else None
    examples = read_sequences(path, Alphabet.of(["1", "0"]), outputs, columns)
    assert examples.words.tolist() == [[0, 1]]
    expected = {"abb": [[-1, 1]], "abbadingo": [[-1, 1]], "vcd": [[1, -1]]}.get(suffix, [[0, 1]])
    assert examples.answers.tolist() == expected


@pytest.mark.parametrize(("delimiter", "suffix"), [(",", "csv"), ("\t", "TSV")])
def test_csv_with_a_clock_is_a_capture(delimiter: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"one.{suffix}"
    rows = ["c r e i o", "1 0 0 0 0", "0 0 0 0 0", "1 1 0 0 0", "0 1 1 1 0", "1 1 1 1 0", "0 1 1 0 1", "1 1 1 0 1"]
    path.write_text("".join(row.replace(" ", delimiter) + "\n" for row in [*rows, "0 1 1 0 1"]))
    columns = Columns(("i",), ("o",), None, "r", "c", "e", "falling", 0, registered=True)
    examples = read_sequences(path, Alphabet.of(["1", "0"]), None, columns)
    assert (examples.words.tolist(), examples.answers.tolist()) == ([[0, 1]], [[1, -1]])


@pytest.mark.parametrize("suffix", [*CONTENT, "clocked.csv"])
def test_who_asks_is_told_how_far_the_reading_is(suffix: str, tmp_path: Path) -> None:
    path, columns = tmp_path / f"one.{suffix}", Columns()
    content = CONTENT.get(suffix, "c,in,out\n0,0,a\n1,0,b\n")
    # Enough comments, rows or words for several blocks.
    if suffix == "vcd":
        content = f"$comment {'long ' * 600_000}$end" + content
    elif "abb" in suffix:
        content = content.replace("1 2", "300000 2", 1) + "0 1 1\n" * 299_999
    else:
        content += content.splitlines(keepends=True)[-1] * 400_000
    if suffix.lower() in ("csv", "tsv", "vcd", "clocked.csv"):
        clock = "clk" if suffix == "vcd" else "c" if suffix == "clocked.csv" else None
        columns = Columns(("in",), ("out",), clock_column=clock)
    path.write_text(content)
    told: list[tuple[int, int]] = []
    read_sequences(path, columns=columns, tell=lambda done, of: told.append((done, of)))
    assert {of for _, of in told} == {len(content)}
    done = [done for done, _ in told]
    assert done == sorted(done)
    assert 0 < done[0] < done[-1] == len(content)


def spelled(name: str) -> str:
    return f"<{name}>"


def test_columns_that_a_format_has() -> None:
    check_columns("a.csv", Columns(("x",), ("y",), "run", "reset"), spelled)
    check_columns("a.csv", Columns(("x",), ("y",), None, "reset", "clk", "en", "both", 0, True), spelled)
    check_columns("a.VCD", Columns(("x",), ("y",), None, "reset", "clk", "en", "both", 0, True), spelled)
    check_columns("a.vcd", Columns(("x",), ("y",), clock_column="clk"), spelled)
    check_columns("a.txt", Columns(), spelled)


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("a.csv", Columns(), "is CSV, which needs <input_columns>, a list of its columns"),
        ("a.tsv", Columns(("x",)), "is CSV, which needs <output_columns>, a list of its columns"),
        ("a.vcd", Columns(), "is VCD, which needs <input_columns>, a list of its signals"),
        ("a.vcd", Columns(("x",)), "is VCD, which needs <output_columns>, a list of its signals"),
        ("a.vcd", Columns(("x",), ("y",)), "is VCD, which needs <clock_column>, one of its signals"),
        ("a.vcd", Columns(("x",), ("y",), "run", clock_column="c"), "<sequence_column> is for CSV (.csv, .tsv)"),
        (
            "a.csv",
            Columns(("x",), ("y",), enable_column="e"),
            "<enable_column> is of a clock, which <clock_column> names",
        ),
        ("a.csv", Columns(("x",), ("y",), edge="both"), "<edge> is of a clock, which <clock_column> names"),
        ("a.tsv", Columns(("x",), ("y",), reset_level=0), "<reset_level> is of a clock, which <clock_column> names"),
        ("a.csv", Columns(("x",), ("y",), registered=True), "<registered> is of a clock, which <clock_column> names"),
        (
            "a.csv",
            Columns(("x",), ("y",), "run", clock_column="c"),
            "<sequence_column> is for rows that are steps; with <clock_column> a sequence begins after a reset, "
            "<reset_column>",
        ),
        ("a.txt", Columns(clock_column="c"), "<clock_column> is for CSV (.csv, .tsv) and VCD (.vcd)"),
        ("a.txt", Columns(edge="both"), "<edge> is for CSV (.csv, .tsv) and VCD (.vcd)"),
        ("a.txt", Columns(("x",)), "<input_columns> is for CSV (.csv, .tsv) and VCD (.vcd)"),
        ("a.abb", Columns(reset_column="r"), "<reset_column> is for CSV (.csv, .tsv) and VCD (.vcd)"),
    ],
)
def test_columns_that_a_format_needs_or_lacks(name: str, columns: Columns, message: str) -> None:
    with pytest.raises(InputError) as error:
        check_columns(name, columns, spelled)
    assert str(error.value) == f"{name}: {message}"
