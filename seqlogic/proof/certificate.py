"""The certificate of a run or build folder: what was proven, the digest of every file, and the check of all of it.

A run folder has the links from the hard network to the machine and on to the reference. A build folder has these where
its machine came from a run, and those from the machine to gateware. The latter are proven elsewhere: whoever checks a
certificate hands their provers in, and a link that has none, or whose tools are not installed, is a claim and no proof.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any

from seqlogic.errors import InputError
from seqlogic.proof.links import (
    CHOICES_FILE,
    CORE_FILE,
    HARD_FILE,
    KISS2_FILE,
    MACHINE_FILE,
    NETWORK_LINK,
    REFERENCE_FILE,
    REFERENCE_LINK,
    RTL_LINK,
    SIMULATION_LINK,
    TABLE_FILE,
    Link,
    NotProvenError,
    Prover,
    prove_run,
    read_bounded,
)

__all__ = [
    "CERTIFICATE_FILE",
    "VERDICTS",
    "Check",
    "Claim",
    "add_link",
    "certificate_content",
    "check_certificate",
    "refuse_changes",
    "verdict_of",
    "write_certificate",
]

CERTIFICATE_FILE = "certificate.json"
VERDICTS = ("exact", "conforms", "differs", "undecided")

_KEYS = ("verdict", "consistent", "links", "files", "tool", "run", "sha256")
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


@dataclass(frozen=True)
class Claim:
    """A link that the certificate has and that was not proven again.

    Attributes:
        name: which step.
        result: what the certificate says of it.
        why: why it was not proven again, in a few words.
    """

    name: str
    result: str
    why: str


@dataclass(frozen=True)
class Check:
    """The outcome of `check_certificate`.

    Attributes:
        verdict: what the files prove now, one of VERDICTS; "undecided" if they cannot be read, or if the verdict of
            the certificate needs a claim that was not proven again.
        links: the links as proven again.
        findings: one line for each thing that is not as the certificate says; empty if all of it holds.
        claims: the links that were not proven again here.
    """

    verdict: str
    links: tuple[Link, ...]
    findings: tuple[str, ...]
    claims: tuple[Claim, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing that the certificate says was found wrong.

        That may still be a verdict other than "exact", and there may be `claims`.
        """
        return not self.findings


def verdict_of(links: Sequence[Link], consistent: bool) -> str:
    """Return what a chain of links amounts to: its weakest one.

    A machine that is not `consistent`, that does not reproduce its training data, differs whatever the links say.
    "exact" takes all links equal, and among them those from the hard network to the machine and on to the reference.
    Where a machine was not learned but given, and hardware made of it, neither of the two exists: the machine is its
    own reference, and "exact" says that the hardware is that machine. It takes the link to the RTL.
    """
    return _verdict({link.name: link.result for link in links}, consistent)


def _verdict(results: Mapping[str, str], consistent: bool) -> str:
    if not consistent or "differs" in results.values():
        return "differs"
    if not {"equal", "conforms"}.issuperset(results.values()):
        return "undecided"
    if "conforms" in results.values():
        return "conforms"
    learned = results.keys() & {NETWORK_LINK, REFERENCE_LINK}
    return "exact" if len(learned) == 2 or (not learned and RTL_LINK in results) else "undecided"


def write_certificate(
    folder: str | PathLike[str],
    links: Sequence[Link],
    files: Iterable[str],
    extra: Mapping[str, Any],
    *,
    consistent: bool,
) -> str:
    """Write certificate.json into a run or build folder and return its verdict.

    Equal files, links and `extra` give equal bytes. Call it last: a file that changes afterwards fails the check.

    Args:
        folder: the run or build folder.
        links: what was proven, as `prove_run` returns it, and for a build the links from the machine on.
        files: every other file of the folder, relative to it with forward slashes.
        extra: where the run came from (task, command, seed, date), in JSON's types.
        consistent: whether the machine reproduces its training data; true of a machine that was given. The data are
            no file of the folder, so this is the one claim that the check takes as it stands.

    Raises:
        ValueError: the machine, or other evidence that is there, is not among `files`.
        InputError: a file is not there, is no plain file, or lies outside the folder.
    """
    folder = Path(folder)
    path = folder / CERTIFICATE_FILE
    names = sorted(set(files))
    for name in _evidence(folder):
        if name not in names:
            raise ValueError(f"{name} is not among the files of the certificate")
    content: dict[str, Any] = {
        "verdict": verdict_of(links, consistent),
        "consistent": consistent,
        "links": [link.as_json() for link in links],
        "files": {name: _hash(_inside(folder, name, path)) for name in names},
        "tool": f"seqlogic {_version()}",
        "run": dict(extra),
    }
    content["sha256"] = hashlib.sha256(_serialise(content)).hexdigest()
    path.write_bytes(_serialise(content))
    return content["verdict"]


