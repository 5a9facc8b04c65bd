"""Logic with latches as a straight-line program: one bitwise operation after another, each on rows of words.

64 evaluations share a word. With rows of thousands of words the calls cost little, and what is left is the memory that
goes through them. So three gates that are an exclusive or are one operation, an inverter moves to the result where De
Morgan's law lets it, and a row is used again as soon as nothing needs what it holds, the latest first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

__all__ = ["Program"]

Operation = tuple[Callable[..., np.ndarray], int, int, int]
"""A function of two rows, these rows, and the row of its result: literals at first, then indices."""

_FALSE, _TRUE = 0, 1
_LEAST, _MOST = 1 << 10, 1 << 13
"""Words to a row: with fewer the calls are most of the time, with more they are next to nothing of it."""
_CACHE = 12 << 20
"""Octets that all rows take, if that leaves them so many words: a part of the last cache."""


class Program:
    """What a circuit does in one step, made once and run for many steps; see `Circuit` for literals.

    The first rows are all zeros, all ones, the inputs and the latches, in this order.

    Args:
        inputs: the number of inputs.
        ands: int [A, 2], the literals of each gate.
        next_state: int [L], the literal that each latch takes.
        output: int [O], the literal of each output.

    Attributes:
        operations: in their order; the row of a result may be one that it is computed from.
        outputs: the row of each output.
        moves: for each row, which one stands there in the next step: latches are renamed, and not copied.
    """

    def __init__(self, inputs: int, ands: np.ndarray, next_state: np.ndarray, output: np.ndarray) -> None:
        self._inputs, self._latches = inputs, len(next_state)
        operations = _computed(inputs + self._latches, ands.tolist(), [*next_state.tolist(), *output.tolist()])
        # Every latch needs a row of its own: what another one takes, or is constant, has to be copied.
        taken = {_FALSE, _TRUE}
        targets: list[int] = []
        for latch, literal in enumerate(next_state.tolist()):
            targets.append(-1 - latch if literal in taken else literal)
            if literal in taken:
                operations.append((np.bitwise_or, literal, literal, -1 - latch))
            taken.add(literal)
        self._allocate(operations, targets, output.tolist())

    def _allocate(self, operations: Sequence[Operation], targets: Sequence[int], output: Sequence[int]) -> None:
        """Give every literal a row, for as long as something needs it."""
        last: dict[int, float] = {}
        for number, (_, a, b, _) in enumerate(operations):
            last[a] = last[b] = number
        last |= dict.fromkeys((_FALSE, _TRUE, *targets, *output), math.inf)
        count = 2 + self._inputs + self._latches
        rows = {_FALSE: 0, _TRUE: 1} | {2 * row - 2: row for row in range(2, count)}
        free: list[int] = []
        self.operations: list[Operation] = []
        for number, (function, a, b, result) in enumerate(operations):
            free += [rows[literal] for literal in {a, b} if last[literal] == number]
            if free:
                rows[result] = free.pop()
            else:
                rows[result] = count
                count += 1
            self.operations.append((function, rows[a], rows[b], rows[result]))
        self.outputs = [rows[literal] for literal in output]
        latches = [rows[literal] for literal in targets]
        others = sorted(set(range(2, count)) - set(latches))
        self.moves = [0, 1, *others[: self._inputs], *latches, *others[self._inputs :]]

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
        if W == 1:
            # To work in place, NumPy takes three times as long on one word as on two.
            outputs, after = self.run(np.repeat(inputs, 2, axis=2), np.repeat(latches, 2, axis=1))
            return outputs[..., :1], after[:, :1]
        outputs, after = np.empty((T, len(self.outputs), W), dtype=np.uint64), np.empty_like(latches)
        size = min(max(_CACHE // (8 * len(self.moves)), _LEAST), _MOST)
        for start in range(0, W, size):
            block = slice(start, start + size)
            self._run_block(inputs[..., block], outputs[..., block], latches[:, block], after[:, block])
        return outputs, after

    def _run_block(self, inputs: np.ndarray, outputs: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        leaves, state = slice(2, 2 + self._inputs), slice(2 + self._inputs, 2 + self._inputs + self._latches)
        value = np.zeros((len(self.moves), before.shape[1]), dtype=np.uint64)
        value[1] = ~value[0]
        value[state] = before
        rows = list(value)
        for step, answers in zip(inputs, outputs, strict=True):
            _copy(step, rows[leaves])
            for function, a, b, result in self.operations:
                function(rows[a], rows[b], rows[result])
            _copy([rows[row] for row in self.outputs], answers)
            rows = [rows[row] for row in self.moves]
        _copy(rows[state], after)


def _copy(rows: Iterable[np.ndarray], there: Iterable[np.ndarray]) -> None:
    for row, place in zip(rows, there, strict=True):
        place[:] = row


def _computed(leaves: int, ands: Sequence[tuple[int, int]], roots: Sequence[int]) -> list[Operation]:
    """Operations that give the literals of the roots, and nothing that these do not need."""
    # Of every variable its literal or the complement; and with those that had to be negated.
    given = {_FALSE, _TRUE} | {2 * (1 + leaf) for leaf in range(leaves)}
    there = given.copy()
    computed: dict[int, Operation] = {}

    def compute(function: Callable[..., np.ndarray], a: int, b: int, result: int) -> None:
        computed[result] = function, a, b, result
        given.add(result)
        there.add(result)

    def need(literal: int) -> None:
        if literal not in there:
            computed[literal] = np.bitwise_xor, literal ^ 1, _TRUE, literal
            there.add(literal)

    for gate, (a, b) in enumerate(ands, start=1 + leaves):
        different = _different(ands, a, b, 1 + leaves)
        if different is not None:
            x, y = (literal if literal in given else literal ^ 1 for literal in different)
            compute(np.bitwise_xor, x, y, 2 * gate + (sum(different) + x + y) % 2)
        elif not {a, b} <= there and {a ^ 1, b ^ 1} <= there:
            compute(np.bitwise_or, a ^ 1, b ^ 1, 2 * gate + 1)
        else:
            need(a)
            need(b)
            compute(np.bitwise_and, a, b, 2 * gate)
    for root in roots:
        need(root)
    return _ordered(computed, roots)


def _different(ands: Sequence[tuple[int, int]], a: int, b: int, first: int) -> tuple[int, int] | None:
    """The two literals of which ~p & ~q is the exclusive or, p both of them and q neither; None if it is none."""
    if a & b & 1 and min(a, b) >> 1 >= first:
        one, other = ands[(a >> 1) - first], ands[(b >> 1) - first]
        if {literal ^ 1 for literal in one} == set(other):
            return one
    return None


def _ordered(computed: dict[int, Operation], roots: Sequence[int]) -> list[Operation]:
    """Operations, by their results, in the order in which one root after another needs them: they are used soon."""
    ordered: dict[int, Operation] = {}
    stack = [*reversed(roots)]
    while stack:
        operation = computed.get(stack[-1])
        operands = () if operation is None else operation[1:3]
        waiting = [literal for literal in operands if literal in computed and literal not in ordered]
        if waiting:
            stack += waiting
        else:
            result = stack.pop()
            if operation is not None:
                ordered[result] = operation
    return list(ordered.values())
