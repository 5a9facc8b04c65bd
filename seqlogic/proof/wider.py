"""One state more than needed: which uses of it the data rule out, or show to change nothing, by comparing prefixes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree
from seqlogic.machine import Machine
from seqlogic.proof.choices import UndecidedError

__all__ = ["Copies", "unseen_after"]

_PAIRS = 1 << 18
"""How many pairs of prefixes are compared at once."""

_OF_EACH = 8
"""How many prefixes of each state are looked at."""


def unseen_after(true: Machine, examples: Examples) -> Iterator[Machine]:
    """Machines of one state more that fit, one for each answer that was never observed right after some entry.

    There the entry leads to a copy, of which that answer is another one.
    """
    X = len(true.inputs)
    states = true.trace(examples.words)[:, :-2]
    on = (states >= 0) & (examples.answers[:, 1:] >= 0)
    first, second = examples.words[:, :-1][on], examples.words[:, 1:][on]
    seen = np.zeros((len(true), X, X), dtype=bool)
    seen[states[on], first, second] = True
    known = (true.next_state >= 0)[..., None] & (true.output[true.next_state] >= 0)
    for state, symbol, then in np.argwhere(known & ~seen).tolist() if len(true.outputs) > 1 else ():
        whole = np.append(np.arange(len(true)), true.next_state[state, symbol])
        next_state, output = true.next_state[whole], true.output[whole]
        next_state[state, symbol] = len(true)
        output[-1, then] = output[-1, then] == 0
        yield Machine(next_state, output, true.inputs, true.outputs, initial=true.initial)


class Copies:
    """What a state beside the n named ones could be, in machines of n + 1 states that fit.

    In such a machine a path leaves the named states for the first time by an entry (state, symbol) whose own prefix,
    the one of the state's name, goes on with this symbol. The state that it leads to is then taken to be a copy of the
    one that the machine asked about goes to.
    """

    def __init__(self, tree: InputTree, true: Machine, named: dict[int, int], deadline: float) -> None:
        """All states of the machine are named, node by state, and the names are told apart."""
        self.tree, self.true, self.deadline = tree, true, deadline
        self.own = np.array([named[state] for state in range(len(true))])
        state = tree.walk(true)
        order = np.argsort(-tree.count, kind="stable")
        order = order[state[order] >= 0]
        order = order[np.argsort(state[order], kind="stable")]
        first = np.searchsorted(state[order], state[order])
        pool = np.union1d(self.own, order[np.arange(len(order)) - first < _OF_EACH])
        # Those that can only be in their own named state, or in the other one.
        mine = np.arange(len(true)) == state[pool][:, None]
        pool = pool[(self._apart(pool, self.own) | mine).all(axis=1)]
        self.pool, self.state = pool, state[pool]
        self.children = tree.child[pool]
        kids = np.unique(self.children[self.children >= 0])
        self.place = np.searchsorted(kids, self.children)
        self.kids, self.kids_apart = kids, self._apart(kids, self.own)

    def _apart(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Which nodes of one list are told apart from which of another: bool [len(left), len(right)]."""
        apart = np.zeros((len(left), len(right)), dtype=bool)
        step = max(1, _PAIRS // max(1, len(right)))
        for start in range(0, len(left), step):
            if time.monotonic() > self.deadline:
                raise UndecidedError
            some = left[start : start + step]
            pairs = self.tree.incompatible(np.repeat(some, len(right)), np.tile(right, len(some)))
            apart[start : start + step] = pairs.reshape(len(some), len(right))
        return apart

    def entries(self) -> Iterator[tuple[int, int, int | None]]:
        """(state, symbol, node) of the entries that could lead to a copy, and not for certain to one that agrees.

        The node is where the prefix of the state's name goes on to, None if it was not seen to.

        Raises:
            UndecidedError: past the deadline.
        """
        for state, symbol in np.argwhere(self.true.next_state >= 0).tolist():
            node = int(self.tree.child[self.own[state], symbol])
            if node < 0:
                yield state, symbol, None
            # The name of the state that it should lead to leads there by definition.
            elif node != self.own[self.true.next_state[state, symbol]] and not self._agrees(state, symbol, node):
                yield state, symbol, node

    def _agrees(self, state: int, symbol: int, node: int) -> bool:
        """Whether every machine in which this entry leads to a copy is the one asked about, as far as that is known."""
        true, n = self.true, len(self.true)
        like = int(true.next_state[state, symbol])
        sure = np.isin(self.pool, self.own)
        sure[~sure] = self._apart(self.pool[~sure], np.array([node]))[:, 0]
        kids_apart = np.concatenate([self.kids_apart, self._apart(self.kids, np.array([node]))], axis=1)
        seen = np.zeros((n + 1, len(true.inputs)), dtype=bool)
        gone = np.zeros((n + 1, len(true.inputs), n + 1), dtype=bool)
        name, nodes = self.state[sure], self.pool[sure]
        copies = self.children[sure & (self.state == state), symbol]
        copies = copies[copies >= 0]
        np.logical_or.at(seen, name, self.tree.answer[nodes] >= 0)
        seen[n] = (self.tree.answer[copies] >= 0).any(axis=0)
        for a in range(len(true.inputs)):
            on = self.children[sure, a] >= 0
            np.logical_or.at(gone[:, a], name[on], kids_apart[self.place[sure, a][on]])
            after = self.tree.child[copies, a]
            after = after[after >= 0]
            gone[n, a, :n] = self._apart(after, self.own).any(axis=0)
            gone[n, a, n] = self._apart(after, copies).any()
        whole = np.append(np.arange(n), like)
        target = true.next_state[whole]
        agrees = target[..., None] == whole
        return bool((seen | (true.output[whole] < 0)).all() and (gone | agrees | (target < 0)[..., None]).all())
