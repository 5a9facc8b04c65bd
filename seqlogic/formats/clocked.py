"""The steps of a clocked trace: which clock edges are steps of a sequence, and what a flip-flop sees at them."""

from __future__ import annotations

from array import array
from typing import Literal, Protocol

from seqlogic.machine import UNKNOWN

__all__ = ["Edge", "Sample", "Steps"]

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


class Steps:
    """Gathers the steps of a trace, moment by moment.

    The edges at which the reset is not active are steps, and a sequence begins with the first of them after the reset
    was active, be it between two edges, as a reset without a clock is. Without a reset one begins with the first edge.
    An edge with the enable at 0 is no step and changes nothing.

    Where the reset, the clock, or at an edge the enable or an input, is unknown, the state is from there on: the
    sequence ends, and what follows is left out until the next reset. A clock that has not been known yet ends nothing.

    Attributes:
        words: the input symbols of each sequence.
        answers: its output symbols, UNKNOWN where not observed.
        lines: the line of the first edge of each.
        times: the time of the edge of each step.
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
        self.words: list[array[int]] = []
        self.answers: list[array[int]] = []
        self.lines: list[int] = []
        self.times: list[array[int]] = []
        self.ends: list[int] = []
        self.edges = self.in_reset = self.disabled = self.lost = 0
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
            ValueError: a symbol outside its alphabet.
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
            self.answers[-1][-1] = before.answer()
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
            self.words.append(array("i"))
            self.answers.append(array("i"))
            self.lines.append(line)
            self.times.append(array("q"))
            self.ends.append(time)
            self._begins = False
        self.words[-1].append(word)
        self.times[-1].append(time)
        self.ends[-1] = time
        self.answers[-1].append(UNKNOWN if self._registered else before.answer())
        self._open = self._registered

    def _lose(self) -> None:
        self._known = self._open = False
