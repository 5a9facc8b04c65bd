"""The words whose outputs would make a machine the only one of its size that fits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import UNKNOWN, Machine, canonical, to_mealy
from seqlogic.proof.identifiers import access_words, separating_words
from seqlogic.proof.uniqueness import uniqueness

__all__ = ["Questions", "questions"]

Word = tuple[int, ...]


@dataclass(frozen=True)
class Questions:
    """Words to record next.

    Attributes:
        words: as symbols, each once; none if the examples prove enough already.
        settled: whether the machine would be the only one of at most as many states, should it be right on these words;
            False if the time was over before.
    """

    words: tuple[Word, ...]
    settled: bool


def questions(machine: Machine, examples: Examples, limit: float = 60.0) -> Questions:
    """Return words after which `uniqueness` would hold, should the machine be right on them.

    States that no prefixes of the data tell apart are first told apart, by an access word of each followed by a word
    that separates them (Chow, 1978). Then, as long as there is a rival, the word on which it differs is asked. Should
    the machine be wrong on one of these words, recording it says so, and it has to be learned anew. They are not the
    fewest words.

    Args:
        machine: fits the examples.
        examples: noise-free.
        limit: seconds.

    Raises:
        ValueError: see `uniqueness`.
    """
    deadline = time.monotonic() + limit
    true = canonical(to_mealy(machine))
    asked: list[Word] = []
    while True:
        known = _with(examples, true, asked)
        found = uniqueness(true, known, max(0.0, deadline - time.monotonic()))
        if found.unique:
            return Questions(tuple(asked), settled=True)
        if found.word is not None:
            more = [found.word]
        else:
            more = [] if found.minimal else list(dict.fromkeys(_apart(true, known)))
        more = [word for word in more if word not in asked]
        if not more or time.monotonic() > deadline:
            return Questions(tuple(asked), settled=False)
        asked += more


def _with(examples: Examples, machine: Machine, words: list[Word]) -> Examples:
    """The examples, and the machine's answers to more words."""
    if not words:
        return examples
    length = max(examples.words.shape[1], *map(len, words))
    table = np.full((len(examples) + len(words), length), UNKNOWN, dtype=np.int32)
    answers = table.copy()
    table[: len(examples), : examples.words.shape[1]] = examples.words
    answers[: len(examples), : examples.words.shape[1]] = examples.answers
    for row, word in enumerate(words, len(examples)):
        table[row, : len(word)] = word
    answers[len(examples) :] = machine.run(table[len(examples) :])[0]
    return Examples(table, answers, examples.inputs, examples.outputs)


def _apart(machine: Machine, examples: Examples) -> Iterator[Word]:
    """Words that tell each state without a representative from all others."""
    access = access_words(machine)
    separating, words = separating_words(machine)
    named = representatives(InputTree(examples), machine)
    for state in range(len(machine)):
        for other in range(len(machine)):
            # 0 is of states that no specified word tells apart.
            if state not in named and separating[state, other]:
                word = words[separating[state, other]]
                yield access[state] + word
                yield access[other] + word
