"""Deserialising SPI."""

from __future__ import annotations

import numpy as np

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import FALSE, TRUE, Gates
from tasks.task import Task

__all__ = ["Spi"]


class Spi(Task[tuple[int, int]]):
    """The words that come in bit by bit while the chip is selected.

    01    00    01    01    01    00    10    00    00    01    00
    00000 00000 00000 11011 00000 00000 00000 00000 00000 00000 10010

    A symbol is a sample at a clock edge, CS and MOSI; CS is active low, the most significant bit of a word first. The
    answer is a valid bit and, as soon as it is complete, the word; zeros otherwise. Deselecting drops a word that is
    incomplete, and another word may follow at once.

    The states are the incomplete words, the empty one among them: 1 + 2 + 4 + ... = 2^bits - 1.

    Uniform words deselect every other time. Here it is one sample in eight.

    Args:
        bits: the length of a word, 1 to 29.
    """

    inputs = Alphabet.words(2)
    initial = (0, 0)
    """How many bits were read, and their value."""
    law = "deselected one sample in eight"

    def __init__(self, *, bits: int = 4) -> None:
        if not 1 <= bits <= 29:
            raise ValueError(f"spi needs words of 1 to 29 bits, not {bits}")
        self.bits = bits
        self.states = 2**bits - 1
        self.outputs = Alphabet.words(bits + 1)

    def step(self, state: tuple[int, int], symbol: int) -> tuple[tuple[int, int], int]:
        deselected, data = divmod(symbol, 2)
        if deselected:
            return self.initial, 0
        size, word = state[0] + 1, state[1] << 1 | data
        return (self.initial, 1 << self.bits | word) if size == self.bits else ((size, word), 0)

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        deselected = rng.random((count, length)) < 1 / 8
        return (deselected << 1 | rng.integers(2, size=(count, length))).astype(np.int32)

    def circuit(self) -> Circuit:
        # A one is shifted in front of the bits of a word: where it arrives at the end, the word is complete.
        gates = Gates(2 + self.bits)
        data, deselected, *register = gates.leaf_literals()
        complete = gates.and_(register[-1], deselected ^ 1)
        again = gates.or_(complete, deselected)
        shifted = [data, *register[:-1]]
        return circuit_of(
            gates,
            inputs=["symbol[0]", "symbol[1]"],
            latches=[f"register[{i}]" for i in range(self.bits)],
            outputs=[f"output[{i}]" for i in range(self.bits + 1)],
            next_state=[gates.mux(again, FALSE if i else TRUE, bit) for i, bit in enumerate(shifted)],
            output=[*(gates.and_(complete, bit) for bit in shifted), complete],
            reset=[i == 0 for i in range(self.bits)],
        )
