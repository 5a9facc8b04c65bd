"""Definitions in any order: each behind what it needs, those in order as they stand, and loops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.formats.dependencies import LoopError, in_order


@given(st.permutations(range(8)), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 9)), max_size=20))
def test_each_stands_behind_what_it_needs(keys: list[int], pairs: list[tuple[int, int]]) -> None:
    # Needs of greater numbers only: no loop. 8 and 9 are defined elsewhere.
    needs = {key: [need for one, need in pairs if one == key and need > key] for key in keys}
    order = in_order(needs)
    assert sorted(order) == list(range(8))
    assert all(order.index(need) < order.index(key) for key in keys for need in needs[key] if need < 8)
    # What is in order stays as it is.
    assert in_order({key: needs[key] for key in order}) == order


@given(st.lists(st.lists(st.integers(0, 6), max_size=3), min_size=6, max_size=6))
def test_a_loop_is_one_of_the_definitions(rows: list[list[int]]) -> None:
    needs = dict(enumerate(rows))
    try:
        in_order(needs)
    except LoopError as error:
        loop = error.loop
    else:
        return
    assert len(set(loop)) == len(loop)
    assert all(need in needs[key] for key, need in zip(loop, [*loop[1:], loop[0]], strict=True))


def test_the_message_of_a_loop() -> None:
    with pytest.raises(LoopError, match=r"^a loop, each needs the next: b, c$"):
        in_order({"a": ["b"], "b": ["c"], "c": ["d", "b"], "d": []})
    with pytest.raises(LoopError, match=r"^a loop, each needs the next: 7$"):
        in_order({7: [7]})
    with pytest.raises(LoopError, match=r"^a loop, each needs the next: 0, 1, 2, 3, 4, 5, 6, 7, \.\.\.$"):
        in_order({place: [(place + 1) % 9] for place in range(9)})


def test_a_long_chain_is_no_recursion() -> None:
    assert in_order({place: [place + 1] for place in range(100_000)}) == list(range(99_999, -1, -1))
