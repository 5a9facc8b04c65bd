"""What the formats share: the largest table that is read, symbols of examples, and text of a user in a message."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = [
    "MOST_ENTRIES",
    "Numbering",
    "check_entries",
    "clip",
    "first_twice",
    "listed_signals",
    "padded",
    "quote",
    "read_text",
    "replacing",
    "show_signals",
    "with_signals",
]

MOST_ENTRIES = 1 << 24
"""The largest table that is read; it keeps a small file from asking for all of the memory."""


def check_entries(states: int, symbols: int, source: str) -> None:
    """Refuse a table of more than `MOST_ENTRIES` entries with an InputError."""
    if states * symbols > MOST_ENTRIES:
        raise InputError(
            f"{states:,} states and {symbols:,} input symbols need a table of {states * symbols:,} entries; "
            f"at most {MOST_ENTRIES:,} are read",
            file=source,
        )


def read_text(path: Path) -> str:
    """The text of a UTF-8 file with any line ends; InputError if it cannot be read or is something else."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", file=path) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place at the end, or goes if anything fails.

    Raises:
        InputError: a place that cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            yield part
            part.replace(path)
        finally:
            if part.is_file():
                part.unlink()
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be written: {getattr(error, 'strerror', None) or error}", file=path) from None


class Numbering:
    """Numbers the symbols of examples while they are read: as a given alphabet does, else as they first appear.

    Args:
        alphabet: the alphabet that the examples must keep to; inferred from them if None.
    """

    def __init__(self, alphabet: Alphabet | None) -> None:
        self._alphabet = alphabet
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        """The distinct symbols so far."""
        return len(self._numbers)

    def number(self, name: str) -> int:
        """The number of a symbol; ValueError if it is not in the given alphabet."""
        number = self._numbers.get(name)
        if number is None:
            number = len(self._numbers) if self._alphabet is None else self._alphabet.index(name)
            self._numbers[name] = number
        return number

    def finish(self, numbers: np.ndarray) -> tuple[Alphabet, np.ndarray]:
        """The alphabet, sorted if it is inferred, and the array of any shape in its symbols; UNKNOWN stays.

        ValueError if no alphabet was given and no symbol was read.
        """
        if self._alphabet is not None:
            return self._alphabet, numbers
        alphabet = Alphabet.inferred(self._numbers)
        # UNKNOWN is -1, which is the last entry.
        return alphabet, np.array([*map(alphabet.index, self._numbers), UNKNOWN], dtype=np.int32)[numbers]


def padded(rows: Sequence[Sequence[int]], source: str, dtype: type = np.int32) -> np.ndarray:
    """Rows of numbers as an array [N, T] of a type, filled up with UNKNOWN; InputError above `MOST_ENTRIES` entries."""
    longest = max(map(len, rows))
    if len(rows) * longest > MOST_ENTRIES:
        raise InputError(
            f"{len(rows):,} sequences of up to {longest:,} symbols need a table of {len(rows) * longest:,} entries; "
            f"at most {MOST_ENTRIES:,} are read",
            file=source,
        )
    table: np.ndarray = np.full((len(rows), longest), UNKNOWN, dtype=dtype)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table


def with_signals(alphabet: Alphabet, signals: Iterable[tuple[str, int]]) -> Alphabet:
    """The alphabet with its bits named, where the index of each symbol is the word of these signals; else as it is.

    A symbol is the word of its name, commas between its signals left out. The signals are (name, bits), the most
    significant first.
    """
    signals = tuple(signals)
    width = sum(bits for _, bits in signals)
    words = alphabet.bits is not None or all(
        name.replace(",", "") == format(symbol, f"0{width}b") for symbol, name in enumerate(alphabet.names)
    )
    try:
        return replace(alphabet, signals=signals) if words else alphabet
    except ValueError:
        # More or fewer bits than the symbols have, or two bits of the same name.
        return alphabet


def listed_signals(alphabet: Alphabet, value: Any) -> Alphabet:
    """The alphabet with the signals of a JSON value, a list of `[name, bits]`; ValueError if it is none that fits."""
    pairs = isinstance(value, list) and value and all(isinstance(pair, list) and len(pair) == 2 for pair in value)
    if not pairs or not all(isinstance(name, str) and type(bits) is int for name, bits in value):
        raise ValueError('expected a list such as [["en", 1], ["data", 2]]')
    return replace(alphabet, signals=tuple((name, bits) for name, bits in value))


def show_signals(alphabet: Alphabet) -> str:
    """The signals of an alphabet as `listed_signals` reads them, in one line."""
    return "[" + ", ".join(f"[{quote(name)}, {bits}]" for name, bits in alphabet.signals) + "]"


def clip(text: str, length: int = 60) -> str:
    """A piece of a user's text as it may stand in a message of one line."""
    return repr(text) if len(text) <= length else repr(text[:length]) + "..."


def first_twice(names: Iterable[str]) -> str:
    """The first of the names that stood before; one of them must have."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("the names are all different")


def quote(name: str) -> str:
    """A name as a JSON string of one line: as it is where it is printable, else in ASCII escapes."""
    return json.dumps(name, ensure_ascii=not name.isprintable())
