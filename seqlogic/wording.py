"""Numbers of things, in words."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number of things: what one of them is called, and many, with an s at its end if not given.

    >>> counted(1, "latch", "latches"), counted(20_000, "symbol")
    ('1 latch', '20,000 symbols')
    """
    if many is None:
        many = f"{one}s"
    return f"{number:,} {one if number == 1 else many}"
