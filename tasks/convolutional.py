"""Convolutional codes."""

from __future__ import annotations

from collections.abc import Sequence

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import FALSE, Gates
from tasks.task import Task

__all__ = ["Convolutional"]


class Convolutional(Task[int]):
    """The code bits of a convolutional code, one for each generator at every data bit.

     1  0  1  1  0  0
    11 10 00 01 01 11

    A generator says which of the latest data bits are added modulo 2, the oldest last, and is written in octal: 7 is
    111, 5 is 101. The longest has the constraint length, so 7 and 5 are the code of constraint length 3, and 171 and
    133 the one of constraint length 7 that is used from Voyager to IEEE 802.11. Zeros come before the word.

    The state is the data bits before the present one, as far as a generator reaches back. Of two states, the latest bit
    that differs is alone when the others have passed, and shows: 2^(constraint - 1) states.

    Args:
        generators: in octal, the bit of the oldest data bit last; at least one is odd, so that it is used at all.
    """

    inputs = Alphabet.words(1)
    initial = 0
    """The earlier data bits, the latest most significant."""

    def __init__(self, *, generators: Sequence[str] = ("7", "5")) -> None:
        if isinstance(generators, str) or not all(octal and not set(octal) - set("01234567") for octal in generators):
            raise ValueError(f"convolutional needs generators in octal, not {generators!r}")
        self.generators = tuple(int(octal, 8) for octal in generators)
        if not 1 <= len(self.generators) <= 30:
            raise ValueError(f"convolutional needs 1 to 30 generators, not {len(self.generators)}")
        if not any(generator % 2 for generator in self.generators):
            raise ValueError(f"convolutional needs a generator that is odd, not only {' '.join(generators)}")
        self.constraint = max(self.generators).bit_length()
        self.states = 2 ** (self.constraint - 1)
        self.outputs = Alphabet.words(len(self.generators))

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        read = symbol << self.constraint - 1 | state
        code = 0
        for generator in self.generators:
            code = code << 1 | (read & generator).bit_count() % 2
        return read >> 1, code

    def circuit(self) -> Circuit:
        memory = self.constraint - 1
        gates = Gates(1 + memory)
        # The present data bit and those before it, the latest first, as the digits of a generator are read.
        data = gates.leaf_literals()
        code = []
        for generator in self.generators:
            parity = FALSE
            for digit, bit in zip(f"{generator:0{self.constraint}b}", data, strict=True):
                parity = gates.xor(parity, bit) if digit == "1" else parity
            code.append(parity)
        return circuit_of(
            gates,
            inputs=["symbol[0]"],
            latches=[f"data[{i}]" for i in range(memory)],
            outputs=[f"output[{i}]" for i in range(len(code))],
            next_state=data[:memory],
            output=code[::-1],
            reset=[False] * memory,
        )
