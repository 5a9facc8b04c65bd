"""Examples read from a file."""

from __future__ import annotations

from os import PathLike
from typing import Literal

from datamodules.sequences import SequenceData
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import read_machine
from seqlogic.formats.clocked import Edge
from seqlogic.formats.sequences import Columns, check_columns, read_sequences
from seqlogic.machine import Alphabet, Machine

__all__ = ["FileData"]


class FileData(SequenceData):
    """Sequences of a file, whose format the suffix of its name says.

    `.csv` and `.tsv` is CSV with named columns, one row per step, or with a clock one row per sample; `.vcd` is a
    clocked capture, its signals named as the columns of CSV are, one clock edge per step; `.abb` and `.abbadingo` is
    Abbadingo, labelled words; anything else is an example file: input symbols, a tab, output symbols.

    Args:
        file: the file, relative to the current folder.
        inputs: the input alphabet, in order; inferred from the file if not given.
        outputs: the output alphabet, likewise.
        reference_file: a machine to prove the result against, in any format that seqlogic reads; relative to the
            current folder.
        input_columns: of a CSV or VCD file, and needed there: the columns, or signals, that make an input symbol.
        output_columns: of a CSV or VCD file, and needed there: those that make an output symbol.
        sequence_column: of a CSV file without a clock: the column of which every other value begins a sequence.
        reset_column: of a CSV file without a clock: the column in which 1 begins a sequence; such a row is no step, and
            steps before the first are left out if there is no sequence column. With a clock: the reset, after which a
            sequence begins.
        clock_column: of a VCD file, and needed there, or of a CSV file of samples: the clock.
        enable_column: with a clock: the signal that is 1 at the edges that are steps.
        edge: with a clock: which of its edges are steps.
        reset_level: with a clock: 0 if the reset is active low.
        registered: with a clock: the outputs come one edge late, as those of a Moore machine do.
        noisy: whether outputs may be wrong, so that no machine need fit and the most likely one is looked for.
        batch_size: sequences in a batch.
        steps_per_check: batches from one hard check to the next.
        seed: of the batches.

    Raises:
        InputError: a CSV or VCD file without the columns that it needs, or columns of a file that has none such.
    """

    def __init__(
        self,
        *,
        file: str | PathLike[str],
        inputs: list[str] | None = None,
        outputs: list[str] | None = None,
        reference_file: str | PathLike[str] | None = None,
        input_columns: list[str] | None = None,
        output_columns: list[str] | None = None,
        sequence_column: str | None = None,
        reset_column: str | None = None,
        clock_column: str | None = None,
        enable_column: str | None = None,
        edge: Edge = "rising",
        reset_level: Literal[0, 1] = 1,
        registered: bool = False,
        noisy: bool = False,
        batch_size: int = 64,
        steps_per_check: int = 5,
        seed: int = 0,
    ) -> None:
        super().__init__(batch_size=batch_size, steps_per_check=steps_per_check, seed=seed, noisy=noisy)
        self.file = file
        self.inputs = inputs
        self.outputs = outputs
        self.reference_file = reference_file
        self.columns = Columns(
            input_columns=tuple(input_columns or ()),
            output_columns=tuple(output_columns or ()),
            sequence_column=sequence_column,
            reset_column=reset_column,
            clock_column=clock_column,
            enable_column=enable_column,
            edge=edge,
            reset_level=reset_level,
            registered=registered,
        )
        check_columns(file, self.columns, "data.{}".format)

    def load(self) -> Examples:
        """Read the file."""
        inputs, outputs = _alphabet("inputs", self.inputs), _alphabet("outputs", self.outputs)
        return read_sequences(self.file, inputs, outputs, self.columns, self.tell)

    @property
    def source(self) -> str | PathLike[str]:
        """The file of the examples."""
        return self.file

    def reference(self) -> Machine | None:
        """The machine of the reference file, if there is one."""
        return None if self.reference_file is None else read_machine(self.reference_file)

    def check_reference(self) -> None:
        """Refuse a reference of other alphabets: that no proof can be tried is better known before the training."""
        if self.reference_file is not None:
            inputs, outputs = _alphabets(self.reference_file)
            self._compare("input", self.examples.inputs, inputs)
            self._compare("output", self.examples.outputs, outputs)

    def _compare(self, what: str, ours: Alphabet, theirs: Alphabet) -> None:
        """Refuse a reference whose symbols are not those of the examples. Named outputs may be a part of its own."""
        mine, other = (list(map(alphabet.name, range(len(alphabet)))) for alphabet in (ours, theirs))
        missing = [name for name in mine if name not in other]
        if not missing and not (what == "output" and theirs.bits is None):
            missing = [name for name in other if name not in mine]
        if missing:
            where = self.file if missing[0] in other else self.reference_file
            raise InputError(
                f"{what} symbol {missing[0]!r} is not in {where}; the alphabets must match, and data.{what}s declares "
                "symbols that the examples lack",
                file=self.reference_file if missing[0] in other else self.file,
            )
        if theirs.bits is not None and mine != other:
            raise InputError(
                f"{what} symbols are not in the order of words of bits, expected {' '.join(other[:8])}", file=self.file
            )


def _alphabets(file: str | PathLike[str]) -> tuple[Alphabet, Alphabet]:
    """The input and the output alphabet of a machine file, and nothing else of it."""
    machine = read_machine(file)
    return machine.inputs, machine.outputs


def _alphabet(what: str, names: list[str] | None) -> Alphabet | None:
    try:
        return None if names is None else Alphabet.of(names)
    except ValueError as error:
        raise InputError(f"data.{what}: {error}") from error
