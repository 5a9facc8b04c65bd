"""Each task against an independent definition of its answers, on all short words or on many long ones."""

import re
from itertools import pairwise, product

import numpy as np
import pytest

from tasks import (
    CanDestuff,
    CycleNavigation,
    Detector,
    DivisibleBy,
    Dyck,
    EvenPairs,
    ModCounter,
    Parity,
    SerialAdder,
    Task,
    Tomita,
)


def answers(task: Task, word: list[str]) -> list[str]:
    """The names of the outputs of one word, by name too."""
    output, _ = task.reference().run(np.array([[task.inputs.index(symbol) for symbol in word]]))
    return [task.outputs.name(symbol) for symbol in output[0].tolist()]


def odd_ones_then_odd_zeros(word: str) -> bool:
    runs = [match.group() for match in re.finditer("0+|1+", word)]
    return any(ones[0] == "1" and len(ones) % 2 and len(zeros) % 2 for ones, zeros in pairwise(runs))


TOMITA = {
    1: lambda word: re.fullmatch("1*", word),
    2: lambda word: re.fullmatch("(10)*", word),
    3: lambda word: not odd_ones_then_odd_zeros(word),
    4: lambda word: "000" not in word,
    5: lambda word: word.count("0") % 2 == 0 and word.count("1") % 2 == 0,
    6: lambda word: (word.count("0") - word.count("1")) % 3 == 0,
    7: lambda word: re.fullmatch("0*1*0*1*", word),
}


def dyck(word: str, depth: int) -> tuple[bool, bool]:
    """Whether no prefix leaves the bounds, and whether as many brackets close as open."""
    heights = [word[:t].count("(") - word[:t].count(")") for t in range(len(word) + 1)]
    return min(heights) >= 0 and max(heights) <= depth, heights[-1] == 0


BINARY_DEFINITIONS = [
    (Parity(), lambda word: word.count("1") % 2),
    (EvenPairs(), lambda word: (sum(a != b for a, b in pairwise(word)) + 1) % 2),
    *((Tomita(number=number), language) for number, language in TOMITA.items()),
    *((ModCounter(k=k), lambda word, k=k: word.count("1") % k == 0) for k in (2, 3, 5, 8)),
    *(
        (Detector(pattern=pattern), lambda word, pattern=pattern: word.endswith(pattern))
        for pattern in ("1", "00", "1011", "010", "11011011")
    ),
    *((DivisibleBy(k=k), lambda word, k=k: int(word, 2) % k == 0) for k in (2, 3, 4, 6, 7, 12)),
]


@pytest.mark.parametrize(
    ("task", "definition"),
    BINARY_DEFINITIONS,
    ids=lambda value: type(value).__name__ if isinstance(value, Task) else "",
)
def test_the_last_answer_of_every_short_word(task, definition):
    for length in range(1, 11):
        for letters in product("01", repeat=length):
            word = "".join(letters)
            state = task.initial
            for letter in word:
                state, output = task.step(state, int(letter))
            assert output == bool(definition(word)), word


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_dyck_on_every_short_word(depth):
    balanced, valid = Dyck(depth=depth), Dyck(depth=depth, answer="valid")
    for word in map("".join, product("()", repeat=9)):
        expected = [dyck(word[: t + 1], depth) for t in range(9)]
        assert answers(valid, word) == [str(int(is_valid)) for is_valid, _ in expected]
        assert answers(balanced, word) == [str(int(is_valid and level)) for is_valid, level in expected]


def test_the_serial_adder_adds():
    for first, second in product(range(16), repeat=2):
        word = [f"{first >> t & 1}{second >> t & 1}" for t in range(5)]
        assert sum(int(bit) << t for t, bit in enumerate(answers(SerialAdder(), word))) == first + second


@pytest.mark.parametrize("k", [2, 5, 7])
def test_cycle_navigation_adds_up_its_moves(k):
    moves = np.random.default_rng(k).choice(["stay", "+1", "-1"], size=50).tolist()
    places = np.cumsum([0 if move == "stay" else int(move) for move in moves]) % k
    assert answers(CycleNavigation(k=k), moves) == [str(place) for place in places]


def stuffed(data: str, run: int) -> tuple[str, str]:
    """The bits that a sender makes of data, and the answers that a receiver owes."""
    bits, owed = "", ""
    for bit in data:
        bits, owed = bits + bit, owed + bit
        if len(bits) >= run and len(set(bits[-run:])) == 1:
            bits, owed = bits + ("1" if bit == "0" else "0"), owed + "s"
    return bits, owed


@pytest.mark.parametrize("run", [2, 3, 5])
def test_can_destuff_undoes_a_sender(run):
    for data in map("".join, product("01", repeat=11)):
        bits, owed = stuffed(data, run)
        assert "".join(answers(CanDestuff(run=run), bits)) == owed


@pytest.mark.parametrize(
    ("bits", "owed"),
    [
        ("000000", "00000e"),
        ("0000000001", "00000eeee1"),
        # The error ends with a change, which counts as the first bit of a run.
        ("000000111110", "00000e11111s"),
        # The stuff bit counts as the first bit of a run.
        ("00000111110", "00000s1111s"),
        ("1111110", "11111e0"),
    ],
)
def test_can_destuff_after_an_error_and_a_stuff_bit(bits, owed):
    assert "".join(answers(CanDestuff(), bits)) == owed
