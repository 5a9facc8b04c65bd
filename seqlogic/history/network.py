"""A network with one hidden layer, trained until it is right in all examples, and enumerated into a truth table."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus
from torch.optim import Adam

from seqlogic.history.planes import Tell

__all__ = ["fit_network"]

_STEPS = 2000
_CHECK = 50
"""So many steps apart it is asked of all examples."""
_BATCH = 2048
_EACH = 16
"""An example that it gets wrong is drawn so often, at most, into a batch, of which half at most are such."""
_RATE = 0.02
_LARGEST = 32
"""The largest of whole weights."""
_SEED = 0


def fit_network(
    entries: np.ndarray, target: np.ndarray, wires: int, hidden: int, tell: Tell | None = None
) -> np.ndarray | None:
    """Return the truth table of a network that is right in all examples, bool [2**wires]; None if none was found.

    The network is a threshold of a weighted sum of the wires, as -1 and 1, and of rectified hidden units. It is trained
    on the logistic loss with Adam, a given number of steps at most and the rate falling, and half of each batch are
    examples that it gets wrong. The weights come from a generator of their own: the result is the same each time. Of
    a threshold gate they are rounded to the smallest whole numbers that are right in all examples, if any are: what it
    says where no example was is then the simplest that it can say.

    Args:
        entries: int64 [R], the different examples as numbers, of which the first wire is the lowest bit.
        target: bool [R], what each is answered.
        wires: how many there are.
        hidden: the hidden units; with none it is a threshold gate.
        tell: is told of the steps of the training, if given.
    """
    threads = torch.get_num_threads()
    # One thread keeps the order of every sum, and layers this small gain nothing from a second.
    torch.set_num_threads(1)
    try:
        return _trained(entries, target, wires, hidden, tell)
    finally:
        torch.set_num_threads(threads)


def _trained(entries: np.ndarray, target: np.ndarray, wires: int, hidden: int, tell: Tell | None) -> np.ndarray | None:
    """As `fit_network`."""
    rng = torch.Generator().manual_seed(_SEED)
    weights = [_drawn(rng, wires, 1), _drawn(rng, wires, hidden), _drawn(rng, hidden, 1)]
    biases = [torch.zeros(size, dtype=torch.float32, requires_grad=True) for size in (hidden, 1)]

    def network(x: Tensor) -> Tensor:
        direct, into, out = weights
        return (x @ direct + torch.relu(x @ into + biases[0]) @ out + biases[1])[:, 0]  # [R]

    optimizer = Adam([*weights, *biases], lr=_RATE)
    x, sign = _signs(entries, wires), torch.from_numpy(np.where(target, 1.0, -1.0)).float()
    for step in range(_STEPS + 1):
        if step % _CHECK == 0:
            if tell is not None:
                what = f"a network of {hidden} hidden units" if hidden else "a threshold gate"
                tell(step, _STEPS, f"steps of training {what}")
            with torch.no_grad():
                # What is no number is wrong.
                wrong = torch.nonzero(~(network(x) * sign > 0))[:, 0]
                if not len(wrong):
                    every = _signs(np.arange(1 << wires), wires)
                    whole = None if hidden else _whole(weights[0][:, 0].numpy(), x.numpy(), target)
                    return (network(every) > 0).numpy() if whole is None else every.numpy() @ whole[0] > whole[1]
            optimizer.param_groups[0]["lr"] = _RATE * (1 - 0.95 * step / _STEPS)
        rows = torch.randint(len(x), (_BATCH,), generator=rng)
        again = min(_BATCH // 2, _EACH * len(wrong))
        rows[:again] = wrong[torch.randint(len(wrong), (again,), generator=rng)]
        loss = softplus(-network(x[rows]) * sign[rows]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None


def _whole(weights: np.ndarray, x: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float] | None:
    """The smallest whole weights, float [wires], and the bound, of a threshold gate like this one and as right."""
    most = np.abs(weights).max(initial=0.0)
    for largest in range(1, _LARGEST + 1):
        whole = np.rint(weights * largest / max(most, 1e-9))
        total = x @ whole
        low, high = total[~target].max(initial=-np.inf), total[target].min(initial=np.inf)
        if -np.inf < low < high < np.inf:
            return whole, (low + high) / 2
    return None


def _drawn(rng: torch.Generator, rows: int, columns: int) -> Tensor:
    """Weights of a layer, float [rows, columns], uniform as far as one over the root of their number."""
    weight = (2 * torch.rand(rows, columns, generator=rng, dtype=torch.float32) - 1) / math.sqrt(max(1, rows))
    return weight.requires_grad_()


def _signs(entries: np.ndarray, wires: int) -> Tensor:
    """Entries as rows of -1 and 1, float [R, wires]."""
    return torch.from_numpy(2 * (entries[:, None] >> np.arange(wires) & 1) - 1).float()
