"""What every datamodule of seqlogic shares: batches as prefix trees, and the sampler that draws them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from os import PathLike
from typing import Any

import lightning
import numpy as np
from torch.utils.data import DataLoader, IterableDataset

from seqlogic.circuit import Circuit, whole_circuit
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.stream import Tell
from seqlogic.machine import Machine, to_mealy
from seqlogic.prefix_tree import PrefixTree

__all__ = ["CounterexampleSampler", "SequenceData"]

_BATCHES = 2
"""What tells the streams of the batches from that of the examples."""


class CounterexampleSampler:
    """Draws the sequences of a batch, half of them among those that the hardened network gets wrong.

    Where these are few they are drawn several times, so that a single sequence that is not explained yet has the weight
    that it needs; in the prefix tree of the batch that costs nothing. A sequence without an output within the present
    length says nothing and is not drawn.

    Attributes:
        mistakes: int64 [M], row numbers of the sequences that came out wrong in the latest hard check.

    Args:
        observed: bool [N, T], where an output was observed.
        batch_size: sequences in a batch, at least.
    """

    def __init__(self, observed: np.ndarray, batch_size: int) -> None:
        self._observed = observed.cumsum(axis=1)
        self.batch_size = batch_size
        self.mistakes = np.zeros(0, dtype=np.int64)
        self.cut(observed.shape[1])

    def cut(self, length: int, outputs: int = 0) -> None:
        """From now on cut sequences to `length` symbols, and draw so many that a batch shows `outputs` outputs."""
        self.length = length
        shown = self._observed[:, length - 1]
        self._rows = np.flatnonzero(shown)
        self._size = max(self.batch_size, math.ceil(outputs / shown[self._rows].mean())) if len(self._rows) else 0
        self.mistakes = np.zeros(0, dtype=np.int64)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Row numbers of one batch, int64 [B]; all sequences if they fit into one."""
        room = min(self._size, len(self._rows)) // 2
        if len(self.mistakes) > room:
            wrong = rng.choice(self.mistakes, room, replace=False)
        else:
            wrong = np.repeat(self.mistakes, room // max(1, len(self.mistakes)))
        if len(self._rows) <= self._size:
            return np.concatenate([self._rows, wrong])
        return np.concatenate([wrong, rng.choice(self._rows, self._size - len(wrong), replace=False)])


class _Batches(IterableDataset[PrefixTree]):
    """The batches between two hard checks, drawn anew in each epoch from the seed and the epoch's number."""

    def __init__(self, data: SequenceData) -> None:
        self.data = data

    def __len__(self) -> int:
        return self.data.steps_per_check

    def __iter__(self) -> Iterator[PrefixTree]:
        trainer = self.data.trainer
        assert trainer is not None
        rng = np.random.default_rng((self.data.seed, trainer.current_epoch, _BATCHES))
        examples, sampler = self.data.examples, self.data.sampler
        for _ in range(len(self)):
            rows = sampler.draw(rng)
            words, answers = examples.words[rows, : sampler.length], examples.answers[rows, : sampler.length]
            yield PrefixTree.of(Examples(words, answers, examples.inputs, examples.outputs))


class SequenceData(lightning.LightningDataModule, ABC):
    """Examples, and batches of them. An epoch is the steps from one hard check to the next.

    Attributes:
        tell: what is to hear how far the reading of a file has come; None if nobody is.

    Args:
        batch_size: sequences in a batch.
        steps_per_check: batches from one hard check to the next.
        seed: of the examples, where they are drawn, and of the batches.
        noisy: whether outputs may be wrong, so that no machine need fit and the most likely one is looked for.
    """

    def __init__(self, *, batch_size: int = 64, steps_per_check: int = 5, seed: int = 0, noisy: bool = False) -> None:
        super().__init__()
        for name, value in (("batch_size", batch_size), ("steps_per_check", steps_per_check)):
            if value < 1:
                raise InputError(f"{name} is {value}, expected at least 1")
        self.batch_size = batch_size
        self.steps_per_check = steps_per_check
        self.seed = seed
        self.noisy = noisy
        self.tell: Tell | None = None

    @abstractmethod
    def load(self) -> Examples:
        """Return the training examples."""

    def reference(self) -> Machine | None:
        """Return the machine to prove the result against, if there is one. Only the proof after a run asks."""
        return None

    def reference_circuit(self) -> Circuit | None:
        """Return the circuit to prove a circuit against, if there is one. Only the proof after a run asks.

        Its symbols are numbered as those of the examples. InputError if it leaves an entry open, or has other symbols.
        """
        reference = self.reference()
        if reference is None:
            return None
        try:
            return whole_circuit(_renumbered(to_mealy(reference), self.examples))
        except ValueError as error:
            raise InputError(f"the reference is compared with no circuit: {error}; say registers: table") from error

    @property
    def tabular(self) -> bool:
        """Whether a table can hold the states of the reference, if there is one."""
        return True

    def check_reference(self) -> None:
        """Refuse a reference that no machine of these examples can be compared with, by its alphabets alone."""

    def express(self, machine: Machine) -> Machine:
        """Return a learned machine in the alphabets that the user knows; of the same states."""
        return machine

    @property
    def words(self) -> np.ndarray | None:
        """What `express` makes of the output symbols, int32 [Y, 2]: value and care of a word; None if it does not."""
        return None

    @property
    def source(self) -> str | PathLike[str] | None:
        """The file that the examples are from, if they are from one."""
        return None

    @cached_property
    def examples(self) -> Examples:
        """The training examples; InputError if there are none, or if two contradict each other that must not."""
        examples = self.load()
        if len(examples) == 0 or examples.words.shape[1] == 0:
            raise InputError("there are no examples to learn from", file=self.source)
        if (examples.answers < 0).all():
            raise InputError("no output was observed in any example", file=self.source)
        if not self.noisy and (clash := examples.contradiction()) is not None:
            message = f"{examples.contradicting(*clash)}; if outputs may be wrong, say so with data.noisy"
            raise InputError(message, file=self.source)
        return examples

    @cached_property
    def sampler(self) -> CounterexampleSampler:
        """What draws the batches."""
        return CounterexampleSampler(self.examples.answers >= 0, self.batch_size)

    def train_dataloader(self) -> DataLoader[PrefixTree]:
        """Batches that are prefix trees already."""
        return DataLoader(_Batches(self), batch_size=None)

    def state_dict(self) -> dict[str, Any]:
        """The sampler's part of a checkpoint, and which examples it is of."""
        return {"examples": self.examples.digest, "mistakes": self.sampler.mistakes.tolist()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the sampler where the checkpoint was written; InputError if that was for other examples."""
        if state_dict["examples"] != self.examples.digest:
            raise InputError(
                "the examples have changed since the run was interrupted; restore them to resume it, or remove its "
                ".partial folder to start again",
                file=self.source,
            )
        self.sampler.mistakes = np.array(state_dict["mistakes"], dtype=np.int64)


def _renumbered(machine: Machine, examples: Examples) -> Machine:
    """A Mealy machine over the alphabets of the examples, symbols being the same by their names, else ValueError."""
    inputs, outputs = examples.inputs, examples.outputs
    if len(machine.inputs) != len(inputs):
        raise ValueError(f"it has {len(machine.inputs)} input symbols, the examples {len(inputs)}")
    order = [machine.inputs.index(inputs.name(symbol)) for symbol in range(len(inputs))]
    shown = np.unique(machine.output[machine.output >= 0])
    numbers = np.zeros(len(machine.outputs), dtype=np.int64)
    for symbol in shown.tolist():
        numbers[symbol] = outputs.index(machine.outputs.name(symbol))
    output = np.where(machine.output < 0, machine.output, numbers[machine.output.clip(0)])
    care = np.where(machine.care == machine.outputs.full, outputs.full, 0)
    return Machine(
        machine.next_state[:, order], output[:, order], inputs, outputs, care=care[:, order], initial=machine.initial
    )
