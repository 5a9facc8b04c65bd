"""The certificate of a run folder: what it says, and that nothing can be changed unnoticed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from seqlogic.hard import HardNetwork
from seqlogic.machine import UNKNOWN, Alphabet, Machine, to_moore
from seqlogic.proof import Link, Side, check_certificate, prove_run, verdict_of, write_certificate
from seqlogic.proof.links import EXAMPLES_LINK, NETWORK_LINK, REFERENCE_LINK, RTL_LINK

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
ONCE = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], BIT, BIT)
STUCK = Machine([[0, 1], [1, 1]], [[0, 1], [1, 1]], BIT, BIT)


def write_run(folder: Path, machine: Machine = PARITY, reference: Machine | None = PARITY) -> Path:
    """Leave in a folder what a run leaves, certificate included."""
    folder.mkdir(exist_ok=True)
    write_machine(machine, folder / "machine.json")
    write_machine(machine, folder / "machine.kiss2")
    HardNetwork.from_machine(machine).save(folder / "hard.npz")
    if reference is not None:
        write_machine(reference, folder / "reference.json")
    (folder / "config.yaml").write_text("task: parity\n")
    (folder / "checkpoint").mkdir(exist_ok=True)
    (folder / "checkpoint" / "last.ckpt").write_bytes(bytes(range(32)))
    certify(folder)
    return folder


def certify(folder: Path, consistent: bool = True) -> str:
    others = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    files = [name for name in others if name != "certificate.json"]
    extra = {"task": "parity", "seed": 0, "date": "2026-01-01"}
    return write_certificate(folder, prove_run(folder), files, extra, consistent=consistent)


def content(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "certificate.json").read_text())


def sign(folder: Path, changed: dict[str, Any]) -> None:
    """Write a certificate as its forger would: the digests of all files and its own are right."""
    for name in changed["files"]:
        changed["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    changed.pop("sha256", None)
    text = json.dumps(changed, indent=2, ensure_ascii=False) + "\n"
    changed["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "certificate.json").write_text(json.dumps(changed, indent=2, ensure_ascii=False) + "\n")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


@pytest.fixture(scope="module")
def shared_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that every test leaves as it was."""
    return write_run(tmp_path_factory.mktemp("runs") / "run")


def test_an_exact_run(run: Path) -> None:
    said = content(run)
    assert list(said) == ["verdict", "consistent", "links", "files", "tool", "run", "sha256"]
    assert (said["verdict"], said["consistent"]) == ("exact", True)
    assert [(link["name"], link["result"]) for link in said["links"]] == [
        ("hard network = machine", "equal"),
        ("machine = reference", "equal"),
    ]
    assert said["links"][0]["left"] == {
        "what": "hard network",
        "file": "hard.npz",
        "digest": HardNetwork.from_machine(PARITY).digest,
    }
    assert said["links"][0]["details"] == {
        "network states": 2,
        "machine states": 2,
        "network entries": 4,
        "known": 4,
    }
    assert said["links"][1]["details"] == {"known": 4, "specified": 4}
    assert said["files"]["checkpoint/last.ckpt"] == hashlib.sha256(bytes(range(32))).hexdigest()
    assert said["run"] == {"task": "parity", "seed": 0, "date": "2026-01-01"}
    for path in (run, run / "certificate.json", str(run)):
        check = check_certificate(path)
        assert check.ok
        assert (check.verdict, check.findings) == ("exact", ())


def test_equal_runs_have_equal_certificates(run: Path, tmp_path: Path) -> None:
    again = write_run(tmp_path / "again")
    said = (run / "certificate.json").read_bytes()
    assert (again / "certificate.json").read_bytes() == said
    files = sorted(content(run)["files"], reverse=True)
    write_certificate(again, prove_run(again), files * 2, content(run)["run"], consistent=True)
    assert (again / "certificate.json").read_bytes() == said


@pytest.mark.parametrize(
    ("machine", "reference", "verdict"),
    [
        (ONCE, PARITY, "conforms"),
        (PARITY, ONCE, "conforms"),
        (ONCE, ONCE, "exact"),
        (STUCK, PARITY, "differs"),
        (PARITY, None, "undecided"),
        (to_moore(PARITY), PARITY, "exact"),
    ],
)
def test_verdicts(tmp_path: Path, machine: Machine, reference: Machine | None, verdict: str) -> None:
    run = write_run(tmp_path / "run", machine, reference)
    assert content(run)["verdict"] == verdict
    assert check_certificate(run).verdict == verdict
    assert check_certificate(run).ok


