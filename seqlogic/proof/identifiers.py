"""Which input words tell the states of a machine apart: shortest, and harmonised for conformance tests."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import UNKNOWN, Machine

__all__ = ["access_words", "separating_words", "state_identifiers"]

Word = tuple[int, ...]

# Pairs of states that one array operation looks at.
_BATCH = 1 << 18


def access_words(mealy: Machine) -> list[Word]:
    """The shortest word to each state of a canonical machine, of the shortest the first in the order of the symbols."""
    X = mealy.next_state.shape[1]
    # Canonical: a state's first occurrence in the table is where the breadth-first search found it.
    found, entry = np.unique(mealy.next_state, return_index=True)
    access: list[Word] = [()] * len(mealy)
    for e in sorted(int(e) for s, e in zip(found, entry, strict=True) if s > 0):
        access[mealy.next_state.flat[e]] = (*access[e // X], e % X)
    return access


def separating_words(mealy: Machine) -> tuple[np.ndarray, list[Word]]:
    """The shortest word that tells each pair of states apart, of the shortest the first in the order of the symbols.

    Breadth-first search over pairs from those that one output tells apart, O(S * S * X) time. On complete machines
    these are the words of a minimal splitting tree (Smetsers, Moerman and Jansen, 2016), but telling apart is no
    equivalence if entries are unknown, and then there is no such tree.

    Returns:
        int32 [S, S], symmetric, the number of the word in the list; 0 where there is none. And the list.
    """
    n, X = mealy.next_state.shape
    words: list[Word] = [(), *((x,) for x in range(X))]
    number = np.zeros((n, n), dtype=np.int32)
    for s in range(n - 1):
        apart = ((mealy.output[s] ^ mealy.output[s + 1 :]) & mealy.care[s] & mealy.care[s + 1 :]) != 0
        number[s, s + 1 :] = np.where(apart.any(axis=1), np.argmax(apart, axis=1) + 1, 0)
    flat = number.reshape(-1)
    # Pairs are s * n + t with s < t: those told apart by the last words, and those that are not yet.
    last, pending = np.flatnonzero(flat), np.flatnonzero(np.triu(number == 0, 1))
    steps = _Steps(mealy)
    missing = len(pending)
    while len(last) and missing:
        found, keys = [], []
        # From the smaller side, so that a counter, with S rounds of few pairs each, costs no more than other machines.
        if missing <= len(last):
            pending = pending[flat[pending] == 0]
            step, start = steps.after, pending
        else:
            step, start = steps.before, last
        for x in range(X):
            for i in range(0, len(start), _BATCH):
                pairs, behind = step(start[i : i + _BATCH], x)
                fresh = (flat[pairs] == 0) & (flat[behind] > 0)
                pairs, behind = pairs[fresh], behind[fresh]
                found.append(pairs)
                keys.append(x * len(words) + flat[behind].astype(np.int64))
                # Told apart, by a word without a number yet, so that no later symbol is tried.
                flat[pairs] = UNKNOWN
        last = np.concatenate(found)
        distinct, place = np.unique(np.concatenate(keys), return_inverse=True)
        flat[last] = len(words) + place.reshape(-1)
        size = len(words)
        words += [(x, *words[rest]) for x, rest in (divmod(key, size) for key in distinct.tolist())]
        missing -= len(last)
    return number + number.T, words


def state_identifiers(number: np.ndarray, words: list[Word]) -> list[list[Word]]:
    """For each state its words of `separating_words`, without those that are prefixes of its others, sorted.

    Harmonised (Petrenko, 1991): the word that tells two states apart is, or begins, an identifier of both. Prefixes
    are found by the place of the words in sorted order, near-linear time in the numbers and in the words.
    """
    order = sorted(range(1, len(words)), key=words.__getitem__)
    rank = np.full(len(words), UNKNOWN)
    rank[order] = np.arange(len(order))
    # In this order the words that continue a word come right behind it, and end where `past` says.
    past = np.full(len(order), len(order))
    beginnings: list[int] = []
    for i, word in enumerate(words[w] for w in order):
        while beginnings and word[: len(words[order[beginnings[-1]]])] != words[order[beginnings[-1]]]:
            past[beginnings.pop()] = i
        beginnings.append(i)
    identifiers = []
    for row in number:
        own = np.unique(rank[row[row > 0]])
        last = np.append(own, len(order))[1:] >= past[own]
        identifiers.append([words[order[i]] for i in own[last]])
    return identifiers


class _Steps:
    """The pairs of states, s * S + t with s < t, that an input symbol leads from and to."""

    def __init__(self, mealy: Machine) -> None:
        self.next_state = mealy.next_state
        n = len(mealy)
        self.sources = np.argsort(mealy.next_state, axis=0, kind="stable")
        ordered = np.take_along_axis(mealy.next_state, self.sources, axis=0)
        # Column x: the sources of state s are sources[first[s, x] : first[s + 1, x], x].
        self.first = np.stack([np.searchsorted(column, np.arange(n + 1)) for column in ordered.T], axis=1)

    def after(self, pairs: np.ndarray, x: int) -> tuple[np.ndarray, np.ndarray]:
        """Those of the pairs that x leads to two states, and these."""
        s, t = self.next_state[np.divmod(pairs, len(self.next_state)), x]
        going = (s != UNKNOWN) & (t != UNKNOWN) & (s != t)
        return pairs[going], self._pair(s[going], t[going])

    def before(self, pairs: np.ndarray, x: int) -> tuple[np.ndarray, np.ndarray]:
        """All pairs that x leads to one of the pairs, and that one for each."""
        s, t = np.divmod(pairs, len(self.next_state))
        first, sources = self.first[:, x], self.sources[:, x]
        width = first[t + 1] - first[t]
        size = (first[s + 1] - first[s]) * width
        which = np.repeat(np.arange(len(pairs)), size)
        i, j = np.divmod(np.arange(len(which)) - (np.cumsum(size) - size)[which], width[which])
        return self._pair(sources[first[s][which] + i], sources[first[t][which] + j]), pairs[which]

    def _pair(self, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.minimum(s, t).astype(np.int64) * len(self.next_state) + np.maximum(s, t)
