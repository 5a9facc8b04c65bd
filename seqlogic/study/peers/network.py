"""A recurrent network trained on the examples: gated recurrent units (Cho et al., 2014) and an output head."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from seqlogic.examples import Examples

__all__ = ["Gru", "Hyperparameters", "trained"]


@dataclass(frozen=True)
class Hyperparameters:
    """How the network is trained.

    Attributes:
        hidden: units of the network.
        rate: the learning rate of Adam (Kingma and Ba, 2015).
        decay: its factor per epoch, anew in every stage.
        batch: sequences in a batch.
        first_length: symbols of each sequence in the first stage.
        growth: the factor of that length from stage to stage.
        passing: the training accuracy that ends a stage but the last.
        patience: epochs without a better loss that end a stage as well.
        interval: epochs of a stage after which the network is handed out as well.
    """

    hidden: int = 64
    rate: float = 5e-3
    decay: float = 0.99
    batch: int = 100
    first_length: int = 16
    growth: int = 2
    passing: float = 0.995
    patience: int = 40
    interval: int = 25


class Gru:
    """A trained network as numpy arrays, one step at a time; H hidden units, X input and Y output symbols.

    Attributes:
        inward: float32 [X, 3 H], what an input symbol adds to the gates: reset, update, new.
        weight: float32 [H, 3 H], and
        bias: float32 [3 H], what the hidden state adds to them.
        head: float32 [H, Y], and
        head_bias: float32 [Y], of the output.
    """

    def __init__(self, gru: nn.GRU, head: nn.Linear) -> None:
        arrays = {name: parameter.detach().numpy().copy() for name, parameter in gru.named_parameters()}
        self.inward = arrays["weight_ih_l0"].T + arrays["bias_ih_l0"]
        self.weight = np.ascontiguousarray(arrays["weight_hh_l0"].T)
        self.bias = arrays["bias_hh_l0"]
        self.head = head.weight.detach().numpy().T.copy()
        self.head_bias = head.bias.detach().numpy().copy()

    @property
    def hidden(self) -> int:
        """H."""
        return len(self.weight)

    def step(self, state: np.ndarray, symbol: np.ndarray | int) -> np.ndarray:
        """The hidden states float32 [..., H] after one input symbol each, int [...]."""
        H = self.hidden
        given, kept = self.inward[symbol], state @ self.weight + self.bias
        gates = 1 / (1 + np.exp(-(given[..., : 2 * H] + kept[..., : 2 * H])))
        new = np.tanh(given[..., 2 * H :] + gates[..., :H] * kept[..., 2 * H :])
        update = gates[..., H:]
        return (1 - update) * new + update * state

    def answer(self, state: np.ndarray) -> np.ndarray:
        """The most likely output symbols int [...] in the hidden states float32 [..., H]."""
        return np.argmax(state @ self.head + self.head_bias, axis=-1)

    def run(self, words: np.ndarray) -> np.ndarray:
        """The outputs int [N, T] of a batch of words; past the end of a shorter word they mean nothing."""
        state = np.zeros((len(words), self.hidden), dtype=np.float32)
        answers = np.empty(words.shape, dtype=np.int64)
        for t in range(words.shape[1]):
            state = self.step(state, words[:, t])
            answers[:, t] = self.answer(state)
        return answers


def trained(examples: Examples, seed: int, deadline: float, how: Hyperparameters | None = None) -> Iterator[Gru]:
    """Train, and yield the network every so many epochs, and at the end of every stage.

    The stages are a curriculum: they see more and more symbols of each sequence, since a state that has to be kept
    over 64 steps is learned in a fraction of the time if it was kept over 16 before. The last stage goes on until every
    observed output is right. Torch's own random state stays as it was.

    Args:
        examples: of which some outputs may be missing.
        seed: of weights and batches.
        deadline: in seconds of `time.process_time`.
        how: the defaults if None.
    """
    how = how or Hyperparameters()
    words = torch.from_numpy(examples.words).long()
    answers = torch.from_numpy(examples.answers).long()
    # Behind the last observed output there is nothing to learn, and a sequence without one has no loss.
    last = (answers >= 0) * torch.arange(1, answers.shape[1] + 1)
    rows = torch.nonzero((answers >= 0).any(dim=1)).squeeze(1)
    if len(rows) == 0:
        return
    longest = int(last.max())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        gru = nn.GRU(len(examples.inputs), how.hidden)
        head = nn.Linear(how.hidden, len(examples.outputs))
        generator = torch.Generator().manual_seed(seed)
    trainer = _Trainer(gru, head, how, generator)
    length = min(how.first_length, longest)
    while True:
        seen = answers[:, :length]
        final = length == longest
        inside = rows[(seen[rows] >= 0).any(dim=1)]
        if len(inside):
            sequences = words[inside, :length], seen[inside], last[inside, :length].amax(dim=1)
            for _ in trainer.stage(*sequences, passing=1.0 if final else how.passing, deadline=deadline):
                yield Gru(gru, head)
        if final or time.process_time() > deadline:
            return
        length = min(longest, length * how.growth)


class _Trainer:
    def __init__(self, gru: nn.GRU, head: nn.Linear, how: Hyperparameters, generator: torch.Generator) -> None:
        self.gru, self.head, self.how, self.generator = gru, head, how, generator
        self.parameters = [*gru.parameters(), *head.parameters()]
        self.adam = torch.optim.Adam(self.parameters, lr=how.rate)

    def stage(
        self, words: Tensor, answers: Tensor, lengths: Tensor, *, passing: float, deadline: float
    ) -> Iterator[int]:
        """Train on sequences int64 [N, T] up to the share `passing` of right outputs, patience, or the deadline.

        Yields the number of the epoch when it is time to look at the network, at the end in any case.
        """
        best, waited, epoch = float("inf"), 0, 0
        observed = int((answers >= 0).sum())
        while True:
            for group in self.adam.param_groups:
                group["lr"] = self.how.rate * self.how.decay**epoch
            loss, right = 0.0, 0
            for batch in self.batches(lengths):
                if time.process_time() > deadline:
                    yield epoch
                    return
                length = int(lengths[batch].max())
                batch_loss, batch_right = self.update(words[batch, :length].T, answers[batch, :length].T)
                loss, right = loss + batch_loss, right + batch_right
            epoch += 1
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
            ended = right >= passing * observed or waited >= self.how.patience
            if ended or epoch % self.how.interval == 0:
                yield epoch
            if ended:
                return

    def batches(self, lengths: Tensor) -> list[Tensor]:
        """The sequences in random batches of similar length: a step past the end of a sequence is for nothing."""
        size = self.how.batch
        order = torch.randperm(len(lengths), generator=self.generator)
        batches = [
            batch
            for group in order.split(4 * size)
            for batch in group[torch.argsort(lengths[group], stable=True)].split(size)
        ]
        return [batches[i] for i in torch.randperm(len(batches), generator=self.generator).tolist()]

    def update(self, words: Tensor, answers: Tensor) -> tuple[float, int]:
        """One step of Adam on a batch [T, B]; returns the sum of its losses and how many outputs were right."""
        symbols = nn.functional.one_hot(words.clamp(min=0), self.gru.input_size).float()
        observed = answers >= 0
        scores, truth = self.head(self.gru(symbols)[0][observed]), answers[observed]
        loss = nn.functional.cross_entropy(scores, truth)
        self.adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.adam.step()
        return float(loss.detach()) * len(truth), int((scores.argmax(dim=-1) == truth).sum())
