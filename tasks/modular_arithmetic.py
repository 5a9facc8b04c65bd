"""Modular arithmetic."""

from __future__ import annotations

from itertools import product

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["ModularArithmetic"]


class ModularArithmetic(Task[tuple[int, int]]):
    """The value modulo k of the sums, differences and products so far.

    +1 +2 *3 -4 *3 *0 +2
     1  3  2  3  0  2  4

    The expressions of Deletang et al. (2023): multiplication comes before addition. An operator and its operand, 0 to
    k - 1, are one symbol, so that every word is an expression with a value; it begins at 0, in front of the first
    operator. The example is 1 + 2 * 3 - 4 * 3 * 0 + 2 = 9.

    The state is the sum of the finished terms and the term that a product would go on with, both modulo k. The value
    is their sum, and after *0 the former alone, so k**2 states are told apart.

    Args:
        k: the modulus, at least 2.
    """

    initial = (0, 0)
    """The sum of the finished terms, and the last term."""

    def __init__(self, *, k: int = 5) -> None:
        if k < 2:
            raise ValueError(f"modular_arithmetic needs k of at least 2, not {k}")
        self.k = k
        self.states = k * k
        self.inputs = Alphabet.of(f"{operator}{operand}" for operator, operand in product("+-*", range(k)))
        self.outputs = Alphabet.of(str(value) for value in range(k))

    def step(self, state: tuple[int, int], symbol: int) -> tuple[tuple[int, int], int]:
        total, term = state
        operator, operand = divmod(symbol, self.k)
        if operator == 2:
            term = term * operand % self.k
        else:
            total, term = (total + term) % self.k, (-operand if operator else operand) % self.k
        return (total, term), (total + term) % self.k
