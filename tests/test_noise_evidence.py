"""The evidence of noisy examples: the tree of their inputs, depth first, with what was observed on each edge."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings

from seqlogic.examples import Examples
from seqlogic.noise import Evidence
from tests.example_sets import example_sets, padded, sequences, symbols


def prefixes(evidence: Evidence) -> list[tuple[int, ...]]:
    """The input prefix that ends in each edge."""
    path: list[int] = []
    found = []
    for depth, symbol in zip(evidence.depth.tolist(), evidence.symbol.tolist(), strict=True):
        path[depth:] = [symbol]
        found.append(tuple(path))
    return found


@given(example_sets())
@settings(max_examples=60, deadline=None)
def test_it_is_the_tree_of_all_prefixes_with_their_outputs(examples: Examples) -> None:
    evidence = Evidence.of(examples)
    seen: Counter[tuple[tuple[int, ...], int]] = Counter()
    nodes = set()
    for sequence in sequences(examples):
        word = tuple(x for x, _ in sequence)
        for t, (_, y) in enumerate(sequence):
            nodes.add(word[: t + 1])
            seen[word[: t + 1], y] += y >= 0
    found = prefixes(evidence)
    assert found == sorted(nodes)
    counted = {
        (found[edge], int(evidence.answer[k])): int(evidence.count[k])
        for edge in range(len(found))
        for k in range(evidence.first[edge], evidence.first[edge + 1])
    }
    assert counted == {key: count for key, count in seen.items() if count}
    assert evidence.observed == int((examples.answers >= 0).sum())


@given(example_sets())
@settings(max_examples=40, deadline=None)
def test_what_is_below_an_edge_ends_where_the_next_one_beside_or_above_it_begins(examples: Examples) -> None:
    evidence = Evidence.of(examples)
    found = prefixes(evidence)
    for edge, (prefix, end) in enumerate(zip(found, evidence.end.tolist(), strict=True)):
        below = [other for other, word in enumerate(found) if word[: len(prefix)] == prefix]
        assert below == list(range(edge, end))


def test_two_outputs_of_one_prefix_are_both_counted() -> None:
    words = padded([[1, 0], [1], [1, 0]], 2)
    answers = np.array([[0, 1], [0, -1], [1, 1]])
    evidence = Evidence.of(Examples(words, answers, symbols(2), symbols(2)))
    assert evidence.symbol.tolist() == [1, 0]
    assert evidence.first.tolist() == [0, 2, 3]
    assert (evidence.answer.tolist(), evidence.count.tolist()) == ([0, 1, 1], [2, 1, 2])
