"""Table registers: what a step reads, how they are drawn, merged and hardened."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.prefix_tree import PrefixTree
from seqlogic.registers import TableRegisters
from seqlogic.scan import log_likelihood
from tests.example_sets import counter, symbols

S, X, Y = 6, 2, 3


def drawn(*, logits: bool = False, seed: int = 0, members: int = 3) -> TableRegisters:
    return TableRegisters.near_identity(members, S, X, Y, torch.Generator().manual_seed(seed), logits=logits)


def merged(machine: Machine, pairs: list[tuple[int, int]], *, logits: bool = False, seed: int = 0) -> TableRegisters:
    return TableRegisters.near_merged(
        machine, [(pair,) for pair in pairs], torch.Generator().manual_seed(seed), logits=logits
    )


def assert_rows_on_the_simplex(registers: TableRegisters) -> None:
    tables = registers.tables()
    P, S = registers.members, registers.states
    Y = registers.emission.shape[-1]
    emission = tables.emission.reshape(P, -1, Y + 1, S)[:, :, :Y]
    for rows in (tables.transition.sum(-1), emission.sum(-2)):
        torch.testing.assert_close(rows, torch.ones_like(rows))
    assert (tables.transition >= 0).all()
    assert (emission >= 0).all()


@pytest.mark.parametrize("logits", [False, True])
def test_rows_are_on_the_simplex(logits: bool) -> None:
    assert_rows_on_the_simplex(drawn(logits=logits))
    assert_rows_on_the_simplex(merged(counter(4), [(0, 1), (1, 3)], logits=logits))


def test_probabilities_are_kept_as_probabilities() -> None:
    for registers in (drawn(), merged(counter(4), [(0, 1)])):
        for parameter in registers.parameters():
            torch.testing.assert_close(parameter.sum(-1), torch.ones(parameter.shape[:-1]))


def test_logits_and_probabilities_give_the_same_tables() -> None:
    for plain, logits in (
        (drawn(), drawn(logits=True)),
        (merged(counter(4), [(0, 1), (2, 3)]), merged(counter(4), [(0, 1), (2, 3)], logits=True)),
    ):
        assert (plain.logits, logits.logits) == (False, True)
        for ours, theirs in zip(plain.tables(), logits.tables(), strict=True):
            torch.testing.assert_close(ours, theirs)
        for ours, theirs in zip(plain.harden(), logits.harden(), strict=True):
            assert torch.equal(ours, theirs)


def test_sizes_are_those_asked_for() -> None:
    registers = drawn()
    assert (registers.members, registers.states) == (3, S)
    assert registers.transition.shape == (3, X, S, S)
    assert registers.emission.shape == (3, X, S, Y)


def test_fresh_tables_tend_to_keep_their_state() -> None:
    registers = drawn(members=20)
    stays = registers.harden()[0] == torch.arange(S)
    assert 0.6 < stays.float().mean() < 1
    assert registers.transition.diagonal(dim1=-2, dim2=-1).mean() > 0.5


def test_fresh_tables_are_those_of_the_generator_and_differ_between_members() -> None:
    first, again, other = drawn(), drawn(), drawn(seed=1)
    assert torch.equal(first.transition, again.transition)
    assert torch.equal(first.emission, again.emission)
    assert not torch.equal(first.transition, other.transition)
    assert not torch.equal(first.transition[0], first.transition[1])
    assert not torch.equal(first.emission[0], first.emission[1])


def test_emission_rows_are_by_input_and_output_with_ones_for_the_unobserved() -> None:
    registers = drawn()
    rows = registers.tables().emission
    assert rows.shape == (3, X * (Y + 1), S)
    for x in range(X):
        for y in range(Y):
            assert torch.equal(rows[:, x * (Y + 1) + y], registers.emission[:, x, :, y])
        assert (rows[:, x * (Y + 1) + Y] == 1).all()


def test_every_member_starts_surely_in_state_0() -> None:
    assert drawn().start().tolist() == [[[1] + [0] * (S - 1)]] * 3


def test_a_step_weighs_by_the_output_then_moves() -> None:
    transition = torch.tensor([[[[0.5, 0.5], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]])
    emission = torch.tensor([[[[0.75, 0.25], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]]])
    registers = TableRegisters(transition, emission)
    words, answers = np.array([[0], [0], [1]]), np.array([[0], [-1], [1]])
    (level,) = PrefixTree.of(Examples(words, answers, symbols(2), symbols(2))).levels
    assert list(zip(level.symbol.tolist(), level.answer.tolist(), strict=True)) == [(0, -1), (0, 0), (1, 1)]
    belief, probability = registers.step(registers.tables(), torch.tensor([[[0.4, 0.6]]]), level)
    # Unobserved: (0.4, 0.6) moves. Output 0: (0.3, 0.3) halves of 0.6. Output 1 on input 1: surely state 1, then 0.
    assert probability[0].tolist() == pytest.approx([1, 0.6, 0.6])
    for found, expected in zip(belief[0].tolist(), [[0.2, 0.8], [0.25, 0.75], [1, 0]], strict=True):
        assert found == pytest.approx(expected)


def test_hardening_takes_the_most_probable_entries() -> None:
    transition = torch.tensor([[[[0.1, 0.9], [0.8, 0.2]]], [[[0.6, 0.4], [0.3, 0.7]]]])
    emission = torch.tensor([[[[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]], [[[0.2, 0.6, 0.2], [0.0, 0.0, 1.0]]]])
    next_state, output = TableRegisters(transition, emission).harden()
    assert next_state.tolist() == [[[1, 0]], [[0, 1]]]
    assert output.tolist() == [[[2, 0]], [[1, 2]]]
    assert (next_state.dtype, output.dtype, next_state.requires_grad) == (torch.int64, torch.int64, False)


def test_merging_leaves_one_state_fewer_for_each_pair() -> None:
    registers = merged(counter(5), [(0, 1), (2, 4), (1, 3)])
    assert (registers.members, registers.states) == (3, 4)
    assert registers.emission.shape == (3, 2, 4, 2)


def test_merging_twins_gives_the_smaller_machine_back() -> None:
    # State 2 is a twin of state 0; merging the two leaves the counter.
    machine = Machine([[0, 1], [1, 2], [2, 1]], [[1, 0], [0, 1], [1, 0]], symbols(2), symbols(2))
    for seed in range(5):
        next_state, output = merged(machine, [(0, 2)], seed=seed).harden()
        assert next_state[0].T.tolist() == counter(2).next_state.tolist()
        assert output[0].T.tolist() == counter(2).output.tolist()


def test_a_fifth_of_every_merged_row_is_soft_and_the_rest_is_the_mean_of_both() -> None:
    # On input 1, state 0 goes to 1 and state 2 to 0, which is now one state with 2: half and half.
    registers = merged(counter(3), [(0, 2)])
    row = registers.transition[0, 1, 0]
    assert ((row >= 0.4) & (row <= 0.6)).all()
    kept = registers.transition[0, 1, 1]
    assert 0.8 <= kept[0] < 1
    # The output on input 1 is 0 in state 0 and 1 in state 2; that of state 1 is 0, of which a fifth is spread evenly.
    assert registers.emission[0, 1].flatten().tolist() == pytest.approx([0.5, 0.5, 0.9, 0.1])


def test_many_states_become_one_by_the_mean_of_what_is_known_of_them() -> None:
    # States 0 to 3 say 0, 1, 1 and nothing known; 4 and 5, whatever they do, stay two.
    machine = Machine([[1], [2], [4], [4], [5], [5]], [[0], [1], [1], [UNKNOWN], [0], [1]], symbols(1), symbols(2))
    merge = ((0, 1), (0, 2), (0, 3))
    registers = TableRegisters.near_merged(machine, [merge, merge], torch.Generator().manual_seed(0))
    assert (registers.members, registers.states) == (2, 3)
    # Two of its four rows stay among the four, two go to 4; a fifth of each is uniform or noise.
    row = registers.transition[0, 0, 0]
    assert ((row >= torch.tensor([0.4, 0.4, 0.0])) & (row <= torch.tensor([0.6, 0.6, 0.2]))).all()
    assert registers.emission[0, 0, 0].tolist() == pytest.approx([0.8 / 3 + 0.1, 0.8 * 2 / 3 + 0.1])
    assert registers.harden()[0][0, 0].tolist()[1:] == [2, 2]
    assert not torch.equal(registers.transition[0], registers.transition[1])


def test_the_order_of_states_without_the_dropped_one_is_kept() -> None:
    # Each state i but the last goes to itself and says i, so after dropping 1 the rest still does.
    machine = Machine([[0], [1], [2], [3]], [[0], [1], [2], [3]], symbols(1), symbols(4))
    next_state, output = merged(machine, [(0, 1), (2, 3)]).harden()
    assert next_state[:, 0].tolist() == [[0, 1, 2], [0, 1, 2]]
    assert output[0, 0, 1:].tolist() == [2, 3]
    assert output[1, 0, :2].tolist() == [0, 1]


def test_unknown_entries_are_uniform_under_the_noise() -> None:
    known = Machine([[1], [2], [3], [0]], [[0], [1], [0], [1]], symbols(1), symbols(2))
    unknown = Machine([[1], [UNKNOWN], [3], [0]], [[0], [UNKNOWN], [0], [1]], symbols(1), symbols(2))
    with_known, with_unknown = (merged(machine, [(2, 3)]).transition[0, 0] for machine in (known, unknown))
    # The same generator draws the same noise: what is left is the row itself, each state a third.
    assert (with_unknown - with_known)[1].tolist() == pytest.approx([0.8 / 3, 0.8 / 3, 0.8 * (1 / 3 - 1)])
    assert torch.equal(with_unknown[[0, 2]], with_known[[0, 2]])
    assert merged(unknown, [(2, 3)]).emission[0, 0, 1].tolist() == pytest.approx([0.5, 0.5])
    # An unknown row and a known one give the known one: state 1 to nowhere known, state 2 to state 3.
    assert merged(unknown, [(1, 2)]).transition[0, 0, 1].argmax() == 2
    assert merged(unknown, [(1, 2)]).transition[0, 0, 1, 2] >= 0.8


def test_merged_tables_are_those_of_the_generator() -> None:
    pairs = [(0, 1), (0, 1)]
    first, again, other = merged(counter(4), pairs), merged(counter(4), pairs), merged(counter(4), pairs, seed=1)
    assert torch.equal(first.transition, again.transition)
    assert not torch.equal(first.transition, other.transition)
    assert not torch.equal(first.transition[0], first.transition[1])


def likelihoods(registers: TableRegisters) -> list[float]:
    rng = np.random.default_rng(0)
    examples = Examples(rng.integers(0, X, (20, 8)), rng.integers(0, Y, (20, 8)), symbols(X), symbols(Y))
    return log_likelihood(registers, PrefixTree.of(examples)).tolist()


@pytest.mark.parametrize("logits", [False, True])
def test_the_copies_of_a_state_do_together_what_it_did(logits: bool) -> None:
    registers = drawn(logits=logits)
    # All states have copies, of several numbers and in any order; the initial one comes first.
    parents = torch.tensor([0, 3, 2, 1, 5, 4, 3, 0, 0])
    split = registers.split(1, parents, 2, torch.Generator().manual_seed(7), softness=0.0)
    assert (split.members, split.states, split.logits) == (2, 9, logits)
    assert_rows_on_the_simplex(split)
    assert likelihoods(split) == pytest.approx([likelihoods(registers)[1]] * 2, rel=1e-4)
    # Yet each member shares the transitions out in its own way.
    assert not torch.allclose(split.transition[0], split.transition[1])


def test_what_led_to_a_state_without_a_copy_goes_elsewhere() -> None:
    transition = torch.zeros(1, 1, 3, 3)
    transition[0, 0] = torch.tensor([[0.0, 0.3, 0.7], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    registers = TableRegisters(transition, torch.full((1, 1, 3, 2), 0.5))
    split = registers.split(0, torch.tensor([0, 1, 1]), 1, torch.Generator().manual_seed(0), softness=0.0)
    assert_rows_on_the_simplex(split)
    assert split.transition[0, 0, 0, 0] == 0
    # The row of state 1 led to nothing that is left, and may lead anywhere now.
    assert (split.transition[0, 0, 1] > 0).all()


def test_a_split_leaves_no_probability_at_zero() -> None:
    registers = TableRegisters(
        torch.eye(2)[None, None].repeat(1, X, 1, 1), torch.eye(2, Y)[None, None].repeat(1, X, 1, 1)
    )
    split = registers.split(0, torch.tensor([0, 1, 0, 1]), 4, torch.Generator().manual_seed(0))
    assert_rows_on_the_simplex(split)
    assert (split.transition > 0).all()
    assert (split.emission > 0).all()
