"""Examples as VCD, the value change dump of IEEE 1800-2023, 21.7, which simulators and logic analysers write.

What is kept of a file while it is read are the present values of the signals asked for, and the numbers of the symbols.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BufferedIOBase, RawIOBase
from operator import itemgetter
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.clocked import Edge, Steps
from seqlogic.formats.kiss2_file import MOST_INPUT_BITS
from seqlogic.formats.shared import Numbering, with_signals
from seqlogic.formats.stream import Tell, open_bytes
from seqlogic.formats.vcd_signals import Chosen, Part, declared
from seqlogic.formats.vcd_values import Dump
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["parse_vcd", "read_vcd"]

_RANGE = re.compile(r"\[-?[0-9]+:-?[0-9]+\]$")
_REMEMBERED = 1 << 16


def read_vcd(
    path: str | PathLike[str],
    *,
    input_signals: Sequence[str],
    output_signals: Sequence[str],
    clock: str,
    edge: Edge = "rising",
    reset: str | None = None,
    reset_level: Literal[0, 1] = 1,
    enable: str | None = None,
    registered: bool = False,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    tell: Tell | None = None,
) -> Examples:
    """Read a VCD file; see `parse_vcd`. `tell` hears of each block."""
    path = Path(path)
    with open_bytes(path, tell) as stream:
        return parse_vcd(
            stream,
            str(path),
            input_signals=input_signals,
            output_signals=output_signals,
            clock=clock,
            edge=edge,
            reset=reset,
            reset_level=reset_level,
            enable=enable,
            registered=registered,
            inputs=inputs,
            outputs=outputs,
        )


def parse_vcd(
    stream: BufferedIOBase | RawIOBase,
    source: str,
    *,
    input_signals: Sequence[str],
    output_signals: Sequence[str],
    clock: str,
    edge: Edge = "rising",
    reset: str | None = None,
    reset_level: Literal[0, 1] = 1,
    enable: str | None = None,
    registered: bool = False,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
) -> Examples:
    """Read examples from a clocked capture: a step is a clock edge, with the values just before it.

    What changes at the time of an edge is not seen at that edge but at the next, as a flip-flop has it. Which edges are
    steps, where sequences begin, and what ends at an unknown input, enable, reset or clock: see `Steps`.

    A signal is named by its path, `top.dut.rx`, or by the end of it, `dut.rx` or `rx`, where only one signal ends so;
    the names of one net count as one. A vector is named with its range or without, `data[3:0]` or `data`, and one bit
    of it `data[2]`. A symbol is the word of the bits of its signals, the first signal the most significant. It is
    unknown if any bit is, that is, anything but 0 and 1, or L and H, the weak ones of VHDL; an unknown output symbol is
    unobserved.

    A file that breaks off after its header is read as far as it goes.

    Args:
        stream: the bytes of the file.
        source: what messages call the file.
        input_signals: the names of the signals that make an input symbol.
        output_signals: the names of the signals that make an output symbol.
        clock: the name of the clock.
        edge: which of its edges are steps.
        reset: the name of the reset; without one there is a single sequence.
        reset_level: 1, or 0 if the reset is active low.
        enable: the name of a signal that is 1 at the edges that are steps, and 0 at the others.
        registered: the outputs come one edge late, as those of a Moore machine do.
        inputs: the input alphabet; all words of so many bits if not given.
        outputs: the output alphabet; likewise.

    Returns:
        Examples of N sequences of 1 to T steps; the line of each is that of the clock edge of its first step.

    Raises:
        InputError: no input, output or clock signal, a signal that is not there, is one of several of its name, has two
            uses or has no bits, a clock, reset or enable of several bits, more than 12 input or output bits with no
            alphabet given, a clock without edges, no edge that is a step, a symbol outside a given alphabet, text that
            is not VCD or ends in its header, time that runs backwards, or sequences that need too large a table.
    """
    for what, named in (("input", input_signals), ("output", output_signals), ("clock", clock)):
        if not named:
            raise InputError(f"no {what} signal is named", file=source)
    dump = Dump(stream, source)
    signals, scale = declared(dump.header, source)
    chosen = Chosen(signals, source)
    tick = chosen.bit(clock)
    resets = None if reset is None else chosen.bit(reset)
    sample = _Sample(
        dump.values,
        None if enable is None else chosen.bit(enable),
        _Word("input", {name: chosen.find(name) for name in input_signals}, inputs, source),
        _Word("output", {name: chosen.find(name) for name in output_signals}, outputs, source),
    )
    steps = Steps(edge, reset=reset is not None, registered=registered)
    level = {"x": "x", str(reset_level): "1", str(1 - reset_level): "0"}
    # To `Steps` a moment at which neither the clock nor the reset changes is none.
    for line, time, changes in dump.moments(chosen.sizes, tick.code, None if resets is None else resets.code):
        shown = tick.bits(changes if tick.code in changes else dump.values)
        active = "0"
        if resets is not None:
            active = level[resets.bits(changes if resets.code in changes else dump.values)]
        try:
            steps.moment(shown, active, sample, line, time)
        except ValueError as error:
            raise InputError(str(error), file=source, line=line) from error
    return steps.examples(sample.inputs, sample.outputs, clock=clock, source=source, scale=scale)


class _Word:
    """The symbols that some signals make, in the order of their names."""

    def __init__(self, what: str, parts: Mapping[str, Part], alphabet: Alphabet | None, source: str) -> None:
        bits = sum(part.size for part in parts.values())
        if alphabet is None and bits > MOST_INPUT_BITS:
            message = (
                f"{bits:,} {what} bits, expected at most {MOST_INPUT_BITS}, or an alphabet of the words that occur"
            )
            raise InputError(message, file=source)
        # A range says no more than the number of bits, unless two parts of one vector are named.
        stems = [_RANGE.sub("", name) for name in parts]
        names = stems if len(set(stems)) == len(stems) else list(parts)
        self._signals = [(name, part.size) for name, part in zip(names, parts.values(), strict=True)]
        self._numbering = Numbering(Alphabet.words(bits) if alphabet is None else alphabet)
        self._parts = tuple(parts.values())
        self._values = itemgetter(*dict.fromkeys(part.code for part in self._parts))
        self._numbers: dict[str | tuple[str, ...], int] = {}

    def number(self, values: Mapping[str, str]) -> int:
        """The number of the symbol, UNKNOWN if a bit is unknown; ValueError if the alphabet lacks it."""
        present = self._values(values)
        number = self._numbers.get(present)
        if number is None:
            name = "".join(part.bits(values) for part in self._parts)
            number = UNKNOWN if "x" in name else self._numbering.number(name)
            if len(self._numbers) >= _REMEMBERED:
                self._numbers.clear()
            self._numbers[present] = number
        return number

    def finish(self, numbers: np.ndarray) -> tuple[Alphabet, np.ndarray]:
        """The alphabet, its bits named as the signals are, and the array of any shape in its symbols."""
        alphabet, symbols = self._numbering.finish(numbers)
        return with_signals(alphabet, self._signals), symbols


class _Sample:
    """What `Steps` asks for, of the values before a moment."""

    def __init__(self, values: Mapping[str, str], enable: Part | None, inputs: _Word, outputs: _Word) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self._values = values
        self._enable = enable

    def enable(self) -> str:
        return "1" if self._enable is None else self._enable.bits(self._values)

    def word(self) -> int:
        return self.inputs.number(self._values)

    def answer(self) -> int:
        return self.outputs.number(self._values)
