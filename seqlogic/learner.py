"""The LightningModule: registers, their likelihood, and the hard check that says whether they are a machine."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

from seqlogic.capacity import Attempt
from seqlogic.collapse import restricted
from seqlogic.examples import Examples
from seqlogic.growth import GrowthTransform
from seqlogic.hard import HardNetwork
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.prefix_tree import PrefixTree
from seqlogic.registers import TableRegisters
from seqlogic.scan import HardRun, log_likelihood, output_probability, run_hard

__all__ = ["Check", "Learner", "Sampler"]

_WEIGHTS = 3
"""What tells the streams of the weights from those of the data."""
_MOSTLY = 0.99
"""The share of the time that a network spends in the states that it uses."""
_TABLE_ENTRIES = 4 * 48**2
"""The transition tables of one input symbol that a population may have in all, where it has more than one member."""


class Sampler(Protocol):
    """What chooses the sequences of a batch."""

    mistakes: np.ndarray
    """Row numbers of the sequences that the hardened network gets wrong."""

    def cut(self, length: int, outputs: int = 0) -> None:
        """From now on cut sequences to `length` symbols, and draw so many that a batch shows `outputs` outputs."""


@dataclass(frozen=True)
class Check:
    """What the hardened population does on a tree.

    Attributes:
        errors: int64 [P], the sequences that each member gets wrong.
        next_state, output: int64 [P, X, S], the hardened tables.
        run: their run over the tree.
    """

    errors: Tensor
    next_state: Tensor
    output: Tensor
    run: HardRun

    @property
    def best(self) -> int:
        """The member with the fewest errors, the first of several."""
        return int(self.errors.argmin())

    @property
    def exact(self) -> bool:
        """Whether the best member gets every sequence right."""
        return int(self.errors.min()) == 0


class Learner(lightning.LightningModule):
    """A population of table registers, trained on the likelihood of the observed outputs.

    It is handed examples and never sees a task, a reference or a state count.

    Args:
        population: how many independent sets of registers are trained as one batch, as long as their tables are small;
            see `members`.
        optimizer: `growth`, the growth transform on probabilities, or `adam` on logits, for comparison.
        learning_rate: of Adam; the growth transform has none.
        floor: see `GrowthTransform`.
        relaxation: of the growth transform, see `growth_step`; 1.8 takes about half the steps of 1.
        memory: likewise, once an attempt has stalled and where states are merged. Before that there is none, since from
            fresh weights every row is to change.
        seed: of the initial weights.
    """

    def __init__(
        self,
        *,
        population: int = 4,
        optimizer: Literal["growth", "adam"] = "growth",
        learning_rate: float = 0.2,
        floor: float = 1e-4,
        relaxation: float = 1.8,
        memory: float = 3.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if population < 1:
            raise ValueError(f"a population has at least 1 member, not {population}")
        if not learning_rate > 0:
            raise ValueError(f"the learning rate is {learning_rate}, expected above 0")
        if optimizer not in ("growth", "adam"):
            raise ValueError(f"the optimizer is {optimizer!r}, expected growth or adam")
        GrowthTransform.check(floor, relaxation, memory)
        self.population = population
        self.optimizer_name = optimizer
        self.learning_rate = learning_rate
        self.floor = floor
        self.relaxation = relaxation
        self.memory = memory
        self.seed = seed
        self.registers: TableRegisters
        self.examples: Examples
        self.sampler: Sampler
        self.losses = torch.full((population,), math.nan)
        """The mean loss of each member on the latest batch, in nats per symbol: float [P]."""
        self.batch: PrefixTree | None = None
        """The latest batch."""
        self.result: Machine | None = None
        """The smallest machine found that is consistent with all data, or the most likely one, after the search."""
        self.network: Machine | None = None
        """The hardened network that collapsed into it, restricted to what the data uses, or, if there is no result,
        the one that came closest."""

    def members(self, states: int) -> int:
        """How many sets of so many states are trained as one batch.

        A step on small tables costs much the same for one set as for several; with larger ones each costs its share,
        and the next attempt is the better use of it.
        """
        return max(1, min(self.population, _TABLE_ENTRIES // states**2))

    def learn_from(self, examples: Examples, sampler: Sampler, *, noisy: bool = False) -> None:
        """Hand over all that the learner will ever know: the examples, what draws batches, and whether they may err."""
        self.examples = examples
        self.sampler = sampler
        self.noisy = noisy

    @property
    def loss(self) -> float:
        """The mean loss of the latest batch, in nats per symbol, of the member that has the smallest."""
        return float(self.losses.min())

    def setup(self, stage: str) -> None:
        """Draw registers for Lightning to hold; the first attempt replaces them."""
        if not hasattr(self, "registers"):
            self._draw(Attempt(0, 1), None)

    def begin(self, attempt: Attempt, best: Machine | None) -> None:
        """Replace the registers by fresh ones for an attempt; `best` is the machine whose states it merges."""
        self._draw(attempt, best)
        self._optimize_new_registers(self.memory if attempt.merges else 0.0)

    def split(self, check: Check, number: tuple[int, ...], largest: int) -> None:
        """Go on from the best member of a check with several copies of each state that it uses.

        They take the place of the states that it does not use: two of each where there is room, and of what is left the
        more, the less sure a state is of its outputs and of where it leads, as often as it is used. There are at least
        twice as many states as the hardened member visits, so that an attempt that began with too few gets more.

        Args:
            check: the latest one.
            number: of this split, which tells its random numbers from those of any other.
            largest: the most states there may be.
        """
        used, doubt = self._used(check)
        visited = torch.cat([states[check.best] for states in check.run.states]).unique()
        states = min(max(self.registers.states, 2 * len(visited)), largest)
        parents = torch.cat([used, used.repeat_interleave(_copies(doubt, max(0, states - len(used))))])[:states]
        generator = self._generator(*number)
        self.registers = self.registers.split(check.best, parents, self.members(states), generator)
        self._optimize_new_registers(self.memory)

    def _used(self, check: Check) -> tuple[Tensor, Tensor]:
        """The states that the best member uses, hard, or nearly all of the time, and how much it doubts each of them.

        Returns:
            int64 [K], the initial one first, and float [K], in nats: the expected number of uses of a state times the
            cross entropy of its rows to what is expected to follow, the latest batch given.
        """
        assert self.batch is not None
        soft = TableRegisters(*self.registers.member(check.best).probabilities())
        with torch.enable_grad():
            likelihood = log_likelihood(soft, self.batch).sum()
        gradients = torch.autograd.grad(likelihood, (soft.transition, soft.emission))
        visits, doubt = torch.zeros(2, soft.states, device=soft.transition.device)
        for table, slope in zip(soft.parameters(), gradients, strict=True):
            # A row times its gradient are the expected counts of its entries.
            counts = (table * slope).detach().clamp_min(0)
            visits += counts.sum((0, 1, 3))
            doubt -= torch.xlogy(counts, table.detach()).sum((0, 1, 3))
        order = visits.argsort(descending=True)
        often = order[: int((visits[order].cumsum(0) < _MOSTLY * visits.sum()).sum()) + 1]
        first = torch.zeros(1, dtype=torch.int64, device=order.device)
        used = torch.cat([first, *(states[check.best] for states in check.run.states), often]).unique()
        return used, doubt[used]

    def _optimize_new_registers(self, memory: float) -> None:
        self.registers.to(self.device)
        optimizer = self.optimizers()
        assert not isinstance(optimizer, list)
        group = optimizer.param_groups[0]
        group["params"] = list(self.registers.parameters())
        if self.optimizer_name == "growth":
            group["memory"] = memory
        optimizer.state.clear()

    def _draw(self, attempt: Attempt, best: Machine | None) -> None:
        X, Y = len(self.examples.inputs), len(self.examples.outputs)
        generator = self._generator(attempt.number)
        logits = self.optimizer_name == "adam"
        if attempt.merges and best is not None:
            self.registers = TableRegisters.near_merged(best, attempt.merges, generator, logits=logits)
        else:
            members = self.members(attempt.states)
            self.registers = TableRegisters.near_identity(members, attempt.states, X, Y, generator, logits=logits)

    def _generator(self, *number: int) -> torch.Generator:
        state = np.random.SeedSequence((self.seed, *number, _WEIGHTS)).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(state[0]) >> 1)

    def configure_optimizers(self) -> Optimizer:
        """The optimiser that was asked for."""
        if self.optimizer_name == "growth":
            return GrowthTransform(self.registers.parameters(), floor=self.floor, relaxation=self.relaxation)
        return Adam(self.registers.parameters(), lr=self.learning_rate)

    def training_step(self, tree: PrefixTree, _index: int) -> Tensor:
        """The negative log-likelihood of a batch, in nats, summed over the population."""
        losses = -log_likelihood(self.registers, tree)
        self.batch = tree
        self.losses = losses.detach() / tree.symbols
        return losses.sum()

    @torch.no_grad()
    def check(self, tree: PrefixTree) -> Check:
        """Harden the population and run it over a tree."""
        next_state, output = self.registers.harden()
        run = run_hard(next_state, output, tree)
        return Check(run.wrong.sum(dim=1), next_state, output, run)

    @torch.no_grad()
    def soft_and_hard(self, member: int) -> tuple[Tensor, Tensor, Tensor]:
        """The observed edges of the latest batch: soft probability, hard correctness and count, each [E]."""
        assert self.batch is not None
        levels = self.batch.levels
        observed = torch.cat([level.answer >= 0 for level in levels])
        count = torch.cat([level.count for level in levels])
        one = self.registers.member(member)
        probability = output_probability(one, self.batch)[0]
        correct = run_hard(*one.harden(), self.batch).correct[0]
        return probability[observed], correct[observed], count[observed]

    def hardened(self, check: Check, tree: PrefixTree, member: int) -> Machine:
        """The tables of one member of a check as a machine of S states, in which only what the tree uses is known."""
        X, S = check.next_state.shape[1:]
        moves = torch.zeros(X, S, dtype=torch.bool)
        shown = torch.zeros(X, S, dtype=torch.bool)
        for level, states in zip(tree.levels, check.run.states, strict=True):
            here, symbol, observed = states[member].cpu(), level.symbol.cpu(), level.answer.cpu() >= 0
            moves[symbol, here] = True
            shown[symbol[observed], here[observed]] = True
        return restricted(
            check.next_state[member].cpu().numpy(),
            check.output[member].cpu().numpy(),
            moves=moves.numpy(),
            shown=shown.numpy(),
            inputs=self.examples.inputs,
            outputs=self.examples.outputs,
        )

    @torch.no_grad()
    def become(self, machine: Machine) -> HardNetwork:
        """Set the registers to one-hot tables, an unknown entry all zero, and return them as arrays.

        Raises:
            RuntimeError: the network so set does not give every observed output with probability one, by the very
                scan that it was trained with; where outputs may be wrong, each that the machine gives as well.
        """
        examples = self.examples
        if self.noisy:
            wrong = machine.run(examples.words)[0] != examples.answers
            examples = replace(examples, answers=np.where(wrong, UNKNOWN, examples.answers))
        network = HardNetwork.from_machine(machine)
        transition = torch.tensor(network.transition, dtype=torch.float32)[None]
        emission = torch.tensor(network.emission, dtype=torch.float32).transpose(0, 1)[None]
        registers = TableRegisters(transition.contiguous(), emission.contiguous())
        loss = -float(log_likelihood(registers, PrefixTree.of(examples)))
        if loss != 0:
            raise RuntimeError(f"the frozen network has a loss of {loss} nats on its own data, expected exactly 0")
        self.registers = registers
        return network

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Make room for the tables of a checkpoint, whose capacity is its own; ValueError if they are of other data."""
        weights = checkpoint["state_dict"]
        P, _, S, _ = weights["registers.transition"].shape
        X, Y = len(self.examples.inputs), len(self.examples.outputs)
        for name, shape in (("registers.transition", (P, X, S, S)), ("registers.emission", (P, X, S, Y))):
            if weights[name].shape != shape:
                raise ValueError(f"{name} has the shape {list(weights[name].shape)}, expected {list(shape)}")
        self.registers = TableRegisters(
            torch.empty_like(weights["registers.transition"]),
            torch.empty_like(weights["registers.emission"]),
            logits=self.optimizer_name == "adam",
        )


def _copies(weight: Tensor, room: int) -> Tensor:
    """How many more copies each of K states gets where there is room for so many, int64 [K].

    One each, those of the largest weight first, and the rest in proportion to float [K] `weight`, by the divisors of
    d'Hondt.
    """
    first = weight.sort(descending=True, stable=True).indices[:room]
    count = torch.zeros(len(weight), dtype=torch.int64, device=weight.device)
    count[first] = 1
    rest = room - len(first)
    quotient = weight[:, None] / torch.arange(2, 2 + rest, device=weight.device)
    largest = quotient.flatten().sort(descending=True, stable=True).indices[:rest]
    return count.index_add_(0, largest // max(1, rest), torch.ones_like(largest))
