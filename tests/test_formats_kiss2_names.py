"""Names in KISS2: which bits are those of one signal."""

from __future__ import annotations

import pytest

from seqlogic.formats.kiss2_names import grouped, plain


@pytest.mark.parametrize(
    ("names", "signals"),
    [
        ("en data[1] data[0]", [("en", 1), ("data", 2)]),
        ("a[2] a[1] a[0] b[0]", [("a", 3), ("b[0]", 1)]),
        ("a[0] a[1]", [("a[0]", 1), ("a[1]", 1)]),
        ("a[2] a[1]", [("a[2]", 1), ("a[1]", 1)]),
        ("a[1] b[0]", [("a[1]", 1), ("b[0]", 1)]),
        ("a[2] a[1] a[1] a[0]", [("a[2]", 1), ("a[1]", 1), ("a", 2)]),
        ("a[01] a[0]", [("a[01]", 1), ("a[0]", 1)]),
        # Else two signals would be called a.
        ("a a[1] a[0]", [("a", 1), ("a[1]", 1), ("a[0]", 1)]),
    ],
)
def test_bits_that_follow_each_other_down_to_0_are_one_signal(names: str, signals: list[tuple[str, int]]) -> None:
    assert grouped(names.split()) == tuple(signals)


def test_plain_names_are_distinct_and_without_blanks() -> None:
    assert plain(["a b", "a_b", "#", "", "a\tb", "ok"]) == ["a_b_2", "a_b", "_", "__2", "a_b_3", "ok"]
