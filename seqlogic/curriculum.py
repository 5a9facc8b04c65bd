"""The curriculum over sequence length, as a Callback that asks the data how long to begin and when to go on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from lightning import LightningModule, Trainer

from seqlogic.capacity import Attempt, CapacitySearch
from seqlogic.collapse import collapse
from seqlogic.course import LARGEST_TABLES, Course
from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree
from seqlogic.learner import Check
from seqlogic.machine import Machine
from seqlogic.prefix_tree import Level, PrefixTree

__all__ = ["Curriculum", "first_length"]


def first_length(examples: Examples, states: int, edges_per_entry: float) -> int:
    """The shortest length at which short sequences say enough about `states` states.

    They must show `edges_per_entry` outputs, of distinct prefixes, for each entry of the table, and what is rare must
    have been seen to happen: `states` edges show an output other than the most frequent one, and each output has its
    share of these, or half of all its edges where the data has few.

    Where few edges show an output, down to a quarter of `edges_per_entry` will do: what explains an output then lies
    further back, and is found more easily in shorter sequences.
    """
    tree = PrefixTree.of(examples)
    outputs = len(examples.outputs)
    shown = np.array([_shown(level, outputs) for level in tree.levels]).cumsum(axis=0)
    share = np.minimum(math.ceil(states / max(1, outputs - 1)), shown[-1] / 2)
    observed = shown[-1].sum() / sum(len(level) for level in tree.levels)
    entries = states * len(examples.inputs)
    enough = (
        (shown.sum(axis=1) >= edges_per_entry * (1 + 3 * observed) / 4 * entries)
        & (shown.sum(axis=1) - shown.max(axis=1) >= states)
        & (shown >= share).all(axis=1)
    )
    return int(enough.argmax()) + 1 if enough.any() else len(tree.levels)


def _shown(level: Level, outputs: int) -> np.ndarray:
    answers = level.answer.numpy()
    return np.bincount(answers[answers >= 0], minlength=outputs)


class Curriculum(Course):
    """Trains attempt after attempt, each up the rungs of sequence length, until a hardened member is exact on all data.

    A rung is passed when some hardened member is exact on all training data cut to its length; where it fails on the
    next one, the machine that it collapses into may still explain all data. An attempt that makes no progress for
    `patience` steps has its states split and goes on with longer sequences, which say more; after `splits` times in a
    row it is given up, and `CapacitySearch` says what follows.

    Args:
        growth: each rung is so many times as long as the one before.
        edges_per_entry: see `first_length`.
        outputs_per_entry: a batch shows at least so many outputs for each entry of the table.
        patience: steps without a rung passed, fewer hard errors, or a loss smaller by 2 %, where every output is
            observed; up to 2.5 times as many where few are, since what explains one then lies further back.
        splits: how often in a row the states of an attempt are split before it is given up.
        capacity_factor: the first capacity, as a multiple of the lower bound that the data proves.
        refits: attempts to find a smaller machine after a consistent one, where the data leaves room for it.
    """

    def __init__(
        self,
        *,
        growth: float = 1.5,
        edges_per_entry: float = 16.0,
        outputs_per_entry: float = 8.0,
        patience: int = 12,
        splits: int = 3,
        capacity_factor: float = 3.0,
        refits: int = 2,
    ) -> None:
        if growth <= 1:
            raise ValueError(f"each rung must be longer than the one before: growth is {growth}, expected above 1")
        if capacity_factor < 1:
            raise ValueError(f"capacity_factor is {capacity_factor}, expected at least 1, the bound itself")
        at_least_zero = (("edges_per_entry", edges_per_entry), ("outputs_per_entry", outputs_per_entry))
        for name, value in (*at_least_zero, ("patience", patience), ("splits", splits), ("refits", refits)):
            if value < 0:
                raise ValueError(f"{name} is {value}, expected at least 0")
        self.growth = growth
        self.edges_per_entry = edges_per_entry
        self.outputs_per_entry = outputs_per_entry
        self.patience = patience
        self.splits = splits
        self.capacity_factor = capacity_factor
        self.refits = refits
        super().__init__()
        self.search: CapacitySearch
        self._observed = 1.0
        """The share of the symbols whose output was observed."""
        self._splits = 0
        self._since_progress = 0
        self._fewest_errors = math.inf
        self._lowest_loss = math.inf
        self._closest: tuple[int, float] = (0, math.inf)
        self._restored: dict[str, Any] | None = None

    @property
    def attempts(self) -> int:
        """How many attempts there were."""
        return self.search.attempts

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin the first attempt, or go on where the checkpoint was written."""
        super().on_fit_start(trainer, pl_module)
        self._observed = float((self.examples.answers >= 0).sum() / (self.examples.words >= 0).sum())
        self.search = CapacitySearch(
            InputTree(self.examples),
            self.capacity_factor,
            self.refits,
            self.learner.members,
            largest=math.isqrt(LARGEST_TABLES // len(self.examples.inputs)),
        )

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw the first attempt's registers, now that there is an optimiser to hold them."""
        if self._restored is None:
            self._begin(trainer, self.search.next())
        else:
            self._restore(self._restored)
            trainer.should_stop = self.attempt is None

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Harden, check, and climb, go on, or give up."""
        learner = self.learner
        check = learner.check(self.tree)
        self.record(trainer, check)
        passed = None
        while check.exact:
            passed = learner.hardened(check, self.tree, check.best)
            if self.length >= self.full_length:
                self._succeeded(trainer, passed)
                return
            self._splits = 0
            self._climb(math.ceil(self.length * self.growth))
            check = learner.check(self.tree)
            self.record(trainer, check)
        if passed is not None and self._explains(machine := collapse(passed)):
            self._succeeded(trainer, machine)
            return
        self._remember_closest(check)
        self.sampler.mistakes = check.run.wrong[check.best].nonzero()[:, 0].cpu().numpy()
        errors = int(check.errors.min())
        if errors < self._fewest_errors or learner.loss < 0.98 * self._lowest_loss:
            self._since_progress = 0
        self._fewest_errors = min(self._fewest_errors, errors)
        self._lowest_loss = min(self._lowest_loss, learner.loss)
        self._since_progress += int(trainer.num_training_batches)
        if self._since_progress <= self.patience * (2.5 - 1.5 * self._observed):
            return
        assert self.attempt is not None
        if self._splits < self.splits and self.search.best is None:
            learner.split(check, (self.attempt.number, trainer.global_step), self.search.largest)
            self._splits += 1
            self._climb(math.ceil(self.length * self.growth))
        else:
            self.search.failed()
            self._begin(trainer, self.search.next())

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Hand over what there is, also when the step budget ended the search."""
        self.learner.result = self.search.best
        if self.search.network is not None:
            self.learner.network = self.search.network

    def _succeeded(self, trainer: Trainer, network: Machine) -> None:
        self.search.succeeded(network, self.learner.registers.states)
        self._begin(trainer, self.search.next())

    def _explains(self, machine: Machine) -> bool:
        """Whether a machine gives every observed output."""
        answers = self.examples.answers
        return not ((answers >= 0) & (machine.run(self.examples.words)[0] != answers)).any()

    def _begin(self, trainer: Trainer, attempt: Attempt | None) -> None:
        self.attempt = attempt
        self._splits = 0
        if attempt is None:
            trainer.should_stop = True
            return
        self.learner.begin(attempt, self.search.best)
        length = first_length(self.examples, attempt.states, self.edges_per_entry)
        length = math.ceil(length * self.growth**attempt.rung)
        self._climb(self.full_length if attempt.merges else length)

    def _climb(self, length: int) -> None:
        entries = self.learner.registers.states * len(self.examples.inputs)
        self.cut(length, math.ceil(self.outputs_per_entry * entries))
        self._since_progress = 0
        self._fewest_errors = self._lowest_loss = math.inf

    def _remember_closest(self, check: Check) -> None:
        """Keep the hard machine that came furthest, for the report of a run that finds no exact one."""
        share = int(check.errors.min()) / len(self.examples)
        if (-self.length, share) < (-self._closest[0], self._closest[1]):
            self._closest = (self.length, share)
            self.learner.network = self.learner.hardened(check, self.tree, check.best)

    def state_dict(self) -> dict[str, Any]:
        """All that a resumed run needs to continue this one, as plain values."""
        search, attempt = self.search, self.attempt
        return {
            "length": self.length,
            "attempt": None if attempt is None else [attempt.number, attempt.states, attempt.rung],
            "progress": [self._splits, self._since_progress, self._fewest_errors, self._lowest_loss],
            "history": self.history,
            "closest": [*self._closest, _plain(self.learner.network)],
            "search": {
                "attempts": search.attempts,
                "failures": search.failures,
                "refitted": search.refitted,
                "merges": search.merges,
                "capacity": search.capacity,
                "bound": search.bound,
                "best": _plain(search.best),
                "network": _plain(search.network),
            },
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep the state until the data is there to continue on."""
        self._restored = state_dict

    def _restore(self, state: dict[str, Any]) -> None:
        mistakes = self.sampler.mistakes
        self._climb(state["length"])
        self.sampler.mistakes = mistakes
        if state["attempt"] is not None:
            # What it merged is in its weights by now.
            self.attempt = Attempt(*state["attempt"])
        self.history = list(state["history"])
        self._splits, self._since_progress, self._fewest_errors, self._lowest_loss = state["progress"]
        self._closest = (state["closest"][0], state["closest"][1])
        self.learner.network = self._machine(state["closest"][2])
        for name in ("attempts", "failures", "refitted", "capacity", "bound"):
            setattr(self.search, name, state["search"][name])
        self.search.merges = [tuple((kept, dropped) for kept, dropped in merge) for merge in state["search"]["merges"]]
        self.search.best = self._machine(state["search"]["best"])
        self.search.network = self._machine(state["search"]["network"])

    def _machine(self, plain: list[list[list[int]]] | None) -> Machine | None:
        examples = self.examples
        if plain is None:
            return None
        next_state, output = plain
        return Machine(np.array(next_state), np.array(output), examples.inputs, examples.outputs)


def _plain(machine: Machine | None) -> list[list[list[int]]] | None:
    return None if machine is None else [machine.next_state.tolist(), machine.output.tolist()]
