"""CSV as rows of cells: the same as the csv module reads, rows that were there before among them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqlogic.errors import InputError
from seqlogic.formats import csv_table
from seqlogic.formats.csv_table import level, read_rows

ROWS = ["0,1\n", "0,1\r\n", " 0 ,1\n", '"0",1\n', '"0\n', '0,1"\n', '"0,1\n', "\n", " \n", "a,b,c\n", '""\n', "0,1"]


@example(['"0\n', '0,1"\n', '"0\n', '0,2"\n'], 3)
@given(st.lists(st.sampled_from(ROWS), max_size=12), st.integers(1, 3))
def test_rows_are_those_of_the_csv_module(lines: list[str], remembered: int) -> None:
    text = "a,b\n" + "".join(lines)
    expected: list[list[str]] | None = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            expected.append([cell.strip() for cell in row])
    except csv.Error:
        expected = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_table, "_REMEMBERED", remembered)
        try:
            found = list(read_rows(io.StringIO(text, newline=""), "x"))
        except InputError:
            assert expected is None
            return
    assert expected is not None
    assert [cells for _, cells in found] == [cells for cells in expected if cells not in ([], [""])]
    ends = text.splitlines(keepends=True)
    for line, cells in found:
        # A row begins on its line.
        assert ends[line - 1].lstrip(' "').startswith(cells[0][:1])


@pytest.mark.parametrize(("cell", "shown"), [("0", "0"), ("1", "1"), ("", "x"), ("Z", "x"), ("?", "x")])
def test_the_level_of_a_cell(cell: str, shown: str) -> None:
    assert level(cell, "clock", "clk") == shown


@pytest.mark.parametrize("cell", ["2", "01", "L", "xx"])
def test_a_cell_without_a_level(cell: str) -> None:
    with pytest.raises(ValueError, match=f"^'{cell}' in the clock column 'clk', expected 0 or 1$"):
        level(cell, "clock", "clk")
