"""What noise-free data prove of a machine that fits them: that none is smaller, and that no other is as small."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import Machine, canonical, to_mealy
from seqlogic.proof.equivalence import violation

__all__ = ["Uniqueness", "uniqueness"]

_PAIRS = 1 << 18
"""How many pairs of prefixes are compared at once."""


@dataclass(frozen=True)
class Uniqueness:
    """What the data prove of the smallest machines that fit them.

    Attributes:
        machine: the one that was asked about, in canonical Mealy form, of n states.
        distinct: how many states every consistent machine has at least.
        unique: whether every consistent machine of at most n states agrees with this one wherever this one is known;
            None if that is not known.
        rival: a consistent machine of at most n states that does not, if one was found.
        word: the shortest input word on which it answers otherwise, as symbols: the example to record next.
        seconds: how long it took.
    """

    machine: Machine
    distinct: int
    unique: bool | None
    rival: Machine | None
    word: tuple[int, ...] | None
    seconds: float

    @property
    def minimal(self) -> bool | None:
        """Whether no consistent machine has fewer states; None if that is not known."""
        return True if self.distinct == len(self.machine) else None


def uniqueness(machine: Machine, examples: Examples, limit: float = 10.0) -> Uniqueness:
    """Ask whether the data leave a choice to a machine of no more states than a consistent one has.

    Where n prefixes lead to n different states in every consistent machine, they name the states of all those that have
    n. Which states each other prefix can lead to, where each transition can end, and which output it can show, are then
    sets that shrink: the scan of the learner in Boolean arithmetic, back and forth along the tree until nothing changes
    (arc consistency; Mackworth, 1977). What still has a choice is searched, arc consistency being maintained (Sabin
    and Freuder, 1994): for each transition, whether it can end anywhere else. One sweep is O(V n^2) for V prefixes.

    Args:
        machine: fits the examples. Its unknown entries are not asked about.
        examples: noise-free.
        limit: seconds, after which what is not known yet stays so.

    Raises:
        ValueError: the machine does not fit the examples, has other alphabets, or an output known in part.
    """
    started = time.monotonic()
    true = canonical(to_mealy(machine))
    if (len(true.inputs), len(true.outputs)) != (len(examples.inputs), len(examples.outputs)):
        raise ValueError("the machine and the examples have alphabets of different sizes")
    if not np.isin(true.care, (0, true.outputs.full)).all():
        raise ValueError("an output is known in part; give each such word a symbol of its own")
    if ((examples.answers >= 0) & (true.run(examples.words)[0] != examples.answers)).any():
        raise ValueError("the machine does not fit the examples")
    tree = InputTree(examples)
    named = representatives(tree, true)
    unique, rival = None, None
    if len(named) == len(true):
        with suppress(TimeoutError):
            unique, rival = _rival(true, tree, named, started + limit)
    word = None if rival is None else violation(rival, true)
    return Uniqueness(true, len(named), unique, rival, word, time.monotonic() - started)


def _rival(
    true: Machine, tree: InputTree, named: dict[int, int], deadline: float
) -> tuple[bool | None, Machine | None]:
    """Whether there is no machine of the named states that fits and behaves otherwise, and one that does."""
    choices = _Choices(tree, named, len(true.outputs), deadline)
    choices.propagate()
    choices.compare(named)
    choices.propagate()
    while sum(choices.refute(*other) for other in _others(choices, true)):
        pass
    unique: bool | None = True
    for part, entry, value in _others(choices, true):
        found = choices.given(part, entry, value).settled()
        if found is None:
            getattr(choices, part)[(*entry, value)] = False
            choices.propagate()
            continue
        rival = found.machine(true)
        if violation(rival, true) is not None:
            return False, rival
        # It differs where the true machine does not say what follows; of the others with this value nothing is known.
        unique = None
    return unique, None


def _others(choices: _Choices, true: Machine) -> Iterator[tuple[str, tuple[int, ...], int]]:
    """What the initial state or an entry could be and is not in the true machine, as long as that is the case."""
    for state in np.flatnonzero(choices.states[0]).tolist():
        if state != true.initial and choices.states[0, state]:
            yield "states", (0,), state
    for part, known in (("successors", true.next_state), ("shown", true.output)):
        table = getattr(choices, part)
        for symbol, state, value in np.argwhere(table & (known.T >= 0)[..., None]).tolist():
            if value != known[state, symbol] and table[symbol, state, value]:
                yield part, (symbol, state), value


class _ContradictionError(Exception):
    """No machine of the named states is left."""


class _Choices:
    """What machines of K named states can be, as sets that only shrink.

    Attributes:
        states: bool [V, K], the states that each prefix can lead to.
        successors: bool [X, K, K], where each transition can end.
        shown: bool [X, K, Y], what each entry can show.
    """

    def __init__(self, tree: InputTree, named: dict[int, int], outputs: int, deadline: float) -> None:
        self.tree = tree
        self.deadline = deadline
        inputs = tree.child.shape[1]
        parent, symbol = np.nonzero(tree.child >= 0)
        order = np.lexsort((symbol, tree.depth[parent]))
        parent, symbol = parent[order], symbol[order]
        block = tree.depth[parent] * inputs + symbol
        starts = np.flatnonzero(np.diff(block, prepend=-1))
        # The edges of one depth and one symbol together: no two of them share a node.
        self.blocks = []
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(block)], strict=True):
            edge = parent[start:stop], symbol[start]
            self.blocks.append((int(symbol[start]), edge[0], self.tree.child[edge], self.tree.answer[edge]))
        K = len(named)
        self.states = np.ones((len(tree.child), K), dtype=bool)
        for state, node in named.items():
            self.states[node] = np.arange(K) == state
        self.successors = np.ones((inputs, K, K), dtype=bool)
        self.shown = np.ones((inputs, K, outputs), dtype=bool)

    def propagate(self) -> None:
        """Remove what cannot be, until nothing changes.

        Raises:
            _ContradictionError: nothing is left somewhere.
            TimeoutError: past the deadline.
        """
        parts = (self.states, self.successors, self.shown)
        size = -1
        while size != (size := sum(int(part.sum()) for part in parts)):
            for block in reversed(self.blocks):
                self._back(*block)
            for block in self.blocks:
                self._forth(*block)
                if time.monotonic() > self.deadline:
                    raise TimeoutError
            if not all(part.any(axis=-1).all() for part in parts):
                raise _ContradictionError

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
        sure = leaving.sum(axis=1) == 1
        state = leaving[sure].argmax(axis=1)
        np.logical_and.at(self.successors[symbol], state, self.states[child[sure]])
        observed = answer[sure] >= 0
        seen = np.arange(self.shown.shape[2]) == answer[sure][observed][:, None]
        np.logical_and.at(self.shown[symbol], state[observed], seen)

    def compare(self, named: dict[int, int]) -> None:
        """Remove those states whose own prefix is told apart from a prefix by a continuation of both."""
        own = np.array([named[state] for state in range(len(named))])
        node, state = np.nonzero(self.states & (self.states.sum(axis=1) > 1)[:, None])
        for start in range(0, len(node), _PAIRS):
            here, there = node[start : start + _PAIRS], state[start : start + _PAIRS]
            apart = self.tree.incompatible(here, own[there])
            self.states[here[apart], there[apart]] = False

    def given(self, part: str, entry: tuple[int, ...], value: int) -> _Choices:
        """Choices of their own in which one prefix, or one entry (symbol, state), has one value left."""
        other = object.__new__(_Choices)
        other.__dict__.update(self.__dict__)
        other.states, other.successors, other.shown = self.states.copy(), self.successors.copy(), self.shown.copy()
        row = getattr(other, part)[entry]
        row[:] = np.arange(len(row)) == value
        return other

    def refute(self, part: str, entry: tuple[int, ...], value: int) -> bool:
        """Remove a value if it leads to a contradiction; whether it does."""
        try:
            self.given(part, entry, value).propagate()
        except _ContradictionError:
            getattr(self, part)[(*entry, value)] = False
            self.propagate()
            return True
        return False

    def settled(self) -> _Choices | None:
        """One way to have each prefix in one state, or None if there is none; depth first, short prefixes first."""
        try:
            self.propagate()
        except _ContradictionError:
            return None
        part, entry = self._undecided()
        if part is None:
            return self
        ways = (self.given(part, entry, value) for value in np.flatnonzero(getattr(self, part)[entry]).tolist())
        return next((found for way in ways if (found := way.settled()) is not None), None)

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

    def machine(self, true: Machine) -> Machine:
        """The machine that settled choices are, as the true one where they leave a choice."""
        one = self.successors.sum(axis=2).T == 1
        next_state = np.where(one, self.successors.argmax(axis=2).T, true.next_state)
        one = self.shown.sum(axis=2).T == 1
        output = np.where(one, self.shown.argmax(axis=2).T, true.output)
        initial = int(self.states[0].argmax())
        return replace(true, next_state=next_state.astype(np.int32), output=output.astype(np.int32), initial=initial)


def _image(sets: np.ndarray, relation: np.ndarray) -> np.ndarray:
    """What the members of each set are related to: bool [E, K] of bool [E, K] and [K, K]."""
    one = sets.sum(axis=1) == 1
    image = np.empty_like(sets)
    image[one] = relation[sets[one].argmax(axis=1)]
    # Only floats are multiplied fast; a count of at most K is exact.
    image[~one] = sets[~one].astype(np.float32) @ relation.astype(np.float32) > 0
    return image
