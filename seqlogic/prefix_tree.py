"""Examples merged into a prefix tree, level by level, so that a shared prefix is computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from seqlogic.examples import Examples

__all__ = ["Level", "PrefixTree"]


@dataclass(frozen=True, eq=False)
class Level:
    """The E edges from depth t to depth t + 1, sorted by input symbol; edge e ends in node e of depth t + 1.

    Attributes:
        parent: int64 [E], the node of depth t that the edge leaves; the root is node 0 of depth 0.
        symbol: int64 [E], its input symbol.
        answer: int64 [E], its output symbol, or UNKNOWN where none was observed.
        count: float32 [E], how many sequences pass.
        runs: (symbol, start, stop) of each run of edges that share an input symbol.
    """

    parent: Tensor
    symbol: Tensor
    answer: Tensor
    count: Tensor
    runs: tuple[tuple[int, int, int], ...]

    def __len__(self) -> int:
        """The number of edges."""
        return len(self.parent)


@dataclass(frozen=True, eq=False)
class PrefixTree:
    """The distinct prefixes of N sequences. Two prefixes are one if they share inputs and observations alike.

    Attributes:
        levels: one `Level` for each position.
        last: int64 [N, 2], the depth and node in which each sequence ends; depth 0 for an empty one.
    """

    levels: tuple[Level, ...]
    last: Tensor

    @classmethod
    def of(cls, examples: Examples) -> PrefixTree:
        """Merge the examples, O(N T log N)."""
        n, length = examples.words.shape
        node = np.zeros(n, dtype=np.int64)
        last = np.zeros((n, 2), dtype=np.int64)
        levels: list[Level] = []
        outputs = len(examples.outputs) + 1
        nodes = 1
        rows = np.arange(n)
        for t in range(length):
            rows = rows[examples.words[rows, t] >= 0]
            if len(rows) == 0:
                break
            key = (examples.words[rows, t].astype(np.int64) * nodes + node[rows]) * outputs
            key += examples.answers[rows, t] + 1
            keys, node[rows], count = np.unique(key, return_inverse=True, return_counts=True)
            last[rows, 0], last[rows, 1] = t + 1, node[rows]
            symbol = keys // (nodes * outputs)
            symbols, start = np.unique(symbol, return_index=True)
            stop = np.append(start[1:], len(keys))
            levels.append(
                Level(
                    parent=torch.from_numpy(keys // outputs % nodes),
                    symbol=torch.from_numpy(symbol),
                    answer=torch.from_numpy(keys % outputs - 1),
                    count=torch.from_numpy(count.astype(np.float32)),
                    runs=tuple(zip(symbols.tolist(), start.tolist(), stop.tolist(), strict=True)),
                )
            )
            nodes = len(keys)
        return cls(tuple(levels), torch.from_numpy(last))

    def to(self, device: torch.device | str, **_: object) -> PrefixTree:
        """The same tree on another device; Lightning calls it with keywords of its own."""
        if self.last.device == torch.device(device):
            return self
        levels = tuple(
            replace(
                level,
                parent=level.parent.to(device),
                symbol=level.symbol.to(device),
                answer=level.answer.to(device),
                count=level.count.to(device),
            )
            for level in self.levels
        )
        return PrefixTree(levels, self.last.to(device))

    @property
    def symbols(self) -> Tensor:
        """How many input symbols the sequences have in all, float32 []."""
        return torch.stack([level.count.sum() for level in self.levels]).sum()
