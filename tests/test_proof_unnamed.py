"""States without a name: what is found of them is every machine of so many states that fits."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import Machine, canonical
from seqlogic.proof import violation
from seqlogic.proof.choices import UndecidedError
from seqlogic.proof.fitting import fitting
from seqlogic.proof.unnamed import all_named
from tests.example_sets import symbols

SOON = 60.0


def drawn(seed: int) -> tuple[Machine, Examples]:
    """A machine of two or three states and its answers to a few short words."""
    rng = np.random.default_rng(seed)
    while True:
        states = int(rng.integers(2, 4))
        tables = rng.integers(states, size=(states, 2)), rng.integers(2, size=(states, 2))
        machine = canonical(Machine(*(table.astype(np.int32) for table in tables), symbols(2), symbols(2)))
        if len(machine) == states:
            words = rng.integers(2, size=(int(rng.integers(2, 8)), 4), dtype=np.int32)
            return machine, Examples(words, machine.run(words)[0], machine.inputs, machine.outputs)


def fits(machine: Machine, examples: Examples) -> bool:
    return bool((machine.run(examples.words)[0] == examples.answers).all())


def exists(machine: Machine, states: int, examples: Examples) -> bool:
    """Whether any complete machine of so many states fits and behaves otherwise than this one."""
    entries = list(product(range(states), range(2)))
    for table in product(entries, repeat=2 * states):
        next_state, output = np.array(table, dtype=np.int32).reshape(states, 2, 2).transpose(2, 0, 1)
        other = Machine(next_state, output, machine.inputs, machine.outputs)
        if fits(other, examples) and violation(other, machine) is not None:
            return True
    return False


@pytest.mark.parametrize("seed", range(40))
def test_no_machine_is_left_out(seed: int) -> None:
    machine, examples = drawn(seed)
    states = min(2, len(machine))
    tree = InputTree(examples)
    # Fewer names than could be had leave more to be found.
    named = dict(list(representatives(tree, machine).items())[:1])
    ways = all_named(tree, machine, named, states, time.monotonic() + SOON)
    rivals = [rival for choices in ways for rival in fitting(choices, otherwise=True)]
    assert all(fits(rival, examples) and len(rival) <= states for rival in rivals)
    assert any(violation(rival, machine) is not None for rival in rivals) == exists(machine, states, examples)


def test_as_many_names_as_states_are_the_only_choices() -> None:
    machine, examples = drawn(0)
    named = representatives(InputTree(examples), machine)
    (choices,) = all_named(InputTree(examples), machine, named, len(named), time.monotonic() + SOON)
    assert [node for node, _ in choices.names] == list(named.values())


def test_no_time() -> None:
    machine, examples = drawn(0)
    with pytest.raises(UndecidedError):
        list(all_named(InputTree(examples), machine, {machine.initial: 0}, 3, time.monotonic() - 1))
