"""Which states of a consistent machine may be one: what the data tell apart, and which to try first."""

from __future__ import annotations

import numpy as np

from seqlogic.incompatibility import InputTree
from seqlogic.machine import Machine

__all__ = ["Merge", "agreement", "merge_rarest", "merges"]

Merge = tuple[tuple[int, int], ...]
"""States that are made one: pairs of a state that is kept and one after it that becomes it, and is in no other pair."""

_APART = -1


def agreement(tree: InputTree, machine: Machine, prefixes: int = 4) -> np.ndarray:
    """How many outputs speak for two states of a consistent machine being one.

    Args:
        tree: of the data.
        machine: consistent with it.
        prefixes: how many prefixes of each state are compared with those of the other, the most frequent ones.

    Returns:
        int64 [n, n], symmetric: the observed outputs that the prefixes of both states have in common, all that follows
        included; -1 where one of them differs, and for a state and itself.
    """
    n = len(machine)
    state = tree.walk(machine)
    order = np.argsort(-tree.count, kind="stable")
    order = order[state[order] >= 0]
    nodes = [order[state[order] == s][:prefixes] for s in range(n)]
    kept, dropped = np.triu_indices(n, 1)
    common = np.full((n, n), _APART)
    if len(kept) == 0:
        return common
    owner = np.repeat(np.arange(len(kept)), [len(nodes[a]) * len(nodes[b]) for a, b in zip(kept, dropped, strict=True)])
    left = np.concatenate([np.repeat(nodes[a], len(nodes[b])) for a, b in zip(kept, dropped, strict=True)])
    right = np.concatenate([np.tile(nodes[b], len(nodes[a])) for a, b in zip(kept, dropped, strict=True)])
    same = tree.agreement(left, right)
    count = np.zeros(len(kept), dtype=np.int64)
    np.add.at(count, owner, same)
    count[owner[same == _APART]] = _APART
    common[kept, dropped] = common[dropped, kept] = count
    return common


def merges(tree: InputTree, machine: Machine, fewest: int) -> list[Merge]:
    """Return what to try to make one in a consistent machine, many states at once first, single pairs last.

    First half of its states, or as many as `fewest` leaves, then half as many each time. The states that the data
    visit least become, one after the other, that one with which the most outputs agree, and which no member of either
    side is told apart from; so what is seen most stays as it is. Last come all pairs that no data tells apart.

    Args:
        tree: of the data.
        machine: consistent with it, of n states.
        fewest: states that every consistent machine has.
    """
    common = agreement(tree, machine)
    state = tree.walk(machine)
    visits = np.bincount(state[state >= 0], weights=tree.count[state >= 0], minlength=len(machine))
    found: list[Merge] = []
    drop = min(len(machine) // 2, len(machine) - fewest)
    while drop > 1:
        merge = merge_rarest(common, visits, drop)
        if len(merge) > 1 and merge not in found:
            found.append(merge)
        drop //= 2
    kept, dropped = np.nonzero(np.triu(common >= 0))
    rarest = np.lexsort((-common[kept, dropped], np.minimum(visits[kept], visits[dropped])))
    return [*found, *(((int(kept[k]), int(dropped[k])),) for k in rarest)]


def merge_rarest(common: np.ndarray, visits: np.ndarray, drop: int) -> Merge:
    """Merge up to `drop` states, the rarest first, each into that one which it agrees with most.

    A state counts with all that have become it, and takes its turn once.

    Args:
        common: int64 [n, n], see `agreement`.
        visits: float [n], how often the data visit each state.
        drop: how many states are to become others.
    """
    common, visits = common.copy(), visits.copy()
    block = np.arange(len(common))
    open_ = np.ones(len(common), dtype=bool)
    while drop and open_.any():
        rare = int(np.where(open_, visits, np.inf).argmin())
        open_[rare] = False
        into = int(common[rare].argmax())
        if common[rare, into] == _APART:
            continue
        block[block == rare] = into
        visits[into] += visits[rare]
        together = np.where(np.minimum(common[rare], common[into]) == _APART, _APART, common[rare] + common[into])
        common[into] = common[:, into] = together
        common[rare] = common[:, rare] = _APART
        drop -= 1
    _, first, member = np.unique(block, return_index=True, return_inverse=True)
    return tuple((int(kept), state) for state, kept in enumerate(first[member]) if kept != state)
