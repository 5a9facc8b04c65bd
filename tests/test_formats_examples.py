"""Example files: what is read, what is written, and the line of every error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.examples import parse_examples, read_examples, render_examples
from seqlogic.machine import UNKNOWN, Alphabet
from tests.strategies import damaged, refused_or_read

AB, XYZ = Alphabet.of("ab"), Alphabet.of("xyz")


@st.composite
def example_sets(draw: st.DrawFn) -> Examples:
    """Examples over two and three symbols, every third output not observed, one of them at least."""
    pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(UNKNOWN, 2)), min_size=1, max_size=6)
    rows = draw(st.lists(pairs, min_size=1, max_size=5))
    table = np.full((2, len(rows), max(map(len, rows))), UNKNOWN)
    for number, row in enumerate(rows):
        table[:, number, : len(row)] = np.array(row).T
    return Examples(table[0], table[1], AB, XYZ)


@given(example_sets())
def test_writing_and_reading_gives_the_same_examples(examples: Examples) -> None:
    again = parse_examples(render_examples(examples), "x", AB, XYZ)
    assert again.words.tolist() == examples.words.tolist()
    assert again.answers.tolist() == examples.answers.tolist()
    assert again.lines == tuple(range(1, len(examples) + 1))


def test_comments_labels_and_missing_outputs() -> None:
    examples = parse_examples("# comment\n\na b a\tx - y\nb b\tz\na\tx\n", "x")
    assert (examples.inputs, examples.outputs) == (AB, XYZ)
    assert examples.words.tolist() == [[0, 1, 0], [1, 1, -1], [0, -1, -1]]
    assert examples.answers.tolist() == [[0, -1, 1], [-1, 2, -1], [0, -1, -1]]
    assert examples.lines == (3, 4, 5)


def test_inferred_symbols_are_sorted_numbers_first() -> None:
    examples = parse_examples("10 b 9\t1 0 2\n", "x")
    assert examples.inputs == Alphabet.of(["9", "10", "b"])
    assert examples.outputs == Alphabet.of("012")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tx\na b x y\n", "x.txt:2: expected input symbols, one tab, output symbols"),
        ("a\tx\ty\n", "x.txt:1: expected input symbols, one tab, output symbols"),
        ("# c\n\tx\n", "x.txt:2: expected at least one input symbol before the tab"),
        ("a b a\tx y\n", "x.txt:1: 3 input and 2 output symbols, expected as many, or one label"),
        ("a b\t\n", "x.txt:1: 2 input and 0 output symbols, expected as many, or one label"),
        ("", "x.txt: holds no examples, expected lines of input symbols, a tab, output symbols"),
        ("# only\n", "x.txt: holds no examples, expected lines of input symbols, a tab, output symbols"),
        ("a b\t- -\n", "x.txt: no output was observed in any example"),
    ],
)
def test_every_error_names_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_examples(text, "x.txt")
    assert str(error.value) == message


def test_symbols_outside_a_declared_alphabet() -> None:
    with pytest.raises(InputError, match=r"^x:2: unknown symbol 'c', expected one of: a b$"):
        parse_examples("a\tx\nc\tx\n", "x", inputs=AB)
    with pytest.raises(InputError, match=r"^x:1: unknown symbol 'w', expected one of: x y z$"):
        parse_examples("a\tw\n", "x", outputs=XYZ)


@pytest.mark.parametrize("name", ["a b", "", "#a", "-", "a\n"])
def test_symbols_that_the_format_cannot_hold_are_not_written(name: str) -> None:
    examples = Examples(np.array([[0]]), np.array([[0]]), AB, Alphabet.of([name]))
    with pytest.raises(ValueError, match="cannot stand in an example file"):
        render_examples(examples)


@given(example_sets(), st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(examples: Examples, data: st.DataObject) -> None:
    pieces = ["", "\n", "\t", " ", "-", "#", "x", "\x00", "\x1b[2J", "\u2028", "\ud800", "a\tx\n"]
    refused_or_read(parse_examples, damaged(data.draw, render_examples(examples), pieces))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: cannot be read \(No such file or directory\)$"):
        read_examples(tmp_path / "none.txt")
    with pytest.raises(InputError, match=r": cannot be read \(Is a directory\)$"):
        read_examples(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"binary: is not UTF-8 text$"):
        read_examples(tmp_path / "binary")


@pytest.mark.parametrize("text", ["a b\tx y\r\nb\tz\r\n", "\ufeffa b\tx y\nb\tz\n"])
def test_what_other_editors_write(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.txt").write_bytes(text.encode())
    examples = read_examples(tmp_path / "x.txt")
    assert (examples.inputs, examples.outputs, len(examples)) == (AB, XYZ, 2)
