"""What a run leaves whose result is a circuit, and what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqlogic.circuit import run
from seqlogic.cli import main
from seqlogic.formats import read_circuit
from seqlogic.formats.examples import render_examples as render
from seqlogic.machine import UNKNOWN
from tasks import Crc, ModCounter
from tests.training import train_into

LEFT = {
    ".seqlogic-run",
    "certificate.json",
    "circuit.aig",
    "circuit.v",
    "config.yaml",
    "learned.aig",
    "reference.aig",
    "report.html",
}


def test_a_run_leaves_a_circuit_and_its_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_into(tmp_path / "run", config="crc16") == 0
    said = capsys.readouterr().out
    assert "history registers: 16 latches, and more states than a table holds" in said
    assert "\n  learned logic = circuit: equal\n  circuit = reference circuit: equal\nexact: " in said
    assert {entry.name for entry in (tmp_path / "run").iterdir()} == LEFT
    task = Crc(polynomial="crc16")
    words = task.sample(np.random.default_rng(7), 20, 200)
    assert (run(read_circuit(tmp_path / "run" / "circuit.aig"), words) == task.respond(words)).all()
    certificate = json.loads((tmp_path / "run" / "certificate.json").read_text())
    assert certificate["verdict"] == "exact"
    assert certificate["run"]["registers"].startswith("history registers")
    assert main(["check", str(tmp_path / "run")]) == 0
    assert "\nexact, and every file is as it was written" in capsys.readouterr().out


def test_without_a_reference_it_is_undecided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = Crc(polynomial="crc16")
    (tmp_path / "data.txt").write_text(render(task.examples(np.random.default_rng(1), 300, 1, 80)))
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt")]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 3
    assert "undecided: there is no reference; the circuit gives all outputs of the training data" in (
        capsys.readouterr().out
    )
    assert {entry.name for entry in (tmp_path / "run.failed").iterdir()} == LEFT - {"reference.aig"}
    assert main(["check", str(tmp_path / "run.failed")]) == 3


def test_what_the_data_leave_open_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 32 registers show themselves in 65 steps: words of 64 leave another circuit, which is found.
    assert train_into(tmp_path / "run", "--data.max_length", "64", config="crc32") == 1
    assert "\n  the data leave open 1 coefficient of exclusive ors: another circuit may fit as well" in (
        capsys.readouterr().out
    )
    assert train_into(tmp_path / "run", "--data.max_length", "66", config="crc32") == 0
    assert "leave open" not in capsys.readouterr().out


def test_a_circuit_that_is_not_the_reference_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = Crc.circuit
    monkeypatch.setattr(Crc, "circuit", lambda self: replace(true(self), reset=np.arange(16) == 3))
    assert train_into(tmp_path / "run", config="crc16") == 1
    said = capsys.readouterr().out
    assert "\ndiffers: not exact, the circuit is not the reference" in said
    assert "\nshortest word that shows it: " in said
    assert not (tmp_path / "run").exists()


def test_few_states_are_a_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_into(tmp_path / "run", "--registers", "auto", config="crc4") == 0
    assert "\n  learned logic = machine: equal\n  machine = reference: equal\n" in capsys.readouterr().out
    names = {entry.name for entry in (tmp_path / "run").iterdir()}
    assert {"machine.kiss2", "machine.json", "learned.aig", "reference.json"} <= names
    assert not {"hard.npz", "model.ckpt", "circuit.aig"} & names
    assert main(["check", str(tmp_path / "run")]) == 0


def test_a_history_that_says_too_little_leaves_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_into(tmp_path / "run", "--registers", "auto", config="mod5") == 0
    assert "\n  hard network = machine: equal\n" in capsys.readouterr().out
    certificate = json.loads((tmp_path / "run" / "certificate.json").read_text())
    assert certificate["run"]["registers"] == "table, the simplest that was found"


def test_history_alone_fails_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = ModCounter(k=5)
    examples = task.examples(np.random.default_rng(1), 60, 1, 20)
    (tmp_path / "data.txt").write_text(render(examples))
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt"), "--registers", "history"]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("seqlogic train: no logic of a short history gives all outputs of the examples; record")
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()
    assert main(["train", *data, "--data.noisy", "true", "--run", str(tmp_path / "run")]) == 2
    assert "registers: history needs outputs without errors" in capsys.readouterr().err


def test_what_neither_kind_learns_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Too short to show what 32 steps ago does.
    assert train_into(tmp_path / "run", "--data.max_length", "12", config="crc32") == 2
    assert "more than a table holds" in capsys.readouterr().err


def test_unobserved_outputs_are_learned_around(tmp_path: Path) -> None:
    task = Crc(polynomial="crc16")
    examples = task.examples(np.random.default_rng(1), 600, 1, 80)
    hidden = np.random.default_rng(2).random(examples.answers.shape) < 0.01
    examples = replace(examples, answers=np.where(hidden, UNKNOWN, examples.answers))
    (tmp_path / "data.txt").write_text(render(examples))
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt")]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 3
    found = read_circuit(tmp_path / "run.failed" / "circuit.aig")
    words = task.sample(np.random.default_rng(7), 20, 200)
    assert (run(found, words) == task.respond(words)).all()
