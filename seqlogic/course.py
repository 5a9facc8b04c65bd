"""What every course of a training has: attempts, a present length of the sequences, and a history of hard checks."""

from __future__ import annotations

from typing import cast

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from seqlogic.capacity import Attempt
from seqlogic.examples import Examples
from seqlogic.learner import Check, Learner, Sampler
from seqlogic.metrics import HardSequenceError, SoftHardGap, StateCount
from seqlogic.prefix_tree import PrefixTree

__all__ = ["LARGEST_TABLES", "Course"]

LARGEST_TABLES = 1 << 25
"""The most numbers that the transition tables of a population may hold: 128 MiB, and as much for their gradient."""


class Course(Callback):
    """Drives the attempts of a learner; what follows which attempt is for its subclasses to say.

    Attributes:
        learner, examples, sampler: from the start of the fit.
        full_length: of the longest sequence.
        length: symbols of the present rung.
        tree: of the examples cut to it.
        attempt: the present one; None before the first and after the last.
        history: one row for each hard check, oldest first; what metrics.csv and the report show.
    """

    learner: Learner
    examples: Examples
    sampler: Sampler
    full_length: int
    tree: PrefixTree

    def __init__(self) -> None:
        self.length = 0
        self.attempt: Attempt | None = None
        self.history: list[dict[str, float]] = []

    @property
    def attempts(self) -> int:
        """How many attempts there were."""
        raise NotImplementedError

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the learner and its examples."""
        self.learner = cast(Learner, pl_module)
        self.examples, self.sampler = self.learner.examples, self.learner.sampler
        self.full_length = int(self.examples.lengths.max())

    def cut(self, length: int, outputs: int) -> None:
        """Go on with sequences of so many symbols, in batches that show so many outputs."""
        self.length = min(length, self.full_length)
        self.tree = PrefixTree.of(self.examples.cut(self.length)).to(self.learner.device)
        self.sampler.cut(self.length, outputs)

    def record(self, trainer: Trainer, check: Check) -> None:
        """Add a hard check to the history and to the loggers, once there was a batch."""
        if self.learner.batch is None:
            return
        error, gap, states = HardSequenceError(), SoftHardGap(), StateCount(self.learner.registers.states)
        error.update(check.run.wrong[check.best].cpu())
        gap.update(*(values.cpu() for values in self.learner.soft_and_hard(check.best)))
        for visited in check.run.states:
            states.update(visited[check.best].cpu())
        assert self.attempt is not None
        row = {
            "step": trainer.global_step,
            "attempt": self.attempt.number,
            "capacity": self.learner.registers.states,
            "rung": self.length,
            "soft_loss": float(self.learner.losses[check.best]),
            "hard_error": float(error.compute()),
            "soft_hard_gap": float(gap.compute()),
            "states": int(states.compute()),
        }
        self.history.append(row)
        for logger in trainer.loggers:
            logger.log_metrics(row, step=trainer.global_step)
