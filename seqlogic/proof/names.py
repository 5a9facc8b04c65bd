"""Prefixes that name the states of a machine: pairwise incompatible ones, as many as can be found."""

from __future__ import annotations

import time

import numpy as np

from seqlogic.incompatibility import InputTree, greedy_clique
from seqlogic.machine import Machine

__all__ = ["name_states"]

_CANDIDATES = 1024
"""Of each state, so many prefixes may be its name, those that most prefixes begin with."""
_SAMPLE = 48
"""Of these, so many are compared with the names of all other states in one step."""
_SEED = 0


def name_states(tree: InputTree, machine: Machine, deadline: float, patience: int = 1500) -> dict[int, int]:
    """Return prefixes that lead to different states in every consistent machine: node by state of this one.

    The name of each state is chosen among the prefixes that lead there, and each pair of names has to be incompatible.
    One name after the other, of those in a pair that is not, gives way to one of a few others for which the pairs left
    weigh the least. Where these are no better, the pairs become heavier (the breakout method; Morris, 1993). Should a
    pair be left in the end, states go without a name, as few as a greedy choice can.

    Args:
        tree: of noise-free examples.
        machine: consistent with them, its states all reached.
        deadline: of the monotonic clock, at which the best so far is returned.
        patience: how many names are tried in vain before it ends.
    """
    state, size = tree.walk(machine), tree.sizes()
    order = np.argsort(-size, kind="stable")
    order = order[state[order] >= 0]
    order = order[np.argsort(state[order], kind="stable")]
    own = np.split(order, np.cumsum(np.bincount(state[order], minlength=len(machine)))[:-1])
    nodes = [prefixes[:_CANDIDATES] for prefixes in own if len(prefixes)]
    chosen = np.array([prefixes[0] for prefixes in nodes])
    differ = tree.apart(chosen, chosen) | np.eye(len(nodes), dtype=bool)
    weight = np.ones(differ.shape)
    best, left = chosen.copy(), differ.copy()
    rng = np.random.default_rng(_SEED)
    vain = 0
    while not left.all() and vain < patience and time.monotonic() < deadline:
        vain += 1
        open_ = np.flatnonzero(~differ.all(axis=1))
        here = rng.choice(open_)
        some = rng.choice(nodes[here], min(_SAMPLE, len(nodes[here])), replace=False)
        options = tree.apart(some, chosen)
        options[:, here] = True
        cost = (~options * weight[here]).sum(axis=1)
        now = ~differ[here]
        if cost.min() >= weight[here, now].sum():
            weight[here, now] += 1
            weight[now, here] += 1
        if cost.min() <= weight[here, now].sum():
            other = rng.choice(np.flatnonzero(cost == cost.min()))
            chosen[here] = some[other]
            differ[here] = differ[:, here] = options[other]
        if differ.sum() > left.sum():
            best, left, vain = chosen.copy(), differ.copy(), 0
    return {int(state[node]): int(node) for node in best[greedy_clique(left)]}
