"""A machine or a circuit run over examples: where it agrees with what was observed, and where nobody can say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqlogic.circuit import Circuit, run
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine

__all__ = ["Replay", "replay", "replay_circuit"]


@dataclass(frozen=True, eq=False)
class Replay:
    """What a machine answers to N sequences of up to T symbols, beside what was observed.

    Attributes:
        examples: the sequences.
        output, care: int32 [N, T] each, the outputs of the machine and which of their bits it knows.
        observed: bool [N, T], where an output was observed.
        differs: bool [N, T], where a bit that was observed is known, and another.
        unknown: bool [N, T], where nothing of an observed output differs, but the machine does not know all of it.
    """

    examples: Examples
    output: np.ndarray
    care: np.ndarray
    observed: np.ndarray
    differs: np.ndarray
    unknown: np.ndarray

    @property
    def agrees(self) -> np.ndarray:
        """bool [N, T], where the output of the machine is known, and the observed one."""
        return self.observed & ~self.differs & ~self.unknown

    @property
    def marks(self) -> np.ndarray:
        """int8 [N, T], 1 where the two differ, 0 where they agree, UNKNOWN elsewhere."""
        return np.where(self.differs, 1, np.where(self.agrees, 0, -1)).astype(np.int8)

    def differences(self) -> Iterator[tuple[int, int]]:
        """The sequence and the place in it of each difference, sequence by sequence."""
        return zip(*(axis.tolist() for axis in np.nonzero(self.differs)), strict=True)


def replay(machine: Machine, examples: Examples) -> Replay:
    """Return what a machine of either kind answers to examples over its own alphabets.

    Raises:
        ValueError: an input symbol outside its alphabet.
    """
    return _beside(examples, *machine.run(examples.words))


def replay_circuit(circuit: Circuit, examples: Examples) -> Replay:
    """Return what a circuit answers to examples whose symbols are the numbers of its bits.

    If it has one output more than they have bits, its last, it does not know its answer where that is 1.

    Raises:
        ValueError: an input symbol that its inputs cannot hold, or outputs of another width.
    """
    width, outs = examples.outputs.width, len(circuit.outputs)
    if outs not in (width, width + 1):
        raise ValueError(f"outputs of {width} bits for a circuit of {outs}")
    answers = run(circuit, np.maximum(examples.words, 0))
    known = (examples.words >= 0) & (answers >> width == 0)
    return _beside(examples, np.where(known, answers, UNKNOWN), np.where(known, examples.outputs.full, 0))


def _beside(examples: Examples, output: np.ndarray, care: np.ndarray) -> Replay:
    """Answers beside what was observed."""
    observed = examples.answers >= 0
    differs = observed & ((output ^ examples.answers) & care != 0)
    unknown = observed & ~differs & (care != examples.outputs.full)
    return Replay(examples, output, care, observed, differs, unknown)
