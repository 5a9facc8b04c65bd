"""Example files: one sequence per line, inputs, a tab, outputs."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.rows import Rows
from seqlogic.formats.shared import Numbering
from seqlogic.formats.stream import Tell, open_lines, pieces
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["parse_examples", "read_examples", "render_examples"]

_MISSING = "-"
_UNOBSERVED = array("i", [UNKNOWN])


def read_examples(
    path: str | PathLike[str],
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    tell: Tell | None = None,
) -> Examples:
    """Read an example file line by line; see `parse_examples`. `tell` hears of each block."""
    with open_lines(Path(path), tell) as lines:
        return parse_examples(lines, str(path), inputs, outputs)


def parse_examples(
    text: str | Iterable[str], source: str, inputs: Alphabet | None = None, outputs: Alphabet | None = None
) -> Examples:
    """Read examples: on each line the input symbols, separated by spaces, a tab, and the output symbols.

    `-` is an output that was not observed; a single output after several inputs is a label of the whole sequence;
    a line that starts with `#` is a comment. Alphabets that are not given are inferred.

    Args:
        text: the text of the file, or its lines.
        source: what messages call the file.
        inputs: the input alphabet.
        outputs: the output alphabet.

    Raises:
        InputError: no examples, a line of another form, a symbol outside a given alphabet, no output observed with no
            alphabet given, or sequences that need too large a table.
    """
    words, answers = Numbering(inputs), Numbering(outputs, _MISSING)
    rows = Rows("ii")
    places = array("q")
    for number, line in enumerate(text.split("\n") if isinstance(text, str) else text, start=1):
        if not line or line.isspace() or line[0] == "#":
            continue
        try:
            _add(line, rows, words, answers)
        except ValueError as error:
            raise InputError(str(error), file=source, line=number) from error
        places.append(number)
    if not places:
        raise InputError("holds no examples, expected lines of input symbols, a tab, output symbols", file=source)
    if outputs is None and not len(answers):
        raise InputError("no output was observed in any example", file=source)
    table, shown = rows.tables()
    inputs, table = words.finish(table)
    outputs, shown = answers.finish(shown)
    return Examples(table, shown, inputs, outputs, tuple(places))


def _add(line: str, rows: Rows, inputs: Numbering, outputs: Numbering) -> None:
    """Add the sequence of a line; ValueError says what is wrong with it."""
    left, tab, right = line.partition("\t")
    if not tab or "\t" in right:
        raise ValueError("expected input symbols, one tab, output symbols")
    words, answered = pieces(left), pieces(right)
    length, shown = sum(map(len, words)), sum(map(len, answered))
    if not length:
        raise ValueError("expected at least one input symbol before the tab")
    if shown not in (1, length):
        raise ValueError(f"{length} input and {shown} output symbols, expected as many, or one label")
    rows.begin()
    symbols, observed = rows.columns
    for piece in words:
        symbols.extend(inputs.numbers(piece))
        rows.grown()
    observed.extend(_UNOBSERVED * (length - shown))
    for piece in answered:
        observed.extend(outputs.numbers(piece))


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
