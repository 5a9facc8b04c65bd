"""What a run leaves, and how it ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from seqlogic.cli import main
from seqlogic.formats import read_machine
from seqlogic.proof import check_certificate
from tests.training import contents, train_into

LEFT = {
    "certificate.json",
    "config.yaml",
    "hard.npz",
    "machine.json",
    "machine.kiss2",
    "machine.svg",
    "metrics.csv",
    "model.ckpt",
    "reference.json",
    "report.html",
    "tensorboard",
}

TWO_BITS = ".i 1\n.o 2\n.r a\n0 a a 00\n1 a b 01\n0 b b 11\n1 b a 10\n.e\n"
PARTIAL = ".i 1\n.o 2\n.r a\n0 a b 00\n1 a a 1-\n0 b a 01\n1 b c --\n0 c a 11\n.e\n"


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("train") / "parity"
    assert train_into(run) == 0
    return run


def test_a_run_leaves_all_that_the_design_lists(parity: Path) -> None:
    assert {entry.name for entry in parity.iterdir()} == LEFT
    assert {entry.name for entry in parity.parent.iterdir()} == {"parity"}
    assert read_machine(parity / "machine.kiss2").digest == read_machine(parity / "machine.json").digest
    rows = list(csv.DictReader((parity / "metrics.csv").open()))
    assert list(rows[0]) == [
        "step", "attempt", "capacity", "rung", "soft_loss", "hard_error", "soft_hard_gap", "states",
    ]  # fmt: skip
    assert float(rows[-1]["hard_error"]) == 0


def test_the_certificate_covers_every_file(parity: Path) -> None:
    content = json.loads((parity / "certificate.json").read_text())
    files = {path.relative_to(parity).as_posix() for path in parity.rglob("*") if path.is_file()}
    assert set(content["files"]) == files - {"certificate.json"}
    assert [link["result"] for link in content["links"]] == ["equal", "equal"]
    assert content["run"]["seed"] == 0


@pytest.mark.parametrize("name", sorted(LEFT - {"tensorboard"}))
def test_one_changed_byte_breaks_the_certificate(parity: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(parity)]) == 0
    data = (parity / name).read_bytes()
    middle = len(data) // 2
    try:
        (parity / name).write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
        assert main(["check", str(parity)]) in ((1, 2) if name == "certificate.json" else (1,))
    finally:
        (parity / name).write_bytes(data)
    assert name in "".join(capsys.readouterr())


def test_the_same_seed_gives_the_same_bytes(parity: Path, tmp_path: Path) -> None:
    assert train_into(tmp_path / "again") == 0
    assert contents(tmp_path / "again") == contents(parity)
    assert train_into(tmp_path / "other", "--seed_everything", "1") == 0
    assert contents(tmp_path / "other")["metrics.csv"] != contents(parity)["metrics.csv"]
    assert contents(tmp_path / "other")["machine.kiss2"] == contents(parity)["machine.kiss2"]


def test_the_saved_configuration_repeats_the_run(parity: Path, tmp_path: Path) -> None:
    assert train_into(tmp_path / "again", config=str(parity / "config.yaml")) == 0
    assert contents(tmp_path / "again") == contents(parity)


def test_a_run_that_is_not_exact_leaves_the_earlier_one_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert train_into(run) == 0
    before = contents(run)
    capsys.readouterr()
    assert train_into(run, "--trainer.max_epochs", "1", config="mod16") == 1
    said = capsys.readouterr().out
    assert "not exact: no machine reproduced the data within the step budget (5 steps" in said
    assert "machine = reference: differs" in said
    assert "shortest counterexample:\n  input     1 1 1" in said
    assert contents(run) == before
    assert {entry.name for entry in tmp_path.iterdir()} == {"run", "run.failed"}
    assert check_certificate(tmp_path / "run.failed").verdict == "differs"


def test_data_without_a_reference_are_undecided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.txt").write_text("0 1 1 0 1\t0 1 0 0 1\n1 1 1 0\t1 0 1 1\n")
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt")]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 3
    assert "undecided: there is no reference" in capsys.readouterr().out
    assert {entry.name for entry in (tmp_path / "run.failed").iterdir()} == LEFT - {"reference.json"}


def test_what_was_never_observed_makes_it_conform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reference.kiss2").write_text(".i 1\n.o 1\n.r a\n0 a a 0\n1 a b 1\n0 b b 1\n1 b a 0\n.e\n")
    (tmp_path / "data.txt").write_text("0 0 1 0 0\t0 0 1 1 1\n0 1 0\t0 1 1\n")
    files = ["--data.file", str(tmp_path / "data.txt"), "--data.reference_file", str(tmp_path / "reference.kiss2")]
    assert main(["train", "--data", "datamodules.FileData", *files, "--run", str(tmp_path / "run")]) == 3
    said = capsys.readouterr().out
    assert "machine = reference: conforms" in said
    assert "3 of 4 entries of reference are known in machine" in said
    assert check_certificate(tmp_path / "run.failed").verdict == "conforms"


@pytest.mark.parametrize("text", [TWO_BITS, PARTIAL])
def test_a_machine_file_is_learned_in_its_own_bits(tmp_path: Path, text: str) -> None:
    (tmp_path / "given.kiss2").write_text(text)
    run = tmp_path / "run"
    assert train_into(run, "--data.task.file", str(tmp_path / "given.kiss2"), config="machine") == 0
    given, learned = read_machine(tmp_path / "given.kiss2"), read_machine(run / "machine.kiss2")
    assert learned.outputs.bits == 2
    assert learned.digest == given.digest == read_machine(run / "machine.json").digest
    assert main(["prove", str(run / "machine.kiss2"), str(tmp_path / "given.kiss2")]) == 0
    check = check_certificate(run)
    assert (check.verdict, check.findings) == ("exact", ())


def test_bits_that_were_not_observed_only_conform(tmp_path: Path) -> None:
    (tmp_path / "given.kiss2").write_text(TWO_BITS)
    # The input law is uniform; of one symbol of each word, half of the table is never seen.
    limits = ["--data.max_length", "1", "--data.sequences", "20"]
    assert train_into(
        tmp_path / "run", "--data.task.file", str(tmp_path / "given.kiss2"), *limits, config="machine"
    ) in (1, 3)
    assert read_machine(tmp_path / "run.failed" / "machine.kiss2").outputs.bits == 2
    assert check_certificate(tmp_path / "run.failed").ok
