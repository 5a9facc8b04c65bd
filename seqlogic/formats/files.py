"""Machine files: the format is chosen by the suffix of the name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seqlogic.formats.dot import parse as parse_dot
from seqlogic.formats.dot import render as render_dot
from seqlogic.formats.json import parse as parse_json
from seqlogic.formats.json import render as render_json
from seqlogic.formats.kiss2 import parse as parse_kiss2
from seqlogic.formats.kiss2 import render as render_kiss2
from seqlogic.formats.shared import decoded, form_of, read_whole, replacing
from seqlogic.machine import Machine

__all__ = ["SUFFIXES", "read_machine", "write_machine"]

_OF_RUN = "machine.json"
"""The machine of a run folder."""


class _Format(NamedTuple):
    parse: Callable[[str, str], Machine]
    render: Callable[[Machine], str]


_KISS2 = _Format(parse_kiss2, render_kiss2)
_DOT = _Format(parse_dot, render_dot)
_FORMATS = {
    ".kiss2": _KISS2,
    ".kiss": _KISS2,
    ".dot": _DOT,
    ".gv": _DOT,
    ".json": _Format(parse_json, render_json),
}
SUFFIXES = tuple(_FORMATS)
"""The suffixes of machine files."""


def read_machine(path: str | os.PathLike[str]) -> Machine:
    """Return the machine in a KISS2, DOT or JSON file, UTF-8 text with any line ends, or that of a run folder.

    Raises:
        InputError: an unknown suffix, a file that cannot be read or is not UTF-8, or whatever its format refuses.
    """
    path = Path(path)
    if os.path.isfile(path / _OF_RUN):
        path = path / _OF_RUN
    form = form_of(path, _FORMATS)
    return form.parse(decoded(read_whole(path, "machine"), str(path), "machine"), str(path))


def write_machine(machine: Machine, path: str | os.PathLike[str]) -> None:
    """Write a machine to a KISS2, DOT or JSON file.

    A file that is already there is replaced whole, or left as it was if anything fails.

    Raises:
        InputError: an unknown suffix, a place that cannot be written, or a machine that the format cannot hold.
    """
    path = Path(path)
    data = form_of(path, _FORMATS).render(machine).encode()
    with replacing(path) as part:
        part.write_bytes(data)
