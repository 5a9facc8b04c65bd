"""A circuit over several steps, as clauses of a SAT solver."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from pycryptosat import Solver

from seqlogic.circuit import Circuit
from seqlogic.signals import interrupts_held

__all__ = ["TimeUpError", "Unrolled", "Work"]

_TRUE = 1
"""The variable of the solver that holds."""


_SLICE = 1000
"""The most conflicts until the work is looked at again."""
_SECOND = 1.0
"""So long an interrupt waits, at most."""
_QUESTION = 1000
"""What a question costs beside the gates that the solver knows."""


class TimeUpError(Exception):
    """The deadline has passed, or the work is used up."""


class Work:
    """So much work of solvers, counted and not timed: on a busy machine it ends where it ends on an idle one.

    Attributes:
        left: what is left of it: each slice of at most 1,000 conflicts costs 1,000 and the gates of all steps.
    """

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, cost: int) -> None:
        """Use some of it up; TimeUpError if there is not as much left."""
        self.left -= cost
        if self.left < 0:
            raise TimeUpError


class Unrolled:
    """A circuit, step after step, and a solver that knows its gates.

    A literal of the solver is a variable or, negated, its negative. Gates become the clauses of Tseitin (1968); three
    that are an exclusive or become one, for the solver eliminates such by linear algebra over GF(2).

    Attributes:
        frames: int64 [V] for each step, the literal of each variable of the circuit.
        known: bool [V], the variables that have a literal: not those within an exclusive or, or that nothing needs.
        false: the literal that never holds.
    """

    def __init__(
        self,
        circuit: Circuit,
        deadline: float,
        *,
        reset: bool = True,
        symbols: int | None = None,
        work: Work | None = None,
    ) -> None:
        """The first step is one from reset, or from any state; the inputs of each are one of so many symbols.

        With `work` given, that is counted in place of the time.

        Raises:
            TimeUpError: past the deadline, here as in all that follows.
        """
        self.circuit, self.deadline, self.work, self.false = circuit, deadline, work, -_TRUE
        self.solver = Solver(threads=1)
        self.solver.add_clause([_TRUE])
        self.last = _TRUE
        self.frames: list[np.ndarray] = []
        self._latches = np.where(circuit.reset, _TRUE, -_TRUE) if reset else self._new(len(circuit.latches))
        self._symbols = symbols
        self._first = 1 + len(circuit.inputs) + len(circuit.latches)
        self._parity, self._needed = _parities(circuit)
        self.known = np.append(np.ones(self._first, dtype=bool), self._needed)

    def _new(self, count: int) -> np.ndarray:
        self.last += count
        return np.arange(self.last - count + 1, self.last + 1)

    def latches(self) -> np.ndarray:
        """The literals of the latches before the step that comes next, int64 [L]."""
        return self._latches

    def advance(self) -> np.ndarray:
        """Add one step; the literals of its outputs, int64 [O]."""
        circuit, first = self.circuit, self._first
        value = np.empty(first + len(circuit.ands), dtype=np.int64)
        value[0] = -_TRUE
        value[1 : 1 + len(circuit.inputs)] = self._new(len(circuit.inputs))
        value[1 + len(circuit.inputs) : first] = self._latches
        gates = np.flatnonzero(self._needed)
        value[first + gates] = self._new(len(gates))
        plain = gates[self._parity[gates, 0] < 0]
        a, b = (_literal(value, circuit.ands[plain, side]) for side in (0, 1))
        gate, end = value[first + plain], np.zeros(len(plain), dtype=np.int64)
        clauses = [[-gate, a, end], [-gate, b, end], [gate, -a, -b, end]]
        flat = np.concatenate([np.stack(columns, axis=1).reshape(-1) for columns in clauses])
        if len(flat):
            self.solver.add_clauses(flat.astype(np.intc))
        for one in gates[self._parity[gates, 0] >= 0].tolist():
            self._even([int(value[first + one]), *_literal(value, self._parity[one]).tolist()])
        if self._symbols is not None:
            self._bound(value[1 : 1 + len(circuit.inputs)].tolist(), self._symbols - 1)
        self.frames.append(value)
        self._latches = _literal(value, circuit.next_state)
        return _literal(value, circuit.output)

    def _even(self, literals: list[int]) -> None:
        """An even number of these hold."""
        odd, variables = False, set[int]()
        for literal in literals:
            odd ^= literal < 0
            variables ^= {abs(literal)}
        if _TRUE in variables:
            variables.remove(_TRUE)
            odd ^= True
        self.solver.add_xor_clause(sorted(variables), odd)

    def _bound(self, bits: list[int], most: int) -> None:
        """A number, the least significant bit first, is no larger."""
        higher: list[int] = []
        for place, bit in reversed(list(enumerate(bits))):
            if most >> place & 1:
                higher.append(-bit)
            else:
                self.solver.add_clause([-bit, *higher])

    def any_of(self, literals: np.ndarray) -> int:
        """A literal that holds exactly if one of these does."""
        if len(literals) == 1:
            return int(literals[0])
        some = int(self._new(1)[0])
        self.solver.add_clause([-some, *literals.tolist()])
        for literal in literals.tolist():
            self.solver.add_clause([some, -literal])
        return some

    def all_of(self, literals: Sequence[int]) -> int:
        """A literal that holds exactly if all of these do."""
        return -self.any_of(-np.array(literals, dtype=np.int64))

    def unlike(self, left: int, right: int) -> int:
        """A literal that holds exactly if one of two does."""
        one = int(self._new(1)[0])
        self._even([one, left, right])
        return one

    def equate(self, left: int, right: int) -> None:
        """Take two literals for equal."""
        self.solver.add_clause([left, -right])
        self.solver.add_clause([-left, right])

    def assume(self, *literals: int) -> None:
        """Take one of these literals to hold, from here on."""
        self.solver.add_clause(list(literals))

    def solved(self, *literals: int) -> np.ndarray | None:
        """The value of each of its variables, bool, in some solution in which these hold; None if there is none."""
        for literal in literals:
            # The solver refuses what no clause has spoken of.
            self.solver.add_clause([abs(literal), _TRUE])
        satisfiable, solution = self._timed(literals) if self.work is None else self._counted(literals, self.work)
        if not satisfiable:
            return None
        values = np.zeros(self.last + 1, dtype=bool)
        values[: len(solution)] = [bool(value) for value in solution]
        return values

    def _timed(self, literals: Sequence[int]) -> tuple[bool, Sequence[bool | None]]:
        satisfiable = None
        while satisfiable is None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeUpError
            with interrupts_held():
                satisfiable, solution = self.solver.solve(list(literals), time_limit=min(left, _SECOND))
        return satisfiable, solution

    def _counted(self, literals: Sequence[int], work: Work) -> tuple[bool, Sequence[bool | None]]:
        satisfiable = None
        while satisfiable is None:
            work.take(_QUESTION + len(self.frames) * int(self._needed.sum()))
            with interrupts_held():
                satisfiable, solution = self.solver.solve(list(literals), confl_limit=_SLICE)
        return satisfiable, solution

    def word(self, model: np.ndarray) -> tuple[int, ...]:
        """The bits of the inputs of each step in a solution, as numbers."""
        ins = len(self.circuit.inputs)
        return tuple(sum(1 << bit for bit in range(ins) if model[frame[1 + bit]]) for frame in self.frames)


def _literal(value: np.ndarray, literals: np.ndarray) -> np.ndarray:
    """Literals of the solver, of those of the circuit."""
    return np.where(literals & 1, -value[literals >> 1], value[literals >> 1])


def _parities(circuit: Circuit) -> tuple[np.ndarray, np.ndarray]:
    """Which gates are an exclusive or of two literals, int64 [A, 2], -1 if not; and which need clauses, bool [A]."""
    first, ands = 1 + len(circuit.inputs) + len(circuit.latches), circuit.ands.tolist()
    parity = np.full((len(ands), 2), -1, dtype=np.int64)
    needed = np.zeros(len(ands), dtype=bool)
    for root in (*circuit.output.tolist(), *circuit.next_state.tolist()):
        if root >> 1 >= first:
            needed[(root >> 1) - first] = True
    for gate in range(len(ands) - 1, -1, -1):
        if not needed[gate]:
            continue
        a, b = ands[gate]
        fans = [a, b]
        # Neither both nor none of two.
        if a & b & 1 and min(a, b) >> 1 >= first:
            one, other = ands[(a >> 1) - first], ands[(b >> 1) - first]
            if sorted(literal ^ 1 for literal in one) == sorted(other):
                parity[gate] = fans = one
        for fan in fans:
            if fan >> 1 >= first:
                needed[(fan >> 1) - first] = True
    return parity, needed
