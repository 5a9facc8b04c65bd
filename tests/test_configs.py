"""The shipped configurations: ready to run, and within what the learner promises to need."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from seqlogic.cli import main
from seqlogic.commands.train import prepare
from seqlogic.configurations import find, shipped
from seqlogic.errors import InputError

REFERENCE = ".i 1\n.o 1\n.r a\n0 a a 0\n1 a a 1\n.e\n"


# Their tasks have more states than a table holds.
LARGE = {
    "counter16": "65,536",
    "crc16": "65,536",
    "crc32": "4,294,967,296",
    "delay16": "65,536",
    "glitch13": "8,192",
    "majority15": "9,438",
    "scrambler58": "288,230,376,151,711,744",
}


@pytest.mark.parametrize("name", [name for name in shipped() if name not in LARGE])
def test_a_configuration_is_ready_to_run(name: str, tmp_path: Path) -> None:
    first, *_ = shipped()[name].read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ")
    given = []
    if name == "machine":
        (tmp_path / "reference.kiss2").write_text(REFERENCE)
        given = ["--data.task.file", str(tmp_path / "reference.kiss2")]
    training = prepare(["--config", name, *given])
    assert training.name == name
    assert training.run == Path("runs") / name
    assert len(training.data.examples) <= 4000
    # Counters and periodic sequences must have the time to come round.
    long = ("counter6", "counter7", "counter8_msb", "additive7")
    assert training.data.examples.words.shape[1] <= (256 if name in long else 64)
    assert yaml.safe_load(training.config)["seed_everything"] == training.seed == 0


@pytest.mark.parametrize("name", LARGE)
def test_what_no_table_holds_is_refused_before_the_training(name: str, tmp_path: Path) -> None:
    first, *_ = shipped()[name].read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ")
    with pytest.raises(InputError) as error:
        prepare(["--config", name, "--run", str(tmp_path / "run"), "--registers", "table"])
    assert str(error.value) == f"{LARGE[name]} states are more than a table holds, expected at most 4,096"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", LARGE)
def test_what_no_table_holds_is_learned_as_a_circuit(name: str, tmp_path: Path) -> None:
    assert main(["train", "--config", name, "--run", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "circuit.aig").exists()


def test_the_seed_is_of_examples_batches_and_weights() -> None:
    one, other = (prepare(["--config", "parity", "--seed_everything", seed]) for seed in "12")
    assert (one.seed, one.model.seed, one.data.seed) == (1, 1, 1)
    assert one.data.examples.words.tolist() != other.data.examples.words.tolist()


def test_a_name_or_a_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find("parity") == find("parity.yaml") == find("configs/parity.yaml") == shipped()["parity"]
    (tmp_path / "own.yaml").write_text("name: own\n")
    assert find(str(tmp_path / "own.yaml")) == tmp_path / "own.yaml"
    with pytest.raises(
        InputError, match=r"^there is no task 'mod_16'; did you mean mod16\? `seqlogic tasks` lists all$"
    ):
        find("mod_16")
    with pytest.raises(InputError, match=r"^there is no task '\?'; `seqlogic tasks` lists all$"):
        find("?")
