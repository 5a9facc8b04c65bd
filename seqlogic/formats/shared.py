"""What the formats share: whole files, the largest table that is read, symbols of examples, names, and messages."""

from __future__ import annotations

import json
import os
import re
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = [
    "MOST_ENTRIES",
    "MOST_NAMES",
    "Numbering",
    "check_entries",
    "clip",
    "decoded",
    "first_twice",
    "form_of",
    "free_name",
    "free_prefix",
    "listed_signals",
    "quote",
    "read_whole",
    "replacing",
    "show_signals",
    "with_signals",
]

F = TypeVar("F")

MOST_ENTRIES = 1 << 24
"""The largest table of a machine that is read; it keeps a small file from asking for all of the memory."""

MOST_NAMES = 1 << 20
"""The most symbols of an alphabet that is read from examples."""

_PIECE = 1 << 20
"""How many numbers of a large array are looked up at a time, so that what numpy needs meanwhile stays small."""


def check_entries(states: int, symbols: int, source: str) -> None:
    """Refuse a table of more than `MOST_ENTRIES` entries with an InputError."""
    if states * symbols > MOST_ENTRIES:
        raise InputError(
            f"{states:,} states and {symbols:,} input symbols need a table of {states * symbols:,} entries; "
            f"at most {MOST_ENTRIES:,} are read",
            file=source,
        )


def form_of(path: Path, forms: Mapping[str, F]) -> F:
    """The format of a file by the suffix of its name; InputError if it has none of these."""
    form = forms.get(path.suffix.lower())
    if form is None:
        raise InputError(f"unknown suffix {path.suffix!r}, expected one of: {' '.join(forms)}", file=path)
    return form


def read_whole(path: Path, what: str) -> bytes:
    """The bytes of a file, which was expected to be `what`; InputError if it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except IsADirectoryError:
        raise InputError(f"is a directory, expected a {what} file", file=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", file=path) from None


def decoded(data: bytes, source: str, what: str) -> str:
    """UTF-8 text, its line ends as `\\n`; InputError if it is none, or if there is nothing of the `what` expected."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"byte {data[error.start]:#04x} is not UTF-8, expected text", file=source, line=line) from None
    if not text.strip():
        raise InputError(f"is empty, expected a {what}", file=source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
        missing: what stands where there is no symbol.
    """

    def __init__(self, alphabet: Alphabet | None, missing: str | None = None) -> None:
        self._alphabet = alphabet
        self._numbers: dict[str, int] = {}
        self._missing = missing
        self._known = {} if missing is None else {missing: UNKNOWN}

    def __len__(self) -> int:
        """The distinct symbols so far."""
        return len(self._numbers)

    @property
    def letters(self) -> set[str]:
        """The characters of the names of the symbols so far."""
        return set("".join(self._numbers))

    def number(self, name: str) -> int:
        """The number of a symbol; ValueError if it is not in the given alphabet, or one of too many."""
        number = self._numbers.get(name)
        if number is None:
            number = len(self._numbers) if self._alphabet is None else self._alphabet.index(name)
            if number >= MOST_NAMES:
                raise ValueError(f"more than {MOST_NAMES:,} distinct symbols, expected a finite alphabet")
            self._numbers[name] = self._known[name] = number
        return number

    def numbers(self, names: Sequence[str]) -> array[int]:
        """The numbers of symbols, UNKNOWN where one is missing; ValueError as `number` has it."""
        try:
            return array("i", [*map(self._known.__getitem__, names)])
        except KeyError:
            return array("i", [UNKNOWN if name == self._missing else self.number(name) for name in names])

    def finish(self, numbers: np.ndarray, bits: int | None = None) -> tuple[Alphabet, np.ndarray]:
        """The alphabet, and the int32 array of any shape, which is written over, in its symbols; UNKNOWN stays.

        An inferred alphabet is sorted, or that of all words of so many bits, which the names are but for their commas.
        ValueError if no alphabet was given and no symbol was read.
        """
        if self._alphabet is not None:
            return self._alphabet, numbers
        if bits is None:
            alphabet = Alphabet.inferred(self._numbers)
            order = [*map(alphabet.index, self._numbers)]
        else:
            alphabet = Alphabet.words(bits)
            order = [int(name.replace(",", ""), 2) for name in self._numbers]
        # UNKNOWN is -1, which is the last entry.
        symbols, flat = np.array([*order, UNKNOWN], dtype=np.int32), numbers.reshape(-1)
        for start in range(0, len(flat), _PIECE):
            flat[start : start + _PIECE] = symbols[flat[start : start + _PIECE]]
        return alphabet, numbers


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


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with as many `_` behind it as make it none of those that are taken."""
    while name in taken:
        name += "_"
    return name


def free_prefix(names: Iterable[str]) -> str:
    """`n`, or as many of them as needed: no name is it and a number, so that wires may be called so."""
    longest = max((len(match[1]) for name in names if (match := re.fullmatch("(n+)[0-9]+", name))), default=0)
    return "n" * (longest + 1)


def quote(name: str) -> str:
    """A name as a JSON string of one line: as it is where it is printable, else in ASCII escapes."""
    return json.dumps(name, ensure_ascii=not name.isprintable())
