"""The check of a certificate from the files beside it: every file is hashed, every link proven again.

The links beyond the machine are proven elsewhere: whoever checks a certificate hands their provers in, and a link that
has none, or whose tools are not installed or fail, is a claim and no proof. So is what the certificate says of the
examples and was not found out again in the time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from seqlogic.errors import InputError
from seqlogic.formats import is_circuit
from seqlogic.proof.certificate import (
    CERTIFICATE_FILE,
    KEYS,
    changed_since,
    evidence,
    inside,
    parse,
    read_bytes,
    serialise,
    verdict_of_results,
)
from seqlogic.proof.circuit_links import strangers
from seqlogic.proof.examples import SEARCHED, contradicts, falls_short, prove_examples
from seqlogic.proof.links import (
    BUILD_FILE,
    CHOICES_FILE,
    CIRCUIT_RTL_LINK,
    CORE_FILE,
    EXAMPLES_LINK,
    KISS2_FILE,
    MACHINE_FILE,
    RTL_LINK,
    SIMULATION_LINK,
    Link,
    NotProvenError,
    Prover,
    read_bounded,
)
from seqlogic.proof.run import prove_run

__all__ = ["Check", "Claim", "check_certificate"]


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
        notes: one line for each link that the certificate leaves undecided and that is proven now.
        build: whether the folder is one of a build, and not of a run.
    """

    verdict: str
    links: tuple[Link, ...]
    findings: tuple[str, ...]
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()
    build: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing that the certificate says was found wrong.

        That may still be a verdict other than "exact", and there may be `claims`.
        """
        return not self.findings


def check_certificate(path: str | PathLike[str], provers: Mapping[str, Prover] | None = None) -> Check:
    """Check a certificate against the files beside it, by hashing every file and proving every link again.

    A changed byte in any listed file, or in the certificate, is a finding; so is a link or a verdict that the files do
    not bear out, even where all hashes fit. Whether the machine reproduces its training data is taken as stated where
    these are not in the folder: if not, the verdict must be "differs". Files that the certificate does not list are
    ignored, unless a link is proven from them. Nothing is unpickled or run, and no file outside the folder is opened.
    A link beyond the machine is proven again by its prover; without one, or if the prover cannot do it here, it stands
    among the claims, as does one to the examples that says more than was proven in the time. These need no finding, but
    a verdict that rests on them is "undecided". A link that was left undecided, for want of time, and is proven now is
    no finding either; the verdict is that of what is proven now.

    Args:
        path: the certificate, or its folder.
        provers: for the names of links beyond the machine, who proves them from the folder. That to the examples is
            proven by `prove_examples` if nobody else is named.

    Raises:
        InputError: there is no certificate, it is malformed, or it names a file outside its folder.
    """
    path = Path(path)
    if path.is_dir():
        path = path / CERTIFICATE_FILE
    folder = path.parent
    data = read_bytes(path)
    content = parse(data, path)
    claimed: dict[str, str] = content["files"]
    places = {name: inside(folder, name, path) for name in claimed}

    findings = []
    if serialise(content) != data or tuple(content) != KEYS:
        findings.append(f"{path.name}: its bytes are not those that seqlogic writes for this content")
    findings += changed_since(content, places, path)
    unlisted = [name for name in evidence(folder) if name not in claimed]
    findings += [f"{name}: is not listed in the certificate" for name in unlisted]
    build = _is_build(folder)
    to_rtl = CIRCUIT_RTL_LINK if is_circuit(folder) else RTL_LINK
    if build and to_rtl not in {link["name"] for link in content["links"]}:
        findings.append(f"link {to_rtl!r}: is not in the certificate, and a build must have it")

    links: tuple[Link, ...] = ()
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()
    verdict = "undecided"
    if not unlisted:
        try:
            further, claims = _prove_further(content, folder, provers or {})
            run, late = _prove_run(content, folder)
            links, claims = (*run, *further), (*late, *claims)
            findings += strangers(folder)
            if (
                not is_circuit(folder)
                and read_bounded(folder / KISS2_FILE).digest != read_bounded(folder / MACHINE_FILE).digest
            ):
                findings.append(f"{KISS2_FILE}: is not the machine of {MACHINE_FILE}, their digests differ")
        except InputError as error:
            findings.append(f"cannot be proven again: {error}")
        else:
            results = {claim.name: claim.result for claim in claims} | {link.name: link.result for link in links}
            verdict = verdict_of_results(results, content["consistent"])
            found, notes = _compare(content, links, claims, verdict)
            findings += found
            if claims and verdict != "differs":
                verdict = "undecided"
    return Check(verdict, links, tuple(findings), claims, notes, build)


def _prove_run(content: Mapping[str, Any], folder: Path) -> tuple[list[Link], list[Claim]]:
    """Prove the links of a run again; what takes longer here than it may is a claim that stands, and no more."""
    said = {link["name"]: link["result"] for link in content["links"]}
    links: list[Link] = []
    claims: list[Claim] = []
    for link in prove_run(folder):
        if link.result == "undecided" and said.get(link.name) == "equal":
            claims.append(Claim(link.name, "equal", str(link.details.get("reason", "undecided"))))
        else:
            links.append(link)
    return links, claims


def _prove_further(
    content: Mapping[str, Any], folder: Path, provers: Mapping[str, Prover]
) -> tuple[list[Link], tuple[Claim, ...]]:
    """Prove the links beyond the machine again: those that could be, and the claims of the others."""
    links, claims = [], []
    provers = {EXAMPLES_LINK: prove_examples, **provers}
    said = {link["name"]: link for link in content["links"]}
    claimed = {name: link["result"] for name, link in said.items()}
    for name in (EXAMPLES_LINK, RTL_LINK, CIRCUIT_RTL_LINK, SIMULATION_LINK):
        if name not in claimed:
            continue
        try:
            if name not in provers:
                raise NotProvenError("nobody was asked to prove it")
            link = provers[name](folder)
            if link.result == "undecided" != claimed[name]:
                raise NotProvenError(link.details.get("reason", "undecided"))
            if name == EXAMPLES_LINK and falls_short(said[name]["details"], link.details):
                raise NotProvenError("whether one of a state more fits was not found out in the time limit")
            links.append(link)
        except NotProvenError as error:
            claims.append(Claim(name, claimed[name], str(error)))
        except InputError:
            raise
        except (ValueError, TypeError, LookupError, ArithmeticError, OSError, MemoryError, RecursionError) as error:
            # What a prover stumbles over proves nothing, for the certificate or against it.
            claims.append(Claim(name, claimed[name], " ".join(str(error).split()) or type(error).__name__))
    return links, tuple(claims)


def _compare(
    content: Mapping[str, Any], links: Sequence[Link], claims: Sequence[Claim], verdict: str
) -> tuple[list[str], tuple[str, ...]]:
    """What the certificate claims and the links, proven again, do not bear out; and what they prove beyond it."""
    findings, notes = [], []
    claimed = {link["name"]: link for link in content["links"]}
    proven = {link.name: link for link in links}
    unproven = {claim.name: claim.result for claim in claims}
    if len(claimed) != len(content["links"]):
        findings.append("links: one of them stands twice")
    for name in [*proven, *(name for name in claimed if name not in proven)]:
        if name not in claimed:
            findings.append(f"link {name!r}: can be proven, but is not in the certificate")
        elif name in unproven:
            continue
        elif name not in proven:
            findings.append(f"link {name!r}: cannot be proven from the files of the folder")
        elif _left_open(claimed[name], proven[name]):
            # Why something is undecided depends on the computer, and on the time it took.
            now = proven[name].as_json()
            if any(claimed[name][side] != now[side] for side in ("left", "right")):
                findings.append(f"link {name!r}: its digests are not those proven again")
            elif proven[name].result != "undecided":
                notes.append(f"{name}: the certificate says undecided; now {proven[name].result}")
        elif claimed[name]["result"] != proven[name].result:
            findings.append(f"link {name!r}: says {claimed[name]['result']}, is {_shown(proven[name])}")
        elif not _same(claimed[name], proven[name].as_json()):
            findings.append(f"link {name!r}: its digests, counterexample or details are not those proven again")
    # The certificate's verdict is one of what it says itself, where that is less than what is proven now.
    open_ = {name: "undecided" for name in proven if name in claimed and _left_open(claimed[name], proven[name])}
    said = {name: link.result for name, link in proven.items()} | open_ | unproven
    expected = verdict_of_results(said, content["consistent"]) if open_ else verdict
    if content["verdict"] != expected:
        findings.append(f"verdict: says {content['verdict']}, is {verdict}")
    return findings, tuple(notes)


def _same(claimed: Mapping[str, Any], proven: Mapping[str, Any]) -> bool:
    """Whether two links of equal results say the same; one to the examples may have come further than the other."""
    if claimed["name"] == EXAMPLES_LINK:
        if contradicts(claimed["details"], proven["details"]):
            return False
        claimed, proven = (
            {**link, "details": {key: value for key, value in link["details"].items() if key not in SEARCHED}}
            for link in (claimed, proven)
        )
    return json.dumps(claimed) == json.dumps(proven)


def _left_open(claimed: Mapping[str, Any], proven: Link) -> bool:
    """Whether the certificate leaves a link beyond the machine undecided that is not refuted now."""
    return claimed["result"] == "undecided" and proven.result != "differs"


def _shown(link: Link) -> str:
    """The result of a link with what shows it."""
    word = link.counterexample
    shown = "" if word is None else f", shortest counterexample: {' '.join(word[:32])}{' ...' * (len(word) > 32)}"
    fault = f", {link.details['fault']}" if "fault" in link.details else ""
    return f"{link.result}{fault}{shown}"


def _is_build(folder: Path) -> bool:
    """Whether a folder holds anything that only a build leaves."""
    return any((folder / name).exists() for name in (CORE_FILE, CHOICES_FILE, BUILD_FILE))
