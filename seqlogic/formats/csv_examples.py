"""Examples as CSV: a header line that names the columns, and one row per step."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.csv_table import LONGEST_ROW, Symbols, level, places, read_rows
from seqlogic.formats.rows import Rows
from seqlogic.formats.stream import Tell, open_lines
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["parse_csv_examples", "read_csv_examples"]


def read_csv_examples(
    path: str | PathLike[str],
    *,
    input_columns: Sequence[str],
    output_columns: Sequence[str],
    sequence_column: str | None = None,
    reset_column: str | None = None,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    tell: Tell | None = None,
) -> Examples:
    """Read a CSV file row by row; see `parse_csv_examples`. `tell` hears of each block."""
    path = Path(path)
    with open_lines(path, tell, newline="", longest=LONGEST_ROW) as lines:
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
    rows = read_rows(lines, source)
    line, header = next(rows, (0, []))
    if not header:
        raise InputError("is empty, expected a header line with the names of the columns", file=source)
    place = places(header, (input_columns, output_columns), (sequence_column, reset_column), source, line)
    words, answers = Symbols(input_columns, place, inputs), Symbols(output_columns, place, outputs)
    sequence = None if sequence_column is None else place[sequence_column]
    reset = None if reset_column is None else place[reset_column]
    # Whether the state is known, and whether the next step is the first of a sequence.
    known, begins = reset is None or sequence is not None, True
    value: str | None = None
    table = Rows("ii")
    starts = array("q")
    line = 0
    for line, cells in rows:
        if len(cells) != len(header):
            raise InputError(f"{len(cells)} cells, but the header has {len(header)}", file=source, line=line)
        if sequence is not None and cells[sequence] != value:
            value, known, begins = cells[sequence], True, True
        try:
            if reset is not None and cells[reset] != "0":
                known, begins = level(cells[reset], "reset", header[reset]) == "1", True
                continue
            if not known:
                continue
            word = words.number(cells)
            if word == UNKNOWN:
                known = False
                continue
            answer = answers.number(cells)
            if begins:
                table.begin()
                starts.append(line)
                begins = False
            table.add(word, answer)
        except ValueError as error:
            raise InputError(str(error), file=source, line=line) from error
    if not line:
        raise InputError("holds no rows after its header", file=source)
    if not starts:
        after = "" if reset is None else ", expected rows with all inputs after a row with 1 in the reset column"
        raise InputError(f"no row is a step of a sequence{after}", file=source)
    if outputs is None and not answers.seen:
        raise InputError("no output was observed in any example", file=source)
    symbols, observed = table.tables()
    inputs, symbols = words.finish(symbols)
    outputs, observed = answers.finish(observed)
    return Examples(symbols, observed, inputs, outputs, tuple(starts))
