"""Examples that are in memory already."""

from __future__ import annotations

from datamodules.sequences import SequenceData
from seqlogic.examples import Examples

__all__ = ["GivenData"]


class GivenData(SequenceData):
    """Sequences that a program hands over.

    Args:
        examples: all of them.
        batch_size: sequences in a batch.
        steps_per_check: batches from one hard check to the next.
        seed: of the batches.
        noisy: whether outputs may be wrong.
    """

    def __init__(
        self,
        *,
        examples: Examples,
        batch_size: int = 64,
        steps_per_check: int = 5,
        seed: int = 0,
        noisy: bool = False,
    ) -> None:
        super().__init__(batch_size=batch_size, steps_per_check=steps_per_check, seed=seed, noisy=noisy)
        self.given = examples

    def load(self) -> Examples:
        """The examples as they were given."""
        return self.given
