"""The values of a VCD file: the moments at which chosen signals change.

The tokens are pyvcd's, which takes them apart byte by byte. Dumps are plainer than the standard: one time or change per
line, and few distinct moments. So each distinct plain one is read once and then looked up; from the first that is not
plain on, pyvcd reads all.
"""

from __future__ import annotations

import io
import re
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from vcd.reader import RealChange, ScalarChange, StringChange, Token, VCDParseError, VectorChange, tokenize

from seqlogic.errors import InputError
from seqlogic.formats.shared import clip

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Dump", "Moment"]

_LAST = 2**63 - 1
_BLOCK = 1 << 20
_LONGEST = 1 << 24
"""The longest token that is read, and the longest moment that may be plain, in bytes."""

_REMEMBERED = 1 << 15
_SHORT = 256
"""How many moments and lines are remembered, and up to how many bytes of each."""

# The nine values of VHDL: a weak 0 or 1 is one, and all else is unknown.
_LOGIC = str.maketrans("LlHhXzZuUwW-", "0011xxxxxxxx")
_OTHER = 5
_TIME = re.compile(rb"([0-9]{1,18})(?:\.0*)?[ \t\r]*")
# One token of pyvcd, or none, and blanks after it: a bit, a word, or another value, whose code is the group _OTHER.
_LINE = re.compile(
    rb"(?:([01xXzZuUwWhHlL-])([!-~]+)|[bB]([01xXzZuUwWhHlL-]+)[ \t]+([!-~]+)"
    rb"|(?:[rR][+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|[sS][!-~]*)[ \t]+([!-~]+)"
    rb"|\$(?:dumpvars|dumpall|dumpon|dumpoff|end)|\$comment[ \t][ -#%-~\t]*[ \t]\$end)?[ \t\r]*"
)
_HEADER_ENDS = re.compile(rb"\s*(?:\$enddefinitions\s+)?\$end\s*\n")


Moment = tuple[int, int, Mapping[str, str]]
"""The line at which the clock was last given a value, the time, and the values that were given then, by their codes."""


class _Plain(NamedTuple):
    """What stands between two plain times: changes, the clock's last line among them or 0, and how many lines it is."""

    changes: dict[str, str]
    clock: int
    lines: int


class Dump:
    """A VCD file, its header first.

    Attributes:
        header: the tokens of the header, to be taken up to its end before the moments; an InputError if they are none.
        values: the values of the signals that `moments` was asked for, before the moment: `0`, `1` or `x` each bit.
    """

    def __init__(self, stream: io.BufferedIOBase | io.RawIOBase, source: str) -> None:
        self.values: dict[str, str] = {}
        self._source = source
        self._stream = io.BufferedReader(_Readable(stream), _BLOCK)
        self._pieces = _Pieces(self._stream, source)
        self.header = _tokens(self._pieces, source)
        self._sizes: Mapping[str, int] = {}
        self._clock = self._reset = ""
        # What was given a value at the present time, when that is, and the line of the clock's last value.
        self._changes: dict[str, str] = {}
        self._time, self._line = -1, 0
        self._known: dict[bytes, _Plain] = {}
        self._meant: dict[bytes, tuple[str, str] | tuple[()]] = {}

    def moments(self, sizes: Mapping[str, int], clock: str, reset: str | None) -> Iterator[Moment]:
        """The moments at which the clock or the reset is given a value; of the others `values` takes note.

        Args:
            sizes: the bits of each signal that is asked for, by its code.
            clock: the code of the clock.
            reset: that of the reset.

        Raises:
            InputError: text that is not VCD, a value that its signal cannot have, or time that runs backwards.
        """
        self._sizes = sizes
        self.values.update({code: "x" * size for code, size in sizes.items()})
        self._clock, self._reset = clock, clock if reset is None else reset
        tokens, passed = self.header, 0
        self._pieces.may_break_off = True
        if _HEADER_ENDS.fullmatch(self._pieces.last):
            left, passed = yield from self._plain_moments(self._pieces.lines)
            rest = _Pieces(self._stream, self._source, left)
            rest.may_break_off = True
            tokens = _tokens(rest, self._source, passed)
        for token in tokens:
            line = passed + token.span.start.line
            data = token.data
            if isinstance(data, int):
                yield from self._at(data, line)
            elif isinstance(data, ScalarChange | VectorChange | RealChange | StringChange) and data.id_code in sizes:
                value = data.value
                text = format(value, "b") if isinstance(value, int) else str(value)
                size = sizes[data.id_code]
                if not isinstance(data, ScalarChange | VectorChange) or len(text) > size:
                    message = f"the value {clip(text)} of a signal of {size:,} bits"
                    raise InputError(message, file=self._source, line=line)
                self._changes[data.id_code] = _filled(text, size)
                if data.id_code == clock:
                    self._line = line
        yield from self._ended()

    def _at(self, time: int, line: int) -> Iterator[Moment]:
        """Go on to a time."""
        if time < self._time:
            message = f"the time {time} after the time {self._time}, expected a later one"
            raise InputError(message, file=self._source, line=line)
        if time > self._time:
            yield from self._ended()
        if time > _LAST:
            message = f"the time {clip(str(time), 30)}, expected one below 2**63"
            raise InputError(message, file=self._source, line=line)
        self._time = time

    def _ended(self) -> Iterator[Moment]:
        """End the present moment."""
        changes = self._changes
        if self._clock in changes or self._reset in changes:
            yield self._line, self._time, changes
        self.values.update(changes)
        self._changes = {}

    def _plain_moments(self, passed: int) -> Generator[Moment, None, tuple[bytes, int]]:
        """The moments as long as they are plain; returns what was read beyond, and how many lines are before that."""
        known, values, clock, reset = self._known, self.values, self._clock, self._reset
        # A piece goes from one time to the next. The first one has none, nor has a file that begins with a line end.
        line, first, ahead, more = passed - 1, True, b"\n", True
        while more:
            block = self._stream.read(_BLOCK)
            more = len(block) > 0
            pieces = (ahead + block).split(b"\n#")
            ahead = pieces.pop() if more else b""
            for number, piece in enumerate(pieces):
                text, newline, rest = piece.partition(b"\n")
                time = int(text) if text.isdigit() and len(text) < 19 else self._time if first else _stamp(text)
                plain = known.get(rest) or self._plain(rest)
                if plain is None or time < self._time:
                    pieces = pieces[number:]
                    break
                if time > self._time:
                    # As `_at` has it, without the price of its calls.
                    changes = self._changes
                    if clock in changes or reset in changes:
                        yield self._line, self._time, changes
                    values.update(changes)
                    self._changes, self._time = plain.changes, time
                elif plain.changes:
                    self._changes = self._changes | plain.changes
                if plain.clock:
                    self._line = line + 1 + plain.clock
                line += 1 + plain.lines if newline else 1
                first = False
            else:
                if len(ahead) <= _LONGEST:
                    continue
                pieces = []
            left = b"\n#".join([*pieces, ahead] if more else pieces)
            return (left[1:], passed) if first else (b"#" + left, line)
        return b"", line

    def _plain(self, rest: bytes) -> _Plain | None:
        """What stands between two times, if it is plain."""
        changes: dict[str, str] = {}
        clock = lines = 0
        for lines, text in enumerate(rest.split(b"\n"), start=1):
            change = self._meant.get(text)
            if change is None:
                match = _LINE.fullmatch(text)
                change = None if match is None else self._change(match)
                if change is None:
                    return None
                if len(text) <= _SHORT:
                    if len(self._meant) >= _REMEMBERED:
                        self._meant.clear()
                    self._meant[text] = change
            if change:
                code, value = change
                changes[code] = value
                if code == self._clock:
                    clock = lines
        plain = _Plain(changes, clock, lines)
        if len(rest) <= _SHORT:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[rest] = plain
        return plain

    def _change(self, match: re.Match[bytes]) -> tuple[str, str] | tuple[()] | None:
        """The code and the value of a line, () if nobody asked for it, None if its signal cannot have it."""
        group = match.lastindex
        if group is None:
            return ()
        code = match[group].decode("ascii")
        size = self._sizes.get(code)
        if size is None:
            return ()
        if group == _OTHER:
            return None
        text = match[group - 1].decode("ascii")
        # One of more digits may do, for pyvcd takes leading zeros away.
        return None if len(text) > size else (code, _filled(text, size))


