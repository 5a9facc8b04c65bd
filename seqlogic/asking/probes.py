"""Probes: input words whose answers tell the states of an unknown apart."""

from __future__ import annotations

import numpy as np

from seqlogic.asking.queryable import Word
from seqlogic.asking.record import Record
from seqlogic.machine import UNKNOWN

__all__ = ["Probes"]


class Probes:
    """A list of probes, and what a record holds of their answers.

    The *row* of a node holds for each probe, P of them, which of the answers that were seen follows there: answers are
    numbered as they come.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._words: list[Word] = []
        self._numbers: list[dict[Word, int]] = []
        self._rows: dict[int, list[int]] = {}

    def __len__(self) -> int:
        """The number of probes, P."""
        return len(self._words)

    def add(self, word: Word) -> None:
        """Add a probe."""
        self._words.append(word)
        self._numbers.append({})

    def row(self, node: int) -> np.ndarray:
        """int64 [P], the row of a node; UNKNOWN where a probe was not asked, or not to its end."""
        row = self._rows.setdefault(node, [])
        row += [UNKNOWN] * (len(self) - len(row))
        for place, (word, numbers) in enumerate(zip(self._words, self._numbers, strict=True)):
            if row[place] == UNKNOWN:
                answer = self._record.after(word, node)
                if answer is not None:
                    row[place] = numbers.setdefault(answer, len(numbers))
        return np.array(row, dtype=np.int64)

    def best(self, rows: np.ndarray) -> Word:
        """The probe whose answer is expected to leave fewest of the nodes with these rows, of these the shortest.

        A node is left if it has that answer, or if it was not asked. The answer is taken to be that of one of the nodes
        that were. Without probes it is the empty word.

        Args:
            rows: int64 [N, P].
        """
        best, least = (), (np.inf, 0)  # type: tuple[Word, tuple[float, int]]
        for word, answers in zip(self._words, rows.T, strict=True):
            known = answers[answers != UNKNOWN]
            if len(known):
                sizes = np.bincount(known)
                left = float((sizes * (sizes + len(rows) - len(known))).sum() / len(known))
                if (left, len(word)) < least:
                    best, least = word, (left, len(word))
        return best