def test_what_does_not_reproduce_its_data_differs_whatever_the_links_say(run: Path) -> None:
    assert certify(run, consistent=False) == "differs"
    said = content(run)
    assert (said["verdict"], said["consistent"]) == ("differs", False)
    assert (check_certificate(run).ok, check_certificate(run).verdict) == (True, "differs")
    sign(run, said | {"verdict": "exact"})
    assert check_certificate(run).findings == ("verdict: says exact, is differs",)


def test_every_byte_of_the_certificate_counts(run: Path) -> None:
    path = run / "certificate.json"
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            found = bool(check_certificate(run).findings)
        except InputError:
            found = True
        assert found, f"byte {place} can be changed"


@given(st.data())
def test_every_byte_of_every_file_counts(shared_run: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(path for path in shared_run.rglob("*") if path.is_file())))
    before = path.read_bytes()
    place, change = data.draw(st.integers(0, len(before) - 1)), data.draw(st.integers(1, 255))
    path.write_bytes(before[:place] + bytes([before[place] ^ change]) + before[place + 1 :])
    try:
        findings = check_certificate(shared_run).findings
        assert path.name == "certificate.json" or findings[0].startswith(path.relative_to(shared_run).as_posix())
    except InputError:
        assert path.name == "certificate.json"
    finally:
        path.write_bytes(before)


def test_a_file_that_is_gone_is_found(run: Path) -> None:
    (run / "config.yaml").unlink()
    assert check_certificate(run).findings == ("config.yaml: is missing",)


def test_a_wrong_machine_with_fresh_hashes_is_found(run: Path) -> None:
    write_machine(STUCK, run / "machine.json")
    write_machine(STUCK, run / "machine.kiss2")
    sign(run, content(run))
    check = check_certificate(run)
    assert check.verdict == "differs"
    assert check.findings == (
        "link 'hard network = machine': says equal, is differs, shortest counterexample: 1 1",
        "link 'machine = reference': says equal, is differs, shortest counterexample: 1 1",
        "verdict: says exact, is differs",
    )


def test_a_wrong_network_with_fresh_hashes_is_found(run: Path) -> None:
    HardNetwork.from_machine(STUCK).save(run / "hard.npz")
    sign(run, content(run))
    assert check_certificate(run).findings == (
        "link 'hard network = machine': says equal, is differs, shortest counterexample: 1 1",
        "verdict: says exact, is differs",
    )


def test_an_equal_network_of_other_weights_is_found(run: Path) -> None:
    twice = Machine([[0, 1], [1, 2], [0, 1]], [[0, 1], [1, 0], [0, 1]], BIT, BIT)
    HardNetwork.from_machine(twice).save(run / "hard.npz")
    sign(run, content(run))
    assert check_certificate(run).findings == (
        "link 'hard network = machine': its digests, counterexample or details are not those proven again",
    )


def test_a_wrong_reference_with_fresh_hashes_is_found(run: Path) -> None:
    write_machine(ONCE, run / "reference.json")
    sign(run, content(run))
    assert check_certificate(run).findings == (
        "link 'machine = reference': says equal, is conforms",
        "verdict: says exact, is conforms",
    )


def test_a_wrong_kiss2_with_fresh_hashes_is_found(run: Path) -> None:
    write_machine(STUCK, run / "machine.kiss2")
    sign(run, content(run))
    assert check_certificate(run).findings == (
        "machine.kiss2: is not the machine of machine.json, their digests differ",
    )


def drop_link(said: dict[str, Any]) -> None:
    del said["links"][0]


def repeat_link(said: dict[str, Any]) -> None:
    said["links"].append(said["links"][0])


def invent_link(said: dict[str, Any]) -> None:
    said["links"].append(said["links"][0] | {"name": "gates = bitstream"})


def leave_out_evidence(said: dict[str, Any]) -> None:
    del said["files"]["hard.npz"]


def soften_verdict(said: dict[str, Any]) -> None:
    said["verdict"] = "conforms"


def change_method(said: dict[str, Any]) -> None:
    said["links"][1]["method"] = "A glance."


@pytest.mark.parametrize(
    ("forge", "finding"),
    [
        (drop_link, "link 'hard network = machine': can be proven, but is not in the certificate"),
        (repeat_link, "links: one of them stands twice"),
        (invent_link, "link 'gates = bitstream': cannot be proven from the files of the folder"),
        (leave_out_evidence, "hard.npz: is not listed in the certificate"),
        (soften_verdict, "verdict: says conforms, is exact"),
        (
            change_method,
            "link 'machine = reference': its digests, counterexample or details are not those proven again",
        ),
    ],
)
def test_a_forged_certificate_is_found(run: Path, forge: Callable[[dict[str, Any]], None], finding: str) -> None:
    said = content(run)
    forge(said)
    sign(run, said)
    assert check_certificate(run).findings == (finding,)


