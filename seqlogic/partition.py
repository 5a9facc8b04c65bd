"""Partition refinement: the coarsest partition of a labelled transition table (Hopcroft, 1971)."""

from __future__ import annotations

import numpy as np

__all__ = ["coarsest_partition"]


def coarsest_partition(next_state: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the block of each state in the coarsest partition that is stable and respects `labels`.

    Two states share a block exactly if no input word leads them to states of different labels. Hopcroft's algorithm
    ("process the smaller half") on the array layout of Valmari and Lehtinen (2008), O(k n log n) time for n states
    and k symbols.

    Args:
        next_state: int [n, k], a complete table: every entry in 0 .. n - 1.
        labels: int [n], any integers.

    Returns:
        int32 [n], block numbers without gaps, in no particular order.
    """
    n, k = next_state.shape
    predecessors, starts = [], []
    for symbol in range(k):
        column = next_state[:, symbol]
        predecessors.append(np.argsort(column, kind="stable").tolist())
        starts.append(np.concatenate([[0], np.cumsum(np.bincount(column, minlength=n))]).tolist())

    # A block b is elements[first[b]:past[b]]; its marked members stand at the front, up to middle[b].
    labels = np.unique(labels, return_inverse=True)[1].reshape(-1)
    elements: list[int] = np.argsort(labels, kind="stable").tolist()
    position = [0] * n
    for place, state in enumerate(elements):
        position[state] = place
    sizes = np.bincount(labels)
    past: list[int] = np.cumsum(sizes).tolist()
    first: list[int] = (np.cumsum(sizes) - sizes).tolist()
    middle = first.copy()
    block: list[int] = labels.tolist()

    waiting = list(range(len(first)))
    while waiting:
        splitter = waiting.pop()
        members = elements[first[splitter] : past[splitter]]
        for symbol in range(k):
            sources, start = predecessors[symbol], starts[symbol]
            touched: list[int] = []
            for state in members:
                for source in sources[start[state] : start[state + 1]]:
                    b = block[source]
                    here, front = position[source], middle[b]
                    if here >= front:
                        if front == first[b]:
                            touched.append(b)
                        other = elements[front]
                        elements[front], elements[here] = source, other
                        position[source], position[other] = front, here
                        middle[b] = front + 1
            for b in touched:
                low, cut, high = first[b], middle[b], past[b]
                middle[b] = low
                if cut == high:
                    continue
                # The smaller half becomes a new block, so that a state changes its number at most log n times.
                new = len(first)
                if cut - low <= high - cut:
                    first.append(low)
                    past.append(cut)
                    first[b] = middle[b] = cut
                else:
                    first.append(cut)
                    past.append(high)
                    past[b] = cut
                middle.append(first[new])
                for place in range(first[new], past[new]):
                    block[elements[place]] = new
                waiting.append(new)
    return np.asarray(block, dtype=np.int32)
