"""The rows of tables while a file is read: padding, and what is refused where it becomes too much."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.formats import rows as module
from seqlogic.formats.rows import Rows
from tests.example_sets import padded


@given(st.lists(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=5), max_size=5), st.booleans())
def test_the_tables_are_the_rows_filled_up(given_rows: list[list[int]], at_once: bool) -> None:
    rows = Rows("iq")
    for row in given_rows:
        rows.begin()
        if at_once:
            rows.extend(array("i", row), array("q", [2**40 + number for number in row]))
        else:
            for number in row:
                rows.add(number, 2**40 + number)
    assert len(rows) == len(given_rows)
    narrow, wide = rows.tables()
    expected = padded(given_rows, max(map(len, given_rows), default=0))
    assert (narrow.tolist(), narrow.dtype) == (expected.tolist(), np.int32)
    assert (wide.tolist(), wide.dtype) == (
        np.where(expected < 0, -1, 2**40 + expected.astype(np.int64)).tolist(),
        np.int64,
    )


def test_the_columns_are_given_up() -> None:
    rows = Rows("ii")
    first, second = rows.columns
    rows.begin()
    rows.add(1, 2)
    tables = rows.tables()
    assert (len(first), len(second), rows.columns) == (0, 0, [])
    assert [table.tolist() for table in tables] == [[[1]], [[2]]]


def test_a_table_is_refused_where_it_becomes_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SYMBOLS", 6)
    rows = Rows("i")
    for _ in range(2):
        rows.begin()
        for _ in range(3):
            rows.add(0)
    refused = (
        "sequences of up to {} symbols need a table of {} entries; at most 6 are read: cut the file into parts, or its "
        "longest sequence"
    )
    # The second row one longer, or a third one.
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message follows
        rows.add(0)
    assert str(error.value) == "2 " + refused.format(4, 8)
    with pytest.raises(ValueError) as error:  # noqa: PT011
        rows.begin()
    assert str(error.value) == "3 " + refused.format(4, 12)
    rows = Rows("i")
    rows.begin()
    with pytest.raises(ValueError, match=r"^1 sequences of up to 7 symbols need a table of 7 entries"):
        rows.extend(array("i", [0] * 7))


def test_short_sequences_are_bounded_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    rows = Rows("i")
    for _ in range(2):
        rows.begin()
        rows.add(0)
    with pytest.raises(ValueError, match=r"^more than 2 sequences, expected a part of the file$"):
        rows.begin()
