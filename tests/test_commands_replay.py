"""`seqlogic replay`: what it says of a machine beside a trace, the files it writes, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlogic.cli import main
from tests.captures import capture, sampled

PARITY = ".i 1\n.o 1\n.r even\n0 even even 0\n1 even odd 1\n0 odd odd 1\n1 odd even 0\n.e\n"
EXAMPLES = "# of parity\n0 1 1 0 1\t0 1 0 0 1\n1 0 1 0\t- 1 0 0\n\n1 0 1 1\t1 1 0 1\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a machine and examples of it."""
    (tmp_path / "parity.kiss2").write_text(PARITY)
    (tmp_path / "parity.txt").write_text(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = main(["replay", "parity.kiss2", *arguments])
    return code, capsys.readouterr().out.splitlines()


def test_it_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, "parity.txt")
    assert code == 0
    assert lines == [
        "3 sequences, 13 symbols, 12 outputs observed",
        "agrees: 12 outputs agree, 0 differ, 0 the machine does not know",
    ]


def test_it_differs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.txt").write_text(EXAMPLES + "1 1 1\t0 0 0\n0 1\t0 0\n")
    code, lines = said(capsys, "parity.txt")
    assert code == 1
    assert lines[1:] == [
        "differs: 14 outputs agree, 3 differ, 0 the machine does not know",
        "3 of 5 sequences are without a difference",
        "  line 6, symbol 1: expected 1, observed 0",
        "  line 6, symbol 3: expected 1, observed 0",
        "  line 7, symbol 2: expected 1, observed 0",
    ]
    assert said(capsys, "parity.txt", "--limit", "1")[1][3:] == ["  line 6, symbol 1: expected 1, observed 0", "  ..."]
    assert said(capsys, "parity.txt", "--limit", "3")[1][5:] == ["  line 7, symbol 2: expected 1, observed 0"]
    assert said(capsys, "parity.txt", "--limit", "0")[1][3:] == ["  ..."]


def test_an_output_that_the_machine_never_gives_differs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "door.dot").write_text(
        'digraph g {\n__start0 -> s;\ns -> s [label="a / ding"];\ns -> s [label="b / hold"];\n}\n'
    )
    (place / "door.txt").write_text("a b a\tding alarm ding\nb\thold\n")
    code = main(["replay", "door.dot", "door.txt", "--vcd", "out.vcd"])
    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[1:4] == [
        "differs: 3 outputs agree, 1 differs, 0 the machine does not know",
        "1 of 2 sequences is without a difference",
        "  line 1, symbol 2: expected hold, observed alarm",
    ]
    # An input that it has not is still at fault, and so is a word of other bits.
    (place / "door.txt").write_text("a c\tding alarm\n")
    assert main(["replay", "door.dot", "door.txt"]) == 2
    assert "unknown symbol 'c'" in capsys.readouterr().err
    (place / "parity.txt").write_text("0\t01\n")
    assert main(["replay", "parity.kiss2", "parity.txt"]) == 2
    assert capsys.readouterr().err.startswith("seqlogic replay: parity.txt:1: ")


