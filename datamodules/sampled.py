"""Examples sampled from a task."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from datamodules.sequences import SequenceData
from seqlogic.circuit import Circuit
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine
from tasks.task import Task

__all__ = ["SampledData"]

_EXAMPLES, _NOISE = 1, 4
"""What tells these streams from those of the batches and the weights. Not 0: a seed ends in zeros."""


class SampledData(SequenceData):
    """Sequences drawn from a task's input law, with the task's outputs.

    Args:
        task: what is to be learned.
        sequences: how many sequences are drawn.
        max_length: the longest, in symbols; lengths are uniform.
        min_length: the shortest.
        supervision: `dense`, an output at every step; `label`, only the output after the last symbol.
        missing: the share of outputs that are left out at random, 0 to below 1; only with `dense`.
        flipped: the share of outputs that are replaced by another symbol, drawn at random, 0 to below 1.
        corrupt: the share of sequences all of whose outputs are drawn at random, 0 to below 1.
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
        flipped: float = 0.0,
        corrupt: float = 0.0,
        batch_size: int = 64,
        steps_per_check: int = 5,
        seed: int = 0,
    ) -> None:
        super().__init__(
            batch_size=batch_size, steps_per_check=steps_per_check, seed=seed, noisy=flipped > 0 or corrupt > 0
        )
        if not 1 <= min_length <= max_length:
            raise InputError(f"lengths from {min_length} to {max_length}: expected 1 <= min_length <= max_length")
        if sequences < 1:
            raise InputError(f"{sequences} sequences: expected at least 1")
        for share, what in ((missing, "missing outputs"), (flipped, "flipped outputs"), (corrupt, "corrupt sequences")):
            if not 0 <= share < 1:
                raise InputError(f"a share of {share} {what}: expected 0 to below 1")
        if supervision == "label" and missing:
            raise InputError(f"a share of {missing} missing outputs: expected 0 with labels, which are all there is")
        self.task = task
        self.sequences = sequences
        self.min_length = min_length
        self.max_length = max_length
        self.supervision = supervision
        self.missing = missing
        self.flipped = flipped
        self.corrupt = corrupt

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
        answers = np.where(hidden, UNKNOWN, examples.answers)
        return replace(examples, answers=self._wrong(answers, len(examples.outputs)))

    def _wrong(self, answers: np.ndarray, outputs: int) -> np.ndarray:
        """The answers int [N, T] as they are observed where `flipped` and `corrupt` have it."""
        # Streams of their own, so that the noise leaves the words and what is missing as they are.
        rng = np.random.default_rng((self.seed, _NOISE))
        observed = answers >= 0
        if self.flipped:
            other = (answers + rng.integers(1, max(2, outputs), answers.shape)) % outputs
            answers = np.where(observed & (rng.random(answers.shape) < self.flipped), other, answers)
        if self.corrupt:
            drawn = rng.integers(outputs, size=answers.shape)
            answers = np.where(observed & (rng.random((len(answers), 1)) < self.corrupt), drawn, answers)
        return answers

    def reference(self) -> Machine:
        """The task's own machine."""
        return self.task.reference()

    def reference_circuit(self) -> Circuit:
        """The task's own circuit."""
        return self.task.circuit()

    @property
    def tabular(self) -> bool:
        """The task's."""
        return self.task.tabular

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
