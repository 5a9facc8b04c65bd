"""An and-inverter graph in the making: structural hashing, constants folded (Kuehlmann et al., 2002).

A literal is twice a variable plus one where it is negated; variable 0 is the constant false, then come `leaves`
variables, then the gates, each an AND of two literals of earlier variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

__all__ = ["FALSE", "TRUE", "Gates"]

FALSE, TRUE = 0, 1
"""The two literals of the constant."""


class Gates:
    """A growing and-inverter graph.

    Args:
        leaves: the number of variables that are no gates: inputs and latches.

    Attributes:
        pairs: the two literals of each gate, the larger first.
    """

    def __init__(self, leaves: int) -> None:
        self.leaves = leaves
        self.pairs: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        """The number of gates."""
        return len(self.pairs)

    def leaf(self, number: int) -> int:
        """The literal of a leaf, counted from 0."""
        return 2 * (1 + number)

    def leaf_literals(self) -> list[int]:
        """The literals of all leaves, in their order."""
        return [self.leaf(number) for number in range(self.leaves)]

    def cut(self, length: int) -> None:
        """Forget all gates but the first `length`: an attempt that was not worth its gates."""
        for pair in self.pairs[length:]:
            del self._known[pair]
        del self.pairs[length:]

    def _parts(self, literal: int) -> tuple[int, int] | None:
        number = (literal >> 1) - 1 - self.leaves
        return self.pairs[number] if number >= 0 else None

    def and_(self, a: int, b: int) -> int:
        """The literal of a AND b."""
        if a < b:
            a, b = b, a
        if b < 2 or a >> 1 == b >> 1:
            return a if b in (TRUE, a) else FALSE
        # One level down (Brummayer and Biere, 2006): idempotence, contradiction and substitution.
        for one, other in ((a, b), (b, a)):
            parts = self._parts(one)
            if parts is None:
                continue
            if one & 1:
                if other ^ 1 in parts:
                    return other
                if other in parts:
                    return self.and_(other, parts[parts[0] == other] ^ 1)
            elif other in parts:
                return one
            elif other ^ 1 in parts:
                return FALSE
        gate = self._known.get((a, b))
        if gate is None:
            gate = 2 * (1 + self.leaves + len(self.pairs))
            self.pairs.append((a, b))
            self._known[a, b] = gate
        return gate

    def or_(self, a: int, b: int) -> int:
        """The literal of a OR b."""
        return self.and_(a ^ 1, b ^ 1) ^ 1

    def xor(self, a: int, b: int) -> int:
        """The literal of a XOR b; negations move to the result, so that all four forms share their gates."""
        negated = (a ^ b) & 1
        a, b = a & ~1, b & ~1
        return self.and_(self.and_(a, b) ^ 1, self.and_(a ^ 1, b ^ 1) ^ 1) ^ negated

    def mux(self, select: int, high: int, low: int) -> int:
        """The literal of `select ? high : low`."""
        if select & 1:
            return self.mux(select ^ 1, low, high)
        if high == low:
            return high
        if high == low ^ 1:
            return self.xor(select, low)
        return self.or_(self.and_(select, high), self.and_(select ^ 1, low))

    def all_of(self, literals: Iterable[int]) -> int:
        """The literal of the AND of all, TRUE for none; a balanced tree."""
        return _balanced(self.and_, sorted(literals), TRUE)

    def any_of(self, literals: Iterable[int]) -> int:
        """The literal of the OR of all, FALSE for none; a balanced tree."""
        return _balanced(self.or_, sorted(literals), FALSE)

    def live(self, roots: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """The gates that the roots need, int32 [A, 2], and the roots in their numbering, int32 [R]."""
        first = 1 + self.leaves
        needed = bytearray(first + len(self.pairs))
        for root in roots:
            needed[root >> 1] = 1
        for number in range(len(self.pairs) - 1, -1, -1):
            if needed[first + number]:
                a, b = self.pairs[number]
                needed[a >> 1] = needed[b >> 1] = 1
        new = list(range(first)) + [0] * len(self.pairs)
        kept: list[tuple[int, int]] = []
        for number, (a, b) in enumerate(self.pairs):
            if needed[first + number]:
                # The order of the variables is kept, and with it the larger literal in front.
                new[first + number] = first + len(kept)
                kept.append((2 * new[a >> 1] | a & 1, 2 * new[b >> 1] | b & 1))
        ands = np.array(kept, dtype=np.int32).reshape(-1, 2)
        return ands, np.array([2 * new[root >> 1] | root & 1 for root in roots], dtype=np.int32)


def _balanced(join: Callable[[int, int], int], literals: list[int], neutral: int) -> int:
    while len(literals) > 1:
        pairs = zip(literals[::2], literals[1::2], strict=False)
        odd = literals[-1:] if len(literals) % 2 else []
        literals = [join(a, b) for a, b in pairs] + odd
    return literals[0] if literals else neutral
