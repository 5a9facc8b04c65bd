"""The certificate of a run or build folder: what was proven, and the digest of every file; `check` reads it again.

A run folder has the links from the hard network to the machine and on to the reference, or to the examples where there
is none. A build folder has these where its machine came from a run, and those from the machine to gateware.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any

from seqlogic.errors import InputError
from seqlogic.formats import is_circuit
from seqlogic.proof.links import (
    CHOICES_FILE,
    CIRCUIT_FILE,
    CIRCUIT_REFERENCE_FILE,
    CIRCUIT_REFERENCE_LINK,
    CIRCUIT_RTL_LINK,
    CORE_FILE,
    EXAMPLES_FILE,
    EXAMPLES_LINK,
    HARD_FILE,
    KISS2_FILE,
    LEARNED_LINKS,
    LOGIC_CIRCUIT_LINK,
    LOGIC_FILE,
    MACHINE_FILE,
    REFERENCE_FILE,
    REFERENCE_LINK,
    RESULTS,
    RTL_LINK,
    TABLE_FILE,
    Link,
)

__all__ = [
    "CERTIFICATE_FILE",
    "KEYS",
    "VERDICTS",
    "add_link",
    "certificate_content",
    "changed_since",
    "evidence",
    "inside",
    "parse",
    "read_bytes",
    "refuse_changes",
    "serialise",
    "verdict_of",
    "verdict_of_results",
    "write_certificate",
]

CERTIFICATE_FILE = "certificate.json"
VERDICTS = ("exact", "unique", "conforms", "differs", "undecided", "likely")

KEYS = ("verdict", "consistent", "links", "files", "tool", "run", "sha256")
_LINK_TYPES: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "method": str,
    "left": dict,
    "right": dict,
    "result": str,
    "counterexample": (list, type(None)),
    "details": dict,
}
_LARGEST = 1 << 26


def verdict_of(links: Sequence[Link], consistent: bool | None) -> str:
    """Return what a chain of links amounts to: its weakest one.

    A machine that is not `consistent`, that does not reproduce its training data, differs whatever the links say. None
    says that no machine need do so, since outputs may be wrong: without a reference it is at best "likely".
    "exact" takes all links equal, and among them those from what was learned to the machine or circuit, and on to the
    reference.
    "unique" takes the link to the examples in place of that to the reference: every machine of at most as many states
    that fits them is this one, which says nothing of larger machines.
    Where a machine was not learned but given, and hardware made of it, neither of the two exists: the machine is its
    own reference, and "exact" says that the hardware is that machine. It takes the link to the RTL.
    """
    return verdict_of_results({link.name: link.result for link in links}, consistent)


def verdict_of_results(results: Mapping[str, str], consistent: bool | None) -> str:
    """As `verdict_of`, of the results by the names of their links."""
    if consistent is False or "differs" in results.values():
        return "differs"
    if any(
        result not in (("unique",) if name == EXAMPLES_LINK else ("equal", "conforms"))
        for name, result in results.items()
    ):
        return "undecided"
    if "conforms" in results.values():
        return "conforms"
    machine, circuit = results.keys() & LEARNED_LINKS, LOGIC_CIRCUIT_LINK in results
    referred, told = REFERENCE_LINK in results, EXAMPLES_LINK in results
    compared = CIRCUIT_REFERENCE_LINK in results
    given = not (machine or circuit or referred or told or compared)
    hardware = given and results.keys() & {RTL_LINK, CIRCUIT_RTL_LINK}
    if (machine and referred) or (circuit and compared) or hardware:
        return "exact"
    if consistent is None:
        return "likely"
    return "unique" if machine and told else "undecided"


def write_certificate(
    folder: str | PathLike[str],
    links: Sequence[Link],
    files: Iterable[str],
    extra: Mapping[str, Any],
    *,
    consistent: bool | None,
) -> str:
    """Write certificate.json into a run or build folder and return its verdict.

    Equal files, links and `extra` give equal bytes. Call it last: a file that changes afterwards fails the check.

    Args:
        folder: the run or build folder.
        links: what was proven, as `prove_run` returns it, and for a build the links from the machine on.
        files: every other file of the folder, relative to it with forward slashes.
        extra: where the run came from (task, command, seed, date), in JSON's types.
        consistent: whether the machine reproduces its training data; true of a machine that was given, and None of the
            most likely one of data that may be wrong. Where the examples are no file of the folder, this is the one
            claim that the check takes as it stands.

    Raises:
        ValueError: the machine, or other evidence that is there, is not among `files`.
        InputError: a file is not there, is no plain file, or lies outside the folder.
    """
    folder = Path(folder)
    path = folder / CERTIFICATE_FILE
    names = sorted(set(files))
    for name in evidence(folder):
        if name not in names:
            raise ValueError(f"{name} is not among the files of the certificate")
    content: dict[str, Any] = {
        "verdict": verdict_of(links, consistent),
        "consistent": consistent,
        "links": [link.as_json() for link in links],
        "files": {name: _hash(inside(folder, name, path)) for name in names},
        "tool": f"seqlogic {_version()}",
        "run": dict(extra),
    }
    content["sha256"] = _own_digest(content)
    _replace(path, serialise(content))
    return content["verdict"]


def add_link(folder: str | PathLike[str], link: Link, files: Iterable[str] = ()) -> str:
    """Add a link to the certificate of a folder, or replace the one of its name, and return the verdict then.

    The links and files that the certificate had before are not checked by this; they stand or fall with the next check.

    Args:
        folder: the folder, with its certificate.
        link: what was proven since.
        files: further files of the folder that are from now on part of it.

    Raises:
        InputError: there is no certificate, it is malformed or does not have the SHA-256 that it gives for itself, or a
            file is not there.
    """
    folder = Path(folder)
    path = folder / CERTIFICATE_FILE
    content = certificate_content(folder)
    if _own_digest(content) != content["sha256"]:
        raise InputError("does not have the SHA-256 that it gives for itself; no link is added to it", file=path)
    content["links"] = [other for other in content["links"] if other["name"] != link.name] + [link.as_json()]
    content["files"] |= {name: _hash(inside(folder, name, path)) for name in files}
    content["files"] = dict(sorted(content["files"].items()))
    results = {other["name"]: other["result"] for other in content["links"]}
    content["verdict"] = verdict_of_results(results, content["consistent"])
    content["sha256"] = _own_digest(content)
    _replace(path, serialise(content))
    return content["verdict"]


def certificate_content(folder: str | PathLike[str]) -> dict[str, Any]:
    """Return what the certificate of a folder says, unchecked but well-formed; InputError if it is not."""
    path = Path(folder) / CERTIFICATE_FILE
    return parse(read_bytes(path), path)


def _own_digest(content: Mapping[str, Any]) -> str:
    """The SHA-256 of a certificate, which is taken over all but itself."""
    return hashlib.sha256(serialise({key: value for key, value in content.items() if key != "sha256"})).hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Write a file beside its place and put it there at once, so that nobody ever finds half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def changed_since(content: Mapping[str, Any], places: Mapping[str, Path], path: Path) -> list[str]:
    """What is no longer as it was when the certificate was written, itself included."""
    findings = []
    if _own_digest(content) != content["sha256"]:
        findings.append(f"{path.name}: its content does not have the SHA-256 that it gives for itself")
    for name, place in places.items():
        if not place.exists():
            findings.append(f"{name}: is missing")
        elif _hash(place) != content["files"][name]:
            findings.append(f"{name}: does not have the SHA-256 that the certificate gives")
    return findings


def refuse_changes(folder: str | PathLike[str]) -> dict[str, Any]:
    """Return what the certificate of a folder says, every file that it lists being as it was; nothing is proven again.

    Raises:
        InputError: there is no certificate, it is malformed, or a file was changed since, which it names.
    """
    folder = Path(folder)
    path = folder / CERTIFICATE_FILE
    content = certificate_content(folder)
    changes = changed_since(content, {name: inside(folder, name, path) for name in content["files"]}, path)
    if changes:
        raise InputError(f"was changed since its certificate was written: {changes[0]}", file=folder)
    return content


def evidence(folder: Path) -> list[str]:
    """The files from which the links are proven: those that every folder has, and the others where they exist.

    Every folder has a machine in two formats or, where no table holds its states, a circuit.
    """
    optional = [HARD_FILE, LOGIC_FILE, REFERENCE_FILE, CIRCUIT_REFERENCE_FILE, EXAMPLES_FILE]
    optional += [CORE_FILE, TABLE_FILE, CHOICES_FILE]
    needed = [CIRCUIT_FILE] if is_circuit(folder) else [KISS2_FILE, MACHINE_FILE]
    return [*needed, *(name for name in optional if (folder / name).exists())]


def inside(folder: Path, name: str, source: Path) -> Path:
    """The place of a file of the folder, there or not; InputError if the name, or a link in it, leads elsewhere."""
    parts = name.split("/")
    if name == CERTIFICATE_FILE or "\\" in name or not name.isprintable() or not {"", ".", ".."}.isdisjoint(parts):
        raise InputError(f"{name!r} is not the name of another file of the folder", file=source)
    place = folder
    try:
        for part in parts:
            place = place / part
            if place.is_symlink():
                raise InputError(f"{name!r} is or passes a symbolic link, expected a plain file", file=source)
        if place.exists() and not place.is_file():
            raise InputError(f"{name!r} is not a plain file", file=source)
    except OSError as error:
        raise InputError(f"{name!r} cannot be looked up: {error.strerror}", file=source) from None
    return place


def read_bytes(path: Path) -> bytes:
    """The bytes of a certificate; InputError if it cannot be read, or is larger than one."""
    try:
        if path.exists() and not path.is_file():
            raise InputError("is not a plain file, expected a certificate", file=path)
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from None
    if len(data) > _LARGEST:
        raise InputError(f"is larger than {_LARGEST} bytes, expected a certificate", file=path)
    return data


def parse(data: bytes, path: Path) -> dict[str, Any]:
    """The content of a certificate, every part of the type that a check relies on; InputError otherwise."""

    def expect(holds: bool, message: str) -> None:
        if not holds:
            raise InputError(f"is no certificate: {message}", file=path)

    try:
        content = json.loads(data.decode())
        serialise(content)
    except UnicodeDecodeError:
        raise InputError("is no certificate: it is not text, expected JSON", file=path) from None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise InputError(f"is no certificate: not the JSON expected: {error}", file=path, line=line) from None
    expect(isinstance(content, dict) and set(content) == set(KEYS), f"expected the keys {', '.join(KEYS)}")
    expect(content["verdict"] in VERDICTS, f"expected a verdict out of {', '.join(VERDICTS)}")
    expect(isinstance(content["consistent"], bool | None), "expected consistent as true, false or null")
    expect(isinstance(content["links"], list), "expected a list of links")
    for link in content["links"]:
        typed = isinstance(link, dict) and set(link) == set(_LINK_TYPES)
        typed = typed and all(isinstance(link[key], kind) for key, kind in _LINK_TYPES.items())
        expect(typed, f"expected a link of {', '.join(_LINK_TYPES)}")
        expect(link["result"] in RESULTS, f"expected the result of a link out of {', '.join(RESULTS)}")
    expect(isinstance(content["files"], dict), "expected files with their SHA-256")
    for digest in [*content["files"].values(), content["sha256"]]:
        expect(
            isinstance(digest, str) and bool(re.fullmatch("[0-9a-f]{64}", digest)), "expected a SHA-256 of 64 digits"
        )
    expect(isinstance(content["tool"], str) and isinstance(content["run"], dict), "expected a tool and a run")
    return content


def serialise(content: object) -> bytes:
    """The one way to write this content; ValueError for numbers and text that JSON in UTF-8 lacks."""
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from None


def _version() -> str:
    try:
        return version("seqlogic")
    except PackageNotFoundError:
        return "(not installed)"
