"""What a machine answers beside what was observed, as VCD (IEEE 1800-2023, 21.7) with a save file for GTKWave.

Both are pyvcd's writing. In a scope `replay` stand the clock `clk`, of which each edge is a step, `reset`, `sequence`
and `symbol`, which count from 1, `differs`, and a scope for each word, `input`, `expected` and `observed`: a variable
for each signal of the alphabet, or `symbol` for the index of the symbol, and `name` where symbols have names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from vcd import VCDWriter
from vcd.gtkw import GTKWColor, GTKWSave
from vcd.writer import Variable

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.clocked import Edge
from seqlogic.formats.shared import replacing
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["write_waveform"]

_Outputs = tuple[np.ndarray, np.ndarray]
_TOP = "replay"
_PERIOD = 10
"""Units of time from step to step, where there is no capture to take the times from."""
_SHOWN = 8
"""Steps on 200 pixels when GTKWave opens, and so many of them before the first difference."""
_PAGE = 100
"""Steps after the start of the first difference that fill the widest window."""
_INDEXED = re.compile(r"(.*)(\[[0-9]{1,9}\])", re.DOTALL)
_UNFIT = re.compile(r"[^A-Za-z0-9_$]")


def write_waveform(
    path: Path,
    examples: Examples,
    expected: _Outputs,
    differs: np.ndarray,
    *,
    edge: Edge = "rising",
    registered: bool = False,
    fabric: _Outputs | None = None,
) -> Path:
    """Write examples and what a machine answers to them as VCD, and beside it a save file that opens it in GTKWave.

    Values stand before the edge of `clk` at which they are sampled, and change at the edge before, or with the end of
    `reset`. The edges of a clocked capture keep their times, so that both files can be laid beside each other; if its
    first edge is at the time 0 or 1, all are later by up to 2, for the reset before it. Read with `clk` as the clock,
    with `reset`, and with the `edge` and `registered` that are given here, the file gives the same examples.

    Args:
        path: the VCD file, named `.vcd`; the save file has the same name with `.gtkw`.
        examples: N sequences of up to T steps.
        expected: int [N, T] each, the outputs of the machine and their care masks, as `Machine.run` returns them.
        differs: int [N, T], 1 where the machine and the observation differ, 0 where they agree, UNKNOWN where nobody
            can say, and past the end.
        edge: which edges of the clock are to be steps.
        registered: the outputs stand one edge late.
        fabric: what the machine in the fabric answered, as `expected`; a scope `fabric` of its own.

    Returns:
        The path of the save file.

    Raises:
        InputError: another suffix, or a place that cannot be written; files that were there are left as they were.
    """
    if path.suffix.lower() != ".vcd":
        raise InputError("expected a name that ends in .vcd", file=path)
    save = path.with_suffix(".gtkw")
    with replacing(path) as part:
        with part.open("w", encoding="ascii") as stream:
            answered = {"expected": expected} | ({} if fabric is None else {"fabric": fabric})
            view = _Waveform(stream, examples, answered, differs).write(edge, int(registered))
        scale = 1 if examples.times is None or examples.times.scale is None else int(examples.times.scale.split()[0])
        with replacing(save) as save_part, save_part.open("w", encoding="utf-8") as stream:
            _save(stream, path, save, view, scale)
    return save


@dataclass(frozen=True)
class _View:
    """What GTKWave is to show: the variables, when the first difference begins and ends, the time of a step.

    Times are in the units of the file.
    """

    names: Sequence[str]
    difference: tuple[int, int] | None
    step: int


class _Word:
    """The variables of a symbol in one scope."""

    def __init__(self, writer: VCDWriter, scope: str, alphabet: Alphabet) -> None:
        self.names: list[str] = []
        self._writer = writer
        self._alphabet = alphabet
        self._parts: list[tuple[Variable[Any], int, int]] = []
        self._named: Variable[Any] | None = None
        taken: set[tuple[str, ...]] = set()
        place = 0
        for name, bits in alphabet.signals or (("symbol", alphabet.width),):
            *scopes, last = _path(name, bits, taken)
            index = (bits - 1, 0) if bits > 1 else None
            variable = writer.register_var((_TOP, scope, *scopes), last, "wire", bits, bit_index=index)
            self._parts.append((variable, place, place + bits))
            self.names.append(".".join((_TOP, scope, *scopes, last)) + (f"[{bits - 1}:0]" if bits > 1 else ""))
            place += bits
        if alphabet.names:
            (last,) = _path("name", 1, taken)
            self._named = writer.register_var((_TOP, scope), last, "string", init="x")
            self.names.append(f"{_TOP}.{scope}.{last}")

    def change(self, time: int, value: int, care: int) -> None:
        """Show a symbol from this time on, `x` for each bit that nobody cares for."""
        bits = reversed(range(self._alphabet.width))
        text = "".join("x" if not care >> bit & 1 else str(value >> bit & 1) for bit in bits)
        for variable, first, end in self._parts:
            self._writer.change(variable, time, text[first:end])
        if self._named is not None:
            # Without blanks and in ASCII, as a value has to be.
            shown = self._alphabet.name(value).encode("unicode_escape").decode("ascii") if care else "x"
            self._writer.change(self._named, time, shown)


def _path(name: str, bits: int, taken: set[tuple[str, ...]]) -> tuple[str, ...]:
    """The scopes and the name of the variable of a signal; only of one bit may a name have an index."""
    match = _INDEXED.fullmatch(name)
    stem, index = (match[1], match[2]) if match is not None and bits == 1 else (name, "")
    *scopes, last = [_UNFIT.sub("_", part) for part in stem.split(".") if part] or ["_"]
    while (*scopes, last + index) in taken:
        last += "_"
    taken.add((*scopes, last + index))
    return (*scopes, last + index)


class _Waveform:
    """Writes the values as they change, in the order of the time."""

    def __init__(
        self, stream: TextIO, examples: Examples, answered: Mapping[str, _Outputs], differs: np.ndarray
    ) -> None:
        times = examples.times
        # Without a date the same replay gives the same bytes.
        scale = None if times is None else times.scale
        self._writer = writer = VCDWriter(stream, timescale=scale or "1 ns", date="", version="seqlogic replay")
        self._examples = examples
        self._lengths = examples.lengths.tolist()
        care = np.where(examples.answers == UNKNOWN, 0, examples.outputs.full)
        shown = {**answered, "observed": (examples.answers, care)}
        self._marks = differs
        self._clock = writer.register_var(_TOP, "clk", "wire", 1)
        self._reset = writer.register_var(_TOP, "reset", "wire", 1, init=1)
        self._sequence = writer.register_var(_TOP, "sequence", "integer", 32, init=1)
        self._symbol = writer.register_var(_TOP, "symbol", "integer", 32)
        self._input = _Word(writer, "input", examples.inputs)
        self._answers = [(_Word(writer, scope, examples.outputs), *outputs) for scope, outputs in shown.items()]
        self._differs = writer.register_var(_TOP, "differs", "wire", 1)

    def write(self, edge: Edge, late: int) -> _View:
        """Write everything; `late` is by how many edges the outputs are."""
        writer, idle = self._writer, 1 if edge == "falling" else 0
        writer.change(self._clock, 0, idle)
        # The time of the last edge, and how many there were.
        since = edges = first = 0
        difference = None
        for row, times in enumerate(_edges(self._examples, late)):
            writer.change(self._reset, since, 1)
            writer.change(self._sequence, since, row + 1)
            for place, time in enumerate(times):
                middle = (since + time) // 2
                if place == 0:
                    since = middle
                    writer.change(self._reset, since, 0)
                mark = self._show(since, row, place, late)
                if mark == 1 and difference is None:
                    difference = since, time - 1
                if edge != "both":
                    writer.change(self._clock, middle, idle)
                writer.change(self._clock, time, 1 - idle if edge != "both" else 1 - edges % 2)
                since, edges, first = time, edges + 1, first or time
            self._show(since, row, len(times), late)
        period = max(1, (since - first) // max(1, edges - 1))
        # GTKWave does not begin its view less than a page before the end.
        writer.close(max(since + period, _PAGE * period + difference[0] if difference else 0))
        names = [f"{_TOP}.{name}" for name in ("clk", "reset", "sequence", "symbol")]
        names += [*self._input.names, *(name for word, _, _ in self._answers for name in word.names), f"{_TOP}.differs"]
        return _View(names, difference, period)

    def _show(self, time: int, row: int, place: int, late: int) -> int:
        """Show what stands before an edge of a sequence, from this time on; the mark that is shown."""
        examples, answered = self._examples, place - late
        length = self._lengths[row]
        symbol = int(examples.words[row, place]) if place < length else UNKNOWN
        self._input.change(time, symbol, examples.inputs.full if symbol != UNKNOWN else 0)
        self._writer.change(self._symbol, time, place + 1 if symbol != UNKNOWN else "x")
        there = 0 <= answered < length
        for word, value, care in self._answers:
            word.change(time, *((int(value[row, answered]), int(care[row, answered])) if there else (UNKNOWN, 0)))
        mark = int(self._marks[row, answered]) if there else UNKNOWN
        self._writer.change(self._differs, time, "x" if mark == UNKNOWN else mark)
        return mark


def _edges(examples: Examples, late: int) -> Iterator[list[int]]:
    """The times of the edges of each sequence; one more than it has steps where that shows its last output."""
    times = examples.times
    end = _PERIOD
    # A reset before the first edge takes the times 0 and 1.
    shift = 0 if times is None else max(0, 2 - int(times.edges[0, 0]))
    for row, length in enumerate(examples.lengths.tolist()):
        if times is None:
            # A reset takes a period of its own.
            found = [end + _PERIOD * (1 + place) for place in range(length + late)]
            end = found[-1] + _PERIOD
        else:
            found = [shift + time for time in times.edges[row, :length].tolist()]
            if times.ends[row] + shift > found[-1]:
                found.append(int(times.ends[row]) + shift)
        yield found


def _save(stream: TextIO, path: Path, save: Path, view: _View, scale: int) -> None:
    """Write the save file of GTKWave: what is listed, and where the view begins.

    Its times are those of the file times the number in its time scale, and 200 pixels show 2 to the power of minus the
    zoom of them (`calczoom` in its wavewindow.c).
    """
    gtkw = GTKWSave(stream)
    gtkw.dumpfile(str(path))
    gtkw.savefile(str(save))
    start, marker = (scale * time for time in view.difference) if view.difference else (0, -1)
    step = scale * view.step
    gtkw.timestart(max(0, start - _SHOWN * step))
    gtkw.zoom_markers(-math.log2(_SHOWN * step), marker)
    before = ""
    for name in view.names:
        kind = name.split(".")[1]
        # GTKWave lists no more of a name than its end, and those of all outputs are alike.
        if kind != before and name.count(".") > 1:
            gtkw.blank(label=kind)
        before = kind
        color = GTKWColor.red if kind == "differs" else GTKWColor.normal
        gtkw.trace(name, datafmt="dec" if kind in ("sequence", "symbol") else "bin", color=color)
