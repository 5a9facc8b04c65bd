"""What a run leaves whose result is a circuit, and what it says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqlogic.circuit import run
from seqlogic.cli import main
from seqlogic.commands import train
from seqlogic.formats import read_circuit, read_machine, write_circuit, write_machine
from seqlogic.formats.examples import parse_examples
from seqlogic.formats.examples import render_examples as render
from seqlogic.logic import learn_logic
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from tasks import Crc, WordProblem
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


def test_without_a_reference_it_is_undecided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Crc(polynomial="crc16")
    (tmp_path / "data.txt").write_text(render(task.examples(np.random.default_rng(1), 300, 1, 80)))
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt")]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 3
    assert "undecided: there is no reference; the circuit gives all outputs of the training data" in (
        capsys.readouterr().out
    )
    assert {entry.name for entry in (tmp_path / "run.failed").iterdir()} == LEFT - {"reference.aig"}
    # What it says then to do is done.
    settles = f"seqlogic prove {tmp_path / 'run.failed'} reference.aig"
    assert settles in (tmp_path / "run.failed" / "report.html").read_text()
    write_circuit(task.circuit(), tmp_path / "reference.aig")
    monkeypatch.chdir(tmp_path)
    assert main(settles.split()[1:]) == 0
    assert capsys.readouterr().out.startswith("equal: ")
    assert main(["check", str(tmp_path / "run.failed")]) == 3


def test_what_the_data_leave_open_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 32 registers show themselves in 65 steps: words of 64 leave another circuit, which is found.
    assert train_into(tmp_path / "run", "--data.max_length", "64", config="crc32") == 1
    assert "\n  the data leave open 1 coefficient of exclusive ors: another circuit may fit as well" in (
        capsys.readouterr().out
    )
    open_ = "1 coefficient of exclusive ors"
    assert open_ in (tmp_path / "run.failed" / "report.html").read_text()
    certificate = json.loads((tmp_path / "run.failed" / "certificate.json").read_text())
    assert certificate["run"]["left open by the data"] == open_
    assert train_into(tmp_path / "run", "--data.max_length", "66", config="crc32") == 0
    assert "leave open" not in capsys.readouterr().out
    page = (tmp_path / "run" / "report.html").read_text()
    assert "left open by the data" not in page
    assert "<td>1 output bit: an exclusive or of products</td>" in page


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


@pytest.mark.parametrize(
    ("registers", "why"),
    [
        ("history", "no logic of a short history gives all outputs of the examples"),
        ("layered", "no binary registers that were looked for give all outputs of the examples"),
    ],
)
def test_logic_alone_fails_in_one_line(
    registers: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = WordProblem(group="A5", answer="coarse")
    examples = task.examples(np.random.default_rng(1), 60, 1, 20)
    (tmp_path / "data.txt").write_text(render(examples))
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt"), "--registers", registers]
    assert main(["train", *data, "--run", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"seqlogic train: {why}; record")
    assert error.count("\n") == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.txt"]
    assert main(["train", *data, "--data.noisy", "true", "--run", str(tmp_path / "run")]) == 2
    assert f"registers: {registers} needs outputs without errors" in capsys.readouterr().err


def test_a_wrong_output_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = Crc(polynomial="crc8").examples(np.random.default_rng(1), 200, 40, 40)
    lines = render(examples).splitlines()
    place = next(number for number, line in enumerate(lines) if "\t" in line) + 30
    inputs, outputs = lines[place].split("\t")
    wrong = outputs.split()
    wrong[20] = "0" if wrong[20] == "1" else "1"
    lines[place] = f"{inputs}\t{' '.join(wrong)}"
    (tmp_path / "data.txt").write_text("\n".join(lines) + "\n")
    data = ["--data", "datamodules.FileData", "--data.file", str(tmp_path / "data.txt"), "--run", str(tmp_path / "run")]
    said = (
        "no logic of a short history gives all outputs of the examples; one gives all but those of 1 of 200 sequences, "
        f"the first at line {place + 1}, symbol 21: "
    )
    assert main(["train", *data, "--registers", "history"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"seqlogic train: {said}")
    assert error.count("\n") == 1
    # Before a table is tried.
    limits = ["--trainer.max_epochs", "1"]
    main(["train", *data, "--registers", "auto", *limits])
    out = capsys.readouterr().out
    assert 0 < out.find(said) < out.find("a table is learned")


def test_binary_registers_leave_a_machine_where_a_table_holds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_into(tmp_path / "run", "--registers", "layered", config="counter4_carry") == 0
    said = capsys.readouterr().out
    assert "binary registers: 4 latches, 16 states; every machine that fits the data has at least 16 states" in said
    assert "\n  learned logic = machine: equal\n  machine = reference: equal\nexact: " in said
    assert "layer[2]" in read_circuit(tmp_path / "run" / "learned.aig").latches
    assert main(["check", str(tmp_path / "run")]) == 0


def test_an_interrupt_while_logic_is_looked_for_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "LEARNERS", {"layered": interrupted})
    assert train_into(tmp_path / "run", "--registers", "layered", config="counter4_carry") == 130
    assert capsys.readouterr().err == "seqlogic train: interrupted; the same command starts it again\n"
    monkeypatch.undo()
    assert train_into(tmp_path / "run", "--registers", "layered", config="counter4_carry") == 0
    assert {entry.name for entry in tmp_path.iterdir()} == {"run"}


def test_an_interrupt_of_the_proofs_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(place: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seqlogic.commands.circuit_outcome.prove_run", interrupted)
    assert train_into(tmp_path / "run", config="crc16") == 130
    assert capsys.readouterr().err == "seqlogic train: interrupted; the same command starts it again\n"
    monkeypatch.undo()
    assert train_into(tmp_path / "run", config="crc16") == 0
    assert {entry.name for entry in tmp_path.iterdir()} == {"run"}


def test_a_small_machine_is_told_from_a_reference_that_no_table_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Too short to show what 32 steps ago does: a small machine fits.
    assert train_into(tmp_path / "run", "--data.max_length", "8", "--uniqueness", "0", config="crc32") == 1
    said = capsys.readouterr().out
    assert "\n  hard network = machine: equal\n  machine = reference: differs\n" in said
    word = np.array([[int(bit) for bit in re.search(r"shortest word that shows it: ([01 ]+)\n", said)[1].split()]])  # type: ignore[index]
    found = read_machine(tmp_path / "run.failed")
    answers, expected = found.run(word)[0], run(Crc(polynomial="crc32").circuit(), word)
    assert (answers == expected)[0, :-1].all()
    assert answers[0, -1] != expected[0, -1]
    page = (tmp_path / "run.failed" / "report.html").read_text()
    assert "the learned machine is not the reference" in page
    assert main(["check", str(tmp_path / "run.failed")]) == 1
    assert "machine = reference: differs" in capsys.readouterr().out


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


def delayed(folder: Path, first: str, *, names: tuple[str, str] = ("1", "0"), unknown: bool = False) -> None:
    """Examples of a delay of nine steps whose registers begin at 0, and a reference that begins at `first`."""
    rng = np.random.default_rng(5)
    lines = []
    for _ in range(400):
        word = rng.integers(2, size=40).tolist()
        lines.append(f"{' '.join(map(str, word))}\t{' '.join(map(str, [0] * 9 + word[:-9]))}")
    (folder / "data.txt").write_text("\n".join(lines) + "\n")
    start = 511 if first == "1" else 0
    states = np.arange(512)
    next_state = np.stack([states >> 1 | int(name) << 8 for name in names], axis=1)
    output = np.repeat(np.array([names.index(str(state & 1)) for state in states])[:, None], 2, axis=1)
    if unknown:
        output[300, 1] = UNKNOWN
    alphabet = Alphabet.of(names)
    write_machine(Machine(next_state, output, alphabet, alphabet, initial=start), folder / "reference.json")


@pytest.mark.parametrize(("first", "code"), [("0", 0), ("1", 1)])
@pytest.mark.parametrize("names", [("0", "1"), ("1", "0")])
def test_symbols_are_the_same_by_their_names(tmp_path: Path, first: str, code: int, names: tuple[str, str]) -> None:
    delayed(tmp_path, first, names=names)
    files = ["--data.file", str(tmp_path / "data.txt"), "--data.reference_file", str(tmp_path / "reference.json")]
    assert main(["train", "--data", "datamodules.FileData", *files, "--run", str(tmp_path / "run")]) == code


def test_a_reference_that_leaves_entries_open_makes_no_circuit_exact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delayed(tmp_path, "0", unknown=True)
    files = ["--data.file", str(tmp_path / "data.txt"), "--data.reference_file", str(tmp_path / "reference.json")]
    assert main(["train", "--data", "datamodules.FileData", *files, "--run", str(tmp_path / "run")]) == 2
    assert "the reference is compared with no circuit: it leaves entries open" in capsys.readouterr().err


def test_symbols_of_other_names_are_left_to_a_table(tmp_path: Path) -> None:
    delayed(tmp_path, "0")
    text = (tmp_path / "data.txt").read_text().replace("0", "hi").replace("1", "lo")
    examples = parse_examples(text, "data.txt")
    assert learn_logic(examples) is None
