"""The error for which the user's input is at fault."""

from __future__ import annotations

from os import PathLike

__all__ = ["InputError"]

_LONGEST = 2000
"""The most characters of a message."""


class InputError(ValueError):
    """A file or an argument is at fault; the message is one line that names the place and what was expected.

    The command line prints it without a traceback and exits with 2. What a file, its name or a library puts into it
    cannot make it more than a line: what cannot be printed is escaped, and what is too long is cut.
    """

    def __init__(self, message: str, *, file: str | PathLike[str] | None = None, line: int | None = None) -> None:
        place = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        shown = (place + message)[: _LONGEST + 1]
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)
        super().__init__(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")
