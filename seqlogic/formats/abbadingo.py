"""Abbadingo files: labelled words, as the competitions in learning automata pass them around.

The first line holds the number of words and the size of the alphabet, each further line one word: its label, its length
and its symbols. Kevin J. Lang, Barak A. Pearlmutter and Rodney A. Price, "Results of the Abbadingo One DFA learning
competition and a new evidence-driven state merging algorithm", ICGI 1998.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import numpy as np

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.rows import Rows
from seqlogic.formats.shared import Numbering, clip
from seqlogic.formats.stream import Tell, open_lines, pieces
from seqlogic.machine import UNKNOWN, Alphabet

__all__ = ["parse_abbadingo", "read_abbadingo", "render_abbadingo"]

_NOT_KNOWN = "-1"
_LABELS = ("1", "0", _NOT_KNOWN)


def read_abbadingo(
    path: str | PathLike[str],
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    tell: Tell | None = None,
) -> Examples:
    """Read an Abbadingo file line by line; see `parse_abbadingo`. `tell` hears of each block."""
    with open_lines(Path(path), tell) as lines:
        return parse_abbadingo(lines, str(path), inputs, outputs)


def parse_abbadingo(
    text: str | Iterable[str], source: str, inputs: Alphabet | None = None, outputs: Alphabet | None = None
) -> Examples:
    """Read labelled words as examples in which the one output observed is that of the last symbol.

        3 2              three words, two symbols
        1 3 0 1 1        0 1 1 is accepted
        0 1 0            0 is rejected
        -1 2 1 0         nobody said what 1 0 is: no output of it is observed

    Symbols are the numbers from 0 in the competition; files count from 1 or hold names as well, so any text without
    spaces is taken. The input alphabet, if it is not given, is that of the symbols that occur, at most as many as
    announced. The output alphabet is `0 1`, or one given that holds the labels that occur. Blank lines are passed over.

    The empty word has no last symbol, and a machine here answers after a symbol: its label, which says whether the
    initial state accepts, is read and left out.

    Args:
        text: the text of the file, or its lines.
        source: what messages call the file.
        inputs: the input alphabet.
        outputs: the output alphabet.

    Returns:
        Examples of N words of up to T symbols, those that are not empty, in the order of the file.

    Raises:
        InputError: a first line other than two numbers, more or fewer words or more distinct symbols than it announces,
            a label other than 1, 0 and -1, another length than the word has, a symbol outside a given alphabet, no word
            but empty ones, or words that need too large a table. What is announced is compared, never allocated.
    """
    lines = enumerate(text.split("\n") if isinstance(text, str) else text, start=1)
    filled = ((number, line) for number, line in lines if line and not line.isspace())
    first, header = next(filled, (0, ""))
    if not first:
        raise InputError("is empty, expected the number of words and the number of symbols", file=source)
    counts = [_count(field) for field in header.split(None, 3)]
    if len(counts) != 2 or None in counts:
        message = (
            f"expected two numbers, how many words and how many symbols, got {clip(' '.join(header[:999].split()))}"
        )
        raise InputError(message, file=source, line=first)
    announced, size = counts
    assert announced is not None
    assert size is not None
    known, labels = Numbering(inputs), Alphabet.of("01") if outputs is None else outputs
    words, answers = Rows("i"), array("i")
    places = array("q")
    follow = 0
    for follow, (line, word) in enumerate(filled, start=1):
        if follow > announced:
            raise InputError(f"one word more than the {announced:,} announced", file=source, line=line)
        try:
            answer, symbols = _word(word, labels)
            if symbols:
                words.begin()
                for piece in symbols:
                    words.extend(known.numbers(piece))
            if len(known) > size:
                raise ValueError(f"{len(known):,} distinct symbols by now, but {size:,} are announced")
        except ValueError as error:
            raise InputError(str(error), file=source, line=line) from error
        if symbols:
            answers.append(answer)
            places.append(line)
    if follow < announced:
        message = f"{announced:,} words are announced, but {follow:,} follow"
        raise InputError(message, file=source, line=first)
    if not places:
        raise InputError("holds no word of one symbol or more", file=source)
    (table,) = words.tables()
    alphabet, table = known.finish(table)
    shown = np.full_like(table, UNKNOWN)
    shown[np.arange(len(table)), (table >= 0).sum(axis=1) - 1] = answers
    return Examples(table, shown, alphabet, labels, tuple(places))


def render_abbadingo(examples: Examples) -> str:
    """Write labelled words as `parse_abbadingo` reads them, the input symbols by their names.

    The size of the alphabet is that of `examples.inputs`, whether or not all of its symbols occur. Other programs may
    want symbols that are the numbers from 0.

    Raises:
        ValueError: outputs other than 0 and 1, a sequence with another output observed than that of its last symbol, or
            without that one, or the name of a symbol that the format cannot hold.
    """
    outputs = list(map(examples.outputs.name, range(min(len(examples.outputs), 3))))
    if sorted(outputs) != ["0", "1"]:
        raise ValueError(f"{len(examples.outputs)} output symbols {' '.join(outputs)}, expected the two labels 0 and 1")
    for name in examples.inputs.names:
        if name.split() != [name]:
            raise ValueError(f"symbol {name!r} cannot stand in an Abbadingo file")
    lines = [f"{len(examples)} {len(examples.inputs)}"]
    for row, length in enumerate(examples.lengths.tolist()):
        observed = np.flatnonzero(examples.answers[row] != UNKNOWN)
        if observed.tolist() != [length - 1]:
            raise ValueError(f"sequence {row + 1} has {len(observed)} outputs, expected one label, at its end")
        label = outputs[int(examples.answers[row, length - 1])]
        lines.append(" ".join([label, str(length), *map(examples.inputs.name, examples.words[row, :length].tolist())]))
    return "\n".join(lines) + "\n"


def _word(line: str, labels: Alphabet) -> tuple[int, Iterable[list[str]]]:
    """The answer, UNKNOWN where there is none, and the symbols of one line; ValueError says what is wrong with it."""
    label, length, rest = [*line.split(None, 2), "", ""][:3]
    if not length:
        raise ValueError("expected a label, a length and as many symbols")
    if label not in _LABELS:
        raise ValueError(f"label {clip(label)}, expected one of: {' '.join(_LABELS)}")
    count = _count(length)
    if count is None:
        raise ValueError(f"length {clip(length)}, expected a number")
    symbols = pieces(rest)
    there = sum(map(len, symbols))
    if count != there:
        raise ValueError(f"{there:,} symbols, but the length is {count:,}")
    return UNKNOWN if label == _NOT_KNOWN else labels.index(label), symbols if count else ()


def _count(field: str) -> int | None:
    """A number of 0 or more in up to 18 decimal digits; None for any other text."""
    return int(field) if field.isascii() and field.isdigit() and len(field) <= 18 else None
