"""A run that was interrupted and resumed leaves what an uninterrupted one leaves."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException

from seqlogic.cli import main
from tests.training import contents, interrupted, train_into

# So slowly that there are epochs enough to be interrupted in.
SLOWLY = ("--model.relaxation", "0.25", "--curriculum.edges_per_entry", "2")
ALONE = ("--model.relaxation", "0.25", "--model.population", "1", "--curriculum.splits", "1")
TOMITA7 = ("tomita7", "--data.sequences", "20", "--data.max_length", "10", *ALONE)
SHORT = ("--data.max_length", "12")
IMPATIENTLY = ("--curriculum.patience", "0", "--curriculum.splits", "1")
RUNS = {
    # One attempt, in which the curriculum climbs.
    "climbing": ("detector1011", *SHORT, "--data.sequences", "40", *SLOWLY),
    # An attempt whose states are split, from epoch 27 on one that merges four states into two, and from 34 on pairs.
    "merging": (*TOMITA7, "--seed_everything", "3"),
    # Two attempts that are split, in epoch 27 one that merges two states, and from 28 and 35 two from fresh weights.
    "refitting": (*TOMITA7, "--seed_everything", "2"),
    "adam": ("mod5", "--data.sequences", "60", "--data.max_length", "16", "--model.optimizer", "adam"),
    # Attempts that split their states once and are then given up.
    "impatient": ("mod16", "--data.sequences", "40", *IMPATIENTLY, "--trainer.max_epochs", "12"),
    # Batches that are drawn, and half of them among the mistakes.
    "batches": (
        "detector1011",
        "--data.sequences",
        "60",
        "--data.max_length",
        "12",
        "--data.batch_size",
        "20",
        *SLOWLY,
    ),
}


@pytest.mark.parametrize(
    ("name", "epochs", "every"),
    [
        ("climbing", [0], 1),
        ("climbing", [2, 5], 1),
        ("climbing", [7], 3),
        ("merging", [30, 38], 1),
        ("merging", [40], 3),
        ("refitting", [10, 27, 33], 1),
        ("refitting", [37], 4),
        ("adam", [1, 3], 1),
        ("adam", [2], 2),
        ("impatient", [2, 4, 9], 1),
        ("impatient", [7], 2),
        ("batches", [3], 1),
        ("batches", [3, 5], 2),
    ],
)
def test_a_resumed_run_equals_an_uninterrupted_one(
    name: str, epochs: list[int], every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, *arguments = RUNS[name]
    code = train_into(tmp_path / "whole", *arguments, config=config)
    run = tmp_path / "resumed"
    for epoch in epochs:
        with interrupted(monkeypatch, epoch, every=every):
            assert train_into(run, *arguments, config=config) == 130
        # The interrupt comes before the checkpoint of its own epoch.
        assert (tmp_path / "resumed.partial" / "last.ckpt").exists() == (epoch // every > 0)
    assert train_into(run, *arguments, config=config) == code
    suffix = ".failed" if code else ""
    assert contents(tmp_path / f"resumed{suffix}") == contents(tmp_path / f"whole{suffix}")


def test_an_interrupt_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config, *arguments = RUNS["climbing"]
    run = tmp_path / "run"
    with interrupted(monkeypatch, 1, every=5):
        assert train_into(run, *arguments, config=config) == 130
    assert capsys.readouterr().err.endswith("seqlogic train: interrupted; the same command starts it again\n")
    with interrupted(monkeypatch, 6, every=5):
        assert train_into(run, *arguments, config=config) == 130
    said = capsys.readouterr().err
    assert said.endswith(f"seqlogic train: interrupted; the same command resumes from {run}.partial\n")


def test_a_termination_is_as_graceful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, *arguments = RUNS["climbing"]
    assert train_into(tmp_path / "whole", *arguments, config=config) == 0
    run = tmp_path / "run"
    with interrupted(monkeypatch, 3, SIGTERMException):
        assert train_into(run, *arguments, config=config) == 143
    assert train_into(run, *arguments, config=config) == 0
    assert contents(run) == contents(tmp_path / "whole")


RUN_MOD16 = """
import signal, sys
from seqlogic.cli import main

# A shell that starts the tests in the background has its children ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(["train", "--config", "mod16", "--run", sys.argv[1]]))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_process_without_a_traceback(number: signal.Signals, code: int, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN_MOD16, str(tmp_path / "run")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        # The line of progress after the first hard check says that the training is going on.
        said = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(number)
        said += process.stdout.readlines()
    text = b"".join(said).decode()
    assert process.returncode == code, text
    assert text.splitlines()[-1].startswith("seqlogic train: interrupted; the same command ")
    assert "Traceback" not in text
    assert len(text.splitlines()) == 3
    assert (tmp_path / "run.partial" / "config.yaml").exists()


