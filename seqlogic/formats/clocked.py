"""The steps of a clocked trace: which clock edges are steps of a sequence, and what a flip-flop sees at them."""

from __future__ import annotations

from array import array
from typing import Literal, Protocol

import numpy as np

from seqlogic.errors import InputError
from seqlogic.examples import Examples, Times
from seqlogic.formats.rows import Rows
from seqlogic.formats.shared import clip
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["Edge", "Sample", "Steps", "Symbols"]

Edge = Literal["rising", "falling", "both"]

_EDGES = {"rising": ("01",), "falling": ("10",), "both": ("01", "10")}


class Sample(Protocol):
    """What a trace shows just before a clock edge. A symbol is looked at only where it is used."""

    def enable(self) -> str:
        """`1`, `0`, or `x` if it is unknown."""

    def word(self) -> int:
        """The input symbol, UNKNOWN if any of its bits is; ValueError if it is not in the alphabet."""

    def answer(self) -> int:
        """The output symbol, likewise."""


class Symbols(Protocol):
    """The symbols of one side, numbered while they are read."""

    def finish(self, numbers: np.ndarray) -> tuple[Alphabet, np.ndarray]:
        """The alphabet, and the array, which is written over, in its symbols."""


class Steps:
    """Gathers the steps of a trace, moment by moment.

    The edges at which the reset is not active are steps, and a sequence begins with the first of them after the reset
    was active, be it between two edges, as a reset without a clock is. Without a reset one begins with the first edge.
    An edge with the enable at 0 is no step and changes nothing.

    Where the reset, the clock, or at an edge the enable or an input, is unknown, the state is from there on: the
    sequence ends, and what follows is left out until the next reset. A clock that has not been known yet ends nothing.

    Attributes:
        rows: of each sequence the input symbols, the output symbols, UNKNOWN where not observed, and the times of the
            edges.
        lines: the line of the first edge of each.
        ends: for each sequence, the time of the last edge that it needed: that of its last step, or of its last output.
        edges: how many edges there were.
        in_reset: at how many of them the reset was active.
        disabled: at how many of the others the state was known and the enable 0.
        lost: at how many the state was not known, or no longer.

    Args:
        edge: which changes of the clock between 0 and 1 are edges.
        reset: whether there is a reset.
        registered: the outputs come one edge late: that of a step is what the next edge shows, so that the step before
            a reset has none observed.
    """

    def __init__(self, edge: Edge, *, reset: bool, registered: bool) -> None:
        self.rows = Rows("iiq")
        self._words, self._answers, self._times = self.rows.columns
        self.lines = array("q")
        self.ends = array("q")
        self.edges = self.in_reset = self.disabled = self.lost = 0
        self._edge_name = edge
        self._edges = _EDGES[edge]
        self._registered = registered
        self._clock = self._reset = "x"
        # Whether the state is known, the next step is the first of a sequence, the last step still lacks its output.
        self._known, self._begins, self._open = not reset, True, False

    def moment(self, clock: str, reset: str, before: Sample, line: int, time: int) -> None:
        """Take up one moment, in which signals may have changed.

        Args:
            clock: `0`, `1` or `x`, after the changes.
            reset: likewise; 1 is active.
            before: everything else, before the changes.
            line: where the moment stands in the file.
            time: when it is, below 2**63.

        Raises:
            ValueError: a symbol outside its alphabet, or more steps than a table of examples holds.
        """
        if self._clock + clock in self._edges:
            self._edge(before, line, time)
        elif clock == "x" != self._clock:
            # Nobody knows how many edges it had.
            self._lose()
        self._clock, self._reset = clock, reset
        if reset == "1":
            self._known, self._begins, self._open = True, True, False
        elif reset == "x":
            self._lose()

    def _edge(self, before: Sample, line: int, time: int) -> None:
        self.edges += 1
        if self._reset == "1":
            self.in_reset += 1
            return
        if self._open:
            self._answers[-1] = before.answer()
            self.ends[-1] = time
            self._open = False
        enable = before.enable() if self._known else "x"
        if enable == "0":
            self.disabled += 1
            return
        word = before.word() if enable == "1" else UNKNOWN
        if word == UNKNOWN:
            self.lost += 1
            self._lose()
            return
        if self._begins:
            self.rows.begin()
            self.lines.append(line)
            self.ends.append(time)
            self._begins = False
        self._words.append(word)
        self._times.append(time)
        self.ends[-1] = time
        self._answers.append(UNKNOWN if self._registered else before.answer())
        self._open = self._registered
        self.rows.grown()

    def _lose(self) -> None:
        self._known = self._open = False

    def examples(self, inputs: Symbols, outputs: Symbols, *, clock: str, source: str, scale: str | None) -> Examples:
        """The examples; the steps are given up.

        Args:
            inputs: what numbered the input symbols.
            outputs: what numbered the output symbols.
            clock: what its user calls the clock.
            source: what messages call the file.
            scale: what a unit of the times is, if anybody said.

        Raises:
            InputError: a clock without edges, or no edge that is a step.
        """
        if not self.edges:
            which = "" if self._edge_name == "both" else f"{self._edge_name} "
            raise InputError(f"the clock {clip(clock)} has no {which}edge", file=source)
        if not len(self.rows):
            raise InputError(
                f"none of the {self.edges:,} clock edges is a step of a sequence: {self.in_reset:,} in reset, "
                f"{self.disabled:,} not enabled, {self.lost:,} before a reset or from an unknown value on",
                file=source,
            )
        words, answers, times = self.rows.tables()
        inputs_of, words = inputs.finish(words)
        outputs_of, answers = outputs.finish(answers)
        return Examples(
            words,
            answers,
            inputs_of,
            outputs_of,
            tuple(self.lines),
            Times(times, np.frombuffer(self.ends, np.int64), scale),
        )
