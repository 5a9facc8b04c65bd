"""A local search for the machine that describes noisy examples in the fewest nats: merge, re-point, split, lift.

Merging states and re-pointing transitions shorten a description step by step. They cannot find a state that is not
there: where few events tell two states apart, they have long become one. Two larger steps bring such states back, and
are kept where the small steps after them end in a shorter description.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import numpy as np

from seqlogic.noise.candidate import Candidate
from seqlogic.partition import coarsest_partition

__all__ = ["TOLERANCE", "merged_table", "pairs_by_errors", "settled", "shortest", "with_clone"]

TOLERANCE = 1e-6
"""Nats by which a description must be shorter to count as shorter."""
_CLOSEST = 32
"""Of the pairs of states, so many that promise most are compared before the best of them is merged."""
_WORTH = 4.0
"""A pair is not tried where the errors more in its two states cost so many times what their entries do."""
_STOPS = (2, 3, 4, 8, 16)
"""The counts before which the counters of `lift` stop."""
_FEW = 64
"""Up to so many states the search settles after each split that pays."""
_LARGEST = 512
"""The most states of a product."""


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
    """Let the machine begin, and each transition lead, where the description is the shortest, until neither changes."""
    while True:
        before = best = best.compact()
        for state in range(1, best.states):
            one = Candidate.of(best.evidence, _beginning(before.next_state, state), shorter_than=best.length)
            if one is not None and _shorter(one, best):
                best = one
        for entry in range(best.visits.size):
            if best.visits.flat[entry]:
                nats = best.retargeted(entry, best.length)
                if nats.min() < best.length - TOLERANCE:
                    best = best.with_target(entry, int(nats.argmin()))
        if best is before:
            return best


def _beginning(next_state: np.ndarray, state: int) -> np.ndarray:
    """The same table with another initial state: it and state 0 change places."""
    place = np.arange(len(next_state))
    place[[0, state]] = state, 0
    return place[next_state[place]]


def split(best: Candidate) -> Candidate:
    """Give transitions a clone of their target with targets of its own, and settle, wherever that pays.

    Of many states many such clones pay, and to settle after each would take most of the time: there it is done after
    each round of all transitions.
    """
    entry = unchanged = 0
    loose = False
    while unchanged < best.visits.size:
        if entry >= best.visits.size:
            if loose:
                best, loose, unchanged = settled(best), False, 0
            entry %= best.visits.size
        if best.visits.flat[entry] and _shorter(found := with_clone(best, entry), best):
            loose = found.states > _FEW
            best, unchanged = found if loose else settled(found), 0
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
            found = found.with_target(own, int(found.retargeted(own, found.length).argmin()))
    return found


def lift(best: Candidate) -> Candidate:
    """Take the product with a small machine that remembers more, and settle: the first that pays.

    The only step that finds what no single state more shows: slow counting, such as a counter modulo 16 that shows only
    its zero, and patterns of many symbols. What came before it takes these for outputs that are drawn at random.
    """
    for parts, table in chain(_counters(best), _memories(best)):
        worth = _worthwhile(best, best.with_table(table), parts)
        if worth is not None:
            found = settled(best.with_table(worth))
            if _shorter(found, best):
                return found
    return best


def _counters(best: Candidate) -> Iterator[tuple[int, np.ndarray]]:
    """Products with a counter of the uses of one transition that stops before 2, 3, 4, 8 or 16.

    Yields:
        k and int64 [S k, X]; state s at count c is s * k + c.
    """
    for stop in _STOPS:
        if best.states * stop <= _LARGEST:
            for entry in np.flatnonzero(best.visits):
                counted = np.zeros_like(best.next_state)
                counted.flat[entry] = 1
                count = np.minimum(np.arange(stop)[None, :, None] + counted[:, None, :], stop - 1)
                yield stop, (best.next_state[:, None, :] * stop + count).reshape(-1, best.visits.shape[1])


def _memories(best: Candidate) -> Iterator[tuple[int, np.ndarray]]:
    """Products with a shift register of the last 2, 3, ... input symbols, at first all 0.

    Yields:
        how many values it has, k, and int64 [S k, X]; state s at value h is s * k + h.
    """
    inputs = best.next_state.shape[1]
    values = inputs**2
    while 1 < values <= _LARGEST // best.states:
        shifted = (np.arange(values)[:, None] * inputs + np.arange(inputs)) % values
        yield values, (best.next_state[:, None, :] * values + shifted[None]).reshape(-1, inputs)
        values *= inputs


def _worthwhile(best: Candidate, product: Candidate, parts: int) -> np.ndarray | None:
    """What a product has that could pay: int64 [n, X], or None if it explains fewer errors than an entry costs.

    State s in part c is state s * parts + c of it. An entry answers otherwise than before where that saves more than
    half of what it costs, since several may become one; with all others as they were, the product is minimised. Merging
    its states one after the other would undo all at once what only many of them together explain.
    """
    S, X, Y = best.counts.shape
    counts = product.counts.reshape(S, parts, X, Y)
    before = np.broadcast_to(best.counts.argmax(axis=2)[:, None], counts.shape[:3])
    saved = counts.max(axis=3) - np.take_along_axis(counts, before[..., None], axis=3)[..., 0]
    entry = _entry_nats(best)
    gain = saved * _error_nats(best) - entry / 2
    if np.maximum(0, gain).sum() <= entry:
        return None
    answers = np.where(gain > 0, counts.argmax(axis=3), before).reshape(S * parts, X)
    labels = np.unique(answers, axis=0, return_inverse=True)[1].reshape(-1)
    block = coarsest_partition(product.next_state, labels)
    block = np.where(block == block[0], 0, np.where(block == 0, block[0], block))
    first = np.unique(block, return_index=True)[1]
    return block[product.next_state[first]].astype(np.int64)


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
