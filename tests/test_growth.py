"""The growth transform: it never lowers a likelihood, stays on the simplex, and is an optimiser like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.growth import GrowthTransform, growth_step
from seqlogic.learner import Learner
from seqlogic.prefix_tree import PrefixTree
from seqlogic.registers import TableRegisters
from seqlogic.scan import log_likelihood
from tests.example_sets import counter, every_word, example_sets, symbols


def random_tables(examples: Examples, seed: int, *, zeros: float = 0.0) -> TableRegisters:
    """Two members of three states, rows on the simplex, float64; a share of the entries is zero."""
    rng = np.random.default_rng(seed)
    X, Y, S = len(examples.inputs), len(examples.outputs), 3

    def rows(width: int) -> torch.Tensor:
        entries = rng.exponential(size=(2, X, S, width))
        # The first entry stays, so that no row is empty.
        entries[..., 1:][rng.random((2, X, S, width - 1)) < zeros] = 0
        return torch.tensor(entries / entries.sum(-1, keepdims=True))

    return TableRegisters(rows(S), rows(Y))


@given(
    example_sets().filter(lambda examples: bool(examples.lengths.any())),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.5]),
)
def test_no_step_lowers_the_likelihood_or_leaves_the_simplex(examples: Examples, seed: int, zeros: float) -> None:
    registers, tree = random_tables(examples, seed, zeros=zeros), PrefixTree.of(examples)
    optimizer = GrowthTransform(registers.parameters())
    likelihood = log_likelihood(registers, tree)
    for _ in range(4):
        before = likelihood.detach()
        optimizer.zero_grad()
        (-likelihood.sum()).backward()
        optimizer.step()
        likelihood = log_likelihood(registers, tree)
        assert (likelihood.detach() >= before - 1e-9 * (1 + before.abs())).all()
        for rows in registers.parameters():
            assert (rows >= 0).all()
            torch.testing.assert_close(rows.sum(-1), torch.ones(rows.shape[:-1], dtype=torch.float64))


def test_a_gradient_that_rounding_left_below_zero_counts_as_zero() -> None:
    rows = torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    gradient = torch.tensor([[2.0, -1e-7], [-1e-7, -1e-7]])
    assert growth_step(rows, gradient).tolist() == [[1.0, 0.0], [0.25, 0.75]]


def test_it_climbs_to_a_machine_that_explains_all() -> None:
    examples = every_word(counter(2), 5)
    registers = random_tables(examples, 3)
    tree = PrefixTree.of(examples)
    optimizer = GrowthTransform(registers.parameters())
    for _ in range(300):
        optimizer.zero_grad()
        (-log_likelihood(registers, tree).sum()).backward()
        optimizer.step()
    assert log_likelihood(registers, tree).max().item() == pytest.approx(0, abs=1e-3)


def test_one_step_gives_the_expected_counts() -> None:
    # One state: the expected counts are those of the outputs seen, three 0, one 2, and one that is missing.
    examples = Examples(np.zeros((1, 5)), np.array([[0, 2, 0, -1, 0]]), symbols(1), symbols(3))
    registers = TableRegisters(torch.ones(1, 1, 1, 1), torch.tensor([[[[0.2, 0.5, 0.3]]]]))
    (-log_likelihood(registers, PrefixTree.of(examples)).sum()).backward()
    GrowthTransform(registers.parameters()).step()
    assert registers.emission.flatten().tolist() == pytest.approx([0.75, 0, 0.25])
    assert registers.transition.item() == 1


def test_a_row_is_multiplied_by_its_gradient_and_normalised() -> None:
    rows = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.9, 0.0]])
    gradient = torch.tensor([[2.0, 4.0, 0.0], [3.0, 0.0, 5.0]])
    assert growth_step(rows, gradient).tolist() == [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]


def test_a_row_of_which_nothing_was_expected_stays_as_it_is() -> None:
    rows = torch.tensor([[0.3, 0.7], [0.0, 1.0], [0.6, 0.4]])
    gradient = torch.tensor([[0.0, 0.0], [9.0, 0.0], [0.0, 2.0]])
    assert growth_step(rows, gradient).tolist() == [*rows[:2].tolist(), [0.0, 1.0]]


def test_entries_that_no_sequence_reaches_stay_as_they_are() -> None:
    # Only input 0 occurs, so the tables of input 1 move by not one bit.
    examples = Examples(np.zeros((1, 3)), np.array([[0, 1, 0]]), symbols(2), symbols(2))
    registers = random_tables(examples, 0)
    before = [rows.detach().clone() for rows in registers.parameters()]
    (-log_likelihood(registers, PrefixTree.of(examples)).sum()).backward()
    GrowthTransform(registers.parameters()).step()
    for rows, old in zip(registers.parameters(), before, strict=True):
        assert torch.equal(rows[:, 1], old[:, 1])
        assert not torch.equal(rows[:, 0], old[:, 0])


def test_a_table_without_a_gradient_stays_as_it_is() -> None:
    moved, kept = (torch.nn.Parameter(torch.tensor([[0.5, 0.5]])) for _ in range(2))
    optimizer = GrowthTransform([moved, kept])
    (-moved[0, 0].log()).backward()
    assert optimizer.step() is None
    assert moved.tolist() == [[1, 0]]
    assert kept.tolist() == [[0.5, 0.5]]


def test_every_group_is_stepped() -> None:
    tables = [torch.nn.Parameter(torch.tensor([[0.5, 0.5]])) for _ in range(2)]
    optimizer = GrowthTransform(tables[:1])
    optimizer.add_param_group({"params": tables[1:]})
    (-sum(rows[0, 1].log() for rows in tables)).backward()
    optimizer.step()
    assert [rows.tolist() for rows in tables] == [[[0, 1]], [[0, 1]]]


def test_a_closure_is_called_once_with_gradients_on_before_the_step() -> None:
    rows = torch.nn.Parameter(torch.tensor([[0.5, 0.5]]))
    optimizer = GrowthTransform([rows])
    seen: list[list[list[float]]] = []

    def closure() -> float:
        assert torch.is_grad_enabled()
        optimizer.zero_grad()
        seen.append(rows.tolist())
        loss = -rows[0, 1].log()
        loss.backward()
        return loss.item()

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert seen == [[[0.5, 0.5]]]
    assert loss == pytest.approx(np.log(2))
    assert rows.tolist() == [[0, 1]]
    assert rows.requires_grad


def test_a_floor_lets_a_lost_probability_come_back() -> None:
    rows = torch.nn.Parameter(torch.tensor([[1.0, 0.0], [0.25, 0.75]]))
    optimizer = GrowthTransform([rows], floor=0.1)
    rows.grad = -torch.tensor([[2.0, 5.0], [0.0, 0.0]])
    optimizer.step()
    assert torch.allclose(rows, torch.tensor([[0.95, 0.05], [0.275, 0.725]]))
    rows.grad = -torch.tensor([[2.0, 38.0], [0.0, 0.0]])
    optimizer.step()
    assert torch.allclose(rows[0], torch.tensor([0.5, 0.5]))


@pytest.mark.parametrize("floor", [-0.1, 1.0])
def test_a_floor_outside_its_range_is_refused(floor: float) -> None:
    with pytest.raises(ValueError, match="expected 0 to below 1"):
        GrowthTransform([torch.ones(1, 1)], floor=floor)


def test_a_relaxed_step_goes_further_in_log_probabilities() -> None:
    rows, gradient = torch.tensor([[0.5, 0.3, 0.2]]), torch.tensor([[4.0, 1.0, 2.0]])
    plain, relaxed = growth_step(rows, gradient), growth_step(rows, gradient, 1.5)
    moved = [(after[0, 0] / after[0, 1]).log() - (rows[0, 0] / rows[0, 1]).log() for after in (plain, relaxed)]
    assert float(moved[1] / moved[0]) == pytest.approx(1.5, rel=1e-5)
    assert float(relaxed.sum()) == pytest.approx(1)


@pytest.mark.parametrize("relaxation", [0.0, -1.0, 2.0, float("nan")])
def test_a_relaxation_that_cannot_work_is_refused(relaxation: float) -> None:
    for build in (
        lambda: GrowthTransform([torch.ones(1, 2) / 2], relaxation=relaxation),
        lambda: Learner(relaxation=relaxation),
    ):
        with pytest.raises(ValueError, match="expected above 0 and below 2"):
            build()


def test_with_a_memory_the_row_that_was_counts_for_so_many_uses() -> None:
    rows = torch.tensor([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
    counts = torch.tensor([[0.0, 1.0, 1.0], [0.0, 0.0, 6000.0], [0.0, 0.0, 0.0]])
    grown = growth_step(rows, counts / rows, memory=6.0)
    expected = (counts + 6 * rows) / (counts.sum(-1, keepdim=True) + 6)
    torch.testing.assert_close(grown, expected)
    assert growth_step(rows, counts / rows).tolist()[:2] == [[0, 0.5, 0.5], [0, 0, 1]]


def test_an_optimizer_with_a_memory_takes_the_mean_over_batches() -> None:
    # Each batch shows one use, of output 0 and 1 in turn: without a memory the row follows the last one.
    means = []
    for memory in (0.0, 99.0):
        rows = torch.tensor([[0.5, 0.5]], requires_grad=True)
        optimizer = GrowthTransform([rows], memory=memory)
        for step in range(200):
            optimizer.zero_grad()
            (-rows[0, step % 2].log()).backward()
            optimizer.step()
            with torch.no_grad():
                rows.clamp_(1e-6)
        means.append(rows[0, 1].item())
    assert means[0] == pytest.approx(1, abs=1e-4)
    assert means[1] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("memory", [-1.0, float("inf"), float("nan")])
def test_a_memory_that_cannot_work_is_refused(memory: float) -> None:
    for build in (lambda: GrowthTransform([torch.ones(1, 2) / 2], memory=memory), lambda: Learner(memory=memory)):
        with pytest.raises(ValueError, match="expected at least 0"):
            build()


def test_large_tables_are_trained_one_at_a_time() -> None:
    assert [Learner(population=4).members(states) for states in (2, 48, 49, 67, 68, 600)] == [4, 4, 3, 2, 1, 1]
