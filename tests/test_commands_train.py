"""What a run leaves, and how it ends."""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqlogic.cli import main
from seqlogic.commands.train import prepare
from seqlogic.configurations import shipped
from seqlogic.formats import read_machine
from seqlogic.proof import check_certificate
from tests.captures import capture
from tests.training import contents, train_into

LEFT = {
    ".seqlogic-run",
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
    assert "no machine reproduced the data within the step budget (5 steps, 1 attempt, " in said
    assert "\ndiffers: not exact, the machine contradicts its training data, digest " in said
    assert "\nshortest wrong beginning of a training sequence (sequence " in said
    assert "replaces" not in said
    assert "machine = reference: differs" in said
    assert "shortest counterexample:\n  input     1 1 1" in said
    assert contents(run) == before
    assert {entry.name for entry in tmp_path.iterdir()} == {"run", "run.failed"}
    assert check_certificate(tmp_path / "run.failed").verdict == "differs"


def test_data_without_a_reference_are_undecided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "0 1 1 0 1\t0 1 0 0 1\n1 1 1 0\t1 0 1 1\n"
    (tmp_path / "data.txt").write_text(text)
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt"), "--registers", "table"]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 3
    said = capsys.readouterr().out
    machine = read_machine(tmp_path / "run.failed" / "machine.kiss2")
    assert (
        "\nundecided: there is no reference; the machine reproduces all training data, and no smaller machine does, "
        f"digest {machine.digest[:16]}\n  minimal: proven, every machine that fits has at least 2 states\n"
    ) in said
    # So few examples leave another machine: the word that tells them apart is to be recorded.
    assert "\n  not unique: another machine of 2 states fits as well (" in said
    facts = json.loads((tmp_path / "run.failed" / "certificate.json").read_text())["run"]["what the data prove"]
    assert f"\n    record next: {' '.join(facts['record next'])}\n" in said
    assert facts["no machine of fewer than 2 states"] is True
    assert facts["the only machine of at most 2 states"] is False
    page = (tmp_path / "run.failed" / "report.html").read_text(encoding="utf-8")
    assert "not unique: another machine of 2 states fits as well" in page
    assert re.search(r"\d\u00d7</text>", page)
    assert "\n  machine = only one that fits: ambiguous\n" in said
    assert (tmp_path / "run.failed" / "examples.txt").read_text() == text
    assert main(["check", str(tmp_path / "run.failed")]) == 3
    assert main(["train", *data, "--run", str(tmp_path / "run"), "--uniqueness", "0"]) == 3
    assert "minimal" not in capsys.readouterr().out
    assert main(["train", *data, "--run", str(tmp_path / "run"), "--uniqueness", "-1"]) == 2
    assert capsys.readouterr().err == "seqlogic train: --uniqueness is -1 seconds, expected at least 0\n"
    assert {entry.name for entry in (tmp_path / "run.failed").iterdir()} == LEFT - {"reference.json"}


ENOUGH = "0 1 1 0 1\t0 1 0 0 1\n1 1 1 0\t1 0 1 1\n0 0 1 0 1\t0 0 1 1 0\n"
"""What leaves no other machine of two states than that of the parity."""


def test_data_that_leave_one_machine_prove_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.txt").write_text(ENOUGH)
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt"), "--registers", "table"]
    run = tmp_path / "run"
    assert main(["train", *data, "--run", str(run), "--uniqueness", "0"]) == 3
    assert main(["train", *data, "--run", str(run)]) == 0
    said = capsys.readouterr().out
    digest = read_machine(run / "machine.kiss2").digest
    assert (
        "\n  machine = only one that fits: unique\nunique: it is the only machine of at most 2 states that fits" in said
    )
    assert f"that fits the data, digest {digest[:16]}\n  minimal: proven, every machine" in said
    # What was undecided before is out of the way, as after an exact run.
    assert {entry.name for entry in tmp_path.iterdir()} == {"data.txt", "run"}
    assert {entry.name for entry in run.iterdir()} == LEFT - {"reference.json"} | {"examples.txt"}
    certificate = json.loads((run / "certificate.json").read_text())
    assert (certificate["verdict"], certificate["consistent"]) == ("unique", True)
    assert certificate["links"][1]["right"]["digest"] == certificate["run"]["SHA-256 of the examples"]
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "<b>Unique:</b> it is the only machine of at most 2 states that fits the data</span>" in page
    assert main(["check", str(run)]) == 0
    before = (run / "certificate.json").read_bytes()
    assert main(["train", *data, "--run", str(run)]) == 0
    assert "replaces" not in capsys.readouterr().out
    now, then = json.loads((run / "certificate.json").read_bytes()), json.loads(before)
    assert now["links"] == then["links"]


def test_a_unique_run_takes_the_place_of_no_exact_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.txt").write_text(ENOUGH)
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt"), "--run", str(tmp_path / "run")]
    assert main(["train", *data]) == 0
    assert main(["train", *data, "--seed_everything", "1"]) == 0
    assert "\nreplaces an earlier unique run with other arguments\n" in capsys.readouterr().out
    assert train_into(tmp_path / "run") == 0
    assert "\nreplaces an earlier unique run with other arguments\n" in capsys.readouterr().out
    before = contents(tmp_path / "run")
    for stays in ("it is exact", "its certificate cannot be read"):
        assert main(["train", *data]) == 0
        said = capsys.readouterr().out
        assert f"\nthe run in {tmp_path / 'run'} stays: {stays}" in said
        assert f"\nsee {tmp_path / 'run.failed' / 'report.html'}\n" in said
        assert contents(tmp_path / "run") == before
        assert check_certificate(tmp_path / "run.failed").verdict == "unique"
        (tmp_path / "run" / "certificate.json").write_text("{}")


def test_examples_that_no_file_holds_leave_it_undecided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.csv").write_text("run,in,odd\n1,#a,0\n1,b,1\n1,b,0\n1,#a,0\n1,b,1\n1,#a,1\n1,b,0\n")
    columns = ["--data.input_columns", "[in]", "--data.output_columns", "[odd]", "--data.sequence_column", "run"]
    files = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.csv"), *columns]
    assert main(["train", *files, "--run", str(tmp_path / "run")]) == 3
    said = capsys.readouterr().out
    assert (
        "\nthe certificate has no link to the examples, which the run folder cannot hold: symbol '#a' cannot stand"
        in said
    )
    assert "machine = only one" not in said
    assert not (tmp_path / "run.failed" / "examples.txt").exists()
    assert main(["check", str(tmp_path / "run.failed")]) == 3


@pytest.mark.parametrize("name", ["x.csv", "x.vcd", "x.abb"])
def test_examples_of_other_formats_are_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    words = [word for length in range(6) for word in itertools.product((0, 1), repeat=length)]
    steps = []
    for word in words:
        steps += ["1xx", *(f"0{bit}{sum(word[:t]) % 2}" for t, bit in enumerate(word, start=1))]
    signals = ("rst", "in", "odd")
    labelled = [f"{sum(word) % 2} {len(word)} {' '.join(map(str, word))}" for word in words]
    texts = {
        "x.csv": "\n".join(map(";".join, [signals, *steps])).encode(),
        "x.vcd": capture(dict.fromkeys(signals, 1), [dict(zip(signals, step, strict=True)) for step in steps]),
        "x.abb": "\n".join([f"{len(words)} 2", *labelled]).encode(),
    }
    columns = ["--data.input_columns", "[in]", "--data.output_columns", "[odd]", "--data.reset_column", "rst"]
    asked = {"x.csv": columns, "x.vcd": [*columns, "--data.clock_column", "clk"], "x.abb": []}
    (tmp_path / name).write_bytes(texts[name])
    (tmp_path / "parity.kiss2").write_text(".i 1\n.o 1\n.r a\n0 a a 0\n1 a b 1\n0 b b 1\n1 b a 0\n.e\n")
    files = ["--data.file", str(tmp_path / name), "--data.reference_file", str(tmp_path / "parity.kiss2")]
    arguments = [*files, *asked[name], "--run", str(tmp_path / "run")]
    assert main(["train", "--data", "datamodules.FileData", *arguments]) == 0
    learned, reference = read_machine(tmp_path / "run" / "machine.kiss2"), read_machine(tmp_path / "parity.kiss2")
    assert learned.digest == reference.digest


def test_without_a_reference_the_data_show_the_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "0 1 1 0 1\t0 1 0 0 1\n1 1 1 0\t1 0 1 1\n0 0 1 1 1 1 0 1 0 1 1 1\t0 0 1 1 0 0 1 1 0 1 0 1\n"
    (tmp_path / "data.txt").write_text(lines)
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt"), "--trainer.max_epochs", "1"]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 1
    said = capsys.readouterr().out
    place = re.escape(str(tmp_path / "data.txt"))
    assert re.search(
        rf"training sequence \({place}:[123]\): after [01 ]+ the machine answers ([01]), expected (?!\1)", said
    )
    assert "equal: machine and reference" not in said
    assert check_certificate(tmp_path / "run.failed").verdict == "differs"


def test_a_wrong_machine_that_equals_its_reference_is_not_called_equal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_into(tmp_path / "run", "--trainer.max_epochs", "1", config="mod16") == 1
    capsys.readouterr()
    reference = str(tmp_path / "run.failed" / "machine.json")
    examples = prepare(["--config", "mod16"]).data.examples
    lines = [
        "\t".join(" ".join(map(alphabet.name, row[row >= 0])) for alphabet, row in pairs)
        for pairs in (
            ((examples.inputs, word), (examples.outputs, answer))
            for word, answer in zip(examples.words, examples.answers, strict=True)
        )
    ]
    (tmp_path / "data.txt").write_text("\n".join(lines) + "\n")
    files = ["--data.file", str(tmp_path / "data.txt"), "--data.reference_file", reference]
    arguments = ["--trainer.max_epochs", "1", "--run", str(tmp_path / "same")]
    assert main(["train", "--data", "datamodules.FileData", *files, *arguments]) == 1
    said = capsys.readouterr().out
    assert "machine = reference: equal" in said
    assert "\ndiffers: not exact" in said
    assert "equal: machine and reference" not in said
    assert "shortest wrong beginning" in said
    assert main(["check", str(tmp_path / "same.failed")]) == 1


def test_an_exact_run_of_other_arguments_is_replaced_aloud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for arguments in ((), (), ("--data.sequences", "50")):
        assert train_into(tmp_path / "run", *arguments) == 0
        said.append("\nreplaces an earlier exact run with other arguments\n" in capsys.readouterr().out)
    assert said == [False, False, True]


def test_a_run_is_called_as_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(shipped()["parity"].read_text().replace("name: parity\n", ""))
    assert prepare(["--config", "own.yaml"]).run == Path("runs/own")
    assert prepare(["--config=own.yaml"]).run == Path("runs/own")
    assert prepare(["--config", "own.yaml", "--name", "other"]).run == Path("runs/other")
    assert prepare(["--config", "parity", "--config", "own.yaml"]).name == "parity"
    assert prepare(["--data", "datamodules.SampledData", "--data.task", "tasks.Parity"]).name == "run"


def test_a_time_limit_before_the_first_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_into(tmp_path / "run", "--trainer.max_time", "00:00:00:00") == 2
    assert "the training ended before the first hard check; raise --trainer.max_time" in capsys.readouterr().err
    assert train_into(tmp_path / "run") == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "train --config configs/parity.yaml --run runs/parity"),
        ({"TASK": "mod16", "SEED": "3"}, "train --config configs/mod16.yaml --run runs/mod16 --seed_everything 3"),
        ({"RUN": "a b/c", "ARGS": "--x 1"}, "train --config configs/parity.yaml --run 'a b/c' --x 1"),
        (
            {"TASK": "machine", "MACHINE": "a b/bb'tas.kiss2"},
            "train --config configs/machine.yaml --run 'runs/bb'\"'\"'tas' --name 'bb'\"'\"'tas' "
            "--data.init_args.task.init_args.file 'a b/bb'\"'\"'tas.kiss2'",
        ),
    ],
)
def test_make_train(given: dict[str, str], expected: str, tmp_path: Path) -> None:
    command = tmp_path / "seqlogic"
    command.write_text("#!" + sys.executable + "\nimport shlex, sys\nprint(shlex.join(sys.argv[1:]))\n")
    command.chmod(0o755)
    variables = [f"{name}={value}" for name, value in {"BIN": str(tmp_path), **given}.items()]
    done = make("-o", ".venv/installed", "train", *variables)
    assert (done.stdout, done.returncode) == (expected + "\n", 0), done.stderr


