"""What machines of so many states can be, given noise-free data: sets of choices that only shrink."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from seqlogic.incompatibility import InputTree
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.proof.folding import ContradictionError, Edges, Folded

__all__ = ["LARGEST", "Choices", "UndecidedError"]

LARGEST = 1 << 29
"""How many bytes the sets may take, all branches of a search together; and the prefix tree, folded, by itself."""


class UndecidedError(Exception):
    """The time is over, or the memory: what is not known yet stays so."""


class Choices:
    """The machines of K named states that fit, as sets that only shrink.

    Each name stands for the state that one prefix leads to. It is taken to be a state of a machine that is asked about
    as well: what it would do there is not assumed, but tried first.

    Attributes:
        true: the machine that is asked about, Mealy.
        like: int64 [K], the state of that machine that each name is taken to be.
        initial: bool [K], which state can be the initial one.
        successors: bool [X, K, K], where each transition can end.
        shown: bool [X, K, Y], what each entry can show.
        rest: how many states the last name stands for. Of several it says only that they are none of the others: one
            need not do what another does.
    """

    def __init__(
        self,
        tree: InputTree,
        true: Machine,
        names: Sequence[tuple[int | None, int]],
        deadline: float,
        rest: int = 1,
    ) -> None:
        """Names are (node, state of the machine); a node is None where no prefix is known to lead there.

        Raises:
            UndecidedError: the sets would take too much memory.
        """
        self.edges = Edges(tree)
        self.sizes = tree.sizes()
        self.true, self.names, self.deadline, self.rest = true, list(names), deadline, rest
        self.like = np.array([state for _, state in names])
        inputs, outputs, K = len(true.inputs), len(true.outputs), len(names)
        self.size = inputs * K * (K + outputs)
        self.refuse(3)
        self.initial = np.ones(K, dtype=bool)
        self.successors = np.ones((inputs, K, K), dtype=bool)
        self.shown = np.ones((inputs, K, outputs), dtype=bool)

    def refuse(self, copies: int) -> None:
        """Refuse so many copies of these choices at once, should they take too much memory, with UndecidedError."""
        if copies * self.size > LARGEST:
            raise UndecidedError

    def propagate(self) -> None:
        """Remove what cannot be, as far as folding shows it, until nothing changes.

        The tree is folded along the transitions that have one choice left; where an entry has several, what is seen
        after it is compared with each of them, folded as they are. Each time O(V + X K^2), and the walks of a
        comparison.

        Raises:
            ContradictionError: nothing is left somewhere.
            UndecidedError: past the deadline.
        """
        while self._narrow():
            pass

    def alone(self) -> bool:
        """Propagate as long as anything is left `otherwise`; whether nothing is. Raises what `propagate` does."""
        while any(mask.any() for _, mask in self.otherwise()):
            if not self._narrow():
                return False
        return True

    def _narrow(self) -> bool:
        """Fold once and remove what that shows; whether anything was."""
        if time.monotonic() > self.deadline:
            raise UndecidedError
        before = self._left()
        K = len(self.names)
        nodes = np.array([UNKNOWN if node is None else node for node, _ in self.names])
        initial = _only(self.initial[None])
        next_state = _only(self.successors)
        if self.rest > 1:
            # Two entries that lead to one of several states need not lead to the same.
            initial[initial == K - 1] = UNKNOWN
            next_state[next_state == K - 1] = UNKNOWN
        graph = Folded(self.edges, nodes, int(initial[0]), next_state.T, _only(self.shown).T)
        self.graph = graph
        state, symbol = np.nonzero(graph.answer[:K] >= 0)
        self.shown[symbol, state] &= np.arange(self.shown.shape[2]) == graph.answer[state, symbol][:, None]
        # The last of the places is where the empty prefix leads.
        state, symbol = np.nonzero(graph.next[:K] >= 0)
        places = np.append(graph.next[state, symbol], graph.place[0])
        options = np.concatenate([self.successors[symbol, state], self.initial[None]])
        sure = places < K
        options[sure] &= np.arange(K) == places[sure, None]
        row, name = np.nonzero(options & ~sure[:, None] & (np.arange(K) < K - (self.rest > 1)))
        apart = graph.apart(places[row], name)
        options[row[apart], name[apart]] = False
        self.successors[symbol, state], self.initial = options[:-1], options[-1]
        return self._left() != before

    def _left(self) -> int:
        """How much is left."""
        parts = (self.initial[None], self.successors, self.shown)
        if not all(part.any(axis=-1).all() for part in parts):
            raise ContradictionError
        return sum(int(np.count_nonzero(part)) for part in parts)

    def open(self) -> list[tuple[str, tuple[int, ...]]]:
        """Where a prefix can lead to several states, or to one of several: (part, entry), the fewest choices first.

        As the last folding has it. The initial state comes before all transitions, entries are (symbol, state).
        """
        K = len(self.names)
        state, symbol = np.nonzero(self.graph.next[:K] >= K)
        count = self.successors[symbol, state].sum(axis=1)
        order = np.argsort(count, kind="stable")
        entries: list[tuple[str, tuple[int, ...]]] = [("successors", (int(symbol[i]), int(state[i]))) for i in order]
        return [("initial", ()), *entries] if self.graph.place[0] >= K else entries

    def prefix(self, part: str, entry: tuple[int, ...]) -> int:
        """Of the prefixes that lead where an open entry does, the node that most prefixes begin with."""
        symbol, state = entry if part == "successors" else (0, 0)
        place = self.graph.place[0] if part == "initial" else self.graph.next[state, symbol]
        nodes = np.flatnonzero(self.graph.place == place)
        return int(nodes[self.sizes[nodes].argmax()])

    def others(self) -> Iterator[tuple[str, tuple[int, ...], int]]:
        """Each value left that is `otherwise`, as (part, entry, value), those of the fewest choices first."""
        found = []
        for part, mask in self.otherwise():
            values = getattr(self, part)
            count = np.broadcast_to(values.sum(axis=-1, keepdims=True), values.shape)[mask]
            places = np.argwhere(mask)
            found += [(number, part, place) for number, place in zip(count.tolist(), places.tolist(), strict=True)]
        for _, part, (*entry, value) in sorted(found):
            if getattr(self, part)[(*entry, value)]:
                yield part, tuple(entry), value

    def otherwise(self) -> Iterator[tuple[str, np.ndarray]]:
        """(part, mask) of the values left that the initial state and the entries have not in the machine asked about.

        With one of them, a machine that fits is another one, wherever a word leads there. Where that machine is unknown
        there are none.
        """
        yield "initial", self.initial & (self.like != self.true.initial)
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
        return other

    def parted(self, node: int, like: int) -> Choices:
        """Choices of their own in which one of the states that the last name stands for has a name, and a node.

        The others keep the last name; where there are none, it is given to that state.
        """
        if self.rest == 1:
            return self.named(node, like)
        other = self._copy()
        K = len(self.names)
        other.rest = self.rest - 1
        other.names = [*self.names[:-1], (node, like), self.names[-1]]
        other.like = np.insert(self.like, K - 1, like)
        twice = [*range(K), K - 1]
        other.initial = self.initial[twice]
        other.successors = self.successors[:, twice][:, :, twice]
        other.shown = self.shown[:, twice]
        other.size = self.size * (K + 1) // K
        return other

    def without_last(self) -> Choices:
        """Choices of their own without the last name, to which no prefix can lead."""
        other = self._copy()
        other.names, other.like, other.rest = self.names[:-1], self.like[:-1], 1
        other.initial, other.shown = other.initial[:-1], other.shown[:, :-1]
        other.successors = other.successors[:, :-1, :-1]
        return other

    def given(self, part: str, entry: tuple[int, ...], value: int) -> Choices:
        """Choices of their own in which the initial state, or one entry (symbol, state), has one value left."""
        other = self._copy()
        getattr(other, part)[entry] &= np.arange(getattr(other, part).shape[-1]) == value
        return other

    def refute(self, part: str, entry: tuple[int, ...], value: int) -> bool:
        """Remove a value if folding once refutes it; whether it does. Raises what `propagate` does."""
        try:
            self.given(part, entry, value)._narrow()
        except ContradictionError:
            getattr(self, part)[(*entry, value)] = False
            self.propagate()
            return True
        return False

    def _copy(self) -> Choices:
        other = object.__new__(Choices)
        other.__dict__.update(self.__dict__)
        other.initial, other.successors, other.shown = self.initial.copy(), self.successors.copy(), self.shown.copy()
        return other


def _only(sets: np.ndarray) -> np.ndarray:
    """The only member of each set, int64 [...] of bool [..., M]; UNKNOWN for a set of several."""
    return np.where(sets.sum(axis=-1) == 1, sets.argmax(axis=-1), UNKNOWN)
