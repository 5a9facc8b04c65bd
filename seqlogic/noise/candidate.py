"""A machine that may be the one behind noisy examples, with the walk over them that says how likely it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical
from seqlogic.noise.description import Description
from seqlogic.noise.evidence import Evidence
from seqlogic.noise.walks import most_errors, retargeted, summary, walk

__all__ = ["Candidate"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """The transitions of a machine of S states, some of them perhaps never used; its outputs are the majority's.

    Attributes:
        evidence: the examples.
        next_state: int64 [S, X]; state 0 is initial.
        used: int64 [E], the entry of the table, as state * X + symbol, that each edge uses.
        counts: int64 [S, X, Y], how often each output was observed in each entry.
        visits: int64 [S, X], the edges that use it.
        description: of the examples by it.
    """

    evidence: Evidence
    next_state: np.ndarray
    used: np.ndarray = field(repr=False)
    counts: np.ndarray = field(repr=False)
    visits: np.ndarray = field(repr=False)
    description: Description

    @classmethod
    def of(cls, evidence: Evidence, next_state: np.ndarray, shorter_than: float | None = None) -> Candidate | None:
        """Walk a table int [S, X] over the examples; None if its description cannot be shorter than so many nats."""
        e = evidence
        table = np.ascontiguousarray(next_state, dtype=np.int64)
        limit = e.observed if shorter_than is None else most_errors(shorter_than, e.observed, e.outputs)
        used, counts, visits, within = walk(
            e.length, e.depth, e.symbol, e.first, e.answer, e.count, table.ravel(), e.inputs, e.outputs, limit
        )
        if not within:
            return None
        errors, states, entries = map(int, summary(counts, visits, e.inputs))
        return cls(
            evidence=e,
            next_state=table,
            used=used,
            counts=counts.reshape(*table.shape, e.outputs),
            visits=visits.reshape(table.shape),
            description=Description(errors, e.observed, states, entries, e.outputs),
        )

    @property
    def length(self) -> float:
        """Of the description, in nats."""
        return self.description.length

    @property
    def states(self) -> int:
        """S, used or not."""
        return len(self.next_state)

    def compact(self) -> Candidate:
        """The same machine without the states that no example leaves; what led to them could lead anywhere."""
        keep = self.visits.any(axis=1) | (np.arange(self.states) == 0)
        if keep.all():
            return self
        number = np.zeros(self.states, dtype=np.int64)
        number[keep] = np.arange(keep.sum())
        return self.with_table(number[self.next_state[keep]])

    def with_table(self, next_state: np.ndarray) -> Candidate:
        """Another table on the same examples."""
        found = Candidate.of(self.evidence, next_state)
        assert found is not None
        return found

    def retargeted(self, entry: int, longest: float = math.inf) -> np.ndarray:
        """The nats of the description for each state that one transition could lead to instead.

        Args:
            entry: of the table, as state * X + symbol.
            longest: nats. With a limit less has to be walked, and only the shortest descriptions of those that are
                within it are sure to be told; the others may be infinite.

        Returns:
            float64 [S].
        """
        e = self.evidence
        return retargeted(
            e.length,
            e.depth,
            e.symbol,
            e.end,
            e.first,
            e.answer,
            e.count,
            self.next_state.ravel(),
            e.inputs,
            self.used,
            self.counts.reshape(-1, e.outputs),
            self.visits.ravel(),
            entry,
            longest,
        )

    def with_target(self, entry: int, target: int) -> Candidate:
        """The machine with one transition leading elsewhere."""
        table = self.next_state.copy()
        table.flat[entry] = target
        return self.with_table(table)

    def network(self, inputs: Alphabet, outputs: Alphabet) -> Machine:
        """The machine of these states, in which only what the examples speak for is known.

        Where no example goes on after a transition, it could lead anywhere.
        """
        output = np.where(self.counts.any(axis=2), self.counts.argmax(axis=2), UNKNOWN)
        goes_on = np.zeros(self.next_state.shape, dtype=bool)
        goes_on.ravel()[self.used[self.evidence.end > np.arange(len(self.used)) + 1]] = True
        return Machine(np.where(goes_on, self.next_state, UNKNOWN), output, inputs, outputs)

    def machine(self, inputs: Alphabet, outputs: Alphabet) -> Machine:
        """The machine in canonical form."""
        return canonical(self.network(inputs, outputs))
