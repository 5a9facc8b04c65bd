"""Bit-parallel simulation on any device that torch has.

What `circuit.simulate` does one gate at a time in NumPy is done here one depth at a time: on a GPU a call takes as long
as a few hundred rows, so that few calls on many rows are worth gathering the rows first. Every gate is there twice, as
it is and negated: a gathered row needs no further look.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from seqlogic.circuit import Circuit, check_planes

__all__ = ["simulate_on"]

_BLOCKS = {"cpu": 1 << 10}
_BLOCK = 1 << 16
"""Words that are simulated at once: on a CPU so few that the rows stay in its cache, elsewhere enough to fill it."""


def simulate_on(circuit: Circuit, bits: np.ndarray, device: str | torch.device) -> np.ndarray:
    """Return the outputs of 64 * W input sequences, from reset on: the same as `circuit.simulate` does, bit for bit.

    Beside inputs and outputs it takes up to 16 * (1 + I + L + 2 A) octets of the device for each of 65,536 words, or of
    W if they are fewer; on a CPU it has as many threads as torch is set to.

    Args:
        circuit: any.
        bits: uint64 [T, I, W], each bit of a word belongs to one sequence.
        device: as torch names it, "cpu" or "cuda".

    Returns:
        uint64 [T, O, W].

    Raises:
        ValueError: another shape.
        RuntimeError: torch has no such device.
    """
    planes = check_planes(circuit, bits).view(np.int64)
    T, _, W = planes.shape
    levels = _Levels(circuit, torch.device(device))
    outputs = np.empty((T, len(circuit.outputs), W), dtype=np.int64)
    size = _BLOCKS.get(levels.device.type, _BLOCK)
    for start in range(0, W, size):
        block = slice(start, start + size)
        outputs[..., block] = levels.run(torch.tensor(planes[..., block], device=levels.device)).cpu().numpy()
    return outputs.view(np.uint64)


class _Levels:
    """A circuit whose gates are numbered by their depth; row v is variable v, row V + v its negation.

    Args:
        circuit: any.
        device: where it runs.
    """

    def __init__(self, circuit: Circuit, device: torch.device) -> None:
        self.device = device
        first = 1 + len(circuit.inputs) + len(circuit.latches)
        self.variables = first + len(circuit.ands)
        depth = [0] * self.variables
        for gate, (a, b) in enumerate(circuit.ands.tolist(), start=first):
            depth[gate] = 1 + max(depth[a >> 1], depth[b >> 1])
        depths = np.array(depth)
        order = np.argsort(depths, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(self.variables)

        def rows(literals: np.ndarray) -> Tensor:
            return torch.as_tensor(place[literals >> 1] + self.variables * (literals & 1), device=device)

        bounds = np.searchsorted(depths[order], np.arange(1, depths.max() + 2)).tolist()
        # For each depth the rows of its gates, and those that they read, all first ones before all second ones.
        self.levels = [
            (slice(start, end), rows(circuit.ands[order[start:end] - first].T.reshape(-1)))
            for start, end in pairwise(bounds)
        ]
        self.next_state, self.output = rows(circuit.next_state), rows(circuit.output)
        self.reset = torch.as_tensor(-circuit.reset.astype(np.int64)[:, None], device=device)

    def run(self, bits: Tensor) -> Tensor:
        """The outputs int64 [T, O, W] of inputs int64 [T, I, W]."""
        T, ins, W = bits.shape
        outputs = bits.new_empty((T, len(self.output), W))
        values = bits.new_zeros((2, self.variables, W))
        value, negated, both = values[0], values[1], values.view(-1, W)
        read = bits.new_empty((max((len(rows) for _, rows in self.levels), default=0), W))
        leaves = slice(0, 1 + ins + len(self.next_state))
        value[1 + ins : leaves.stop] = self.reset
        for step, answer in zip(bits, outputs, strict=True):
            value[1 : 1 + ins] = step
            torch.bitwise_not(value[leaves], out=negated[leaves])
            for gates, rows in self.levels:
                pairs = torch.index_select(both, 0, rows, out=read[: len(rows)]).view(2, -1, W)
                torch.bitwise_and(pairs[0], pairs[1], out=value[gates])
                torch.bitwise_not(value[gates], out=negated[gates])
            torch.index_select(both, 0, self.output, out=answer)
            value[1 + ins : leaves.stop] = both[self.next_state]
        return outputs
