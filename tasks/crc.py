"""Cyclic redundancy checks."""

from __future__ import annotations

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import Gates
from tasks.task import Task

__all__ = ["Crc"]

_POLYNOMIALS = {"crc4": 0x13, "crc8": 0x107, "crc16": 0x11021, "crc32": 0x104C11DB7}


class Crc(Task[int]):
    """The first bit of the CRC of the bits so far.

    1 0 1 1 0 0 0 1
    0 0 1 1 1 1 1 0

    The CRC is the remainder of the word, followed by as many zeros as the CRC has bits, after division by a polynomial
    over GF(2) (Peterson and Brown, 1961). The state is the register of the serial division, zero at the start; the
    answer is its most significant bit after the symbol. Neither end is inverted and no bit order reversed.

    That bit and the input say whether the polynomial is added in the next step, so the next answers show the other bits
    of the register one by one; and with a constant term of one every remainder is that of a word. The states are all
    remainders: 2^degree.

    Args:
        polynomial: with its leading term, such as 0x13 for x^4 + x + 1, or the name of a standard one: crc4 is 0x13 (of
            ITU-T G.704), crc8 0x107 (SMBus), crc16 0x11021 (XMODEM), crc32 0x104C11DB7 (IEEE 802.3).
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)
    initial = 0

    def __init__(self, *, polynomial: int | str = "crc4") -> None:
        value = _POLYNOMIALS.get(polynomial) if isinstance(polynomial, str) else polynomial
        if value is None:
            raise ValueError(f"crc has the polynomials {', '.join(_POLYNOMIALS)} or a number, not {polynomial!r}")
        if value < 3 or value % 2 == 0:
            raise ValueError(f"crc needs a polynomial of degree 1 or more with a constant term of one, not {value:#x}")
        self.polynomial = value
        self.degree = value.bit_length() - 1
        self.states = 2**self.degree

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        # The symbol enters at the top: so the zeros that follow the word need not be read.
        state = (state << 1) ^ (symbol << self.degree)
        if state >> self.degree:
            state ^= self.polynomial
        return state, state >> self.degree - 1

    def circuit(self) -> Circuit:
        # The shift register with feedback as the standards draw it.
        gates = Gates(1 + self.degree)
        symbol, *register = gates.leaf_literals()
        feedback = gates.xor(symbol, register[-1])
        shifted = [feedback]
        for place in range(1, self.degree):
            tap = self.polynomial >> place & 1
            shifted.append(gates.xor(register[place - 1], feedback) if tap else register[place - 1])
        return circuit_of(
            gates,
            inputs=["symbol[0]"],
            latches=[f"register[{i}]" for i in range(self.degree)],
            outputs=["output[0]"],
            next_state=shifted,
            output=shifted[-1:],
            reset=[False] * self.degree,
        )
