"""Circuits in `seqlogic replay`, `data` and `query`: how symbols are written, and what is asked of a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlogic.cli import main
from seqlogic.formats import read_machine, write_circuit, write_machine
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from tasks import Counter, Crc
from tests.captures import capture

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
EXAMPLES = "0 1 1 0 1\t0 1 0 0 1\n1 0 1 0\t1 1 0 0\n1 0 1 1\t1 1 0 1\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a machine, what is exported of it, and a counter of two bits."""
    monkeypatch.chdir(tmp_path)
    write_machine(PARITY, "parity.json")
    for suffix in ("aig", "aag", "blif"):
        assert main(["export", "parity.json", f"parity.{suffix}"]) == 0
    write_circuit(Counter(bits=2).circuit(), "counter.aig")
    Path("parity.txt").write_text(EXAMPLES)
    return tmp_path


@pytest.mark.parametrize("suffix", ["aig", "aag", "blif"])
def test_a_trace_is_replayed_on_a_circuit(suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", f"parity.{suffix}", "parity.txt"]) == 0
    assert "agrees: 13 outputs agree, 0 differ, 0 the machine does not know\n" in capsys.readouterr().out
    Path("parity.txt").write_text(EXAMPLES + "1 1\t1 1\n")
    assert main(["replay", f"parity.{suffix}", "parity.txt", "--vcd", "out.vcd"]) == 1
    said = capsys.readouterr().out
    assert "  line 4, symbol 2: expected 0, observed 1\n" in said
    assert Path("out.vcd").exists()


@pytest.mark.parametrize("text", ["1 1 0 1 1\t1 2 2 3 0\n", "1 1 0 1 1\t01 10 10 11 00\n"])
def test_symbols_are_numbers_or_words_of_bits(text: str) -> None:
    Path("count.txt").write_text(text)
    assert main(["replay", "counter.aig", "count.txt"]) == 0
    Path("count.txt").write_text(text.replace("3", "1").replace("11", "01"))
    assert main(["replay", "counter.aig", "count.txt"]) == 1


def test_numbers_and_words_may_stand_in_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("count.txt").write_text("1 1 0\t1 10 2\n1 1\t01 3\n")
    assert main(["replay", "counter.aig", "count.txt"]) == 1
    assert capsys.readouterr().out.endswith("\n  line 2, symbol 2: expected 10, observed 11\n")


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        ("11 3 x", "unknown symbol 'x', expected 9 bits, or a number below 512"),
        ("0 512 x", "unknown symbol '512', expected 9 bits, or a number below 512"),
        ("0000000010 10 007", "unknown symbol '0000000010', expected 9 bits"),
        ("000000010 007", "unknown symbol '007', expected 9 bits"),
    ],
)
def test_the_symbol_is_blamed_that_is_neither(symbols: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_circuit(Counter(bits=8, control="load").circuit(), "load.aig")
    Path("count.txt").write_text(f"{symbols}\t{' '.join('0' for _ in symbols.split())}\n")
    assert main(["replay", "load.aig", "count.txt"]) == 2
    assert f"count.txt:1: {said}" in capsys.readouterr().err


def test_the_first_signal_of_a_capture_is_the_last_output(place: Path) -> None:
    """The highest bit, as of machines."""
    rows = [{"rst": "1"}, {"rst": "0", "en": "1", "hi": "0", "lo": "1"}, {"hi": "1", "lo": "0"}, {"lo": "1"}]
    (place / "trace.vcd").write_bytes(capture({"rst": 1, "en": 1, "hi": 1, "lo": 1}, rows))
    line = [
        "replay",
        "counter.aig",
        "trace.vcd",
        "--input-columns",
        "en",
        "--clock-column",
        "clk",
        "--reset-column",
        "rst",
    ]
    assert main([*line, "--output-columns", "hi", "lo"]) == 0
    assert main([*line, "--output-columns", "lo", "hi"]) == 1


def test_what_the_error_output_marks_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    write_machine(Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], BIT, BIT), "open.json")
    assert main(["export", "open.json", "open.aig"]) == 0
    capsys.readouterr()
    assert main(["replay", "open.aig", "parity.txt"]) == 3
    of_circuit = capsys.readouterr().out
    assert main(["replay", "open.json", "parity.txt"]) == 3
    assert capsys.readouterr().out == of_circuit
    # Examples that show that output, too.
    Path("shown.txt").write_text("0 1 1\t00 01 10\n")
    assert main(["replay", "open.aig", "shown.txt"]) == 0


def test_what_examples_prove_of_a_circuit(capsys: pytest.CaptureFixture[str]) -> None:
    codes, said = [], []
    for machine in ("parity.json", "parity.blif"):
        codes.append(main(["data", "parity.txt", "--machine", machine]))
        said.append(capsys.readouterr().out.partition("unique: proven")[0])
    assert codes == [0, 0]
    assert said[0] == said[1] != ""
    Path("parity.txt").write_text(EXAMPLES + "1 1 1\t1 0 0\n")
    assert main(["data", "parity.txt", "--machine", "parity.aig"]) == 1


def test_a_circuit_is_asked() -> None:
    assert main(["query", "--machine", "counter.aig", "--output", "found.json"]) == 0
    assert len(read_machine("found.json")) == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("data bits.txt --machine crc.aig", "crc.aig: the circuit reaches more than 4,096 states, and a table of its"),
        ("query --machine crc.aig", "crc.aig: the circuit reaches more than 4,096 states, and a table of its states"),
        ("replay crc.aig letters.txt", "letters.txt:1: unknown symbol 'a', expected 1 bit"),
        ("replay closed.aig bits.txt", "closed.aig: has 0 input bits, expected 1 to 30"),
    ],
)
def test_what_cannot_be_done_is_one_line(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    crc = Crc(polynomial="crc16").circuit()
    write_circuit(crc, "crc.aig")
    Path("closed.aig").write_text("aag 0 0 0 1 0\n1\n")
    Path("bits.txt").write_text("0 1\t0 1\n")
    Path("letters.txt").write_text("a\t1\n")
    assert main(line.split()) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
