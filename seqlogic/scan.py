"""The two walks over a prefix tree: the soft likelihood of registers, and the run of their hardened tables."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seqlogic.prefix_tree import PrefixTree
from seqlogic.registers.table import TableRegisters

__all__ = ["HardRun", "log_likelihood", "output_probability", "run_hard"]


def output_probability(registers: TableRegisters, tree: PrefixTree) -> Tensor:
    """The probability of each edge's output given all inputs and outputs before it.

    The forward algorithm of a hidden Markov model (Rabiner, 1989), normalised at each step so that nothing underflows,
    over each distinct prefix once: O(P E S^2) time. Differentiable.

    Returns:
        float [P, E], the edges of all levels in order.
    """
    tables, belief = registers.tables(), registers.start()
    probabilities = []
    for level in tree.levels:
        belief, probability = registers.step(tables, belief, level)
        probabilities.append(probability)
    return torch.cat(probabilities, dim=1)


def log_likelihood(registers: TableRegisters, tree: PrefixTree) -> Tensor:
    """The log-likelihood, in nats, of all observed outputs given the inputs, the states summed out: float [P]."""
    probability = output_probability(registers, tree)
    counts = torch.cat([level.count for level in tree.levels])
    return probability.clamp_min(torch.finfo(probability.dtype).tiny).log() @ counts.to(probability.dtype)


class HardRun(NamedTuple):
    """What hardened tables do on every sequence of a tree.

    Attributes:
        wrong: bool [P, N], whether an observed output of the sequence comes out differently.
        correct: bool [P, E], edge by edge; an output that was not observed counts as correct.
        states: for each level, int64 [P, E], the state that each edge leaves.
    """

    wrong: Tensor
    correct: Tensor
    states: list[Tensor]


def run_hard(next_state: Tensor, output: Tensor, tree: PrefixTree) -> HardRun:
    """Run P hardened tables, each int64 [P, X, S], over all sequences at once, from state 0."""
    P, N = len(next_state), len(tree.last)
    member = torch.arange(P, device=next_state.device)[:, None]
    state = next_state.new_zeros(P, 1)
    failed = torch.zeros(P, 1, dtype=torch.bool, device=next_state.device)
    states, corrects = [], []
    wrong = torch.zeros(P, N, dtype=torch.bool, device=next_state.device)
    for depth, level in enumerate(tree.levels, start=1):
        here = state[:, level.parent]
        correct = (output[member, level.symbol, here] == level.answer) | (level.answer < 0)
        state = next_state[member, level.symbol, here]
        failed = failed[:, level.parent] | ~correct
        ending = (tree.last[:, 0] == depth).nonzero()[:, 0]
        wrong[:, ending] = failed[:, tree.last[ending, 1]]
        states.append(here)
        corrects.append(correct)
    return HardRun(wrong, torch.cat(corrects, dim=1), states)
