"""What every peer is: a conversion of the examples into its own format, and a learning algorithm."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from seqlogic.examples import Examples
from seqlogic.machine import Machine

__all__ = ["Peer"]

Converted = TypeVar("Converted")


class Peer(ABC, Generic[Converted]):
    """A learner of deterministic machines, from examples alone. Calling it does both of its steps.

    The steps are apart so that a comparison can time `learn` only.
    """

    @abstractmethod
    def convert(self, examples: Examples) -> Converted:
        """Return the examples in the peer's own format; `learn` leaves it as it is."""

    @abstractmethod
    def learn(self, converted: Converted, seed: int) -> Machine | None:
        """Return a Mealy machine over the alphabets of the examples, in canonical form, or None if none was found.

        What the algorithm leaves open, be it a transition or an output, is UNKNOWN.
        """

    def __call__(self, examples: Examples, seed: int) -> Machine | None:
        return self.learn(self.convert(examples), seed)
