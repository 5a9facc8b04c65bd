"""The results of a suite on disk, beside what tests/test_study_bench.py asks of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlogic.errors import InputError
from seqlogic.study.learners import OURS
from seqlogic.study.results import append, read_results
from seqlogic.study.suite import Row, Seeds
from seqlogic.study.trial import failed_trials


def test_a_message_that_is_no_utf_8_is_kept(tmp_path: Path) -> None:
    row = Row("parity", "parity", 20, Seeds(5, 1), sequences=40, length=(1, 6))
    append(tmp_path / "own.csv", failed_trials("own", "d", row, 5, [OURS], message="no such file: \udcff"))
    (trial,) = read_results(tmp_path / "own.csv", "d")
    assert trial.message == "no such file: \\udcff"


def test_a_file_of_before_the_last_columns_is_read_and_goes_on(tmp_path: Path) -> None:
    row = Row("parity", "parity", 20, Seeds(5, 1), sequences=40, length=(1, 6))
    path = tmp_path / "own.csv"
    append(path, failed_trials("own", "d", row, 5, [OURS], message="why, then"))
    older = [",".join(line.split(",")[:-4]) for line in path.read_text().splitlines()]
    path.write_text("\n".join(older) + "\n")
    (trial,) = read_results(path, "d")
    assert (trial.message, trial.proof, trial.word, trial.asked) == ("why, then", "", None, None)
    append(path, failed_trials("own", "d", row, 6, [OURS], message="again"))
    assert [trial.seed for trial in read_results(path, "d")] == [5, 6]
    path.write_text("suite,row\n")
    with pytest.raises(InputError, match="is not of this bench"):
        read_results(path, "d")
