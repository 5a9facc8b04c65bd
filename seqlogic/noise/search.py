"""A local search for the machine that describes noisy examples in the fewest nats: merge, re-point, split, lift.

Merging states and re-pointing transitions shorten a description step by step. They cannot find a state that is not
there: where few events tell two states apart, they have long become one. Two larger steps bring such states back, and
are kept where the small steps after them end in a shorter description.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from seqlogic.noise.candidate import Candidate

__all__ = ["TOLERANCE", "merged_table", "pairs_by_errors", "settled", "shortest", "with_clone"]

TOLERANCE = 1e-6
"""Nats by which a description must be shorter to count as shorter."""
_CLOSEST = 32
"""Of the pairs of states, so many that promise most are compared before the best of them is merged."""
_WORTH = 4.0
"""A pair is not tried where the errors more in its two states cost so many times what their entries do."""
_USES = (2, 3, 4, 8, 16)
"""How far the counters of `lift` count."""
_LARGEST = 512
"""The most states of a product with a counter."""


def shortest(start: Candidate) -> Candidate:
    """Return what no step makes shorter, from a machine of perhaps far too many states."""
    best = settled(start)
    while True:
        found = split(best)
        if not _shorter(found, best):
            found = lift(best)
        if not _shorter(found, best):
            return best
        best = found


def settled(best: Candidate) -> Candidate:
    """Merge and re-point until neither makes the description shorter."""
    while True:
        merged = merge(best)
        best = repoint(merged)
        if not _shorter(best, merged):
            return best


def merge(best: Candidate) -> Candidate:
    """Make two states one as long as that makes the description shorter."""
    best = best.compact()
    while True:
        found = best
        for number, (kept, dropped) in enumerate(pairs_by_errors(best)):
            table = merged_table(best, kept, dropped)
            one = Candidate.of(best.evidence, table, shorter_than=found.length)
            if one is not None and _shorter(one, found):
                found = one
            if found is not best and number + 1 >= _CLOSEST:
                break
        if found is best:
            return best
        best = found.compact()


def pairs_by_errors(machine: Candidate) -> Iterator[tuple[int, int]]:
    """Pairs of states, first those that have the fewest errors more when what is observed in them is pooled.

    What is pooled are the outputs in the two states themselves, and not what follows. Pairs that would have many more
    than a state's entries are worth are left out.
    """
    kept, dropped = np.triu_indices(machine.states, 1)
    right = machine.counts.max(axis=2).sum(axis=1)
    more = right[kept] + right[dropped]
    for symbol in range(machine.counts.shape[1]):
        own = machine.counts[:, symbol]
        more -= (own[kept] + own[dropped]).max(axis=1)
    near = np.flatnonzero(more * _error_nats(machine) <= _WORTH * machine.counts.shape[1] * _entry_nats(machine))
    for pair in near[np.argsort(more[near], kind="stable")].tolist():
        yield int(kept[pair]), int(dropped[pair])


def merged_table(machine: Candidate, kept: int, dropped: int) -> np.ndarray:
    """The table in which two states are one, with the transitions of the one that is visited more: int64 [S, X]."""
    table = machine.next_state.copy()
    visits = machine.visits.sum(axis=1)
    if visits[dropped] > visits[kept]:
        table[kept] = table[dropped]
    table[table == dropped] = kept
    return table


def repoint(best: Candidate) -> Candidate:
    """Let each transition in turn lead where the description is the shortest, until none is to change."""
    while True:
        before = best = best.compact()
        for entry in range(best.visits.size):
            if best.visits.flat[entry]:
                nats = best.retargeted(entry)
                if nats.min() < best.length - TOLERANCE:
                    best = best.with_target(entry, int(nats.argmin()))
        if best is before:
            return best


def split(best: Candidate) -> Candidate:
    """Give transitions a clone of their target with targets of its own, and settle, wherever that pays."""
    entry = unchanged = 0
    while unchanged < best.visits.size:
        entry %= best.visits.size
        if best.visits.flat[entry] and _shorter(found := with_clone(best, entry), best):
            best, unchanged = settled(found), 0
        else:
            unchanged += 1
        entry += 1
    return best


def with_clone(machine: Candidate, entry: int) -> Candidate:
    """The machine in which a transition leads to a state of its own, whose transitions are then re-pointed twice."""
    target = int(machine.next_state.flat[entry])
    table = np.concatenate([machine.next_state, machine.next_state[target : target + 1]])
    table.flat[entry] = machine.states
    found = machine.with_table(table)
    inputs = table.shape[1]
    for symbol in [*range(inputs)] * 2:
        own = machine.states * inputs + symbol
        if found.visits.flat[own]:
            found = found.with_target(own, int(found.retargeted(own).argmin()))
    return found


def lift(best: Candidate) -> Candidate:
    """Count the uses of one transition up to a few, in every state, and settle: the first product that pays.

    The only step that finds slow counting, such as a counter modulo 16 that shows only its zero: what came before it
    takes that for a state that is left at random.
    """
    for uses in _USES:
        if best.states * uses > _LARGEST:
            break
        for entry in np.flatnonzero(best.visits):
            product = best.with_table(_product(best.next_state, int(entry), uses))
            if _promising(best, product, uses):
                found = settled(product)
                if _shorter(found, best):
                    return found
    return best


def _product(next_state: np.ndarray, entry: int, uses: int) -> np.ndarray:
    """The product with a counter that stops at `uses` - 1: int64 [S uses, X]; state s at count c is s * uses + c."""
    counted = np.zeros(next_state.shape, dtype=np.int64)
    counted.flat[entry] = 1
    count = np.minimum(np.arange(uses)[None, :, None] + counted[:, None, :], uses - 1)
    return (next_state[:, None, :] * uses + count).reshape(-1, next_state.shape[1])


def _promising(best: Candidate, product: Candidate, uses: int) -> bool:
    """Whether a part of a product could pay: it explains more errors than the entries cost that do so.

    An entry whose majority is another one than before counts with the errors that it saves, less half of what it costs,
    since several may become one.
    """
    S, X, Y = best.counts.shape
    counts = product.counts.reshape(S, uses, X, Y)
    before = np.take_along_axis(counts, best.counts.argmax(axis=2)[:, None, :, None], axis=3)[..., 0]
    saved = counts.max(axis=3) - before
    entry = _entry_nats(best)
    return float(np.maximum(0, saved * _error_nats(best) - entry / 2).sum()) > entry


def _entry_nats(machine: Candidate) -> float:
    """What one entry more costs, with one state more."""
    return math.log(machine.description.states + 1) + math.log(machine.description.outputs)


def _error_nats(machine: Candidate) -> float:
    """What one error more costs, to first order, at least one in all."""
    description = machine.description
    rate = max(description.rate, 1 / max(2, description.observed))
    return math.log((1 - rate) / rate * max(1, description.outputs - 1))


def _shorter(one: Candidate, other: Candidate) -> bool:
    return one.length < other.length - TOLERANCE