def _stamp(text: bytes) -> int:
    """A time, below all others if it is not plain."""
    match = _TIME.fullmatch(text)
    return -2 if match is None else int(match[1])


def _filled(text: str, size: int) -> str:
    """A value as it is written, without its leading zeros or all but one of its leading unknowns, as a word of bits."""
    text = text.translate(_LOGIC)
    return text.rjust(size, "x" if text[0] == "x" else "0")


class _Readable(io.RawIOBase):
    """A stream of which no more is known than that bytes can be read into a buffer."""

    def __init__(self, stream: io.BufferedIOBase | io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        return self._stream.readinto(buffer) or 0


class _Pieces(io.RawIOBase):
    """What pyvcd reads a file from: lines, or pieces of long ones, after what was read ahead.

    A blank follows the file: pyvcd does not come back from one that breaks off at a bracket.

    Attributes:
        lines: how many lines were read whole.
        last: what was read last.
        token: how many bytes were read since the last token.
        ended: whether the file was.
        may_break_off: whether its last token need not be whole.
    """

    def __init__(self, stream: io.BufferedIOBase, source: str, ahead: bytes = b"") -> None:
        super().__init__()
        self.lines = self.token = 0
        self.last = b""
        self._stream = stream
        self._source = source
        self._ahead = io.BytesIO(ahead)
        self.ended = self.may_break_off = False

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        self.last = self._ahead.readline(len(view)) or self._stream.readline(len(view))
        if not self.last and not self.ended:
            self.ended = True
            self.last = b" "
        self.lines += self.last.endswith(b"\n")
        self.token += len(self.last)
        if self.token > _LONGEST:
            # pyvcd has eight bytes for each of a token.
            raise InputError(f"holds a token of more than {_LONGEST:,} bytes, expected VCD", file=self._source)
        view[: len(self.last)] = self.last
        return len(self.last)


def _tokens(stream: _Pieces, source: str, passed: int = 0) -> Iterator[Token]:
    """The tokens of a file after so many lines; what pyvcd does not understand is an InputError."""
    try:
        for token in tokenize(stream):
            stream.token = 0
            yield token
    except VCDParseError as error:
        if stream.may_break_off and stream.ended:
            return
        message = clip(str(error).partition(": ")[2], 100)
        raise InputError(f"is not VCD: {message}", file=source, line=passed + error.loc.line) from error
    except InputError:
        raise
    except ValueError as error:
        # Text outside ASCII, or a number of thousands of digits.
        raise InputError(f"is not VCD: {clip(str(error), 100)}", file=source) from error
