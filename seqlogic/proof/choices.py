"""What machines of so many states can be, given noise-free data: sets of choices that only shrink."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from seqlogic.incompatibility import InputTree
from seqlogic.machine import Machine

__all__ = ["Choices", "ContradictionError", "UndecidedError"]

_PAIRS = 1 << 18
"""How many pairs of prefixes are compared at once."""

LARGEST = 1 << 29
"""How many bytes the sets may take, all branches of a search together."""


class ContradictionError(Exception):
    """No machine is left."""


class UndecidedError(Exception):
    """The time is over, or the memory: what is not known yet stays so."""


class Choices:
    """The machines of K named states that fit, as sets that only shrink.

    Each name stands for the state that one prefix leads to. It is taken to be a state of a machine that is asked about
    as well: what it would do there is not assumed, but tried first.

    Attributes:
        true: the machine that is asked about, Mealy.
        like: int64 [K], the state of that machine that each name is taken to be.
        states: bool [V, K], the names of the states that each prefix can lead to.
        successors: bool [X, K, K], where each transition can end.
        shown: bool [X, K, Y], what each entry can show.
    """

    def __init__(
        self, tree: InputTree, true: Machine, names: Sequence[tuple[int | None, int]], deadline: float
    ) -> None:
        """Names are (node, state of the machine); a node is None where no prefix is known to lead there.

        Raises:
            UndecidedError: the sets would take too much memory.
        """
        self.tree, self.true, self.names, self.deadline = tree, true, names, deadline
        self.like = np.array([state for _, state in names])
        inputs, outputs, K = len(true.inputs), len(true.outputs), len(names)
        # Beside them, floats of one depth while it is looked at.
        self.size = len(tree.child) * K + inputs * K * (K + outputs)
        self._refuse(5)
        self.blocks = _blocks(tree)
        self.states = np.ones((len(tree.child), K), dtype=bool)
        for name, (node, _) in enumerate(names):
            if node is not None:
                self.states[node] &= np.arange(K) == name
        self.successors = np.ones((inputs, K, K), dtype=bool)
        self.shown = np.ones((inputs, K, outputs), dtype=bool)

    def _refuse(self, copies: int) -> None:
        if copies * self.size > LARGEST:
            raise UndecidedError

    def propagate(self) -> None:
        """Remove what cannot be, until nothing changes (arc consistency; Mackworth, 1977). One sweep is O(V K^2).

        Raises:
            ContradictionError: nothing is left somewhere.
            UndecidedError: past the deadline.
        """
        size = self._left()
        while True:
            self._sweep()
            if size == (size := self._left()):
                return

    def alone(self) -> bool:
        """Propagate, but no longer than it has `others`; whether it has none. Raises what `propagate` does."""
        size = self._left()
        compared = False
        while any(mask.any() for _, mask in self._otherwise()):
            self._sweep()
            if size == (size := self._left()):
                if compared:
                    return False
                self._compare()
                compared = True
        return True

    def _left(self) -> int:
        """How much is left."""
        parts = (self.states, self.successors, self.shown)
        if not all(part.any(axis=-1).all() for part in parts):
            raise ContradictionError
        return sum(int(np.count_nonzero(part)) for part in parts)

    def _sweep(self) -> None:
        for block in self.blocks:
            self._forth(*block)
            if time.monotonic() > self.deadline:
                raise UndecidedError
        for block in reversed(self.blocks):
            self._back(*block)

    def _leaving(self, symbol: int, parent: np.ndarray, answer: np.ndarray) -> np.ndarray:
        """The states that each parent can be in, given what it shows: bool [E, K]."""
        # The last row is of an answer that was not observed, -1.
        fits = np.concatenate([self.shown[symbol].T, np.ones((1, self.states.shape[1]), dtype=bool)])
        return self.states[parent] & fits[answer]

    def _back(self, symbol: int, parent: np.ndarray, child: np.ndarray, answer: np.ndarray) -> None:
        leads = _image(self.states[child], self.successors[symbol].T)
        self.states[parent] = self._leaving(symbol, parent, answer) & leads

    def _forth(self, symbol: int, parent: np.ndarray, child: np.ndarray, answer: np.ndarray) -> None:
        leaving = self._leaving(symbol, parent, answer)
        self.states[child] &= _image(leaving, self.successors[symbol])
        sure = np.flatnonzero(leaving.sum(axis=1) == 1)
        state = leaving[sure].argmax(axis=1)
        # What all children of one state have in common: of sorted rows, far faster than `logical_and.at`.
        order = np.argsort(state, kind="stable")
        sure, state = sure[order], state[order]
        starts = np.flatnonzero(np.diff(state, prepend=-1))
        if len(starts):
            self.successors[symbol, state[starts]] &= np.logical_and.reduceat(self.states[child[sure]], starts)
        observed = answer[sure] >= 0
        seen = np.zeros_like(self.shown[symbol])
        seen[state[observed], answer[sure[observed]]] = True
        # Two answers of one state leave it none.
        count = seen.sum(axis=1, keepdims=True)
        self.shown[symbol] &= (count == 0) | (seen & (count == 1))

    def _compare(self) -> None:
        """Remove those names whose own prefix is told apart from a prefix by a continuation of both.

        Raises:
            UndecidedError: past the deadline.
        """
        own = np.array([-1 if node is None else node for node, _ in self.names])
        node, name = np.nonzero(self.states & (self.states.sum(axis=1) > 1)[:, None] & (own >= 0))
        for start in range(0, len(node), _PAIRS):
            if time.monotonic() > self.deadline:
                raise UndecidedError
            here, there = node[start : start + _PAIRS], name[start : start + _PAIRS]
            apart = self.tree.incompatible(here, own[there])
            self.states[here[apart], there[apart]] = False

    def others(self) -> Iterator[tuple[str, tuple[int, ...], int]]:
        """What the initial state or an entry could be and is not in the machine asked about, as long as that is so.

        Each as (part, entry, value): with it, a machine that fits is another one wherever this one is known.
        """
        for part, mask in self._otherwise():
            values = getattr(self, part)
            for *entry, value in np.argwhere(mask).tolist():
                if values[(*entry, value)]:
                    yield part, tuple(entry), value

    def _otherwise(self) -> Iterator[tuple[str, np.ndarray]]:
        """Which values each part has that are not those of the machine asked about; of the states, those of node 0."""
        yield "states", self.states[:1] & (self.like != self.true.initial)
        for part, table, of in (
            ("successors", self.true.next_state, self.like),
            ("shown", self.true.output, np.arange(len(self.true.outputs))),
        ):
            known = table[self.like].T[..., None]
            yield part, getattr(self, part) & (known >= 0) & (of != known)

    def named(self, node: int | None, like: int) -> Choices:
        """Choices of their own in which the last name, which had no node, has one, or not, and is taken for a state."""
        other = self._copy()
        other.names = [*self.names[:-1], (node, like)]
        other.like = np.append(self.like[:-1], like)
        if node is not None:
            other.states[node] &= np.arange(len(self.like)) == len(self.like) - 1
        return other

    def given(self, part: str, entry: tuple[int, ...], value: int) -> Choices:
        """Choices of their own in which one prefix, or one entry (symbol, state), has one value left."""
        other = self._copy()
        getattr(other, part)[entry] &= np.arange(getattr(other, part).shape[-1]) == value
        return other

    def _copy(self) -> Choices:
        other = object.__new__(Choices)
        other.__dict__.update(self.__dict__)
        other.states, other.successors, other.shown = self.states.copy(), self.successors.copy(), self.shown.copy()
        return other

    def remove(self, part: str, entry: tuple[int, ...], value: int) -> None:
        """Remove a value, and what cannot be without it; raises what `propagate` does."""
        getattr(self, part)[(*entry, value)] = False
        self.propagate()

    def refute(self, part: str, entry: tuple[int, ...], value: int) -> bool:
        """Remove a value if it leads to a contradiction at once; whether it does. Raises what `propagate` does."""
        try:
            self.given(part, entry, value).propagate()
        except ContradictionError:
            self.remove(part, entry, value)
            return True
        return False

    def settled(self) -> Choices | None:
        """One way to have each prefix in one state, or None if there is none.

        Depth first, short prefixes first, and what the machine asked about does first, arc consistency being
        maintained (Sabin and Freuder, 1994).

        Raises:
            UndecidedError: past the deadline, or so deep that the branches take too much memory.
        """
        branches = [iter([self])]
        while branches:
            way = next(branches[-1], None)
            if way is None:
                branches.pop()
                continue
            try:
                way.propagate()
            except ContradictionError:
                continue
            part, entry = way._undecided()
            if part is None:
                return way
            self._refuse(len(branches) + 5)
            branches.append(way._ways(part, entry))
        return None

    def _ways(self, part: str, entry: tuple[int, ...]) -> Iterator[Choices]:
        values = np.flatnonzero(getattr(self, part)[entry])
        if part == "successors":
            symbol, name = entry
            usual = self.true.next_state[self.like[name], symbol]
        else:
            usual = self.true.initial
        values = values[np.argsort(self.like[values] != usual, kind="stable")]
        return (self.given(part, entry, value) for value in values.tolist())

    def _undecided(self) -> tuple[str | None, tuple[int, ...]]:
        """The first choice that keeps a prefix from being in one state: the initial state, or a transition."""
        if self.states[0].sum() > 1:
            return "states", (0,)
        for symbol, parent, child, _ in self.blocks:
            # All shorter prefixes are in one state each.
            several = np.flatnonzero(self.states[child].sum(axis=1) > 1)
            if len(several):
                return "successors", (symbol, int(self.states[parent[several[0]]].argmax()))
        return None, ()

    def machine(self) -> Machine:
        """The machine that settled choices are, as the one asked about where they leave a choice."""
        usual = self.true.next_state[self.like].T
        name = np.array([np.flatnonzero(self.like == state)[0] for state in range(len(self.true))])
        usual = np.where(usual >= 0, name[usual], usual)
        one = self.successors.sum(axis=2) == 1
        next_state = np.where(one, self.successors.argmax(axis=2), usual).T
        one = self.shown.sum(axis=2) == 1
        output = np.where(one, self.shown.argmax(axis=2), self.true.output[self.like].T).T
        initial = int(self.states[0].argmax())
        # Not by `replace`, which would keep the care of as many states as the other has.
        return Machine(
            next_state.astype(np.int32), output.astype(np.int32), self.true.inputs, self.true.outputs, initial=initial
        )


def _blocks(tree: InputTree) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """The edges of one depth and symbol together: (symbol, parents, children, answers), in which no node is twice."""
    parent, symbol = np.nonzero(tree.child >= 0)
    order = np.lexsort((symbol, tree.depth[parent]))
    parent, symbol = parent[order], symbol[order]
    starts = np.flatnonzero(np.diff(tree.depth[parent] * tree.child.shape[1] + symbol, prepend=-1))
    blocks = []
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(parent)], strict=True):
        edge = parent[start:stop], symbol[start]
        blocks.append((int(symbol[start]), edge[0], tree.child[edge], tree.answer[edge]))
    return blocks


def _image(sets: np.ndarray, relation: np.ndarray) -> np.ndarray:
    """What the members of each set are related to: bool [E, K] of bool [E, K] and [K, K]."""
    size = sets.sum(axis=1)
    one = size == 1
    image = np.empty_like(sets)
    image[one] = relation[sets[one].argmax(axis=1)]
    image[size == sets.shape[1]] = relation.any(axis=0)
    some = (size != sets.shape[1]) & ~one
    # Only floats are multiplied fast; a count of at most K is exact.
    image[some] = sets[some].astype(np.float32) @ relation.astype(np.float32) > 0
    return image
