"""Sets of choices: what is left of them fits, and what they take."""

from __future__ import annotations

import time

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.proof import choices as module
from seqlogic.proof.choices import Choices, UndecidedError
from seqlogic.proof.fitting import fitting
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
    assert [mask.tolist() for part, mask in choices.otherwise() if part == "initial"] == [[False, True]]
    assert next(choices.others()) == ("initial", (), 1)
    assert choices.open()[0] == ("initial", ())
    assert choices.prefix("initial", ()) == 0
    assert not choices.alone()
    assert sorted(machine.initial for machine in fitting(choices)) == [0, 1]
    (other,) = fitting(choices, otherwise=True)
    assert other.initial == 1
    assert fits(other, examples)


def test_a_value_that_cannot_be_leaves_no_machine() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    choices, _ = of(LAST, words)
    with pytest.raises(ContradictionError):
        choices.given("successors", (0, 0), 1).propagate()
    assert not list(fitting(choices.given("shown", (1, 0), 1)))
    assert choices.alone()
    assert not list(choices.others())


def test_a_value_is_removed_where_folding_refutes_it() -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    choices, _ = of(LAST, words)
    before = sum(int(mask.sum()) for _, mask in choices.otherwise())
    assert len(list(choices.others())) == before
    assert choices.refute("successors", (0, 0), 1)
    assert not choices.successors[0, 0, 1]
    assert sum(int(mask.sum()) for _, mask in choices.otherwise()) < before
    assert not choices.refute("successors", (0, 0), 0)
    assert choices.successors[0, 0, 0]


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


def test_sets_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    words = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0]], dtype=np.int32)
    choices, examples = of(LAST, words)
    monkeypatch.setattr(module, "LARGEST", 3 * choices.size)
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
