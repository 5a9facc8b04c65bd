"""What two machines are to each other, proven, in the form in which it is told to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof.equivalence import clash, coverage, distinguish
from seqlogic.wording import counted

__all__ = ["Verdict", "answers", "beside", "prove", "renamed"]


@dataclass(frozen=True)
class Verdict:
    """The outcome of `prove(a, b)`.

    Attributes:
        result: "equal": all words have the same answers, unknowns included. "conforms": no word has contradicting
            answers, but some word is answered by one of them only. "differs": some word has contradicting answers.
        word: the input symbols of the shortest word that shows why not "equal": for "differs" its last answers
            contradict each other, for "conforms" one of them is not known. None if equal.
        left: what `a` answers to each symbol of `word`, as text; `-` for an unknown symbol or bit.
        right: what `b` answers.
        known: how many of the reachable specified entries of `b` are known in `a`; see `coverage`.
        specified: how many there are.
    """

    result: str
    word: tuple[str, ...] | None
    left: tuple[str, ...]
    right: tuple[str, ...]
    known: int
    specified: int

    def text(self, a: str, b: str) -> str:
        """The verdict in a few lines, with these names for the two machines."""
        if self.word is None:
            return f"equal: {a} and {b} answer every input word alike ({counted(self.specified, 'entry', 'entries')})"
        head = {
            "conforms": f"conforms: {a} and {b} never contradict each other; "
            f"{self.known:,} of {counted(self.specified, 'entry', 'entries')} of {b} are known in {a}",
            "differs": f"differs: {a} and {b} contradict each other at step {len(self.word)}",
        }[self.result]
        why = {"conforms": "shortest word that only one answers", "differs": "shortest counterexample"}[self.result]
        lines = beside(("input", self.word), (a, self.left), (b, self.right))
        return "\n".join([head, f"{why}:", *lines])


def beside(*rows: tuple[str, Sequence[str]]) -> list[str]:
    """Lines that show the symbols of a word and what was answered to them, each row with its name."""
    table = [[name, *_shorten(row)] for name, row in rows]
    # Short symbols read best from left to right, as a waveform; long names one step below the other.
    if sum(max(map(len, column)) + 1 for column in zip(*table, strict=True)) > 110:
        table = [list(column) for column in zip(*table, strict=True)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  " + " ".join(map(str.ljust, row, widths)).rstrip() for row in table]


def prove(a: Machine, b: Machine) -> Verdict:
    """Return what `a` is to `b`, with the shortest word that shows it.

    Symbols are matched by their names, so that two files may list them in different orders, and one may name outputs
    that the other never gives. ValueError if the input alphabets are not the same symbols, or if words of bits meet
    words of another size.
    """
    a, b = _aligned(a, b)
    known, specified = coverage(a, b)
    word, result = clash(a, b), "differs"
    if word is None:
        word, result = distinguish(a, b), "conforms"
    if word is None:
        return Verdict("equal", None, (), (), known, specified)
    return Verdict(result, tuple(map(a.inputs.name, word)), answers(a, word), answers(b, word), known, specified)


def answers(machine: Machine, word: tuple[int, ...]) -> tuple[str, ...]:
    """What the machine answers to each symbol of a word, as text; `-` for an unknown symbol or bit."""
    output, care = machine.run(np.array([word]))
    return tuple(map(machine.outputs.show, output[0].tolist(), care[0].tolist()))


def _aligned(a: Machine, b: Machine) -> tuple[Machine, Machine]:
    """Both machines over the input alphabet of `a` and the named outputs of both."""
    if a.inputs != b.inputs and a.inputs.names and b.inputs.names:
        for one, other, which in ((a, b, "second"), (b, a, "first")):
            missing = [name for name in one.inputs.names if name not in other.inputs.names]
            if missing:
                raise ValueError(f"input symbol {missing[0]!r} is not one of the {which} machine")
        order = [b.inputs.index(name) for name in a.inputs.names]
        output, care = (b.output[:, order], b.care[:, order]) if b.kind == "mealy" else (b.output, b.care)
        b = replace(b, next_state=b.next_state[:, order], output=output, care=care, inputs=a.inputs)
    if a.outputs != b.outputs and a.outputs.names and b.outputs.names:
        both = Alphabet.of(dict.fromkeys(a.outputs.names + b.outputs.names))
        a, b = renamed(a, both), renamed(b, both)
    return a, b


def renamed(machine: Machine, outputs: Alphabet) -> Machine:
    """The machine over another alphabet of named outputs, which holds all of its own."""
    number = np.array([outputs.index(name) for name in machine.outputs.names] + [UNKNOWN])
    output = number[machine.output]
    return replace(machine, output=output, care=np.where(output == UNKNOWN, 0, outputs.full), outputs=outputs)


def _shorten(row: Sequence[str], limit: int = 32) -> list[str]:
    """A long row without its middle: the first and the last symbols, and how many are left out in between."""
    if len(row) <= limit:
        return list(row)
    left_out = len(row) - limit
    return [*row[: limit // 2], f"... {left_out} more ...", *row[-(limit // 2) :]]
