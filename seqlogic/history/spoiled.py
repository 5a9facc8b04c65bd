"""Which examples spoil it: logic of a part of them that gives the outputs of nearly all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from seqlogic.circuit import run
from seqlogic.examples import Examples
from seqlogic.history.learn import learn_history
from seqlogic.machine import UNKNOWN

__all__ = ["Spoiled", "spoiled"]

_PARTS = 4
"""So many parts are tried, each alone: up to one less may hold what spoils it."""
_FEW = 0.05
"""The largest share of the sequences, or steps, that may be left unexplained."""


@dataclass(frozen=True)
class Spoiled:
    """What logic of a part of the examples says of all of them.

    Attributes:
        examples: all.
        answers: int [N, T], what the logic answers.
        wrong: bool [N, T], where that is not what was observed.
    """

    examples: Examples
    answers: np.ndarray
    wrong: np.ndarray

    def text(self) -> str:
        """Where it is first wrong, in words."""
        rows = np.flatnonzero(self.wrong.any(axis=1))
        row, place = int(rows[0]), int(self.wrong[rows[0]].argmax())
        examples, outputs = self.examples, self.examples.outputs
        answer = int(self.answers[row, place])
        shown = outputs.name(answer) if answer < len(outputs) else f"the pattern {answer}"
        return (
            f"one gives all but those of {len(rows):,} of {len(examples):,} sequences, the first at "
            f"{examples.place(row, place)}: it gives {shown}, observed was "
            f"{outputs.name(int(examples.answers[row, place]))}"
        )


def spoiled(examples: Examples, *, effort: int | None = None) -> Spoiled | None:
    """Return what spoils examples of which no logic of a history gives all outputs; None if nothing small does.

    Logic is learned of one part of the sequences after the other or, of few sequences, of one part of their steps. If
    that of some part gives nearly all outputs, those that it does not may be errors.

    Args:
        examples: of which `learn_history` found nothing.
        effort: as of `learn_history`.
    """
    observed = examples.answers >= 0
    many = len(examples) >= 2 * _PARTS
    for part in _parts(examples, many):
        history = learn_history(part, effort=effort)
        if history is None:
            continue
        answers = run(history.circuit(), np.maximum(examples.words, 0))
        wrong = observed & (answers != examples.answers)
        share = wrong.any(axis=1).mean() if many else wrong.sum() / observed.sum()
        if wrong.any() and share <= _FEW:
            return Spoiled(examples, answers, wrong)
    return None


def _parts(examples: Examples, many: bool) -> Iterator[Examples]:
    """The parts: every fourth sequence, or a quarter of the steps."""
    for number in range(_PARTS):
        if many:
            rows = slice(number, None, _PARTS)
            yield replace(examples, words=examples.words[rows], answers=examples.answers[rows], lines=(), times=None)
        else:
            steps = np.arange(examples.words.shape[1]) * _PARTS // max(1, examples.words.shape[1]) == number
            yield replace(examples, answers=np.where(steps, examples.answers, UNKNOWN))
