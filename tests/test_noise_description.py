"""The description length, against its formula and against the coding that it stands for."""

from __future__ import annotations

import math

import pytest

from seqlogic.noise import Description
from seqlogic.noise.walks import most_errors


def test_the_length_by_hand() -> None:
    found = Description(errors=10, observed=100, states=3, entries=6, outputs=4)
    entropy = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))
    assert found.rate == 0.1
    assert found.data == pytest.approx(100 * entropy + 10 * math.log(3))
    assert found.machine == pytest.approx(6 * (math.log(3) + math.log(4)) - math.log(2))
    assert found.length == found.data + found.machine


def test_outputs_that_are_all_right_need_no_list_of_places() -> None:
    assert Description(0, 100, 2, 4, 3).data == 0


@pytest.mark.parametrize("errors", [66, 67, 100])
def test_a_machine_that_is_wrong_more_often_than_chance_says_nothing(errors: int) -> None:
    assert Description(errors, 100, 2, 4, 3).data == pytest.approx(100 * math.log(3), rel=1e-4)
    assert Description(errors, 100, 2, 4, 3).data <= 100 * math.log(3)


def test_nothing_observed_has_no_rate() -> None:
    assert Description(0, 0, 0, 0, 2).rate == 0
    assert Description(0, 0, 0, 0, 2).length == 0


@pytest.mark.parametrize("outputs", [2, 5])
@pytest.mark.parametrize("observed", [1, 7, 100])
def test_the_most_errors_within_a_length(observed: int, outputs: int) -> None:
    # Beyond the share at which outputs are drawn at random, more errors say more again.
    most = math.floor(observed * (outputs - 1) / outputs)
    for length in (0.0, 0.5, 3.0, 30.0, 1e9):
        short = [e for e in range(most + 1) if Description(e, observed, 1, 0, outputs).data <= length]
        assert most_errors(length, observed, outputs) == max(short)


def test_no_count_of_errors_is_within_less_than_nothing() -> None:
    # A walk is then given up at its first error; a machine without one is judged by its whole length.
    assert most_errors(-1.0, 10, 2) == 0
