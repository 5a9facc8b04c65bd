"""A decision tree of an output bit: what is to be explained are the leaves in which it is not always the same.

Grown greedily by the bits that a split saves, of which it must save more than it takes to say which it is (minimum
description length; Quinlan and Rivest, 1989), where there are most bits first. Where no signal saves any by itself,
pairs are looked at. Of what takes very many splits no simple form would be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count as numbers

import numpy as np

__all__ = ["Leaf", "count", "entropy", "unexplained"]

_MOST_OF_PAIRS = 40
"""So many signals may be split on in pairs."""
_MOST_SPLITS = 256


@dataclass(frozen=True)
class Leaf:
    """Steps that no signal tells apart, and that are answered differently.

    Attributes:
        where: which steps, uint64 [T, W].
        ones: in which of them the output is one.
        steps, answers: how many these are.
    """

    where: np.ndarray
    ones: np.ndarray
    steps: int
    answers: int

    @property
    def bits(self) -> float:
        """So many bits it takes to say what the output is."""
        return float(entropy(np.array(self.answers), np.array(self.steps)))


def count(planes: np.ndarray) -> np.ndarray:
    """How many bits are one of each signal, int64 [signals] of uint64 [T, signals, W]."""
    return np.bitwise_count(planes).sum(axis=(0, 2), dtype=np.int64)


def entropy(ones: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The bits that so many steps take of which so many are one."""
    return _log(steps) - _log(ones) - _log(steps - ones)


def _log(n: np.ndarray) -> np.ndarray:
    return n * np.log2(np.maximum(n, 1))


def unexplained(signals: np.ndarray, output: np.ndarray, where: np.ndarray) -> list[Leaf]:
    """The leaves that are left where the tree ends, those of the most bits first.

    Args:
        signals: uint64 [T, S, W].
        output: uint64 [T, W].
        where: the steps that are looked at, likewise.
    """
    found: list[Leaf] = []
    number, open_ = numbers(), list[tuple[float, int, Leaf]]()

    def look_at(part: np.ndarray) -> None:
        leaf = _leaf(part, output)
        if 0 < leaf.answers < leaf.steps:
            heappush(open_, (-leaf.bits, next(number), leaf))

    look_at(where)
    splits = 0
    while open_:
        *_, leaf = heappop(open_)
        signal = _split(signals, leaf) if splits < _MOST_SPLITS else None
        if signal is None:
            found.append(leaf)
        else:
            splits += 1
            look_at(leaf.where & signals[:, signal])
            look_at(leaf.where & ~signals[:, signal])
    return sorted(found, key=lambda leaf: -leaf.bits)


def _leaf(where: np.ndarray, output: np.ndarray) -> Leaf:
    ones = where & output
    return Leaf(where, ones, int(np.bitwise_count(where).sum()), int(np.bitwise_count(ones).sum()))


def _split(signals: np.ndarray, leaf: Leaf) -> int | None:
    """The signal on which a leaf is to be split, None if it is not worth its bits."""
    S = signals.shape[1]
    cost = np.log2(S + 1) + np.log2(leaf.steps) / 2 + 1
    saved = leaf.bits - _after(signals, leaf)
    if saved.max() > cost:
        return int(saved.argmax())
    if S > _MOST_OF_PAIRS:
        return None
    pairs = np.empty((S, S))
    for signal in range(S):
        halves = [_leaf(leaf.where & side, leaf.ones) for side in (signals[:, signal], ~signals[:, signal])]
        pairs[signal] = leaf.bits - sum(_after(signals, half) for half in halves)
    # Three splits where there was one.
    if pairs.max() > 2 * cost + np.log2(leaf.steps) / 2:
        return int(pairs.argmax() // S)
    return None


def _after(signals: np.ndarray, leaf: Leaf) -> np.ndarray:
    """The bits of a leaf split on each signal, float64 [S]."""
    steps, ones = (count(signals & one[:, None]) for one in (leaf.where, leaf.ones))
    return entropy(ones, steps) + entropy(leaf.answers - ones, leaf.steps - steps)
