"""The order in which definitions that may stand in any order can be built, and the loops that they make."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

__all__ = ["LoopError", "in_order"]

K = TypeVar("K", bound=Hashable)

_MOST_SHOWN = 8


class LoopError(ValueError):
    """Definitions that need each other; the message names the first of them.

    Attributes:
        loop: each of them needs the next one, and the last the first.
    """

    def __init__(self, loop: Sequence[Any]) -> None:
        shown = ", ".join(map(str, loop[:_MOST_SHOWN])) + ", ..." * (len(loop) > _MOST_SHOWN)
        super().__init__(f"a loop, each needs the next: {shown}")
        self.loop = tuple(loop)


def in_order(needs: Mapping[K, Sequence[K]]) -> list[K]:
    """Return the keys, each behind those that it needs, and otherwise as they stand.

    Depth-first (Tarjan, 1976), linear time. What is needed and no key itself is passed over.

    >>> in_order({"a": ["c", "x"], "b": [], "c": ["b"]})
    ['b', 'c', 'a']

    Raises:
        LoopError: some need each other.
    """
    order: list[K] = []
    done: set[K] = set()
    for first in needs:
        # A stack of its own: chains of gates are longer than Python's. A dict keeps the way from `first` in order.
        way = {first: iter(needs[first])} if first not in done else {}
        while way:
            key, rest = next(reversed(way.items()))
            for need in rest:
                if need in way:
                    path = list(way)
                    raise LoopError(path[path.index(need) :])
                if need in needs and need not in done:
                    way[need] = iter(needs[need])
                    break
            else:
                way.popitem()
                done.add(key)
                order.append(key)
    return order
