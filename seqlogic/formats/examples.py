"""Example files: one sequence per line, inputs, a tab, outputs."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import numpy as np

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.shared import read_text
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["parse_examples", "read_examples", "render_examples"]

_MISSING = "-"


def read_examples(
    path: str | PathLike[str], inputs: Alphabet | None = None, outputs: Alphabet | None = None
) -> Examples:
    """Read an example file; see `parse_examples`."""
    return parse_examples(read_text(Path(path)), str(path), inputs, outputs)


def parse_examples(text: str, source: str, inputs: Alphabet | None = None, outputs: Alphabet | None = None) -> Examples:
    """Read examples: on each line the input symbols, separated by spaces, a tab, and the output symbols.

    `-` is an output that was not observed; a single output after several inputs is a label of the whole sequence;
    a line that starts with `#` is a comment. Alphabets that are not given are inferred.

    Raises:
        InputError: no examples, a line of another form, or a symbol outside a given alphabet.
    """
    rows: list[tuple[list[str], list[str]]] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        left, tab, right = line.partition("\t")
        words, answers = left.split(), right.split()
        if not tab or "\t" in right:
            raise InputError("expected input symbols, one tab, output symbols", file=source, line=number)
        if not words:
            raise InputError("expected at least one input symbol before the tab", file=source, line=number)
        if len(answers) == 1:
            answers = [_MISSING] * (len(words) - 1) + answers
        if len(answers) != len(words):
            message = f"{len(words)} input and {len(answers)} output symbols, expected as many, or one label"
            raise InputError(message, file=source, line=number)
        rows.append((words, answers))
        lines.append(number)
    if not rows:
        raise InputError("holds no examples, expected lines of input symbols, a tab, output symbols", file=source)
    inputs = inputs or Alphabet.inferred(symbol for words, _ in rows for symbol in words)
    shown = {symbol for _, answers in rows for symbol in answers} - {_MISSING}
    if outputs is None and not shown:
        raise InputError("no output was observed in any example", file=source)
    outputs = outputs or Alphabet.inferred(shown)
    longest = max(len(words) for words, _ in rows)
    table = np.full((2, len(rows), longest), UNKNOWN, dtype=np.int32)
    for row, ((words, answers), line) in enumerate(zip(rows, lines, strict=True)):  # type: ignore[assignment]
        try:
            table[0, row, : len(words)] = [inputs.index(symbol) for symbol in words]
            table[1, row, : len(words)] = [
                UNKNOWN if symbol == _MISSING else outputs.index(symbol) for symbol in answers
            ]
        except ValueError as error:
            raise InputError(str(error), file=source, line=int(line)) from error
    return Examples(table[0], table[1], inputs, outputs, tuple(lines))


def render_examples(examples: Examples) -> str:
    """Write examples as `parse_examples` reads them; ValueError for a symbol that the format cannot hold."""
    for alphabet in (examples.inputs, examples.outputs):
        for name in alphabet.names:
            # The first symbol of a line must not make it a comment, nor an output pass for one not observed.
            if name.split() != [name] or name[0] == "#" or name == _MISSING:
                raise ValueError(f"symbol {name!r} cannot stand in an example file")
    return "".join(_line(examples, row, length) for row, length in enumerate(examples.lengths.tolist()))


def _line(examples: Examples, row: int, length: int) -> str:
    words: Iterable[str] = map(examples.inputs.name, examples.words[row, :length].tolist())
    answers = (
        _MISSING if symbol == UNKNOWN else examples.outputs.name(symbol)
        for symbol in examples.answers[row, :length].tolist()
    )
    return f"{' '.join(words)}\t{' '.join(answers)}\n"