def test_a_machine_that_does_not_know_leaves_it_open(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.kiss2").write_text(PARITY.replace("1 odd even 0\n", ""))
    code, lines = said(capsys, "parity.txt")
    assert (code, lines[1]) == (3, "agrees where it is known: 5 outputs agree, 0 differ, 7 the machine does not know")
    (place / "parity.txt").write_text("1 1\t0 0\n")
    code, lines = said(capsys, "parity.txt")
    assert (code, lines[1]) == (1, "differs: 0 outputs agree, 1 differs, 1 the machine does not know")
    # What the machine does not know where nothing was observed leaves nothing open.
    (place / "parity.txt").write_text("1 1\t1 -\n")
    assert said(capsys, "parity.txt")[0] == 0


def test_nothing_observed_leaves_it_open(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.txt").write_text("1 1\t- -\n")
    code, lines = said(capsys, "parity.txt")
    assert (code, lines[1]) == (3, "nothing to compare: 0 outputs agree, 0 differ, 0 the machine does not know")


def test_an_output_known_in_part(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.kiss2").write_text(".i 1\n.o 2\n.r a\n0 a a 0-\n1 a a 11\n.e\n")
    (place / "parity.txt").write_text("0 1\t01 11\n0\t11\n")
    code, lines = said(capsys, "parity.txt")
    assert (code, lines[1]) == (1, "differs: 1 output agrees, 1 differs, 1 the machine does not know")
    assert lines[3] == "  line 2, symbol 1: expected 0-, observed 11"


ROWS = [{"rst": "1"}, {"rst": "0", "bit": "1", "odd": "1"}, {"odd": "1"}, {"bit": "0", "odd": "x"}, {"odd": "0"}]
SIGNALS = ["--input-columns", "bit", "--output-columns", "dut.odd", "--clock-column", "clk", "--reset-column", "rst"]


def test_a_capture_and_its_waveform(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = capture({"rst": 1, "bit": 1, "odd": 1}, ROWS).replace(b"1 ns", b"10 ps")
    (place / "trace.vcd").write_bytes(data)
    code, lines = said(capsys, "trace.vcd", *SIGNALS, "--vcd", "out.vcd")
    assert code == 1
    # The edges are at 10, 20, 30 and so on, in tens of picoseconds; the first is in reset.
    assert lines == [
        "1 sequence, 4 symbols, 3 outputs observed",
        "differs: 2 outputs agree, 1 differs, 0 the machine does not know",
        "0 of 1 sequence are without a difference",
        "  time 300 ps, sequence 1, symbol 2: expected 0, observed 1",
        "out.vcd: expected beside observed; gtkwave out.gtkw",
    ]
    again = ["--input-columns", "input.bit", "--clock-column", "clk", "--reset-column", "reset", "--output-columns"]
    assert main(["replay", "parity.kiss2", "out.vcd", *again, "observed.dut.odd"]) == 1
    assert capsys.readouterr().out.splitlines()[:4] == lines[:4]
    assert main(["replay", "parity.kiss2", "out.vcd", *again, "expected.dut.odd"]) == 0
    capsys.readouterr()
    assert "$timescale 10 ps $end" in (place / "out.vcd").read_text()
    assert "\nreplay.expected.dut.odd\n" in (place / "out.gtkw").read_text()
    (place / "trace.vcd").write_bytes(data.replace(b"$timescale 10 ps $end\n", b""))
    assert said(capsys, "trace.vcd", *SIGNALS)[1][3].startswith("  time 30, sequence 1, symbol 2")


def test_samples_as_csv_are_replayed_as_their_capture(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = capture({"rst": 1, "bit": 1, "odd": 1}, ROWS)
    (place / "trace.vcd").write_bytes(data)
    (place / "trace.csv").write_text("".join(sampled(data, ["clk", "odd", "bit", "rst"])))
    columns = [name.replace("dut.", "") for name in SIGNALS]
    code, lines = said(capsys, "trace.csv", *columns, "--vcd", "csv.vcd")
    assert (code, lines[3]) == (1, "  time 30, sequence 1, symbol 2: expected 0, observed 1")
    assert said(capsys, "trace.vcd", *columns, "--vcd", "vcd.vcd")[1][:3] == lines[:3]
    assert (place / "csv.vcd").read_text() == (place / "vcd.vcd").read_text()


def test_csv_and_abbadingo(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "parity.csv").write_text("rst,bit,odd\n1,,\n0,0,0\n0,1,1\n1,,\n0,1,0\n")
    columns = ("--input-columns", "bit", "--output-columns", "odd", "--reset-column", "rst")
    code, lines = said(capsys, "parity.csv", *columns, "--vcd", "out.vcd")
    assert (code, lines[3]) == (1, "  line 6, symbol 1: expected 1, observed 0")
    assert "wire 1 ' odd $end" in (place / "out.vcd").read_text()
    (place / "words.abb").write_text("1 2\n1 3 0 1 0\n")
    assert said(capsys, "words.abb")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("none.kiss2 parity.txt", "none.kiss2: no such file"),
        ("parity.kiss2 none.txt", "none.txt: cannot be read (No such file or directory)"),
        ("parity.kiss2 none.txt --vcd parity.kiss2", "none.txt: cannot be read (No such file or directory)"),
        ("parity.kiss2 parity.txt --limit -1", "argument --limit: -1, expected 0 or more (`seqlogic replay --help`"),
        ("parity.kiss2 parity.txt --vcd out.txt", "out.txt: expected a name that ends in .vcd"),
        ("parity.kiss2 parity.txt --vcd no/out.vcd", "no/out.vcd: cannot be written: No such file or directory"),
        ("parity.kiss2 parity.txt --clock-column clk", "parity.txt: --clock-column is for CSV (.csv, .tsv) and VCD"),
        ("parity.kiss2 other.txt", "other.txt:1: unknown symbol '2', expected 1 bit"),
        ("parity.kiss2 parity.txt --target x", "--target and --baudrate need --build, the build of what is talked to"),
        ("parity.kiss2 parity.txt --baudrate 9", "--target and --baudrate need --build, the build of what is talked"),
    ],
)
def test_a_fault_of_the_user_is_one_line(
    arguments: str, message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "other.txt").write_text("0 2\t0 0\n")
    before = sorted(place.iterdir())
    assert main(["replay", *arguments.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"seqlogic replay: {message}")
    assert error.count("\n") == 1
    assert sorted(place.iterdir()) == before


def test_the_trace_is_not_overwritten(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = capture({"rst": 1, "bit": 1, "odd": 1}, ROWS)
    (place / "trace.vcd").write_bytes(data)
    (place / "link.vcd").symlink_to("trace.vcd")
    for name in ("trace.vcd", "link.vcd"):
        assert main(["replay", "parity.kiss2", "trace.vcd", *SIGNALS, "--vcd", name]) == 2
        assert f"{name}: is the trace itself, expected another file" in capsys.readouterr().err
    assert (place / "trace.vcd").read_bytes() == data
