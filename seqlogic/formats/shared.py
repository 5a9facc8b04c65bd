"""What the formats share: the largest table that is read, and text of a user in a message or a comment."""

from __future__ import annotations

import json
from collections.abc import Iterable

from seqlogic.errors import InputError

__all__ = ["MOST_ENTRIES", "check_entries", "clip", "first_twice", "quote"]

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