RUN_LAYERED = """
import signal, sys
from seqlogic import logic
from seqlogic.cli import main
from seqlogic.commands import train

signal.signal(signal.SIGINT, signal.default_int_handler)

def endless(*_, **__):
    print("looking", flush=True)
    while True:
        pass

train.LEARNERS = {"layered": endless}
logic.learn_logic = endless
sys.exit(main(["train", "--config", "mod16", "--run", sys.argv[1], "--registers", sys.argv[2]]))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("registers", ["layered", "auto"])
def test_a_signal_while_logic_is_looked_for_ends_as_cleanly(
    number: signal.Signals, code: int, registers: str, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN_LAYERED, str(tmp_path / "run"), registers],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline(), process.stdout.readline()]
        assert said[1] == b"looking\n", said
        process.send_signal(number)
        said += process.stdout.readlines()
    assert process.returncode == code, said
    assert said[2:] == [b"seqlogic train: interrupted; the same command starts it again\n"]


def test_a_crash_keeps_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, *arguments = RUNS["climbing"]
    assert train_into(tmp_path / "whole", *arguments, config=config) == 0
    run = tmp_path / "run"
    with interrupted(monkeypatch, 3, RuntimeError), pytest.raises(RuntimeError):
        train_into(run, *arguments, config=config)
    assert train_into(run, *arguments, config=config) == 0
    assert contents(run) == contents(tmp_path / "whole")


def test_other_arguments_do_not_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config, *arguments = RUNS["climbing"]
    run = tmp_path / "run"
    with interrupted(monkeypatch, 3):
        train_into(run, *arguments, config=config)
    checkpoint = (tmp_path / "run.partial" / "last.ckpt").read_bytes()
    capsys.readouterr()
    assert train_into(run, *arguments, "--seed_everything", "1", config=config) == 2
    assert "holds an interrupted run with other arguments" in capsys.readouterr().err
    assert (tmp_path / "run.partial" / "last.ckpt").read_bytes() == checkpoint


class Trap:
    """Makes a folder where it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.place),)


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.pop(key)


def _of_other_sizes(content: dict[str, Any]) -> None:
    content["state_dict"]["registers.emission"] = torch.zeros(4, 2, 2, 3)


NOT_WEIGHTS = "last.ckpt: is no checkpoint of weights alone; remove it to start the run again"
NOT_THIS_RUN = "last.ckpt: is no checkpoint of this run ("


def _damage(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = torch.load(file, weights_only=True)
    change(content)
    torch.save(content, file)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(pickle.dumps(Trap(file.parent.with_name("sprung")))), NOT_WEIGHTS),
        (lambda file: torch.save({"state_dict": Trap(file.parent.with_name("sprung"))}, file), NOT_WEIGHTS),
        (lambda file: file.write_bytes(b""), NOT_WEIGHTS),
        (lambda file: file.write_bytes(file.read_bytes()[:1000]), NOT_WEIGHTS),
        (lambda file: torch.save([], file), NOT_THIS_RUN),
        (lambda file: _damage(file, _without("state_dict")), NOT_THIS_RUN),
        (lambda file: _damage(file, _without("optimizer_states")), NOT_THIS_RUN),
        (lambda file: _damage(file, lambda content: content["callbacks"]["Curriculum"].pop("length")), NOT_THIS_RUN),
        (lambda file: _damage(file, _of_other_sizes), NOT_THIS_RUN),
    ],
    ids=[
        "pickle",
        "pickled weights",
        "empty",
        "cut",
        "list",
        "no weights",
        "no optimizer",
        "no curriculum",
        "other sizes",
    ],
)
def test_a_checkpoint_that_is_none_is_refused_and_not_run(
    damage: Callable[[Path], object],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config, *arguments = RUNS["climbing"]
    run = tmp_path / "run"
    with interrupted(monkeypatch, 2):
        assert train_into(run, *arguments, config=config) == 130
    file = tmp_path / "run.partial" / "last.ckpt"
    damage(file)
    before = file.read_bytes()
    capsys.readouterr()
    assert train_into(run, *arguments, config=config) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert file.read_bytes() == before
    assert not (tmp_path / "sprung").exists()
    file.unlink()
    assert train_into(run, *arguments, config=config) == 0


DETECTOR = """
.i 1
.o 1
.r a
0 a a 0
1 a b 0
0 b c 0
1 b b 0
0 c a 0
1 c d 0
0 d c 0
1 d b 1
.e
"""


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (
            ("--config", "machine", "--data.sequences=40", "--data.max_length=12", "--data.task.file"),
            (DETECTOR, DETECTOR.replace("0 d c 0", "0 d a 0")),
        ),
        (
            ("--data", "datamodules.FileData", "--data.file"),
            ("0 1 1 0\t0 1 0 0\n1 1 1\t1 0 1\n", "0 1 1 0\t0 1 0 0\n1 1 1\t1 0 -\n"),
        ),
    ],
)
def test_changed_examples_do_not_resume(
    arguments: tuple[str, ...],
    texts: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "given.kiss2"
    command = ["train", *arguments, str(file), "--run", str(tmp_path / "run")]
    file.write_text(texts[0])
    with interrupted(monkeypatch, 1):
        assert main(command) == 130
    file.write_text(texts[1])
    checkpoint = (tmp_path / "run.partial" / "last.ckpt").read_bytes()
    capsys.readouterr()
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "the examples have changed since the run was interrupted; " in error
    assert error.count("\n") == 1
    assert (tmp_path / "run.partial" / "last.ckpt").read_bytes() == checkpoint
    file.write_text(texts[0])
    assert main(command) in (0, 3)
