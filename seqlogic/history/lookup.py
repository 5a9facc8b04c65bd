"""The lookup form: a truth table of the fewest wires that determine an output bit.

Two steps that are answered differently must differ in a wire of the table, so that its wires are a hitting set of these
differences, and the fewest are found by branching on them (minimal sets of attributes in the sense of rough sets;
Skowron and Rauszer, 1992). Differences come from counterexamples: only those are looked at that the last set missed.
A function of few wires shows every entry of its table in a few hundred examples, whatever the other wires are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from seqlogic.history.planes import Planes, Wire
from seqlogic.synthesis import Gates, synthesise
from seqlogic.synthesis.cover import irredundant

__all__ = ["Lookup", "look_up"]

_MOST_WIRES = 6
_MOST_NODES = 200_000
"""The most choices of wires that are looked at before it counts as having none."""
_AT_FIRST = 4096
"""So many examples are looked at first."""
_PAIRS = 32
"""So many new differences at most are taken from one choice of wires."""
_PARTNERS = 256
"""Among so many that are answered differently the nearest is looked for: the fewer wires differ, the more it says."""
_SEED = 0


@dataclass(frozen=True)
class Lookup:
    """A truth table.

    Attributes:
        order: its wires.
        ones: the entries that are one, as numbers of which the first wire is the lowest bit.
        open: how many entries no example has.
    """

    order: tuple[Wire, ...]
    ones: frozenset[int]
    open: int = field(default=0, compare=False)

    @property
    def wires(self) -> set[Wire]:
        """All wires that it has."""
        return set(self.order)

    @property
    def literals(self) -> int:
        """How often it names a wire."""
        return len(self.order)

    def plane(self, planes: Planes) -> np.ndarray:
        """What it says at each step, bool [N, T], as if all was 0 before the sequences."""
        entry = np.zeros(planes.observed.shape, dtype=np.int64)
        for place, wire in enumerate(self.order):
            entry |= planes.plane(wire).astype(np.int64) << place
        return np.isin(entry, list(self.ones))

    def build(self, gates: Gates, literal: Mapping[Wire, int], last: int) -> int:
        """Make gates of it from the literals of its wires, and return its own; one wire is decided after all others."""
        order = [place for place in range(len(self.order)) if place != last] + ([last] if self.order else [])
        entries = np.fromiter(self.ones, dtype=np.int64, count=len(self.ones))
        table = np.zeros(max(8, 1 << len(order)), dtype=bool)
        table[sum((entries >> place & 1) << bit for bit, place in enumerate(order)) + 0 * entries] = True
        function = int.from_bytes(np.packbits(table, bitorder="little").tobytes(), "little")
        return synthesise(gates, [(function, function)], [literal[self.order[place]] for place in order])[0]


def look_up(planes: Planes, bit: int, wires: Sequence[Wire], rows: np.ndarray) -> Lookup | None:
    """Return the truth table of the fewest wires that determine an output bit in some examples.

    None if they do not, if more than six wires are needed, or if too many choices of them came near. An entry that no
    example has is what makes the table a short sum of products.

    Args:
        planes: the examples.
        bit: of the output.
        wires: what there is to choose from, those to be preferred first.
        rows: bool [N, T], which examples.
    """
    row, step = np.nonzero(rows)
    rng = np.random.default_rng(_SEED)
    target = planes.outputs[bit, row, step]
    wires = list(wires)
    some = rng.permutation(len(row))[:_AT_FIRST]
    values = planes.at(wires, row[some], step[some])
    differences = _Differences(len(wires))
    while True:
        chosen = differences.hit()
        if chosen is None:
            return None
        pairs = _missed(values, target[some], chosen, rng)
        if not len(pairs):
            # Right of the examples looked at; now of all.
            entry = _entries(planes.at([wires[place] for place in chosen], row, step))
            ones, zeros = (set(np.unique(entry[target == one]).tolist()) for one in (True, False))
            if not ones & zeros:
                open_ = (1 << len(chosen)) - len(ones | zeros)
                return Lookup(tuple(wires[place] for place in chosen), _completed(ones, zeros, len(chosen)), open_)
            torn = np.flatnonzero(np.isin(entry, list(ones & zeros)))
            torn = rng.permutation(torn)[:_AT_FIRST]
            some = np.concatenate([some, torn])
            values = np.concatenate([values, planes.at(wires, row[torn], step[torn])])
        elif not differences.add(pairs):
            return None


def _completed(ones: set[int], zeros: set[int], n: int) -> frozenset[int]:
    """The entries that are one where those of neither kind are free."""
    lower, upper = sum(1 << one for one in ones), (1 << (1 << n)) - 1 - sum(1 << zero for zero in zeros)
    cubes = irredundant(lower, upper, n, 1 << 3 * n)
    assert cubes is not None
    return frozenset(entry for entry in range(1 << n) if any(not cube & _against(entry, n) for cube in cubes))


def _against(entry: int, n: int) -> int:
    """The literals that are false in an entry, as a cube has them."""
    return sum((1 + (entry >> place & 1)) << 2 * place for place in range(n))


def _entries(values: np.ndarray) -> np.ndarray:
    """The numbers of rows of bits, int64 [R] of bool [R, K], the first bit the lowest."""
    return values.astype(np.int64) @ (1 << np.arange(values.shape[1]))


def _missed(values: np.ndarray, target: np.ndarray, chosen: list[int], rng: np.random.Generator) -> np.ndarray:
    """Differences that a choice of wires does not see, bool [D, wires]."""
    entry = _entries(values[:, chosen])
    torn = np.intersect1d(entry[target], entry[~target])
    found = []
    for one in rng.permutation(torn)[:_PAIRS]:
        on, off = (np.flatnonzero((entry == one) & (target == kind)) for kind in (True, False))
        row = values[rng.choice(on)]
        others = values[rng.permutation(off)[:_PARTNERS]] != row
        found.append(others[others.sum(axis=1).argmin()])
    return np.array(found)


class _Differences:
    """Sets of wires of which one each must be chosen, as numbers with a bit for each wire."""

    def __init__(self, wires: int) -> None:
        self._wires = wires
        self._sets: list[int] = []
        self._size = 0
        self._nodes = 0

    def add(self, differences: np.ndarray) -> bool:
        """Take up differences, bool [D, wires]; False if one is empty, so that no choice will do."""
        for packed in np.packbits(differences, axis=1, bitorder="little"):
            self._sets.append(int.from_bytes(packed.tobytes(), "little"))
        self._sets.sort(key=int.bit_count)
        return bool(self._sets[0])

    def hit(self) -> list[int] | None:
        """The fewest wires that are in every set, one each at least; None if too many are needed, or too much time."""
        while self._size <= _MOST_WIRES:
            found = self._search(self._sets, self._size, 0)
            if found is not None:
                return sorted(found)
            if self._nodes > _MOST_NODES:
                return None
            self._size += 1
        return None

    def _search(self, left: list[int], size: int, without: int) -> list[int] | None:
        """So many wires at most, none of `without`, that hit the sets that are left."""
        if not left:
            return []
        self._nodes += 1
        if self._nodes > _MOST_NODES or _apart(left, without) > size:
            return None
        choices = min((one & ~without for one in left), key=int.bit_count)
        while choices:
            lowest = choices & -choices
            rest = self._search([one for one in left if not one & lowest], size - 1, without)
            if rest is not None:
                return [lowest.bit_length() - 1, *rest]
            # What was tried in vain need not be tried again beside another one.
            choices ^= lowest
            without |= lowest
        return None


def _apart(sets: list[int], without: int) -> int:
    """So many sets, taken as they come, have no wire in common: so many wires are needed at least."""
    used = count = 0
    for one in sets:
        if not one & ~without & used:
            used |= one & ~without
            count += 1
    return count
