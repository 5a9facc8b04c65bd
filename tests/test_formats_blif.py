"""BLIF: what is read, what is written, what is refused, and that yosys understands the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netlists import needs_yosys, through_yosys
from strategies import arranged, circuits, damaged, refused_or_read, same_arrays

from seqlogic.circuit import Circuit, run, to_circuit
from seqlogic.encoding import state_codes
from seqlogic.errors import InputError
from seqlogic.formats import aiger
from seqlogic.formats.blif import parse, render
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof.circuits import prove_circuits

RANDOM = np.random.default_rng(17)
TOGGLE = Circuit(
    ("on",), ("q", "p"), ("y", "z"), np.array([[4, 2], [5, 3]]), np.array([9, 1]), np.array([8, 5]), np.array([1, 0])
)
COUNTER = r"""# of two bits
.model counter
.inputs up \
        clk     # read by nothing but the latches
.clock clk
.outputs \
  low high carry
.latch low_next low re clk 0
.latch high_next high re clk 2
.names up low low_next
01 1
10 1
.names low up high \
  high_next
0-0 0
-00 \
0
111 0
.names up low high carry
111 1
.end
"""


def read(body: str, head: str = ".model m\n") -> Circuit:
    return parse(head + body, "f")


def answers(cover: str, inputs: int) -> list[int]:
    """What a circuit of one cover says to each word of its inputs, the first input most significant."""
    names = " ".join("abc"[:inputs])
    circuit = read(f".inputs {names}\n.outputs y\n.names {names} y\n{cover}")
    words = [sum(bit << place for place, bit in enumerate(bits)) for bits in product((0, 1), repeat=inputs)]
    return run(circuit, np.array(words)[:, None])[:, 0].tolist()


class TestParse:
    def test_a_counter(self) -> None:
        circuit = parse(COUNTER, "f")
        assert (circuit.inputs, circuit.outputs) == (("up",), ("low", "high", "carry"))
        # The latches are outputs as well.
        assert (circuit.latches, circuit.reset.tolist()) == (("low_", "high_"), [False, False])
        assert run(circuit, np.array([[1, 1, 0, 1, 1, 1]])).tolist() == [[0, 1, 2, 2, 7, 0]]

    @pytest.mark.parametrize(
        ("cover", "inputs", "said"),
        [
            ("11 1", 2, [0, 0, 0, 1]),
            ("1- 1\n-1 1", 2, [0, 1, 1, 1]),
            ("11 0", 2, [1, 1, 1, 0]),
            ("1- 0\n-1 0", 2, [1, 0, 0, 0]),
            ("10 1\n01 1", 2, [0, 1, 1, 0]),
            ("10- 1\n0-1 1\n011 1", 3, [0, 1, 0, 1, 1, 1, 0, 0]),
            ("--- 1", 3, [1] * 8),
            ("--- 0", 3, [0] * 8),
            ("", 3, [0] * 8),
            ("1", 0, [1]),
            ("0", 0, [0]),
            ("1\n1", 0, [1]),
            ("", 0, [0]),
        ],
    )
    def test_covers(self, cover: str, inputs: int, said: list[int]) -> None:
        assert answers(cover, inputs) == said

    @given(st.lists(st.text("01-", min_size=3, max_size=3), max_size=6), st.sampled_from("01"))
    def test_any_cover(self, cubes: list[str], value: str) -> None:
        lines = "".join(f"{cube} {value}\n" for cube in cubes)
        held = [
            any(all(c in ("-", str(bit)) for c, bit in zip(cube, bits, strict=True)) for cube in cubes)
            for bits in product((0, 1), repeat=3)
        ]
        assert answers(lines, 3) == [int(one == (value == "1" or not cubes)) for one in held]

    @pytest.mark.parametrize(
        ("fields", "reset"),
        [("0", 0), ("1", 1), ("2", 0), ("re clk 1", 1), ("fe clk 2", 0), ("re NIL 1", 1), ("fe NIL 0", 0)],
    )
    def test_the_fields_of_a_latch(self, fields: str, reset: int) -> None:
        circuit = read(f".inputs clk a\n.outputs y\n.latch a q {fields}\n.names q y\n1 1\n")
        assert circuit.inputs == (("a",) if "clk" in fields else ("clk", "a"))
        assert (circuit.latches, circuit.reset.tolist()) == (("q",), [reset])

    def test_a_clock_need_not_be_an_input(self) -> None:
        body = ".outputs q\n.clock c other\n.latch q q{} 0\n.end\n"
        assert read(body.format("")).inputs == read(body.format(" re c")).inputs == ()
        assert read(".inputs c a\n" + body.format("")).inputs == ("a",)

    def test_definitions_in_any_order_and_lists_in_parts(self) -> None:
        body = (
            ".names n b y\n11 1\n.inputs a\n.outputs y\n.names a n\n0 1\n.inputs b\n.outputs a_y\n.names n a_y\n0 1\n"
        )
        circuit = read(body)
        assert (circuit.inputs, circuit.outputs) == (("a", "b"), ("y", "a_y"))
        assert circuit.ands.tolist() == [[4, 3]]
        assert circuit.output.tolist() == [6, 2]

    def test_what_changes_no_answer_is_passed_over(self) -> None:
        body = ".inputs a\n.outputs y\n.area 3\n.delay a INV 1 1\n.names a y\n.attr src x\n0 1\n"
        with pytest.raises(InputError, match=r"^f:8: '0', expected a flat model"):
            read(body)
        assert read(body.replace(".attr src x\n", "") + ".input_arrival a 1 1\n").output.tolist() == [3]

    def test_only_the_first_model_is_read(self) -> None:
        body = ".outputs y\n.names y\n1\n"
        other = ".model other\n.subckt m y=x\n.names a a\n"
        for end in (".end\n", "", ".end\n# done\n\n"):
            assert read(body + end + other).output.tolist() == [1]

    def test_a_model_without_a_name_and_an_end(self) -> None:
        assert parse(".outputs y\n.names y", "f").output.tolist() == [0]

    def test_a_latch_called_as_an_output_gets_a_name_that_no_other_has(self) -> None:
        circuit = read(".inputs q_\n.outputs q\n.latch q_ q 0\n.latch q q__ 0\n")
        assert circuit.latches == ("q___", "q__")

    def test_ten_thousand_covers_in_a_row(self) -> None:
        count = 10_000
        covers = "".join(f".names n{place + 1} n{place}\n0 1\n" for place in range(count))
        circuit = read(f".inputs n{count}\n.outputs n0\n{covers}")
        assert circuit.output.tolist() == [2]


FLAT = "expected a flat model of .inputs, .outputs, .names and .latch"
PORTS = ".inputs a b\n.outputs y\n"
COVER = ".names a b y\n11 1\n"


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (PORTS, "f:3: 'y' is driven by nothing"),
            (PORTS + ".names a c y\n11 1\n", "f:4: 'c' is driven by nothing"),
            (PORTS + COVER + ".latch c q 0\n", "f:6: 'c' is driven by nothing"),
            (PORTS + COVER + ".names b y\n1 1\n", "f:6: 'y' is driven twice, first on line 4"),
            (PORTS + COVER + ".latch a y 0\n", "f:6: 'y' is driven twice, first on line 4"),
            (PORTS + COVER + ".names a\n1\n", "f:6: 'a' is driven twice, first on line 2"),
            (PORTS + COVER + ".latch y b 0\n", "f:6: 'b' is driven twice, first on line 2"),
            (PORTS + COVER + ".latch y q 0\n.latch y q 0\n", "f:7: 'q' is driven twice, first on line 6"),
            (PORTS + COVER + ".inputs y\n", "f:6: 'y' is driven twice, first on line 4"),
            (".inputs a a\n", "f:2: 'a' stands twice in .inputs, first on line 2"),
            (PORTS + ".outputs z y\n", "f:4: 'y' stands twice in .outputs, first on line 3"),
            (
                ".inputs a\n.outputs a\n",
                "f:3: the output 'a' is an input as well, expected another name and a cover",
            ),
            (PORTS + ".names y y\n1 1\n", "f:4: a loop, each needs the next: y, expected covers without one"),
            (
                PORTS + ".names a n y\n11 1\n.names m b n\n11 1\n.names n m\n1 1\n",
                "f:6: a loop, each needs the next: n, m, expected covers without one",
            ),
            (PORTS + ".names a b y\n11 1\n00 0\n", "f:6: a cube of value 0 in the cover of line 4, expected all alike"),
            (
                PORTS + ".names a b y\n1 1\n",
                "f:5: '1 1' in the cover of line 4, expected 2 of 0, 1 and -, a blank, and 0 or 1",
            ),
            (PORTS + ".names a b y\n12 1\n", "f:5: '12 1' in the cover of line 4, expected 2 of 0, 1 and -, a blank"),
            (PORTS + ".names a b y\n1 1 1\n", "f:5: '1 1 1' in the cover of line 4, expected 2 of 0, 1 and -, a blank"),
            (PORTS + ".names a b y\n11\n", "f:5: '11' in the cover of line 4, expected 2 of 0, 1 and -, a blank"),
            (PORTS + ".names y\n1 1\n", "f:5: '1 1' in the cover of line 4, expected 0 or 1"),
            (PORTS + ".names a b y\n11 x\n", "f:5: the value 'x' of a cube, expected 0 or 1"),
            (PORTS + ".names\n", "f:4: `.names` of nothing, expected its operands and its own name"),
            (PORTS + "11 1\n", f"f:4: '11', {FLAT}"),
            (PORTS + COVER + ".outputs z\n11 1\n", f"f:7: '11', {FLAT}"),
            (PORTS + ".latch a\n", "f:4: 1 fields, expected `.latch`, its data, its name, perhaps its type and clock"),
            (PORTS + ".latch a q re c 0 0\n", "f:4: 6 fields, expected `.latch`, its data, its name, perhaps"),
            (
                PORTS + ".latch a q\n",
                "f:4: the latch 'q' has no known start, expected 0 or 1 at the end of its line, or 2 where it does not",
            ),
            (PORTS + ".latch a q 3\n", "f:4: the latch 'q' has no known start, expected 0 or 1 at the end"),
            (PORTS + ".latch a q re b\n", "f:4: the latch 'q' has no known start, expected 0 or 1 at the end"),
            (PORTS + ".latch a q re b 3\n", "f:4: the latch 'q' has no known start, expected 0 or 1 at the end"),
            (PORTS + ".latch a q 4\n", "f:4: the start '4' of the latch 'q', expected 0, 1 or 2"),
            (
                PORTS + ".latch a q ah b 0\n",
                "f:4: the latch 'q' is open while its control is 1 (ah), expected re or fe",
            ),
            (
                PORTS + ".latch a q al b 0\n",
                "f:4: the latch 'q' is open while its control is 0 (al), expected re or fe",
            ),
            (PORTS + ".latch a q as b 0\n", "f:4: the latch 'q' is asynchronous (as), expected re or fe"),
            (PORTS + ".latch a q up b 0\n", "f:4: the type 'up' of the latch 'q', expected re or fe"),
            (
                PORTS + ".latch a q re b 0\n.latch a p fe b 0\n",
                "f:5: the latch 'p' has falling 'b', but 'q' has rising 'b', expected one clock",
            ),
            (
                PORTS + ".latch a q re b 0\n.latch b p 0\n",
                "f:5: the latch 'p' has no named clock, but 'q' has rising 'b', expected one clock",
            ),
            (
                PORTS + COVER + ".latch a q re y 0\n",
                "f:6: the clock 'y' is made by logic, expected an input; make it an enable of the latches",
            ),
            (PORTS + COVER + ".latch a q re q 0\n", "f:6: the clock 'q' is made by logic, expected an input; make it"),
            (PORTS + COVER + ".latch a q re c 0\n", "f:6: the clock 'c' is neither in .inputs nor in .clock"),
            (PORTS + COVER + ".latch a q re b 0\n", "f:4: 'b' is a clock, expected it at latches alone"),
            (PORTS + COVER + ".clock b\n", "f:4: 'b' is a clock, expected it at latches alone"),
            (
                PORTS + COVER + ".end\n.names z\n",
                "f:7: '.names' after the end of the model on line 6, expected `.model`",
            ),
            (".foo\n", f"f:2: unknown directive '.foo', {FLAT}"),
            (".subckt x a=b\n", "f:2: .subckt is a part that another model describes (in yosys: `synth -flatten; "),
            (".gate AND2 a=b\n", f"f:2: .gate is a gate of a library, {FLAT}"),
            (".mlatch DFF d=a\n", f"f:2: .mlatch is a latch of a library, {FLAT}"),
            (".exdc\n", f"f:2: .exdc is don't-cares of the environment, {FLAT}"),
            (".search x.blif\n", f"f:2: .search is another file, {FLAT}"),
            (".start_kiss\n", f"f:2: .start_kiss is a state table, {FLAT}"),
            # A statement stands where it begins.
            (".inputs \\\na\\\n a\n", "f:2: 'a' stands twice in .inputs, first on line 2"),
        ],
    )
    def test_in_one_line_that_names_the_place(self, body: str, message: str) -> None:
        with pytest.raises(InputError) as error:
            read(body)
        assert str(error.value).startswith(message)

    @pytest.mark.parametrize("text", ["", "# nothing\n", "\\\n"])
    def test_no_model_at_all(self, text: str) -> None:
        with pytest.raises(InputError, match=f"^f: holds no model, {FLAT}$"):
            parse(text, "f")

    @given(circuits(), st.data())
    def test_any_damage_is_refused_or_read(self, circuit: Circuit, data: st.DataObject) -> None:
        pieces = ["", "\n", " ", "0", "1", "-", ".names", ".latch a q re c 1\n", "\\\n", "#", ".end\n", "n5", "q"]
        refused_or_read(parse, damaged(data.draw, render(circuit), pieces))

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        refused_or_read(parse, text)


class TestRender:
    def test_a_small_circuit_line_by_line(self) -> None:
        assert render(TOGGLE).splitlines() == [
            *(".model circuit", ".inputs on", ".outputs y z", ".latch n9 q 1", ".latch n1 p 0"),
            # 4 is q and 2 is on; their AND is read by nothing, so that here it only shows how a gate looks.
            *(".names q on n8", "11 1", ".names q on n10", "00 1"),
            *(".names n1", "1", ".names n8 n9", "0 1"),
            *(".names n8 y", "1 1", ".names q z", "0 1", ".end"),
        ]

    @given(circuits())
    def test_what_was_written_comes_back_array_by_array_and_byte_by_byte(self, circuit: Circuit) -> None:
        text = render(circuit)
        back = parse(text, "f")
        assert same_arrays(back, circuit)
        assert render(back) == text

    @given(circuits())
    def test_all_formats_hold_the_same(self, circuit: Circuit) -> None:
        through_text = parse(render(aiger.parse(aiger.render_text(circuit).encode(), "f")), "f")
        assert through_text.digest == aiger.parse(aiger.render(circuit), "f").digest == circuit.digest

    def test_wires_are_called_as_nothing_else(self) -> None:
        circuit = replace(TOGGLE, inputs=("n8",), outputs=("nn9", "n"))
        assert ".names q n8 nnn8\n11 1\n" in render(circuit)
        assert prove_circuits(parse(render(circuit), "f"), circuit).result == "equal"

    @pytest.mark.parametrize("name", ["", "a b", "a\tb", "a\n", "#a", "a#", "a\\", ".a", "\u2028", "\xa0", "\ud800"])
    def test_names_that_blif_cannot_hold(self, name: str) -> None:
        for field in ("inputs", "latches", "outputs"):
            names = (name, *getattr(TOGGLE, field)[1:])
            with pytest.raises(ValueError, match=r"^BLIF cannot hold the name '"):
                render(replace(TOGGLE, **{field: names}))

    @pytest.mark.parametrize("name", ["a.", "-", "1", "a=b", "$false", "ü", "[0]"])
    def test_names_that_it_can(self, name: str) -> None:
        assert parse(render(replace(TOGGLE, inputs=(name,))), "f").inputs == (name,)


def random_circuit(encoding: str) -> Circuit:
    table = RANDOM.integers(0, 12, (12, 4)), RANDOM.integers(0, 8, (12, 4))
    machine = Machine(*table, Alphabet.words(2), Alphabet.words(3), initial=3)
    return to_circuit(machine, state_codes(12, encoding), output_names=["sum[0]", "sum[1]", "ready"])


@needs_yosys
def test_yosys_reads_the_same_and_what_it_writes_is_read(tmp_path: Path) -> None:
    known = {encoding: random_circuit(encoding) for encoding in ("binary", "one-hot")}
    known["constant"] = replace(TOGGLE, output=np.array([1, 0]))
    known["empty"] = Circuit((), (), ("y",), np.zeros((0, 2)), [], [1], [])
    script = []
    for name, circuit in known.items():
        (tmp_path / f"{name}.blif").write_text(render(circuit))
        script += [
            f"read_blif {name}.blif; check -assert; write_blif {name}_luts.blif; techmap; aigmap",
            f"write_blif {name}_gates.blif; write_aiger -symbols {name}.aig; write_aiger -ascii -symbols {name}.aag",
            "delete",
        ]
    assert through_yosys("; ".join(script), tmp_path) == ""
    for name, circuit in known.items():
        for suffix in ("_luts.blif", "_gates.blif"):
            back = parse((tmp_path / f"{name}{suffix}").read_text(), name)
            assert prove_circuits(arranged(back, circuit), circuit).result == "equal"
        for suffix in (".aig", ".aag"):
            back = aiger.parse((tmp_path / f"{name}{suffix}").read_bytes(), name)
            assert prove_circuits(arranged(back, circuit), circuit).result == "equal"


MODULE = """
module counter(input clk, input up, input [1:0] step, output reg [3:0] count, output carry);
    initial count = 5;
    always @(posedge clk) count <= up ? count + step : count;
    assign carry = &count;
endmodule
"""


@needs_yosys
def test_a_clocked_module_of_yosys(tmp_path: Path) -> None:
    (tmp_path / "counter.v").write_text(MODULE)
    through_yosys("read_verilog counter.v; synth -flatten; dffunmap; simplemap; write_blif counter.blif", tmp_path)
    circuit = parse((tmp_path / "counter.blif").read_text(), "counter.blif")
    assert (circuit.inputs, len(circuit.latches)) == (("up", "step[0]", "step[1]"), 4)
    count = run(circuit, np.array([[7, 0, 7, 3, 5, 1, 1]]))
    assert count.tolist() == [[5, 8, 8, 11, 12, 14, 14]]


@needs_yosys
def test_yosys_flattens_what_has_parts(tmp_path: Path) -> None:
    text = (
        ".model top\n.inputs a\n.outputs y\n.subckt inv i=a o=y\n.end\n"
        ".model inv\n.inputs i\n.outputs o\n.names i o\n0 1\n.end\n"
    )
    (tmp_path / "a.blif").write_text(text)
    through_yosys("read_blif a.blif; synth -top top -flatten; dffunmap; simplemap; write_blif b.blif", tmp_path)
    assert parse((tmp_path / "b.blif").read_text(), "b").output.tolist() == [3]
