"""Bit-serial multiply-accumulate."""

from __future__ import annotations

import numpy as np

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import FALSE, Gates
from tasks.task import Task

__all__ = ["SerialMac"]


class SerialMac(Task[int]):
    """Bit-serial multiply-accumulate, k times a number and another one, least significant bit first.

    110 011 001 000 000
      1   0   1   0   1

    A symbol holds a bit that is one where numbers begin, then one bit of each number: the example is 5 * 3 + 6 = 21. It
    is a tap of a bit-serial filter. The state is the carry, 0 to k, which is dropped where numbers begin.

    Args:
        k: the factor, at least 1.
    """

    inputs = Alphabet.words(3)
    outputs = Alphabet.words(1)
    initial = 0
    law = "numbers begin with one symbol in eight"

    def __init__(self, *, k: int = 5) -> None:
        if k < 1:
            raise ValueError(f"serial_mac needs k of at least 1, not {k}")
        self.k = k
        self.states = k + 1

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        begins, factor, addend = symbol >> 2, symbol >> 1 & 1, symbol & 1
        total = (0 if begins else state) + self.k * factor + addend
        return total >> 1, total & 1

    def circuit(self) -> Circuit:
        # A row of full adders, with the addend as the carry into the lowest.
        n = self.k.bit_length()
        gates = Gates(3 + n)
        carry, factor, begins, *held = gates.leaf_literals()
        total = []
        for place in range(n):
            one, other = gates.and_(held[place], begins ^ 1), factor if self.k >> place & 1 else FALSE
            half = gates.xor(one, other)
            total.append(gates.xor(half, carry))
            carry = gates.or_(gates.and_(one, other), gates.and_(half, carry))
        return circuit_of(
            gates,
            inputs=[f"symbol[{bit}]" for bit in range(3)],
            latches=[f"carry[{bit}]" for bit in range(n)],
            outputs=["output[0]"],
            next_state=[*total[1:], carry],
            output=total[:1],
            reset=[False] * n,
        )

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        begins = rng.random((count, length)) < 1 / 8
        return (begins << 2 | rng.integers(4, size=(count, length))).astype(np.int32)
