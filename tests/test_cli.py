"""The command line: what it prints, and one line with exit code 2 for whatever a user gets wrong."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqlogic.cli import main
from seqlogic.formats import write_circuit, write_machine
from seqlogic.machine import Alphabet, Machine
from tasks import Counter

PARITY = ".i 1\n.o 1\n.r even\n0 even even 0\n1 even odd 1\n0 odd odd 1\n1 odd even 0\n.e\n"
EXAMPLES = "# parity\n0 1 1 0 1\t0 1 0 0 1\n1 1 1\t1 0 1\n0\t0\n"
FILES = {
    "parity.kiss2": PARITY,
    "nondeterministic.kiss2": PARITY.replace(".e", "0 even odd 0\n.e"),
    "wide.kiss2": f".i 13\n.o 1\n.r a\n{'-' * 13} a a 0\n.e\n",
    "open.kiss2": PARITY.replace("1 odd even 0\n", ""),
    "zero.kiss2": PARITY.replace("1 odd even 0", "1 odd even 1"),
    "good.txt": EXAMPLES,
    "malformed.txt": "0 1\t0 1\n0 1 0 1\n",
    "uneven.txt": "0 1 1\t0 1\n",
    "contradictory.txt": "# two\n0 1\t0 1\n1 1\t1 0\n0 1\t0 0\n",
    "unobserved.txt": "0 1\t- -\n",
    "letters.txt": "a b\tx y\n",
    "empty.txt": "",
    "binary.txt": b"\xff\xfe\x00",
    "examples.yaml": "name: examples\ndata:\n  class_path: datamodules.FileData\n  init_args:\n    file: good.txt\n",
    "broken.yaml": "data: [\n",
    "list.yaml": "- 1\n",
    "key.yaml": "foo: 3\n",
    "python.yaml": "data: !!python/object/apply:os.mkdir [sprung]\n",
    "deep.yaml": "[" * 5000,
    "date.yaml": "name: 2001-99-99\n",
    "flag.yaml": "name: !!bool perhaps\n",
    "number.yaml": "name: !!int ''\n",
    "digits.yaml": f"name: {'9' * 5000}\n",
    "time.yaml": "name: !!timestamp noon\n",
    "itself.yaml": "name: &name [*name]\n",
    # Eight lines, and sixteen million values.
    "laughter.yaml": "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}' if n else '0'] * 8)}]\n" for n in range(8)),
    "text.yaml": f"name: &name {'x' * 100_000}\nmore: [{', '.join(['*name'] * 200)}]\n",
    "in_the_way": "a file",
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds FILES, and another folder that holds no run."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("years of work")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "the following arguments are required: COMMAND"),
        (
            "fly",
            "invalid choice: 'fly' (choose from 'train', 'prove', 'check', 'query', 'data', 'replay', 'show', "
            "'export', 'tasks', 'board')",
        ),
        ("prove parity.kiss2", "the following arguments are required: B"),
        ("prove parity.kiss2 none.kiss2", "none.kiss2: no such file"),
        ("prove parity.kiss2 wide.kiss2", "parity.kiss2 and wide.kiss2 cannot be compared: 1 and 13 input bits"),
        ("check", "the following arguments are required: CERTIFICATE"),
        ("check other", "certificate.json: cannot be read: No such file or directory"),
        ("data", "the following arguments are required: FILE"),
        ("data none.txt", "none.txt: cannot be read (No such file or directory)"),
        ("data malformed.txt", "malformed.txt:2: expected input symbols, one tab, output symbols"),
        ("data good.txt --machine parity.dot", "parity.dot: no such file"),
        ("data letters.txt --machine parity.kiss2", "letters.txt:1: "),
        ("data good.txt --limit 0", "argument --limit: 0 seconds, expected more than 0"),
        ("data good.txt --ask", "argument --ask: the words are about a machine, which --machine names"),
        ("show", "the following arguments are required: FILE"),
        ("show other", "other: is a folder, but no run: it has no machine.json and no circuit.aig"),
        (
            "show good.txt",
            "good.txt: unknown suffix '.txt', expected one of: .kiss2 .kiss .dot .gv .json .aig .aag .blif",
        ),
        ("show parity.kiss2 --limit 0", "argument --limit: 0 rows, expected at least 1"),
        ("show parity.kiss2 --svg in_the_way/x.svg", "in_the_way/x.svg: cannot be written (Not a directory)"),
        ("export parity.kiss2", "expected TARGET or --format (`seqlogic export --help` tells more)"),
        ("export parity.kiss2 x.dot --format verilog", "x.dot is not named as --format verilog, expected .v"),
        ("export parity.kiss2 in_the_way/x.v", "in_the_way/x.v: cannot be written: Not a directory"),
        ("export parity.kiss2 always.v", "always.v: cannot be written as Verilog: "),
        ("board", "the following arguments are required: ACTION"),
        ("board info", "the following arguments are required: --build"),
        ("export parity.kiss2 x.pdf", "x.pdf: unknown suffix '.pdf'"),
        ("export parity.kiss2 in_the_way/x.dot", "in_the_way/x.dot: cannot be written: Not a directory"),
        ("tasks all", "unrecognized arguments: all"),
        ("train", "no task is given; try `seqlogic train --config parity`"),
        ("train parity", "unexpected 'parity'; did you mean `seqlogic train --config parity`?"),
        ("train --config", "--config takes a task or a file"),
        ("train --config partiy", "there is no task 'partiy'; did you mean parity?"),
        ("train --config=configs/partiy.yaml", "there is no task 'partiy'; did you mean parity?"),
        ("train --config other", "other: is a directory, expected a configuration"),
        ("train --config broken.yaml", "broken.yaml:2: is not YAML:"),
        ("train --config list.yaml", "list.yaml: holds no configuration, expected keys"),
        ("train --config binary.txt", "binary.txt: is not UTF-8 text"),
        ("train --config python.yaml", "python.yaml:1: is not YAML: could not determine a constructor for the tag"),
        ("train --config deep.yaml", "deep.yaml: is nested too deeply, expected a configuration"),
        ("train --config date.yaml", "date.yaml: is not YAML: a value is no date or number: month must be in 1..12"),
        ("train --config flag.yaml", "flag.yaml: is not YAML: a tag such as `!!int` does not fit its value"),
        ("train --config number.yaml", "number.yaml: is not YAML: a tag such as `!!int` does not fit its value"),
        (
            "train --config digits.yaml",
            "digits.yaml: is not YAML: a value is no date or number: Exceeds the limit (4300 digits)",
        ),
        ("train --config time.yaml", "time.yaml: is not YAML: a tag such as `!!int` does not fit its value"),
        ("train --config itself.yaml", "itself.yaml: holds itself, or over 100,000 values once its aliases"),
        ("train --config laughter.yaml", "laughter.yaml: holds itself, or over 100,000 values once its aliases"),
        ("train --config text.yaml", "text.yaml: holds itself, or over 100,000 values once its aliases"),
        ("train --config key.yaml", "Option 'foo' is not accepted"),
        ("train --config parity --foo 3", "unrecognized arguments: --foo 3"),
        ("train --config parity --data.foo 3", "data: datamodules.SampledData: Option 'foo' is not accepted"),
        ("train --config parity --data.sequences many", "data.sequences: expected int, got many"),
        ("train --config mod16 --data.task.k many", "data.task.k: expected int, got many"),
        ("train --config parity --model.optimizer sgd", "model.optimizer: expected one of 'growth', 'adam', got sgd"),
        ("train --config parity --trainer.max_epochs x", "trainer.max_epochs: expected int"),
        ("train --config parity --seed_everything x", "seed_everything: expected a whole number"),
        ("train --config parity --seed_everything -1", "seed_everything: expected 0 to 4294967295, got -1"),
        ("train --config parity --seed_everything true", "expected int, got True"),
        ("train --config parity --data nope.Data", "data: nope.Data: No module named 'nope'"),
        ("train --config parity --data.task tasks.Nope", "tasks.Nope: module 'tasks' has no attribute 'Nope'"),
        ("train --config mod16 --data.task.k 1", "mod_counter needs k of at least 2, not 1"),
        ("train --config parity --data.min_length 33", "lengths from 33 to 32: expected 1 <= min_length"),
        ("train --config parity --data.sequences 0", "0 sequences: expected at least 1"),
        ("train --config parity --data.missing 1", "a share of 1.0 missing outputs: expected 0 to below 1"),
        ("train --config parity --data.batch_size 0", "batch_size is 0, expected at least 1"),
        ("train --config parity --data.steps_per_check 0", "steps_per_check is 0, expected at least 1"),
        ("train --config parity --model.population 0", "a population has at least 1 member, not 0"),
        ("train --config parity --curriculum.growth 1", "growth is 1.0, expected above 1"),
        ("train --config parity --trainer.max_epochs 0", "ends before the first hard check"),
        ("train --config parity --trainer.limit_train_batches 0", "ends before the first hard check"),
        ("train --config parity --name a/b", "name: expected the name of a folder, got 'a/b'"),
        ("train --config machine", "make train TASK=machine MACHINE=file"),
        ("train --config machine --data.task.file none.kiss2", "none.kiss2: no such file"),
        ("train --config machine --data.task.file nondeterministic.kiss2", "nondeterministic.kiss2:8: state 'even'"),
        ("train --config machine --data.task.file wide.kiss2", "wide.kiss2:1: 13 input bits"),
        ("train --config examples.yaml --data.file none.txt", "none.txt: cannot be read (No such file or directory)"),
        ("train --config examples.yaml --data.file other", "other: cannot be read (Is a directory)"),
        ("train --config examples.yaml --data.file binary.txt", "binary.txt: is not UTF-8 text"),
        ("train --config examples.yaml --data.file empty.txt", "empty.txt: holds no examples"),
        ("train --config examples.yaml --data.file malformed.txt", "malformed.txt:2: expected input symbols, one tab"),
        ("train --config examples.yaml --data.file uneven.txt", "uneven.txt:1: 3 input and 2 output symbols"),
        ("train --config examples.yaml --data.file unobserved.txt", "unobserved.txt: no output was observed"),
        (
            "train --config examples.yaml --data.file contradictory.txt",
            "contradictory.txt: lines 2 and 4 contradict each other: after the same 2 input symbols one shows 1, the "
            "other 0",
        ),
        (
            """train --config examples.yaml --data.inputs '["0"]'""",
            "good.txt:2: unknown symbol '1', expected one of: 0",
        ),
        ("""train --config examples.yaml --data.outputs '["0","0"]'""", "data.outputs: symbol '0' stands twice"),
        ("train --config examples.yaml --data.file x.csv", "x.csv: is CSV, which needs data.input_columns, a list"),
        (
            "train --config examples.yaml --data.reset_column r",
            "good.txt: data.reset_column is for CSV (.csv, .tsv) and VCD (.vcd)",
        ),
        ("train --config examples.yaml --data.file x.abb", "x.abb: cannot be read (No such file or directory)"),
        (
            "train --config examples.yaml --data.file letters.txt --data.reference_file parity.kiss2",
            "letters.txt: input symbol 'a' is not in parity.kiss2",
        ),
        ("train --config parity --run in_the_way", "in_the_way: is in the way of the run folder"),
        ("train --config parity --run in_the_way/run", "in_the_way/run.partial: cannot be written (Not a directory)"),
        ("train --config parity --run other", "other: holds files that are no run of seqlogic"),
    ],
)
def test_a_fault_of_the_user_is_one_line(line: str, said: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(place)
    assert main(shlex.split(line)) == 2
    error = capsys.readouterr().err
    command = line.split(" ", 1)[0]
    assert error.startswith("seqlogic: " if command in ("", "fly") else f"seqlogic {command}: ")
    assert said in error
    assert error.count("\n") == 1
    assert tree(place) == before


@pytest.mark.parametrize(
    "command", ["", "train", "prove", "check", "query", "data", "replay", "show", "export", "tasks", "board"]
)
def test_help_explains(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([*command.split(), "--help"])
    shown = capsys.readouterr().out
    assert exit_.value.code == 0
    assert shown.startswith(f"usage: seqlogic {command}".rstrip())
    assert len(shown.splitlines()) > 4


def test_a_printed_configuration_can_be_fed_back(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for config in ("parity", "again.yaml"):
        with pytest.raises(SystemExit) as exit_:
            main(["train", "--config", config, "--data.sequences", "70", "--print_config"])
        assert exit_.value.code == 0
        shown.append(capsys.readouterr().out)
        (place / "again.yaml").write_text(shown[-1])
    assert "sequences: 70" in shown[0]
    assert shown[0] == shown[1]


def test_prove_exits_with_what_it_finds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "parity.kiss2", "parity.kiss2"]) == 0
    assert capsys.readouterr().out.startswith("equal: ")
    assert main(["prove", "open.kiss2", "parity.kiss2"]) == 3
    assert "3 of 4 entries of parity.kiss2 are known in open.kiss2" in capsys.readouterr().out
    assert main(["prove", "zero.kiss2", "parity.kiss2"]) == 1
    shown = capsys.readouterr().out
    assert "contradict each other at step 2" in shown
    assert "input        1 1" in shown


def test_show_prints_and_draws(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "parity.kiss2", "--svg", "parity.svg"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("mealy machine, 2 states (2 reachable), minimal 2\n")
    assert "odd/1" in shown
    assert (place / "parity.svg").read_text().startswith("<svg ")


def test_a_drawing_that_fails_leaves_the_earlier_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "parity.svg").write_text("earlier")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    before = tree(place)
    assert main(["show", "parity.kiss2", "--svg", "parity.svg"]) == 2
    assert tree(place) == before


def test_export_writes_verilog_with_a_test_bench_and_aiger(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "parity.kiss2", "--format", "verilog"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("parity.v: 2 states, binary encoding, ")
    assert said[1].endswith(
        "the suite detects every fault of a deterministic implementation of at most 2 + 1 states "
        "that a restart brings back to its initial state"
    )
    assert "module parity (" in Path("parity.v").read_text()
    assert "module parity_tb" in Path("parity_tb.v").read_text()
    for encoding in ("one-hot", "gray", "searched"):
        assert main(["export", "parity.kiss2", "other-name.v", "--encoding", encoding]) == 0
        assert "module other_name (" in Path("other-name.v").read_text()
    assert main(["export", "parity.kiss2", "parity.aig"]) == 0
    assert Path("parity.aig").read_bytes().startswith(b"aig ")
    assert main(["export", "parity.kiss2", "parity.aag"]) == 0
    assert Path("parity.aag").read_bytes().startswith(b"aag ")


def test_export_keeps_the_digest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "parity.kiss2", "parity.dot"]) == 0
    assert main(["export", "parity.dot", "parity.json", "--minimise"]) == 0
    digests = {line.split()[-1] for line in capsys.readouterr().out.splitlines()}
    assert len(digests) == 1
    assert main(["export", "parity.json", "moore.kiss2", "--kind", "moore"]) == 0
    assert main(["prove", "moore.kiss2", "parity.kiss2"]) == 0


def test_an_interrupt_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seqlogic.commands.show.read_machine", interrupted)
    assert main(["show", "parity.kiss2"]) == 130
    assert capsys.readouterr().err == "seqlogic show: interrupted\n"


def test_a_full_disk_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(path: str) -> None:
        raise OSError(28, "No space left on device", "parity.kiss2")

    monkeypatch.setattr("seqlogic.commands.show.read_machine", full)
    assert main(["show", "parity.kiss2"]) == 2
    assert capsys.readouterr().err == "seqlogic show: parity.kiss2: No space left on device\n"


def test_a_closed_pipe_is_silent() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "seqlogic", "tasks"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_export_names_the_signals(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "00 a a 00\n01 a a 01\n10 a a 10\n11 a a 11\n"
    Path("named.kiss2").write_text(f".i 2\n.o 2\n.ilb q error\n.ob q[1] q[0]\n{rows}.e\n")
    assert main(["export", "named.kiss2", "named.aag"]) == 0
    symbols = [line for line in Path("named.aag").read_text().splitlines() if line[:1] in "io"]
    # The least significant bit first; an output that is called as an input, or as an output of ours, gets another name.
    assert symbols == ["i0 error_", "i1 q", "o0 q[0]", "o1 q[1]", "o2 error"]
    assert main(["export", "named.kiss2", "named.v"]) == 0
    text = Path("named.v").read_text()
    assert '    input  wire error_,        // the signal "error"\n' in text
    assert '    output wire [1:0] q_,      // the signal "q"\n' in text
    Path("named.kiss2").write_text(f".i 2\n.o 2\n.ilb q r\n.ob q r\n{rows}.e\n")
    assert main(["export", "named.kiss2", "named.aag"]) == 0
    symbols = [line for line in Path("named.aag").read_text().splitlines() if line[:1] in "io"]
    assert symbols == ["i0 r", "i1 q", "o0 r_", "o1 q_", "o2 error"]


@pytest.fixture
def counters(place: Path) -> None:
    """A counter of four bits as a machine and as circuits, one of them wrong after four steps."""
    write_machine(Counter(bits=4).reference(), place / "counter.json")
    circuit = Counter(bits=4).circuit()
    write_circuit(circuit, place / "counter.aag")
    write_circuit(circuit, place / "counter.blif")
    write_circuit(replace(circuit, next_state=circuit.next_state ^ np.array([0, 0, 1, 0])), place / "wrong.aig")
    write_circuit(Counter(bits=5).circuit(), place / "wider.aig")


@pytest.mark.usefixtures("counters")
def test_circuits_are_proven_and_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "counter.aag", "counter.blif"]) == 0
    assert capsys.readouterr().out.startswith("equal: counter.aag and counter.blif answer every input word alike (")
    assert main(["prove", "counter.json", "counter.blif"]) == 0
    assert main(["prove", "wrong.aig", "counter.json"]) == 1
    assert "differs: wrong.aig and counter.json answer step 2 otherwise" in capsys.readouterr().out
    assert main(["show", "counter.aag", "--limit", "3"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("circuit, 4 latches, ")
    assert "(--limit shows them)\n\nlatches begin at 0\n" in said
    (place / "run").mkdir()
    (place / "run" / "circuit.aig").write_bytes((place / "wider.aig").read_bytes())
    assert main(["prove", "run", "wider.aig"]) == 0
    assert main(["export", "run", "out.blif"]) == 0


@pytest.mark.usefixtures("counters")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("prove counter.aag wider.aig", "counter.aag and wider.aig cannot be compared: 4 and 5 output bits"),
        ("prove open.kiss2 counter.aag", "open.kiss2 and counter.aag cannot be compared: 1 and 4 output bits"),
        ("prove counter.json counter.json --limit 3", "argument --limit: is for circuits and Verilog"),
        ("prove counter.aag counter.aag --limit 0", "argument --limit: 0 seconds, expected more than 0"),
        ("prove counter.aag counter.aag --clock c", "argument --clock: is for Verilog"),
        ("show counter.aag --svg x.svg", "argument --svg: is for machines, but counter.aag is a circuit"),
        ("show counter.aag --minimise", "argument --minimise: is for machines, but counter.aag is a circuit"),
        ("show none.aig", "none.aig: no such file"),
    ],
)
def test_a_fault_with_a_circuit_is_one_line(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(line)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_names_decide_what_is_compared(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "a.blif").write_text(".model m\n.inputs x s\n.outputs y\n.names x s y\n10 1\n.end\n")
    (place / "b.blif").write_text(".model m\n.inputs s x\n.outputs y\n.names s x y\n10 1\n.end\n")
    (place / "c.blif").write_text(".model m\n.inputs k l\n.outputs y\n.names k l y\n10 1\n.end\n")
    assert main(["prove", "a.blif", "b.blif"]) == 1
    assert main(["prove", "a.blif", "c.blif"]) == 0
    assert (
        "their inputs have names of their own: x is taken for k, and so on in their order\n" in capsys.readouterr().out
    )
    turned = Machine([[0, 0]], [[0, 1]], Alphabet.of(["1", "0"]), Alphabet.words(1))
    write_machine(turned, place / "turned.json")
    write_circuit(Counter(bits=1).circuit(), place / "bit.aig")
    assert main(["prove", "turned.json", "bit.aig"]) == 2
    assert "turned.json: has symbols of other names than those of their bits" in capsys.readouterr().err
