"""What `prove` tells a person about two machines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqlogic.machine import UNKNOWN, Alphabet, Machine, to_moore
from seqlogic.proof import prove

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
ONCE = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], BIT, BIT)
STUCK = Machine([[0, 1], [1, 1]], [[0, 1], [1, 1]], BIT, BIT)


def test_equal() -> None:
    verdict = prove(PARITY, to_moore(PARITY))
    assert (verdict.result, verdict.word) == ("equal", None)
    assert verdict.text("a", "b") == "equal: a and b answer every input word alike (4 entries)"


def test_conforms() -> None:
    verdict = prove(ONCE, PARITY)
    assert verdict.result == "conforms"
    assert (verdict.word, verdict.left, verdict.right) == (("1", "1"), ("1", "-"), ("1", "0"))
    assert verdict.text("once", "parity") == (
        "conforms: once and parity never contradict each other; 3 of 4 entries of parity are known in once\n"
        "shortest word that only one answers:\n"
        "  input  1 1\n"
        "  once   1 -\n"
        "  parity 1 0"
    )
    assert prove(PARITY, ONCE).result == "conforms"


def test_differs() -> None:
    verdict = prove(STUCK, PARITY)
    assert verdict.text("a", "b") == (
        "differs: a and b contradict each other at step 2\n"
        "shortest counterexample:\n"
        "  input 1 1\n"
        "  a     1 1\n"
        "  b     1 0"
    )


def test_the_counterexample_is_a_contradiction_even_where_an_unknown_comes_first() -> None:
    late = replace(STUCK, output=[[UNKNOWN, 1], [1, 1]], care=[[0, 1], [1, 1]])
    assert prove(late, PARITY).word == ("1", "1")


def test_long_names_stand_below_each_other() -> None:
    names = Alphabet.of(["x" * 60, "y" * 60])
    text = prove(replace(STUCK, inputs=names), replace(PARITY, inputs=names)).text("a", "b")
    assert text.splitlines()[2:] == ["  input" + " " * 56 + "a b", "  " + "y" * 60 + " 1 1", "  " + "y" * 60 + " 1 0"]


def test_a_long_counterexample_is_shortened() -> None:
    n = 1000
    output = np.zeros((n, 1), dtype=int)
    output[-1] = 1
    ring = Machine((np.arange(n)[:, None] + 1) % n, output, Alphabet.of(["t"]), BIT)
    verdict = prove(ring, Machine([[0]], [[0]], ring.inputs, BIT))
    assert len(verdict.word or ()) == n
    text = verdict.text("a", "b")
    assert "... 968 more ..." in text
    assert text.endswith("0 0 1\n  b     " + "0 " * 16 + "... 968 more ... " + "0 " * 15 + "0")


def test_symbols_are_matched_by_name() -> None:
    lamp = Machine([[1, 0], [1, 0]], [[0, 0], [0, 1]], Alphabet.of(["on", "off"]), Alphabet.of(["dark", "light"]))
    other = Machine([[0, 1], [0, 1]], [[1, 1], [2, 1]], Alphabet.of(["off", "on"]), Alphabet.of(["x", "dark", "light"]))
    assert prove(lamp, other).result == "equal"
    other = Machine([[0, 1], [0, 1]], [[1, 1], [0, 1]], Alphabet.of(["off", "on"]), Alphabet.of(["x", "dark", "light"]))
    verdict = prove(lamp, other)
    assert (verdict.word, verdict.left, verdict.right) == (("on", "off"), ("dark", "light"), ("dark", "x"))


def test_moore_machines_are_matched_by_name_too() -> None:
    a = Machine([[0, 1], [0, 1]], [0, 1], Alphabet.of(["off", "on"]), Alphabet.of(["dark", "light"]))
    b = Machine([[1, 0], [1, 0]], [0, 1], Alphabet.of(["on", "off"]), Alphabet.of(["dark", "light"]))
    assert prove(a, b).result == "equal"


def test_input_symbols_of_one_machine_only_are_refused() -> None:
    a, b = (Machine([[0, 0]], [[0, 0]], Alphabet.of(names), BIT) for names in (["on", "off"], ["on", "out"]))
    with pytest.raises(ValueError, match=r"^input symbol 'off' is not one of the second machine$"):
        prove(a, b)
    with pytest.raises(ValueError, match=r"^input symbol 'b' is not one of the first machine$"):
        prove(*(Machine([[0] * n], [[0] * n], Alphabet.of("abc"[:n]), BIT) for n in (1, 2)))
