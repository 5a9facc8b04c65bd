"""Twins answer alike, and the table of what is proven of them."""

from __future__ import annotations

import numpy as np
import pytest

from seqlogic.circuit import run
from seqlogic.study.twins import PAIRS, main


@pytest.mark.parametrize("name", PAIRS)
def test_they_answer_alike_unless_one_is_wrong(name: str) -> None:
    a, b = PAIRS[name]()
    assert (a.inputs, a.outputs) == (b.inputs, b.outputs)
    words = np.random.default_rng(0).integers(1 << len(a.inputs), size=(2000, 60))
    assert (run(a, words) == run(b, words)).all() == ("wrong" not in name)


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "20 bits", "wrong", "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| pair | verdict | latches | gates | seconds |"
    assert "| differs at step " in lines[2]
    assert "| equal: induction over 17 steps, 60 pairs of signals alike | 20 and 20 | 60 and 174 |" in lines[3]


def test_no_seconds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "0"]) == 2
    assert capsys.readouterr().err.startswith("twins: argument --seconds: 0, expected more than 0")
