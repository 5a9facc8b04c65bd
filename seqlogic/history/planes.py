"""Examples as bits: for each bit of the symbols, what it is at each step, and what it was so many steps before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seqlogic.examples import Examples

__all__ = ["Planes", "Tell", "Wire"]

Tell = Callable[[int, int, str], None]
"""Is told how many are done, of how many, and what they are; of none where they are not counted."""


@dataclass(frozen=True, order=True)
class Wire:
    """A bit of the input or of the output, some steps ago.

    Attributes:
        age: how many steps ago; 0 is the present one.
        output: whether of the output.
        bit: which bit of the symbol, the least significant is 0. One more than the inputs have is always 1: so it
            says, some steps ago, whether there was such a step.
    """

    age: int
    output: bool
    bit: int


class Planes:
    """The bits of N sequences of up to T symbols.

    Args:
        examples: the sequences.
        further: bool [F, N, T], what else is known at each step before the output, as further bits of the input.

    Attributes:
        inputs: bool [ins + F + 1, N, T], 0 past the end; the last is 1 everywhere.
        outputs: bool [outs, N, T], 0 where not observed.
        observed: bool [N, T], where the output was.
        reach: int64 [N, T], so many steps before a step, and no more, have each an observed output.
    """

    def __init__(self, examples: Examples, further: np.ndarray | None = None) -> None:
        ins, outs = examples.inputs.width, examples.outputs.width
        self.observed = examples.answers >= 0
        ones = np.ones((1, *self.observed.shape), dtype=bool)
        more = [] if further is None else [further]
        self.inputs = np.concatenate([_bits(examples.words, ins), *more, ones])
        self.outputs = _bits(examples.answers, outs)
        self.reach = np.zeros(self.observed.shape, dtype=np.int64)
        for t in range(1, self.observed.shape[1]):
            self.reach[:, t] = np.where(self.observed[:, t - 1], self.reach[:, t - 1] + 1, 0)

    def wires(self, window: int, *, begun: bool = False) -> list[Wire]:
        """All wires of the present input and of so many steps before it, the youngest first, inputs before outputs.

        With those that say whether there were so many steps, if `begun`.
        """
        ins = len(self.inputs) - 1
        present = [Wire(0, False, bit) for bit in range(ins)]
        before = [
            Wire(age, output, bit)
            for age in range(1, window + 1)
            for output, bits in ((False, ins + begun), (True, len(self.outputs)))
            for bit in range(bits)
        ]
        return present + before

    def known(self, window: int) -> np.ndarray:
        """Where the output was observed, and so were those of so many steps before, or since the start, bool [N, T]."""
        return self.observed & (self.reach >= np.minimum(np.arange(self.observed.shape[1]), window))

    def plane(self, wire: Wire) -> np.ndarray:
        """What a wire is at each step, bool [N, T]; 0 before the sequence begins."""
        plane = (self.outputs if wire.output else self.inputs)[wire.bit]
        if wire.age == 0:
            return plane
        shifted = np.zeros_like(plane)
        shifted[:, wire.age :] = plane[:, : -wire.age]
        return shifted

    def at(self, wires: list[Wire], row: np.ndarray, step: np.ndarray) -> np.ndarray:
        """What wires are at some steps of some sequences, bool [R, wires]; 0 before a sequence begins."""
        values = np.zeros((len(row), len(wires)), dtype=bool)
        for place, wire in enumerate(wires):
            there = step >= wire.age
            plane = (self.outputs if wire.output else self.inputs)[wire.bit]
            values[there, place] = plane[row[there], step[there] - wire.age]
        return values


def _bits(symbols: np.ndarray, width: int) -> np.ndarray:
    return np.stack([(np.maximum(symbols, 0) >> bit & 1).astype(bool) for bit in range(width)])
