"""Calibration: how many sequences a row of a suite needs, told by the data alone and before any learner has run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seqlogic.errors import InputError
from seqlogic.proof.rivals import find_rival
from seqlogic.study.suite import Row, Seeds
from seqlogic.study.trial import in_symbols

__all__ = ["ENOUGH", "SEEDS", "SIZES", "calibrate", "sufficient"]

SEEDS = Seeds(9000, 20)
"""Never those of a suite's trials: what a suite is measured on must not have been chosen by looking at it."""

ENOUGH = 19
"""How many of these seeds must leave no rival."""

SIZES = (1_000, 2_000, 4_000, 10_000)
"""The numbers of sequences that a row may have, ascending."""


def calibrate(row: Row, sizes: Sequence[int] = SIZES) -> dict[int, int]:
    """For how many of SEEDS a row of so many sequences leaves no rival of the reference; see `find_rival`.

    Args:
        row: its own number of sequences is not looked at.
        sizes: numbers of sequences, ascending; what comes after the first that is enough is not tried.

    Returns:
        The count of each size that was tried.

    Raises:
        InputError: the parameters are not the task's, or the seeds of the row's trials are among those of the
            calibration.
    """
    if row.seeds.overlap(SEEDS):
        raise InputError(f"row {row.name}: its seeds are among the {SEEDS.count} from {SEEDS.first}, which calibrate")
    counts: dict[int, int] = {}
    for size in sizes:
        sized = replace(row, sequences=size)
        counts[size] = sum(_determined(sized, SEEDS.first + number) for number in range(SEEDS.count))
        if counts[size] >= ENOUGH:
            break
    return counts


def sufficient(counts: dict[int, int]) -> int | None:
    """The first size of which enough seeds leave no rival; None if there is none."""
    return next((size for size, count in counts.items() if count >= ENOUGH), None)


def _determined(row: Row, seed: int) -> bool:
    try:
        data = row.data(seed)
    except (ValueError, TypeError) as error:
        raise InputError(f"row {row.name}: {' '.join(str(error).split())}") from error
    return find_rival(in_symbols(data.reference(), data), data.examples) is None