def test_make_takes_a_machine_with_its_task_only() -> None:
    done = make("train", "TASK=parity", "MACHINE=x.kiss2")
    assert done.returncode == 2
    assert "MACHINE needs TASK=machine" in done.stderr
    assert done.stdout == ""


def test_make_learns_a_trace_that_is_named(tmp_path: Path) -> None:
    done = make("learn")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("learn needs TRACE=file, as in TRACE=fpga/captures/uart_receiver.vcd\n")
    done = make("learn", f"TRACE={tmp_path}/no such.vcd", f"RUN={tmp_path}/run")
    assert done.stderr.startswith(
        f"seqlogic train: {tmp_path}/no such.vcd: cannot be read (No such file or directory)\n"
    )
    assert not list(tmp_path.iterdir())


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What make does with the Makefile; the one that runs the tests has no say in it."""
    names = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TASK", "RUN", "MACHINE", "TRACE", "VERILOG", "CONFIG", "SEED", "ARGS")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    root = Path(__file__).parent.parent
    return subprocess.run(["make", *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_what_was_never_observed_makes_it_conform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reference.kiss2").write_text(".i 1\n.o 1\n.r a\n0 a a 0\n1 a b 1\n0 b b 1\n1 b a 0\n.e\n")
    (tmp_path / "data.txt").write_text("0 0 1 0 0\t0 0 1 1 1\n0 1 0\t0 1 1\n")
    files = ["--data.file", str(tmp_path / "data.txt"), "--data.reference_file", str(tmp_path / "reference.kiss2")]
    assert main(["train", "--data", "datamodules.FileData", *files, "--run", str(tmp_path / "run")]) == 3
    said = capsys.readouterr().out
    assert "machine = reference: conforms" in said
    assert "3 of 4 entries of reference are known in machine" in said
    assert check_certificate(tmp_path / "run.failed").verdict == "conforms"


def test_what_the_reference_leaves_open_may_be_filled_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reference.kiss2").write_text(".i 1\n.o 1\n.r a\n0 a a 0\n1 a b 1\n0 b b 1\n.e\n")
    (tmp_path / "data.txt").write_text("0 0 1 0 0\t0 0 1 1 1\n0 1 0 1 1\t0 1 1 0 1\n1 1 0\t1 0 0\n")
    files = ["--data.file", str(tmp_path / "data.txt"), "--data.reference_file", str(tmp_path / "reference.kiss2")]
    assert main(["train", "--data", "datamodules.FileData", *files, "--run", str(tmp_path / "run")]) == 3
    assert "answers as the reference does wherever that is specified, and goes beyond it" in capsys.readouterr().out


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
