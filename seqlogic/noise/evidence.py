"""What noisy examples show: the tree of their inputs, with how often each output was observed on each edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqlogic.examples import Examples

__all__ = ["Evidence"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """The E edges of the tree of all input prefixes, in the order of a depth-first walk.

    Attributes:
        inputs, outputs: X and Y, the sizes of the alphabets.
        length: of the longest sequence.
        depth: int32 [E], the length of the prefix that an edge leaves.
        symbol: int32 [E], the input symbol of the edge.
        end: int32 [E], where the edges below it end.
        first: int32 [E + 1]; what was observed on edge e stands from first[e] to first[e + 1] in the next two.
        answer: int32 [K], output symbols.
        count: int64 [K], how often each was observed.
    """

    inputs: int
    outputs: int
    length: int
    depth: np.ndarray
    symbol: np.ndarray
    end: np.ndarray
    first: np.ndarray
    answer: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, examples: Examples) -> Evidence:
        """Merge the examples, O(N T log N)."""
        # The last key counts first; the one that says nothing is for sequences without a symbol.
        order = np.lexsort((np.zeros(len(examples)), *examples.words.T[::-1]))
        words, answers = examples.words[order], examples.answers[order]
        n, length = words.shape
        shared = np.zeros((n, length), dtype=bool)
        shared[1:] = np.logical_and.accumulate((words[1:] == words[:-1]) & (words[1:] >= 0), axis=1)
        new = (words >= 0) & ~shared
        number = np.where(new, np.cumsum(new).reshape(new.shape) - 1, -1)
        row, depth = np.nonzero(new)
        # Of a shared prefix the edge is that of the latest sequence above that has an edge of its own there.
        edge = np.maximum.accumulate(number, axis=0)
        seen = answers >= 0
        keys, count = np.unique(edge[seen] * np.int64(len(examples.outputs)) + answers[seen], return_counts=True)
        first = np.searchsorted(keys, np.arange(len(row) + 1) * len(examples.outputs))
        return cls(
            inputs=len(examples.inputs),
            outputs=len(examples.outputs),
            length=length,
            depth=depth.astype(np.int32),
            symbol=words[row, depth].astype(np.int32),
            end=_ends(depth),
            first=first.astype(np.int32),
            answer=(keys % len(examples.outputs)).astype(np.int32),
            count=count.astype(np.int64),
        )

    @property
    def observed(self) -> int:
        """How many outputs were observed in all."""
        return int(self.count.sum())


def _ends(depth: np.ndarray) -> np.ndarray:
    """For each edge the next one that is not deeper, int32 [E]."""
    end = np.full(len(depth), len(depth), dtype=np.int32)
    # Of each depth, the edges that close it are those of at most that depth.
    for level in range(int(depth.max(initial=-1)) + 1):
        own = np.flatnonzero(depth == level)
        closing = np.flatnonzero(depth <= level)
        place = np.searchsorted(closing, own, side="right")
        inside = place < len(closing)
        end[own[inside]] = closing[place[inside]]
    return end
