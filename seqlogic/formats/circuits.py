"""Circuit files: the format is chosen by the suffix of the name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seqlogic.circuit import Circuit
from seqlogic.errors import InputError
from seqlogic.formats import aiger, blif
from seqlogic.formats.files import SUFFIXES as MACHINES
from seqlogic.formats.kiss2_circuit import is_wide, parse_circuit
from seqlogic.formats.shared import decoded, form_of, read_whole, replacing

__all__ = ["SUFFIXES", "check_form", "is_circuit", "read_circuit", "write_circuit"]

_OF_RUN = "circuit.aig"
"""The circuit of a run folder."""


class _Format(NamedTuple):
    parse: Callable[[bytes, str], Circuit]
    render: Callable[[Circuit], bytes]


def _parse_blif(data: bytes, source: str) -> Circuit:
    return blif.parse(decoded(data, source, "circuit"), source)


_FORMATS = {
    ".aig": _Format(aiger.parse, aiger.render),
    ".aag": _Format(aiger.parse, lambda circuit: aiger.render_text(circuit).encode()),
    ".blif": _Format(_parse_blif, lambda circuit: blif.render(circuit).encode()),
}
SUFFIXES = tuple(_FORMATS)
"""The suffixes of circuit files."""


def is_circuit(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a circuit.

    By its suffix, or as KISS2 of words too wide for a table, or as a run folder that holds one in place of a machine.
    """
    path = Path(path)
    if (path.suffix.lower() in SUFFIXES and not path.is_dir()) or is_wide(path):
        return True
    return (path / _OF_RUN).is_file() and not (path / "machine.json").exists()


def check_form(path: str | os.PathLike[str]) -> None:
    """Refuse a path that is that of neither a machine nor a circuit, by its suffix, nor of a run: an InputError."""
    path = Path(path)
    if is_circuit(path) or (path / "machine.json").is_file():
        return
    if path.is_dir() and path.suffix.lower() not in MACHINES:
        raise InputError("is a folder, but no run: it has no machine.json and no circuit.aig", file=path)
    form_of(path, dict.fromkeys((*MACHINES, *SUFFIXES), True))


def read_circuit(path: str | os.PathLike[str]) -> Circuit:
    """Return the circuit in an AIGER file, of either form whatever its suffix, in a BLIF or KISS2 file, or of a run.

    Raises:
        InputError: an unknown suffix, a file that cannot be read, or whatever its format refuses.
    """
    path = Path(path)
    if path.is_dir() and is_circuit(path):
        path = path / _OF_RUN
    if path.suffix.lower() == ".kiss2":
        return parse_circuit(decoded(read_whole(path, "circuit"), str(path), "circuit"), str(path))
    form = form_of(path, _FORMATS)
    return form.parse(read_whole(path, "circuit"), str(path))


def write_circuit(circuit: Circuit, path: str | os.PathLike[str]) -> None:
    """Write a circuit to an AIGER file, binary (`.aig`) or text (`.aag`), or to a BLIF file.

    A file that is already there is replaced whole, or left as it was if anything fails.

    Raises:
        InputError: an unknown suffix, a place that cannot be written, or a name that the format cannot hold.
    """
    path = Path(path)
    form = form_of(path, _FORMATS)
    try:
        data = form.render(circuit)
    except ValueError as error:
        raise InputError(f"cannot be written: {error}", file=path) from error
    with replacing(path) as part:
        part.write_bytes(data)
