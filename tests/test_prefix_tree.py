"""The prefix tree: exactly the distinct prefixes, with how often each was seen and where each sequence ends."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given

from seqlogic.examples import Examples
from seqlogic.prefix_tree import Level, PrefixTree
from tests.example_sets import Sequence, example_sets, prefixes, sequences, symbols


def prefix_counts(examples: Examples, length: int) -> Counter[Sequence]:
    return Counter(row[:length] for row in sequences(examples) if len(row) >= length)


@given(example_sets())
def test_edges_are_the_distinct_prefixes_with_their_counts(examples: Examples) -> None:
    tree = PrefixTree.of(examples)
    assert len(tree.levels) == examples.lengths.max()
    for depth, (level, nodes) in enumerate(zip(tree.levels, prefixes(tree), strict=True), start=1):
        assert len(level) == len(nodes)
        assert len(set(nodes)) == len(nodes)
        assert dict(zip(nodes, level.count.tolist(), strict=True)) == prefix_counts(examples, depth)


@given(example_sets())
def test_last_is_where_each_sequence_ends(examples: Examples) -> None:
    tree = PrefixTree.of(examples)
    nodes = [[()], *prefixes(tree)]
    assert [nodes[depth][node] for depth, node in tree.last.tolist()] == sequences(examples)


@given(example_sets())
def test_runs_cover_each_level_in_the_order_of_its_symbols(examples: Examples) -> None:
    for level in PrefixTree.of(examples).levels:
        spelled = [symbol for symbol, start, stop in level.runs for _ in range(start, stop)]
        assert spelled == level.symbol.tolist()
        assert [symbol for symbol, _, _ in level.runs] == sorted(set(spelled))
        assert [start for _, start, _ in level.runs] == [0, *(stop for _, _, stop in level.runs[:-1])]


@given(example_sets())
def test_counts_add_up_from_a_node_to_its_edges_and_endings(examples: Examples) -> None:
    tree = PrefixTree.of(examples)
    passing = torch.tensor([float(len(examples))])
    for depth, level in enumerate(tree.levels):
        ended = torch.bincount(tree.last[tree.last[:, 0] == depth, 1], minlength=len(passing))
        leaving = torch.zeros(len(passing)).index_add(0, level.parent, level.count)
        assert torch.equal(passing, leaving + ended)
        passing = level.count


@given(example_sets(min_length=1))
def test_symbols_are_all_that_the_sequences_have(examples: Examples) -> None:
    assert PrefixTree.of(examples).symbols == examples.lengths.sum()


def test_prefixes_of_unlike_observations_are_not_merged() -> None:
    # The same input seen with output 0, with output 1, and unobserved: three edges, the first of them twice.
    words, answers = np.zeros((4, 2)), np.array([[0, 0], [1, 0], [-1, 0], [0, 1]])
    first, second = PrefixTree.of(Examples(words, answers, symbols(1), symbols(2))).levels
    assert sorted(zip(first.answer.tolist(), first.count.tolist(), strict=True)) == [(-1, 1), (0, 2), (1, 1)]
    assert second.count.tolist() == [1, 1, 1, 1]


def test_empty_sequences_end_in_the_root() -> None:
    tree = PrefixTree.of(Examples(np.full((2, 3), -1), np.full((2, 3), -1), symbols(2), symbols(2)))
    assert tree.levels == ()
    assert tree.last.tolist() == [[0, 0], [0, 0]]


def test_arrays_have_the_types_that_indexing_needs() -> None:
    tree = PrefixTree.of(Examples(np.array([[1, 0]]), np.array([[0, -1]]), symbols(2), symbols(2)))
    for level in tree.levels:
        assert {level.parent.dtype, level.symbol.dtype, level.answer.dtype} == {torch.int64}
        assert level.count.dtype == torch.float32


def test_another_device_gets_every_array_in_its_own_place() -> None:
    # The device "meta" keeps shapes only, so each array is told by its length; no real tree looks like this one.
    parent, symbol, answer, count = (torch.zeros(length) for length in (1, 2, 3, 4))
    level = Level(parent, symbol, answer, count, runs=((0, 0, 1),))
    tree = PrefixTree((level, level), torch.zeros(5, 2, dtype=torch.int64))
    moved = tree.to("meta", non_blocking=True)
    assert len(moved.levels) == 2
    for level in moved.levels:
        arrays = [level.parent, level.symbol, level.answer, level.count]
        assert [len(array) for array in arrays] == [1, 2, 3, 4]
        assert {array.device.type for array in [*arrays, moved.last]} == {"meta"}
        assert level.runs == ((0, 0, 1),)
    assert moved.last.shape == (5, 2)


def test_the_same_device_gets_the_same_tree() -> None:
    tree = PrefixTree.of(Examples(np.array([[1, 0]]), np.array([[0, -1]]), symbols(2), symbols(2)))
    assert tree.to("cpu") is tree
    assert tree.to(torch.device("cpu")) is tree


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a second device")
def test_a_tree_comes_back_from_another_device_unchanged() -> None:
    tree = PrefixTree.of(Examples(np.array([[1, 0], [0, 1]]), np.array([[0, -1], [1, 1]]), symbols(2), symbols(2)))
    back = tree.to("cuda").to("cpu")
    assert prefixes(back) == prefixes(tree)
    assert torch.equal(back.last, tree.last)
