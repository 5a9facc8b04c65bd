"""Sets of choices: what is left of them fits, and what they take."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import UNKNOWN, Machine, canonical
from seqlogic.proof import choices as module
from seqlogic.proof.choices import Choices, UndecidedError
from seqlogic.proof.folding import ContradictionError
from tests.example_sets import symbols

SOON = 60.0
# The next state is the symbol, the output the state.
LAST = Machine([[0, 1], [0, 1]], [[0, 0], [1, 1]], symbols(2), symbols(2))


def of(machine: Machine, words: np.ndarray, hidden: np.ndarray | None = None) -> tuple[Choices, Examples]:
    answers = machine.run(words)[0]
    if hidden is not None:
        answers = np.where(hidden, UNKNOWN, answers)
    examples = Examples(words, answers, machine.inputs, machine.outputs)
    tree = InputTree(examples)
    names = [(node, state) for state, node in sorted(representatives(tree, machine).items())]
    return Choices(tree, machine, names, time.monotonic() + SOON), examples


def fits(machine: Machine, examples: Examples) -> bool:
    return not ((examples.answers >= 0) & (machine.run(examples.words)[0] != examples.answers)).any()


def test_the_initial_state_may_be_open_and_is_settled_either_way() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    choices, examples = of(LAST, words, np.arange(6) == np.zeros((2, 1)))
    choices.propagate()
    assert choices.initial.tolist() == [True, True]
    assert next(choices.others()) == ("initial", (), 1)
    assert choices.open()[0] == ("initial", ())
    assert choices.prefix("initial", ()) == 0
    assert not choices.alone()
    settled = choices.settled()
    assert settled is not None
    # What the machine asked about does is tried first.
    assert settled.machine().initial == LAST.initial == 0
    other = choices.given("initial", (), 1).settled()
    assert other is not None
    assert other.machine().initial == 1
    assert fits(other.machine(), examples)
    choices.remove("initial", (), 1)
    assert all(choices.refute(*other) for other in choices.others())
    assert choices.alone()
    with pytest.raises(ContradictionError):
        choices.remove("initial", (), 0)


def test_a_value_that_cannot_be_is_refuted_and_removed() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    choices, _ = of(LAST, words)
    assert choices.refute("successors", (0, 0), 1)
    assert not choices.successors[0, 0, 1]
    assert not choices.refute("successors", (0, 0), 0)
    assert choices.given("shown", (1, 0), 1).settled() is None
    assert choices.alone()


def test_a_name_without_a_node_gets_one_in_a_copy() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    two, examples = of(LAST, words)
    base = Choices(InputTree(examples), LAST, [*two.names, (None, 0)], time.monotonic() + SOON)
    named = base.named(3, 1)
    assert named.like.tolist() == [0, 1, 1]
    assert base.like.tolist() == [0, 1, 0]
    named.propagate()
    base.propagate()
    assert named.graph.place[3] == 2
    assert base.graph.place[3] != 2
    assert base.named(None, 1).names[-1] == (None, 1)


def test_several_states_share_the_last_name_until_each_has_its_own() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    two, examples = of(LAST, words)
    base = Choices(InputTree(examples), LAST, [two.names[0], (None, 0)], time.monotonic() + SOON, rest=3)
    first = base.parted(1, 1)
    assert (first.rest, first.names, first.like.tolist()) == (2, [two.names[0], (1, 1), (None, 0)], [0, 1, 0])
    assert first.successors.shape == (2, 3, 3)
    second = first.parted(2, 0)
    third = second.parted(3, 1)
    assert (second.rest, third.rest) == (1, 1)
    assert [node for node, _ in third.names] == [two.names[0][0], 1, 2, 3]
    assert base.without_last().names == [two.names[0]]
    # What one of several states shows, another need not.
    base.propagate()
    assert base.shown[:, -1].all()


@given(seed=st.integers(0, 10**6), states=st.integers(1, 4), hide=st.booleans())
@settings(max_examples=25, deadline=None)
def test_what_is_settled_fits(seed: int, states: int, hide: bool) -> None:
    rng = np.random.default_rng(seed)
    tables = (rng.integers(states, size=(states, 2)), rng.integers(2, size=(states, 2)))
    machine = canonical(Machine(*(table.astype(np.int32) for table in tables), symbols(2), symbols(2)))
    words = rng.integers(2, size=(8, 6), dtype=np.int32)
    choices, examples = of(machine, words, rng.random(words.shape) < 0.3 * hide)
    if len(choices.names) < len(machine):
        return
    settled = choices.settled()
    assert settled is not None
    assert fits(settled.machine(), examples)
    for part, entry, value in list(choices.others())[:4]:
        found = choices.given(part, entry, value).settled()
        assert found is None or fits(found.machine(), examples)


def test_sets_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    choices, examples = of(LAST, words, np.arange(6) == np.zeros((2, 1)))
    monkeypatch.setattr(module, "LARGEST", 3 * choices.size)
    # One branch is one copy more.
    with pytest.raises(UndecidedError):
        choices.settled()
    Choices(InputTree(examples), LAST, choices.names, time.monotonic() + SOON)
    monkeypatch.setattr(module, "LARGEST", 3 * choices.size - 1)
    with pytest.raises(UndecidedError):
        Choices(InputTree(examples), LAST, choices.names, time.monotonic() + SOON)


def test_no_time() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    choices, _ = of(LAST, words)
    choices.deadline = time.monotonic() - 1
    with pytest.raises(UndecidedError):
        choices.propagate()


def test_one_state_has_one_answer() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    two, examples = of(LAST, words)
    with pytest.raises(ContradictionError):
        Choices(InputTree(examples), LAST, two.names[:1], time.monotonic() + SOON).propagate()
