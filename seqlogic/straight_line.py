"""Logic with latches as a straight-line program: one bitwise operation after another, each on rows of words.

64 evaluations share a word. With rows of thousands of words the calls cost little, and what is left is the memory that
goes through them: so an inverter moves to the result where De Morgan's law lets it, and a row is used again as soon as
nothing needs what it holds, the latest first (register allocation, which is optimal for straight-line code).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["Program"]

Operation = tuple[Callable[..., np.ndarray], int, int, int]
"""A function of two rows, these rows, and the row of its result: literals at first, then indices."""

_FALSE, _TRUE = 0, 1
_BLOCK = 1 << 12
"""Words to a row: the calls have become cheap then, and the rows of hundreds of latches still fit a cache of 16 MiB."""


class Program:
    """What a circuit does in one step, made once and run for many steps; see `Circuit` for literals.

    The first rows are all zeros, all ones, the inputs, the latches and what these become, in this order.

    Args:
        inputs: the number of inputs.
        ands: int [A, 2], the literals of each gate.
        next_state: int [L], the literal that each latch takes.
        output: int [O], the literal of each output.

    Attributes:
        operations: in their order; the last two of four numbers may be the same.
        outputs: the row of each output.
        rows: how many rows there are.
    """

    def __init__(self, inputs: int, ands: np.ndarray, next_state: np.ndarray, output: np.ndarray) -> None:
        self._inputs, self._latches = inputs, len(next_state)
        targets: list[int] = next_state.tolist()
        operations = _computed(inputs + len(targets), ands.tolist(), [*targets, *output.tolist()])
        results = {result for *_, result in operations}
        # What is computed goes to where it is the next state of a latch, the first one; anything else is copied there.
        places: dict[int, int] = {}
        for latch, literal in enumerate(targets):
            row = 2 + inputs + len(targets) + latch
            if literal in results and literal not in places:
                places[literal] = row
            else:
                places[-1 - latch] = row
                operations.append((np.bitwise_or, literal, literal, -1 - latch))
        self.operations, self.outputs, self.rows = self._allocated(operations, places, output.tolist())

    def _allocated(
        self, operations: Sequence[Operation], places: dict[int, int], output: Sequence[int]
    ) -> tuple[list[Operation], list[int], int]:
        """The operations and the outputs with rows for literals, and the number of rows; `places` are given."""
        leaves = self._inputs + self._latches
        last: dict[int, float] = {}
        for number, (_, a, b, _) in enumerate(operations):
            last[a] = last[b] = number
        last |= dict.fromkeys((_FALSE, _TRUE, *places, *output), math.inf)
        rows = {_FALSE: 0, _TRUE: 1} | {2 * (1 + leaf): 2 + leaf for leaf in range(leaves)} | places
        free: list[int] = []
        count, found = 2 + leaves + self._latches, []
        for number, (function, a, b, result) in enumerate(operations):
            free += [rows[literal] for literal in {a, b} if last[literal] == number]
            if result not in rows:
                rows[result] = free.pop() if free else count
                count = max(count, rows[result] + 1)
            found.append((function, rows[a], rows[b], rows[result]))
        return found, [rows[literal] for literal in output], count

    def run(self, inputs: np.ndarray, latches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Run as many steps as there are inputs, 64 * W sequences at once.

        Args:
            inputs: uint64 [T, I, W].
            latches: uint64 [L, W], before the first step.

        Returns:
            outputs: uint64 [T, O, W].
            latches: uint64 [L, W], after the last step.
        """
        T, _, W = inputs.shape
        outputs, after = np.empty((T, len(self.outputs), W), dtype=np.uint64), np.empty_like(latches)
        for start in range(0, W, _BLOCK):
            block = slice(start, start + _BLOCK)
            self._run_block(inputs[..., block], outputs[..., block], latches[:, block], after[:, block])
        return outputs, after

    def _run_block(self, inputs: np.ndarray, outputs: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        first, middle, last = (2 + self._inputs + times * self._latches for times in range(3))
        value = np.zeros((self.rows, before.shape[1]), dtype=np.uint64)
        value[1] = ~value[0]
        value[first:middle] = before
        rows = list(value)
        # What the latches become is what they are in the next step: two steps change places, and nothing is copied.
        swapped = rows[:first] + rows[middle:last] + rows[first:middle] + rows[last:]
        for step, answers in zip(inputs, outputs, strict=True):
            value[2:first] = step
            for function, a, b, result in self.operations:
                function(rows[a], rows[b], rows[result])
            for answer, row in zip(answers, self.outputs, strict=True):
                answer[:] = rows[row]
            rows, swapped = swapped, rows
        for latch, state in zip(after, rows[first:middle], strict=True):
            latch[:] = state


def _computed(leaves: int, ands: Sequence[tuple[int, int]], roots: Sequence[int]) -> list[Operation]:
    """Operations that give the literal of every gate or its complement, and the literals of the roots."""
    there = {_FALSE, _TRUE} | {2 * (1 + leaf) for leaf in range(leaves)}
    operations: list[Operation] = []

    def compute(function: Callable[..., np.ndarray], a: int, b: int, result: int) -> None:
        operations.append((function, a, b, result))
        there.add(result)

    def need(literal: int) -> None:
        if literal not in there:
            compute(np.bitwise_xor, literal ^ 1, _TRUE, literal)

    for gate, (a, b) in enumerate(ands, start=1 + leaves):
        if not {a, b} <= there and {a ^ 1, b ^ 1} <= there:
            compute(np.bitwise_or, a ^ 1, b ^ 1, 2 * gate + 1)
        else:
            need(a)
            need(b)
            compute(np.bitwise_and, a, b, 2 * gate)
    for root in roots:
        need(root)
    return operations
