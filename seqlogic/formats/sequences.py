"""Files of sequences, whose format the suffix of their name says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Literal

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.abbadingo import read_abbadingo
from seqlogic.formats.clocked import Edge
from seqlogic.formats.csv_clocked import read_csv_capture
from seqlogic.formats.csv_examples import read_csv_examples
from seqlogic.formats.examples import read_examples
from seqlogic.formats.stream import Tell
from seqlogic.formats.vcd import read_vcd
from seqlogic.machine import Alphabet

__all__ = ["Columns", "check_columns", "read_sequences"]

_ABBADINGO = (".abb", ".abbadingo")


@dataclass(frozen=True)
class Columns:
    """What the columns of a CSV file, or the signals of a VCD file, are.

    See `parse_csv_examples`, `parse_csv_capture` if there is a clock, and `parse_vcd`.
    """

    input_columns: tuple[str, ...] = ()
    output_columns: tuple[str, ...] = ()
    sequence_column: str | None = None
    reset_column: str | None = None
    clock_column: str | None = None
    enable_column: str | None = None
    edge: Edge = "rising"
    reset_level: Literal[0, 1] = 1
    registered: bool = False


@dataclass(frozen=True)
class _Format:
    """A format with columns: what they are called in it, and which fields of `Columns` it needs and may have."""

    name: str
    suffixes: tuple[str, ...]
    columns: str
    needs: tuple[str, ...]
    may: tuple[str, ...]


_CLOCKED = ("enable_column", "edge", "reset_level", "registered")
_CSV = _Format(
    "CSV",
    (".csv", ".tsv"),
    "columns",
    ("input_columns", "output_columns"),
    ("sequence_column", "reset_column", "clock_column", *_CLOCKED),
)
_VCD = _Format(
    "VCD", (".vcd",), "signals", ("input_columns", "output_columns", "clock_column"), ("reset_column", *_CLOCKED)
)


def read_sequences(
    path: str | PathLike[str],
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    columns: Columns = Columns(),
    tell: Tell | None = None,
) -> Examples:
    """Read examples.

    `.csv` and `.tsv` is CSV with named columns, see `parse_csv_examples`, or with a clock among them a capture, see
    `parse_csv_capture`; `.vcd` is a clocked capture, see `parse_vcd`; `.abb` and `.abbadingo` is Abbadingo, see
    `parse_abbadingo`; anything else is an example file, see `parse_examples`. The columns are of CSV and VCD alone.
    `tell` hears of each block that is read.

    Raises:
        InputError: the file cannot be read, is not of its format, or has symbols outside a given alphabet.
    """
    if _is(path, _CSV.suffixes) and columns.clock_column is not None:
        return read_csv_capture(
            path,
            input_columns=columns.input_columns,
            output_columns=columns.output_columns,
            clock_column=columns.clock_column,
            edge=columns.edge,
            reset_column=columns.reset_column,
            reset_level=columns.reset_level,
            enable_column=columns.enable_column,
            registered=columns.registered,
            inputs=inputs,
            outputs=outputs,
            tell=tell,
        )
    if _is(path, _CSV.suffixes):
        return read_csv_examples(
            path,
            input_columns=columns.input_columns,
            output_columns=columns.output_columns,
            sequence_column=columns.sequence_column,
            reset_column=columns.reset_column,
            inputs=inputs,
            outputs=outputs,
            tell=tell,
        )
    if _is(path, _VCD.suffixes):
        return read_vcd(
            path,
            input_signals=columns.input_columns,
            output_signals=columns.output_columns,
            clock=columns.clock_column or "",
            edge=columns.edge,
            reset=columns.reset_column,
            reset_level=columns.reset_level,
            enable=columns.enable_column,
            registered=columns.registered,
            inputs=inputs,
            outputs=outputs,
            tell=tell,
        )
    return (read_abbadingo if _is(path, _ABBADINGO) else read_examples)(path, inputs, outputs, tell)


def check_columns(path: str | PathLike[str], columns: Columns, spelled: Callable[[str], str]) -> None:
    """Refuse CSV and VCD without the columns that they need, and columns of anything that has none such.

    Where CSV has no clock, nor does it have what goes with one; where it has, its user does not say which sequence a
    row is of: if that changes at an edge, nobody could tell whose step it is.

    Args:
        path: the file.
        columns: what its user says of it.
        spelled: how the user says a field of `Columns`.

    Raises:
        InputError: names the argument.
    """
    own = next((format for format in (_CSV, _VCD) if _is(path, format.suffixes)), None)
    for field in fields(columns):
        given = getattr(columns, field.name) != field.default
        if own is not None and field.name in own.needs and not given:
            what = f"{'one' if field.default is None else 'a list'} of its {own.columns}"
            raise InputError(f"is {own.name}, which needs {spelled(field.name)}, {what}", file=path)
        formats = [format for format in (_CSV, _VCD) if field.name in (*format.needs, *format.may)]
        if given and own not in formats:
            known = " and ".join(f"{format.name} ({', '.join(format.suffixes)})" for format in formats)
            raise InputError(f"{spelled(field.name)} is for {known}", file=path)
        if given and own is _CSV and columns.clock_column is None and field.name in _CLOCKED:
            raise InputError(f"{spelled(field.name)} is of a clock, which {spelled('clock_column')} names", file=path)
    if own is _CSV and columns.clock_column is not None and columns.sequence_column is not None:
        message = (
            f"{spelled('sequence_column')} is for rows that are steps; with {spelled('clock_column')} a sequence "
            f"begins after a reset, {spelled('reset_column')}"
        )
        raise InputError(message, file=path)


def _is(path: str | PathLike[str], suffixes: tuple[str, ...]) -> bool:
    return Path(path).suffix.lower() in suffixes
