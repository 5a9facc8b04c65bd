"""Which examples spoil logic that would give all others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.history import learn_history, spoiled
from seqlogic.logic import choose
from tasks import Crc, ModCounter, Scrambler, Task


def with_errors(task: Task[Any], places: list[tuple[int, int]], sequences: int = 200, length: int = 60) -> Examples:
    """Examples of one length with some outputs turned."""
    examples = task.examples(np.random.default_rng(2), sequences, length, length)
    answers = examples.answers.copy()
    for row, place in places:
        answers[row, place] ^= 1
    return replace(examples, answers=answers, lines=tuple(range(10, 10 + sequences)))


@pytest.mark.parametrize("task", [Crc(polynomial="crc16"), Scrambler(kind="multiplicative", taps=(7, 4))])
def test_a_wrong_output_is_named(task: Task[Any]) -> None:
    examples = with_errors(task, [(17, 30)])
    assert learn_history(examples) is None
    found = spoiled(examples)
    assert found is not None
    assert np.argwhere(found.wrong).tolist() == [[17, 30]]
    wrong = int(examples.answers[17, 30])
    assert found.text() == (
        "one gives all but those of 1 of 200 sequences, the first at line 27, symbol 31: "
        f"it gives {1 - wrong}, observed was {wrong}"
    )


def test_of_few_long_sequences_a_part_of_the_steps_is_enough() -> None:
    examples = with_errors(Scrambler(kind="multiplicative", taps=(7, 4)), [(0, 1500)], sequences=1, length=4000)
    found = spoiled(replace(examples, lines=()))
    assert found is not None
    assert "the first at sequence 1, symbol 1501: " in found.text()


def test_nothing_is_named_where_logic_is_not_the_answer_or_much_is_wrong() -> None:
    assert spoiled(with_errors(ModCounter(k=5), [(3, 3)])) is None
    many = [(row, 20 + row % 30) for row in range(0, 200, 3)]
    assert spoiled(with_errors(Crc(polynomial="crc16"), many)) is None
    # Nothing spoils what fits.
    assert spoiled(with_errors(Crc(polynomial="crc16"), [])) is None


def test_it_is_said_before_a_table_that_would_be_slow() -> None:
    said: list[str] = []
    examples = with_errors(Crc(polynomial="crc16"), [(17, 30)], 400)

    def table() -> None:
        assert len(said) == 1

    assert choose(examples, table, None, said.append) is None
    assert said[0].startswith("one gives all but those of 1 of 400 sequences, the first at line 27, symbol 31: ")


def test_it_is_said_after_a_table_that_was_not_found() -> None:
    said: list[str] = []
    examples = with_errors(Crc(polynomial="crc4"), [(17, 30)], 100, 40)
    assert choose(examples, lambda: None, None, said.append) is None
    assert len(said) == 1
