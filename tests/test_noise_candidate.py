"""Candidates: what their walks count, against machines that are run sequence by sequence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN
from seqlogic.noise import Candidate, Description, Evidence
from tests.example_sets import example_sets, sequences


@st.composite
def cases(draw: st.DrawFn) -> tuple[Examples, np.ndarray]:
    """Examples, and a table int [S, X] for them."""
    examples = draw(example_sets())
    states = draw(st.integers(1, 5))
    entries = states * len(examples.inputs)
    targets = draw(st.lists(st.integers(0, states - 1), min_size=entries, max_size=entries))
    return examples, np.array(targets).reshape(states, -1)


def counted(examples: Examples, table: np.ndarray) -> tuple[np.ndarray, set[tuple[int, int]]]:
    """How often each output was observed in each entry [S, X, Y], and the entries that are used."""
    counts = np.zeros((*table.shape, len(examples.outputs)), dtype=int)
    used = set()
    for sequence in sequences(examples):
        state = 0
        for x, y in sequence:
            used.add((state, x))
            if y != UNKNOWN:
                counts[state, x, y] += 1
            state = int(table[state, x])
    return counts, used


def described(examples: Examples, table: np.ndarray) -> Description:
    counts, used = counted(examples, table)
    return Description(
        errors=int(counts.sum() - counts.max(axis=2).sum()),
        observed=int(counts.sum()),
        states=len({state for state, _ in used}),
        entries=len(used),
        outputs=len(examples.outputs),
    )


@given(cases())
@settings(max_examples=80, deadline=None)
def test_it_counts_what_its_machine_meets(case: tuple[Examples, np.ndarray]) -> None:
    examples, table = case
    found = Candidate.of(Evidence.of(examples), table)
    assert found is not None
    counts, used = counted(examples, table)
    assert (found.counts == counts).all()
    assert {(int(s), int(x)) for s, x in np.argwhere(found.visits)} == used
    assert found.description == described(examples, table)
    assert found.length == found.description.length


@given(cases())
@settings(max_examples=60, deadline=None)
def test_each_target_of_a_transition_is_described_as_if_it_were_there(case: tuple[Examples, np.ndarray]) -> None:
    examples, table = case
    found = Candidate.of(Evidence.of(examples), table)
    assert found is not None
    for entry in range(table.size):
        for target, nats in enumerate(found.retargeted(entry).tolist()):
            moved = table.copy()
            moved.flat[entry] = target
            assert nats == pytest.approx(described(examples, moved).length)
            assert (found.with_target(entry, target).next_state == moved).all()


@given(cases(), st.floats(-5, 20))
@settings(max_examples=60, deadline=None)
def test_within_a_limit_the_shortest_target_is_the_same(case: tuple[Examples, np.ndarray], more: float) -> None:
    examples, table = case
    found = Candidate.of(Evidence.of(examples), table)
    assert found is not None
    longest = found.length + more
    for entry in range(table.size):
        whole, raced = found.retargeted(entry), found.retargeted(entry, longest)
        told = np.isfinite(raced)
        assert (raced[told] == whole[told]).all()
        if whole.min() <= longest:
            assert raced.argmin() == whole.argmin()


@given(cases(), st.floats(0, 20))
@settings(max_examples=60, deadline=None)
def test_it_is_given_up_only_where_it_cannot_be_shorter(case: tuple[Examples, np.ndarray], length: float) -> None:
    examples, table = case
    found = Candidate.of(Evidence.of(examples), table, shorter_than=length)
    if found is None:
        assert described(examples, table).length > length
    else:
        assert found.description == described(examples, table)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_without_unused_states_it_is_the_same_machine(case: tuple[Examples, np.ndarray]) -> None:
    examples, table = case
    found = Candidate.of(Evidence.of(examples), table)
    assert found is not None
    compact = found.compact()
    assert compact.visits.any(axis=1)[1:].all()
    assert compact.description == found.description
    inputs, outputs = examples.inputs, examples.outputs
    assert compact.machine(inputs, outputs).digest == found.machine(inputs, outputs).digest


@given(cases())
@settings(max_examples=40, deadline=None)
def test_its_machine_answers_with_the_majority_and_knows_what_was_followed(case: tuple[Examples, np.ndarray]) -> None:
    examples, table = case
    found = Candidate.of(Evidence.of(examples), table)
    assert found is not None
    counts, _ = counted(examples, table)
    followed = set()
    for sequence in sequences(examples):
        state = 0
        for x, _ in sequence[:-1]:
            followed.add((state, x))
            state = int(table[state, x])
    network = found.network(examples.inputs, examples.outputs)
    for state, symbol in np.ndindex(*table.shape):
        seen = counts[state, symbol]
        assert network.output[state, symbol] == (int(seen.argmax()) if seen.any() else UNKNOWN)
        assert network.next_state[state, symbol] == (table[state, symbol] if (state, symbol) in followed else UNKNOWN)
    wrong = (examples.answers >= 0) & (network.run(examples.words)[0] != examples.answers)
    assert wrong.sum() == found.description.errors
