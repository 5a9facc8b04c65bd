"""Random machines."""

import numpy as np
import pytest

from seqlogic.machine import minimise, reachable
from tasks import RandomMachine


@pytest.mark.parametrize(("states", "inputs", "outputs"), [(1, 1, 2), (2, 1, 2), (9, 1, 3), (50, 2, 2), (20, 4, 4)])
@pytest.mark.parametrize("seed", range(4))
def test_it_has_exactly_the_states_asked_for(states, inputs, outputs, seed):
    task = RandomMachine(states=states, inputs=inputs, outputs=outputs, seed=seed)
    machine = task.reference()
    assert (len(machine.inputs), len(machine.outputs)) == (inputs, outputs)
    assert len(machine) == len(reachable(machine)) == len(minimise(machine)) == states


def test_the_seed_chooses_the_machine():
    digests = [RandomMachine(states=6, seed=seed).reference().digest for seed in (0, 1, 2, 0, 1, 2)]
    assert digests[:3] == digests[3:]
    assert len(set(digests)) == 3


def test_targets_beside_the_tree_are_uniform():
    tables = np.stack([RandomMachine(states=10, inputs=4, seed=seed).targets for seed in range(200)])
    share = np.bincount(tables.ravel(), minlength=10) / tables.size
    # Nine of the forty entries are the tree's, which has every state but the first once.
    assert share[0] == pytest.approx(0.1 * 31 / 40, abs=0.015)
    assert share[1:] == pytest.approx(np.full(9, 0.1 * 31 / 40 + 1 / 40), abs=0.015)
