"""AALpy's learners that ask: exact with our oracle, and counted as ours are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from seqlogic.asking import Count, Oracle, QueryableMachine, RandomWords, SuiteWords, Word, in_turn
from seqlogic.machine import Machine, canonical, to_mealy
from seqlogic.study.peers import Active, kv, lstar
from tests.unknowns import PARITY, complete, counter, knowing

PEERS = pytest.mark.parametrize("peer", [lstar, kv], ids=["lstar", "kv"])


class Watched(QueryableMachine):
    """A machine that remembers what it was asked."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.asked: list[Word] = []

    def answer(self, words: Sequence[Word]) -> list[Word]:
        self.asked += words
        return super().answer(words)


@PEERS
@settings(max_examples=30)
@given(machine=complete(6))
def test_they_learn_the_machine(peer: Active, machine: Machine) -> None:
    found = peer(QueryableMachine(machine), knowing(machine), 60.0)
    assert found.finished
    assert found.machine is not None
    assert found.machine.digest == canonical(to_mealy(machine)).digest
    assert found.standing.states == len(canonical(to_mealy(machine)))


@PEERS
@pytest.mark.parametrize("oracle", [in_turn(RandomWords(20), SuiteWords()), SuiteWords()], ids=["both", "suite"])
def test_all_that_is_asked_is_counted_once(peer: Active, oracle: Oracle) -> None:
    unknown = Watched(counter(6))
    standing = peer(unknown, oracle, 60.0).standing
    assert standing.learning.queries + standing.testing.queries == len(unknown.asked)
    assert standing.learning.symbols + standing.testing.symbols == sum(map(len, unknown.asked))
    assert len(set(unknown.asked)) == len(unknown.asked)
    assert standing.rounds >= 1


@PEERS
def test_when_the_time_is_over_it_is_not_finished(peer: Active) -> None:
    found = peer(QueryableMachine(PARITY), SuiteWords(), -1.0)
    assert (found.machine, found.finished, found.standing.learning) == (None, False, Count())
