"""What the data alone say of the number of states: prefixes that must lead to different states."""

from __future__ import annotations

import math
import time
from itertools import pairwise

import numpy as np

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine

__all__ = ["InputTree", "distinct_prefixes", "distinct_states", "greedy_clique", "representatives"]

_APART = -1


class InputTree:
    """The prefix-tree acceptor of noise-free examples: a partial machine whose states are the input prefixes seen.

    Attributes:
        child: int64 [V, X], the node that an input symbol leads to, or UNKNOWN; node 0 is the empty prefix.
        answer: int64 [V, X], the output observed on that edge, or UNKNOWN.
        count: int64 [V], how many sequences pass the node.
        depth: int64 [V], the length of its prefix.
    """

    def __init__(self, examples: Examples) -> None:
        n, length = examples.words.shape
        inputs = len(examples.inputs)
        node = np.zeros(n, dtype=np.int64)
        edges: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        size = 1
        rows = np.arange(n)
        for t in range(length):
            rows = rows[examples.words[rows, t] >= 0]
            keys, place, count = np.unique(
                node[rows] * inputs + examples.words[rows, t], return_inverse=True, return_counts=True
            )
            answer = np.full(len(keys), UNKNOWN, dtype=np.int64)
            np.maximum.at(answer, place, examples.answers[rows, t])
            edges.append((keys, answer, count))
            node[rows] = size + place
            size += len(keys)
        self.child = np.full((size, inputs), UNKNOWN, dtype=np.int64)
        self.answer = np.full((size, inputs), UNKNOWN, dtype=np.int64)
        self.count = np.full(size, n, dtype=np.int64)
        self.depth = np.repeat(np.arange(len(edges) + 1), [1, *(len(keys) for keys, _, _ in edges)])
        first = 1
        for keys, answer, count in edges:
            self.child.flat[keys] = np.arange(first, first + len(keys))
            self.answer.flat[keys] = answer
            self.count[first : first + len(keys)] = count
            first += len(keys)

    def incompatible(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Which pairs of nodes are told apart by a continuation that both were seen with.

        Args:
            left, right: int64 [K], nodes.

        Returns:
            bool [K], True where every consistent deterministic machine must be in different states.
        """
        return self.agreement(left, right) == _APART

    def apart(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Which nodes of one list are incompatible with which of another: bool [len(left), len(right)]."""
        pairs = self.incompatible(np.repeat(left, len(right)), np.tile(right, len(left)))
        return pairs.reshape(len(left), len(right))

    def agreement(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """How many outputs are the same after pairs of nodes, on continuations that both were seen with.

        All pairs descend together, one symbol at a time, so that the cost is the size of their common subtrees.

        Args:
            left, right: int64 [K], nodes.

        Returns:
            int64 [K], -1 for a pair that one of these outputs tells apart.
        """
        same = np.zeros(len(left), dtype=np.int64)
        pair = np.arange(len(left))
        while len(pair):
            ours, theirs = self.answer[left], self.answer[right]
            both = (ours >= 0) & (theirs >= 0)
            np.add.at(same, pair, both.sum(axis=1))
            same[pair[((ours != theirs) & both).any(axis=1)]] = _APART
            going = same[pair] != _APART
            left, right, pair = left[going], right[going], pair[going]
            ours, theirs = self.child[left], self.child[right]
            row, symbol = np.nonzero((ours >= 0) & (theirs >= 0) & (ours != theirs))
            left, right, pair = ours[row, symbol], theirs[row, symbol], pair[row]
        return same

    def sizes(self) -> np.ndarray:
        """How many prefixes begin with each node's own, itself one of them: int64 [V]."""
        parent, symbol = np.nonzero(self.child >= 0)
        child = self.child[parent, symbol]
        size = np.ones(len(self.child), dtype=np.int64)
        for depth in range(int(self.depth.max()), 0, -1):
            at = self.depth[child] == depth
            np.add.at(size, parent[at], size[child[at]])
        return size

    def walk(self, machine: Machine) -> np.ndarray:
        """The state of a machine at each node, int64 [V]; UNKNOWN past an unknown transition."""
        state = np.full(len(self.child), UNKNOWN, dtype=np.int64)
        state[0] = machine.initial
        frontier = np.array([0])
        while len(frontier):
            row, symbol = np.nonzero((self.child[frontier] >= 0) & (state[frontier] >= 0)[:, None])
            children = self.child[frontier[row], symbol]
            state[children] = machine.next_state[state[frontier[row]], symbol]
            frontier = children
        return state


def distinct_prefixes(tree: InputTree, candidates: int = 1024, of_each_length: int = 8) -> int:
    """Return a lower bound on the states of every machine consistent with the data, at least 1.

    The size of a greedily grown clique of pairwise incompatible prefixes, the most frequent prefixes first (the
    symmetry-breaking clique of SAT-based identification, Heule and Verwer 2010). Prefixes are tried that are among
    the `candidates` most frequent ones of all or among the `of_each_length` most frequent ones of their length: what
    counts reaches some of its states only by long ones.
    """
    nodes = np.argsort(-tree.count, kind="stable")
    by_length = nodes[np.argsort(tree.depth[nodes], kind="stable")]
    first = np.searchsorted(tree.depth[by_length], tree.depth[by_length])
    frequent = np.zeros(len(nodes), dtype=bool)
    frequent[by_length[np.arange(len(nodes)) - first < of_each_length]] = True
    frequent[nodes[:candidates]] = True
    nodes = nodes[frequent[nodes]]
    clique = nodes[:0]
    # Blocks of growing size, so that the many nodes that fit no clique are refused by few calls.
    for start, stop in pairwise((0, 16, 64, 256, 1024, len(nodes))):
        block = nodes[start:stop]
        block = block[tree.apart(block, clique).all(axis=1)]
        apart = tree.apart(block, block)
        chosen: list[int] = []
        for here in range(len(block)):
            if apart[here, chosen].all():
                chosen.append(here)
        clique = np.concatenate([clique, block[chosen]])
    return len(clique)


def distinct_states(tree: InputTree, machine: Machine, candidates: int = 32, rounds: int = 3) -> int:
    """Return how many states of a consistent machine the data prove to be different from one another.

    If it is the number of states, no consistent machine has fewer. The arguments are those of `representatives`.
    """
    return len(representatives(tree, machine, candidates, rounds))


def representatives(
    tree: InputTree, machine: Machine, candidates: int = 32, rounds: int = 3, deadline: float = math.inf
) -> dict[int, int]:
    """Return prefixes that lead to different states in every consistent machine: node by state of this one.

    One prefix represents each state, at first the most frequent one. A representative that is compatible with others
    is replaced by that one of the `candidates` most frequent which is compatible with the fewest, in so many
    `rounds`, or until the deadline of the monotonic clock is past. States whose representatives are still compatible
    with others are then left out, as few as a greedy choice can.
    """
    state = tree.walk(machine)
    order = np.argsort(-tree.count, kind="stable")
    order = order[state[order] >= 0]
    # Stable, so that the prefixes of each state stay in the order of their frequency.
    order = order[np.argsort(state[order], kind="stable")]
    own = np.split(order, np.cumsum(np.bincount(state[order], minlength=len(machine)))[:-1])
    nodes = [prefixes[:candidates] for prefixes in own if len(prefixes)]
    chosen = np.array([prefixes[0] for prefixes in nodes])
    apart = tree.apart(chosen, chosen) | np.eye(len(nodes), dtype=bool)
    best = chosen[greedy_clique(apart)]
    for _ in range(rounds):
        if len(best) == len(nodes) or time.monotonic() > deadline:
            break
        for here in np.argsort(apart.sum(axis=1), kind="stable"):
            if time.monotonic() > deadline:
                break
            if not apart[here].all():
                options = tree.apart(nodes[here], chosen)
                options[:, here] = True
                other = options.sum(axis=1).argmax()
                chosen[here], apart[here], apart[:, here] = nodes[here][other], options[other], options[other]
        left = greedy_clique(apart)
        if left.sum() > len(best):
            best = chosen[left]
    return {int(state[node]): int(node) for node in best}


def greedy_clique(apart: np.ndarray) -> np.ndarray:
    """Which nodes are left, pairwise apart, when those that are apart from the fewest go first: bool [K]."""
    left = np.ones(len(apart), dtype=bool)
    while not apart[np.ix_(left, left)].all():
        left[np.where(left, (apart | ~left).sum(axis=1), len(apart)).argmin()] = False
    return left
