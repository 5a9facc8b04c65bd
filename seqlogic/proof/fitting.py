"""Machines that choices leave and that fit: a SAT solver finds them one after the other, or that there are none."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from pycryptosat import Solver

from seqlogic.machine import UNKNOWN, Machine
from seqlogic.proof.choices import LARGEST, Choices, UndecidedError
from seqlogic.proof.folding import ContradictionError
from seqlogic.signals import interrupts_held

__all__ = ["fitting"]

_TRUE = 1
"""The variable that holds; 0 stands for one that does not."""

_SECOND = 1.0
"""So long an interrupt waits, at most."""

_AT_ONCE = 256
"""How many prefixes at most become clauses between two questions to the solver."""

_LITERAL = 64
"""Bytes that the solver takes for each literal, about."""


def fitting(choices: Choices, *, otherwise: bool = False) -> Iterator[Machine]:
    """Yield machines of the choices that fit the tree, no two equivalent. The end proves that no other does.

    A variable says where an entry leads, which output it shows, or in which state a prefix of the folded tree is. A
    solver first knows the choices alone. Where a machine that it proposes contradicts the tree, the prefixes up to
    there become clauses, and it is asked again (Heule and Verwer, 2010, with their clauses added only as needed).

    Args:
        choices: every state has a name of its own; they are propagated.
        otherwise: only machines with an entry that is not as in the machine asked about, where that is known.

    Raises:
        UndecidedError: past the deadline, or the clauses take too much memory.
    """
    try:
        choices.propagate()
    except ContradictionError:
        return
    try:
        clauses = _Clauses(choices)
        if otherwise:
            clauses.otherwise()
        while (machine := clauses.proposed()) is not None:
            wrong = clauses.wrong(machine)
            if len(wrong):
                clauses.explain(wrong)
            else:
                yield machine
                clauses.exclude(machine)
    except ContradictionError:
        return


class _Clauses:
    """What a solver knows of the machines that fit.

    Attributes:
        initial, successors, shown: the variables, int64 of the shape of the choices; 0 where there is no choice.
        literals: int64 [R, K], those of the prefixes that it knows; `row` [G] is the place of each node among them.
    """

    def __init__(self, choices: Choices) -> None:
        self.choices, self.graph = choices, choices.graph
        self.solver = Solver(threads=1)
        self.last = _TRUE
        self.written = 0
        self._write(np.array([[_TRUE]]), np.array([[True]]))
        self.initial = self._one_of(choices.initial[None])[0]
        self.successors = self._one_of(choices.successors)
        self.shown = self._one_of(choices.shown)
        G, K = len(self.graph.next), len(choices.names)
        self.row = np.full(G, UNKNOWN)
        self.literals = np.zeros((0, K), dtype=np.int64)
        self.parent, self.symbol = np.full(G, UNKNOWN), np.full(G, UNKNOWN)
        parent, symbol = np.nonzero(self.graph.next >= K)
        child = self.graph.next[parent, symbol]
        self.parent[child], self.symbol[child] = parent, symbol
        root = int(self.graph.place[0])
        self.levels: list[np.ndarray] = []
        level = np.append(np.arange(K), root) if root >= K else np.arange(K)
        while len(level):
            self.levels.append(level)
            after = self.graph.next[level]
            level = after[after >= K]

    def _variables(self, allowed: np.ndarray) -> np.ndarray:
        """A new variable for each that is allowed, int64 of the same shape; true where nothing else is, in its row."""
        variable = allowed.astype(np.int64)
        new = allowed & (allowed.sum(axis=-1, keepdims=True) > 1)
        count = int(np.count_nonzero(new))
        variable[new] = np.arange(self.last + 1, self.last + 1 + count)
        self.last += count
        return variable

    def _one_of(self, allowed: np.ndarray) -> np.ndarray:
        """Variables of which exactly one holds in each row."""
        variable = self._variables(allowed)
        rows = variable.reshape(-1, allowed.shape[-1])
        rows = rows[(rows > _TRUE).any(axis=1)]
        self._add(rows)
        for one in rows:
            some = one[one > 0]
            first, second = np.triu_indices(len(some), 1)
            self._add(np.stack([-some[first], -some[second]], axis=1))
        return variable

    def _add(self, clauses: np.ndarray) -> None:
        """Tell the solver clauses, int64 [C, L]: what holds is left out of them, and literals that cannot hold."""
        clauses = clauses[(clauses != _TRUE).all(axis=1)]
        kept = (clauses != 0) & (clauses != -_TRUE)
        if not kept.any(axis=1).all():
            raise ContradictionError
        self._write(clauses, kept)

    def _write(self, clauses: np.ndarray, kept: np.ndarray) -> None:
        """Write the literals that are kept, a 0 after those of each clause."""
        if time.monotonic() > self.choices.deadline:
            raise UndecidedError
        end = np.zeros((len(clauses), 1), dtype=np.intc)
        flat = np.hstack([clauses.astype(np.intc), end])[np.hstack([kept, end == 0])]
        self.written += len(flat)
        if self.written * _LITERAL > 4 * LARGEST:
            raise UndecidedError
        if len(flat):
            self.solver.add_clauses(flat)

    def otherwise(self) -> None:
        """Some entry, or the initial state, is not as in the machine asked about."""
        self._add(np.concatenate([getattr(self, part)[mask] for part, mask in self.choices.otherwise()])[None])

    def proposed(self) -> Machine | None:
        """A machine that satisfies all clauses, None if there is none."""
        satisfiable = None
        while satisfiable is None:
            left = self.choices.deadline - time.monotonic()
            if left <= 0:
                raise UndecidedError
            with interrupts_held():
                satisfiable, solution = self.solver.solve(time_limit=min(left, _SECOND))
        if not satisfiable:
            return None
        # A variable that no clause speaks of has no value.
        holds = np.array([bool(value) for value in (*solution, *[False] * (self.last + 1 - len(solution)))])
        true = self.choices.true
        next_state, output = (holds[part].argmax(axis=2).T.astype(np.int32) for part in (self.successors, self.shown))
        return Machine(next_state, output, true.inputs, true.outputs, initial=int(holds[self.initial].argmax()))

    def _states(self, machine: Machine) -> np.ndarray:
        """Where each node of the graph is in a machine, int64 [G], that of its parent gone on from there."""
        K = len(machine)
        state = np.full(len(self.row), UNKNOWN)
        state[:K] = np.arange(K)
        if self.graph.place[0] >= K:
            state[self.graph.place[0]] = machine.initial
        for level in self.levels[1:]:
            state[level] = machine.next_state[state[self.parent[level]], self.symbol[level]]
        return state

    def wrong(self, machine: Machine) -> np.ndarray:
        """The nodes, the first on each path, where a machine shows something else than was seen or misses a name."""
        K = len(machine)
        state = self._states(machine)
        shown, led = machine.output[state], machine.next_state[state]
        seen, gone = self.graph.answer, self.graph.next
        bad = (((seen >= 0) & (seen != shown)) | ((gone >= 0) & (gone < K) & (gone != led))).any(axis=1)
        under = bad.copy()
        first = []
        for level in self.levels:
            inner = level[self.parent[level] >= 0]
            under[inner] |= under[self.parent[inner]]
            first.append(level[bad[level] & ~np.isin(level, inner[under[self.parent[inner]]])])
        return np.concatenate(first)[:_AT_ONCE]

    def explain(self, nodes: np.ndarray) -> None:
        """Add the clauses of prefixes and of those on the way to them."""
        K = len(self.choices.names)
        new = np.zeros(len(self.row), dtype=bool)
        while len(nodes):
            nodes = nodes[(nodes >= K) & (self.row[nodes] < 0) & ~new[nodes]]
            new[nodes] = True
            nodes = self.parent[nodes]
        for level in self.levels:
            here = level[new[level]]
            if len(here):
                self._know(here)

    def _know(self, nodes: np.ndarray) -> None:
        """Add the clauses of some nodes of one level, the parents of which are known."""
        graph, K = self.graph, len(self.choices.names)
        parent, symbol = self.parent[nodes], self.symbol[nodes]
        literals = np.zeros((len(nodes), K), dtype=np.int64)
        named, root = (parent >= 0) & (parent < K), parent < 0
        literals[named] = self.successors[symbol[named], parent[named]]
        literals[root] = self.initial
        hangs = np.flatnonzero(parent >= K)
        before, by = self.literals[self.row[parent[hangs]]], symbol[hangs]
        able = np.zeros((len(hangs), K), dtype=bool)
        for x in np.unique(by):
            at = by == x
            able[at] = (before[at] > 0).astype(np.float32) @ (self.successors[x] > 0).astype(np.float32) > 0
        i, k = np.nonzero(able)
        able[i, k] = ~graph.apart(nodes[hangs[i]], k)
        literals[hangs] = self._variables(able)
        self._add(literals[hangs])
        i, c = np.nonzero(before > 0)
        into = self.successors[by[i], c]
        j, d = np.nonzero(into > 0)
        self._add(np.stack([-before[i[j], c[j]], -into[j, d], literals[hangs[i[j]], d]], axis=1))
        i, x = np.nonzero(graph.answer[nodes] >= 0)
        j, c = np.nonzero(literals[i] > 0)
        shown = self.shown[x[j], c, graph.answer[nodes[i[j]], x[j]]]
        self._add(np.stack([-literals[i[j], c], shown], axis=1))
        after = graph.next[nodes]
        i, x = np.nonzero((after >= 0) & (after < K))
        j, c = np.nonzero(literals[i] > 0)
        self._add(np.stack([-literals[i[j], c], self.successors[x[j], c, after[i[j], x[j]]]], axis=1))
        self.row[nodes] = np.arange(len(nodes)) + len(self.literals)
        self.literals = np.concatenate([self.literals, literals])

    def exclude(self, machine: Machine) -> None:
        """Leave out the machines that go and show the same wherever this one gets to."""
        reached, new = np.arange(0), np.array([machine.initial])
        while len(new):
            reached = np.append(reached, new)
            new = np.setdiff1d(machine.next_state[new], reached)
        state, symbol = (axis.reshape(-1) for axis in np.meshgrid(reached, np.arange(len(machine.inputs))))
        entries = [
            self.successors[symbol, state, machine.next_state[state, symbol]],
            self.shown[symbol, state, machine.output[state, symbol]],
            self.initial[[machine.initial]],
        ]
        self._add(-np.concatenate(entries)[None])
