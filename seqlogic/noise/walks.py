"""The inner loops, compiled: walks of machines over the tree of all examples.

Types are left out where numba infers them; all arrays are those of `Evidence` and `Candidate`, tables flattened.
"""
# mypy: disable-error-code="no-untyped-def, misc"
# ruff: noqa: PLR0917  (numba compiles for positional arguments)

from __future__ import annotations

import math

import numpy as np
from numba import njit

__all__ = ["data_nats", "machine_nats", "most_errors", "retargeted", "summary", "walk"]


_ROUNDING = 1e-6
"""Nats by which a limit is raised, so that no description of exactly that length is lost."""


@njit(cache=True)
def data_nats(errors, observed, outputs):
    """See `Description.data`."""
    if errors * outputs > observed * (outputs - 1):
        return observed * math.log(outputs)
    nats = errors * math.log(max(1, outputs - 1))
    if 0 < errors < observed:
        p = errors / observed
        nats -= observed * (p * math.log(p) + (1 - p) * math.log(1 - p))
    return nats


@njit(cache=True)
def machine_nats(states, entries, outputs):
    """See `Description.machine`."""
    n = max(1, states)
    return entries * (math.log(n) + math.log(outputs)) - math.lgamma(n)


@njit(cache=True)
def most_errors(nats, observed, outputs):
    """The most errors whose description alone is not longer than so many nats, of those that a majority can leave."""
    low, high = 0, observed * (outputs - 1) // outputs
    while low < high:
        middle = (low + high + 1) // 2
        if data_nats(middle, observed, outputs) <= nats:
            low = middle
        else:
            high = middle - 1
    return low


@njit(cache=True)
def walk(length, depth, symbol, first, answer, count, next_state, inputs, outputs, limit):
    """Walk a machine over the tree.

    Args:
        length, depth, symbol, first, answer, count: of the evidence.
        next_state: int64 [S X].
        inputs, outputs: X and Y.
        limit: give up beyond so many errors.

    Returns:
        int64 [E], the entry that each edge uses; int64 [S X, Y], how often each output was observed in each entry;
        int64 [S X], the edges that use it; and whether the errors stayed within the limit.
    """
    entries = len(next_state)
    used = np.empty(len(depth), dtype=np.int64)
    counts = np.zeros((entries, outputs), dtype=np.int64)
    most = np.zeros(entries, dtype=np.int64)
    visits = np.zeros(entries, dtype=np.int64)
    state = np.zeros(length + 1, dtype=np.int64)
    errors = 0
    for edge in range(len(depth)):
        here = depth[edge]
        entry = state[here] * inputs + symbol[edge]
        used[edge] = entry
        visits[entry] += 1
        state[here + 1] = next_state[entry]
        for k in range(first[edge], first[edge + 1]):
            seen = counts[entry, answer[k]] + count[k]
            counts[entry, answer[k]] = seen
            errors += count[k]
            if seen > most[entry]:
                errors -= seen - most[entry]
                most[entry] = seen
        # What is in the minority stays there, or another takes its place: the errors never become fewer.
        if errors > limit:
            return used, counts, visits, False
    return used, counts, visits, True


@njit(cache=True)
def summary(counts, visits, inputs):
    """Errors, states left and entries used, of counts int64 [S X, Y] and visits int64 [S X]."""
    errors = states = entries = 0
    for state in range(len(visits) // inputs):
        used = 0
        for entry in range(state * inputs, (state + 1) * inputs):
            if visits[entry]:
                used += 1
                total = most = 0
                for y in range(counts.shape[1]):
                    total += counts[entry, y]
                    most = max(most, counts[entry, y])
                errors += total - most
        entries += used
        states += used > 0
    return errors, states, entries


@njit(cache=True)
def least_machine_nats(states, entries, largest, outputs):
    """The fewest nats of any machine of at least so many states and entries, of `largest` states at most."""
    least = math.inf
    for n in range(states, largest + 1):
        least = min(least, machine_nats(n, max(entries, n), outputs))
    return least


@njit(cache=True)
def retargeted(
    length, depth, symbol, end, first, answer, count, next_state, inputs, used, counts, visits, entry, longest
):
    """What becomes of a machine when one of its transitions leads elsewhere: only what is below its uses is walked.

    What is below is taken out of the counts once. Put back along another target it makes errors, and these never become
    fewer: the walk ends where no description can be shorter than the shortest so far.

    Args:
        length, depth, symbol, end, first, answer, count: of the evidence.
        next_state: int64 [S X].
        inputs: X.
        used, counts, visits: of its walk.
        entry: that transition.
        longest: nats of the longest description that is asked for.

    Returns:
        float64 [S], the nats of the description for each target. If `longest` is finite, only the shortest of those of
        at most so many are sure to be told; the others may be infinite.
    """
    race = longest < math.inf
    states = len(next_state) // inputs
    outputs = counts.shape[1]
    observed = counts.sum()
    nats = np.full(states, math.inf)
    state = np.zeros(length + 1, dtype=np.int64)
    moved = next_state.copy()
    tops = np.empty(visits[entry], dtype=np.int64)
    others, passes_of_others = counts.copy(), visits.copy()
    number = edge = 0
    while edge < len(depth):
        if used[edge] == entry:
            tops[number] = edge
            number += 1
            for below in range(edge + 1, end[edge]):
                old = used[below]
                passes_of_others[old] -= 1
                for k in range(first[below], first[below + 1]):
                    others[old, answer[k]] -= count[k]
            edge = end[edge]
        else:
            edge += 1
    before, left, entries = summary(others, passes_of_others, inputs)
    most_of_others = np.zeros(len(next_state), dtype=np.int64)
    for e in range(len(next_state)):
        most_of_others[e] = others[e].max()
    machine = least_machine_nats(max(1, left), entries, states, outputs)
    limit = most_errors(longest - machine + _ROUNDING, observed, outputs)
    for target in range(states):
        moved[entry] = target
        now, passes, most, errors = others.copy(), passes_of_others.copy(), most_of_others.copy(), before
        for top in tops[:number]:
            state[depth[top] + 1] = target
            for below in range(top + 1, end[top]):
                here = depth[below]
                new = state[here] * inputs + symbol[below]
                state[here + 1] = moved[new]
                passes[new] += 1
                for k in range(first[below], first[below + 1]):
                    seen = now[new, answer[k]] + count[k]
                    now[new, answer[k]] = seen
                    errors += count[k]
                    if seen > most[new]:
                        errors -= seen - most[new]
                        most[new] = seen
            if errors > limit:
                break
        if errors <= limit:
            errors, left, entries = summary(now, passes, inputs)
            nats[target] = data_nats(errors, observed, outputs) + machine_nats(left, entries, outputs)
            if race and nats[target] < longest:
                longest = nats[target]
                limit = most_errors(longest - machine + _ROUNDING, observed, outputs)
    return nats
