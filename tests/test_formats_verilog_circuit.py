"""A circuit as a module with an enable: what yosys and verilator make of it answers as the circuit does."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from netlists import Aiger, needs_verilator, needs_yosys, through_yosys, verilator
from strategies import circuits

from seqlogic.circuit import Circuit, circuit_of, run, words
from seqlogic.formats.verilog import render_circuit
from seqlogic.formats.verilog_text import check_name
from seqlogic.synthesis import Gates

RANDOM = np.random.default_rng(23)


def accumulator(width: int) -> Circuit:
    """Adds what it is given to a sum, which it shows from the last step; the carry is of this one. It starts as 1."""
    gates = Gates(2 * width + 1)
    leaves = gates.leaf_literals()
    data, total = leaves[:width], leaves[width + 1 :]
    carry, targets = leaves[width], []
    for a, b in zip(data, total, strict=True):
        targets.append(gates.xor(gates.xor(a, b), carry))
        carry = gates.or_(gates.and_(a, b), gates.and_(carry, gates.or_(a, b)))
    return circuit_of(
        gates,
        # The first name is that of the last bit of the word; the others are of one of our ports, and reserved.
        inputs=[*(f"data[{bit}]" for bit in reversed(range(width))), "en"],
        latches=[f"sum[{bit}]" for bit in range(width)],
        outputs=[*(f"output[{bit}]" for bit in range(width)), "carry"],
        next_state=targets,
        output=[*total, carry],
        reset=[True, *[False] * (width - 1)],
    )


ADDER = accumulator(4)
WIRE = Circuit(("a",), (), ("y", "z"), np.zeros((0, 2)), [], [3, 1], [])


def netlist(folder: Path, circuit: Circuit) -> Aiger:
    """What yosys makes of the module; without the names of ports, whose order is that of the circuit's words."""
    (folder / "m.v").write_text(render_circuit(circuit, "m"))
    through_yosys(
        "read_verilog m.v; prep -flatten -top m; async2sync; techmap; aigmap; write_aiger -ascii -symbols m.aag", folder
    )
    return Aiger.read((folder / "m.aag").read_bytes())


def ports(text: str, names: tuple[str, ...], direction: str) -> list[str]:
    """The bits of the ports of a direction by their names in a netlist, in the order of the circuit's names."""
    declared = re.findall(rf"{direction} +wire (?:\[\d+:0\] )?(\w+)", text)
    own = declared[3:] if direction == "input" else declared
    found = {}
    for word, port in zip(words(names), own, strict=True):
        for bit, place in enumerate(word.places):
            found[place] = port if len(word.places) == 1 else f"{port}[{bit}]"
    return [found[place] for place in range(len(names))]


def check(netlist: Aiger, circuit: Circuit, steps: int = 40) -> None:
    """Run a module and its circuit: from power-up on, then from a reset in its midst, with pauses."""
    text = render_circuit(circuit, "m")
    inputs, outputs = ports(text, circuit.inputs, "input"), ports(text, circuit.outputs, "output")
    state = netlist.start()
    for turn in range(2):
        word = RANDOM.integers(0, 1 << len(inputs), steps)
        for symbol, answer in zip(word.tolist(), run(circuit, word[None])[0].tolist(), strict=True):
            values = {name: symbol >> bit & 1 for bit, name in enumerate(inputs)}
            for enable in (*[0] * int(RANDOM.integers(3)), 1):
                state, shown = netlist.step(state, {**values, "en": enable})
                assert [shown[name] for name in outputs] == [answer >> bit & 1 for bit in range(len(outputs))]
        # The reset is obeyed with and without the enable.
        state, _ = netlist.step(state, {"rst": 1, "en": turn})


@needs_yosys
@pytest.mark.parametrize("circuit", [ADDER, WIRE, replace(ADDER, outputs=("a", "a[0]", "b[1]", "unused", "module"))])
def test_a_module_answers_as_its_circuit_does(circuit: Circuit, tmp_path: Path) -> None:
    check(netlist(tmp_path, circuit), circuit)


