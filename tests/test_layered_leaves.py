"""The tree of an output: nothing is left where the signals tell, and what is left are the steps that they do not."""

from __future__ import annotations

import numpy as np
import pytest

from seqlogic.layered import leaves as module
from seqlogic.layered.leaves import unexplained
from seqlogic.layered.signals import ONES
from seqlogic.packing import pack_bits, unpack_bits

STEPS = 20


def left(planes: np.ndarray, output: np.ndarray) -> list[np.ndarray]:
    """Where the leaves are, bool [T, N], of bool [S, T, N] and [T, N]."""
    signals = np.stack([pack_bits(plane) for plane in planes], axis=1)
    leaves = unexplained(signals, pack_bits(output), pack_bits(np.ones_like(output)))
    assert [leaf.bits for leaf in leaves] == sorted((leaf.bits for leaf in leaves), reverse=True)
    for leaf in leaves:
        where = unpack_bits(leaf.where, output.shape[1]).astype(bool)
        assert (leaf.steps, leaf.answers) == (where.sum(), (where & output).sum())
        assert not (leaf.ones & ~leaf.where & ONES).any()
    return [unpack_bits(leaf.where, output.shape[1]).astype(bool) for leaf in leaves]


def test_what_signals_tell_leaves_nothing() -> None:
    planes = np.random.default_rng(0).random((4, STEPS, 64)) < 0.5
    assert not left(planes, planes[2])
    assert not left(planes, planes[0] & ~planes[3])


def test_of_a_parity_no_signal_tells_anything_and_a_pair_all() -> None:
    planes = np.random.default_rng(1).random((4, STEPS, 64)) < 0.5
    assert not left(planes, planes[1] ^ planes[3])


def test_what_is_hidden_is_left_where_it_matters() -> None:
    planes = np.random.default_rng(2).random((4, STEPS, 64)) < 0.5
    hidden, seen = planes[3], planes[:3]
    (where,) = left(seen, planes[0] & planes[1] & hidden)
    assert (where == planes[0] & planes[1]).all()


def test_after_many_splits_the_rest_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    planes = np.random.default_rng(4).random((3, STEPS, 64)) < 0.5
    output = planes[0] & planes[1] & planes[2]
    assert not left(planes, output)
    monkeypatch.setattr(module, "_MOST_SPLITS", 2)
    (where,) = left(planes, output)
    assert 1 < where.sum() < where.size / 3


def test_chance_is_not_split() -> None:
    rng = np.random.default_rng(3)
    (where,) = left(rng.random((5, STEPS, 64)) < 0.5, rng.random((STEPS, 64)) < 0.3)
    assert where.all()
