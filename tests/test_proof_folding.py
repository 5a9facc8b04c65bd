"""The folded graph: where each prefix is in it, and what tells two of its nodes apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree
from seqlogic.machine import UNKNOWN, Machine, canonical
from seqlogic.proof import folding as module
from seqlogic.proof.folding import ContradictionError, Edges, Folded
from tests.example_sets import symbols

NONE = np.full((2, 2), UNKNOWN)


def tree_of(words: list[list[int]], answers: list[list[int]]) -> InputTree:
    return InputTree(
        Examples(np.array(words, dtype=np.int32), np.array(answers, dtype=np.int32), symbols(2), symbols(2))
    )


@st.composite
def folds(draw: st.DrawFn) -> tuple[Machine, InputTree, np.ndarray, np.ndarray]:
    """A machine, the tree of its answers to some words, prefixes that name its states, and which entries are known."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    states = draw(st.integers(1, 5))
    tables = rng.integers(states, size=(states, 2)), rng.integers(2, size=(states, 2))
    machine = canonical(Machine(*(table.astype(np.int32) for table in tables), symbols(2), symbols(2)))
    words = rng.integers(2, size=(6, 9), dtype=np.int32)
    answers = np.where(rng.random(words.shape) < 0.2, UNKNOWN, machine.run(words)[0])
    tree = InputTree(Examples(words, answers, machine.inputs, machine.outputs))
    state = tree.walk(machine)
    nodes = np.array(
        [rng.choice(np.flatnonzero(state == s)) if (state == s).any() else UNKNOWN for s in range(len(machine))]
    )
    return machine, tree, nodes, rng.random((len(machine), 2)) < 0.5


@given(folds())
@settings(deadline=None)
def test_prefixes_at_one_place_lead_to_one_state(fold: tuple[Machine, InputTree, np.ndarray, np.ndarray]) -> None:
    machine, tree, nodes, known = fold
    state = tree.walk(machine)
    next_state, shown = (np.where(known, table, UNKNOWN) for table in (machine.next_state, machine.output))
    graph = Folded(Edges(tree), nodes, UNKNOWN, next_state, shown)
    for place in range(len(graph.next)):
        assert len(set(state[graph.place == place].tolist())) <= 1
    for name, node in enumerate(nodes):
        if node >= 0:
            assert graph.place[node] == name
    # The graph is the machine as far as it goes, and so it has every answer of the tree.
    parent, symbol = np.nonzero(tree.answer >= 0)
    assert (graph.answer[graph.place[parent], symbol] == tree.answer[parent, symbol]).all()
    # Nothing tells apart what is one state.
    left, right = (grid.ravel() for grid in np.meshgrid(range(len(graph.next)), range(len(graph.next))))
    of = np.full(len(graph.next), UNKNOWN)
    of[: len(machine)] = range(len(machine))
    of[graph.place] = state
    same = (of[left] == of[right]) & (of[left] >= 0)
    assert not graph.apart(left[same], right[same]).any()


def test_what_tells_two_nodes_apart() -> None:
    # 0 0 shows 0 1, and 1 0 shows 0 0; what comes first leads to a node of its own.
    tree = tree_of([[0, 0], [1, 0]], [[0, 1], [0, 0]])
    graph = Folded(Edges(tree), np.array([0, UNKNOWN]), UNKNOWN, NONE, NONE)
    assert graph.place[0] == 0
    left, right = graph.next[0]
    assert min(left, right) >= 2
    assert graph.apart(np.array([left, left]), np.array([right, 0])).tolist() == [True, True]
    assert not graph.apart(np.array([right]), np.array([0]))[0]


def test_two_named_states_are_apart() -> None:
    # After 0 comes one named state, after 1 0 the other; no answer is observed.
    tree = tree_of([[0, 0, 0], [1, 0, 0]], [[-1, -1, 0], [-1, -1, 1]])
    names = np.array([int(tree.child[tree.child[0, symbol], 0]) for symbol in (0, 1)])
    graph = Folded(Edges(tree), names, UNKNOWN, NONE, NONE)
    first, second = graph.place[tree.child[0]]
    assert graph.apart(np.array([first]), np.array([second]))[0]


@pytest.mark.parametrize(
    ("nodes", "initial", "next_state"),
    [
        ([0, UNKNOWN], 1, NONE),  # the empty prefix names another state
        ([0, UNKNOWN], 0, np.array([[0, UNKNOWN], [UNKNOWN, UNKNOWN]])),  # 0 0 shows 0, then 1, in one state
        ([0, 1], 0, np.array([[0, UNKNOWN], [UNKNOWN, UNKNOWN]])),  # an entry leads to a state and not to its name
    ],
)
def test_contradictions(nodes: list[int], initial: int, next_state: np.ndarray) -> None:
    tree = tree_of([[0, 0]], [[0, 1]])
    with pytest.raises(ContradictionError):
        Folded(Edges(tree), np.array(nodes), initial, next_state, NONE)


def test_two_answers_of_one_state_contradict() -> None:
    tree = tree_of([[0, 0]], [[0, UNKNOWN]])
    shown = np.array([[1, UNKNOWN], [UNKNOWN, UNKNOWN]])
    with pytest.raises(ContradictionError):
        Folded(Edges(tree), np.array([0, UNKNOWN]), 0, NONE, shown)


def test_walks_that_become_too_many_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tree_of([[0, 0], [1, 0]], [[0, 1], [0, 0]])
    graph = Folded(Edges(tree), np.array([0, UNKNOWN]), UNKNOWN, NONE, NONE)
    left, right = (np.repeat(node, 5) for node in graph.next[0])
    monkeypatch.setattr(module, "_PAIRS", 2)
    assert graph.apart(left, right).all()
    monkeypatch.setattr(module, "_PAIRS", 0.1)
    assert not graph._apart(left, right).any()
