"""Examples read from a file."""

from __future__ import annotations

from os import PathLike

from datamodules.sequences import SequenceData
from seqlogic.examples import Examples
from seqlogic.formats import read_machine
from seqlogic.formats.examples import read_examples
from seqlogic.machine import Alphabet, Machine

__all__ = ["FileData"]


class FileData(SequenceData):
    """Sequences of an example file: input symbols, a tab, output symbols.

    Args:
        file: the example file.
        inputs: the input alphabet, in order; inferred from the file if not given.
        outputs: the output alphabet, likewise.
        reference_file: a machine to prove the result against, in any format that seqlogic reads.
        batch_size: sequences in a batch.
        steps_per_check: batches from one hard check to the next.
        seed: of the batches.
    """

    def __init__(
        self,
        *,
        file: str | PathLike[str],
        inputs: list[str] | None = None,
        outputs: list[str] | None = None,
        reference_file: str | PathLike[str] | None = None,
        batch_size: int = 256,
        steps_per_check: int = 5,
        seed: int = 0,
    ) -> None:
        super().__init__(batch_size=batch_size, steps_per_check=steps_per_check, seed=seed)
        self.file = file
        self.inputs = inputs
        self.outputs = outputs
        self.reference_file = reference_file

    def load(self) -> Examples:
        """Read the file."""
        alphabets = [None if names is None else Alphabet.of(names) for names in (self.inputs, self.outputs)]
        return read_examples(self.file, *alphabets)

    def reference(self) -> Machine | None:
        """The machine of the reference file, if there is one."""
        return None if self.reference_file is None else read_machine(self.reference_file)
