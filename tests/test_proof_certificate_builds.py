"""The certificate of a build folder: links proven by who is handed in, and those that are only claimed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seqlogic.commands import check as check_command
from seqlogic.errors import InputError
from seqlogic.proof import (
    Claim,
    Link,
    NotProvenError,
    Prover,
    Side,
    add_link,
    check_certificate,
    prove_run,
    refuse_changes,
    verdict_of,
    write_certificate,
)
from seqlogic.proof.links import NETWORK_LINK, REFERENCE_LINK, RTL_LINK, SIMULATION_LINK
from tests.test_proof_certificate import PARITY, content, sign, write_run


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ({RTL_LINK: "equal"}, "exact"),
        ({RTL_LINK: "undecided"}, "undecided"),
        ({RTL_LINK: "differs"}, "differs"),
        ({RTL_LINK: "equal", SIMULATION_LINK: "equal"}, "exact"),
        ({RTL_LINK: "equal", SIMULATION_LINK: "differs"}, "differs"),
        ({RTL_LINK: "equal", SIMULATION_LINK: "splendid"}, "undecided"),
        ({SIMULATION_LINK: "equal"}, "undecided"),
        ({NETWORK_LINK: "equal", RTL_LINK: "equal"}, "undecided"),
        ({REFERENCE_LINK: "equal", RTL_LINK: "equal"}, "undecided"),
        ({NETWORK_LINK: "equal", REFERENCE_LINK: "equal", RTL_LINK: "equal"}, "exact"),
        ({NETWORK_LINK: "equal", REFERENCE_LINK: "equal", RTL_LINK: "undecided"}, "undecided"),
        ({NETWORK_LINK: "equal", REFERENCE_LINK: "conforms", RTL_LINK: "equal"}, "conforms"),
        ({}, "undecided"),
    ],
)
def test_the_verdict_on_a_build(results: dict[str, str], verdict: str) -> None:
    assert verdict_of([further(name, result) for name, result in results.items()], consistent=True) == verdict


def further(name: str, result: str = "equal", details: dict[str, Any] | None = None) -> Link:
    return Link(
        name, "A proof.", Side("machine", "machine.json", PARITY.digest), Side("", "", ""), result, None, details or {}
    )


def write_build(folder: Path, links: list[Link], *, learned: bool) -> Path:
    """Leave in a folder what a build leaves, of a learned machine or of one that was given."""
    write_run(folder)
    if not learned:
        for name in ("hard.npz", "reference.json"):
            (folder / name).unlink()
    (folder / "core.v").write_text("module core; endmodule\n")
    (folder / "implementation.json").write_text("{}\n")
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    files.remove("certificate.json")
    write_certificate(folder, [*prove_run(folder), *links], files, {}, consistent=True)
    return folder


def refuse(folder: Path) -> Link:
    raise NotProvenError("there is no simulator")


@pytest.mark.parametrize("learned", [True, False])
def test_the_links_of_a_build_are_proven_by_who_is_handed_in(tmp_path: Path, learned: bool) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK), further(SIMULATION_LINK)], learned=learned)
    assert content(build)["verdict"] == "exact"
    provers: dict[str, Prover] = {
        name: lambda _folder, name=name: further(name) for name in (RTL_LINK, SIMULATION_LINK)
    }
    check = check_certificate(build, provers)
    assert (check.verdict, check.findings, check.claims) == ("exact", (), ())
    assert [link.name for link in check.links][-2:] == [RTL_LINK, SIMULATION_LINK]

    check = check_certificate(build, provers | {SIMULATION_LINK: refuse})
    claim = Claim(SIMULATION_LINK, "equal", "there is no simulator")
    assert (check.verdict, check.findings, check.claims) == ("undecided", (), (claim,))
    # The verdict still has to be that of the links, with the claims as they stand.
    said = content(build)
    sign(build, said | {"verdict": "conforms"})
    assert check_certificate(build, provers | {SIMULATION_LINK: refuse}).findings == (
        "verdict: says conforms, is exact",
    )


def test_a_link_of_a_build_without_a_prover_is_a_claim(tmp_path: Path) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK)], learned=True)
    check = check_certificate(build)
    assert (check.ok, check.verdict) == (True, "undecided")
    assert check.claims == (Claim(RTL_LINK, "equal", "nobody was asked to prove it"),)
    slow = further(RTL_LINK, "undecided", {"reason": "no time"})
    assert check_certificate(build, {RTL_LINK: lambda _folder: slow}).claims == (Claim(RTL_LINK, "equal", "no time"),)


def test_a_link_of_a_build_that_its_prover_refutes_is_found(tmp_path: Path) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK)], learned=True)
    wrong = {RTL_LINK: lambda _folder: further(RTL_LINK, "differs")}
    assert check_certificate(build, wrong).findings == (
        "link 'machine = RTL': says equal, is differs",
        "verdict: says exact, is differs",
    )
    other = {RTL_LINK: lambda _folder: further(RTL_LINK, details={"states": 3})}
    assert check_certificate(build, other).findings == (
        "link 'machine = RTL': its digests, counterexample or details are not those proven again",
    )


def test_a_build_must_have_the_link_to_its_rtl(tmp_path: Path) -> None:
    build = write_build(tmp_path / "build", [], learned=True)
    missing = "link 'machine = RTL': is not in the certificate, and a build must have it"
    assert check_certificate(build).findings == (missing,)
    said = content(build)
    del said["files"]["core.v"]
    sign(build, said)
    assert check_certificate(build).findings == ("core.v: is not listed in the certificate", missing)


@pytest.mark.parametrize("left", ["core.v", "implementation.json", "build.json"])
def test_what_a_build_leaves_makes_a_build(tmp_path: Path, left: str) -> None:
    folder = write_run(tmp_path / "run")
    assert (check_certificate(folder).ok, check_certificate(folder).build) == (True, False)
    (folder / left).write_text("{}\n")
    said = content(folder)
    said["files"][left] = ""
    sign(folder, said | {"files": dict(sorted(said["files"].items()))})
    check = check_certificate(folder)
    assert check.build
    assert check.findings == ("link 'machine = RTL': is not in the certificate, and a build must have it",)


def without_a_simulator(folder: Path) -> Link:
    raise NotProvenError("g++ is missing")


def test_the_command_says_what_was_not_proven_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK), further(SIMULATION_LINK)], learned=True)
    monkeypatch.setitem(check_command.PROVERS, RTL_LINK, lambda _folder: further(RTL_LINK))
    monkeypatch.setitem(check_command.PROVERS, SIMULATION_LINK, without_a_simulator)
    assert check_command.main([str(build)]) == 3
    said = capsys.readouterr().out.splitlines()
    assert said[-3] == "RTL = simulated SoC: the certificate says equal; not proven again here: g++ is missing"
    assert said[-2].startswith("not proven: that the SoC in the bitstream")
    assert said[-1] == "undecided: every file is as it was written, but 1 link is not proven again here"
    (build / "config.yaml").unlink()
    assert check_command.main([str(build)]) == 1


def test_the_command_prints_the_claim_of_the_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated = further(SIMULATION_LINK, details={"claim": "detects every fault"})
    build = write_build(tmp_path / "build", [further(RTL_LINK), simulated], learned=True)
    monkeypatch.setitem(check_command.PROVERS, RTL_LINK, lambda _folder: further(RTL_LINK))
    monkeypatch.setitem(check_command.PROVERS, SIMULATION_LINK, lambda _folder: simulated)
    assert check_command.main([str(build)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[said.index("  the suite detects every fault") - 1].startswith("RTL = simulated SoC: equal")


@pytest.mark.parametrize("error", [ValueError("no\nsense"), KeyError("asked"), MemoryError()])
def test_a_prover_that_stumbles_leaves_a_claim(tmp_path: Path, error: Exception) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK)], learned=True)

    def stumble(_folder: Path) -> Link:
        raise error

    check = check_certificate(build, {RTL_LINK: stumble})
    assert (check.ok, check.verdict, len(check.claims)) == (True, "undecided", 1)
    assert "\n" not in check.claims[0].why != ""


def test_a_link_that_stands_twice_is_found(tmp_path: Path) -> None:
    links = [further(RTL_LINK), further(SIMULATION_LINK), further(SIMULATION_LINK)]
    build = write_build(tmp_path / "build", links, learned=True)
    provers: dict[str, Prover] = {name: lambda _, name=name: further(name) for name in (RTL_LINK, SIMULATION_LINK)}
    assert check_certificate(build, provers).findings == ("links: one of them stands twice",)


@pytest.mark.parametrize(("now", "verdict"), [("equal", "exact"), ("conforms", "conforms"), ("undecided", "undecided")])
def test_what_was_undecided_may_be_proven_later(tmp_path: Path, now: str, verdict: str) -> None:
    slow = further(RTL_LINK, "undecided", {"reason": "no time"})
    build = write_build(tmp_path / "build", [slow], learned=True)
    assert content(build)["verdict"] == "undecided"
    check = check_certificate(build, {RTL_LINK: lambda _: further(RTL_LINK, now, {"reason": "less time"})})
    assert (check.verdict, check.findings) == (verdict, ())
    assert check.notes == (() if now == "undecided" else (f"{RTL_LINK}: the certificate says undecided; now {now}",))
    # It may not say more than it proved then, nor be of something else.
    sign(build, content(build) | {"verdict": "conforms"})
    assert check_certificate(build, {RTL_LINK: lambda _: further(RTL_LINK, now)}).findings == (
        f"verdict: says conforms, is {verdict}",
    )
    other = replace(further(RTL_LINK, now), right=Side("", "", "0"))
    assert f"link {RTL_LINK!r}: its digests are not those proven again" in (
        check_certificate(build, {RTL_LINK: lambda _: other}).findings
    )
    refuted = further(RTL_LINK, "differs")
    assert f"link {RTL_LINK!r}: says undecided, is differs" in (
        check_certificate(build, {RTL_LINK: lambda _: refuted}).findings
    )


def test_no_link_is_added_to_a_certificate_that_was_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK)], learned=True)
    before = (build / "certificate.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            add_link(build, further(SIMULATION_LINK))
    assert (build / "certificate.json").read_bytes() == before
    assert not list(build.glob(".certificate*"))
    changed = before.replace(b'"seed": 0', b'"seed": 1').replace(b'"consistent": true', b'"consistent": false')
    assert changed != before
    (build / "certificate.json").write_bytes(changed)
    with pytest.raises(InputError, match="does not have the SHA-256 that it gives for itself"):
        add_link(build, further(SIMULATION_LINK))
    assert (build / "certificate.json").read_bytes() == changed


def test_without_gateware_tools_the_link_to_the_rtl_is_a_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK)], learned=True)
    monkeypatch.delitem(sys.modules, "fpga.proof", raising=False)
    monkeypatch.setitem(sys.modules, "fpga.core", None)
    check = check_certificate(build, check_command.PROVERS)
    assert check.verdict == "undecided"
    assert check.claims[0].why.endswith("is not installed; install the extra `sim`")


def test_a_link_is_added_and_replaced_with_its_files(tmp_path: Path) -> None:
    build = write_build(tmp_path / "build", [further(RTL_LINK)], learned=True)
    (build / "simulated.v").write_text("module soc;")
    assert add_link(build, further(SIMULATION_LINK, "differs"), ["simulated.v"]) == "differs"
    assert add_link(build, further(SIMULATION_LINK), ["simulated.v"]) == "exact"
    assert [link["name"] for link in content(build)["links"]][-2:] == [RTL_LINK, SIMULATION_LINK]
    provers: dict[str, Prover] = {name: lambda _, name=name: further(name) for name in (RTL_LINK, SIMULATION_LINK)}
    assert check_certificate(build, provers).verdict == "exact"
    assert refuse_changes(build) == content(build)
    (build / "simulated.v").write_text("module other;")
    message = r"was changed since its certificate was written: simulated\.v: does not have the SHA-256"
    with pytest.raises(InputError, match=message):
        refuse_changes(build)
    assert not check_certificate(build, provers).ok