def add_link(folder: str | PathLike[str], link: Link, files: Iterable[str] = ()) -> str:
    """Add a link to the certificate of a folder, or replace the one of its name, and return the verdict then.

    What the certificate said before is not checked by this; it stands or falls with the next check.

    Args:
        folder: the folder, with its certificate.
        link: what was proven since.
        files: further files of the folder that are from now on part of it.

    Raises:
        InputError: there is no certificate, it is malformed, or a file is not there.
    """
    folder = Path(folder)
    path = folder / CERTIFICATE_FILE
    content = certificate_content(folder)
    content["links"] = [other for other in content["links"] if other["name"] != link.name] + [link.as_json()]
    content["files"] |= {name: _hash(_inside(folder, name, path)) for name in files}
    content["files"] = dict(sorted(content["files"].items()))
    results = {other["name"]: other["result"] for other in content["links"]}
    content["verdict"] = _verdict(results, content["consistent"])
    content["sha256"] = hashlib.sha256(_serialise(_body(content))).hexdigest()
    path.write_bytes(_serialise(content))
    return content["verdict"]


def certificate_content(folder: str | PathLike[str]) -> dict[str, Any]:
    """Return what the certificate of a folder says, unchecked but well-formed; InputError if it is not."""
    path = Path(folder) / CERTIFICATE_FILE
    return _parse(_read(path), path)


