"""The message of an InputError."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seqlogic.errors import InputError


def test_it_names_the_place() -> None:
    assert str(InputError("is empty")) == "is empty"
    assert str(InputError("is empty", file="x.txt")) == "x.txt: is empty"
    assert str(InputError("is empty", file="x.txt", line=3)) == "x.txt:3: is empty"


def test_what_cannot_be_printed_is_escaped() -> None:
    assert str(InputError("said\n\x1b[31m \udc80 ü", file="a\tb")) == "a\\tb: said\\n\\x1b[31m \\udc80 ü"


def test_what_is_too_long_is_cut() -> None:
    assert str(InputError("x" * 3000, file="f")) == "f: " + "x" * 1997 + "..."
    assert str(InputError("\n" * 3000)) == "\\n" * 1000 + "..."
    assert str(InputError("x" * 2000)) == "x" * 2000


@given(st.text(), st.text())
def test_it_is_one_line(message: str, file: str) -> None:
    shown = str(InputError(message, file=file, line=1))
    assert shown.isprintable()
    assert shown.splitlines() == [shown]
