"""Hopcroft's partition refinement against the definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.partition import coarsest_partition


def naive(next_state: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Moore's refinement (1956): split by the blocks of the successors until nothing splits."""
    block = np.unique(labels, return_inverse=True)[1].reshape(-1)
    while True:
        finer = np.unique(np.column_stack([block, block[next_state]]), axis=0, return_inverse=True)[1].reshape(-1)
        if finer.max() == block.max():
            return block
        block = finer


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len(set(a.tolist())) == len(set(b.tolist()))


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n, k = draw(st.integers(1, 12)), draw(st.integers(1, 3))
    table = draw(st.lists(st.integers(0, n - 1), min_size=n * k, max_size=n * k))
    labels = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
    return np.reshape(table, (n, k)), np.array(labels)


@given(tables())
def test_agrees_with_naive_refinement(table: tuple[np.ndarray, np.ndarray]) -> None:
    next_state, labels = table
    assert same_partition(coarsest_partition(next_state, labels), naive(next_state, labels))


def test_agrees_with_naive_refinement_on_larger_tables() -> None:
    rng = np.random.default_rng(0)
    for n, k in ((50, 1), (200, 2), (400, 3)):
        # Copies of a smaller machine, so that there is something to merge.
        small = rng.integers(0, n // 5, (n // 5, k))
        next_state = np.concatenate([small + n // 5 * rng.integers(0, 5, small.shape) for _ in range(5)])
        labels = np.tile(rng.integers(0, 3, n // 5), 5)
        block = coarsest_partition(next_state, labels)
        assert same_partition(block, naive(next_state, labels))
        assert block.max() < n // 5


def test_blocks_are_numbered_without_gaps() -> None:
    block = coarsest_partition(np.array([[1], [2], [3], [3]]), np.array([7, 7, 7, -4]))
    assert sorted(set(block.tolist())) == list(range(4))
    assert block.dtype == np.int32


def test_equal_labels_everywhere_are_one_block() -> None:
    assert set(coarsest_partition(np.array([[1, 0], [0, 1]]), np.array([5, 5])).tolist()) == {0}
