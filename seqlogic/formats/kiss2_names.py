"""Names in KISS2: of states, and of the bits of inputs and outputs (`.ilb` and `.ob`, as SIS and ABC have them)."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["grouped", "plain"]

_BIT = re.compile(r"(.+)\[([0-9]{1,2})\]")


def plain(given: Sequence[str]) -> list[str]:
    """Names without blanks, each different from the others, as near as can be to those given."""
    bare = ["".join(c if c.isprintable() and c not in " #" else "_" for c in name) for name in given]
    bare = ["_" if name in ("", "*", "-") else name for name in bare]
    # A name that needs no change is never taken by one that does.
    unchanged = {name for name, old in zip(bare, given, strict=True) if name == old}
    names: dict[str, None] = {}
    count: dict[str, int] = {}
    for name, old in zip(bare, given, strict=True):
        fresh = name
        while fresh in names or (fresh in unchanged and fresh != old):
            count[name] = count.get(name, 1) + 1
            fresh = f"{name}_{count[name]}"
        names[fresh] = None
    return list(names)


def grouped(names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """The signals, (name, bits), that the names of bits make: `data[1] data[0]` are two bits of `data`.

    The names stand as they are if the signals would not all have names of their own.
    """
    signals: list[tuple[str, int]] = []
    place = 0
    while place < len(names):
        match = _BIT.fullmatch(names[place])
        bits = int(match[2]) + 1 if match is not None else 1
        vector = [] if match is None else [f"{match[1]}[{bit}]" for bit in reversed(range(bits))]
        if match is not None and bits > 1 and list(names[place : place + bits]) == vector:
            signals.append((match[1], bits))
        else:
            signals.append((names[place], 1))
        place += signals[-1][1]
    own = len({name for name, _ in signals}) == len(signals)
    return tuple(signals) if own else tuple((name, 1) for name in names)
