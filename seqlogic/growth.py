"""The growth transform as an optimiser of rows on the simplex."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.optim import Optimizer

__all__ = ["GrowthTransform", "growth_step"]


def growth_step(rows: Tensor, gradient: Tensor, relaxation: float = 1.0, memory: float = 0.0) -> Tensor:
    """Return the rows `rows * gradient`, normalised: the growth transform of Baum and Eagon (1967).

    For a likelihood it is the M-step of expectation maximisation, since rows * d log L / d rows are the expected
    counts, and never lowers it. A row of which nothing was expected stays as it is.

    A relaxation above 1 goes further in the same direction of log-probabilities: rows * gradient ** relaxation,
    normalised, the over-relaxed bound optimisation of Salakhutdinov and Roweis (2003), but without their steps back. It
    no longer promises never to lower the likelihood, but needs fewer steps. At 2 it may go to and fro between two
    points for ever.

    With a memory, the row that was counts for so many expected uses: a row of which a batch shows much is replaced, and
    one of which it shows little takes the mean over many batches, as in online expectation maximisation (Cappe and
    Moulines, 2009), but with a step size of its own for each row. With a relaxation of 1 it is the mode of the
    posterior whose prior is a Dirichlet distribution around the row that was.

    Args:
        rows: float [..., K], each row on the simplex.
        gradient: float [..., K], of the log-likelihood, non-negative.
        relaxation: the exponent of the gradient, above 0 and below 2.
        memory: at least 0.
    """
    # What is zero in exact arithmetic, rounding may have left just below it.
    gradient = gradient.clamp_min(0)
    total = (rows * gradient).sum(-1, keepdim=True)
    tiny = torch.finfo(rows.dtype).tiny
    expected = total > tiny
    # The bound keeps a row without a floor, in which an entry may be 0, from becoming 0 * infinity.
    ratio = (gradient / total.clamp_min(tiny)).clamp_max(1e15)
    grown = rows * (ratio if relaxation == 1 else ratio**relaxation)
    grown = grown / grown.sum(-1, keepdim=True).clamp_min(tiny)
    if memory:
        grown = torch.lerp(rows, grown, total / (total + memory))
    return torch.where(expected, grown, rows)


class GrowthTransform(Optimizer):
    """Maximise a likelihood over probability tables, without a learning rate.

    Every parameter must hold rows on the simplex in its last axis, and the loss must be a *negative* log-likelihood.

    Args:
        params: the tables.
        floor: the share of each new row that is uniform, 0 to below 1. A probability that is 0 stays 0 for good, so
            that without a floor what a batch does not show can never be learned from a later one.
        relaxation, memory: see `growth_step`.
    """

    def __init__(
        self, params: Iterable[Tensor], floor: float = 0.0, relaxation: float = 1.0, memory: float = 0.0
    ) -> None:
        self.check(floor, relaxation, memory)
        super().__init__(params, {"floor": floor, "relaxation": relaxation, "memory": memory})

    @staticmethod
    def check(floor: float, relaxation: float, memory: float) -> None:
        """Refuse what cannot work with a ValueError."""
        if not 0 <= floor < 1:
            raise ValueError(f"the floor is {floor}, expected 0 to below 1")
        if not 0 < relaxation < 2:
            raise ValueError(f"the relaxation is {relaxation}, expected above 0 and below 2")
        if not 0 <= memory < math.inf:
            raise ValueError(f"the memory is {memory}, expected at least 0")

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Perform one step; `closure` re-evaluates the loss and its gradient, as in any torch optimiser."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for rows in group["params"]:
                if rows.grad is not None:
                    grown = growth_step(rows, -rows.grad, group["relaxation"], group["memory"])
                    rows.copy_((1 - group["floor"]) * grown + group["floor"] / rows.shape[-1])
        return loss
