"""The rows of the tables of examples while a file is read: flat arrays, of which no more is kept than a table holds."""

from __future__ import annotations

from array import array

import numpy as np

from seqlogic.machine import UNKNOWN

__all__ = ["MOST_ROWS", "MOST_SYMBOLS", "Rows"]

MOST_SYMBOLS = 1 << 26
"""The largest table of examples that is read: with the times of its steps it and its flat arrays fit into 2 GB."""

MOST_ROWS = 1 << 23
"""The most sequences: what is kept of each beside its symbols is more than a short one takes."""


class Rows:
    """Rows of equally many numbers in each of several columns, one row after the other.

    >>> rows = Rows("ii")
    >>> for row in ([(1, 2), (3, 4)], [(5, 6)]):
    ...     rows.begin()
    ...     for numbers in row:
    ...         rows.add(*numbers)
    >>> rows.tables()[0].tolist()
    [[1, 3], [5, -1]]

    Attributes:
        columns: the numbers of all rows in each column.

    Args:
        types: of the columns, as `array` spells them.
    """

    def __init__(self, types: str) -> None:
        self.columns = [array(kind) for kind in types]
        self._first = self.columns[0]
        self._starts = array("q")
        self._longest = 0
        # How many numbers a column has when the present row is as long as the table allows.
        self._full = 0

    def __len__(self) -> int:
        """The number of rows."""
        return len(self._starts)

    def begin(self) -> None:
        """Begin a row, to which something must be added; ValueError if the table would be too large."""
        self._close()
        self._starts.append(len(self._first))
        count = len(self)
        if count > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS:,} sequences, expected a part of the file")
        self._full = self._starts[-1] + MOST_SYMBOLS // count
        if count * self._longest > MOST_SYMBOLS:
            raise self._too_large(self._longest)

    def add(self, *numbers: int) -> None:
        """Add a number to each column of the present row; ValueError if the table would be too large."""
        for column, number in zip(self.columns, numbers, strict=True):
            column.append(number)
        self.grown()

    def extend(self, *numbers: array[int]) -> None:
        """Add as many numbers to each column; ValueError as `add` has it."""
        for column, part in zip(self.columns, numbers, strict=True):
            column.extend(part)
        self.grown()

    def grown(self) -> None:
        """Look at the length of the present row, to whose columns something was added; ValueError as `add` has it."""
        if len(self._first) > self._full:
            raise self._too_large(len(self._first) - self._starts[-1])

    def tables(self) -> list[np.ndarray]:
        """The columns as arrays [N, T], filled up with UNKNOWN. The rows are given up."""
        self._close()
        lengths = np.diff(self._starts, append=len(self._first))
        inside = np.arange(self._longest) < lengths[:, None]
        tables = []
        while self.columns:
            column = self.columns.pop(0)
            table = np.full(inside.shape, UNKNOWN, dtype=column.typecode)
            table[inside] = np.frombuffer(column, dtype=column.typecode)
            tables.append(table)
            # Whoever else knows the array need not keep its memory.
            del column[:]
        return tables

    def _close(self) -> None:
        if self._starts:
            self._longest = max(self._longest, len(self._first) - self._starts[-1])

    def _too_large(self, longest: int) -> ValueError:
        return ValueError(
            f"{len(self):,} sequences of up to {longest:,} symbols need a table of {len(self) * longest:,} entries; at "
            f"most {MOST_SYMBOLS:,} are read: cut the file into parts, or its longest sequence"
        )
