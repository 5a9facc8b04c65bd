"""Prefixes as names of states: pairwise incompatible, and more of them than a greedy choice finds."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import Machine, canonical
from seqlogic.proof.names import name_states
from tests.example_sets import symbols


def drawn(seed: int, states: int, sequences: int) -> tuple[Machine, InputTree]:
    """A random machine, and the tree of its answers to words of 12 symbols."""
    rng = np.random.default_rng(seed)
    tables = rng.integers(states, size=(states, 2)), rng.integers(2, size=(states, 2))
    machine = canonical(Machine(*(table.astype(np.int32) for table in tables), symbols(2), symbols(2)))
    words = rng.integers(2, size=(sequences, 12), dtype=np.int32)
    return machine, InputTree(Examples(words, machine.run(words)[0], machine.inputs, machine.outputs))


@pytest.mark.parametrize("seed", range(4))
def test_names_are_pairwise_incompatible_and_lead_to_their_states(seed: int) -> None:
    machine, tree = drawn(seed, 12, 60)
    named = name_states(tree, machine, math.inf, patience=100)
    nodes = np.array(list(named.values()))
    assert tree.walk(machine)[nodes].tolist() == list(named)
    assert (tree.apart(nodes, nodes) | np.eye(len(nodes), dtype=bool)).all()
    assert name_states(tree, machine, math.inf, patience=100) == named


def test_more_states_get_a_name_than_by_a_greedy_choice() -> None:
    cases = [drawn(seed, 24, 120) for seed in range(6)]
    greedy = [len(representatives(tree, machine)) for machine, tree in cases]
    named = [len(name_states(tree, machine, math.inf)) for machine, tree in cases]
    assert all(more >= fewer for more, fewer in zip(named, greedy, strict=True))
    assert sum(named) > sum(greedy)


def test_past_the_deadline_it_is_what_the_first_prefixes_are() -> None:
    machine, tree = drawn(0, 12, 60)
    named = name_states(tree, machine, time.monotonic() - 1)
    assert 0 < len(named) <= len(name_states(tree, machine, math.inf))
