"""Files of examples while they are read: bytes or lines of text, how far the reading has come, and no line too long."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from seqlogic.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["LONGEST_LINE", "Tell", "open_bytes", "open_lines", "pieces"]

Tell = Callable[[int, int], None]
"""Is told how many bytes of a file were read, and of how many."""

LONGEST_LINE = 1 << 28
"""The longest line that is read, in characters."""

_BLOCK = 1 << 20
_PIECE = 1 << 16
_BLANK = re.compile(r"\s")


class _Watched(io.RawIOBase):
    """The bytes of a file, told about as they are read."""

    def __init__(self, raw: io.RawIOBase, size: int, tell: Tell | None) -> None:
        super().__init__()
        self._raw = raw
        self._size = size
        self._tell = tell
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = self._raw.readinto(buffer) or 0
        self._done += count
        if self._tell is not None:
            # A pipe has no size.
            self._tell(self._done, max(self._size, self._done))
        return count


@contextmanager
def open_bytes(path: Path, tell: Tell | None = None) -> Iterator[io.BufferedReader]:
    """A file of bytes, read in order; InputError if it cannot be read."""
    try:
        with path.open("rb", buffering=0) as raw:
            yield io.BufferedReader(_Watched(raw, os.fstat(raw.fileno()).st_size, tell), _BLOCK)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error


@contextmanager
def open_lines(
    path: Path, tell: Tell | None = None, *, newline: str | None = None, longest: int = LONGEST_LINE
) -> Iterator[Iterator[str]]:
    """The lines of a UTF-8 file with their ends, as `open` has them; InputError if it cannot be read as such.

    A line of more than `longest` characters is an InputError too: who reads a line has all of it in memory.
    """
    with open_bytes(path, tell) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline=newline)
        try:
            yield _lines(text, str(path), longest)
        except UnicodeDecodeError as error:
            raise InputError("is not UTF-8 text", file=path) from error


def _lines(text: io.TextIOWrapper, source: str, longest: int) -> Iterator[str]:
    for number, line in enumerate(iter(partial(text.readline, longest + 1), ""), start=1):
        if len(line) > longest:
            message = f"a line of more than {longest:,} characters, expected shorter ones"
            raise InputError(message, file=source, line=number)
        yield line


def pieces(text: str) -> Iterable[list[str]]:
    """The words of a text, as `split` finds them, some at a time: all of a long one take many times its memory."""
    return _Pieces(text) if len(text) > _PIECE else [text.split()]


class _Pieces:
    """The words of a long text, split anew each time that they are asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[list[str]]:
        start = 0
        while start < len(self._text):
            blank = _BLANK.search(self._text, start + _PIECE)
            end = len(self._text) if blank is None else blank.start()
            yield self._text[start:end].split()
            start = end
