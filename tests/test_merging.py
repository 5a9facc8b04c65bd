"""Which states may be one: never those that the data tell apart, the rarest first, many before few."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree
from seqlogic.machine import Machine
from seqlogic.merging import Merge, agreement, merge_rarest, merges
from tests.example_sets import counter, doubled, every_word, made_by_machines, observed, padded, symbols


def undecided(tree: InputTree, machine: Machine, prefixes: int = 4) -> list[tuple[int, int]]:
    """The pairs that are not told apart, the smaller state first."""
    return sorted(map(tuple, np.argwhere(np.triu(agreement(tree, machine, prefixes) >= 0)).tolist()))


def blocks(merge: Merge, states: int) -> list[list[int]]:
    """The states that become one, for each state that is kept."""
    into = dict(zip(range(states), range(states), strict=True)) | {dropped: kept for kept, dropped in merge}
    return [[state for state in into if into[state] == kept] for kept in sorted(set(into.values()))]


@given(made_by_machines(), st.integers(0, 9), st.integers(1, 6))
def test_twins_are_never_told_apart(made: tuple[Machine, Examples], seed: int, prefixes: int) -> None:
    machine, examples = made
    found = undecided(InputTree(examples), doubled(machine, seed), prefixes)
    assert {(state, state + len(machine)) for state in range(len(machine))} <= set(found)


@given(made_by_machines(max_sequences=8, max_length=6))
def test_the_agreement_of_two_states_is_that_of_all_their_prefixes(made: tuple[Machine, Examples]) -> None:
    machine, examples = made
    tree = InputTree(examples)
    state = tree.walk(machine)
    found = agreement(tree, machine, prefixes=len(tree.child))
    assert (found == found.T).all()
    for a in range(len(machine)):
        assert found[a, a] == -1
        for b in range(a):
            left, right = np.flatnonzero(state == a), np.flatnonzero(state == b)
            pairs = tree.agreement(np.repeat(left, len(right)), np.tile(right, len(left)))
            assert found[a, b] == (-1 if (pairs < 0).any() else pairs.sum())


@pytest.mark.parametrize("modulus", [1, 2, 3, 5])
def test_full_data_leave_nothing_to_merge(modulus: int) -> None:
    tree = InputTree(every_word(counter(modulus), 2 * modulus))
    assert (agreement(tree, counter(modulus)) == -1).all()
    assert merges(tree, counter(modulus), 1) == []


def test_more_prefixes_tell_more_states_apart() -> None:
    # State 1 is most often reached by 0, after which nothing is seen; after 1, which is rarer, its output on 0 is.
    words = np.array([[0, -1]] * 3 + [[1, 0], [0, -1], [1, 0]])
    answers = np.array([[-1, -1]] * 3 + [[0, 1], [0, -1], [0, 1]])
    machine = Machine([[1, 1], [1, 1]], [[0, 0], [1, 0]], symbols(2), symbols(2))
    tree = InputTree(Examples(words, answers, symbols(2), symbols(2)))
    assert undecided(tree, machine, prefixes=1) == [(0, 1)]
    assert undecided(tree, machine, prefixes=2) == []


def test_nothing_observed_speaks_neither_for_nor_against() -> None:
    tree = InputTree(Examples(np.zeros((2, 3)), np.full((2, 3), -1), symbols(2), symbols(2)))
    assert agreement(tree, counter(3)).tolist() == [[-1, 0, 0], [0, -1, 0], [0, 0, -1]]


@given(made_by_machines(), st.integers(0, 9), st.integers(1, 6))
def test_merges_keep_apart_what_the_data_tell_apart(made: tuple[Machine, Examples], seed: int, fewest: int) -> None:
    machine, examples = made
    wide, tree = doubled(machine, seed), InputTree(examples)
    n, apart = len(wide), agreement(tree, wide) < 0
    found = merges(tree, wide, fewest)
    for merge in found:
        assert all(0 <= kept < dropped < n for kept, dropped in merge)
        assert Counter(dropped for _, dropped in merge).total() == len({dropped for _, dropped in merge})
        assert not {kept for kept, _ in merge} & {dropped for _, dropped in merge}
        assert not any(apart[a, b] for block in blocks(merge, n) for a in block for b in block if a < b)
        assert len(merge) == 1 or len(merge) <= max(0, min(n // 2, n - fewest))
    sizes = [len(merge) for merge in found]
    assert sizes == sorted(sizes, reverse=True)
    assert sorted(merge[0] for merge in found if len(merge) == 1) == undecided(tree, wide)
    assert len(found) == len(set(found))


def merged_by_sets(common: np.ndarray, visits: np.ndarray, drop: int) -> list[set[int]]:
    """What `merge_rarest` promises, step by step on sets of states, each under the name of the one it began with."""
    sets = {state: {state} for state in range(len(common))}
    waiting = set(sets)
    while drop and waiting:
        rare = min(waiting, key=lambda name: (visits[list(sets[name])].sum(), name))
        waiting.remove(rare)
        agrees = {
            other: sum(int(common[a, b]) for a in sets[rare] for b in sets[other])
            for other in sets
            if other != rare and all(common[a, b] >= 0 for a in sets[rare] for b in sets[other])
        }
        if agrees:
            into = max(sorted(agrees), key=agrees.__getitem__)
            sets[into] |= sets.pop(rare)
            drop -= 1
    return sorted(sets.values(), key=min)


@given(st.integers(1, 9), st.integers(0, 9), st.floats(0, 0.6), st.integers(0, 2**32 - 1))
def test_the_rarest_become_what_all_of_them_agree_with_most(n: int, drop: int, apart: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    upper = np.triu(np.where(rng.random((n, n)) < apart, -1, rng.integers(0, 5, (n, n))), 1)
    common = upper + upper.T - np.eye(n, dtype=np.int64)
    visits = rng.integers(1, 6, n).astype(float)
    found = merge_rarest(common, visits, drop)
    assert [set(block) for block in blocks(found, n)] == merged_by_sets(common, visits, drop)


def test_what_was_tried_for_half_is_not_tried_again_for_a_quarter() -> None:
    # Of eight states only 5, 6 and 7 may be one, so that of four and of two to drop there are two.
    tells = np.zeros((8, 2), dtype=int)
    tells[:, 0] = [0, 1, 2, 3, 4, 5, 5, 5]
    after = np.stack([np.arange(8), np.minimum(np.arange(8) + 1, 7)], axis=1)
    machine = Machine(after, tells, symbols(2), symbols(6))
    tree = InputTree(observed(machine, padded([[1] * k + [0, 1] for k in range(8)], 9)))
    assert [len(merge) for merge in merges(tree, machine, 1)] == [2, 1, 1, 1]


def line(states: int) -> Machine:
    """Goes one state further with each symbol, and always says the same."""
    after = np.minimum(np.arange(states) + 1, states - 1)[:, None]
    return Machine(after, np.zeros((states, 1)), symbols(1), symbols(1))


def test_half_of_the_states_go_first_then_a_quarter_then_pairs() -> None:
    tree = InputTree(observed(line(9), np.zeros((1, 9), dtype=np.int32)))
    sizes = [len(merge) for merge in merges(tree, line(9), 1)]
    assert sizes == [4, 2] + [1] * 36
    assert [len(merge) for merge in merges(tree, line(9), 7)] == [2] + [1] * 36
    assert [len(merge) for merge in merges(tree, line(9), 8)] == [1] * 36


def test_the_rarest_states_go_first_to_where_most_agrees() -> None:
    # Inputs 2, 3 and 4 lead from state 0 to states 1, 2 and 3 for good, each seen less often than the one before.
    after = np.array([[0, 0, 1, 2, 3], [1] * 5, [2] * 5, [3] * 5])
    machine = Machine(after, np.zeros((4, 5)), symbols(5), symbols(1))
    # After 0 and 1 the outputs of all are seen, after 00 those of all but state 0.
    tails = [[0, 0], [1]]
    words = [[first, *tail] for first, times in ((2, 3), (3, 2), (4, 1)) for tail in tails * times]
    tree = InputTree(observed(machine, padded([*words, *[[0]] * 30, *[[1]] * 30], 3)))
    assert agreement(tree, machine, prefixes=1)[3].tolist() == [2, 3, 3, -1]
    assert merges(tree, machine, 1)[0] == ((1, 2), (1, 3))
    # Of the pairs those of the rarest state go first, and of these those that most speaks for.
    pairs = [merge[0] for merge in merges(tree, machine, 3)]
    assert {*pairs[:2]} == {(1, 3), (2, 3)}
    assert pairs[2:] == [(0, 3), (1, 2), (0, 2), (0, 1)]
