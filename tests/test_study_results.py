"""The results of a suite on disk, beside what tests/test_study_bench.py asks of them."""

from __future__ import annotations

from pathlib import Path

from seqlogic.study.learners import OURS
from seqlogic.study.results import append, read_results
from seqlogic.study.suite import Row, Seeds
from seqlogic.study.trial import failed_trials


def test_a_message_that_is_no_utf_8_is_kept(tmp_path: Path) -> None:
    row = Row("parity", "parity", 20, Seeds(5, 1), sequences=40, length=(1, 6))
    append(tmp_path / "own.csv", failed_trials("own", "d", row, 5, [OURS], message="no such file: \udcff"))
    (trial,) = read_results(tmp_path / "own.csv", "d")
    assert trial.message == "no such file: \\udcff"
