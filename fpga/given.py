"""The machine, or circuit, that a build was given: a proven run, or a file."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from seqlogic.circuit import Circuit
from seqlogic.errors import InputError
from seqlogic.formats import check_form, is_circuit, read_circuit, read_machine, write_circuit, write_machine
from seqlogic.machine import Machine
from seqlogic.proof import Link, check_certificate
from seqlogic.proof.links import CIRCUIT_FILE, EXAMPLES_LINK

__all__ = ["Given", "given_machine", "machine_name"]

_EVIDENCE = (
    "hard.npz",
    "learned.aig",
    "machine.json",
    "machine.kiss2",
    "circuit.aig",
    "reference.json",
    "reference.aig",
    "examples.txt",
)


@dataclass(frozen=True)
class Given:
    """A machine or a circuit, and where it came from.

    Attributes:
        machine: it.
        run: the run folder whose certificate was checked, None for a file.
        links: those of the run that take their time, as its check proved them.
    """

    machine: Machine | Circuit
    run: Path | None
    links: tuple[Link, ...] = ()

    def leave_evidence(self, folder: Path) -> None:
        """Copy into a build folder what the earlier links of its certificate are proven from."""
        if self.run is None and isinstance(self.machine, Circuit):
            write_circuit(self.machine, folder / CIRCUIT_FILE)
            return
        if self.run is None:
            assert isinstance(self.machine, Machine)
            write_machine(self.machine, folder / "machine.json")
            write_machine(self.machine, folder / "machine.kiss2")
            return
        for name in _EVIDENCE:
            if (self.run / name).exists():
                shutil.copyfile(self.run / name, folder / name)


def given_machine(path: str) -> Given:
    """Read a machine or circuit file, or that of a run folder, whose whole certificate is checked first.

    Raises:
        InputError: there is no such thing, or the certificate does not check, or says neither "exact" nor "unique".
    """
    place = Path(path)
    if not place.is_dir():
        if not place.exists():
            raise InputError("there is neither a run folder nor a machine file", file=place)
        check_form(place)
        return Given(read_circuit(place) if is_circuit(place) else read_machine(place), None)
    check = check_certificate(place)
    if not check.ok:
        raise InputError(f"its certificate does not hold: {check.findings[0]}", file=place)
    if check.verdict not in ("exact", "unique"):
        raise InputError(
            f"is proven neither exact nor unique, its verdict is {check.verdict!r}; `seqlogic check {place}` tells "
            "more. Its machine.json can be built as a file, which claims nothing of the run",
            file=place,
        )
    links = tuple(link for link in check.links if link.name == EXAMPLES_LINK)
    if is_circuit(place):
        return Given(read_circuit(place / CIRCUIT_FILE), place, links)
    return Given(read_machine(place / "machine.json"), place, links)


def machine_name(path: str) -> str:
    """What a build of this run folder or file is called; InputError where that is no name of a folder."""
    place = Path(path)
    name = place.resolve().name if place.is_dir() else place.stem
    if not name or name.startswith("."):
        raise InputError(f"{path!r} gives a build no name; choose one with --name")
    return name
