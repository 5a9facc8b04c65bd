"""Machines that fit, found by a solver: all of them, each once, and no other."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import UNKNOWN, Machine, canonical
from seqlogic.proof import fitting as module
from seqlogic.proof import violation
from seqlogic.proof.choices import Choices, UndecidedError
from seqlogic.proof.fitting import fitting
from tests.example_sets import symbols

SOON = 60.0


def drawn(seed: int, states: int) -> tuple[Machine, Examples, Choices]:
    """A machine of so many states with a name each, and its answers to a few words, some of them unobserved."""
    rng = np.random.default_rng((states, seed))
    while True:
        tables = rng.integers(states, size=(states, 2)), rng.integers(2, size=(states, 2))
        machine = canonical(Machine(*(table.astype(np.int32) for table in tables), symbols(2), symbols(2)))
        words = rng.integers(2, size=(int(rng.integers(2, 9)), 5), dtype=np.int32)
        answers = np.where(rng.random(words.shape) < 0.2 * (seed % 2), UNKNOWN, machine.run(words)[0])
        examples = Examples(words, answers, machine.inputs, machine.outputs)
        tree = InputTree(examples)
        named = representatives(tree, machine)
        if len(machine) == len(named) == states:
            names = [(named[state], state) for state in range(states)]
            return machine, examples, Choices(tree, machine, names, time.monotonic() + SOON)


def fits(machine: Machine, examples: Examples) -> bool:
    return not ((examples.answers >= 0) & (machine.run(examples.words)[0] != examples.answers)).any()


def all_that_fit(states: int, examples: Examples) -> dict[str, Machine]:
    """Each complete machine of so many states that fits, by its digest."""
    found = {}
    entries = list(product(range(states), range(2)))
    for table in product(entries, repeat=2 * states):
        next_state, output = np.array(table, dtype=np.int32).reshape(states, 2, 2).transpose(2, 0, 1)
        machine = Machine(next_state, output, symbols(2), symbols(2))
        if fits(machine, examples):
            found[machine.digest] = machine
    return found


@pytest.mark.parametrize("at_once", [1, 256])
@pytest.mark.parametrize("seed", range(20))
def test_it_finds_what_enumeration_finds(seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    machine, examples, choices = drawn(seed, 2)
    due = all_that_fit(2, examples)
    found = [one.digest for one in fitting(choices)]
    assert sorted(found) == sorted(due)
    others = [one.digest for one in fitting(choices, otherwise=True)]
    assert sorted(others) == sorted(one.digest for one in due.values() if violation(one, machine) is not None)


@pytest.mark.parametrize("seed", range(4))
def test_three_states_too(seed: int) -> None:
    _, examples, choices = drawn(seed, 3)
    assert sorted(one.digest for one in fitting(choices)) == sorted(all_that_fit(3, examples))


def test_what_is_unknown_in_the_machine_asked_about_is_not_otherwise() -> None:
    machine, examples, choices = drawn(0, 2)
    nothing = np.full_like(machine.output, UNKNOWN)
    choices.true = Machine(nothing, nothing, machine.inputs, machine.outputs)
    assert all(machine.initial != choices.true.initial for machine in fitting(choices, otherwise=True))
    assert len(list(fitting(choices))) == len(all_that_fit(2, examples))


def test_no_time() -> None:
    *_, choices = drawn(1, 3)
    choices.propagate()
    clauses = module._Clauses(choices)
    choices.deadline = time.monotonic() - 1
    with pytest.raises(UndecidedError):
        clauses.proposed()
    with pytest.raises(UndecidedError):
        next(fitting(choices))


def test_clauses_that_are_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    *_, choices = drawn(1, 3)
    monkeypatch.setattr(module, "LARGEST", 64)
    with pytest.raises(UndecidedError):
        next(fitting(choices))
