"""The lower bounds that the data prove: never above the truth, and as high as full data allow."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, distinct_prefixes, distinct_states
from seqlogic.machine import UNKNOWN, Machine, canonical, reachable
from tests.example_sets import counter, doubled, every_word, made_by_machines, observed, padded, symbols

Word = tuple[int, ...]


def node_words(tree: InputTree) -> list[Word]:
    """The input prefix that each node stands for."""
    words: dict[int, Word] = {0: ()}
    for node, children in enumerate(tree.child.tolist()):
        words |= {child: (*words[node], x) for x, child in enumerate(children) if child != UNKNOWN}
    return [words[node] for node in range(len(tree.child))]


def seen_outputs(examples: Examples) -> dict[Word, int]:
    """The output observed at the end of each input prefix, UNKNOWN where there is none."""
    seen: dict[Word, int] = {}
    for word, answers in zip(examples.words.tolist(), examples.answers.tolist(), strict=True):
        for t, (symbol, answer) in enumerate(zip(word, answers, strict=True)):
            if symbol != UNKNOWN:
                prefix = tuple(word[: t + 1])
                seen[prefix] = max(answer, seen.get(prefix, UNKNOWN))
    return seen


def told_apart(seen: dict[Word, int], left: Word, right: Word) -> bool:
    """From the definition: some continuation of both was observed with different outputs."""
    tails = [prefix[len(left) :] for prefix in seen if prefix[: len(left)] == left and prefix != left]
    return any(
        right + tail in seen
        and UNKNOWN not in (seen[left + tail], seen[right + tail])
        and seen[left + tail] != seen[right + tail]
        for tail in tails
    )


def in_common(seen: dict[Word, int], left: Word, right: Word) -> int:
    """From the definition: how many continuations of both were observed."""
    tails = [prefix[len(left) :] for prefix in seen if prefix[: len(left)] == left and prefix != left]
    return sum(seen[left + tail] != UNKNOWN != seen.get(right + tail, UNKNOWN) for tail in tails)


@given(made_by_machines())
def test_the_tree_holds_every_prefix_once_with_its_output_and_count(made: tuple[Machine, Examples]) -> None:
    _, examples = made
    tree, seen = InputTree(examples), seen_outputs(examples)
    words = node_words(tree)
    assert sorted(words) == sorted({(), *seen})
    rows = [tuple(x for x in word if x != UNKNOWN) for word in examples.words.tolist()]
    passing = Counter(row[:t] for row in rows for t in range(len(row) + 1))
    assert dict(zip(words, tree.count.tolist(), strict=True)) == passing
    for node, word in enumerate(words):
        for symbol in range(len(examples.inputs)):
            assert tree.answer[node, symbol] == seen.get((*word, symbol), UNKNOWN)


def test_an_output_seen_in_one_of_several_sequences_is_known() -> None:
    tree = InputTree(Examples(np.zeros((3, 1)), np.array([[-1], [1], [-1]]), symbols(1), symbols(2)))
    assert tree.answer.tolist() == [[1], [UNKNOWN]]
    assert tree.child.tolist() == [[1], [UNKNOWN]]


@given(made_by_machines(max_sequences=8, max_length=6))
def test_incompatible_prefixes_are_those_that_a_shared_continuation_tells_apart(made: tuple[Machine, Examples]) -> None:
    _, examples = made
    tree, seen = InputTree(examples), seen_outputs(examples)
    words = node_words(tree)
    left, right = np.divmod(np.arange(len(words) ** 2), len(words))
    expected = [told_apart(seen, words[a], words[b]) for a, b in zip(left, right, strict=True)]
    assert tree.incompatible(left, right).tolist() == expected
    agreement = tree.agreement(left, right)
    assert (agreement < 0).tolist() == expected
    for a, b, same in zip(left, right, agreement, strict=True):
        if a == b:
            # What a prefix shares with itself is its own outputs; its subtree is not descended a second time.
            assert same == (tree.answer[a] >= 0).sum()
        elif same >= 0:
            assert same == in_common(seen, words[a], words[b])


@given(made_by_machines())
def test_a_walk_follows_the_machine(made: tuple[Machine, Examples]) -> None:
    machine, examples = made
    tree = InputTree(examples)
    words = padded([list(word) for word in node_words(tree)], 8)
    expected = [states[len(word)] for states, word in zip(machine.trace(words), node_words(tree), strict=True)]
    assert tree.walk(machine).tolist() == expected


@given(made_by_machines(), st.integers(1, 20), st.integers(0, 3))
def test_a_lower_bound_is_never_above_the_true_number_of_states(
    made: tuple[Machine, Examples], candidates: int, of_each_length: int
) -> None:
    machine, examples = made
    tree = InputTree(examples)
    assert 1 <= distinct_prefixes(tree) <= len(reachable(machine))
    lengths = 1 + examples.words.shape[1]
    assert 1 <= distinct_prefixes(tree, candidates, of_each_length) <= candidates + lengths * of_each_length


@given(made_by_machines(), st.integers(0, 9), st.integers(1, 8), st.integers(0, 3))
def test_states_proven_distinct_are_never_more_than_the_true_number(
    made: tuple[Machine, Examples], seed: int, candidates: int, rounds: int
) -> None:
    machine, examples = made
    tree, wide = InputTree(examples), doubled(machine, seed)
    assert 1 <= distinct_states(tree, machine, candidates, rounds) <= len(reachable(machine))
    assert 1 <= distinct_states(tree, wide, candidates, rounds) <= len(reachable(machine))


@pytest.mark.parametrize("modulus", [1, 2, 3, 5])
def test_full_data_prove_the_number_of_states(modulus: int) -> None:
    machine = counter(modulus)
    tree = InputTree(every_word(machine, 2 * modulus))
    assert distinct_prefixes(tree) == modulus
    assert distinct_states(tree, machine) == modulus


def test_random_machines_are_proven_minimal_by_enough_random_data() -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        n = 10
        machine = canonical(Machine(rng.integers(0, n, (n, 2)), rng.integers(0, 2, (n, 2)), symbols(2), symbols(2)))
        tree = InputTree(observed(machine, rng.integers(0, 2, (400, 16))))
        assert distinct_states(tree, machine) == len(machine) > 4
        assert len(machine) // 2 < distinct_prefixes(tree) <= len(machine)


def test_only_the_most_frequent_candidates_are_asked() -> None:
    tree = InputTree(every_word(counter(5), 10))
    assert [distinct_prefixes(tree, candidates, 0) for candidates in (1, 2)] == [1, 1]
    # Nodes 0, 1 and 2 are the words of length 0 and 1, of which only that of a one has left the initial state.
    assert distinct_prefixes(tree, 3, 0) == 2


def test_what_counts_reaches_its_last_states_by_long_words_only() -> None:
    # Of 7 words, all but one end at once; the last one counts to 4.
    words = np.array([[0, -1, -1, -1, -1]] * 6 + [[1, 1, 1, 1, 1]])
    answers, _ = counter(5).run(words)
    tree = InputTree(Examples(words, answers, symbols(2), symbols(2)))
    assert distinct_prefixes(tree, 2, 0) == 1
    assert distinct_prefixes(tree, 2, 1) == 4


def test_a_representative_that_says_little_is_replaced() -> None:
    # State 1 is most often reached by 0, after which nothing is seen; after 1, which is rarer, its output on 0 is.
    words = np.array([[0, -1]] * 3 + [[1, 0], [0, -1], [1, 0]])
    answers = np.array([[-1, -1]] * 3 + [[0, 1], [0, -1], [0, 1]])
    machine = Machine([[1, 1], [1, 1]], [[0, 0], [1, 0]], symbols(2), symbols(2))
    tree = InputTree(Examples(words, answers, symbols(2), symbols(2)))
    assert distinct_states(tree, machine, candidates=1) == 1
    assert distinct_states(tree, machine, rounds=0) == 1
    assert distinct_states(tree, machine, candidates=2, rounds=1) == 2


def test_nothing_observed_proves_nothing() -> None:
    tree = InputTree(Examples(np.zeros((2, 3)), np.full((2, 3), -1), symbols(2), symbols(2)))
    assert distinct_prefixes(tree) == 1
    assert distinct_states(tree, counter(3)) == 1
