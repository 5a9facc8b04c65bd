"""Binary and Gray counters."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import TRUE, Gates
from tasks.task import Task

__all__ = ["Counter"]

Code = Literal["binary", "gray"]
Control = Literal["enable", "load"]
Answer = Literal["all", "msb", "carry"]


class Counter(Task[int]):
    """The count of a counter of so many bits, after the symbol.

       1    1    0    1    1    1
    0001 0010 0010 0011 0100 0101

    With the control "enable" a symbol is one bit: count, or hold. With "load" it is a load bit and then as many data
    bits: where the load bit is one the count becomes the data, which is of the counter's own code, and elsewhere it
    goes up, whatever the data. The count starts at zero and wraps around.

    The answer is all bits of the count, or only the most significant one, or only the carry, which is one with the
    symbol that wraps the count around to zero. Either tells apart any two counts in time: 2^bits states.

    A count wraps late. So seven symbols in eight count. With "load" each word draws how often it loads, uniform in 0 to
    1/2, and every other time the data ends, in binary, in a random number of ones, so that there are long carries.

    Args:
        bits: the width of the count, 1 to 29.
        code: "binary" or "gray", the reflected Gray code (Gray, 1953).
        control: "enable" or "load", what a symbol is.
        answer: "all", "msb" or "carry".
    """

    initial = 0
    """The count, in binary."""
    law = "counts seven times in eight"

    def __init__(
        self, *, bits: int = 4, code: Code = "binary", control: Control = "enable", answer: Answer = "all"
    ) -> None:
        if not 1 <= bits <= 29:
            raise ValueError(f"counter needs 1 to 29 bits, not {bits}")
        for value, choices, what in (
            (code, get_args(Code), "counts in binary or gray"),
            (control, get_args(Control), "has the control enable or load"),
            (answer, get_args(Answer), "answers all, msb or carry"),
        ):
            if value not in choices:
                raise ValueError(f"counter {what}, not {value!r}")
        self.bits = bits
        self.code = code
        self.control = control
        self.answer = answer
        self.states = 2**bits
        self.inputs = Alphabet.words(1 if control == "enable" else 1 + bits)
        self.outputs = Alphabet.words(bits if answer == "all" else 1)
        if control == "load":
            self.law = "loads up to every other time"

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        if self.control == "load" and symbol >> self.bits:
            target, carry = self._count(symbol - (1 << self.bits)), 0
        else:
            carry, target = divmod(state + (1 if self.control == "load" else symbol), 1 << self.bits)
        if self.answer == "carry":
            return target, carry
        shown = target ^ target >> 1 if self.code == "gray" else target
        return target, shown if self.answer == "all" else shown >> self.bits - 1

    def circuit(self) -> Circuit:
        # A row of toggle flip-flops, which hold the count in binary.
        ins, n = self.inputs.width, self.bits
        gates = Gates(ins + n)
        symbol, count = gates.leaf_literals()[:ins], gates.leaf_literals()[ins:]
        load = symbol[n] if self.control == "load" else None
        toggle = symbol[0] if load is None else TRUE
        following: list[int] = []
        parity: list[int] = []
        for bit in count:
            following.append(gates.xor(bit, toggle))
            toggle = gates.and_(toggle, bit)
        if load is not None:
            for place in reversed(range(n)):
                gray = self.code == "gray" and parity
                parity.append(gates.xor(symbol[place], parity[-1]) if gray else symbol[place])
            following = [gates.mux(load, new, old) for new, old in zip(parity[::-1], following, strict=True)]
            toggle = gates.and_(toggle, load ^ 1)
        shown = following
        if self.code == "gray":
            shown = [gates.xor(low, high) for low, high in pairwise(following)] + following[-1:]
        output = {"all": shown, "msb": shown[-1:], "carry": [toggle]}[self.answer]
        return circuit_of(
            gates,
            inputs=[f"symbol[{i}]" for i in range(ins)],
            latches=[f"count[{i}]" for i in range(n)],
            outputs=[f"output[{i}]" for i in range(len(output))],
            next_state=following,
            output=output,
            reset=[False] * n,
        )

    def _count(self, data: int) -> int:
        """The count that data of the counter's code is."""
        shift = 1
        while self.code == "gray" and shift < self.bits:
            data ^= data >> shift
            shift *= 2
        return data

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        if self.control == "enable":
            return (rng.random((count, length)) < 7 / 8).astype(np.int32)
        load = rng.random((count, length)) < rng.uniform(0, 1 / 2, size=(count, 1))
        data = rng.integers(1 << self.bits, size=(count, length))
        ones = (1 << rng.integers(self.bits, size=(count, length), endpoint=True)) - 1
        data |= np.where(rng.random((count, length)) < 1 / 2, ones, 0)
        if self.code == "gray":
            data ^= data >> 1
        return (load << self.bits | data).astype(np.int32)
