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


def spelled(name: str) -> str:
    return f"<{name}>"


def test_columns_that_a_format_has() -> None:
    check_columns("a.csv", Columns(("x",), ("y",), "run", "reset"), spelled)
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
        ("a.csv", Columns(("x",), ("y",), clock_column="c"), "<clock_column> is for VCD (.vcd)"),
        ("a.csv", Columns(("x",), ("y",), enable_column="e"), "<enable_column> is for VCD (.vcd)"),
        ("a.csv", Columns(("x",), ("y",), edge="both"), "<edge> is for VCD (.vcd)"),
        ("a.csv", Columns(("x",), ("y",), reset_level=0), "<reset_level> is for VCD (.vcd)"),
        ("a.csv", Columns(("x",), ("y",), registered=True), "<registered> is for VCD (.vcd)"),
        ("a.txt", Columns(("x",)), "<input_columns> is for CSV (.csv, .tsv) and VCD (.vcd)"),
        ("a.abb", Columns(reset_column="r"), "<reset_column> is for CSV (.csv, .tsv) and VCD (.vcd)"),
    ],
)
def test_columns_that_a_format_needs_or_lacks(name: str, columns: Columns, message: str) -> None:
    with pytest.raises(InputError) as error:
        check_columns(name, columns, spelled)
    assert str(error.value) == f"{name}: {message}"
