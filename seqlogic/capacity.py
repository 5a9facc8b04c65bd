"""The search for the number of states: which capacity to try next, and when a machine is small enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from seqlogic.collapse import collapse
from seqlogic.incompatibility import InputTree, distinct_prefixes, distinct_states
from seqlogic.machine import Machine
from seqlogic.merging import Merge, merges

__all__ = ["Attempt", "CapacitySearch"]


@dataclass(frozen=True)
class Attempt:
    """One training from fresh weights.

    Attributes:
        number: how many attempts came before it.
        states: the capacity S of the registers.
        rung: how many rungs above the first one the curriculum starts.
        merges: of states of the best machine; if there are any, member i starts from that machine after merge i, at
            full length.
    """

    number: int
    states: int
    rung: int = 0
    merges: tuple[Merge, ...] = ()


@dataclass
class CapacitySearch:
    """Finds the state count from the data alone.

    Begin at a multiple of a lower bound that the data proves; while attempts fail, try larger capacities in between
    the small ones, as a universal restart strategy does (Luby, Sinclair and Zuckerman, 1993). Once a machine is
    consistent with all data, look for a smaller one (Occam): first merge states that no data tells apart, many at once
    and then in pairs, and train on; then train afresh, until the data proves that there is none or `refits` attempts in
    a row found none.

    Args:
        tree: the input tree of the training data.
        factor: the first capacity is this multiple of the lower bound.
        refits: fresh attempts to find a smaller machine, after a consistent one.
        largest: the largest capacity that is tried.
        members: how many merges one attempt can try, given the states of each member.
    """

    tree: InputTree
    factor: float = 3.0
    refits: int = 2
    members: Callable[[int], int] = lambda _: 4
    largest: int = 1 << 12
    attempts: int = 0
    failures: int = 0
    refitted: int = 0
    merges: list[Merge] = field(default_factory=list)
    best: Machine | None = None
    network: Machine | None = None
    """The hardened network that the best machine is proven to equal."""
    capacity: int = 0
    """The capacity at which the first consistent network was found."""

    def __post_init__(self) -> None:
        self.bound = distinct_prefixes(self.tree)

    def next(self) -> Attempt | None:
        """The next attempt, or None when the search is over."""
        attempt = self._following()
        if attempt is not None:
            self.attempts += 1
        return attempt

    def _following(self) -> Attempt | None:
        if self.best is None:
            scale = 1.5 ** _cascade(self.failures)
            states = min(max(4, round(self.factor * self.bound * scale)), self.largest)
            return Attempt(self.attempts, states, rung=self.failures % 4)
        if self.merges:
            states = len(self.best) - len(self.merges[0])
            members = self.members(states) if len(self.merges[0]) == 1 else 1
            first, self.merges = tuple(self.merges[:members]), self.merges[members:]
            return Attempt(self.attempts, states, merges=first)
        if not self.minimal and self.refitted < self.refits:
            self.refitted += 1
            states = min(self.capacity, round(self.factor * len(self.best)))
            return Attempt(self.attempts, states, rung=self.refitted)
        return None

    def failed(self) -> None:
        """Note that the attempt did not become consistent with the data."""
        if self.best is None:
            self.failures += 1

    def succeeded(self, network: Machine, states: int) -> None:
        """Note a hardened network that is consistent with all data, and the capacity at which it was found.

        Where folding had to give values to entries that the data never used, the network is not the machine it
        collapses into; it is then re-fitted to that machine's own, fewer states.
        """
        machine = collapse(network)
        if self.best is not None and len(machine) >= len(self.best):
            return
        if not self.capacity:
            self.capacity = states
        self.best, self.refitted = machine, 0
        self.network = network if network.digest == machine.digest else machine
        self.bound = max(self.bound, distinct_states(self.tree, machine))
        self.merges = merges(self.tree, machine, self.bound) if self.bound < len(machine) else []

    @property
    def minimal(self) -> bool:
        """Whether the data proves that no consistent machine has fewer states than the best one."""
        return self.best is not None and self.bound >= len(self.best)


def _cascade(failures: int) -> int:
    """0, 0 1, 0 1 2, 0 1 2 3, ...: how far above the first capacity the attempt after so many failures goes."""
    row = 0
    while failures > row:
        failures -= row + 1
        row += 1
    return failures
