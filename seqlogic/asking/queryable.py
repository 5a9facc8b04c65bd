"""What can be asked: an unknown that answers input words, each from reset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Protocol

import numpy as np

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine, reachable, to_mealy

__all__ = ["Queryable", "QueryableExamples", "QueryableFunction", "QueryableMachine", "Word", "in_names"]

Word = tuple[int, ...]
"""Input or output symbols, one per step."""


class Queryable(Protocol):
    """An unknown with a reset.

    Attributes:
        inputs: the input alphabet.
        outputs: the output alphabet.
    """

    inputs: Alphabet
    outputs: Alphabet

    def answer(self, words: Sequence[Word]) -> list[Word]:
        """Return for each word, applied from reset, an output symbol per input symbol."""


class QueryableFunction:
    """A Python callable that is given an input word, from reset, and returns as many output symbols.

    >>> bit = Alphabet.words(1)
    >>> QueryableFunction(lambda word: [sum(word[: i + 1]) % 2 for i in range(len(word))], bit, bit).answer([(1, 1, 0)])
    [(1, 0, 0)]
    """

    def __init__(self, function: Callable[[Word], Sequence[int]], inputs: Alphabet, outputs: Alphabet) -> None:
        self.inputs, self.outputs = inputs, outputs
        self._function = function

    def answer(self, words: Sequence[Word]) -> list[Word]:
        return [tuple(self._function(word)) for word in words]


class QueryableMachine:
    """A machine that answers as its table says; `source` is its file, for errors.

    Raises:
        InputError: an entry that can be reached is not known, or not in all bits.
    """

    def __init__(self, machine: Machine, source: str | PathLike[str] | None = None) -> None:
        self.inputs, self.outputs = machine.inputs, machine.outputs
        mealy = reachable(to_mealy(machine))
        open_ = np.argwhere((mealy.next_state == UNKNOWN) | (mealy.care != mealy.outputs.full))
        if len(open_):
            state, symbol = open_[0].tolist()
            name = mealy.inputs.name(symbol)
            message = (
                f"the machine leaves {len(open_)} of its {mealy.entries} entries open, the first {name!r} in state"
            )
            raise InputError(f"{message} {mealy.state_name(state)!r}; expected none", file=source)
        self._next, self._output = mealy.next_state.tolist(), mealy.output.tolist()

    def answer(self, words: Sequence[Word]) -> list[Word]:
        answers = []
        for word in words:
            state, answer = 0, []
            for symbol in word:
                answer.append(self._output[state][symbol])
                state = self._next[state][symbol]
            answers.append(tuple(answer))
        return answers


class QueryableExamples:
    """Recorded examples that are closed under queries: every word that is asked begins one that was recorded.

    `source` is their file, for errors.

    Attributes:
        words: the longest words that are answered, one of each example: up to the first output that is not known.

    Raises:
        InputError: two examples contradict each other.
    """

    def __init__(self, examples: Examples, source: str | PathLike[str] | None = None) -> None:
        self._source = source
        self.inputs, self.outputs = examples.inputs, examples.outputs
        if (found := examples.contradiction()) is not None:
            raise InputError(examples.contradicting(*found), file=source)
        self._outputs: dict[Word, int] = {}
        for word, answers in zip(examples.words.tolist(), examples.answers.tolist(), strict=True):
            for end, answer in enumerate(answers, start=1):
                if answer != UNKNOWN:
                    self._outputs[tuple(word[:end])] = answer
        self.words = [self._answered(tuple(word)) for word in examples.words.tolist()]

    def answer(self, words: Sequence[Word]) -> list[Word]:
        """Return the recorded answers; InputError names a word that is to be recorded."""
        missing = [word for word in words if len(self._answered(word)) < len(word)]
        if missing:
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            message = f"no example says what is answered to each symbol of this word, record it{more}: "
            raise InputError(message + in_names(missing[0], self.inputs), file=self._source)
        return [tuple(self._outputs[word[:end]] for end in range(1, len(word) + 1)) for word in words]

    def _answered(self, word: Word) -> Word:
        """The longest beginning of a word of which every output is known."""
        end = 0
        while end < len(word) and word[: end + 1] in self._outputs:
            end += 1
        return word[:end]


def in_names(word: Word, alphabet: Alphabet) -> str:
    """A word for a person."""
    return " ".join(map(alphabet.name, word))
