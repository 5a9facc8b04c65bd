"""Learning by asking is exact where the oracle is, asks little, and what it says of itself is so."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given

from seqlogic.asking import (
    GivenWords,
    Learner,
    QueryableFunction,
    QueryableMachine,
    RandomWords,
    Record,
    Standing,
    SuiteWords,
    Word,
    in_turn,
    learn,
)
from seqlogic.errors import InputError
from seqlogic.machine import Machine, canonical, to_mealy
from seqlogic.proof import equivalent
from tasks import Crc, Dyck, RandomMachine, Task, Uart
from tests.unknowns import BIT, PARITY, complete, counter, knowing


@given(complete())
def test_what_is_learned_is_the_minimal_machine(machine: Machine) -> None:
    rounds = []

    def counted(hypothesis: Machine, record: Record) -> Word | None:
        rounds.append(len(hypothesis))
        return knowing(machine)(hypothesis, record)

    found = learn(QueryableMachine(machine), counted)
    true = canonical(to_mealy(machine))
    assert found.finished
    assert found.machine is not None
    assert found.machine.digest == true.digest
    assert np.array_equal(found.machine.next_state, true.next_state)
    assert found.standing.states == rounds[-1] == len(true)
    assert found.standing.rounds == len(rounds)


@given(complete())
def test_hypotheses_agree_with_all_that_was_asked_and_only_grow(machine: Machine) -> None:
    record = Record(QueryableMachine(machine))
    learner, oracle, sizes = Learner(record), knowing(machine), []
    while True:
        hypothesis = learner.hypothesis()
        sizes.append(len(hypothesis))
        for node in range(1, len(record.output)):
            word = record.word(node)
            assert hypothesis.run(np.array([word]))[0][0, -1] == record.output[node]
        if oracle(hypothesis, record) is None:
            break
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == learner.states == len(canonical(to_mealy(machine)))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "task",
    [Crc(polynomial="crc4"), Dyck(depth=8, answer="balanced"), Uart(), RandomMachine(states=50, seed=1)],
    ids=["crc4", "dyck8", "uart", "random50"],
)
def test_tests_alone_find_the_machine(task: Task, seed: int) -> None:
    oracle = in_turn(RandomWords(seed=seed), SuiteWords())
    found = learn(QueryableMachine(task.reference()), oracle)
    assert found.machine is not None
    assert equivalent(found.machine, task.reference())


def test_a_long_count_takes_few_words() -> None:
    states = 64
    found = learn(QueryableMachine(counter(states)), knowing(counter(states)))
    # A word for each entry, and few to find the probe that tells all states apart.
    assert found.standing.learning.queries <= 2 * states + 16
    assert found.standing.rounds <= 4


def test_a_probe_goes_on_behind_what_it_was_found_for() -> None:
    # All 256 states are told apart by what follows them for some time, and hardly ever by the next symbol.
    oracle = in_turn(RandomWords(), SuiteWords())
    found = learn(QueryableMachine(Crc(polynomial="crc8").reference()), oracle)
    assert found.standing.states == 256
    assert found.standing.learning.queries <= 2 * 256 + 64


def test_what_a_long_word_shows_is_found_in_few_words() -> None:
    # The first symbol decides what a 1 is answered by, and 0 holds.
    holding = Machine([[1, 2], [1, 1], [2, 2]], [[0, 0], [0, 0], [0, 1]], BIT, BIT)
    oracle = in_turn(GivenWords([(1, *[0] * 500, 1)]), knowing(holding))
    found = learn(QueryableMachine(holding), oracle)
    assert found.standing.states == 3
    assert found.standing.learning.queries <= 40


def test_a_callable_is_learned() -> None:
    def running_maximum(word: Word) -> Sequence[int]:
        return np.maximum.accumulate(word).tolist()

    found = learn(QueryableFunction(running_maximum, BIT, BIT), SuiteWords(2))
    assert found.machine is not None
    assert found.machine.next_state.tolist() == [[0, 1], [1, 1]]
    assert found.machine.output.tolist() == [[0, 1], [1, 1]]


def test_the_standing_is_told_and_only_grows() -> None:
    told: list[Standing] = []
    found = learn(QueryableMachine(counter(8)), in_turn(knowing(counter(8)), SuiteWords()), tell=told.append)
    states = [standing.states for standing in told]
    assert states == sorted(states)
    totals = [standing.learning.queries + standing.testing.queries for standing in told]
    assert totals == sorted(set(totals))
    assert told[-1].testing == found.standing.testing
    assert found.standing.rounds > told[0].rounds == 0


def test_time_that_is_over_leaves_the_last_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    assert learn(QueryableMachine(PARITY), SuiteWords(), seconds=-1).machine is None
    ticks = itertools.count()
    monkeypatch.setattr("seqlogic.asking.record.time.monotonic", lambda: next(ticks))
    told: list[Standing] = []
    found = learn(QueryableMachine(counter(64)), knowing(counter(64)), seconds=5, tell=told.append)
    assert not found.finished
    assert found.machine is not None
    assert len(found.machine) < 64
    assert len(told) == 5
    assert found.standing.learning == told[-1].learning


def test_an_unknown_that_is_no_machine_is_an_error() -> None:
    rng = np.random.default_rng(0)
    unknown = QueryableFunction(lambda word: rng.integers(2, size=len(word)).tolist(), BIT, BIT)
    with pytest.raises(InputError, match="expected that each reset leads to one state"):
        learn(unknown, RandomWords())
