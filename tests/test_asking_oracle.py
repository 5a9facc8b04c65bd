"""Oracles: a counterexample is one, the suite keeps what it claims, and random words reach what is far away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.asking import GivenWords, Oracle, QueryableMachine, RandomWords, Record, SuiteWords, in_turn
from seqlogic.machine import Machine, canonical
from seqlogic.proof import distinguish
from tests.unknowns import BIT, PARITY, complete, counter

SILENT = Machine([[0, 0]], [[0, 0]], BIT, BIT)


@pytest.mark.parametrize("oracle", [RandomWords(50), SuiteWords(1)], ids=["random", "suite"])
@given(st.data())
def test_a_counterexample_is_one_and_was_asked(oracle: Oracle, data: st.DataObject) -> None:
    unknown = data.draw(complete())
    machine = data.draw(
        complete().filter(lambda m: (m.inputs, m.outputs) == (unknown.inputs, unknown.outputs)) | st.just(unknown)
    )
    record = Record(QueryableMachine(unknown))
    word = oracle(canonical(machine), record)
    if word is None:
        return
    answers = np.array([record.after(word)])
    assert record.counts["testing"].queries
    differs = answers != machine.run(np.array([word]))[0]
    assert differs[0].tolist() == [False] * (len(word) - 1) + [True]


@given(complete(4), complete(5))
def test_the_suite_misses_nothing_of_the_size_that_it_claims(machine: Machine, unknown: Machine) -> None:
    if (machine.inputs, machine.outputs) != (unknown.inputs, unknown.outputs):
        return
    oracle, machine = SuiteWords(1), canonical(machine)
    found = oracle(machine, Record(QueryableMachine(unknown)))
    assert oracle.suite is not None
    assert oracle.suite.extra_states == 1
    if len(canonical(unknown)) <= len(machine) + 1:
        assert (found is None) == (distinguish(machine, unknown) is None)


def test_the_budget_bounds_the_suite() -> None:
    oracle = SuiteWords(2, budget=40)
    oracle(canonical(counter(8)), Record(QueryableMachine(counter(8))))
    assert oracle.suite is not None
    assert oracle.suite.symbols <= 40
    assert oracle.suite.extra_states is None


def test_random_words_reach_what_long_runs_of_one_symbol_reach() -> None:
    found = RandomWords(200, seed=3)(SILENT, Record(QueryableMachine(counter(200))))
    assert found is not None
    assert sum(found) == 200


def test_random_words_go_on_from_the_states_of_the_machine() -> None:
    record = Record(QueryableMachine(counter(64)))
    assert RandomWords(100, longest=1)(canonical(counter(64)), record) is None
    # A walk of one symbol is as far from the reset as the state where it begins.
    deepest = max(len(record.word(node)) for node in range(len(record.output)))
    assert 40 < deepest <= 64


def test_each_round_asks_other_words_and_a_seed_the_same() -> None:
    def asked(oracle: Oracle) -> tuple[int, int]:
        record = Record(QueryableMachine(PARITY))
        assert oracle(PARITY, record) is None
        return record.counts["testing"].queries, record.counts["testing"].symbols

    one, same = RandomWords(30, seed=1), RandomWords(30, seed=1)
    first = asked(one)
    assert asked(same) == first
    assert asked(one) != first
    assert asked(RandomWords(30, seed=2)) != first


def test_given_words_are_asked_until_one_fails() -> None:
    record = Record(QueryableMachine(PARITY))
    oracle = GivenWords([(0, 0), (0, 1, 0, 1), (1, 1)])
    assert oracle(SILENT, record) == (0, 1)
    assert record.after((1, 1)) is not None
    assert oracle(PARITY, record) is None


def test_no_words_find_nothing() -> None:
    record = Record(QueryableMachine(PARITY))
    assert RandomWords(0)(SILENT, record) is None
    assert record.counts["testing"].queries == 0


def test_in_turn_stops_at_the_first_that_finds_something() -> None:
    asked = []

    def named(name: str, word: tuple[int, ...] | None) -> Oracle:
        def oracle(machine: Machine, record: Record) -> tuple[int, ...] | None:
            asked.append(name)
            return word

        return oracle

    record = Record(QueryableMachine(PARITY))
    assert in_turn(named("a", None), named("b", ()), named("c", (1,)))(PARITY, record) == ()
    assert asked == ["a", "b"]
    assert in_turn(named("d", None))(PARITY, record) is None
