"""How many sequences a row needs: counted by hand on a machine of which one step is seldom seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seqlogic.errors import InputError
from seqlogic.study import calibration
from seqlogic.study.calibration import ENOUGH, SEEDS, calibrate, sufficient
from seqlogic.study.suite import Row, Seeds

ROW = Row("f", "first", 1, Seeds(0, 20), length=(1, 3))


def test_a_size_is_counted_over_the_seeds_of_the_calibration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, int]] = []
    data = Row.data
    monkeypatch.setattr(Row, "data", lambda row, seed: drawn.append((row.sequences, seed)) or data(row, seed))  # type: ignore[func-returns-value]
    counts = calibrate(ROW, (1, 60, 300, 3000))
    assert drawn == [(size, seed) for size in (1, 60, 300) for seed in range(9000, 9020)]
    assert list(counts) == [1, 60, 300]
    # One sequence shows one of the two first symbols only.
    assert counts[1] == 0
    assert 0 < counts[60] < ENOUGH
    assert counts[300] >= ENOUGH


def test_labels_need_more_than_dense_outputs() -> None:
    row = replace(ROW, task="parity", length=(1, 4))
    dense, label = (calibrate(replace(row, supervision=seen), (6,))[6] for seen in ("dense", "label"))  # type: ignore[arg-type]
    assert dense > label


def test_the_first_size_that_is_enough() -> None:
    assert sufficient({1: 18, 2: 19, 3: 20}) == 2
    assert sufficient({1: 18, 2: 18}) is None


@pytest.mark.parametrize("first", [8981, 9000, 9019])
def test_the_seeds_of_the_trials_do_not_calibrate(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"^row f: its seeds are among the 20 from 9000, which calibrate$"):
        calibrate(replace(ROW, seeds=Seeds(first, 20)))
    monkeypatch.setattr(calibration, "_determined", lambda *_: True)
    assert calibrate(replace(ROW, seeds=Seeds(8980, 20)), (1,)) == {1: SEEDS.count}
    assert calibrate(replace(ROW, seeds=Seeds(9020, 20)), (1,)) == {1: SEEDS.count}


def test_a_task_that_refuses_its_parameters() -> None:
    with pytest.raises(InputError, match=r"^row m: mod_counter needs k of at least 2, not 1$"):
        calibrate(Row("m", "mod_counter", 1, Seeds(0, 1), {"k": 1}))
