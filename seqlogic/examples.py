"""Examples: a set of input sequences with what was observed of their output sequences."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqlogic.machine import UNKNOWN, Alphabet, Machine

__all__ = ["Examples", "Times"]


@dataclass(frozen=True, eq=False)
class Times:
    """When the steps of a clocked capture were, in the units of its time stamps.

    Attributes:
        edges: int64 [N, T], the time of the clock edge of each step; UNKNOWN past the end of its sequence.
        ends: int64 [N], the time of the edge that showed the last output of each sequence. That is the edge of its last
            step, or a later one where outputs come one edge late.
        scale: what a unit is, such as "1 ns"; None if nobody said.
    """

    edges: np.ndarray
    ends: np.ndarray
    scale: str | None = None


@dataclass(frozen=True, eq=False)
class Examples:
    """N input/output sequences of up to T symbols: all that a learner ever sees.

    Attributes:
        words: int32 [N, T], input symbols; UNKNOWN past the end of a shorter sequence.
        answers: int32 [N, T], output symbols; UNKNOWN where not observed, and past the end.
        inputs: the input alphabet.
        outputs: the output alphabet.
        lines: the line of each sequence in the file that it was read from; empty if there is none.
        times: when the steps were, if they come from a clocked capture.

    Raises:
        ValueError: arrays of different shapes, a symbol outside its alphabet, or a gap inside a word.
    """

    words: np.ndarray
    answers: np.ndarray
    inputs: Alphabet
    outputs: Alphabet
    lines: tuple[int, ...] = ()
    times: Times | None = None

    def __post_init__(self) -> None:
        words, answers = np.asarray(self.words), np.asarray(self.answers)
        if words.ndim != 2 or words.shape != answers.shape:
            raise ValueError(f"words {words.shape} and answers {answers.shape} must share one shape [N, T]")
        for array, alphabet, what in ((words, self.inputs, "input"), (answers, self.outputs, "output")):
            outside = array[(array < UNKNOWN) | (array >= len(alphabet))]
            if outside.size:
                raise ValueError(f"{what} symbol {outside[0]} outside the alphabet of {len(alphabet)}")
        if ((words[:, 1:] >= 0) & (words[:, :-1] < 0)).any():
            raise ValueError("a word goes on after its end")
        if (answers[words < 0] >= 0).any():
            raise ValueError("an output is given past the end of its word")
        object.__setattr__(self, "words", np.ascontiguousarray(words, dtype=np.int32))
        object.__setattr__(self, "answers", np.ascontiguousarray(answers, dtype=np.int32))

    def __len__(self) -> int:
        """The number of sequences."""
        return len(self.words)

    @property
    def lengths(self) -> np.ndarray:
        """int64 [N], the length of each sequence."""
        return (self.words >= 0).sum(axis=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, over alphabets, words and answers; sequences of no symbol do not count."""
        lengths = self.lengths
        tables = [table[lengths > 0, : lengths.max(initial=0)] for table in (self.words, self.answers)]
        alphabets = [[*alphabet.names, alphabet.bits] for alphabet in (self.inputs, self.outputs)]
        sha = hashlib.sha256(json.dumps([tables[0].shape, *alphabets]).encode())
        for table in tables:
            sha.update(table.astype("<i4").tobytes())
        return sha.hexdigest()

    def cut(self, length: int) -> Examples:
        """The same sequences, no more than their first `length` symbols of each."""
        return Examples(self.words[:, :length], self.answers[:, :length], self.inputs, self.outputs, self.lines)

    def place(self, row: int, position: int) -> str:
        """Where a step stands, in words: its line in the file, or its time in a capture."""
        if self.times is None:
            sequence = f"line {self.lines[row]}" if self.lines else f"sequence {row + 1}"
            return f"{sequence}, symbol {position + 1}"
        size, unit = (self.times.scale or "1 ").split(" ")
        time = f"time {int(self.times.edges[row, position]) * int(size)} {unit}".rstrip()
        return f"{time}, sequence {row + 1}, symbol {position + 1}"

    def uses(self, machine: Machine) -> np.ndarray:
        """How often the sequences pass each entry of a Mealy machine over these alphabets, int64 [S, X]."""
        states = machine.trace(self.words)[:, :-1]
        passed = (states >= 0) & (self.words >= 0)
        entry = states[passed] * len(machine.inputs) + self.words[passed]
        return np.bincount(entry, minlength=machine.entries).reshape(len(machine), -1)

    def contradiction(self) -> tuple[int, int, int] | None:
        """Two sequences and a position at which they share all inputs so far and yet differ in an observed output.

        Returns:
            (earlier, later, position) of the first such position, or None: then some deterministic machine fits.
        """
        group, rows = np.zeros(len(self), dtype=np.int64), np.arange(len(self))
        for t in range(self.words.shape[1]):
            rows = rows[self.words[rows, t] >= 0]
            _, place, count = np.unique(
                group[rows] * len(self.inputs) + self.words[rows, t], return_inverse=True, return_counts=True
            )
            group[rows] = place
            # Whoever shares its inputs with nobody contradicts nobody, now or later.
            rows = rows[count[place] > 1]
            if not len(rows):
                return None
            shown = rows[self.answers[rows, t] >= 0]
            seen = np.full(len(count), len(self), dtype=np.int64)
            np.minimum.at(seen, group[shown], shown)
            first = seen[group[shown]]
            differs = np.flatnonzero(self.answers[first, t] != self.answers[shown, t])
            if len(differs):
                return int(first[differs[0]]), int(shown[differs[0]]), t
        return None

    def contradicting(self, earlier: int, later: int, position: int) -> str:
        """What `contradiction` found, in words."""
        what = "lines" if self.lines else "sequences"
        places = [self.lines[row] if self.lines else row + 1 for row in (earlier, later)]
        shown = [self.outputs.name(int(self.answers[row, position])) for row in (earlier, later)]
        return (
            f"{what} {places[0]} and {places[1]} contradict each other: after the same {_symbols(position + 1)} "
            f"one shows {shown[0]}, the other {shown[1]}; a deterministic machine cannot do both"
        )


def _symbols(count: int) -> str:
    return "input symbol" if count == 1 else f"{count} input symbols"
