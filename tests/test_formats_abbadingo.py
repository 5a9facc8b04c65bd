"""Abbadingo files: what is read, what is written, and the line of every error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import rows
from seqlogic.formats.abbadingo import parse_abbadingo, read_abbadingo, render_abbadingo
from seqlogic.machine import UNKNOWN, Alphabet
from tests.example_sets import padded
from tests.strategies import damaged, refused_or_read

LABELS = Alphabet.of("01")
INPUTS = [Alphabet.of("012"), Alphabet.of("210"), Alphabet.of(["coin", "-1", "#"]), Alphabet.words(2)]


@st.composite
def labelled_words(draw: st.DrawFn) -> Examples:
    """Words over three symbols or more, each with one label, at its end."""
    words = draw(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), min_size=1, max_size=6))
    labels = draw(st.lists(st.integers(0, 1), min_size=len(words), max_size=len(words)))
    length = max(map(len, words)) + draw(st.integers(0, 1))
    answers = [[UNKNOWN] * (len(word) - 1) + [label] for word, label in zip(words, labels, strict=True)]
    outputs = draw(st.sampled_from([LABELS, Alphabet.of("10"), Alphabet.words(1)]))
    return Examples(padded(words, length), padded(answers, length), draw(st.sampled_from(INPUTS)), outputs)


def names(examples: Examples) -> list[tuple[list[str], list[str]]]:
    """Each sequence as the names of its symbols; `?` is what was not observed."""
    return [
        (
            [examples.inputs.name(x) for x in word if x >= 0],
            [examples.outputs.name(y) if y >= 0 else "?" for x, y in zip(word, answers, strict=True) if x >= 0],
        )
        for word, answers in zip(examples.words.tolist(), examples.answers.tolist(), strict=True)
    ]


@given(labelled_words())
def test_writing_and_reading_gives_the_same_examples(examples: Examples) -> None:
    text = render_abbadingo(examples)
    again = parse_abbadingo(text, "x", examples.inputs, examples.outputs)
    assert (again.inputs, again.outputs) == (examples.inputs, examples.outputs)
    assert names(again) == names(examples)
    assert again.lines == tuple(range(2, len(examples) + 2))
    assert names(parse_abbadingo(text, "x")) == names(examples)


def test_a_label_is_the_output_of_the_last_symbol() -> None:
    examples = parse_abbadingo("4 2\n1 3 0 1 1\n0 1 0\n\n-1 2 1 0\n1 2 0 0\n", "x")
    assert (examples.inputs, examples.outputs) == (Alphabet.of("01"), LABELS)
    assert examples.words.tolist() == [[0, 1, 1], [0, -1, -1], [1, 0, -1], [0, 0, -1]]
    assert examples.answers.tolist() == [[-1, -1, 1], [0, -1, -1], [-1, -1, -1], [-1, 1, -1]]
    assert examples.lines == (2, 3, 5, 6)


def test_what_is_written() -> None:
    words, answers = np.array([[0, 1, 1], [1, -1, -1]]), np.array([[-1, -1, 1], [0, -1, -1]])
    assert render_abbadingo(Examples(words, answers, Alphabet.of("012"), LABELS)) == "2 3\n1 3 0 1 1\n0 1 1\n"
    # A label is the name of its output, not the number.
    assert render_abbadingo(Examples(words, answers, LABELS, Alphabet.of("10"))) == "2 2\n0 3 0 1 1\n1 1 1\n"


def test_the_empty_word_is_left_out() -> None:
    examples = parse_abbadingo("3 2\n1 0\n0 1 0\n-1 0\n", "x")
    assert examples.words.tolist() == [[0]]
    assert examples.lines == (3,)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("2 2\n1 1 2\n0 1 1\n", ["1", "2"]),
        ("2 20\n1 1 10\n0 2 9 x\n", ["9", "10", "x"]),
        ("1 3\n1 2 b a\n", ["a", "b"]),
        ("1 999999999999999999\n1 1 7\n", ["7"]),
    ],
)
def test_symbols_are_those_that_occur(text: str, inputs: list[str]) -> None:
    examples = parse_abbadingo(text, "x")
    assert examples.inputs == Alphabet.of(inputs)
    # Both labels are outputs, also where only one of them occurs.
    assert examples.outputs == LABELS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.abb: is empty, expected the number of words and the number of symbols"),
        (" \n\n", "x.abb: is empty, expected the number of words and the number of symbols"),
        ("2\n", "x.abb:1: expected two numbers, how many words and how many symbols, got '2'"),
        ("\n1 2 3\n", "x.abb:2: expected two numbers, how many words and how many symbols, got '1 2 3'"),
        ("1 two\n1 1 0\n", "x.abb:1: expected two numbers, how many words and how many symbols, got '1 two'"),
        ("-1 2\n", "x.abb:1: expected two numbers, how many words and how many symbols, got '-1 2'"),
        ("1 2.0\n", "x.abb:1: expected two numbers, how many words and how many symbols, got '1 2.0'"),
        ("1 \u0662\n", "x.abb:1: expected two numbers, how many words and how many symbols, got '1 \u0662'"),
        ("1" + 18 * "0" + " 2\n", "x.abb:1: expected two numbers, how many words and how many symbols, got "
         "'1000000000000000000 2'"),
        ("2 2\n1 1 0\n", "x.abb:1: 2 words are announced, but 1 follow"),
        ("999999999999999999 2\n1 1 0\n", "x.abb:1: 999,999,999,999,999,999 words are announced, but 1 follow"),
        ("1 2\n1 1 0\n\n0 1 1\n", "x.abb:4: one word more than the 1 announced"),
        ("2 2\n1 1 0\n0\n", "x.abb:3: expected a label, a length and as many symbols"),
        ("1 2\n2 1 0\n", "x.abb:2: label '2', expected one of: 1 0 -1"),
        ("1 2\n+ 1 0\n", "x.abb:2: label '+', expected one of: 1 0 -1"),
        ("1 2\n1 one 0\n", "x.abb:2: length 'one', expected a number"),
        ("1 2\n1 -1\n", "x.abb:2: length '-1', expected a number"),
        ("1 2\n1 3 0 1\n", "x.abb:2: 2 symbols, but the length is 3"),
        ("1 2\n1 1 0 1\n", "x.abb:2: 2 symbols, but the length is 1"),
        ("1 2\n1 999999999999999999 0\n", "x.abb:2: 1 symbols, but the length is 999,999,999,999,999,999"),
        ("2 2\n1 2 0 1\n1 3 0 1 2\n", "x.abb:3: 3 distinct symbols by now, but 2 are announced"),
        ("1 0\n1 1 0\n", "x.abb:2: 1 distinct symbols by now, but 0 are announced"),
        ("1 2\n1 0\n", "x.abb: holds no word of one symbol or more"),
        ("0 2\n", "x.abb: holds no word of one symbol or more"),
    ],
)  # fmt: skip
def test_every_error_names_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_abbadingo(text, "x.abb")
    assert str(error.value) == message


def test_symbols_outside_a_declared_alphabet() -> None:
    with pytest.raises(InputError, match=r"^x:3: unknown symbol '2', expected one of: 0 1$"):
        parse_abbadingo("2 3\n1 1 0\n1 1 2\n", "x", inputs=LABELS)
    with pytest.raises(InputError, match=r"^x:2: unknown symbol '1', expected one of: no yes$"):
        parse_abbadingo("1 2\n1 1 0\n", "x", outputs=Alphabet.of(["no", "yes"]))


def test_a_table_of_one_long_and_many_short_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_SYMBOLS", 12)
    text = "4 2\n1 3 0 1 1\n" + "0 1 0\n" * 3
    assert parse_abbadingo(text, "x").words.shape == (4, 3)
    message = r"^x:6: 5 sequences of up to 3 symbols need a table of 15 entries; at most 12 are read: cut the file into"
    with pytest.raises(InputError, match=message):
        parse_abbadingo(text.replace("4 2", "5 2") + "1 1 1\n", "x")


@given(st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(data: st.DataObject) -> None:
    text = render_abbadingo(data.draw(labelled_words()))
    pieces = ["", "\n", " ", "-1", "9", "x", "\x00", "9" * 30, "\u2028", "1 0\n"]
    refused_or_read(parse_abbadingo, damaged(data.draw, text, pieces))


@pytest.mark.parametrize(
    ("answers", "inputs", "outputs", "message"),
    [
        ([[0, 1]], "ab", "01", "sequence 1 has 2 outputs, expected one label, at its end"),
        ([[-1, 1], [1, -1]], "ab", "01", "sequence 2 has 1 outputs, expected one label, at its end"),
        ([[-1, -1]], "ab", "01", "sequence 1 has 0 outputs, expected one label, at its end"),
        ([[-1, 1]], "ab", "012", "3 output symbols 0 1 2, expected the two labels 0 and 1"),
        ([[-1, 0]], "ab", "1", "1 output symbols 1, expected the two labels 0 and 1"),
        ([[-1, 0]], "ab", "ny", "2 output symbols n y, expected the two labels 0 and 1"),
        ([[-1, 0]], ["a", "b c"], "01", "symbol 'b c' cannot stand in an Abbadingo file"),
        ([[-1, 0]], ["a", ""], "01", "symbol '' cannot stand in an Abbadingo file"),
    ],
)
def test_what_the_format_cannot_hold_is_not_written(
    answers: list[list[int]], inputs: str | list[str], outputs: str, message: str
) -> None:
    words = np.zeros((len(answers), 2), dtype=np.int32)
    with pytest.raises(ValueError, match=f"^{message}$"):
        render_abbadingo(Examples(words, np.array(answers), Alphabet.of(inputs), Alphabet.of(outputs)))


def test_a_sequence_without_symbols_is_not_written() -> None:
    with pytest.raises(ValueError, match=r"^sequence 1 has 0 outputs"):
        render_abbadingo(Examples(np.array([[-1]]), np.array([[-1]]), LABELS, LABELS))


def test_files(tmp_path: Path) -> None:
    (tmp_path / "x.abb").write_bytes(b"\xef\xbb\xbf2 2\r\n1 2 0 1\r\n0 1 0\r\n")
    examples = read_abbadingo(str(tmp_path / "x.abb"))
    assert names(examples) == [(["0", "1"], ["?", "1"]), (["0"], ["0"])]
    with pytest.raises(InputError, match=r"none\.abb: cannot be read \(No such file or directory\)$"):
        read_abbadingo(tmp_path / "none.abb")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"binary: is not UTF-8 text$"):
        read_abbadingo(tmp_path / "binary")
