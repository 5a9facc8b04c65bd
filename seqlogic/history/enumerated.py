"""The enumerated form: a truth table of up to sixteen wires, of which a network fills in what no example shows.

A median of fifteen bits, a filter and its sign, a comparator: each is a function of a few wires more than a lookup is
found of, and has hundreds of rules. Its wires are found by proof: one is dropped where the examples are still a
function without it, and which are left is a reduct in the sense of rough sets (Skowron and Rauszer, 1992). If they show
every entry of the table, these are all that there is to know. Else the others are what a network says of them that is
right in all examples: the one of the fewest hidden units.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from seqlogic.history.lookup import Lookup
from seqlogic.history.planes import Planes, Tell, Wire

__all__ = ["MOST_ENUMERATED", "Enumerated", "enumerate_support", "support"]

MOST_ENUMERATED = 16
"""The most wires of a table."""
_MOST_CANDIDATES = 62
"""The most wires to choose from: as many bits as a key has beside the answer's."""
_AT_FIRST = 4096
"""So many examples are asked first: most wires that are needed are needed by these."""
_HIDDEN = (0, 4, 16, 64)
"""The hidden units of the networks that are tried, one after the other."""


@dataclass(frozen=True)
class Enumerated(Lookup):
    """A truth table of more wires.

    Attributes:
        hidden: the hidden units of the network that says what the open entries are; None if no entry is open.
    """

    hidden: int | None = field(default=None, compare=False)

    @property
    def at_least(self) -> int | None:
        """So many of its wires must be one, if that is all that it says; else None."""
        ones, wires = Counter(entry.bit_count() for entry in self.ones), len(self.order)
        least = min(ones, default=0)
        return least if least and all(ones[k] == math.comb(wires, k) for k in range(least, wires + 1)) else None


def enumerate_support(
    planes: Planes, bit: int, wires: list[Wire], rows: np.ndarray, tell: Tell | None = None
) -> Enumerated | None:
    """Return the table of some wires that is right of an output bit in some examples, None if no network is.

    Args:
        planes: the examples.
        bit: of the output.
        wires: at most `MOST_ENUMERATED`, of which the bit is a function in these examples.
        rows: bool [N, T], which examples.
        tell: is told how far the training of a network has come, if given.
    """
    row, step = np.nonzero(rows)
    entry, target = _distinct(_keys(planes.at(wires, row, step)), planes.outputs[bit, row, step])
    if len(entry) == 1 << len(wires):
        return Enumerated(tuple(wires), frozenset(entry[target].tolist()))
    from seqlogic.history.network import fit_network  # noqa: PLC0415  (torch, where it is needed)

    for hidden in _HIDDEN:
        table = fit_network(entry, target, len(wires), hidden, tell)
        if table is not None:
            ones = frozenset(np.flatnonzero(table).tolist())
            return Enumerated(tuple(wires), ones, (1 << len(wires)) - len(entry), hidden)
    return None


def support(planes: Planes, bit: int, wires: list[Wire], rows: np.ndarray) -> list[Wire] | None:
    """Return wires of which an output bit is a function in some examples, each of them needed; None if there are none.

    Which wires are needed depends on the order in which they are dropped: first those that say whether there was such a
    step, then past outputs, then inputs, the oldest first. None as well if there are more than 62 to choose from.

    Args:
        planes: the examples.
        bit: of the output.
        wires: what there is to choose from.
        rows: bool [N, T], which examples.
    """
    if len(wires) > _MOST_CANDIDATES:
        return None
    row, step = np.nonzero(rows)
    key, target = _distinct(_keys(planes.at(wires, row, step)), planes.outputs[bit, row, step])
    if not _function(key):
        return None
    kept = (1 << len(wires)) - 1
    begun = len(planes.inputs) - 1
    order = [(wire.output or wire.bit == begun, wire.bit == begun and not wire.output, wire.age) for wire in wires]
    some = np.random.default_rng(0).permutation(len(key))[:_AT_FIRST]
    for place in sorted(range(len(wires)), key=order.__getitem__, reverse=True):
        without = kept & ~(1 << place)
        if _function(_distinct(key[some] & without, target[some])[0]):
            fewer, answers = _distinct(key & without, target)
            if _function(fewer):
                kept, key, target = without, fewer, answers
                some = some[some < len(key)]
    return [wire for place, wire in enumerate(wires) if kept >> place & 1]


def _keys(values: np.ndarray) -> np.ndarray:
    """The numbers of rows of bits, int64 [R] of bool [R, K], the first bit the lowest."""
    keys = np.zeros(len(values), dtype=np.int64)
    for place in range(values.shape[1]):
        keys |= values[:, place].astype(np.int64) << place
    return keys


def _distinct(keys: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different pairs of a key and an answer, in order of the keys."""
    pairs = np.unique(keys << 1 | target)
    return pairs >> 1, (pairs & 1).astype(bool)


def _function(keys: np.ndarray) -> bool:
    """Whether no key, of different pairs in order, has two answers."""
    return bool((keys[1:] != keys[:-1]).all())
