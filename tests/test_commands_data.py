"""`seqlogic data`: what it says of examples, and its exit codes."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from seqlogic.cli import main
from tests.captures import capture, sampled

PARITY = ".i 1\n.o 1\n.r even\n0 even even 0\n1 even odd 1\n0 odd odd 1\n1 odd even 0\n.e\n"
EXAMPLES = "# of parity\n0 1 1 0 1\t0 1 0 0 1\n1 0 1 0\t1 1 0 0\n1 0 1 1\t1 1 0 1\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a machine and examples of it."""
    (tmp_path / "parity.kiss2").write_text(PARITY)
    (tmp_path / "parity.txt").write_text(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = main(["data", *arguments])
    return code, capsys.readouterr().out.splitlines()


def test_outputs_that_nobody_observed_are_at_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine, file = tmp_path / "m.kiss2", tmp_path / "x.txt"
    machine.write_text(".i 1\n.o 1\n.r a\n0 a a 0\n1 a a 1\n.e\n")
    file.write_text("0 1\t- -\n")
    assert main(["data", str(file), "--machine", str(machine)]) == 2
    assert "no output was observed in any example" in capsys.readouterr().err


def test_of_a_machine_that_is_the_only_one_nothing_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine, file = tmp_path / "m.kiss2", tmp_path / "x.txt"
    machine.write_text(".i 1\n.o 1\n.r a\n0 a a 0\n1 a a 1\n.e\n")
    file.write_text("0 1\t0 1\n")
    assert main(["data", str(file), "--machine", str(machine), "--ask"]) == 0
    assert "words to record: none, it is the only one already" in capsys.readouterr().out


def test_the_only_machine(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2")
    assert code == 0
    assert lines[0] == "3 sequences, 13 symbols, 13 outputs observed; 2 input and 2 output symbols"
    assert lines[1] == "coverage: 4 of the 4 entries that the machine knows were seen"
    assert lines[2] == "  rarest: 0 in state 1, 2 times"
    assert lines[3] == "minimal: proven, every machine that fits has at least 2 states"
    assert lines[4].startswith("unique: proven, it is the only machine of at most 2 states that fits (")
    assert lines[5].startswith("not unique with one state more: another machine of 3 states fits as well (")
    assert lines[6].startswith("  record next: ")
    assert len(lines) == 8


def test_the_only_machine_of_one_state_more(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (place / "parity.txt").open("a") as file:
        for word in product("01", repeat=5):
            file.write(f"{' '.join(word)}\t{' '.join(str(word[: n + 1].count('1') % 2) for n in range(5))}\n")
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2")
    assert code == 0
    assert lines[4].startswith("unique: proven, it is the only machine of at most 3 states that fits (")
    assert len(lines) == 5


def test_another_machine_and_the_word_to_record(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.txt").write_text("0 1 1 1\t0 1 0 1\n")
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2")
    assert code == 3
    assert lines[1] == "coverage: 3 of the 4 entries that the machine knows were seen"
    assert lines[3] == "  never: 0 in state 1"
    assert lines[5].startswith("not unique: another machine of 2 states fits as well (")
    assert lines[6:] == ["  record next: 1 0", "  where this machine ends with 1 and the other one with 0"]
    # Once that is recorded, there is one choice less, and at last none.
    for _ in range(6):
        word = next(line for line in lines if "record next" in line).split(": ")[1].split()
        answers = [str(word[: n + 1].count("1") % 2) for n in range(len(word))]
        with (place / "parity.txt").open("a") as file:
            file.write(f"{' '.join(word)}\t{' '.join(answers)}\n")
        code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2")
        if code == 0:
            return
    pytest.fail(f"still not unique: {lines}")


def test_a_state_too_many_is_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.txt").write_text("0 0\t0 0\n1\t1\n")
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2")
    assert code == 3
    assert lines[-4] == "not minimal: one of 1 state fits, this one has 2"
    assert lines[-3].startswith("not unique: another machine of 1 state fits as well (")


def test_no_time_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2", "--limit", "1e-9")
    assert code == 3
    assert lines[-2] == "minimal: proven, every machine that fits has at least 2 states"
    assert lines[-1].startswith("unique: unknown after ")


def test_a_machine_that_does_not_fit(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.txt").write_text(EXAMPLES + "0 0 0\t0 1 0\n0 1 0\t0 1 0\n")
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2")
    assert code == 1
    assert lines[1:] == [
        "does not fit: the machine does not answer 1 to symbol 2 of line 5; 2 sequences are not explained"
    ]


def test_examples_alone(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, "parity.txt")
    assert code == 0
    assert lines[1:] == ["no contradiction; every machine that fits has at least 2 states"]


def test_a_contradiction_names_both_lines(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.txt").write_text(EXAMPLES + "0 1 1 1\t0 1 1 0\n")
    code, lines = said(capsys, "parity.txt")
    assert code == 1
    assert lines[1:] == [
        "lines 2 and 5 contradict each other: after the same 3 input symbols one shows 0, the other 1; a deterministic "
        "machine cannot do both"
    ]


def test_an_output_known_in_part_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "half.kiss2").write_text(".i 1\n.o 2\n.r a\n0 a a 0-\n1 a a 11\n.e\n")
    (place / "two.txt").write_text("0 1\t00 11\n")
    assert main(["data", "two.txt", "--machine", "half.kiss2"]) == 2
    assert "an output is known in part" in capsys.readouterr().err


def test_vcd(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"rst_n": "0"},
        {"rst_n": "1", "en": "1", "bit": "1", "odd": "0"},
        {"en": "0", "odd": "1"},
        {"en": "1", "bit": "1"},
        {"bit": "0", "odd": "0"},
    ]
    sizes = {"rst_n": 1, "en": 1, "bit": 1, "odd": 1}
    (place / "parity.vcd").write_bytes(capture(sizes, rows, edge="falling", delay=9))
    signals = ["--input-columns", "bit", "--output-columns", "odd", "--clock-column", "top.clk", "--edge", "falling"]
    control = ["--reset-column", "rst_n", "--reset-level", "0", "--enable-column", "en", "--registered"]
    code, lines = said(capsys, "parity.vcd", *signals, *control, "--machine", "parity.kiss2")
    assert (code, lines[0]) == (3, "1 sequence, 3 symbols, 2 outputs observed; 2 input and 2 output symbols")
    assert lines[1] == "coverage: 3 of the 4 entries that the machine knows were seen"
    # So do the samples of a logic analyser.
    (place / "parity.csv").write_text("".join(sampled((place / "parity.vcd").read_bytes(), ["clk", *sizes])))
    columns = [name.replace("top.", "") for name in signals]
    assert said(capsys, "parity.csv", *columns, *control, "--machine", "parity.kiss2")[1][:3] == lines[:3]
    # Read as if they were not registered, the outputs are not those of parity.
    code, lines = said(capsys, "parity.vcd", *signals, *control[:-1], "--machine", "parity.kiss2")
    assert (code, lines[0]) == (1, "1 sequence, 3 symbols, 3 outputs observed; 2 input and 2 output symbols")
    assert main(["data", "parity.vcd", *signals[:4]]) == 2
    assert capsys.readouterr().err == (
        "seqlogic data: parity.vcd: is VCD, which needs --clock-column, one of its signals\n"
    )


def test_csv_and_abbadingo(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "rst,bit,odd\n1,,\n0,0,0\n0,1,1\n0,1,0\n1,,\n0,1,1\n0,0,1\n"
    (place / "parity.csv").write_text(rows)
    columns = ("--input-columns", "bit", "--output-columns", "odd", "--reset-column", "rst")
    code, lines = said(capsys, "parity.csv", *columns, "--machine", "parity.kiss2")
    assert (code, lines[0]) == (3, "2 sequences, 5 symbols, 5 outputs observed; 2 input and 2 output symbols")
    (place / "words.abb").write_text("2 2\n1 3 0 1 0\n0 2 1 1\n")
    code, lines = said(capsys, "words.abb")
    assert (code, lines[0]) == (0, "2 sequences, 5 symbols, 2 outputs observed; 2 input and 2 output symbols")
    for wrong, message in (
        (("parity.csv",), "parity.csv: is CSV, which needs --input-columns, a list of its columns"),
        (("words.abb", "--reset-column", "rst"), "words.abb: --reset-column is for CSV (.csv, .tsv) and VCD (.vcd)"),
    ):
        assert main(["data", *wrong]) == 2
        assert capsys.readouterr().err == f"seqlogic data: {message}\n"


def test_the_words_that_settle_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.txt").write_text("0 1 1 1\t0 1 0 1\n")
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2", "--ask")
    assert code == 3
    start = next(number for number, line in enumerate(lines) if line.startswith("words to record: "))
    words = [line.split() for line in lines[start + 1 :]]
    assert lines[start] == (f"words to record: {len(words)}; if the machine is right on them, it is the only one")
    with (place / "parity.txt").open("a") as file:
        for word in words:
            answers = [str(word[: n + 1].count("1") % 2) for n in range(len(word))]
            file.write(f"{' '.join(word)}\t{' '.join(answers)}\n")
    code, lines = said(capsys, "parity.txt", "--machine", "parity.kiss2", "--ask")
    assert code == 0
    assert any(line.startswith("unique: proven, it is the only machine of at most 2 states") for line in lines)
