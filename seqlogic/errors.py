"""The error for which the user's input is at fault."""

from __future__ import annotations

from os import PathLike

__all__ = ["InputError"]


class InputError(ValueError):
    """A file or an argument is at fault; the message is one line that names the place and what was expected.

    The command line prints it without a traceback and exits with 2.
    """

    def __init__(self, message: str, *, file: str | PathLike[str] | None = None, line: int | None = None) -> None:
        place = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(place + message)
