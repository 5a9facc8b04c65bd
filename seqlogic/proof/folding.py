"""The prefix tree folded onto named states: what all prefixes that lead to one state have in common."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from seqlogic.incompatibility import InputTree
from seqlogic.machine import UNKNOWN

__all__ = ["ContradictionError", "Edges", "Folded"]

_PAIRS = 1 << 16
"""How many pairs are compared at once; should they become eight times as many on the way, they are not followed."""


class ContradictionError(Exception):
    """No machine is left."""


class Edges:
    """The edges of a prefix tree, those of one depth together: (parents, symbols, children, answers) each."""

    def __init__(self, tree: InputTree) -> None:
        parent, symbol = np.nonzero(tree.child >= 0)
        child = tree.child[parent, symbol]
        order = np.argsort(tree.depth[child], kind="stable")
        parent, symbol, child = parent[order], symbol[order], child[order]
        answer = tree.answer[parent, symbol]
        cuts = np.searchsorted(tree.depth[child], np.arange(1, tree.depth[-1] + 2))
        self.nodes, self.inputs = tree.child.shape
        self.levels = [(parent[a:b], symbol[a:b], child[a:b], answer[a:b]) for a, b in pairwise(cuts)]


class Folded:
    """A graph of K named states and of what is seen after them: prefixes of the tree that lead to one state are one.

    Where the next state is known, the graph goes on there. Where it is not, what was seen next hangs from the state as
    a tree of its own, merged of all prefixes that lead there (the blue trees of Lang, Pearlmutter and Price, 1998).

    Attributes:
        next: int64 [G, X], nodes of the graph, UNKNOWN where nothing was seen; the first K are the named states.
        answer: int64 [G, X], what they show, likewise.
        place: int64 [V], where each prefix is in it.
    """

    def __init__(
        self, edges: Edges, nodes: np.ndarray, initial: int, next_state: np.ndarray, shown: np.ndarray
    ) -> None:
        """Fold.

        Args:
            edges: of the tree.
            nodes: int64 [K], the prefix that names each state, UNKNOWN for none.
            initial: the initial state, UNKNOWN if that is open.
            next_state: int64 [K, X], likewise.
            shown: int64 [K, X], the outputs, likewise.

        Raises:
            ContradictionError: two prefixes that lead to one state are answered differently, or go to two states.
        """
        K, X = next_state.shape
        self.names = K
        name = np.full(edges.nodes, UNKNOWN)
        name[nodes[nodes >= 0]] = np.flatnonzero(nodes >= 0)
        self.next = np.full((K + edges.nodes, X), UNKNOWN)
        self.answer = self.next.copy()
        self.next[:K], self.answer[:K] = next_state, shown
        self.place = np.full(edges.nodes, UNKNOWN)
        leads, shows = self.next.reshape(-1), self.answer.reshape(-1)
        size = K
        if name[0] >= 0:
            if initial not in (UNKNOWN, name[0]):
                raise ContradictionError
            self.place[0] = name[0]
        elif initial >= 0:
            self.place[0] = initial
        else:
            self.place[0] = size
            size += 1
        for parent, symbol, child, answer in edges.levels:
            entry = self.place[parent] * X + symbol
            observed = answer >= 0
            _agree(shows, entry[observed], answer[observed])
            # A prefix that names a state says where its entry leads, from here on.
            naming = name[child] >= 0
            entries, names = entry[naming], name[child[naming]]
            leads[entries[leads[entries] >= K]] = UNKNOWN
            _agree(leads, entries, names)
            new = np.unique(entry[leads[entry] < 0])
            leads[new] = np.arange(size, size + len(new))
            size += len(new)
            self.place[child] = leads[entry]
        self.next, self.answer = self.next[:size], self.answer[:size]
        self._longest = len(edges.levels)

    def apart(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Which pairs of nodes are told apart by a continuation that both were seen with.

        It may be answered otherwise, or lead to two named states. The walks are as long as the tree is deep, at most.

        Args:
            left, right: int64 [P], nodes of the graph.

        Returns:
            bool [P].
        """
        apart = np.zeros(len(left), dtype=bool)
        for start in range(0, len(left), _PAIRS):
            part = slice(start, start + _PAIRS)
            apart[part] = self._apart(left[part], right[part])
        return apart

    def _apart(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        apart = np.zeros(len(left), dtype=bool)
        pair = np.arange(len(left))
        for _ in range(self._longest):
            if not 0 < len(pair) <= 8 * _PAIRS:
                break
            ours, theirs = self.answer[left], self.answer[right]
            apart[pair[((ours != theirs) & (ours >= 0) & (theirs >= 0)).any(axis=1)]] = True
            going = ~apart[pair]
            left, right, pair = left[going], right[going], pair[going]
            ours, theirs = self.next[left], self.next[right]
            row, symbol = np.nonzero((ours >= 0) & (theirs >= 0) & (ours != theirs))
            left, right, pair = ours[row, symbol], theirs[row, symbol], pair[row]
            named = (left < self.names) & (right < self.names)
            apart[pair[named]] = True
            left, right, pair = left[~named], right[~named], pair[~named]
        return apart


def _agree(table: np.ndarray, places: np.ndarray, values: np.ndarray) -> None:
    """Write values into a flat table; ContradictionError if another one is there, or two are for one place."""
    there = table[places]
    if ((there >= 0) & (there != values)).any():
        raise ContradictionError
    table[places] = values
    if (table[places] != values).any():
        raise ContradictionError
