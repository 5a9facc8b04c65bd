"""The record asks nothing twice, counts what it asks, and notices an unknown that is no machine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.asking import Count, OutOfTimeError, QueryableFunction, QueryableMachine, Record, Word
from seqlogic.errors import InputError
from seqlogic.machine import Machine
from tests.unknowns import BIT, PARITY, complete

WORDS = st.lists(st.lists(st.integers(0, 1), max_size=5).map(tuple), max_size=12)


class Watched(QueryableMachine):
    """A machine that remembers the batches it was asked."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.batches: list[list[Word]] = []

    def answer(self, words: Sequence[Word]) -> list[Word]:
        self.batches.append(list(words))
        return super().answer(words)


@given(st.lists(WORDS, max_size=4))
def test_no_word_is_asked_that_begins_another(batches: list[list[Word]]) -> None:
    unknown = Watched(PARITY)
    record = Record(unknown)
    for batch in batches:
        record.ask(batch, "learning")
    asked = [word for batch in unknown.batches for word in batch]
    assert record.counts["learning"] == Count(len(asked), sum(map(len, asked)))
    assert record.counts["testing"] == Count()
    for at, word in enumerate(asked):
        assert all(earlier[: len(word)] != word for earlier in asked[:at])
    for batch in unknown.batches:
        assert all(one == other or other[: len(one)] != one for one in batch for other in batch)
    for word in (word for batch in batches for word in batch):
        assert record.after(word) == PARITY_ANSWERS.answer([word])[0]


PARITY_ANSWERS = QueryableMachine(PARITY)


def test_what_was_asked_for_one_purpose_is_known_for_the_other() -> None:
    record = Record(QueryableMachine(PARITY))
    record.ask([(1, 1, 0)], "testing")
    record.ask([(1, 1), (1, 0)], "learning")
    assert record.counts == {"testing": Count(1, 3), "learning": Count(1, 2)}


def test_nodes_know_their_words_and_what_follows_them() -> None:
    record = Record(QueryableMachine(PARITY))
    record.ask([(1, 1, 0), (1, 0)], "learning")
    node = record.children[0][1]
    assert record.word(node) == (1,)
    assert record.word(0) == ()
    assert record.word(record.children[record.children[node][1]][0]) == (1, 1, 0)
    assert record.after((1, 0), node) == (0, 0)
    assert record.after((0, 0), node) is None
    assert (record.output[node], record.symbol[node], record.parent[node]) == (1, 1, 0)


def test_answers_are_asked_in_growing_batches_and_no_further_than_somebody_looks() -> None:
    unknown = Watched(PARITY)
    words = [tuple(map(int, f"{number:05b}")) for number in range(20)]
    answers = Record(unknown).answers(words, "testing")
    assert [next(answers) for _ in range(4)] == PARITY_ANSWERS.answer(words[:4])
    assert list(map(len, unknown.batches)) == [1, 2, 4]
    assert [*answers] == PARITY_ANSWERS.answer(words[4:])


@given(complete())
def test_a_batch_is_told(machine: Machine) -> None:
    record = Record(QueryableMachine(machine))
    told: list[int] = []
    record.tell = lambda: told.append(record.counts["learning"].queries)
    record.ask([(0,)], "learning")
    record.ask([(0,)], "learning")
    record.ask([(0, 0)], "learning")
    assert told == [1, 2]


def test_an_unknown_that_answers_in_two_ways_is_refused() -> None:
    count = iter(range(9))
    record = Record(QueryableFunction(lambda word: [next(count) % 2, *[0] * (len(word) - 1)], BIT, BIT))
    record.ask([(0, 0)], "learning")
    with pytest.raises(InputError) as error:
        record.ask([(0, 1)], "learning")
    assert str(error.value) == "answers 0 once and 1 another time, expected that each reset leads to one state: after 0"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([0], "1 answers to 2 symbols: 1 0"),
        ([0, 0, 0], "3 answers to 2 symbols: 1 0"),
        ([0, 2], "the answer 2 is none of 2 output symbols, after 1 0"),
        ([-1, 0], "the answer -1 is none of 2 output symbols, after 1"),
    ],
)
def test_an_answer_that_is_none_is_refused(answer: list[int], message: str) -> None:
    with pytest.raises(InputError) as error:
        Record(QueryableFunction(lambda _: answer, BIT, BIT)).ask([(1, 0)], "learning")
    assert str(error.value) == message


def test_when_the_time_is_over_only_what_is_known_is_answered() -> None:
    record = Record(QueryableMachine(PARITY), seconds=-1)
    record.ask([()], "learning")
    with pytest.raises(OutOfTimeError):
        record.ask([(0,)], "learning")
    assert record.counts["learning"] == Count()
