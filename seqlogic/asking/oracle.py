"""Equivalence oracles: who looks for a word on which the unknown answers otherwise than a machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seqlogic.asking.queryable import Word
from seqlogic.asking.record import Record
from seqlogic.machine import Machine
from seqlogic.proof import Suite, conformance_suite, first_failure
from seqlogic.proof.identifiers import access_words

__all__ = ["GivenWords", "Oracle", "RandomWords", "SuiteWords", "in_turn"]

Oracle = Callable[[Machine, Record], Word | None]
"""Given a machine in canonical form, asks the record words, and returns one that the unknown answers otherwise.

None if none was found. What is asked is asked for "testing".
"""


class GivenWords:
    """An oracle that asks the same words in each round, such as those that were recorded before."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words

    def __call__(self, machine: Machine, record: Record) -> Word | None:
        return _failing(machine, record, self._words)


class RandomWords:
    """An oracle that asks random words: from the access word of a random state, a random walk.

    Each walk has its own length, log-uniform, and its own law, so that what only long runs of one symbol reach is
    found as well as what needs a mixture: how likely each symbol is, uniform among all laws, and, every other time, how
    likely the symbol before is repeated instead, uniform.

    Args:
        words: how many are asked in each round.
        longest: the most symbols of a walk.
        seed: the rounds draw on from it, so that each asks other words.
    """

    def __init__(self, words: int = 200, longest: int = 1024, seed: int = 0) -> None:
        self._words, self._longest = words, longest
        self._rng = np.random.default_rng(seed)

    def __call__(self, machine: Machine, record: Record) -> Word | None:
        access = access_words(machine)
        words = [
            (*access[self._rng.integers(len(access))], *self._walk(len(machine.inputs))) for _ in range(self._words)
        ]
        return _failing(machine, record, words)

    def _walk(self, symbols: int) -> list[int]:
        rng = self._rng
        length = int(self._longest ** rng.random())
        drawn = rng.choice(symbols, size=length, p=rng.dirichlet(np.ones(symbols)))
        repeated = rng.random(length) < (rng.random() if rng.random() < 0.5 else 0.0)
        # Each place takes what was drawn at the last one that is no repetition.
        return drawn[np.maximum.accumulate(np.where(repeated, 0, np.arange(length)))].tolist()


class SuiteWords:
    """An oracle that asks the words of `seqlogic.proof.conformance_suite`.

    Args:
        extra_states: the suite detects every fault of an unknown with up to so many states more than the machine.
        budget: the most symbols of a suite.

    Attributes:
        suite: the last one that was asked, or begun; None before. If no counterexample was found, then it says what
            that proves.
    """

    def __init__(self, extra_states: int = 1, budget: int = 1_000_000) -> None:
        self._extra_states, self._budget = extra_states, budget
        self.suite: Suite | None = None

    def __call__(self, machine: Machine, record: Record) -> Word | None:
        self.suite = conformance_suite(machine, self._extra_states, budget=self._budget)
        return _failing(machine, record, self.suite.words)


def in_turn(*oracles: Oracle) -> Oracle:
    """The oracle that asks others, each if those before it found nothing."""

    def ask(machine: Machine, record: Record) -> Word | None:
        return next((word for oracle in oracles if (word := oracle(machine, record)) is not None), None)

    return ask


def _failing(machine: Machine, record: Record, words: Sequence[Word]) -> Word | None:
    failure = first_failure(words, machine, record.answers(words, "testing"))
    return None if failure is None else failure.word
