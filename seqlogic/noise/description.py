"""How long examples are, described by a machine and by where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from seqlogic.noise.walks import data_nats, machine_nats

__all__ = ["Description"]


@dataclass(frozen=True)
class Description:
    """The two-part description of noisy examples by a machine, after the minimum description length of Rissanen (1978).

    Nothing in it is to be chosen: the error rate is the one that makes it shortest.

    Attributes:
        errors: E, the observed outputs that are not the machine's.
        observed: M, all observed outputs.
        states: n, states that the examples leave.
        entries: U, entries of its table that the examples pass.
        outputs: Y, the size of the output alphabet.
    """

    errors: int
    observed: int
    states: int
    entries: int
    outputs: int

    @property
    def data(self) -> float:
        """Nats that say which outputs are wrong, and what they are instead: M H(E / M) + E log(Y - 1).

        Of a machine that is wrong more often than outputs drawn at random it is M log Y, not what its opposite would
        take.
        """
        return float(data_nats(self.errors, self.observed, self.outputs))

    @property
    def machine(self) -> float:
        """Nats of the entries, up to the names of the states: U (log n + log Y) - log (n - 1)!."""
        return float(machine_nats(self.states, self.entries, self.outputs))

    @property
    def length(self) -> float:
        """All of it, in nats."""
        return self.data + self.machine

    @property
    def rate(self) -> float:
        """The estimated share of the outputs that are wrong."""
        return self.errors / self.observed if self.observed else 0.0
