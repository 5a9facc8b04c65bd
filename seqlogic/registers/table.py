"""Table registers: one latent register of S values, with a learned transition and output table.

While soft, the model is an input-output hidden Markov model (Bengio and Frasconi, 1995) whose output is drawn before
the transition, as a Mealy machine's; once every row is one-hot, it is a Mealy machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seqlogic.machine import Machine
from seqlogic.merging import Merge
from seqlogic.prefix_tree import Level

__all__ = ["TableRegisters", "Tables"]


class Tables(NamedTuple):
    """The two tables that a step reads, rows on the simplex.

    Attributes:
        transition: float [P, X, S, S], from the state of the second last axis to that of the last.
        emission: float [P, X * (Y + 1), S], the probability of output y on input x in row x * (Y + 1) + y; the last
            of each Y + 1 rows is all ones, the probability of an output that nobody observed.
    """

    transition: Tensor
    emission: Tensor


class TableRegisters(nn.Module):
    """A population of P independent tables, computed as one batch.

    Args:
        transition: [P, X, S, S] and
        emission: [P, X, S, Y], non-negative; rows on the simplex, or their logarithms up to a constant if `logits`.
        logits: keep logits and apply a softmax, for optimisers that know no simplex.
    """

    def __init__(self, transition: Tensor, emission: Tensor, *, logits: bool = False) -> None:
        super().__init__()
        self.logits = logits
        self.transition = nn.Parameter(transition)
        self.emission = nn.Parameter(emission)

    @classmethod
    def near_identity(
        cls, members: int, states: int, inputs: int, outputs: int, generator: torch.Generator, *, logits: bool = False
    ) -> TableRegisters:
        """Draw tables that tend to keep their state, so that the state persists before it computes."""
        transition = 2 * torch.randn(members, inputs, states, states, generator=generator) + 4 * torch.eye(states)
        emission = torch.randn(members, inputs, states, outputs, generator=generator)
        if not logits:
            transition, emission = transition.softmax(-1), emission.softmax(-1)
        return cls(transition, emission, logits=logits)

    @classmethod
    def near_merged(
        cls, machine: Machine, merges: Sequence[Merge], generator: torch.Generator, *, logits: bool = False
    ) -> TableRegisters:
        """Tables of fewer states than a machine has: member i starts with the states of merge i made one.

        What has become one state has the mean of its known rows, or a uniform one. To let the others adapt, a fifth of
        every transition row is random and a fifth of every output row is uniform. All merges drop the same number of
        states.
        """
        softness = 0.2
        S = len(machine)
        Y = len(machine.outputs)
        target = torch.from_numpy(machine.next_state.T.astype("int64"))
        answer = torch.from_numpy(machine.output.T.astype("int64"))
        # An unknown entry is UNKNOWN = -1, which drops out with the extra last column.
        known = nn.functional.one_hot(target % (S + 1), S + 1)[..., :S].float()
        shown = nn.functional.one_hot(answer % (Y + 1), Y + 1)[..., :Y].float()
        members = []
        for merge in merges:
            into = torch.arange(S)
            for kept, dropped in merge:
                into[dropped] = kept
            # Row k of this [K, S] marks the states that have become the k-th of those that are kept.
            become = (into.unique()[:, None] == into).float()
            members.append((_mean(become @ known @ become.T), _mean(become @ shown)))
        soft = torch.stack([member[0] for member in members])
        said = torch.stack([member[1] for member in members])
        noise = (2 * torch.randn(soft.shape, generator=generator)).softmax(-1)
        mixed = (1 - softness) * soft + softness * noise
        said = (1 - softness) * said + softness / Y
        return cls(mixed.log(), said.log(), logits=True) if logits else cls(mixed, said)

    def split(
        self, member: int, parents: Tensor, members: int, generator: torch.Generator, *, softness: float = 0.1
    ) -> TableRegisters:
        """Tables in which states of one member have become several, each of which can go its own way.

        State i is a copy of state parents[i]. Every transition to a parent is shared out at random, and unevenly, among
        its copies, in each member of the new population in another way; what led to a state without a copy is dropped.
        Were `softness` 0, the copies would together do what their parents did (the splitting of states of Petrov,
        Barrett, Thibaux and Klein, 2006).

        Args:
            member: the one that is split.
            parents: int64 [S'], of which parents[0] is 0, since the initial state stays the initial one.
            members: P of the new population.
            generator: on the CPU.
            softness: the share of each new row that is random, or uniform in the emission.
        """
        transition, emission = (table[member].detach() for table in self.probabilities())
        X, S, _ = transition.shape
        shape = (members, X, len(parents), len(parents))
        share = (2 * torch.randn(shape, generator=generator)).exp().to(transition.device)
        of_parent = share.new_zeros(*shape[:-1], S).index_add_(-1, parents, share)
        rows = transition[:, parents][..., parents] * share / of_parent[..., parents]
        noise = (2 * torch.randn(shape, generator=generator)).softmax(-1).to(transition.device)
        kept = rows.sum(-1, keepdim=True)
        rows = torch.where(kept > 0, rows / kept.clamp_min(torch.finfo(rows.dtype).tiny), noise)
        rows = (1 - softness) * rows + softness * noise
        shown = ((1 - softness) * emission[:, parents] + softness / emission.shape[-1]).repeat(members, 1, 1, 1)
        if self.logits:
            rows, shown = rows.log(), shown.log()
        return TableRegisters(rows, shown, logits=self.logits)

    def member(self, number: int) -> TableRegisters:
        """One member as a population of its own, of the present weights."""
        one = slice(number, number + 1)
        return TableRegisters(self.transition[one].detach(), self.emission[one].detach(), logits=self.logits)

    @property
    def members(self) -> int:
        """P, the size of the population."""
        return len(self.transition)

    @property
    def states(self) -> int:
        """S, the values that the register can hold."""
        return self.transition.shape[-1]

    def probabilities(self) -> tuple[Tensor, Tensor]:
        """The transition [P, X, S, S] and the emission [P, X, S, Y] of the present weights, rows on the simplex."""
        if self.logits:
            return self.transition.softmax(-1), self.emission.softmax(-1)
        return self.transition, self.emission

    def tables(self) -> Tables:
        """The tables of the present weights; compute them once, then step through them."""
        transition, emission = self.probabilities()
        P, X, S, Y = emission.shape
        padded = torch.cat([emission, emission.new_ones(P, X, S, 1)], dim=-1)
        return Tables(transition, padded.transpose(2, 3).reshape(P, X * (Y + 1), S))

    def start(self) -> Tensor:
        """The belief before the first symbol, float [P, 1, S]: surely state 0."""
        belief = self.transition.new_zeros(self.members, 1, self.states)
        belief[..., 0] = 1
        return belief

    def step(self, tables: Tables, belief: Tensor, level: Level) -> tuple[Tensor, Tensor]:
        """One step of the forward algorithm along each of E edges.

        Args:
            tables: of these registers.
            belief: float [P, V, S], the distribution over states at each node, given the outputs before it.
            level: the E edges that leave these nodes.

        Returns:
            belief, float [P, E, S], at the end of each edge, and float [P, E], the probability of each edge's output.
        """
        answers = self.emission.shape[-1] + 1
        row = level.symbol * answers + level.answer % answers
        joint = belief[:, level.parent] * tables.emission[:, row]  # [P, E, S]
        probability = joint.sum(-1)
        posterior = joint / probability.clamp_min(torch.finfo(joint.dtype).tiny)[..., None]
        moved = [posterior[:, start:stop] @ tables.transition[:, symbol] for symbol, start, stop in level.runs]
        return torch.cat(moved, dim=1), probability

    @torch.no_grad()
    def harden(self) -> tuple[Tensor, Tensor]:
        """The most probable next state and output of each entry: int64 [P, X, S] and int64 [P, X, S]."""
        return self.transition.argmax(-1), self.emission.argmax(-1)


def _mean(counts: Tensor) -> Tensor:
    """Counts [..., K] as rows on the simplex, uniform where there are none."""
    total = counts.sum(-1, keepdim=True)
    return torch.where(total > 0, counts / total.clamp_min(1), 1 / counts.shape[-1])
