"""A finished build folder, as the host and the simulation read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fpga.choices import Choices
from fpga.implementation import CircuitImplementation, Implementation, implement
from seqlogic.errors import InputError
from seqlogic.formats import is_circuit, read_circuit, read_machine
from seqlogic.proof import refuse_changes
from seqlogic.proof.links import CHOICES_FILE, CIRCUIT_FILE

__all__ = ["BuildFolder", "read_build"]


@dataclass(frozen=True)
class BuildFolder:
    """What a build left.

    Attributes:
        path: the folder.
        implementation: its machine or circuit, laid into hardware as it was built.
        content: of build.json, or of a simulated build's.
    """

    path: Path
    implementation: Implementation | CircuitImplementation
    content: dict[str, Any]


def read_build(path: Path) -> BuildFolder:
    """Read a build folder. How its machine became gateware is what implementation.json says.

    Raises:
        InputError: there is none, it was changed since its certificate was written, or one of its files is not what a
            build writes.
    """
    try:
        content = json.loads((path / "build.json").read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise TypeError("expected an object")
    except FileNotFoundError:
        raise InputError("is no finished build; `make bitstream` or `make sim` makes one", file=path) from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"is no build.json of seqlogic: {error}", file=path / "build.json") from error
    refuse_changes(path)
    if is_circuit(path):
        return BuildFolder(path, CircuitImplementation(read_circuit(path / CIRCUIT_FILE)), content)
    machine = read_machine(path / "machine.json")
    choices = Choices.read(path / CHOICES_FILE)
    try:
        implementation = implement(
            machine, implementation=choices.kind, encoding=choices.encoding, unknown=choices.unknown
        )
    except ValueError as error:
        raise InputError(str(error), file=path / CHOICES_FILE) from error
    return BuildFolder(path, implementation, content)
