"""Programs of others that come as wheels."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from seqlogic.errors import InputError

__all__ = ["installed", "program"]


def installed(name: str) -> str | None:
    """The path of a program that a wheel brings, None if it is not there."""
    path = Path(sysconfig.get_path("scripts")) / name
    return str(path) if path.exists() else None


def program(name: str, extra: str) -> str:
    """The path of a program that a wheel of the extra brings; InputError, with what to install, if it is not there."""
    path = installed(name)
    if path is None:
        raise InputError(
            f"{name} is not installed; install the extra `{extra}` (in the checkout: pip install '.[{extra}]')"
        )
    return path
