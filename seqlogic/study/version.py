"""The version of a learner, so that the results of one are never mixed with those of another."""

from __future__ import annotations

import hashlib
from importlib.metadata import version as release
from pathlib import Path

import datamodules
import seqlogic
from seqlogic.study import learners
from seqlogic.study.learners import is_ours
from seqlogic.study.suite import DIGITS

__all__ = ["version"]


def version(learner: str) -> str:
    """The first digits of the SHA-256 of what a learner is made of, as it was when this module was imported.

    Ours is the modules of `seqlogic` that are in no other room, its registers of all kinds, its search where there is
    noise, the data modules, and how the bench calls them. A peer is the modules of `seqlogic.study.peers` and the
    release of AALpy.
    """
    return _OURS if is_ours(learner) else _PEERS


def _digest(*folders: Path, more: bytes) -> str:
    digest = hashlib.sha256(more)
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            digest.update(f"{folder.name}/{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:DIGITS]


def _aalpy() -> str:
    try:
        return release("aalpy")
    except ModuleNotFoundError:
        return ""


_PACKAGE, _CALLED = Path(seqlogic.__file__).parent, Path(learners.__file__)
# Now, and not when a result is written: by then somebody may have edited them.
_OURS = _digest(
    _PACKAGE,
    *(_PACKAGE / room for room in ("registers", "history", "layered", "noise")),
    Path(datamodules.__file__).parent,
    more=_CALLED.read_bytes(),
)
_PEERS = _digest(_CALLED.parent / "peers", more=_aalpy().encode())