def test_evidence_that_is_not_listed_is_not_opened(run: Path) -> None:
    said = content(run)
    leave_out_evidence(said)
    sign(run, said)
    (run / "hard.npz").write_text("garbage")
    assert check_certificate(run).findings == ("hard.npz: is not listed in the certificate",)


def test_another_spelling_of_the_same_content_is_found(run: Path) -> None:
    said = content(run)
    path = run / "certificate.json"
    for text in (
        json.dumps(said),
        json.dumps(said, indent=2) + "\n\n",
        json.dumps(said, indent=2, sort_keys=True) + "\n",
    ):
        path.write_text(text)
        findings = check_certificate(run).findings
        assert findings[0] == "certificate.json: its bytes are not those that seqlogic writes for this content"


def test_evidence_that_cannot_be_read_is_a_finding(run: Path) -> None:
    (run / "machine.json").write_text("{")
    check = check_certificate(run)
    assert check.verdict == "undecided"
    assert check.findings[0] == "machine.json: does not have the SHA-256 that the certificate gives"
    assert check.findings[1].startswith("cannot be proven again: ")
    assert "machine.json:1: not JSON" in check.findings[1]


def test_a_file_that_is_not_listed_is_ignored(run: Path) -> None:
    (run / "notes.txt").write_text("mine")
    assert check_certificate(run).ok


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/hostname",
        "checkpoint/../../secret",
        "",
        ".",
        "a//b",
        "a\\b",
        "certificate.json",
        "a\0b",
        "a\x1b[2Jb",
    ],
)
def test_names_outside_the_folder_are_refused(run: Path, name: str) -> None:
    (run.parent / "secret").write_text("secret")
    said = content(run)
    said["files"][name] = "0" * 64
    (run / "certificate.json").write_text(json.dumps(said, indent=2) + "\n")
    with pytest.raises(InputError, match=r"certificate\.json: .* is not the name of another file of the folder$"):
        check_certificate(run)
    with pytest.raises(InputError, match="is not the name of another file"):
        write_certificate(run, prove_run(run), [*said["files"]], {}, consistent=True)


@pytest.mark.parametrize("place", ["config.yaml", "checkpoint"])
def test_symbolic_links_are_refused(run: Path, place: str) -> None:
    (run / place).rename(run.parent / "elsewhere")
    (run / place).symlink_to(run.parent / "elsewhere")
    with pytest.raises(InputError, match=r"is or passes a symbolic link, expected a plain file$"):
        check_certificate(run)


def test_a_folder_in_the_place_of_a_file_is_refused(run: Path) -> None:
    (run / "config.yaml").unlink()
    (run / "config.yaml").mkdir()
    with pytest.raises(InputError, match=r"'config\.yaml' is not a plain file$"):
        check_certificate(run)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not the JSON expected: Expecting value"),
        ("[" * 100_000, "not the JSON expected: "),
        ('{"verdict": NaN}', "not the JSON expected: "),
        ('{"verdict": "\\ud800"}', "not the JSON expected: "),
        ("[]", "expected the keys verdict, consistent, links, files, tool, run, sha256"),
        ('{"verdict": "exact"}', "expected the keys verdict, consistent, links, files, tool, run, sha256"),
    ],
)
def test_a_malformed_certificate_is_an_input_error(run: Path, text: str, message: str) -> None:
    (run / "certificate.json").write_text(text)
    with pytest.raises(InputError) as caught:
        check_certificate(run)
    assert "is no certificate: " + message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_no_certificate(run: Path) -> None:
    (run / "certificate.json").write_bytes(b"aig 1\n\x8c\x00")
    with pytest.raises(InputError, match=r"certificate\.json: is no certificate: it is not text, expected JSON$"):
        check_certificate(run)


