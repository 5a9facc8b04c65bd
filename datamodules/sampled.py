"""Examples sampled from a task."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from datamodules.sequences import SequenceData
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine
from tasks.task import Task

__all__ = ["SampledData"]

_EXAMPLES = 1
"""What tells the stream of the examples from those of the batches and the weights. Not 0: a seed ends in zeros."""


class SampledData(SequenceData):
    """Sequences drawn from a task's input law, with the task's outputs.

    Args:
        task: what is to be learned.
        sequences: how many sequences are drawn.
        max_length: the longest, in symbols; lengths are uniform.
        min_length: the shortest.
        supervision: `dense`, an output at every step; `label`, only the output after the last symbol.
        missing: the share of outputs that are left out at random, 0 to below 1; only with `dense`.
        batch_size: sequences in a batch.
        steps_per_check: batches from one hard check to the next.
        seed: of the examples and of the batches.
    """

    def __init__(
        self,
        *,
        task: Task,
        sequences: int = 500,
        max_length: int = 32,
        min_length: int = 1,
        supervision: Literal["dense", "label"] = "dense",
        missing: float = 0.0,
        batch_size: int = 64,
        steps_per_check: int = 5,
        seed: int = 0,
    ) -> None:
        super().__init__(batch_size=batch_size, steps_per_check=steps_per_check, seed=seed)
        if not 1 <= min_length <= max_length:
            raise InputError(f"lengths from {min_length} to {max_length}: expected 1 <= min_length <= max_length")
        if sequences < 1:
            raise InputError(f"{sequences} sequences: expected at least 1")
        if not 0 <= missing < 1:
            raise InputError(f"a share of {missing} missing outputs: expected 0 to below 1")
        if supervision == "label" and missing:
            raise InputError(f"a share of {missing} missing outputs: expected 0 with labels, which are all there is")
        self.task = task
        self.sequences = sequences
        self.min_length = min_length
        self.max_length = max_length
        self.supervision = supervision
        self.missing = missing

    def load(self) -> Examples:
        """Draw the examples; the same seed draws the same ones."""
        # A stream of its own: of the plain seed a random machine with the same number is drawn.
        rng = np.random.default_rng((self.seed, _EXAMPLES))
        examples = self.task.examples(rng, self.sequences, self.min_length, self.max_length)
        hidden = np.zeros(examples.answers.shape, dtype=bool)
        if self.supervision == "label":
            hidden = np.arange(examples.answers.shape[1]) != examples.lengths[:, None] - 1
        elif self.missing:
            hidden = rng.random(hidden.shape) < self.missing
        return replace(examples, answers=np.where(hidden, UNKNOWN, examples.answers))

    def reference(self) -> Machine:
        """The task's own machine."""
        return self.task.reference()

    def check_reference(self) -> None:
        """Refuse a task whose states no table can hold: nothing that is learned could be compared with it."""
        self.task.reference()

    def express(self, machine: Machine) -> Machine:
        """The machine in the alphabets of the task's reference."""
        return self.task.express(machine)

    @property
    def words(self) -> np.ndarray | None:
        """The task's."""
        return self.task.words
