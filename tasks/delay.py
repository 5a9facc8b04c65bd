"""A delay line."""

from __future__ import annotations

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import Gates
from tasks.task import Task

__all__ = ["Delay"]


class Delay(Task[int]):
    """The input of d symbols ago, zero before there was one.

    1 0 1 1 0 0 0 1
    0 0 0 0 1 0 1 1

    The state is the last d symbols, and each of them will be an answer: 2^d states.

    Args:
        d: the delay in symbols, at least 1.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, d: int = 4) -> None:
        if d < 1:
            raise ValueError(f"delay needs d of at least 1, not {d}")
        self.d = d
        self.states = 2**d

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        read = state << 1 | symbol
        return read % self.states, read >> self.d

    def circuit(self) -> Circuit:
        gates = Gates(1 + self.d)
        symbol, *line = gates.leaf_literals()
        return circuit_of(
            gates,
            inputs=["symbol[0]"],
            latches=[f"line[{i}]" for i in range(self.d)],
            outputs=["output[0]"],
            next_state=[symbol, *line[:-1]],
            output=line[-1:],
            reset=[False] * self.d,
        )
