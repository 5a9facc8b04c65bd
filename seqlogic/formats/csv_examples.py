"""Examples as CSV: a header line that names the columns, and one row per step, as logic analysers export them.

The cells are those of RFC 4180 as Python's csv module reads them, in UTF-8, with any line ends, separated by commas,
semicolons or tabs.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from os import PathLike
from pathlib import Path

import numpy as np

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.shared import Numbering, clip, padded, with_signals
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["parse_csv_examples", "read_csv_examples"]

_MISSING = frozenset(["", "x", "X", "z", "Z", "-", "?"])
_JOINT = ","
_DELIMITERS = ",;\t"


def read_csv_examples(
    path: str | PathLike[str],
    *,
    input_columns: Sequence[str],
    output_columns: Sequence[str],
    sequence_column: str | None = None,
    reset_column: str | None = None,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
) -> Examples:
    """Read a CSV file row by row; see `parse_csv_examples`."""
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_csv_examples(
                lines,
                str(path),
                input_columns=input_columns,
                output_columns=output_columns,
                sequence_column=sequence_column,
                reset_column=reset_column,
                inputs=inputs,
                outputs=outputs,
            )
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", file=path) from error


def parse_csv_examples(
    lines: Iterable[str],
    source: str,
    *,
    input_columns: Sequence[str],
    output_columns: Sequence[str],
    sequence_column: str | None = None,
    reset_column: str | None = None,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
) -> Examples:
    """Read examples from the lines of a CSV file, of which no more than the numbers of the symbols is kept.

        rst,en,up,count
        1,x,x,x            a reset, no step
        0,1,1,1            the first symbol of a sequence, with the columns en and up as inputs: 1,1
        0,0,1,x            its second, 0,1, without an output

    The delimiter is the one of `,`, `;` and tab that makes the most columns of the header line. Spaces around a cell do
    not count; blank lines are passed over, and so are lines before the header that begin with `; `, which are comments
    of sigrok and PulseView. A symbol is named by its cell, or by the cells of its columns joined by
    commas, in the order in which the caller names the columns.

    A cell is missing if it is empty or one of `x X z Z - ?`. Where any output cell of a row is missing, the whole
    output of that row is unobserved. Where any input cell is missing, the state of the machine is no longer known: the
    sequence ends before that row, and the rows after it are left out until the next sequence begins. A sequence begins

    - where the value of the sequence column is another than in the row before (any text is a value, the empty one too);
    - after a row whose reset column holds 1, which is itself no step, and whose other cells do not matter; with 0 a row
      is a step, and a missing cell does as a missing input does;
    - at the first row, unless there is a reset column and no sequence column: nobody knows the state before a reset.

    Args:
        lines: the lines of the file with their line ends, the header first.
        source: what messages call the file.
        input_columns: the names of the columns that make an input symbol.
        output_columns: the names of the columns that make an output symbol.
        sequence_column: the column of which every other value begins a sequence.
        reset_column: the column in which 1 begins a sequence.
        inputs: the input alphabet; inferred if not given.
        outputs: the output alphabet; likewise.

    Returns:
        Examples of N sequences of 1 to T steps; the line of each is that of its first step.

    Raises:
        InputError: no input or no output column, a column that has two uses, is not in the header or stands in it
            twice, a row with more or fewer cells than the header, text that is not CSV, a reset cell other than 0, 1 or
            missing, a cell that cannot be part of a symbol's name, a symbol outside a given alphabet, no rows, no row
            that is a step, no output observed with no alphabet given, or sequences that need too large a table.
    """
    rows = _rows(lines, source)
    line, header = next(rows, (0, []))
    if not header:
        raise InputError("is empty, expected a header line with the names of the columns", file=source)
    place = _places(header, (input_columns, output_columns), (sequence_column, reset_column), source, line)
    words, answers = _Symbols(input_columns, place, inputs), _Symbols(output_columns, place, outputs)
    sequence = None if sequence_column is None else place[sequence_column]
    reset = None if reset_column is None else place[reset_column]
    # Whether the state is known, and whether the next step is the first of a sequence.
    known, begins = reset is None or sequence is not None, True
    value: str | None = None
    table: list[tuple[array[int], array[int]]] = []
    starts: list[int] = []
    line = 0
    for line, cells in rows:
        if len(cells) != len(header):
            raise InputError(f"{len(cells)} cells, but the header has {len(header)}", file=source, line=line)
        if sequence is not None and cells[sequence] != value:
            value, known, begins = cells[sequence], True, True
        try:
            if reset is not None and cells[reset] != "0":
                known, begins = _resets(cells[reset], header[reset]), True
                continue
            if not known:
                continue
            word = words.number(cells)
            if word == UNKNOWN:
                known = False
                continue
            answer = answers.number(cells)
        except ValueError as error:
            raise InputError(str(error), file=source, line=line) from error
        if begins:
            table.append((array("i"), array("i")))
            starts.append(line)
            begins = False
        table[-1][0].append(word)
        table[-1][1].append(answer)
    if not line:
        raise InputError("holds no rows after its header", file=source)
    if not table:
        after = "" if reset is None else ", expected rows with all inputs after a row with 1 in the reset column"
        raise InputError(f"no row is a step of a sequence{after}", file=source)
    if outputs is None and not answers.seen:
        raise InputError("no output was observed in any example", file=source)
    inputs, symbols = words.finish(padded([row for row, _ in table], source))
    outputs, observed = answers.finish(padded([row for _, row in table], source))
    return Examples(symbols, observed, inputs, outputs, tuple(starts))


def _resets(cell: str, column: str) -> bool:
    """Whether a reset cell other than 0 resets, or is missing; ValueError if it is neither."""
    if cell != "1" and cell not in _MISSING:
        raise ValueError(f"{clip(cell)} in the reset column {clip(column)}, expected 0 or 1")
    return cell == "1"


class _Symbols:
    """The symbols that some columns make, numbered; each combination of cells is looked at once."""

    def __init__(self, columns: Sequence[str], place: dict[str, int], alphabet: Alphabet | None) -> None:
        self._numbering = Numbering(alphabet)
        # The name of a word of bits has no commas in it.
        self._joint = _JOINT if alphabet is None or alphabet.bits is None else ""
        self._columns = [(column, place[column]) for column in columns]
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
            number = UNKNOWN if not _MISSING.isdisjoint(values) else self._numbering.number(self._name(values))
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
        """The alphabet and the array of any shape in its symbols.

        Its bits are named as the columns are, where the index of each symbol is the word of its cells, or the number in
        the cell of the only column.
        """
        alphabet, symbols = self._numbering.finish(numbers)
        names = [column for column, _ in self._columns]
        # A comma stands in the names of symbols of several columns.
        if alphabet.names == tuple(map(str, range(len(alphabet)))):
            return replace(alphabet, signals=((names[0], alphabet.width),)), symbols
        if len(self._widths) != 1:
            return alphabet, symbols
        (widths,) = self._widths
        return with_signals(alphabet, zip(names, widths, strict=True)), symbols


def _rows(lines: Iterable[str], source: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are no comment and not blank, the header first, each with the number of its first line."""
    lines = iter(lines)
    passed, first = next(
        ((number, line) for number, line in enumerate(lines) if line.strip() and not line.startswith("; ")), (0, "")
    )
    by_columns = {delimiter: len(next(csv.reader([first], delimiter=delimiter), [])) for delimiter in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=by_columns.__getitem__)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    while True:
        line = passed + reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"is not CSV ({error})", file=source, line=line) from error
        if cells and cells != [""]:
            yield line, cells


def _places(
    header: list[str],
    symbols: tuple[Sequence[str], Sequence[str]],
    others: tuple[str | None, str | None],
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
