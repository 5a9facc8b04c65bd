"""The learners of others that the bench measures beside ours: they see the examples, or what they ask, and no more."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from seqlogic.errors import InputError

if TYPE_CHECKING:
    from seqlogic.study.peers.active import Active, kv, lstar
    from seqlogic.study.peers.extraction import GruKv
    from seqlogic.study.peers.noise_aware import NoiseAware
    from seqlogic.study.peers.peer import Peer
    from seqlogic.study.peers.state_merging import Edsm, Rpni

    edsm: Edsm
    gru_kv: GruKv
    rpni: Rpni

__all__ = ["Active", "Edsm", "GruKv", "NoiseAware", "Peer", "Rpni", "edsm", "gru_kv", "kv", "lstar", "rpni"]

_ROOMS = ("peer", "state_merging", "noise_aware", "extraction", "active")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for room in _ROOMS:
            module = _room(room)
            if name in module.__all__:
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _room(name: str) -> Any:
    """Import a module of this package; InputError if what it needs is not installed."""
    try:
        return importlib.import_module(f"seqlogic.study.peers.{name}")
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package == "seqlogic":
            raise
        raise InputError(
            f"{package} is not installed; install the extra `peers` (in the checkout: pip install '.[peers]')"
        ) from error
