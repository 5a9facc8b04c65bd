"""The words whose outputs would make a machine the only one of its size that fits."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import UNKNOWN, Machine, canonical, to_mealy
from seqlogic.proof.equivalence import violation
from seqlogic.proof.identifiers import access_words, separating_words
from seqlogic.proof.rivals import rivals
from seqlogic.proof.uniqueness import uniqueness
from seqlogic.proof.wider import unseen_after

__all__ = ["Questions", "questions", "recorded"]

Word = tuple[int, ...]

_RIVALS = 256
"""Of how many machines that differ in one entry words are asked at once."""

_SHARE = 1 / 3
"""Of the time that is left, in which it is asked what the words so far prove."""


@dataclass(frozen=True)
class Questions:
    """Words to record next.

    Attributes:
        words: as symbols, each once; none if the examples prove enough already.
        settled: whether the machine would be the only one, should it be right on these words; False if the time was
            over before.
    """

    words: tuple[Word, ...]
    settled: bool


def questions(machine: Machine, examples: Examples, limit: float = 60.0, *, wider: bool = False) -> Questions:
    """Return words after which `uniqueness` would hold, should the machine be right on them.

    As long as there are rivals, first those that differ in one entry, words on which they differ are asked. States that
    no prefixes of the data tell apart are told apart by an access word of each followed by a word that separates them
    (Chow, 1978), and so is, from all others, the state to which a transition leads that may end elsewhere. Should the
    machine be wrong on one of these words, recording it says so, and it has to be learned anew. They are not the fewest
    words.

    Args:
        machine: fits the examples.
        examples: noise-free.
        limit: seconds.
        wider: it shall be the only one of at most one state more, too. That may take many words: each of its entries
            after each other one.

    Raises:
        ValueError: see `uniqueness`.
    """
    deadline = time.monotonic() + limit
    true = canonical(to_mealy(machine))
    asked: list[Word] = []
    while True:
        known = recorded(examples, true, asked)
        left = max(0.0, deadline - time.monotonic())
        more = list(_refuting(true, islice(rivals(true, known), _RIVALS)))
        if not more and left:
            found = uniqueness(true, known, _SHARE * left)
            if found.wider or (found.unique and not wider):
                return Questions(tuple(asked), settled=True)
            if found.unique:
                more = list(_refuting(true, islice(unseen_after(true, known), _RIVALS)))
            if not more and found.word is not None:
                more = [found.word]
            elif not more and not found.minimal:
                named = representatives(InputTree(known), true)
                more = _new(_apart(true, set(range(len(true))) - set(named)), asked)
            elif not more and found.unique is None:
                # What follows the names of the states decides most: it is asked first.
                more = _new(_apart(true, range(len(true))), asked) or _new(_forcing(true, found.open), asked)
        if not more or not left:
            return Questions(tuple(asked), settled=False)
        asked += more


def _refuting(machine: Machine, rivals: Iterator[Machine]) -> Iterator[Word]:
    """Words of which each refutes a rival that those before it do not."""
    asked: list[np.ndarray] = []
    for rival in rivals:
        if all((machine.run(word)[0] == rival.run(word)[0]).all() for word in asked):
            word = violation(rival, machine)
            assert word is not None
            asked.append(np.array([word], dtype=np.int32))
            yield word


def recorded(examples: Examples, machine: Machine, words: Sequence[Word]) -> Examples:
    """The examples, and a Mealy machine's answers to more words; they have no lines of a file."""
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


def _new(words: Iterable[Word], asked: Collection[Word]) -> list[Word]:
    """The words that were not asked yet, each once."""
    return [word for word in dict.fromkeys(words) if word not in asked]


def _apart(machine: Machine, states: Iterable[int]) -> Iterator[Word]:
    """Words that tell each of these states from all others."""
    access = access_words(machine)
    separating, words = separating_words(machine)
    for state in states:
        for other in range(len(machine)):
            # 0 is of states that no specified word tells apart.
            if separating[state, other]:
                word = words[separating[state, other]]
                yield access[state] + word
                yield access[other] + word


def _forcing(machine: Machine, entries: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """Words that tell the state to which each of these transitions (state, symbol) leads from all others."""
    access = access_words(machine)
    separating, words = separating_words(machine)
    for state, symbol in entries:
        target = int(machine.next_state[state, symbol])
        for other in range(len(machine)):
            if separating[target, other]:
                word = words[separating[target, other]]
                yield (*access[state], symbol, *word)
                yield access[other] + word