def _body(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the SHA-256 of a certificate is taken over: all but itself."""
    return {key: value for key, value in content.items() if key != "sha256"}


def check_certificate(path: str | PathLike[str], provers: Mapping[str, Prover] | None = None) -> Check:
    """Check a certificate against the files beside it, by hashing every file and proving every link again.

    A changed byte in any listed file, or in the certificate, is a finding; so is a link or a verdict that the files do
    not bear out, even where all hashes fit. Whether the machine reproduces its training data is taken as stated, since
    the data are not in the folder: if not, the verdict must be "differs". Files that the certificate does not list are
    ignored, unless a link is proven from them. Nothing is unpickled or run, and no file outside the folder is opened.
    A link beyond the machine is proven again by its prover; without one, or if the prover cannot do it here, it stands
    among the claims. These need no finding, but a verdict that rests on them is "undecided".

    Args:
        path: the certificate, or its folder.
        provers: for the names of links beyond the machine, who proves them from the folder.

    Raises:
        InputError: there is no certificate, it is malformed, or it names a file outside its folder.
    """
    path = Path(path)
    if path.is_dir():
        path = path / CERTIFICATE_FILE
    folder = path.parent
    data = _read(path)
    content = _parse(data, path)
    claimed: dict[str, str] = content["files"]
    places = {name: _inside(folder, name, path) for name in claimed}

    findings = []
    if _serialise(content) != data or tuple(content) != _KEYS:
        findings.append(f"{path.name}: its bytes are not those that seqlogic writes for this content")
    findings += _changed(content, places, path)
    unlisted = [name for name in _evidence(folder) if name not in claimed]
    findings += [f"{name}: is not listed in the certificate" for name in unlisted]

    links: tuple[Link, ...] = ()
    claims: tuple[Claim, ...] = ()
    verdict = "undecided"
    if not unlisted:
        try:
            further, claims = _prove_further(content, folder, provers or {})
            links = (*prove_run(folder), *further)
            if read_bounded(folder / KISS2_FILE).digest != read_bounded(folder / MACHINE_FILE).digest:
                findings.append(f"{KISS2_FILE}: is not the machine of {MACHINE_FILE}, their digests differ")
        except InputError as error:
            findings.append(f"cannot be proven again: {error}")
        else:
            results = {claim.name: claim.result for claim in claims} | {link.name: link.result for link in links}
            verdict = _verdict(results, content["consistent"])
            findings += _compare(content, links, claims, verdict)
            if RTL_LINK not in results and _is_build(folder):
                findings.append(f"link {RTL_LINK!r}: can be proven, but is not in the certificate")
            if claims and verdict != "differs":
                verdict = "undecided"
    return Check(verdict, links, tuple(findings), claims)


def _changed(content: Mapping[str, Any], places: Mapping[str, Path], path: Path) -> list[str]:
    """What is no longer as it was when the certificate was written, itself included."""
    findings = []
    if hashlib.sha256(_serialise(_body(content))).hexdigest() != content["sha256"]:
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
    changed = _changed(content, {name: _inside(folder, name, path) for name in content["files"]}, path)
    if changed:
        raise InputError(f"was changed since its certificate was written: {changed[0]}", file=folder)
    return content


def _prove_further(
    content: Mapping[str, Any], folder: Path, provers: Mapping[str, Prover]
) -> tuple[list[Link], tuple[Claim, ...]]:
    """Prove the links beyond the machine again: those that could be, and the claims of the others."""
    links, claims = [], []
    claimed = {link["name"]: link["result"] for link in content["links"]}
    for name in (RTL_LINK, SIMULATION_LINK):
        if name not in claimed:
            continue
        try:
            if name not in provers:
                raise NotProvenError("nobody was asked to prove it")
            link = provers[name](folder)
            if link.result == "undecided" != claimed[name]:
                raise NotProvenError(link.details.get("reason", "undecided"))
            links.append(link)
        except NotProvenError as error:
            claims.append(Claim(name, claimed[name], str(error)))
    return links, tuple(claims)


def _compare(content: Mapping[str, Any], links: Sequence[Link], claims: Sequence[Claim], verdict: str) -> list[str]:
    """What the certificate claims and the links, proven again, do not bear out."""
    findings = []
    claimed = {link["name"]: link for link in content["links"]}
    proven = {link.name: link for link in links}
    unproven = {claim.name for claim in claims}
    if len(claimed) != len(content["links"]):
        findings.append("links: one of them stands twice")
    for name in [*proven, *(name for name in claimed if name not in proven)]:
        if name not in claimed:
            findings.append(f"link {name!r}: can be proven, but is not in the certificate")
        elif name in unproven:
            continue
        elif name not in proven:
            findings.append(f"link {name!r}: cannot be proven from the files of the folder")
        elif claimed[name]["result"] != proven[name].result:
            word = proven[name].counterexample
            shown = (
                "" if word is None else f", shortest counterexample: {' '.join(word[:32])}{' ...' * (len(word) > 32)}"
            )
            fault = f", {proven[name].details['fault']}" if "fault" in proven[name].details else ""
            findings.append(f"link {name!r}: says {claimed[name]['result']}, is {proven[name].result}{fault}{shown}")
        elif json.dumps(claimed[name]) != json.dumps(proven[name].as_json()):
            findings.append(f"link {name!r}: its digests, counterexample or details are not those proven again")
    if content["verdict"] != verdict:
        findings.append(f"verdict: says {content['verdict']}, is {verdict}")
    return findings


def _evidence(folder: Path) -> list[str]:
    """The files from which the links are proven: two that every folder has, and the others where they exist."""
    optional = (HARD_FILE, REFERENCE_FILE, CORE_FILE, TABLE_FILE, CHOICES_FILE)
    return [KISS2_FILE, MACHINE_FILE, *(name for name in optional if (folder / name).exists())]


def _is_build(folder: Path) -> bool:
    """Whether a folder holds what the link from the machine to the RTL is proven from."""
    return all((folder / name).exists() for name in (CORE_FILE, CHOICES_FILE))


def _inside(folder: Path, name: str, source: Path) -> Path:
    """The place of a file of the folder, there or not; InputError if the name, or a link in it, leads elsewhere."""
    parts = name.split("/")
    if name == CERTIFICATE_FILE or "\\" in name or "\0" in name or not {"", ".", ".."}.isdisjoint(parts):
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


def _read(path: Path) -> bytes:
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


def _parse(data: bytes, path: Path) -> dict[str, Any]:
    """The content of a certificate, every part of the type that the check relies on."""

    def expect(holds: bool, message: str) -> None:
        if not holds:
            raise InputError(f"is no certificate: {message}", file=path)

    try:
        content = json.loads(data.decode())
        _serialise(content)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise InputError(f"is no certificate: not the JSON expected: {error}", file=path, line=line) from None
    expect(isinstance(content, dict) and set(content) == set(_KEYS), f"expected the keys {', '.join(_KEYS)}")
    expect(content["verdict"] in VERDICTS, f"expected a verdict out of {', '.join(VERDICTS)}")
    expect(isinstance(content["consistent"], bool), "expected consistent as true or false")
    expect(isinstance(content["links"], list), "expected a list of links")
    for link in content["links"]:
        typed = isinstance(link, dict) and set(link) == set(_LINK_TYPES)
        typed = typed and all(isinstance(link[key], kind) for key, kind in _LINK_TYPES.items())
        expect(typed, f"expected a link of {', '.join(_LINK_TYPES)}")
    expect(isinstance(content["files"], dict), "expected files with their SHA-256")
    for digest in [*content["files"].values(), content["sha256"]]:
        expect(
            isinstance(digest, str) and bool(re.fullmatch("[0-9a-f]{64}", digest)), "expected a SHA-256 of 64 digits"
        )
    expect(isinstance(content["tool"], str) and isinstance(content["run"], dict), "expected a tool and a run")
    return content


def _serialise(content: object) -> bytes:
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
