"""What the examples of a trial prove of the reference, and how many words more make what is learned exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seqlogic.examples import Examples
from seqlogic.machine import Machine, canonical, to_mealy
from seqlogic.proof import Uniqueness, distinguish, questions, recorded, uniqueness
from seqlogic.proof.identifiers import access_words

__all__ = ["PROOFS", "Asked", "ask", "verdict"]

PROOFS = ("n + 1", "n", "rival", "unknown")
"""What data prove: the machine is the only one of at most so many states that fits; another one of n fits as well."""

_ROUNDS = 20
"""After how many rounds asking is given up."""

_SECONDS = 20.0
"""How long the words of one round are looked for."""


@dataclass(frozen=True)
class Asked:
    """How asking ended.

    Attributes:
        words: how many were recorded.
        rounds: how often some were, and the machine learned anew if it was wrong on one of them.
        exact: whether the machine then was the reference; else there were no words left, or no rounds.
    """

    words: int
    rounds: int
    exact: bool


def verdict(machine: Machine, examples: Examples) -> tuple[str, int | None]:
    """One of PROOFS, and the length of the word on which a rival, of at most one state more, answers otherwise."""
    found: Uniqueness = uniqueness(machine, examples)
    proof = "n + 1" if found.wider else "n" if found.unique else "unknown" if found.unique is None else "rival"
    return proof, None if found.word is None else len(found.word)


def ask(
    machine: Machine | None, reference: Machine, examples: Examples, learn: Callable[[Examples], Machine | None]
) -> Asked:
    """Record words as the reference answers them, and learn again, until what is learned is the reference.

    Words are one to each entry of which the machine knows nothing, and what `questions` names.

    Args:
        machine: what was learned from the examples, None if nothing was.
        reference: plays the user who records words; the learner sees no more of it than its answers.
        examples: of the trial.
        learn: from more examples; None where it finds nothing in time.
    """
    asked: set[tuple[int, ...]] = set()
    for rounds in range(_ROUNDS):
        if machine is not None and distinguish(machine, reference) is None:
            return Asked(len(asked), rounds, exact=True)
        if machine is None or not _fits(machine, examples):
            return Asked(len(asked), rounds, exact=False)
        more = [word for word in _unexplored(machine) if word not in asked]
        more += questions(machine, examples, _SECONDS, wider=True).words
        if not more:
            return Asked(len(asked), rounds, exact=False)
        asked.update(more)
        examples = recorded(examples, reference, more)
        if not _fits(machine, examples):
            machine = learn(examples)
    return Asked(len(asked), _ROUNDS, exact=False)


def _unexplored(machine: Machine) -> list[tuple[int, ...]]:
    """A shortest word to each entry of which nothing is known."""
    true = canonical(to_mealy(machine))
    access = access_words(true)
    return [(*access[state], symbol) for state, symbol in np.argwhere(true.output < 0).tolist()]


def _fits(machine: Machine, examples: Examples) -> bool:
    return not ((examples.answers >= 0) & (machine.run(examples.words)[0] != examples.answers)).any()