@needs_yosys
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(circuits())
def test_any_module_answers_as_its_circuit_does(tmp_path: Path, circuit: Circuit) -> None:
    check(netlist(tmp_path, circuit), circuit)


BENCH = """
module bench;
    reg clk = 0, rst = 0, en = 0, carry_in = 0;
    reg [3:0] data = 0;
    wire [3:0] total;
    wire carry;
    adder adder(.clk(clk), .rst(rst), .en(en), .data({data[0], data[1], data[2], data[3]}), .en_(carry_in),
        .output_(total), .carry(carry));
    task step(input r, input e, input [3:0] d, input c);
        begin
            rst = r; en = e; data = d; carry_in = c;
            #1 $display("%0d %0d", total, carry);
            clk = 1; #1 clk = 0;
        end
    endtask
    initial begin
        step(0, 0, 3, 0); step(0, 1, 3, 0); step(0, 1, 12, 1); step(0, 0, 1, 0); step(1, 0, 1, 0); step(0, 1, 0, 0);
        step(1, 1, 3, 0); step(0, 1, 0, 0);
        $finish;
    end
endmodule
"""


@needs_verilator
def test_verilator_simulates_power_up_enable_and_reset(tmp_path: Path) -> None:
    (tmp_path / "adder.v").write_text(render_circuit(ADDER, "adder"))
    (tmp_path / "bench.v").write_text(BENCH)
    quick = [part for name in ("FAST", "SLOW", "GLOBAL") for part in ("-MAKEFLAGS", f"OPT_{name}=-O0")]
    arguments = ["--binary", "--timing", "-Wno-fatal", *quick, "--top-module", "bench", "bench.v", "adder.v"]
    printed = verilator(arguments, tmp_path)
    binary = tmp_path / "obj_dir" / "Vbench"
    assert binary.exists(), printed
    said = subprocess.run([binary], capture_output=True, text=True, check=True).stdout.splitlines()
    # 1 at power-up and held, + 3, + 12 + 1 with a carry, held at 1 with the enable at 0, then two resets.
    assert [line for line in said if line[:1].isdigit()] == ["1 0", "1 0", "4 1", "1 0", "1 0", "1 0", "1 0", "1 0"]


@needs_verilator
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(circuits())
def test_lint_has_nothing_to_say(tmp_path: Path, circuit: Circuit) -> None:
    (tmp_path / "m.v").write_text(render_circuit(circuit, "m"))
    assert verilator(["--lint-only", "-Wall", "m.v"], tmp_path) == ""


@given(circuits())
def test_ports_have_names_of_their_own(circuit: Circuit) -> None:
    text = render_circuit(circuit, "m")
    names = re.findall(r"^    (?:input +wire|output +wire|reg|wire) +(?:\[\d+:0\] )?(\w+)", text, re.MULTILINE)
    assert len(set(names)) == len(names)
    for name in names:
        check_name(name)


def test_a_module_line_by_line() -> None:
    circuit = Circuit(("up",), ("q[0]", "q[1]"), ("y",), np.array([[4, 2]]), [8, 7], [6], [False, True])
    assert render_circuit(circuit, "m").splitlines() == [
        *("module m (", "    input  wire clk,", "    input  wire rst,", "    input  wire en,"),
        *("    input  wire up,", "    output wire y", ");", "", "    reg  [1:0] q;", "    wire [1:0] next_q;", ""),
        *("    assign next_q[0] = up & q[0];", "    assign next_q[1] = ~q[1];", "    assign y = q[1];", ""),
        *("    initial begin", "        q = 2'b10;", "    end", ""),
        *("    always @(posedge clk)", "        if (rst) begin", "            q <= 2'b10;"),
        *("        end else if (en) begin", "            q <= next_q;", "        end", "", "endmodule"),
    ]


def test_a_circuit_without_latches_has_no_registers() -> None:
    text = render_circuit(WIRE, "m")
    assert "always" not in text
    assert "initial" not in text
    assert "wire unused = &{1'b0, clk, rst, en};" in text


def test_a_name_that_verilog_does_not_take() -> None:
    with pytest.raises(ValueError, match=r"^'1a' is no Verilog identifier"):
        render_circuit(ADDER, "1a")
