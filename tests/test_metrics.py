"""The metrics against values worked out by hand, and torchmetrics' rules of accumulating and resetting."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchmetrics import Metric

from seqlogic.metrics import HardSequenceError, SoftHardGap, StateCount, soft_hard_gap, states_used

Update = tuple[Tensor, ...]

# A metric, two updates, and by hand its value after the first, on the second alone, and after both.
CASES: list[tuple[Metric, Update, Update, float, float, float]] = [
    (
        HardSequenceError(),
        (torch.tensor([True, False, False, False]),),
        (torch.tensor([True]),),
        1 / 4,
        1.0,
        2 / 5,
    ),
    (
        # 3 (1 - 1) + 1 (0.75 - 0), over 4; then 4 (0.25 - 1), over 4.
        SoftHardGap(),
        (torch.tensor([1.0, 0.75]), torch.tensor([True, False]), torch.tensor([3.0, 1.0])),
        (torch.tensor([0.25]), torch.tensor([True]), torch.tensor([4.0])),
        0.75 / 4,
        -3 / 4,
        -2.25 / 8,
    ),
    (
        StateCount(capacity=8),
        (torch.tensor([[0, 3], [3, 5]]),),
        (torch.tensor([5, 7]),),
        3,
        2,
        4,
    ),
]
NAMES = [type(case[0]).__name__ for case in CASES]


@pytest.fixture(params=CASES, ids=NAMES)
def case(request: pytest.FixtureRequest) -> tuple[Metric, Update, Update, float, float, float]:
    request.param[0].reset()
    return request.param


def test_updates_accumulate(case: tuple[Metric, Update, Update, float, float, float]) -> None:
    metric, first, second, after_first, _, after_both = case
    metric.update(*first)
    assert float(metric.compute()) == pytest.approx(after_first)
    metric.update(*second)
    assert float(metric.compute()) == pytest.approx(after_both)


def test_reset_forgets_all_updates(case: tuple[Metric, Update, Update, float, float, float]) -> None:
    metric, first, second, _, alone, _ = case
    metric.update(*first)
    metric.reset()
    metric.update(*second)
    assert float(metric.compute()) == pytest.approx(alone)


def test_forward_gives_the_batch_and_keeps_the_whole(case: tuple[Metric, Update, Update, float, float, float]) -> None:
    metric, first, second, after_first, alone, after_both = case
    assert float(metric(*first)) == pytest.approx(after_first)
    assert float(metric(*second)) == pytest.approx(alone)
    assert float(metric.compute()) == pytest.approx(after_both)


@pytest.mark.filterwarnings("ignore:The ``compute`` method of metric")
def test_nothing_added_is_zero(case: tuple[Metric, Update, Update, float, float, float]) -> None:
    assert float(case[0].compute()) == 0


def test_a_fresh_metric_shares_nothing_with_another() -> None:
    used, fresh = StateCount(4), StateCount(4)
    used.update(torch.tensor([1]))
    fresh.update(torch.tensor([2]))
    assert fresh.used.tolist() == [0, 0, 1, 0]


def test_gap_weighs_each_edge_by_its_sequences() -> None:
    # 2 (0.5 - 1) + 3 (0.25 - 0) + 5 (1 - 1)
    gap = soft_hard_gap(
        torch.tensor([0.5, 0.25, 1.0]), torch.tensor([True, False, True]), torch.tensor([2.0, 3.0, 5.0])
    )
    assert gap.item() == pytest.approx(-0.25)


def test_gap_is_zero_where_soft_and_hard_are_one_function() -> None:
    correct = torch.tensor([True, False, True])
    assert soft_hard_gap(correct.double(), correct, torch.tensor([7.0, 1.0, 2.0], dtype=torch.float64)) == 0


def test_states_used_marks_each_state_once() -> None:
    assert states_used(torch.tensor([[4, 0], [0, 0]]), 6).tolist() == [True, False, False, False, True, False]
    assert not states_used(torch.zeros(0, dtype=torch.int64), 3).any()
