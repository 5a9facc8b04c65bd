"""Glitches in a signal."""

from __future__ import annotations

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import Gates
from tasks.majority import most
from tasks.task import Task

__all__ = ["Glitch"]


class Glitch(Task[int]):
    """Is the bit of k ago other than most of the k bits after it? Before the first bit there were zeros.

    1 1 1 0 1 1 0 0 0
    0 1 1 0 0 0 1 1 1

    The example has k = 3. The state is the last k bits: of two states the youngest bit in which they differ will be
    compared with bits that came later, which are the same, so that all 2^k of them are told apart.

    Args:
        k: the bits that a bit is compared with, odd and at least 3.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, k: int = 3) -> None:
        if k < 3 or k % 2 == 0:
            raise ValueError(f"glitch needs an odd k of at least 3, not {k}")
        self.k = k
        self.states = 2**k

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        read = state << 1 | symbol
        later = read % self.states
        return later, read >> self.k ^ int(2 * later.bit_count() > self.k)

    def circuit(self) -> Circuit:
        gates = Gates(1 + self.k)
        symbol, *line = gates.leaf_literals()
        return circuit_of(
            gates,
            inputs=["symbol[0]"],
            latches=[f"line[{i}]" for i in range(self.k)],
            outputs=["output[0]"],
            next_state=[symbol, *line[:-1]],
            output=[gates.xor(line[-1], most(gates, [symbol, *line[:-1]]))],
            reset=[False] * self.k,
        )
