"""The course of a training where outputs may be wrong: networks propose machines, a description length decides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from lightning import LightningModule, Trainer

from seqlogic.capacity import Attempt
from seqlogic.course import LARGEST_TABLES, Course
from seqlogic.noise import Candidate, Evidence, Likelihood, runner_up, settled, shortest
from seqlogic.noise.search import TOLERANCE

__all__ = ["NoisyCurriculum"]

_RANDOM = 5
"""What tells random tables from all else that is drawn from the seed."""
_MOSTLY = 0.75
"""The share of its states that a network may use after merging; beyond it, it had too few."""
_ROOM = 4
"""How many times as many as are used then the next one has."""


class NoisyCurriculum(Course):
    """Trains attempt after attempt, each through a few lengths and hardened as it is, and searches from there.

    No machine need give all observed outputs, so no check says when a network is done: each length has its number of
    steps. The hardened tables of each member are then where a local search for the shortest description begins (see
    `seqlogic.noise`). The training ends when `agreeing` searches from independent weights have found the same shortest
    description, or after `attempts`.

    Args:
        lengths: of the rungs before the last, which has the full length.
        steps: of each rung; with 0 the search begins at random tables instead, for comparison.
        capacity: the states that the first network has. Where what is found needs most of them, the next has more.
        observed_per_entry: a batch shows at least so many outputs for each entry of the table, where there are so many.
        agreeing: members whose searches must have ended in the shortest description that was found.
        attempts: the most trainings from fresh weights.
        larger: whether the search takes larger steps, splits and lifts, where merging and re-pointing end; without
            them it shows what the network has found, for comparison.
    """

    def __init__(
        self,
        *,
        lengths: Sequence[int] = (8, 14),
        steps: int = 25,
        capacity: int = 64,
        observed_per_entry: int = 128,
        agreeing: int = 2,
        attempts: int = 6,
        larger: bool = True,
    ) -> None:
        for name, value in (("capacity", capacity), ("agreeing", agreeing), ("attempts", attempts)):
            if value < 1:
                raise ValueError(f"{name} is {value}, expected at least 1")
        for name, value in (("steps", steps), ("observed_per_entry", observed_per_entry)):
            if value < 0:
                raise ValueError(f"{name} is {value}, expected at least 0")
        if any(length < 1 for length in lengths):
            raise ValueError(f"lengths are {list(lengths)}, expected at least 1 each")
        super().__init__()
        self.lengths = tuple(sorted(lengths))
        self.steps = steps
        self.capacity = capacity
        self.observed_per_entry = observed_per_entry
        self.agreeing = agreeing
        self.most_attempts = attempts
        self.larger = larger
        self.found: list[Candidate] = []
        """What the searches ended in, the shortest description first."""
        self.evidence: Evidence
        self._states = capacity
        self._number = 0
        self._taken = 0
        self._restored: dict[str, Any] | None = None

    @property
    def attempts(self) -> int:
        """How many attempts there were."""
        return self._number

    @property
    def best(self) -> Candidate | None:
        """The shortest description so far."""
        return self.found[0] if self.found else None

    @property
    def agreed(self) -> int:
        """How many searches ended in it."""
        return sum(one.length <= self.found[0].length + TOLERANCE for one in self.found)

    def likelihood(self) -> Likelihood:
        """How likely the best machine is, and which comes next."""
        best, *others = self.found
        next_best = runner_up(best, others, self.examples.inputs, self.examples.outputs)
        return Likelihood(best.description, next_best, len(self.found), self.agreed)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Merge the examples, once."""
        super().on_fit_start(trainer, pl_module)
        self.evidence = Evidence.of(self.examples)
        shown = np.flatnonzero((self.examples.answers >= 0).any(axis=0))
        # A rung in which no output is observed teaches nothing.
        self._rungs = [length for length in self.lengths if shown[0] < length < self.full_length]
        self._rungs.append(self.full_length)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw the first attempt's registers, or go on where the checkpoint was written."""
        if self._restored is None:
            self._begin(trainer)
        else:
            self._restore(self._restored)
            trainer.should_stop = self.attempt is None

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Go on to the next length, or search from what the network has become."""
        check = self.learner.check(self.tree)
        self.record(trainer, check)
        self._taken += int(trainer.num_training_batches)
        if self._taken < self.steps:
            return
        longer = [length for length in self._rungs if length > self.length]
        if longer:
            self._climb(longer[0])
            return
        tables = check.next_state.transpose(1, 2).cpu().numpy()
        if not self.steps:
            rng = np.random.default_rng((self.learner.seed, self._number, _RANDOM))
            tables = rng.integers(self._states, size=tables.shape)
        for table in tables:
            if not self._search(table):
                break
            if self.agreed >= self.agreeing:
                self.attempt, trainer.should_stop = None, True
                return
        self._begin(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Hand over the most likely machine."""
        if self.best is not None:
            inputs, outputs = self.examples.inputs, self.examples.outputs
            self.learner.result = self.best.machine(inputs, outputs)
            self.learner.network = self.best.network(inputs, outputs)

    def _search(self, table: np.ndarray) -> bool:
        """Search from a table int [S, X]; False if the network that it is from had too few states."""
        start = Candidate.of(self.evidence, table)
        assert start is not None
        start = settled(start)
        if start.states > _MOSTLY * self._states and self._states < self._largest:
            self._states = min(_ROOM * start.states, self._largest)
            return False
        self.found.append(shortest(start) if self.larger else start)
        self.found.sort(key=lambda one: one.length)
        return True

    @property
    def _largest(self) -> int:
        return math.isqrt(LARGEST_TABLES // len(self.examples.inputs))

    def _begin(self, trainer: Trainer) -> None:
        if self.found and self._number >= self.most_attempts:
            self.attempt, trainer.should_stop = None, True
            return
        self.attempt = Attempt(self._number, self._states)
        self._number += 1
        self.learner.begin(self.attempt, None)
        self._climb(self._rungs[0] if self.steps else self.full_length)

    def _climb(self, length: int) -> None:
        self.cut(length, self.observed_per_entry * self._states * len(self.examples.inputs))
        self._taken = 0

    def state_dict(self) -> dict[str, Any]:
        """All that a resumed run needs to continue this one, as plain values."""
        return {
            "length": self.length,
            "attempt": None if self.attempt is None else [self.attempt.number, self.attempt.states],
            "progress": [self._states, self._number, self._taken],
            "found": [one.next_state.tolist() for one in self.found],
            "history": self.history,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep the state until the data is there to continue on."""
        self._restored = state_dict

    def _restore(self, state: dict[str, Any]) -> None:
        self._states, self._number, taken = state["progress"]
        self._climb(state["length"])
        self._taken = taken
        self.attempt = None if state["attempt"] is None else Attempt(*state["attempt"])
        found = (Candidate.of(self.evidence, np.array(table)) for table in state["found"])
        self.found = [one for one in found if one is not None]
        self.history = list(state["history"])
