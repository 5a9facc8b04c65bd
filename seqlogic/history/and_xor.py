"""The and-xor form: an exclusive or of products of wires, found by elimination over GF(2).

Every Boolean function is one (Zhegalkin, 1927; Reed, 1954), and its coefficients enter linearly: what examples say of
them is a system of linear equations, one for each example. With few wires and a low degree it is solved from about as
many examples as there are products, where a gradient sees no slope at all on parities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """

    products: tuple[Product, ...]

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


def fit(planes: Planes, bit: int, candidates: Sequence[Product], rows: np.ndarray) -> AndXor | None:
    """Return an and-xor form of an output bit that is right in all of some examples, None if there is none.

    Of the forms that are, one whose products come first among the candidates: only these are taken that those before
    them do not replace. Elimination sees a few examples, then those that its solution gets wrong.

    Args:
        planes: the examples.
        bit: of the output.
        candidates: the products that it may have.
        rows: bool [N, T], which examples.
    """
    wires = sorted({wire for product in candidates for wire in product})
    place = {wire: number for number, wire in enumerate(wires)}
    columns = [[place[wire] for wire in product] for product in candidates]
    system = System(len(candidates))
    row, step = np.nonzero(rows)
    rng = np.random.default_rng(_SEED)
    some = rng.permutation(len(row))[: 2 * len(candidates) + _MORE]
    while len(some):
        values = planes.at(wires, row[some], step[some])
        terms = np.stack([values[:, column].all(axis=1) for column in columns], axis=1)
        if not system.add(terms, planes.outputs[bit, row[some], step[some]]):
            return None
        form = AndXor(tuple(candidates[number] for number in system.solution()))
        wrong = np.flatnonzero((form.plane(planes) != planes.outputs[bit])[row, step])
        some = rng.permutation(wrong)[:_MORE]
    return AndXor(tuple(candidates[number] for number in system.solution()))


class System:
    """Linear equations over GF(2), each reduced by those before it; the first unknown of each is eliminated."""

    def __init__(self, unknowns: int) -> None:
        self.unknowns = unknowns
        self.pivots: dict[int, int] = {}

    def add(self, terms: np.ndarray, values: np.ndarray) -> bool:
        """Add equations, bool [E, unknowns] and [E]; whether there is still a solution."""
        packed = np.packbits(np.concatenate([terms, values[:, None]], axis=1), axis=1, bitorder="little")
        for octets in np.unique(packed, axis=0):
            equation = int.from_bytes(octets.tobytes(), "little")
            while equation:
                pivot = (equation & -equation).bit_length() - 1
                if pivot == self.unknowns:
                    return False
                known = self.pivots.get(pivot)
                if known is None:
                    self.pivots[pivot] = equation
                    break
                equation ^= known
        return True

    def solution(self) -> list[int]:
        """The unknowns that are one, where those that no equation determines are zero; ascending."""
        ones, end = 0, 1 << self.unknowns
        for pivot in sorted(self.pivots, reverse=True):
            equation = self.pivots[pivot]
            if bool(equation & end) ^ bool((equation & ones).bit_count() % 2):
                ones |= 1 << pivot
        return [number for number in range(self.unknowns) if ones >> number & 1]
