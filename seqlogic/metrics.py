"""What is watched while a network hardens: torchmetrics shells around pure functions."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

__all__ = ["HardSequenceError", "SoftHardGap", "StateCount", "soft_hard_gap", "states_used"]


def soft_hard_gap(probability: Tensor, correct: Tensor, count: Tensor) -> Tensor:
    """How much more often the hardened network errs than the soft one, per observed symbol: float [].

    Args:
        probability: float [E], what the soft network gives the observed output of each edge; its expected error is
            one minus that.
        correct: bool [E], whether the hardened network gives that output.
        count: float [E], how many sequences pass the edge.
    """
    return (count * (probability - correct.to(probability.dtype))).sum()


def states_used(states: Tensor, capacity: int) -> Tensor:
    """Which of `capacity` states occur in `states`, int64 [...]: bool [capacity]."""
    used = torch.zeros(capacity, dtype=torch.bool, device=states.device)
    used[states.reshape(-1)] = True
    return used


class HardSequenceError(Metric):
    """The share of sequences of which the hardened network gets at least one observed output wrong.

    >>> metric = HardSequenceError()
    >>> metric.update(torch.tensor([True, False, False, False]))
    >>> metric.compute()
    tensor(0.2500)
    """

    higher_is_better = False
    full_state_update = False
    wrong: Tensor
    total: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("wrong", torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("total", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, wrong: Tensor) -> None:
        """Add sequences; bool [N], which of them came out wrong."""
        self.wrong += wrong.sum()
        self.total += wrong.numel()

    def compute(self) -> Tensor:
        """The share, float []; 0 before any sequence was added."""
        return self.wrong / self.total.clamp_min(1)


class SoftHardGap(Metric):
    """The hardened network's symbol error minus the soft network's expected one, over the observed symbols.

    Zero when both are the same function; a loss near zero beside a wide gap is a network that hardens into a
    different machine.

    >>> metric = SoftHardGap()
    >>> metric.update(torch.tensor([1.0, 0.75]), torch.tensor([True, False]), torch.tensor([3.0, 1.0]))
    >>> metric.compute()
    tensor(0.1875)
    """

    higher_is_better = False
    full_state_update = False
    gap: Tensor
    total: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("gap", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, probability: Tensor, correct: Tensor, count: Tensor) -> None:
        """Add the observed edges of a tree, as `soft_hard_gap` takes them."""
        self.gap += soft_hard_gap(probability, correct, count)
        self.total += count.sum()

    def compute(self) -> Tensor:
        """The mean gap, float []; 0 before any symbol was added."""
        return self.gap / self.total.clamp_min(1)


class StateCount(Metric):
    """How many states the hardened network visits on the data.

    >>> metric = StateCount(capacity=8)
    >>> metric.update(torch.tensor([0, 3, 3, 5]))
    >>> metric.compute()
    tensor(3)
    """

    higher_is_better = None
    full_state_update = False
    used: Tensor

    def __init__(self, capacity: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.capacity = capacity
        self.add_state("used", torch.zeros(capacity, dtype=torch.long), dist_reduce_fx="max")

    def update(self, states: Tensor) -> None:
        """Add visited states, int64 of any shape, each below the capacity."""
        self.used |= states_used(states, self.capacity).long()

    def compute(self) -> Tensor:
        """The number of distinct states, int64 []."""
        return self.used.sum()
