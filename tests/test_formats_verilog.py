"""Verilog: what yosys reads of it answers as the machine does, and verilator's lint has nothing to say."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from netlists import Aiger, bits, check_answers, needs_verilator, needs_yosys, number, through_yosys, verilator
from strategies import machines, signalled

from seqlogic.circuit import Circuit, to_circuit
from seqlogic.completion import complete
from seqlogic.encoding import ENCODINGS, state_codes
from seqlogic.formats.verilog import render, render_case, render_stream, render_testbench
from seqlogic.formats.verilog_text import check_name, stream_ports
from seqlogic.machine import Alphabet, Machine

RANDOM = np.random.default_rng(5)
PARITY = Machine([[0, 1], [1, 0]], [0, 1], Alphabet.of(["even", "odd"]), Alphabet.words(1))
VENDING = Machine(
    [[1, 0, -1], [2, 0, 1], [2, 0, 2]],
    [[0, 1, 2], [3, -1, 1], [4, 0, 0]],
    Alphabet.of(["coin", "*/", "c\n`d"]),
    Alphabet.of(["a", "b", "-", "d e", "ü"]),
    initial=1,
)
PARTLY = Machine([[1, 0], [0, -1]], [[2, 1], [0, 3]], Alphabet.words(1), Alphabet.words(2), care=[[2, 3], [3, 1]])
DEAF = Machine([[1, 1, 1, 1], [0, 0, 0, 0]], [[1] * 4, [2] * 4], Alphabet.words(2), Alphabet.words(2))
LARGER = Machine(
    RANDOM.integers(0, 30, (30, 4)), RANDOM.integers(0, 8, (30, 4)), Alphabet.words(2), Alphabet.words(3), initial=7
)
MACHINES = {"parity": PARITY, "vending": VENDING, "partly": PARTLY, "deaf": DEAF, "larger": LARGER}


def output_names(machine: Machine) -> list[str]:
    return [*(f"output[{bit}]" for bit in range(machine.outputs.width)), "error"]


def circuit_of(machine: Machine, encoding: str = "binary", unknown: str = "flag") -> Circuit:
    whole = complete(machine, unknown=unknown)
    return to_circuit(whole, state_codes(len(whole), encoding), output_names=output_names(machine))


def netlist(folder: Path, texts: dict[str, str]) -> dict[str, Aiger]:
    """What yosys makes of these modules."""
    script = []
    for name, text in texts.items():
        (folder / f"{name}.v").write_text(text)
        script.append(
            f"read_verilog {name}.v; prep -flatten -top {name}; async2sync; setundef -undriven -zero; techmap; aigmap; "
            f"write_aiger -ascii -symbols -zinit {name}.aag; delete"
        )
    through_yosys("; ".join(script), folder)
    return {name: Aiger.read((folder / f"{name}.aag").read_bytes()) for name in texts}


class Reset:
    """A netlist whose first step is one with `rst` high."""

    def __init__(self, netlist: Aiger) -> None:
        self.step = netlist.step
        self.start = lambda: netlist.step(netlist.start(), {"rst": 1})[0]


@needs_yosys
@pytest.mark.parametrize("unknown", ["flag", "free"])
def test_bare_modules_answer_as_the_machine_does(unknown: str, tmp_path: Path) -> None:
    texts, wanted = {}, {}
    for name, machine in MACHINES.items():
        whole = complete(machine, unknown=unknown)
        for encoding in ENCODINGS:
            texts[f"{name}_{encoding[:3]}"] = render(circuit_of(machine, encoding, unknown), f"{name}_{encoding[:3]}")
            wanted[f"{name}_{encoding[:3]}"] = whole
        texts[f"{name}_case"] = render_case(whole, f"{name}_case")
        wanted[f"{name}_case"] = whole
    # The initial state need not be the first.
    texts["raw_case"], wanted["raw_case"] = render_case(LARGER, "raw_case"), LARGER
    for name, found in netlist(tmp_path, texts).items():
        whole = wanted[name]
        word = RANDOM.integers(0, len(whole.inputs), 80).tolist()
        if not name.endswith("case"):
            # The ports of `render` are `output_` and `error`: one word again, as the machine has it.
            step, v = found.step, whole.outputs.width - 1
            found.step = lambda state, values, step=step, v=v: _joined(step(state, values), v)
        check_answers(Reset(found), whole, word, ("symbol", "output_"))  # type: ignore[arg-type]


def _joined(stepped: tuple[list[int], dict[str, int]], width: int) -> tuple[list[int], dict[str, int]]:
    state, values = stepped
    return state, bits("output_", number("output_", values, width) | values["error"] << width, width + 1)


@needs_yosys
@pytest.mark.parametrize("unknown", ["flag", "free"])
def test_stream_modules_answer_under_any_back_pressure(unknown: str, tmp_path: Path) -> None:
    texts = {}
    for number_, (name, machine) in enumerate(MACHINES.items()):
        texts[name] = render_stream(machine, circuit_of(machine, ENCODINGS[number_ % 3], unknown), name)
    for name, found in netlist(tmp_path, texts).items():
        whole = complete(MACHINES[name], unknown=unknown)
        words = [RANDOM.integers(0, len(whole.inputs), RANDOM.integers(1, 9)).tolist() for _ in range(12)]
        # Without stalls, one symbol per clock and one clock of latency; with stalls, the same answers.
        count = sum(map(len, words))
        assert stream(found, whole, words, offers=lambda: True, takes=lambda: True) == count + 1
        stalls = lambda: bool(RANDOM.integers(0, 2))  # noqa: E731
        assert stream(found, whole, words, offers=stalls, takes=stalls) > count + 1


def stream(
    found: Aiger, whole: Machine, words: list[list[int]], *, offers: Callable[[], bool], takes: Callable[[], bool]
) -> int:
    """Send words through a stream module and compare with the completed machine; the number of clocks it took."""
    sent, expected = [], []
    for word in words:
        output, care = whole.run(np.array([word]))
        for place, symbol in enumerate(word):
            flags = {"sink_first": int(place == 0), "sink_last": int(place == len(word) - 1)}
            sent.append(flags | bits("sink_symbol", symbol, whole.inputs.width))
            expected.append((*flags.values(), int(output[0, place]), int(care[0, place])))
    v = whole.outputs.width - 1
    state = found.step(found.start(), {"rst": 1, "sink_valid": 1, **sent[0]})[0]
    at = got = clocks = 0
    offered = offers()
    held = None
    while got < len(expected):
        clocks += 1
        assert clocks < 20 * len(expected)
        offering, taking = offered and at < len(sent), takes()
        inputs = {"sink_valid": int(offering), "source_ready": int(taking)} | (
            sent[at] if offering else {"sink_first": 1}
        )
        state, values = found.step(state, inputs)
        flags = values["source_first"], values["source_last"]
        answer = (*flags, number("source_symbol", values, v), values["source_error"])
        assert values["sink_ready"] == 1 - values["source_valid"] | taking
        assert held is None or (values["source_valid"], answer) == (1, held)
        held = answer if values["source_valid"] and not taking else None
        if values["source_valid"] and taking:
            first, last, value, known = expected[got]
            assert answer[:2] == (first, last)
            assert ((answer[2] | answer[3] << v) ^ value) & known == 0
            got += 1
        # A symbol that was offered stays.
        if offering and values["sink_ready"]:
            at += 1
            offered = offers()
        elif not offering:
            offered = offers()
    return clocks


@needs_yosys
def test_the_state_port_reads_the_code_of_the_last_symbol(tmp_path: Path) -> None:
    found = netlist(tmp_path, {"larger": render_stream(LARGER, circuit_of(LARGER, "one-hot"), "larger")})["larger"]
    whole = complete(LARGER)
    word = RANDOM.integers(0, 4, 20).tolist()
    # Reset is not all zeros in this code.
    codes = [1 << state for state in range(30)]
    state = found.step(found.start(), {"rst": 1})[0]
    for place, reached in enumerate(whole.trace(np.array([word]))[0].tolist()):
        state, values = found.step(
            state, {"sink_valid": 1, "source_ready": 1} | bits("sink_symbol", word[min(place, 19)], 2)
        )
        assert number("state", values, 30) == codes[reached]


@needs_verilator
@pytest.mark.parametrize("name", MACHINES)
def test_lint_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    machine = MACHINES[name]
    for unknown, encoding in (("flag", "one-hot"), ("free", "binary")):
        circuit = circuit_of(machine, encoding, unknown)
        for text in (
            render(circuit, name),
            render_stream(machine, circuit, name),
            render_case(complete(machine, unknown=unknown), name, output_names=output_names(machine)),
        ):
            (tmp_path / f"{name}.v").write_text(text)
            assert verilator(["--lint-only", "-Wall", f"{name}.v"], tmp_path) == ""


@needs_verilator
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(machines(), st.sampled_from(ENCODINGS))
def test_lint_has_nothing_to_say_of_any_machine(tmp_path: Path, machine: Machine, encoding: str) -> None:
    for text in (render_stream(machine, circuit_of(machine, encoding), "any_"), render_case(machine, "any_")):
        (tmp_path / "any_.v").write_text(text)
        assert verilator(["--lint-only", "-Wall", "any_.v"], tmp_path) == ""


FAULTY = """
module dut(input clk, input rst, input sink_valid, output sink_ready, input sink_first, input sink_last,
           input [1:0] sink_symbol, output source_valid, input source_ready, output source_first,
           output source_last, output [2:0] source_symbol, output source_error, output [2:0] state);
    wire [2:0] answer;
    wire valid;
    vending vending(clk, rst, sink_valid, sink_ready, sink_first, sink_last, sink_symbol, valid,
        source_ready & ~is("silent"), source_first, source_last, answer, source_error, state);
    assign source_valid = valid & ~is("silent");
    assign source_symbol = answer ^ {2'b0, is("wrong") & source_error ^ source_last & is("last")}
        ^ {3{is("loose") & ~source_ready}};
    function is(input [63:0] fault);
        is = fault == "wrong" ? wrong : fault == "last" ? last : fault == "loose" ? loose : silent;
    endfunction
    reg wrong, last, loose, silent;
    initial begin
        wrong = |$test$plusargs("wrong");
        last = |$test$plusargs("last");
        loose = |$test$plusargs("loose");
        silent = |$test$plusargs("silent");
    end
endmodule
"""


@needs_verilator
def test_the_test_bench_passes_and_fails(tmp_path: Path) -> None:
    words = [[0, 1, 0, 0], [3], [], [0, 0, 2, 1, 0, 2, 3, 1]]
    (tmp_path / "vending.v").write_text(render_stream(VENDING, circuit_of(VENDING), "vending"))
    (tmp_path / "dut_tb.v").write_text(render_testbench(VENDING, words, "dut"))
    (tmp_path / "dut.v").write_text(FAULTY)
    quick = [part for name in ("FAST", "SLOW", "GLOBAL") for part in ("-MAKEFLAGS", f"OPT_{name}=-O0")]
    arguments = ["--binary", "--timing", "-Wno-fatal", *quick, "--top-module", "dut_tb"]
    printed = verilator([*arguments, "dut_tb.v", "dut.v", "vending.v"], tmp_path)
    binary = tmp_path / "obj_dir" / "Vdut_tb"
    assert binary.exists(), printed

    def run(*arguments: str) -> tuple[bool, str]:
        done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stdout.partition("\n")[0]

    assert run() == (True, "PASS 13 symbols")
    assert run("+wrong") == (False, "FAIL word 1 symbol 0: expected 111000 got 111001 (first, last, error, symbol)")
    good, line = run("+last")
    assert (good, line[:24]) == (False, "FAIL word 0 symbol 3: ex")
    good, line = run("+loose")
    assert not good
    assert re.fullmatch(r"FAIL word \d+ symbol \d+: the answer changed before it was taken", line)
    good, line = run("+silent")
    assert not good
    assert re.fullmatch(r"FAIL 0 of 13 answers after \d+ cycles", line)


def test_the_comments_of_a_stream_module() -> None:
    text = render_stream(VENDING, circuit_of(VENDING, "one-hot"), "vending")
    assert text.splitlines()[:22] == [
        "// vending: a finite-state machine of 3 states, 3 input symbols, 5 output symbols. Written by seqlogic.",
        f"// Digest of the machine: {VENDING.digest}",
        "// One symbol per clock; the answer stands at the source one clock after its symbol was taken.",
        "// State encoding: one-hot, 4 bits.",
        "//",
        "// State  Code",
        "// s0     4'b0001",
        "// s1     4'b0010",
        "// s2     4'b0100",
        "//",
        "// State, input symbol -> next state, output symbol; `-` and `*` are not known.",
        '// s0, coin -> s1, "d e"',
        '// s0, "*/" -> s2, -',
        '// s0, "c\\n`d" -> s0, b',
        '// s1, coin -> s1, "\\u00fc"',
        '// s1, "*/" -> s2, a',
        '// s1, "c\\n`d" -> s1, a',
        "// s2, coin -> s0, a",
        '// s2, "*/" -> s2, b',
        '// s2, "c\\n`d" -> *, "-"',
        "",
        "module vending (",
    ]
    assert text.isascii()
    assert "// s0, 0 -> s1, 1-" in render_stream(PARTLY, circuit_of(PARTLY, unknown="free"), "m")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("unknown", ["flag", "free"])
def test_the_encoding_is_named(encoding: str, unknown: str) -> None:
    assert f"// State encoding: {encoding}, " in render_stream(VENDING, circuit_of(VENDING, encoding, unknown), "m")


def test_a_large_machine_is_not_listed() -> None:
    states = np.arange(65)[:, None]
    machine = Machine((states + 1) % 65, states // 64, Alphabet.of("a"), Alphabet.words(1))
    text = render_stream(machine, circuit_of(machine), "big")
    assert "// State encoding: binary, 7 bits." in text
    assert "// s0" not in text


def test_ors_xors_and_multiplexers_are_recovered() -> None:
    symbols = np.arange(16)
    a, b, c, d = symbols[:, None].T >> np.arange(4)[:, None] & 1
    forms = {
        r"symbol\[0\] \^ symbol\[1\] \^ symbol\[2\]": a ^ b ^ c,
        r"~symbol\[0\] \^ symbol\[1\]": 1 - (a ^ b),
        r"symbol\[3\] \? ~symbol\[0\] : symbol\[1\]": np.where(d, 1 - a, b),
        r"symbol\[0\] \| ~symbol\[1\] \| symbol\[2\] \| symbol\[3\]": a | 1 - b | c | d,
        r"~symbol\[0\] & ~symbol\[1\] & symbol\[3\]": (1 - a) & (1 - b) & d,
    }
    for form, outputs in forms.items():
        machine = Machine([[0] * 16], [outputs], Alphabet.words(4), Alphabet.words(1))
        text = render(to_circuit(machine, state_codes(1, "binary")), "m")
        assert re.search(f"assign output_ = {form};", text), text


def test_lines_are_not_too_long() -> None:
    for encoding in ENCODINGS:
        assert max(map(len, render_stream(LARGER, circuit_of(LARGER, encoding), "larger").splitlines())) <= 120
    ring = Machine(
        np.arange(1, 301)[:, None] % 300, np.arange(300)[:, None] // 299, Alphabet.of("a"), Alphabet.words(1)
    )
    text = render_stream(ring, circuit_of(ring, "one-hot"), "ring")
    assert "localparam [299:0] INITIAL = 300'h1;" in text
    assert max(map(len, text.splitlines())) <= 120
    assert max(map(len, render_testbench(LARGER, [[0, 1, 2, 3] * 50], "larger").splitlines())) <= 120


def test_names_become_ports() -> None:
    circuit = Circuit(
        ("clk", "x[1]", "x[0]", "y[1]", "n5"), ("x",), ("output", "a b"), np.array([[4, 2]]), [14], [8, 10], [True]
    )
    text = render(circuit, "m")
    ports = re.findall(r"(?:input|output) +wire (.*?),?\n", text)
    assert ports == ["clk", "rst", "clk_", "[1:0] x", "y_1_", "n5", "output_", "a_b"]
    assert "next_x = clk_ & x[1];" in text


@pytest.mark.parametrize("name", ["", "1a", "a b", "module", "logic", "a-b"])
def test_module_names_that_verilog_does_not_take(name: str) -> None:
    circuit = circuit_of(PARITY)
    writers: list[Callable[[], str]] = [
        lambda: render(circuit, name),
        lambda: render_stream(PARITY, circuit, name),
        lambda: render_case(PARITY, name),
        lambda: render_testbench(PARITY, [[0]], name),
    ]
    for writer in writers:
        with pytest.raises(ValueError, match=f"^{name!r} is no Verilog identifier, expected letters, digits and _"):
            writer()


def test_other_errors() -> None:
    with pytest.raises(ValueError, match=r"^no symbols to send$"):
        render_testbench(PARITY, [[]], "m")
    for symbol in (2, -1):
        with pytest.raises(ValueError, match=f"^a word holds {symbol}, outside "):
            render_testbench(PARITY, [[0, symbol]], "m")
    with pytest.raises(
        ValueError, match=r"^<Circuit .*> is no circuit of <Machine .*>, expected 1 inputs, 1 outputs, and"
    ):
        render_stream(PARITY, circuit_of(VENDING), "m")


INS, OUTS = (("top.en", 1), ("n5", 1)), (("output", 2), ("state", 1))
NAMED = replace(LARGER, inputs=Alphabet(bits=2, signals=INS), outputs=Alphabet(bits=3, signals=OUTS))
WRAPPER = """
module wrapped(input clk, input rst, input sink_valid, output sink_ready, input sink_first, input sink_last,
    input [1:0] sink_symbol, output source_valid, input source_ready, output source_first, output source_last,
    output [2:0] source_symbol, output source_error);
    named named(.clk(clk), .rst(rst), .sink_valid(sink_valid), .sink_ready(sink_ready), .sink_first(sink_first),
        .sink_last(sink_last), .top_en(sink_symbol[1]), .n5(sink_symbol[0]), .source_valid(source_valid),
        .source_ready(source_ready), .source_first(source_first), .source_last(source_last),
        .output_(source_symbol[2:1]), .state_(source_symbol[0]), .source_error(source_error), .state());
endmodule
"""


@needs_yosys
def test_a_stream_module_with_the_signals_of_the_user_answers_alike(tmp_path: Path) -> None:
    text = render_stream(NAMED, circuit_of(NAMED), "named")
    # No wire can be taken for the port n5.
    assert set(re.findall(r"wire (n+)[0-9]+ =", text)) == {"nn"}
    found = netlist(tmp_path, {"wrapped": text + WRAPPER})["wrapped"]
    words = [RANDOM.integers(0, 4, RANDOM.integers(1, 9)).tolist() for _ in range(12)]
    stalls = lambda: bool(RANDOM.integers(0, 2))  # noqa: E731
    stream(found, complete(NAMED), words, offers=stalls, takes=stalls)


@needs_verilator
def test_its_test_bench_passes_and_nothing_is_to_be_said_of_either(tmp_path: Path) -> None:
    (tmp_path / "named.v").write_text(render_stream(NAMED, circuit_of(NAMED), "named"))
    (tmp_path / "named_tb.v").write_text(render_testbench(NAMED, [[0, 1, 2, 3], [3, 2, 1]], "named"))
    assert verilator(["--lint-only", "-Wall", "named.v"], tmp_path) == ""
    quick = [part for name in ("FAST", "SLOW", "GLOBAL") for part in ("-MAKEFLAGS", f"OPT_{name}=-O0")]
    arguments = ["--binary", "--timing", "-Wno-fatal", *quick, "--top-module", "named_tb", "named_tb.v", "named.v"]
    printed = verilator(arguments, tmp_path)
    binary = tmp_path / "obj_dir" / "Vnamed_tb"
    assert binary.exists(), printed
    done = subprocess.run([binary], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.partition("\n")[0]) == (0, "PASS 7 symbols")


@given(signalled(machines(max_states=2)))
def test_ports_have_names_of_their_own(machine: Machine) -> None:
    sides = stream_ports(machine, "m")
    names = [port.name for side in sides for port in side]
    assert len(set(names)) == len(names)
    for name in names:
        check_name(name)
    for side, alphabet in zip(sides, (machine.inputs, machine.outputs), strict=True):
        bits_ = [bit for port in side for bit in reversed(port.members)]
        assert bits_ == (list(reversed(range(alphabet.width))) if alphabet.signals else [])
