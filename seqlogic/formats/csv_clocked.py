"""Examples as CSV with a clock: one row per sample, as logic analysers export them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.clocked import Edge, Steps
from seqlogic.formats.csv_table import LONGEST_ROW, Symbols, level, places, read_rows
from seqlogic.formats.stream import Tell, open_lines
from seqlogic.machine import Alphabet

__all__ = ["parse_csv_capture", "read_csv_capture"]


def read_csv_capture(
    path: str | PathLike[str],
    *,
    input_columns: Sequence[str],
    output_columns: Sequence[str],
    clock_column: str,
    edge: Edge = "rising",
    reset_column: str | None = None,
    reset_level: Literal[0, 1] = 1,
    enable_column: str | None = None,
    registered: bool = False,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    tell: Tell | None = None,
) -> Examples:
    """Read a CSV file of samples row by row; see `parse_csv_capture`. `tell` hears of each block."""
    path = Path(path)
    with open_lines(path, tell, newline="", longest=LONGEST_ROW) as lines:
        return parse_csv_capture(
            lines,
            str(path),
            input_columns=input_columns,
            output_columns=output_columns,
            clock_column=clock_column,
            edge=edge,
            reset_column=reset_column,
            reset_level=reset_level,
            enable_column=enable_column,
            registered=registered,
            inputs=inputs,
            outputs=outputs,
        )


def parse_csv_capture(
    lines: Iterable[str],
    source: str,
    *,
    input_columns: Sequence[str],
    output_columns: Sequence[str],
    clock_column: str,
    edge: Edge = "rising",
    reset_column: str | None = None,
    reset_level: Literal[0, 1] = 1,
    enable_column: str | None = None,
    registered: bool = False,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
) -> Examples:
    """Read examples from the lines of a CSV file of samples: a step is a clock edge, with the values of the row before.

        clk,rst,a,y
        0,1,0,0
        1,1,0,0            an edge, in reset
        0,0,1,1
        1,0,0,0            an edge, the first step of a sequence: the input 1 and the output 1, of the row before

    Which edges are steps, where sequences begin, and what ends at an unknown input, enable, reset or clock: see
    `Steps`. Header, comments, delimiter and missing cells, which are unknown, are those of `parse_csv_examples`, and so
    are the names of the symbols. Where all their cells are words of bits, those of a column of one width and of no
    more than 12 together, an alphabet that is not given is that of all words of so many bits, as it is of a VCD file.

    Args:
        lines: the lines of the file with their line ends, the header first.
        source: what messages call the file.
        input_columns: the names of the columns that make an input symbol.
        output_columns: the names of the columns that make an output symbol.
        clock_column: the column of the clock.
        edge: which of its edges are steps.
        reset_column: the column of the reset; without one there is a single sequence.
        reset_level: 1, or 0 if the reset is active low.
        enable_column: the column that is 1 at the edges that are steps, and 0 at the others.
        registered: the outputs come one edge late, as those of a Moore machine do.
        inputs: the input alphabet; inferred if not given.
        outputs: the output alphabet; likewise.

    Returns:
        Examples of N sequences of 1 to T steps; the line of each is that of the clock edge of its first step, and the
        times are the numbers of the rows from 0.

    Raises:
        InputError: what `parse_csv_examples` refuses of a header, a row and a symbol, a clock, reset or enable cell
            other than 0, 1 or missing, a clock without edges, no edge that is a step, no output observed with no
            alphabet given, or sequences that need too large a table.
    """
    rows = read_rows(lines, source)
    line, header = next(rows, (0, []))
    if not header:
        raise InputError("is empty, expected a header line with the names of the columns", file=source)
    others = (clock_column, reset_column, enable_column)
    place = places(header, (input_columns, output_columns), others, source, line)
    sample = _Sample(
        None if enable_column is None else (enable_column, place[enable_column]),
        Symbols(input_columns, place, inputs, bits=True),
        Symbols(output_columns, place, outputs, bits=True),
    )
    steps = Steps(edge, reset=reset_column is not None, registered=registered)
    active = {"x": "x", str(reset_level): "1", str(1 - reset_level): "0"}
    tick, resets = place[clock_column], None if reset_column is None else place[reset_column]
    clock: str | None = None
    reset, state, before = "0", "0", line
    for number, (line, cells) in enumerate(rows):
        if len(cells) != len(header):
            raise InputError(f"{len(cells)} cells, but the header has {len(header)}", file=source, line=line)
        # To `Steps` a moment without a change of the clock or the reset is none.
        if cells[tick] != clock or (resets is not None and cells[resets] != reset):
            at = line
            try:
                clock = cells[tick]
                shown = level(clock, "clock", header[tick])
                if resets is not None:
                    reset = cells[resets]
                    state = active[level(reset, "reset", header[resets])]
                at = before
                steps.moment(shown, state, sample, line, number)
            except ValueError as error:
                raise InputError(str(error), file=source, line=at) from error
        sample.cells, before = cells, line
    if clock is None:
        raise InputError("holds no rows after its header", file=source)
    if len(steps.rows) and outputs is None and not sample.outputs.seen:
        raise InputError("no output was observed in any example", file=source)
    return steps.examples(sample.inputs, sample.outputs, clock=clock_column, source=source, scale=None)


class _Sample:
    """What `Steps` asks for, of the cells of a row."""

    def __init__(self, enable: tuple[str, int] | None, inputs: Symbols, outputs: Symbols) -> None:
        self.cells: list[str] = []
        self.inputs = inputs
        self.outputs = outputs
        self._enable = enable

    def enable(self) -> str:
        return "1" if self._enable is None else level(self.cells[self._enable[1]], "enable", self._enable[0])

    def word(self) -> int:
        return self.inputs.number(self.cells)

    def answer(self) -> int:
        return self.outputs.number(self.cells)
