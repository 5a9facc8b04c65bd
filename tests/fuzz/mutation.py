"""Mutations by the lines and the tokens of a format, so that a damaged file still gets past the first checks."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from random import Random

__all__ = ["Mutation", "mutate_archive", "mutate_text"]

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]
"""Returns another version of some bytes; the tokens are those of their format."""

_PIECE = re.compile(rb"\w+|\s+|[^\w\s]")
_ANYWHERE = (
    *(b"", b" ", b"\n", b"\r\n", b"\t", b"\0", b"\x1b[31m", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xed\xa0\x80"),
    *(b"0", b"1", b"-1", b"2", b"12", b"13", b"30", b"31", b"64", b"4096", b"65536", b"16777216", b"2147483648"),
    *(b"9" * 20, b"9" * 5000, b"1e999", b"NaN", b"x" * 3000, b"\xc3\xbc", b"\xd9\xa3", b"'", b'"', b"\\"),
)
_REPEATS = (1, 1, 1, 1, 2, 3, 10, 100, 3000)
_MOST = 1 << 16
"""The most bytes that are taken up or put in at once."""


def mutate_text(data: bytes, rng: Random, tokens: Sequence[bytes]) -> bytes:
    """Drop, double, swap, replace or insert lines, tokens or bytes, once or a few times."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        data = data[:_MOST]
        kind = rng.randrange(8)
        if kind < 2:
            units = data.splitlines(keepends=True)
        elif kind < 7:
            units = _PIECE.findall(data)
        else:
            units = [data[place : place + 1] for place in range(len(data))]
        data = b"".join(_edited(units, rng, tokens))
    return data


def _edited(units: list[bytes], rng: Random, tokens: Sequence[bytes]) -> list[bytes]:
    place = rng.randint(0, len(units))
    end = min(len(units), place + rng.choice((1, 1, 1, 2, 5, 40)))
    fresh = rng.choice(tokens if tokens and rng.random() < 0.7 else _ANYWHERE)
    match rng.randrange(6):
        case 0:
            return units[:place] + units[end:]
        case 1:
            return units[:place] + _repeated(units[place:end], 1 + rng.choice(_REPEATS)) + units[end:]
        case 2:
            other = rng.randint(0, len(units))
            moved, rest = units[place:end], units[:place] + units[end:]
            return rest[:other] + moved + rest[other:]
        case 3:
            return [*units[:place], fresh, *units[end:]]
        case 4:
            return [*units[:place], *_repeated([fresh], rng.choice(_REPEATS)), *units[place:]]
        case _:
            # One of its own tokens in the place of another: what is there is the likeliest to be understood.
            return [*units[:place], rng.choice(units), *units[end:]] if units else [fresh]


def _repeated(units: list[bytes], times: int) -> list[bytes]:
    return units * min(times, max(1, _MOST // max(1, sum(map(len, units)))))


def mutate_archive(data: bytes, rng: Random, tokens: Sequence[bytes]) -> bytes:
    """Change what a zip archive holds and pack it again, with sums that are right; else the bytes of the archive."""
    if rng.random() < 0.2:
        return mutate_text(data, rng, tokens)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(member.filename, archive.read(member)) for member in archive.infolist()]
    except Exception:
        return mutate_text(data, rng, tokens)
    if not members:
        return mutate_text(data, rng, tokens)
    place = rng.randrange(len(members))
    name, content = members[place]
    match rng.randrange(8):
        case 0:
            members[place] = (rng.choice(members)[0], content)
        case 1:
            del members[place]
        case 2:
            members[place] = (name, rng.choice(members)[1])
        case _:
            members[place] = (name, mutate_text(content, rng, tokens))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, content in dict(members).items():
            archive.writestr(name, content)
    return packed.getvalue()
