"""Files of sequences, whose format the suffix of their name says."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.abbadingo import read_abbadingo
from seqlogic.formats.csv_examples import read_csv_examples
from seqlogic.formats.examples import read_examples
from seqlogic.machine import Alphabet

__all__ = ["check_columns", "read_sequences"]

_CSV = (".csv", ".tsv")
_ABBADINGO = (".abb", ".abbadingo")


def read_sequences(
    path: str | PathLike[str],
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    *,
    input_columns: Sequence[str] = (),
    output_columns: Sequence[str] = (),
    sequence_column: str | None = None,
    reset_column: str | None = None,
) -> Examples:
    """Read examples.

    `.csv` and `.tsv` is CSV with named columns, see `parse_csv_examples`; `.abb` and `.abbadingo` is Abbadingo, see
    `parse_abbadingo`; anything else is an example file, see `parse_examples`. The columns are of CSV alone.

    Raises:
        InputError: the file cannot be read, is not of its format, or has symbols outside a given alphabet.
    """
    if _is(path, _CSV):
        return read_csv_examples(
            path,
            input_columns=input_columns,
            output_columns=output_columns,
            sequence_column=sequence_column,
            reset_column=reset_column,
            inputs=inputs,
            outputs=outputs,
        )
    return (read_abbadingo if _is(path, _ABBADINGO) else read_examples)(path, inputs, outputs)


def check_columns(path: str | PathLike[str], needed: dict[str, object], other: dict[str, object]) -> None:
    """Refuse CSV without the columns that it needs, and columns of anything else.

    Args:
        path: the file.
        needed: what its user calls each argument that CSV needs, and its value; None or empty if it was not given.
        other: likewise of those that it may have.

    Raises:
        InputError: names the argument.
    """
    if _is(path, _CSV):
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise InputError(f"is CSV, which needs {missing[0]}, a list of its columns", file=path)
    else:
        given = [name for name, value in (needed | other).items() if value is not None]
        if given:
            raise InputError(f"{given[0]} is for CSV, which is named {' or '.join(_CSV)}", file=path)


def _is(path: str | PathLike[str], suffixes: Sequence[str]) -> bool:
    return Path(path).suffix.lower() in suffixes
