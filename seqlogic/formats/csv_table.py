"""CSV as rows of cells: the header, the columns that a caller names, and the symbols that their cells make.

The cells are those of RFC 4180 as Python's csv module reads them, in UTF-8, with any line ends, separated by commas,
semicolons or tabs.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from seqlogic.errors import InputError
from seqlogic.formats.kiss2_file import MOST_INPUT_BITS
from seqlogic.formats.shared import Numbering, clip, with_signals
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["LONGEST_ROW", "MISSING", "Symbols", "level", "places", "read_rows"]

MISSING = frozenset(["", "x", "X", "z", "Z", "-", "?"])
LONGEST_ROW = 1 << 24
"""The longest line that is read, in characters: its cells take several times as much memory."""

_JOINT = ","
_DELIMITERS = ",;\t"
_REMEMBERED = 1 << 16
_SHORT = 256


def level(cell: str, what: str, column: str) -> str:
    """A cell of a signal of one bit: `0`, `1`, or `x` if it is missing; ValueError if it is something else."""
    if cell in ("0", "1"):
        return cell
    if cell not in MISSING:
        raise ValueError(f"{clip(cell)} in the {what} column {clip(column)}, expected 0 or 1")
    return "x"


class Symbols:
    """The symbols that some columns make, numbered; each combination of cells is looked at once.

    Args:
        columns: the names of the columns.
        place: where in a row each of them stands.
        alphabet: the alphabet that the symbols must keep to; inferred from them if None.
        bits: whether an inferred one is of all words of so many bits, where all cells are words of bits, those of a
            column of one width, and of no more than 12 together.
    """

    def __init__(
        self, columns: Sequence[str], place: dict[str, int], alphabet: Alphabet | None, *, bits: bool = False
    ) -> None:
        self._numbering = Numbering(alphabet)
        # The name of a word of bits has no commas in it.
        self._joint = _JOINT if alphabet is None or alphabet.bits is None else ""
        self._columns = [(column, place[column]) for column in columns]
        self._bits = bits and alphabet is None
        self._numbers: dict[tuple[str, ...], int] = {}
        # The lengths of the cells of each symbol.
        self._widths: set[tuple[int, ...]] = set()

    @property
    def seen(self) -> bool:
        """Whether any symbol was there."""
        return len(self._numbering) > 0

    def number(self, cells: list[str]) -> int:
        """The number of the symbol in a row, UNKNOWN if a cell is missing; ValueError if it can be no symbol."""
        values = tuple([cells[place] for _, place in self._columns])
        number = self._numbers.get(values)
        if number is None:
            if len(self._numbers) >= _REMEMBERED:
                self._numbers.clear()
            number = UNKNOWN if not MISSING.isdisjoint(values) else self._numbering.number(self._name(values))
            self._numbers[values] = number
        return number

    def _name(self, values: tuple[str, ...]) -> str:
        for value, (column, _) in zip(values, self._columns, strict=True):
            if not value.isprintable():
                raise ValueError(f"{clip(value)} in column {clip(column)} is not printable text of one line")
            # Else two different symbols could have one name.
            if _JOINT in value and len(values) > 1:
                raise ValueError(f"{clip(value)} in column {clip(column)} holds a comma, which joins several columns")
        self._widths.add(tuple(map(len, values)))
        if not self._joint and len(self._widths) > 1:
            raise ValueError(f"{clip(' '.join(values))} has other widths than before, expected words of bits")
        return self._joint.join(values)

    def finish(self, numbers: np.ndarray) -> tuple[Alphabet, np.ndarray]:
        """The alphabet and the array of any shape, which is written over, in its symbols.

        Its bits are named as the columns are, where the index of each symbol is the word of its cells, or the number in
        the cell of the only column.
        """
        alphabet, symbols = self._numbering.finish(numbers, self._word_bits())
        names = [column for column, _ in self._columns]
        # A comma stands in the names of symbols of several columns.
        if alphabet.names == tuple(map(str, range(len(alphabet)))):
            return replace(alphabet, signals=((names[0], alphabet.width),)), symbols
        if len(self._widths) != 1:
            return alphabet, symbols
        (widths,) = self._widths
        return with_signals(alphabet, zip(names, widths, strict=True)), symbols

    def _word_bits(self) -> int | None:
        """How many bits the words have that are asked for and that all cells are; None if that is not so."""
        if not self._bits or len(self._widths) != 1:
            return None
        (widths,) = self._widths
        bits = sum(widths)
        return bits if bits <= MOST_INPUT_BITS and self._numbering.letters <= set("01" + _JOINT) else None


def read_rows(lines: Iterable[str], source: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are no comment and not blank, the header first, each with the number of its first line."""
    lines = iter(lines)
    passed, first = next(
        ((number, line) for number, line in enumerate(lines) if line.strip() and not line.startswith("; ")), (0, "")
    )
    by_columns = {delimiter: len(next(csv.reader([first], delimiter=delimiter), [])) for delimiter in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=by_columns.__getitem__)
    # A line without quotes is a row, and in samples most are as one before.
    known: dict[str, list[str]] = {}
    waiting = [first]
    reader = csv.reader(_fed(waiting, lines), delimiter=delimiter, strict=True)
    line = passed + 1
    for text in chain([first], lines):
        cells = known.get(text)
        taken = 1
        if cells is None:
            waiting[:] = [text]
            before = reader.line_num
            try:
                cells = [cell.strip() for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error as error:
                raise InputError(f"is not CSV ({error})", file=source, line=line) from error
            taken = reader.line_num - before
            if taken == 1 and len(text) <= _SHORT:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[text] = cells
        if cells and cells != [""]:
            yield line, cells
        line += taken


def _fed(waiting: list[str], lines: Iterator[str]) -> Iterator[str]:
    """The line that waits, and where a quote goes beyond its end those after it."""
    while True:
        if waiting:
            yield waiting.pop()
        elif (line := next(lines, None)) is not None:
            yield line
        else:
            return


def places(
    header: list[str],
    symbols: tuple[Sequence[str], Sequence[str]],
    others: Iterable[str | None],
    source: str,
    line: int,
) -> dict[str, int]:
    """Where in a row each column stands that the caller names; InputError if that is not one place, or two uses."""
    for what, columns in zip(("input", "output"), symbols, strict=True):
        if not columns:
            raise InputError(f"no {what} column is named, expected at least one", file=source)
    named = [*symbols[0], *symbols[1], *(column for column in others if column is not None)]
    for column in named:
        if named.count(column) > 1:
            raise InputError(f"column {clip(column)} is named for two uses, expected one", file=source)
        if column not in header:
            there = ", ".join(map(clip, header[:20])) + (", ..." if len(header) > 20 else "")
            raise InputError(f"there is no column {clip(column)}, only {there}", file=source, line=line)
        if header.count(column) > 1:
            raise InputError(f"column {clip(column)} stands twice in the header", file=source, line=line)
    return {column: header.index(column) for column in named}
