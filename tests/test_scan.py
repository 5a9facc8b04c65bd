"""The scan against a forward algorithm per sequence and step, its gradient, and the run of hardened tables."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.prefix_tree import PrefixTree
from seqlogic.registers import TableRegisters
from seqlogic.scan import log_likelihood, output_probability, run_hard
from tests.example_sets import Sequence, counter, every_word, example_sets, prefixes, sequences, symbols

P = 2
"""The size of every population here."""

# Nothing to scan is refused before training; empty sequences among others are fine.
some_symbols = example_sets().filter(lambda examples: bool(examples.lengths.any()))
seeds = st.integers(0, 2**32 - 1)


def soft(examples: Examples, seed: int, *, states: int = 3, logits: bool = False) -> TableRegisters:
    """A population of random tables, float64."""
    rng = np.random.default_rng(seed)
    X, Y = len(examples.inputs), len(examples.outputs)
    transition, emission = torch.tensor(rng.normal(size=(P, X, states, states + Y))).split([states, Y], dim=-1)
    if not logits:
        transition, emission = transition.softmax(-1), emission.softmax(-1)
    return TableRegisters(transition.clone(), emission.clone(), logits=logits)


def plain_likelihood(transition: np.ndarray, emission: np.ndarray, sequence: Sequence) -> float:
    """The probability of one sequence's observed outputs: the textbook's forward variables, not normalised."""
    forward = np.eye(len(transition[0]))[0]
    total = 1.0
    for symbol, answer in sequence:
        if answer != UNKNOWN:
            forward = forward * emission[symbol, :, answer]
        total = forward.sum()
        forward = forward @ transition[symbol]
    return total


def plain_log_likelihood(transition: Tensor, emission: Tensor, examples: Examples) -> Tensor:
    """The same in torch, over all sequences of one member, for autograd to differentiate."""
    total = transition.new_zeros(())
    for sequence in sequences(examples):
        forward = torch.eye(transition.shape[-1], dtype=transition.dtype)[0]
        mass = forward.sum()
        for symbol, answer in sequence:
            if answer != UNKNOWN:
                forward = forward * emission[symbol, :, answer]
            mass = forward.sum()
            forward = forward @ transition[symbol]
        total = total + mass.log()
    return total


def gradients(value: Tensor, registers: TableRegisters) -> tuple[Tensor, ...]:
    return torch.autograd.grad(value, [registers.transition, registers.emission], materialize_grads=True)


@given(some_symbols, seeds)
@settings(max_examples=60)
def test_likelihood_is_that_of_every_sequence_on_its_own(examples: Examples, seed: int) -> None:
    registers = soft(examples, seed)
    found = log_likelihood(registers, PrefixTree.of(examples)).tolist()
    transition, emission = registers.transition.detach().numpy(), registers.emission.detach().numpy()
    for member in range(P):
        plain = [plain_likelihood(transition[member], emission[member], row) for row in sequences(examples)]
        assert found[member] == pytest.approx(np.log(plain).sum(), rel=1e-12, abs=1e-12)


@given(some_symbols, seeds)
@settings(max_examples=60)
def test_each_edge_has_the_probability_of_its_output_given_the_past(examples: Examples, seed: int) -> None:
    registers = soft(examples, seed)
    tree = PrefixTree.of(examples)
    found = output_probability(registers, tree).tolist()
    transition, emission = registers.transition.detach().numpy(), registers.emission.detach().numpy()
    edges = [prefix for level in prefixes(tree) for prefix in level]
    for member in range(P):
        tables = transition[member], emission[member]
        plain = [plain_likelihood(*tables, edge) / plain_likelihood(*tables, edge[:-1]) for edge in edges]
        assert found[member] == pytest.approx(plain, rel=1e-12)


def test_single_precision_is_close_to_double() -> None:
    examples = every_word(counter(3), 6)
    double, single = soft(examples, 0), soft(examples, 0).float()
    tree = PrefixTree.of(examples)
    found = log_likelihood(single, tree)
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx(log_likelihood(double, tree).tolist(), rel=1e-5)


@given(some_symbols, seeds, st.booleans())
@settings(max_examples=40)
def test_gradient_is_that_of_a_plain_implementation(examples: Examples, seed: int, logits: bool) -> None:
    registers = soft(examples, seed, logits=logits)
    found = gradients(log_likelihood(registers, PrefixTree.of(examples)).sum(), registers)
    transition, emission = registers.transition, registers.emission
    if logits:
        transition, emission = transition.softmax(-1), emission.softmax(-1)
    plain = sum(plain_log_likelihood(transition[member], emission[member], examples) for member in range(P))
    for ours, theirs in zip(found, gradients(plain, registers), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("logits", [False, True])
def test_gradient_is_that_of_finite_differences(logits: bool) -> None:
    # Shared and unshared prefixes, a missing output inside and at the end, a duplicate, and an empty sequence.
    words = np.array([[0, 1, 1, 0], [0, 1, 0, -1], [0, 1, 1, 0], [1, 1, -1, -1], [-1, -1, -1, -1]])
    answers = np.array([[1, -1, 0, 2], [1, -1, 2, -1], [1, -1, 0, 2], [0, -1, -1, -1], [-1, -1, -1, -1]])
    examples = Examples(words, answers, symbols(2), symbols(3))
    tree, registers = PrefixTree.of(examples), soft(examples, 5, states=2, logits=logits)
    found = gradients(log_likelihood(registers, tree).sum(), registers)
    step = 1e-6
    for parameter, gradient in zip((registers.transition, registers.emission), found, strict=True):
        flat, slopes = parameter.detach().view(-1), []
        for place in range(len(flat)):
            kept = float(flat[place])
            values = []
            for moved in (kept + step, kept - step):
                flat[place] = moved
                values.append(log_likelihood(registers, tree).sum().item())
            flat[place] = kept
            slopes.append((values[0] - values[1]) / (2 * step))
        assert gradient.reshape(-1).tolist() == pytest.approx(slopes, rel=1e-6, abs=1e-7)
        assert any(slopes)


def test_long_sequences_do_not_underflow() -> None:
    # 4 to the power of -600 is no double, let alone a float.
    length = 600
    examples = Examples(np.zeros((1, length)), np.zeros((1, length)), symbols(1), symbols(4))
    registers = TableRegisters(torch.full((1, 1, 3, 3), 1 / 3), torch.full((1, 1, 3, 4), 1 / 4))
    likelihood = log_likelihood(registers, PrefixTree.of(examples))
    assert likelihood.item() == pytest.approx(-length * np.log(4), rel=1e-5)
    assert all(torch.isfinite(gradient).all() for gradient in gradients(likelihood.sum(), registers))


def test_an_impossible_output_costs_much_and_breaks_nothing() -> None:
    machine = counter(2)
    examples = every_word(machine, 3)
    wrong = Examples(examples.words, 1 - examples.answers, examples.inputs, examples.outputs)
    transition = torch.eye(2)[torch.from_numpy(machine.next_state.T.astype(np.int64))][None]
    emission = torch.eye(2)[torch.from_numpy(machine.output.T.astype(np.int64))][None]
    registers = TableRegisters(transition, emission)
    assert log_likelihood(registers, PrefixTree.of(examples)).tolist() == [0.0]
    likelihood = log_likelihood(registers, PrefixTree.of(wrong))
    assert likelihood.item() < -1000
    assert torch.isfinite(likelihood).all()
    assert all(torch.isfinite(gradient).all() for gradient in gradients(likelihood.sum(), registers))


@given(some_symbols, seeds)
def test_hard_tables_run_as_the_machine_does_sequence_by_sequence(examples: Examples, seed: int) -> None:
    rng = np.random.default_rng(seed)
    S, X, Y = 3, len(examples.inputs), len(examples.outputs)
    next_state, output = rng.integers(0, S, (P, X, S)), rng.integers(0, Y, (P, X, S))
    tree = PrefixTree.of(examples)
    run = run_hard(torch.from_numpy(next_state), torch.from_numpy(output), tree)
    edges = [prefix for level in prefixes(tree) for prefix in level]
    assert [len(states[0]) for states in run.states] == [len(level) for level in tree.levels]
    states = torch.cat(run.states, dim=1)
    for member in range(P):
        machine = Machine(next_state[member].T, output[member].T, examples.inputs, examples.outputs)
        said = machine.run(examples.words)[0]
        assert run.wrong[member].tolist() == ((examples.answers >= 0) & (said != examples.answers)).any(axis=1).tolist()
        for place, edge in enumerate(edges):
            word = np.array([[x for x, _ in edge]])
            answer = edge[-1][1]
            assert states[member, place] == machine.trace(word)[0, -2]
            assert bool(run.correct[member, place]) == (answer in (UNKNOWN, machine.run(word)[0][0, -1]))
