"""The and-xor form: an exclusive or of products of wires, found by elimination over GF(2).

Every Boolean function is one (Zhegalkin, 1927; Reed, 1954), and its coefficients enter linearly: what examples say of
them is a system of linear equations, one for each example. With few wires and a low degree it is solved from about as
many examples as there are products, where a gradient sees no slope at all on parities.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations

import numpy as np

from seqlogic.history.planes import Planes, Wire

__all__ = ["AndXor", "System", "fit", "products"]

_MORE = 128
"""So many examples that the last solution gets wrong become equations at once."""
_SEED = 0

Product = tuple[Wire, ...]
"""The wires of a product; none of them is the constant one."""


@dataclass(frozen=True)
class AndXor:
    """An exclusive or of products.

    Attributes:
        products: each as its wires.
        open: how many coefficients the examples do not determine, those of products that it lacks included: of 0, no
            other exclusive or of the products that there were to choose from is right.
    """

    products: tuple[Product, ...]
    open: int = field(default=0, compare=False)

    @property
    def wires(self) -> set[Wire]:
        """All wires that it has."""
        return {wire for product in self.products for wire in product}

    @property
    def literals(self) -> int:
        """How often it names a wire."""
        return sum(map(len, self.products))

    def plane(self, planes: Planes) -> np.ndarray:
        """What it says at each step, bool [N, T], as if all was 0 before the sequences."""
        value = np.zeros(planes.observed.shape, dtype=bool)
        for product in self.products:
            value ^= reduce(np.logical_and, map(planes.plane, product), np.ones_like(value))
        return value


def products(wires: Sequence[Wire], degree: int) -> list[Product]:
    """All products of at most so many wires, the simplest first."""
    return [product for size in range(degree + 1) for product in combinations(wires, size)]


def fit(planes: Planes, bits: Iterable[int], candidates: Sequence[Product], rows: np.ndarray) -> dict[int, AndXor]:
    """Return, for each of some output bits that has one, an and-xor form that is right in all of some examples.

    Of the forms that are, one whose products come first among the candidates: only these are taken that those before
    them do not replace. Elimination sees a few examples, then those that its solutions get wrong; it is the same for
    all bits, but for the right-hand sides.

    Args:
        planes: the examples.
        bits: of the output.
        candidates: the products that a form may have.
        rows: bool [N, T], which examples.
    """
    wires = sorted({wire for product in candidates for wire in product})
    place = {wire: number for number, wire in enumerate(wires)}
    columns = [[place[wire] for wire in product] for product in candidates]
    bits = list(bits)
    system = System(len(candidates), len(bits))
    row, step = np.nonzero(rows)
    rng = np.random.default_rng(_SEED)
    some = rng.permutation(len(row))[: 2 * len(candidates) + _MORE]
    forms = dict.fromkeys(bits, AndXor(()))
    while len(some) and forms:
        values = planes.at(wires, row[some], step[some])
        terms = np.stack([values[:, column].all(axis=1) for column in columns], axis=1)
        system.add(terms, planes.outputs[bits][:, row[some], step[some]].T)
        forms, wrong = {}, np.zeros(len(row), dtype=bool)
        for number, bit in enumerate(bits):
            solution = system.solution(number)
            if solution is not None:
                forms[bit] = AndXor(tuple(candidates[one] for one in solution), system.open)
                wrong |= (forms[bit].plane(planes) != planes.outputs[bit])[row, step]
        some = rng.permutation(np.flatnonzero(wrong))[:_MORE]
    return forms


class System:
    """Linear equations over GF(2), each reduced by those before it; the first unknown of each is eliminated.

    Several systems at once that differ in their values alone.
    """

    def __init__(self, unknowns: int, systems: int = 1) -> None:
        self.unknowns = unknowns
        self.pivots: dict[int, int] = {}
        self.contradicted = 0
        self._all = (1 << systems) - 1

    def add(self, terms: np.ndarray, values: np.ndarray) -> None:
        """Add equations, bool [E, unknowns], and what they come to in each system, bool [E, systems]."""
        packed = np.packbits(np.concatenate([terms, values], axis=1), axis=1, bitorder="little")
        for octets in np.unique(packed, axis=0):
            equation = int.from_bytes(octets.tobytes(), "little")
            while equation:
                pivot = (equation & -equation).bit_length() - 1
                if pivot >= self.unknowns:
                    self.contradicted |= equation >> self.unknowns
                    if self.contradicted == self._all:
                        return
                    break
                known = self.pivots.get(pivot)
                if known is None:
                    self.pivots[pivot] = equation
                    break
                equation ^= known

    @property
    def open(self) -> int:
        """So many unknowns are not determined."""
        return self.unknowns - len(self.pivots)

    def solution(self, system: int = 0) -> list[int] | None:
        """The unknowns that are one in a system, where those that no equation determines are zero; ascending.

        None if there is no solution.
        """
        if self.contradicted >> system & 1:
            return None
        ones, end = 0, 1 << self.unknowns + system
        for pivot in sorted(self.pivots, reverse=True):
            equation = self.pivots[pivot]
            if bool(equation & end) ^ bool((equation & ones).bit_count() % 2):
                ones |= 1 << pivot
        return [number for number in range(self.unknowns) if ones >> number & 1]
