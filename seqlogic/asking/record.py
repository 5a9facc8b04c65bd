"""All that an unknown was asked, as an observation tree that asks nothing twice and counts what it asks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal

from seqlogic.asking.queryable import Queryable, Word, in_names
from seqlogic.errors import InputError

__all__ = ["Count", "OutOfTimeError", "Purpose", "Record"]

Purpose = Literal["learning", "testing"]
"""What a word is asked for: to build a machine, or to look for a counterexample to it."""

_LARGEST_BATCH = 256


class OutOfTimeError(Exception):
    """The time limit was reached before a word was asked."""


@dataclass
class Count:
    """What was asked: so many words, each after a reset, of so many symbols together."""

    queries: int = 0
    symbols: int = 0


class Record:
    """The observation tree of an unknown: the answers to all words that were asked, and to their beginnings.

    A word of which the record knows the answer, for it begins one that was asked, is not asked again. What is asked is
    compared with what the record knows of its beginnings.

    Nodes are numbers, the root is 0, and each has the word that leads to it.

    Args:
        unknown: what is asked.
        seconds: after so many nothing is asked any more.

    Attributes:
        children: of each node, the node behind each input symbol.
        parent: of each node; the root is its own.
        symbol: the last input symbol of each node's word; none of the root, -1.
        output: the output symbol after it.
        counts: what was asked, by purpose.
        tell: called after each batch.
    """

    def __init__(self, unknown: Queryable, seconds: float = math.inf) -> None:
        self.inputs, self.outputs = unknown.inputs, unknown.outputs
        self._unknown = unknown
        self._deadline = time.monotonic() + seconds
        self.children: list[dict[int, int]] = [{}]
        self.parent, self.symbol, self.output = [0], [-1], [-1]
        self.tell: Callable[[], None] = lambda: None
        self.counts: dict[Purpose, Count] = {"learning": Count(), "testing": Count()}

    def word(self, node: int) -> Word:
        """The word that leads to a node."""
        symbols = []
        while node:
            symbols.append(self.symbol[node])
            node = self.parent[node]
        return tuple(reversed(symbols))

    def after(self, word: Word, start: int = 0) -> Word | None:
        """The answers to a word behind a node, the root or another; None if it was not asked there."""
        answers, node = [], start
        for symbol in word:
            if (below := self.children[node].get(symbol)) is None:
                return None
            node = below
            answers.append(self.output[node])
        return tuple(answers)

    def ask(self, words: Iterable[Word], purpose: Purpose) -> None:
        """Ask words together, of which afterwards the record knows the answers.

        Raises:
            InputError: an answer is none, or not the one that came before.
            OutOfTimeError: the time is over, and a word would have to be asked.
        """
        fresh = sorted({word for word in words if self.after(word) is None})
        # In this order a word is followed by one that continues it, if there is any.
        asked = [word for word, after in pairwise([*fresh, ()]) if after[: len(word)] != word]
        if not asked:
            return
        if time.monotonic() > self._deadline:
            raise OutOfTimeError
        answers = self._unknown.answer(asked)
        for word, answer in zip(asked, answers, strict=True):
            self._add(word, answer)
        count = self.counts[purpose]
        count.queries += len(asked)
        count.symbols += sum(map(len, asked))
        self.tell()

    def answers(self, words: Iterable[Word], purpose: Purpose) -> Iterator[Word]:
        """Yield the answer to each word, asked in growing batches, so that one who stops early asks few in vain."""
        remaining, size = iter(words), 1
        while batch := list(islice(remaining, size)):
            self.ask(batch, purpose)
            for word in batch:
                answer = self.after(word)
                assert answer is not None
                yield answer
            size = min(2 * size, _LARGEST_BATCH)

    def _add(self, word: Word, answer: Sequence[int]) -> None:
        if len(answer) != len(word):
            raise InputError(f"{len(answer)} answers to {len(word)} symbols: {in_names(word, self.inputs)}")
        node = 0
        for end, (symbol, output) in enumerate(zip(word, answer, strict=True), start=1):
            below = self.children[node].get(symbol)
            if below is None:
                if not 0 <= output < len(self.outputs):
                    message = f"the answer {output} is none of {len(self.outputs)} output symbols, after"
                    raise InputError(f"{message} {in_names(word[:end], self.inputs)}")
                below = self.children[node][symbol] = len(self.output)
                self.children.append({})
                self.parent.append(node)
                self.symbol.append(symbol)
                self.output.append(output)
            elif self.output[below] != output:
                first, then = (self.outputs.name(each) for each in (self.output[below], output))
                message = (
                    f"answers {first} once and {then} another time, expected that each reset leads to one state: after"
                )
                raise InputError(f"{message} {in_names(word[:end], self.inputs)}")
            node = below
