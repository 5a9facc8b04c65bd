"""The interval and the paired test, against published values and by definition."""

from __future__ import annotations

from itertools import product

import pytest

from seqlogic.study.statistics import mcnemar, wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_of_newcombe(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson_interval(successes, trials) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_no_trials_say_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert mcnemar(0, 0) == 1.0


@pytest.mark.parametrize(
    ("first", "second", "p"),
    # 10 to 2: 2 * (1 + 12 + 66) / 4096.
    [(10, 2, 158 / 4096), (0, 6, 2 / 64), (1, 0, 1.0), (5, 5, 1.0), (0, 20, 2 / 2**20)],
)
def test_mcnemar(first: int, second: int, p: float) -> None:
    assert mcnemar(first, second) == mcnemar(second, first) == pytest.approx(p)


def test_mcnemar_is_the_share_of_coin_tosses_as_uneven() -> None:
    for first, second in product(range(5), repeat=2):
        tosses = list(product((0, 1), repeat=first + second))
        uneven = [toss for toss in tosses if abs(2 * sum(toss) - len(toss)) >= abs(first - second)]
        assert mcnemar(first, second) == pytest.approx(len(uneven) / len(tosses))
