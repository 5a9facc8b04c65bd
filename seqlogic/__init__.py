"""Exact finite-state machines from input/output sequences, proven."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqlogic.errors import InputError
    from seqlogic.examples import Examples
    from seqlogic.formats import read_machine, write_machine
    from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, minimise, to_mealy, to_moore
    from seqlogic.proof import check_certificate, conformance_suite, conforms, distinguish, equivalent, prove

__all__ = [
    "UNKNOWN",
    "Alphabet",
    "Examples",
    "InputError",
    "Machine",
    "canonical",
    "check_certificate",
    "conformance_suite",
    "conforms",
    "distinguish",
    "equivalent",
    "minimise",
    "prove",
    "read_machine",
    "to_mealy",
    "to_moore",
    "write_machine",
]

_ROOMS = ("machine", "examples", "errors", "formats", "proof")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for room in _ROOMS:
            module = importlib.import_module(f"seqlogic.{room}")
            if name in module.__all__:
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
