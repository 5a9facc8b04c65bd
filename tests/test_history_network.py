"""The network: right in all examples and the same each time, or nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import softplus

from seqlogic.history import network as module
from seqlogic.history.network import fit_network

ENTRIES = np.arange(1 << 11)
ONES = np.bitwise_count(ENTRIES)
PARITY = (np.bitwise_count(ENTRIES & 3) % 2).astype(bool)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), wires=st.integers(0, 4))
def test_what_is_found_is_right_of_all_that_was_shown(seed: int, wires: int) -> None:
    rng = np.random.default_rng(seed)
    entries = np.flatnonzero(rng.random(1 << wires) < 0.7)
    target = rng.random(len(entries)) < 0.5
    found = fit_network(entries, target, wires, 16)
    assert found is not None
    assert len(found) == 1 << wires
    assert (found[entries] == target).all()


@pytest.mark.parametrize("least", [4, 6, 8])
def test_a_threshold_gate_says_what_half_of_the_entries_do_not_show(least: int) -> None:
    target = np.greater_equal(ONES, least)
    shown = np.random.default_rng(least).random(len(ENTRIES)) < 0.5
    found = fit_network(ENTRIES[shown], target[shown], 11, 0)
    assert found is not None
    assert (found == target).all()


@pytest.mark.parametrize("weights", [[1] * 11, [3, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1]])
def test_the_weights_of_a_threshold_gate_are_whole(weights: list[int]) -> None:
    # A fifth of the entries would leave the real weights room to be wrong about the others.
    total = (2 * (ENTRIES[:, None] >> np.arange(11) & 1) - 1) @ np.array(weights)
    shown = np.random.default_rng(0).random(len(ENTRIES)) < 0.2
    found = fit_network(ENTRIES[shown], (total > 0)[shown], 11, 0)
    assert found is not None
    assert (found == (total > 0)).all()


@pytest.mark.parametrize(("hidden", "there"), [(0, False), (4, True)])
def test_a_parity_of_two_needs_hidden_units(hidden: int, there: bool) -> None:
    found = fit_network(ENTRIES, PARITY, 11, hidden)
    assert (found is not None) == there
    if found is not None:
        assert (found == PARITY).all()


def test_what_no_network_of_its_size_is_right_of_has_none() -> None:
    noise = np.random.default_rng(0).random(len(ENTRIES)) < 0.5
    assert fit_network(ENTRIES, noise, 11, 4) is None


def test_no_wire_is_a_constant() -> None:
    found = fit_network(np.array([0]), np.array([True]), 0, 0)
    assert found is not None
    assert found.tolist() == [True]


def test_it_is_the_same_each_time_and_draws_from_its_own_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = np.random.default_rng(1).random(len(ENTRIES)) < 0.2
    state = torch.random.get_rng_state()
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    within: list[int] = []
    monkeypatch.setattr(module, "softplus", lambda x: within.append(torch.get_num_threads()) or softplus(x))
    found = [fit_network(ENTRIES[shown], (PARITY ^ (ONES > 5))[shown], 11, 16) for _ in range(2)]
    assert found[0] is not None
    assert found[1] is not None
    assert (found[0] == found[1]).all()
    assert (torch.random.get_rng_state() == state).all()
    assert set(within) == {1}
    assert torch.get_num_threads() == 2
    torch.set_num_threads(threads)
