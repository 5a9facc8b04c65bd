"""The link from a machine to its examples: what it says, and that a check proves it again from the folder alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqlogic.cli import main
from seqlogic.examples import Examples
from seqlogic.formats import write_machine
from seqlogic.hard import HardNetwork
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof import (
    Claim,
    Link,
    Uniqueness,
    check_certificate,
    examples,
    prove_run,
    uniqueness,
    write_certificate,
)
from seqlogic.proof.examples import examples_link, leave_examples, prove_examples, told
from seqlogic.proof.links import EXAMPLES_LINK, RTL_LINK
from tests.test_proof_certificate import content, sign
from tests.test_proof_certificate_builds import further

Asked = Callable[[Machine, Examples, float], Uniqueness]
BIT = Alphabet.of(["0", "1"])
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
ONCE = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], BIT, BIT)
LATE = "whether another machine of at most 2 states fits was not found out in the time limit"
FEW = [[0, 1, 1, 0, 1], [1, 1, 1, 0]]


def seen(machine: Machine, words: list[list[int]]) -> Examples:
    """What a machine answers to words."""
    padded = np.full((len(words), max(map(len, words))), UNKNOWN, dtype=np.int32)
    for row, word in enumerate(words):
        padded[row, : len(word)] = word
    return Examples(padded, machine.run(padded)[0], machine.inputs, machine.outputs)


ALL = seen(PARITY, [[word >> bit & 1 for bit in range(6)] for word in range(64)])


def write_run(
    folder: Path, machine: Machine, data: Examples, links: tuple[Link, ...] = (), asked: Asked = uniqueness
) -> Path:
    """Leave in a folder what a run without a reference leaves, certificate included."""
    folder.mkdir()
    write_machine(machine, folder / "machine.json")
    write_machine(machine, folder / "machine.kiss2")
    HardNetwork.from_machine(machine).save(folder / "hard.npz")
    leave_examples(folder, machine, data)
    proven = (*prove_run(folder), examples_link(machine, data, asked(machine, data, 60)), *links)
    files = [path.name for path in folder.iterdir()]
    write_certificate(folder, proven, files, {}, consistent=True)
    return folder


def link_of(said: dict[str, Any]) -> dict[str, Any]:
    """The link to the examples in a certificate."""
    return next(link for link in said["links"] if link["name"] == EXAMPLES_LINK)


def hurried(machine: Machine, data: Examples, limit: float) -> Uniqueness:
    """What `uniqueness` finds out where the time is too short."""
    return replace(uniqueness(machine, data, limit), unique=None, wider=None, rival=None, word=None)


def resign(folder: Path, result: str | None = None, verdict: str | None = None, **details: object) -> None:
    """Change what a certificate says of the examples, all digests being right; None takes a detail away."""
    said = content(folder)
    link, words = link_of(said), {key.replace("_", " "): value for key, value in details.items()}
    link["result"] = result or link["result"]
    link["details"] = {key: value for key, value in (link["details"] | words).items() if value is not None}
    sign(folder, said | {"verdict": verdict or said["verdict"]})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", PARITY, ALL)


def test_the_only_machine_that_fits(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = content(run)
    assert said["verdict"] == "unique"
    link = link_of(said)
    assert (link["result"], link["left"]["digest"], link["right"]["digest"]) == ("unique", PARITY.digest, ALL.digest)
    assert link["details"] == {
        "states": 2,
        "entries": 4,
        "entries that are unknown, in whole or in part": 0,
        "observed outputs": 384,
        "only one of at most": 3,
    }
    check = check_certificate(run)
    assert (check.verdict, check.findings, check.claims, check.notes) == ("unique", (), (), ())
    assert main(["check", str(run)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].startswith("machine = only one that fits: unique  (")
    assert printed[2] == "  it is the only machine of at most 3 states that fits the data"
    assert printed[3] == "unique, and every file is as it was written"


def test_equal_data_give_equal_certificates(run: Path, tmp_path: Path) -> None:
    again = write_run(tmp_path / "again", PARITY, ALL)
    assert (again / "certificate.json").read_bytes() == (run / "certificate.json").read_bytes()


def test_what_is_not_known_of_the_machine_is_told(tmp_path: Path) -> None:
    data = seen(ONCE, [[0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0]])
    folder = write_run(tmp_path / "run", ONCE, data)
    assert content(folder)["verdict"] == "unique"
    assert told(prove_examples(folder)).endswith(
        " that fits the data; 1 of its 4 entries stay unknown, in whole or in part"
    )
    assert check_certificate(folder).ok


def test_what_is_known_in_part_counts_as_unknown() -> None:
    partly = Machine(PARITY.next_state, [[0, 1], [1, UNKNOWN]], BIT, BIT)
    data = seen(partly, [[0, 1, 1, 0, 1], [1, 1, 1, 0, 1], [0, 0, 1, 0, 1], [1, 0, 1, 0, 0]])
    link = examples_link(partly, data, uniqueness(partly, data))
    assert told(link) == (
        "it is the only machine of at most 2 states that fits the data; 1 of its 4 entries stay unknown, in whole or "
        "in part"
    )


def test_another_machine_leaves_it_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run(tmp_path / "run", PARITY, seen(PARITY, FEW))
    said = content(folder)
    link = link_of(said)
    assert (said["verdict"], link["result"], link["counterexample"]) == ("undecided", "ambiguous", None)
    assert link["details"]["another one of"] == 2
    assert main(["check", str(folder)]) == 3
    word = " ".join(link["details"]["record next"])
    assert f"\n  another machine of 2 states fits as well; record next: {word}\n" in capsys.readouterr().out
    # That it is there may take its time to be found again, and it can be no more than that.
    with monkeypatch.context() as patch:
        patch.setattr(examples, "uniqueness", hurried)
        check = check_certificate(folder)
        assert (check.verdict, check.findings) == ("undecided", ())
        assert check.claims == (Claim(EXAMPLES_LINK, "ambiguous", LATE),)
    resign(folder, "unique", "unique", only_one_of_at_most=2, another_one_of=None, record_next=None)
    assert check_certificate(folder).findings == (
        f"link {EXAMPLES_LINK!r}: says unique, is ambiguous",
        "verdict: says unique, is undecided",
    )


def test_a_machine_that_does_not_fit_differs(run: Path) -> None:
    text = (run / "examples.txt").read_text()
    assert "0 1 1 0 1 1\t0 1 0 0 1 0\n" in text
    (run / "examples.txt").write_text(text.replace("0 1 1 0 1 1\t0 1 0 0 1 0\n", "0 1 1 0 1 1\t0 1 - 1 1 0\n"))
    check = check_certificate(run)
    assert check.findings[0] == "examples.txt: does not have the SHA-256 that the certificate gives"
    sign(run, content(run))
    check = check_certificate(run)
    assert check.verdict == "differs"
    assert check.findings == (
        f"link {EXAMPLES_LINK!r}: says unique, is differs, shortest counterexample: 0 1 1 0",
        "verdict: says unique, is differs",
    )
    details = check.links[-1].details
    assert (details["left answers"], details["right answers"]) == (["0", "1", "0", "0"], ["0", "1", "-", "1"])


def test_other_examples_that_the_machine_fits_are_found(run: Path) -> None:
    text = (run / "examples.txt").read_text()
    (run / "examples.txt").write_text(text + text.splitlines()[0] + "\n")
    sign(run, content(run))
    assert check_certificate(run).findings == (
        f"link {EXAMPLES_LINK!r}: its digests, counterexample or details are not those proven again",
    )


def test_fewer_examples_are_not_enough(run: Path) -> None:
    (run / "examples.txt").write_text("0 1\t0 1\n")
    sign(run, content(run))
    assert f"link {EXAMPLES_LINK!r}: says unique, is ambiguous" in check_certificate(run).findings


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("2\t0\n", "examples.txt:1: unknown symbol '2', expected one of: 0 1"),
        ("0 1\n", "examples.txt:1: expected input symbols, one tab, output symbols"),
        (None, "examples.txt: cannot be read (No such file or directory)"),
    ],
)
def test_examples_that_cannot_be_read_are_found(run: Path, text: str | None, finding: str) -> None:
    if text is None:
        (run / "examples.txt").unlink()
        said = content(run)
        del said["files"]["examples.txt"]
        sign(run, said)
    else:
        (run / "examples.txt").write_text(text)
        sign(run, content(run))
    check = check_certificate(run)
    assert check.verdict == "undecided"
    assert check.findings[0].startswith("cannot be proven again: ")
    assert check.findings[0].endswith(finding)


def test_examples_must_be_listed(run: Path) -> None:
    said = content(run)
    del said["files"]["examples.txt"]
    sign(run, said)
    assert check_certificate(run).findings == ("examples.txt: is not listed in the certificate",)


def test_what_is_not_proven_in_the_time_is_a_claim(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = []

    def watched(machine: Machine, data: Examples, limit: float) -> Uniqueness:
        limits.append(limit)
        return hurried(machine, data, limit)

    monkeypatch.setattr(examples, "uniqueness", watched)
    check = check_certificate(run)
    assert (check.verdict, check.findings) == ("undecided", ())
    assert check.claims == (Claim(EXAMPLES_LINK, "unique", LATE),)
    assert main(["check", str(run), "--limit", "1e-9"]) == 3
    assert limits == [60, 1e-9]
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"{EXAMPLES_LINK}: the certificate says unique; not proven again here: {LATE}",
        "undecided: every file is as it was written, but 1 link is not proven again here",
    ]
    assert main(["check", str(run), "--limit", "0"]) == 2
    assert "--limit: 0 seconds, expected more than 0" in capsys.readouterr().err
    # What a digest shows needs no time.
    with (run / "examples.txt").open("a") as file:
        file.write("0 1\t0 1\n")
    assert main(["check", str(run), "--limit", "1e-9"]) == 1


def test_the_claim_of_one_state_more_needs_its_own_proof(run: Path) -> None:
    link = prove_examples(run)

    def no_further(_folder: Path) -> Link:
        return replace(link, details=dict(link.details) | {"only one of at most": 2})

    assert check_certificate(run, {EXAMPLES_LINK: no_further}).claims == (
        Claim(EXAMPLES_LINK, "unique", "whether one of a state more fits was not found out in the time limit"),
    )
    # And one that says less than is proven now is right.
    resign(run, only_one_of_at_most=2)
    check = check_certificate(run)
    assert (check.verdict, check.findings, check.claims) == ("unique", (), ())


def test_what_was_undecided_may_be_proven_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(tmp_path / "run", PARITY, ALL, asked=hurried)
    said = content(folder)
    assert (said["verdict"], link_of(said)["result"]) == ("undecided", "undecided")
    assert link_of(said)["details"]["reason"] == LATE
    check = check_certificate(folder)
    assert (check.verdict, check.findings) == ("unique", ())
    assert check.notes == (f"{EXAMPLES_LINK}: the certificate says undecided; now unique",)
    monkeypatch.setattr(examples, "uniqueness", hurried)
    check = check_certificate(folder)
    assert (check.verdict, check.findings, check.claims, check.notes) == ("undecided", (), (), ())
    # Whatever its reason says, it is of these examples.
    said = content(folder)
    link_of(said)["right"]["digest"] = "0" * 64
    sign(folder, said)
    assert check_certificate(folder).findings == (f"link {EXAMPLES_LINK!r}: its digests are not those proven again",)


@pytest.mark.parametrize(
    "details",
    [
        {"only_one_of_at_most": 4},
        {"only_one_of_at_most": "many"},
        {"only_one_of_at_most": True},
        {"only_one_of_at_most": -1},
        {"another_one_of": 3},
        {"another_one_of": 2},
        {"states": 3},
        {"observed_outputs": 1000},
    ],
)
def test_forged_details_are_found(run: Path, details: dict[str, Any]) -> None:
    resign(run, **details)
    assert check_certificate(run).findings == (
        f"link {EXAMPLES_LINK!r}: its digests, counterexample or details are not those proven again",
    )


def test_a_build_of_a_unique_machine_is_unique(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "build", PARITY, ALL, (further(RTL_LINK),))
    assert content(folder)["verdict"] == "unique"
    check = check_certificate(folder, {RTL_LINK: lambda _: further(RTL_LINK)})
    assert (check.verdict, check.findings, check.claims) == ("unique", (), ())
    assert [link.name for link in check.links][-2:] == [EXAMPLES_LINK, RTL_LINK]


def test_examples_that_a_file_cannot_hold_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = Alphabet.of(["#0", "1"])
    machine = Machine(PARITY.next_state, PARITY.output, hashed, BIT)
    with pytest.raises(ValueError, match=r"^symbol '#0' cannot stand in an example file$"):
        leave_examples(tmp_path, machine, seen(machine, FEW))
    with pytest.raises(ValueError, match=r"^they are in other alphabets than the machine$"):
        leave_examples(tmp_path, machine, seen(PARITY, FEW))
    leave_examples(tmp_path, PARITY, seen(PARITY, FEW))
    size = (tmp_path / "examples.txt").stat().st_size
    monkeypatch.setattr(examples, "LARGEST", size - 1)
    with pytest.raises(ValueError, match=r"^they take more than 0 MiB$"):
        leave_examples(tmp_path, PARITY, seen(PARITY, FEW))
    # What is far too much is not written out first.
    monkeypatch.setattr(examples, "LARGEST", 20)
    with pytest.raises(ValueError, match=r"^they take more than 0 MiB$"):
        leave_examples(tmp_path, machine, seen(machine, FEW))


def test_a_file_that_is_too_large_is_not_read(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "LARGEST", 1000)
    assert (run / "examples.txt").stat().st_size > 1000
    assert "bytes, expected at most 1000" in check_certificate(run).findings[0]


def test_padding_and_sequences_of_no_symbol_do_not_count(tmp_path: Path) -> None:
    data = seen(PARITY, FEW)
    words = np.pad(data.words, ((1, 0), (0, 3)), constant_values=UNKNOWN)
    padded = Examples(words, np.pad(data.answers, ((1, 0), (0, 3)), constant_values=UNKNOWN), BIT, BIT)
    assert padded.digest == data.digest
    folder = write_run(tmp_path / "run", PARITY, padded)
    assert prove_examples(folder).right.digest == padded.digest
    assert check_certificate(folder).ok
