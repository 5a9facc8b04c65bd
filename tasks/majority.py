"""Majority in a window."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import comb

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import FALSE, TRUE, Gates
from tasks.task import Task

__all__ = ["Majority", "most"]


def most(gates: Gates, bits: Sequence[int]) -> int:
    """Return the literal that says whether more than half of the literals are one, in gates that count in unary."""
    least = [TRUE] + [FALSE] * (len(bits) // 2 + 1)
    for bit in bits:
        least[1:] = [gates.or_(more, gates.and_(bit, fewer)) for fewer, more in pairwise(least)]
    return least[-1]


class Majority(Task[int]):
    """Are most of the last k bits ones? Before the first bit there were zeros.

    1 1 0 1 0 1 1 0 0 0
    0 0 0 1 1 1 1 1 0 0

    This is the median filter of a binary signal. The state is as much of the last k - 1 bits as matters: read back from
    the latest one, they end where m = (k + 1) / 2 of them are equal, for these outvote all older ones as long as those
    are in the window. That makes C(k, m) + C(k - 1, m) states.

    Args:
        k: the bits in the window, odd and at least 3.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, k: int = 5) -> None:
        if k < 3 or k % 2 == 0:
            raise ValueError(f"majority needs an odd k of at least 3, not {k}")
        self.k = k
        most = (k + 1) // 2
        self.states = comb(k, most) + comb(k - 1, most)

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        window = 2 * state + symbol
        return window % 2 ** (self.k - 1), int(2 * window.bit_count() > self.k)

    def circuit(self) -> Circuit:
        gates = Gates(self.k)
        symbol, *line = gates.leaf_literals()
        return circuit_of(
            gates,
            inputs=["symbol[0]"],
            latches=[f"line[{i}]" for i in range(self.k - 1)],
            outputs=["output[0]"],
            next_state=[symbol, *line[:-1]],
            output=[most(gates, [symbol, *line])],
            reset=[False] * (self.k - 1),
        )
