"""The search for the number of states, as the sequence of attempts that it asks for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.capacity import Attempt, CapacitySearch
from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.merging import agreement
from tests.example_sets import counter, every_word, observed, padded, symbols

SILENT = InputTree(Examples(np.zeros((1, 2)), np.array([[0, -1]]), symbols(2), symbols(2)))
"""Data that tell no two states apart."""
FIVE = InputTree(every_word(counter(5), 6))
"""Data that prove five states."""


def rest(search: CapacitySearch, limit: int = 100) -> list[Attempt]:
    """All attempts that follow, each of which fails."""
    attempts = []
    while (attempt := search.next()) is not None:
        attempts.append(attempt)
        search.failed()
        assert len(attempts) < limit
    return attempts


def one_way(inputs: int) -> Machine:
    """State 0 answers 0 and state 1 answers 1, for good; only the last input symbol leads from 0 to 1."""
    after = np.zeros((2, inputs), dtype=int)
    after[0, -1] = 1
    after[1] = 1
    return Machine(after, [[0] * inputs, [1] * inputs], symbols(inputs), symbols(2))


def test_capacities_of_failed_attempts_cascade_above_a_multiple_of_the_lower_bound() -> None:
    search = CapacitySearch(FIVE)
    assert search.bound == 5
    attempts = []
    for _ in range(11):
        attempts.append(search.next())
        search.failed()
    above = [0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0]
    capacities = [{0: 15, 1: 22, 2: 34, 3: 51}[level] for level in above]
    assert attempts == [Attempt(i, capacity, rung=i % 4) for i, capacity in enumerate(capacities)]


def test_the_first_capacity_is_the_given_multiple_but_at_least_four() -> None:
    for tree, factor, states in ((FIVE, 1.0, 5), (FIVE, 2.5, 12), (SILENT, 3.0, 4), (SILENT, 6.0, 6)):
        attempt = CapacitySearch(tree, factor).next()
        assert attempt == Attempt(0, states)


def test_a_machine_proven_minimal_ends_the_search_at_once() -> None:
    search = CapacitySearch(FIVE)
    assert not search.minimal
    search.next()
    search.succeeded(counter(5), 15)
    assert search.minimal
    assert search.merges == []
    assert [search.next(), search.next()] == [None, None]
    assert search.best is not None
    assert search.attempts == 1


def test_a_consistent_machine_is_merged_in_pairs_then_refitted_then_the_search_ends() -> None:
    search = CapacitySearch(SILENT, refits=3, members=lambda _: 2)
    search.next()
    search.succeeded(counter(3), 9)
    assert not search.minimal
    assert rest(search) == [
        Attempt(1, 2, merges=(((0, 1),), ((0, 2),))),
        Attempt(2, 2, merges=(((1, 2),),)),
        Attempt(3, 9, rung=1),
        Attempt(4, 9, rung=2),
        Attempt(5, 9, rung=3),
    ]
    assert [search.next() for _ in range(3)] == [None] * 3


def test_only_pairs_that_the_data_leave_open_are_merged() -> None:
    # All words of length 4 never leave state 4, and of the others show only that 0 is none of 1, 2 and 3.
    search = CapacitySearch(InputTree(every_word(counter(5), 4)), refits=0)
    search.next()
    search.succeeded(counter(5), 12)
    merged = [merge for attempt in rest(search) for merge in attempt.merges]
    # All but one of the three that may be one with any other but 0 go at once; then come pairs.
    assert [len(merge) for merge in merged] == [2, 1, 1, 1, 1, 1, 1, 1]
    assert sorted(merged[1:]) == [((0, 4),), ((1, 2),), ((1, 3),), ((1, 4),), ((2, 3),), ((2, 4),), ((3, 4),)]


def test_each_merge_of_several_states_is_an_attempt_of_its_own() -> None:
    search = CapacitySearch(SILENT, refits=0, members=lambda _: 5)
    search.next()
    search.succeeded(counter(9), 27)
    attempts = [(attempt.states, [len(merge) for merge in attempt.merges]) for attempt in rest(search)]
    assert attempts[:2] == [(5, [4]), (7, [2])]
    assert attempts[2:] == [(8, [1] * 5)] * 7 + [(8, [1])]


def test_a_smaller_machine_starts_merging_and_refitting_over() -> None:
    search = CapacitySearch(SILENT, refits=2, members=lambda _: 2)
    search.next()
    search.succeeded(counter(3), 9)
    for _ in range(3):
        search.next()
        search.failed()
    assert search.refitted == 1
    search.succeeded(counter(2), 7)
    # Fresh attempts have no more room than a multiple of what is now known to be enough.
    assert rest(search) == [Attempt(4, 1, merges=(((0, 1),),)), Attempt(5, 6, rung=1), Attempt(6, 6, rung=2)]
    assert len(search.best or []) == 2


def test_a_machine_that_is_no_smaller_changes_nothing() -> None:
    search = CapacitySearch(SILENT, refits=2, members=lambda _: 1)
    search.next()
    first = counter(2)
    search.succeeded(first, 9)
    search.next()
    search.succeeded(counter(2), 9)
    search.next()
    search.succeeded(counter(3), 9)
    assert search.network is first
    assert rest(search) == [Attempt(3, 6, rung=2)]


def test_a_network_is_kept_as_it_is_unless_folding_gave_it_values() -> None:
    larger = Machine([[1, 0], [0, 1]], [[0, 1], [0, 1]], symbols(2), symbols(2))
    partial = Machine([[1, 0], [UNKNOWN, 1]], [[0, 1], [UNKNOWN, 1]], symbols(2), symbols(2))
    for network, kept in ((larger, True), (partial, False)):
        search = CapacitySearch(SILENT)
        search.next()
        search.succeeded(network, 9)
        assert len(search.best or []) == 1
        assert (search.network is network) is kept


def test_failures_after_a_success_count_for_nothing() -> None:
    search = CapacitySearch(SILENT)
    search.next()
    search.failed()
    search.next()
    search.succeeded(counter(2), 9)
    search.failed()
    assert search.failures == 1


def test_a_machine_raises_a_bound_that_too_many_frequent_prefixes_had_hidden() -> None:
    # 1,199 words lead nowhere, twice each; one word, seen once, is in another state than the empty one.
    words = padded([[x] for x in range(1199)] * 2 + [[1199, 0]], 2)
    machine = one_way(1200)
    search = CapacitySearch(InputTree(observed(machine, words)))
    assert search.bound == 1
    search.next()
    search.succeeded(machine, 9)
    assert search.minimal
    assert search.next() is None


def test_a_machine_proven_minimal_is_not_merged_though_frequent_prefixes_leave_a_pair_open() -> None:
    # State 1 is reached by five frequent words after which no output is seen, and by a rare one that shows it.
    words = padded([[4, x] for x in range(4)] * 2 + [[0, 0], [4, 4, 0]], 3)
    examples = observed(one_way(5), words)
    hidden = (examples.words[:, :1] == 4) & (np.arange(3) == 1)
    tree = InputTree(Examples(words, np.where(hidden, UNKNOWN, examples.answers), examples.inputs, examples.outputs))
    search = CapacitySearch(tree)
    assert agreement(tree, one_way(5))[0, 1] >= 0
    search.next()
    search.succeeded(one_way(5), 9)
    assert search.minimal
    assert search.next() is None


def test_no_refits_are_made_if_none_are_asked_for() -> None:
    search = CapacitySearch(SILENT, refits=0)
    search.next()
    search.succeeded(counter(2), 9)
    assert rest(search) == [Attempt(1, 1, merges=(((0, 1),),))]


def test_one_state_is_minimal_whatever_the_data() -> None:
    search = CapacitySearch(SILENT)
    search.next()
    search.succeeded(counter(1), 4)
    assert search.minimal
    assert search.next() is None


@pytest.mark.parametrize("tree", [SILENT, FIVE])
@given(results=st.lists(st.none() | st.integers(1, 6), max_size=25))
@settings(max_examples=40)
def test_any_course_of_results_keeps_the_smallest_machine_and_ends(tree: InputTree, results: list[int | None]) -> None:
    search = CapacitySearch(tree, refits=2, members=lambda _: 3)
    smallest = None
    for number, states in enumerate(results):
        attempt = search.next()
        if attempt is None:
            assert search.best is not None
            break
        assert attempt.number == number
        assert attempt.states >= 1
        assert bool(attempt.merges) <= (search.best is not None)
        if states is None:
            search.failed()
        else:
            search.succeeded(counter(states), attempt.states)
            smallest = min(smallest or states, states)
        assert smallest == (None if search.best is None else len(search.best))
        assert search.bound >= 1
    if smallest is not None:
        # At most all pairs in threes, and two refits.
        assert len(rest(search)) <= -(-smallest * (smallest - 1) // 2 // 3) + 2 + 1
        assert search.next() is None


def test_no_capacity_is_above_the_largest() -> None:
    search = CapacitySearch(FIVE, factor=2.0, largest=13)
    states = []
    for _ in range(8):
        attempt = search.next()
        assert attempt is not None
        states.append(attempt.states)
        search.failed()
    assert states == [10, 10, 13, 10, 13, 13, 10, 13]
