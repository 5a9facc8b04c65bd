"""`seqlogic prove` with a circuit: against another, the machine that it was exported from, and Verilog."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqlogic.cli import main
from seqlogic.formats import read_circuit, write_circuit, write_machine
from seqlogic.formats.verilog import render_circuit
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from tasks import Counter, Crc, Delay
from tests.strategies import machines

VENDING = Machine(
    [[1, 0, 0], [1, 0, 1]], [[0, 1, 1], [0, 2, 0]], Alphabet.of("cbx"), Alphabet.of(["beep", "init", "go"])
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def exported(machine: Machine, suffix: str, *options: str) -> None:
    """Write a machine, and what `export` makes of it."""
    write_machine(machine, "m.json")
    assert main(["export", "m.json", f"c.{suffix}", *options]) == 0


@pytest.mark.parametrize("suffix", ["aig", "aag", "blif"])
def test_a_machine_is_equal_to_the_circuit_that_was_exported_of_it(
    suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exported(VENDING, suffix)
    for a, b in (("m.json", f"c.{suffix}"), (f"c.{suffix}", "m.json")):
        assert main(["prove", a, b]) == 0
        said = capsys.readouterr().out
        assert f"equal: {a} and {b} answer every input word alike (" in said
        assert said.endswith("the symbols of m.json are compared by their numbers, in its order from 0 on\n")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(machine=machines(), unknown=st.sampled_from(["flag", "free"]))
def test_what_was_exported_is_never_said_to_differ(machine: Machine, unknown: str) -> None:
    exported(machine, "aig", "--unknown", unknown)
    assert main(["prove", "m.json", "c.aig"]) in ((0,) if unknown == "flag" else (0, 3))


def test_signals_that_had_to_be_renamed_are_found_again() -> None:
    inputs = Alphabet(bits=2, signals=(("q", 1), ("error", 1)))
    outputs = Alphabet(bits=2, signals=(("error", 1), ("p q", 1)))
    exported(Machine([[0] * 4], [[0, 1, 2, 3]], inputs, outputs), "blif")
    assert read_circuit("c.blif").inputs == ("error_", "q")
    assert main(["prove", "m.json", "c.blif"]) == 0
    # Inputs that changed their places are found by their names.
    Path("c.blif").write_text(Path("c.blif").read_text().replace(".inputs error_ q", ".inputs q error_"))
    assert main(["prove", "c.blif", "m.json"]) == 0


def test_a_wrong_circuit_differs_and_a_wrong_error_output_does(capsys: pytest.CaptureFixture[str]) -> None:
    exported(VENDING, "aig")
    circuit = read_circuit("c.aig")
    for place in range(3):
        output = circuit.output.copy()
        output[place] ^= 1
        write_circuit(replace(circuit, output=output), "wrong.aig")
        assert main(["prove", "m.json", "wrong.aig"]) == 1
        assert "differs: m.json and wrong.aig answer step 1 otherwise" in capsys.readouterr().out


def test_a_machine_that_leaves_entries_open_conforms(capsys: pytest.CaptureFixture[str]) -> None:
    bit = Alphabet.words(1)
    write_machine(Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], bit, bit), "whole.json")
    exported(Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], bit, bit), "aig")
    assert main(["prove", "m.json", "c.aig"]) == 0
    assert main(["export", "whole.json", "whole.aig"]) == 0
    capsys.readouterr()
    assert main(["prove", "whole.aig", "m.json"]) == 3
    said = capsys.readouterr().out
    assert said.startswith("conforms: whole.aig and m.json never contradict each other; 3 of 3 entries of m.json are")
    assert said.endswith("the output 'error' is left out of this, for the machine leaves entries open\n")
    # A circuit that never had such an output.
    circuit = read_circuit("whole.aig")
    write_circuit(replace(circuit, outputs=circuit.outputs[:1], output=circuit.output[:1]), "bare.aig")
    assert main(["prove", "m.json", "bare.aig"]) == 3
    write_circuit(replace(circuit, outputs=circuit.outputs[:1], output=circuit.output[:1] ^ 1), "bare.aig")
    assert main(["prove", "bare.aig", "m.json"]) == 1


def test_what_is_open_where_no_word_leads_hides_no_wrong_error_output() -> None:
    bit = Alphabet.words(1)
    exported(Machine([[0, 0], [0, UNKNOWN]], [[0, 1], [0, UNKNOWN]], bit, bit), "aig")
    assert main(["prove", "m.json", "c.aig"]) == 0
    circuit = read_circuit("c.aig")
    output = circuit.output.copy()
    output[-1] ^= 1
    write_circuit(replace(circuit, output=output), "c.aig")
    assert main(["prove", "m.json", "c.aig"]) == 1


def test_whether_it_conforms_is_not_asked_for_ever(capsys: pytest.CaptureFixture[str]) -> None:
    bit = Alphabet.words(1)
    write_machine(Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], bit, bit), "m.json")
    write_circuit(Counter(bits=18, answer="msb").circuit(), "c.aig")
    capsys.readouterr()
    assert main(["prove", "c.aig", "m.json", "--limit", "1e-9"]) == 3
    assert capsys.readouterr().out == "undecided: the time limit of 1e-09 s was reached\n"


def test_an_error_output_that_is_never_set_may_be_missing(capsys: pytest.CaptureFixture[str]) -> None:
    bit = Alphabet.words(1)
    exported(Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], bit, bit), "aig")
    circuit = read_circuit("c.aig")
    write_circuit(replace(circuit, outputs=circuit.outputs[:1], output=circuit.output[:1]), "bare.aig")
    capsys.readouterr()
    for a, b in (("c.aig", "bare.aig"), ("bare.aig", "c.aig")):
        assert main(["prove", a, b]) == 0
        assert "the output 'error' of c.aig is never set, and was left out\n" in capsys.readouterr().out
    write_circuit(replace(circuit, output=np.array([circuit.output[0], circuit.output[0]])), "c.aig")
    assert main(["prove", "c.aig", "bare.aig"]) == 2
    assert "2 and 1 output bits" in capsys.readouterr().err


def test_beside_an_error_output_others_belong_together_by_order() -> None:
    exported(VENDING, "aig")
    circuit = read_circuit("c.aig")
    names = ("y", "z", "error")
    latches = ("output[0]", *circuit.latches[1:])
    write_circuit(replace(circuit, outputs=names, latches=latches), "called.aig")
    assert main(["prove", "c.aig", "called.aig"]) == 0
    assert main(["prove", "called.aig", "c.aig"]) == 0
    # Other places: only the names say which is the error output.
    turned = [2, 0, 1]
    write_circuit(
        replace(circuit, outputs=tuple(names[i] for i in turned), output=circuit.output[turned]), "turned.aig"
    )
    assert main(["prove", "c.aig", "turned.aig"]) == 0


@pytest.mark.usefixtures("yosys")
def test_a_circuit_is_proven_against_its_verilog(capsys: pytest.CaptureFixture[str]) -> None:
    circuit = Crc(polynomial="crc16").circuit()
    write_circuit(circuit, "crc.aig")
    Path("crc.v").write_text(render_circuit(circuit, "crc"))
    ports = ["--clock", "clk", "--reset", "rst", "--inputs", "symbol", "--outputs", "output_"]
    assert main(["prove", "crc.aig", "crc.v", *ports, "--enable", "en"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("equal: crc.aig and crc.v answer every input word alike (")
    assert said.endswith(
        "their inputs have names of their own: symbol[0] is taken for symbol\n"
        "their outputs have names of their own: output[0] is taken for output_\n"
    )
    Path("crc.v").write_text(render_circuit(replace(circuit, output=circuit.output ^ 1), "crc"))
    assert main(["prove", "crc.aig", "crc.v", *ports, "--enable", "en"]) == 1
    assert "differs: crc.aig and crc.v answer step 1 otherwise" in capsys.readouterr().out
    assert main(["prove", "crc.aig", "crc.v", *ports]) == 2
    assert "the input en is none of inputs, clock, reset and enable" in capsys.readouterr().err


@pytest.mark.usefixtures("yosys")
def test_kiss2_too_wide_for_a_table_is_proven_against_its_verilog() -> None:
    Path("k.kiss2").write_text(f".i 14\n.o 2\n1{'-' * 13} a b 01\n0{'-' * 13} a a 00\n{'-' * 14} b a 1-\n")
    assert main(["export", "k.kiss2", "k.v"]) == 0
    ports = ["--clock", "clk", "--reset", "rst", "--enable", "en", "--inputs", "symbol", "--outputs"]
    assert main(["prove", "k.kiss2", "k.v", *ports, "output_", "error"]) == 0
    assert main(["prove", "k.kiss2", "k.v", *ports, "error", "output_"]) == 0


@pytest.mark.usefixtures("yosys")
@pytest.mark.parametrize(("body", "code"), [("p ^ q", 1), ("p ^ (q & ~q)", 0)])
def test_a_register_that_the_reset_leaves_alone_may_hold_anything(body: str, code: int) -> None:
    circuit = Delay(d=1).circuit()
    write_circuit(circuit, "d.aig")
    Path("m.v").write_text(
        "module m(input clk, input rst, input x, output y);\nreg p, q;\n"
        f"always @(posedge clk) begin if (rst) p <= 0; else p <= x; q <= q; end\nassign y = {body};\nendmodule\n"
    )
    ports = ["--clock", "clk", "--reset", "rst", "--inputs", "x", "--outputs", "y"]
    assert main(["prove", "d.aig", "m.v", *ports]) == code


@pytest.mark.usefixtures("yosys")
def test_a_circuit_of_more_inputs_than_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    circuit = Counter(bits=16, control="load").circuit()
    write_circuit(circuit, "counter.aig")
    Path("counter.v").write_text(render_circuit(circuit, "counter"))
    ports = ["--clock", "clk", "--reset", "rst", "--enable", "en", "--inputs", "symbol", "--outputs"]
    assert main(["prove", "counter.aig", "counter.v", *ports, "output_"]) == 0
    assert "equal: counter.aig and counter.v answer every input word alike (induction" in capsys.readouterr().out
    assert main(["prove", "counter.aig", "counter.v", *ports, "output_[0]"]) == 2
    assert "cannot be compared with the circuit: 16 and 1 output bits" in capsys.readouterr().err
    assert main(["prove", "counter.aig", "counter.v", *ports, "output_", "--limit", "1e-9"]) == 3


@pytest.mark.usefixtures("yosys")
def test_what_verilog_leaves_open_may_be_anything(capsys: pytest.CaptureFixture[str]) -> None:
    wire = replace(Crc(polynomial="crc4").circuit(), next_state=np.zeros(4), output=np.array([2]))
    write_circuit(wire, "wire.aig")
    text = "module m(input clk, input rst, input symbol, output y);\nassign y = symbol ^ {};\nendmodule\n"
    ports = ["--clock", "clk", "--reset", "rst", "--inputs", "symbol", "--outputs", "y"]
    Path("m.v").write_text(text.format("1'b0"))
    assert main(["prove", "wire.aig", "m.v", *ports]) == 0
    Path("m.v").write_text(text.format("1'bx"))
    assert main(["prove", "wire.aig", "m.v", *ports]) == 1
    assert "above the 1 input bits stand those that Verilog leaves open: 1\n" in capsys.readouterr().out
