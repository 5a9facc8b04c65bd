"""How numbers of things are said."""

from __future__ import annotations

import pytest

from seqlogic.wording import counted


@pytest.mark.parametrize(
    ("number", "things", "said"),
    [
        (0, ("state",), "0 states"),
        (1, ("state",), "1 state"),
        (2, ("state",), "2 states"),
        (1, ("latch", "latches"), "1 latch"),
        (65536, ("entry", "entries"), "65,536 entries"),
    ],
)
def test_a_number_of_things(number: int, things: tuple[str, ...], said: str) -> None:
    assert counted(number, *things) == said
