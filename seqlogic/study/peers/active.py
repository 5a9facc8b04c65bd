"""Learners of others that ask: AALpy's L* and KV, with our oracle, our record and our counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aalpy.automata import MealyMachine
from aalpy.base import SUL
from aalpy.base import Oracle as AalpyOracle
from aalpy.learning_algs import run_KV, run_Lstar

from seqlogic.asking import Learned, Oracle, OutOfTimeError, Queryable, Record, Standing
from seqlogic.machine import Machine, canonical
from seqlogic.study.peers.automata import to_machine

__all__ = ["Active", "kv", "lstar"]


@dataclass(frozen=True)
class Active:
    """An algorithm of AALpy with its default settings, its own cache in front of our record.

    What is asked goes through `seqlogic.asking.Record`, as ours does: nothing is counted twice, be it asked to learn or
    to test, and the oracle is one that ours could be given.
    """

    algorithm: Callable[..., MealyMachine]

    def __call__(self, unknown: Queryable, oracle: Oracle, seconds: float) -> Learned:
        """Learn the unknown, as `seqlogic.asking.learn` does."""
        record = Record(unknown, seconds)
        sul = _Sul(unknown, record)
        teacher = _Teacher(sul, record, oracle)
        finished = True
        try:
            self.algorithm(sul.alphabet, sul, teacher, "mealy", print_level=0)
        except OutOfTimeError:
            finished = False
        machine = teacher.machine
        states = 0 if machine is None else len(machine)
        standing = Standing(states, teacher.rounds, record.counts["learning"], record.counts["testing"])
        return Learned(machine, finished, standing)


class _Sul(SUL):
    """An unknown as AALpy asks it."""

    def __init__(self, unknown: Queryable, record: Record) -> None:
        super().__init__()
        self.alphabet = list(range(len(unknown.inputs)))
        self._record = record

    def query(self, word: tuple[int, ...]) -> list[int]:
        self._record.ask([tuple(word)], "learning")
        answer = self._record.after(tuple(word))
        assert answer is not None
        return list(answer)

    def pre(self) -> None:
        """Nothing: these algorithms ask whole words."""

    def post(self) -> None:
        """Likewise."""

    def step(self, letter: int) -> int:
        raise NotImplementedError("these algorithms ask whole words")


class _Teacher(AalpyOracle):
    """Our oracle as AALpy asks it.

    Attributes:
        machine: the last hypothesis, in canonical form.
        rounds: how many there were.
    """

    def __init__(self, sul: _Sul, record: Record, oracle: Oracle) -> None:
        super().__init__(sul.alphabet, sul)
        self._record, self._oracle = record, oracle
        self.machine: Machine | None = None
        self.rounds = 0

    def find_cex(self, hypothesis: Any) -> tuple[int, ...] | None:
        self.machine = canonical(to_machine(hypothesis, self._record.inputs, self._record.outputs))
        self.rounds += 1
        return self._oracle(self.machine, self._record)


lstar = Active(run_Lstar)
kv = Active(run_KV)
