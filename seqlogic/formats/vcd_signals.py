"""The header of a VCD file: which signals it declares, and how their user names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from vcd.common import Timescale
from vcd.reader import ScopeDecl, Token, TokenKind, VarDecl

from seqlogic.errors import InputError
from seqlogic.formats.shared import clip

__all__ = ["Chosen", "Part", "declared"]

_MOST_BITS = 1 << 16
"""The most bits of a vector: as many as every simulator has to take, and each change of a value costs its bits."""
_NO_BITS = frozenset(["event", "real", "real_parameter", "realtime", "shortreal", "string"])
_BIT = re.compile(r"(.+)\[(-?[0-9]{1,9})\]")


@dataclass(frozen=True)
class Signal:
    """A declared variable; `path` and `ranged` are its name with those of its scopes, without and with its range.

    `first` and `last` are the indices of its most and its least significant bit, `code` stands for it among the values.
    """

    path: str
    ranged: str
    kind: str
    code: str
    size: int
    first: int
    last: int

    def called(self, name: str) -> bool:
        """Whether its path ends with this name."""
        return any(path == name or path.endswith("." + name) for path in (self.path, self.ranged))


@dataclass(frozen=True)
class Part:
    """Bits of a signal; `place` counts from the most significant."""

    code: str
    place: int
    size: int

    def bits(self, values: Mapping[str, str]) -> str:
        """Their values, `0`, `1` or `x` each."""
        return values[self.code][self.place : self.place + self.size]


class Chosen:
    """Finds signals by what their user calls them, each for one use.

    Attributes:
        sizes: the bits of the signal of each identifier code that was chosen.
    """

    def __init__(self, signals: Sequence[Signal], source: str) -> None:
        self.sizes: dict[str, int] = {}
        self._signals = signals
        self._source = source
        self._used: set[Part] = set()

    def bit(self, name: str) -> Part:
        """A signal of one bit."""
        part = self.find(name)
        if part.size != 1:
            raise self._error(f"signal {clip(name)} has {part.size:,} bits, expected 1")
        return part

    def find(self, name: str) -> Part:
        """A signal or one bit of it; InputError if that is not one thing, has no bits or is in use."""
        signal, index = self._named(name)
        if signal.kind in _NO_BITS or signal.size < 1:
            raise self._error(
                f"signal {clip(name)} is a {signal.kind} of {signal.size:,} bits, expected a word of bits"
            )
        if signal.size > _MOST_BITS:
            raise self._error(f"signal {clip(name)} has {signal.size:,} bits, expected at most {_MOST_BITS:,}")
        if abs(signal.first - signal.last) + 1 != signal.size:
            raise self._error(f"signal {clip(signal.ranged)} has {signal.size:,} bits, expected as many as its range")
        if self.sizes.setdefault(signal.code, signal.size) != signal.size:
            code = f"{clip(signal.code)} for {self.sizes[signal.code]:,} and for {signal.size:,} bits"
            raise self._error(f"signal {clip(name)} has the code {code}, expected one size")
        part = Part(signal.code, 0, signal.size) if index is None else Part(signal.code, abs(signal.first - index), 1)
        if part in self._used:
            raise self._error(f"signal {clip(name)} is named for two uses, expected one")
        self._used.add(part)
        return part

    def _named(self, name: str) -> tuple[Signal, int | None]:
        """The signal of a name, and the index of the bit if it is the name of one."""
        if (signal := self._whole(name)) is not None:
            return signal, None
        bit = _BIT.fullmatch(name)
        if bit is None or (signal := self._whole(bit[1])) is None:
            raise self._error(f"there is no signal {clip(name)}, {self._instead(name)}")
        if not min(signal.first, signal.last) <= int(bit[2]) <= max(signal.first, signal.last):
            raise self._error(f"there is no bit {bit[2]} in {clip(signal.ranged)}")
        return signal, int(bit[2])

    def _whole(self, name: str) -> Signal | None:
        """The signal of a name; None if there is none, InputError if there are several."""
        found = [signal for signal in self._signals if signal.called(name)]
        # A whole path is that of one signal, whatever else ends so.
        found = [signal for signal in found if name in (signal.path, signal.ranged)] or found
        if len({signal.code for signal in found}) > 1:
            raise self._error(f"signal {clip(name)} may be any of {_several([signal.ranged for signal in found])}")
        return found[0] if found else None

    def _instead(self, name: str) -> str:
        """The names that are near, or else the first ones."""
        whole = {signal.path: signal.ranged for signal in self._signals}
        names = {path.rpartition(".")[2]: ranged for path, ranged in whole.items()} | whole
        near = dict.fromkeys(names[match] for match in get_close_matches(name, names))
        return f"the nearest: {_several(list(near))}" if near else f"only {_several(list(whole.values()))}"

    def _error(self, message: str) -> InputError:
        return InputError(message, file=self._source)


def _several(names: Sequence[str]) -> str:
    return ", ".join(map(clip, names[:20])) + (", ..." if len(names) > 20 else "")


def declared(tokens: Iterator[Token], source: str) -> tuple[list[Signal], str | None]:
    """The signals and the time scale that the header declares; the tokens are taken up to its end."""
    scopes: list[str] = []
    signals = []
    scale = None
    for token in tokens:
        if isinstance(token.data, ScopeDecl):
            scopes.append(token.data.ident)
        elif token.kind is TokenKind.UPSCOPE:
            if not scopes:
                raise InputError("$upscope without a $scope", file=source, line=token.span.start.line)
            scopes.pop()
        elif isinstance(token.data, VarDecl):
            signals.append(_signal(token.data, scopes))
        elif isinstance(token.data, Timescale):
            scale = str(token.data)
        elif token.kind is TokenKind.ENDDEFINITIONS:
            if not signals:
                raise InputError("declares no signals", file=source, line=token.span.start.line)
            return signals, scale
    raise InputError("is no VCD, or breaks off in its header: there is no $enddefinitions", file=source)


def _signal(var: VarDecl, scopes: Sequence[str]) -> Signal:
    # A scope may be without a name.
    path, ranged = (".".join([*filter(None, scopes), name]) for name in (var.reference, var.ref_str))
    first, last = var.size - 1, 0
    if isinstance(var.bit_index, tuple):
        first, last = var.bit_index
    elif var.bit_index is not None:
        # One bit or one word of something, which has others of the same name.
        path = ranged
    return Signal(path, ranged, str(var.type_), var.id_code, var.size, first, last)
