"""Training never looks at the reference: a missing or a wrong one changes nothing that is learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from datamodules import FileData, SampledData
from seqlogic.cli import main
from seqlogic.hard import HardNetwork
from seqlogic.learner import Learner
from seqlogic.machine import Machine
from tasks import Crc
from tests.training import contents, train_into


def test_a_wrong_reference_changes_only_the_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert train_into(tmp_path / "sound") == 0
    true = SampledData.reference

    def wrong(self: SampledData) -> Machine:
        reference = true(self)
        return Machine(reference.next_state, 1 - reference.output, reference.inputs, reference.outputs)

    monkeypatch.setattr(SampledData, "reference", wrong)
    assert train_into(tmp_path / "poisoned") == 1
    assert contents(tmp_path / "poisoned.failed") == contents(tmp_path / "sound")


@pytest.mark.parametrize("config", ["parity", "tomita7"])
def test_nothing_asks_for_the_reference_before_the_proof(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = ("--data.sequences", "20", "--data.max_length", "10")
    assert train_into(tmp_path / "sound", *small, config=config) == 0

    asked = 0

    def none(self: SampledData) -> None:
        nonlocal asked
        asked += 1

    monkeypatch.setattr(SampledData, "reference", none)
    assert train_into(tmp_path / "blind", *small, "--uniqueness", "0", config=config) == 3
    assert asked == 1
    assert contents(tmp_path / "blind.failed") == contents(tmp_path / "sound")


def test_a_reference_that_raises_raises_only_at_the_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class PoisonError(Exception):
        pass

    hardened = []
    become = Learner.become

    def watched(self: Learner, machine: Machine) -> HardNetwork:
        hardened.append(become(self, machine))
        return hardened[-1]

    def poisoned(self: SampledData) -> Machine:
        raise PoisonError

    monkeypatch.setattr(Learner, "become", watched)
    assert train_into(tmp_path / "sound") == 0
    monkeypatch.setattr(SampledData, "reference", poisoned)
    with pytest.raises(PoisonError):
        train_into(tmp_path / "run")
    sound, poisoned_one = hardened
    assert poisoned_one.digest == sound.digest


PARITY = ".i 1\n.o 1\n.r a\n0 a a 0\n1 a b 1\n0 b b 1\n1 b a 0\n.e\n"
ALWAYS_ZERO = ".i 1\n.o 1\n.r a\n0 a a 0\n1 a a 0\n.e\n"


def test_the_reference_of_a_file_decides_nothing_but_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    true = FileData.reference

    def counted(self: FileData) -> Machine | None:
        asked.append(self.trainer is not None and self.trainer.global_step > 0)
        return true(self)

    def none(self: FileData) -> None:
        asked.append(True)

    def learn(name: str) -> int:
        files = ["--data.file", str(tmp_path / "data.txt"), "--data.reference_file", str(tmp_path / "reference.kiss2")]
        given = ["--data", "datamodules.FileData", *files, "--run", str(tmp_path / name)]
        return main(["train", "--registers", "table", *given])

    (tmp_path / "data.txt").write_text("0 1 1 0 1\t0 1 0 0 1\n1 1 1 0\t1 0 1 1\n0 0 1 0 1\t0 0 1 1 0\n")
    (tmp_path / "reference.kiss2").write_text(PARITY)
    monkeypatch.setattr(FileData, "reference", counted)
    assert learn("sound") == 0
    (tmp_path / "reference.kiss2").write_text(ALWAYS_ZERO)
    assert learn("poisoned") == 1
    monkeypatch.setattr(FileData, "reference", none)
    # So little data leave no other machine.
    assert learn("blind") == 0
    assert asked == [True] * 3
    assert contents(tmp_path / "poisoned.failed") == contents(tmp_path / "blind") == contents(tmp_path / "sound")


def test_the_reference_circuit_decides_nothing_but_the_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def learn(name: str) -> int:
        return train_into(tmp_path / name, config="crc16")

    assert learn("sound") == 0
    true = Crc.circuit
    monkeypatch.setattr(Crc, "circuit", lambda self: replace(true(self), output=true(self).output ^ 1))
    assert learn("poisoned") == 1
    files = ("learned.aig", "circuit.aig", "circuit.v")
    sound, poisoned = ([(tmp_path / run / name).read_bytes() for name in files] for run in ("sound", "poisoned.failed"))
    assert sound == poisoned