LINK = {
    **dict.fromkeys(["name", "method", "result"], "x"),
    **{"left": {}, "right": {}, "counterexample": None, "details": {}},
}


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"verdict": "perfect"}, "expected a verdict out of exact, unique, conforms, differs, undecided"),
        ({"verdict": []}, "expected a verdict out of"),
        ({"consistent": 1}, "expected consistent as true, false or null"),
        ({"links": {}}, "expected a list of links"),
        ({"links": [{"name": "x"}]}, "expected a link of name, method"),
        ({"links": [LINK | {"result": "\x1b[2J"}]}, "expected the result of a link out of equal, conforms, differs"),
        ({"files": ["x"]}, "expected files with their SHA-256"),
        ({"files": {"x": 1}}, "expected a SHA-256 of 64 digits"),
        ({"sha256": "F" * 64}, "expected a SHA-256 of 64 digits"),
        ({"run": None}, "expected a tool and a run"),
    ],
)
def test_parts_of_the_wrong_type_are_input_errors(run: Path, part: dict[str, Any], message: str) -> None:
    (run / "certificate.json").write_text(json.dumps(content(run) | part))
    with pytest.raises(InputError, match=message):
        check_certificate(run)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.text(max_size=3)
    | st.sampled_from(["equal", "hard.npz", "\x1b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.data())
def test_any_other_value_of_a_claim_is_refused_or_found(shared_run: Path, data: st.DataObject) -> None:
    path = shared_run / "certificate.json"
    before = path.read_bytes()
    said = json.loads(before)
    place, key = said, data.draw(st.sampled_from(["verdict", "links"]))
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    kept, place[key] = place[key], data.draw(VALUES)
    try:
        sign(shared_run, said)
        findings = check_certificate(shared_run).findings
    except InputError:
        pass
    else:
        assert bool(findings) == (json.dumps(place[key]) != json.dumps(kept))
        assert all(finding.isprintable() for finding in findings)
    finally:
        path.write_bytes(before)


def test_no_certificate(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"certificate\.json: cannot be read: No such file or directory$"):
        check_certificate(tmp_path)


def test_evidence_must_be_among_the_files(run: Path) -> None:
    with pytest.raises(ValueError, match=r"^hard\.npz is not among the files of the certificate$"):
        write_certificate(run, prove_run(run), ["machine.kiss2", "machine.json", "reference.json"], {}, consistent=True)


def test_the_verdict_is_that_of_the_weakest_link() -> None:
    def link(name: str, result: str) -> Link:
        return Link(name, "", Side("", "", ""), Side("", "", ""), result, None, {})

    def verdict(network: str, reference: str) -> str:
        return verdict_of([link(NETWORK_LINK, network), link(REFERENCE_LINK, reference)], consistent=True)

    assert verdict("equal", "equal") == "exact"
    assert verdict("equal", "conforms") == "conforms"
    assert verdict("differs", "conforms") == verdict("equal", "differs") == "differs"
    for name in (NETWORK_LINK, REFERENCE_LINK):
        assert verdict_of([link(name, "equal")], consistent=True) == "undecided"
        assert verdict_of([link(name, "equal")], consistent=False) == "differs"
        assert verdict_of([link(name, "equal")], consistent=None) == "likely"
        assert verdict_of([link(name, "differs")], consistent=None) == "differs"
        assert verdict_of([link(name, "undecided")], consistent=None) == "undecided"
    whole = [link(NETWORK_LINK, "equal"), link(REFERENCE_LINK, "equal")]
    assert verdict_of(whole, consistent=None) == "exact"


@pytest.mark.parametrize(
    ("results", "consistent", "verdict"),
    [
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "unique"}, True, "unique"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "unique"}, False, "differs"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "unique"}, None, "likely"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "ambiguous"}, True, "undecided"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "undecided"}, True, "undecided"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "differs"}, True, "differs"),
        ({NETWORK_LINK: "differs", EXAMPLES_LINK: "unique"}, True, "differs"),
        # No other link is ever unique, and this one neither equal nor conforming.
        ({NETWORK_LINK: "unique", EXAMPLES_LINK: "unique"}, True, "undecided"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "equal"}, True, "undecided"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "conforms"}, True, "undecided"),
        ({EXAMPLES_LINK: "unique"}, True, "undecided"),
        ({EXAMPLES_LINK: "unique", RTL_LINK: "equal"}, True, "undecided"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "unique", RTL_LINK: "equal"}, True, "unique"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "unique", RTL_LINK: "conforms"}, True, "conforms"),
        ({NETWORK_LINK: "equal", EXAMPLES_LINK: "unique", RTL_LINK: "undecided"}, True, "undecided"),
        # A reference says more.
        ({NETWORK_LINK: "equal", REFERENCE_LINK: "equal", EXAMPLES_LINK: "unique"}, True, "exact"),
        ({NETWORK_LINK: "equal", REFERENCE_LINK: "conforms", EXAMPLES_LINK: "unique"}, True, "conforms"),
    ],
)
def test_the_only_machine_that_fits_is_less_than_exact(
    results: dict[str, str], consistent: bool | None, verdict: str
) -> None:
    links = [Link(name, "", Side("", "", ""), Side("", "", ""), result, None, {}) for name, result in results.items()]
    assert verdict_of(links, consistent) == verdict


def test_proofs_need_no_torch() -> None:
    code = "import sys; sys.modules['torch'] = None; import seqlogic.proof, seqlogic.hard, seqlogic.drawing"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
