"""AIGER: the bytes, judged by a reader of the tests' own and by yosys; what is read, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netlists import Aiger, check_answers, needs_yosys, through_yosys
from strategies import arranged, circuits, damaged, machines, refused_or_read, same_arrays

from seqlogic.circuit import Circuit, circuit_of, to_circuit
from seqlogic.completion import complete
from seqlogic.encoding import ENCODINGS, state_codes
from seqlogic.errors import InputError
from seqlogic.formats import aiger
from seqlogic.formats.aiger import parse, render, render_text
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof.circuits import prove_circuits
from seqlogic.synthesis import Gates

RANDOM = np.random.default_rng(11)
TOGGLE = Circuit(
    ("on",), ("q",), ("y", "z"), np.array([[4, 2], [5, 3]]), np.array([9]), np.array([6, 5]), np.array([1])
)


def random_machine() -> Machine:
    return Machine(
        RANDOM.integers(0, 40, (40, 4)), RANDOM.integers(0, 8, (40, 4)), Alphabet.words(2), Alphabet.words(3), initial=3
    )


def test_a_small_circuit_byte_by_byte() -> None:
    assert render(TOGGLE) == b"aig 4 1 1 2 2\n9 1\n6\n5\n\x02\x02\x03\x02i0 on\nl0 q\no0 y\no1 z\n"
    assert render_text(TOGGLE) == "aag 4 1 1 2 2\n2\n4 9 1\n6\n5\n6 4 2\n8 5 3\ni0 on\nl0 q\no0 y\no1 z\n"


def test_differences_of_several_bytes() -> None:
    many = 200
    inputs = tuple(f"x[{i}]" for i in range(many))
    circuit = Circuit(
        inputs, (), ("y",), np.array([[2 * many, 3]]), np.array([]), np.array([2 * many + 2]), np.array([])
    )
    assert b"\n402\n\x02\x8d\x03i0 x[0]\n" in render(circuit)


@given(machines(), st.sampled_from(ENCODINGS))
def test_both_forms_read_back_as_the_circuit(machine: Machine, encoding: str) -> None:
    circuit = to_circuit(machine, state_codes(len(machine), encoding))
    first = 1 + len(circuit.inputs)
    for data in (render(circuit), render_text(circuit).encode()):
        file = Aiger.read(data)
        assert file.ands == [(2 * (first + len(circuit.latches) + i), a, b) for i, (a, b) in enumerate(circuit.ands)]
        assert [target for _, target, _ in file.latches] == circuit.next_state.tolist()
        assert file.start() == circuit.reset.astype(int).tolist()
        assert file.outputs == circuit.output.tolist()
        assert file.input_names() == list(circuit.inputs)
        assert file.output_names() == list(circuit.outputs)


@needs_yosys
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_yosys_reads_the_same_meaning(encoding: str, tmp_path: Path) -> None:
    machine = random_machine()
    whole = complete(machine)
    circuit = to_circuit(whole, state_codes(len(whole), encoding))
    (tmp_path / "a.aig").write_bytes(render(circuit))
    (tmp_path / "a.aag").write_text(render_text(circuit))
    script = [
        f"read_aiger -clk_name clk a.{form}; simplemap; write_aiger -ascii -symbols {form}.out; delete"
        for form in ("aig", "aag")
    ]
    through_yosys("; ".join(script), tmp_path)
    for form in ("aig", "aag"):
        netlist = Aiger.read((tmp_path / f"{form}.out").read_bytes())
        check_answers(netlist, whole, RANDOM.integers(0, 4, 60).tolist(), ("symbol", "output"))


@needs_yosys
def test_yosys_reads_reset_values(tmp_path: Path) -> None:
    (tmp_path / "a.aig").write_bytes(render(TOGGLE))
    through_yosys("read_aiger -clk_name clk a.aig; simplemap; write_aiger -ascii -symbols out.aag", tmp_path)
    netlist = Aiger.read((tmp_path / "out.aag").read_bytes())
    state, values = netlist.step(netlist.start(), {"on": 1})
    assert values == {"y": 1, "z": 0}
    assert netlist.step(state, {"on": 1})[1] == {"y": 1, "z": 0}


def test_names_that_aiger_cannot_hold() -> None:
    for name in ("a\nb", "a\rb", "", "\ud800"):
        with pytest.raises(ValueError, match=r"^AIGER cannot hold the name '"):
            render(replace(TOGGLE, outputs=("y", name)))


class TestParse:
    @given(circuits())
    def test_what_was_written_comes_back_array_by_array_and_byte_by_byte(self, circuit: Circuit) -> None:
        for data in (render(circuit), render_text(circuit).encode()):
            back = parse(data, "f")
            assert same_arrays(back, circuit)
            assert data in (render(back), render_text(back).encode())

    @given(circuits(), st.randoms(use_true_random=False))
    def test_neither_the_numbers_nor_the_order_of_a_text_matter(self, circuit: Circuit, random: Random) -> None:
        text = render_text(circuit)
        head, *rows = text.splitlines()
        _, most, I, L, O, A = head.split()  # noqa: E741
        # Gaps in the numbers, any number for any variable, and gates in any order.
        fresh = random.sample(range(1, int(most) + 8), int(most))

        def moved(line: str) -> str:
            row = [*map(int, line.split())]
            reset = row.pop() if len(row) == 3 and line in latches else None
            row = [2 * fresh[(x >> 1) - 1] + (x & 1) if x > 1 else x for x in row]
            return " ".join(map(str, [*row, *([] if reset is None else [reset])]))

        sizes = int(I), int(L), int(O), int(A)
        latches = rows[sizes[0] : sum(sizes[:2])]
        parts = [moved(row) for row in rows[: sum(sizes)]]
        gates = parts[sum(sizes[:3]) :]
        random.shuffle(gates)
        lines = [f"aag {int(most) + 7} {I} {L} {O} {A}", *parts[: sum(sizes[:3])], *gates, *rows[sum(sizes) :]]
        back = parse("\r\n".join([*lines, "c", "any "]).encode() + b"\xe4\n", "f")
        assert (back.inputs, back.latches, back.outputs) == (circuit.inputs, circuit.latches, circuit.outputs)
        assert len(back.ands) == len(circuit.ands)
        assert prove_circuits(back, circuit).result == "equal"

    def test_gates_that_are_equal_constant_or_unneeded_are_gone(self) -> None:
        # 6 = a b, 8 = b a, 10 = a 1, 12 = b 0, 14 = a ~a, 16 = 6 8, 18 = ~a ~b is read by nothing.
        rows = "6 2 4\n8 4 2\n10 1 2\n12 4 0\n14 2 3\n16 6 8\n18 3 5\n"
        circuit = parse(b"aag 9 2 0 4 7\n2\n4\n16\n10\n13\n14\n" + rows.encode(), "f")
        assert circuit.ands.tolist() == [[4, 2]]
        assert circuit.output.tolist() == [6, 2, 1, 0]

    def test_what_has_no_name_gets_one_that_no_other_has(self) -> None:
        body = b"aag 4 2 2 2 0\n2\n4\n6 2\n8 4\n6\n8\n"
        plain = parse(body, "f")
        assert plain.inputs == ("symbol[0]", "symbol[1]")
        assert plain.latches == ("state[0]", "state[1]")
        assert plain.outputs == ("output[0]", "output[1]")
        circuit = parse(body + b"o1 symbol[1]\nl1 symbol[1]_\ni0 output[0] \nc\no0 x\n", "f")
        assert circuit.inputs == ("output[0] ", "symbol[1]__")
        assert circuit.latches == ("state[0]", "symbol[1]_")
        assert circuit.outputs == ("output[0]", "symbol[1]")

    def test_a_latch_that_is_called_as_a_port(self) -> None:
        circuit = parse(b"aag 2 1 1 1 0\n2\n4 2\n4\no0 q\nl0 q\ni0 q_\n", "f")
        assert (circuit.inputs, circuit.latches, circuit.outputs) == (("q_",), ("q__",), ("q",))

    def test_reset_values(self) -> None:
        circuit = parse(b"aag 3 0 3 0 0\n2 2\n4 4 0\n6 6 1\n", "f")
        assert circuit.reset.tolist() == [False, False, True]
        assert parse(b"aig 3 0 3 0 0 0 0 0 0\n2\n4 0\n6 1\n", "f").reset.tolist() == [False, False, True]

    def test_ten_thousand_gates_in_a_row(self) -> None:
        # In the order that needs each gate before it is there.
        count = 10_000
        rows = [f"{2 * gate} {2 * gate + 2} 2" for gate in range(3, 3 + count)]
        text = "\n".join([f"aag {3 + count} 2 0 1 {count}", "2", f"{2 * (3 + count)}", "6", *rows, ""])
        circuit = parse(text.encode(), "f")
        # Absorption: the AND of a, a, a and b is that of a and b.
        assert circuit.ands.tolist() == [[4, 2]]


LATCH = "the latch 2 has no reset value (it resets to itself), expected 0 or 1; write one, or have yosys make it 0: "
WANTED = "expected a name such as `i0 enable`, `c` before comments, or the end of the file"


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "f: is empty, expected a circuit"),
            (b" \n", "f: is empty, expected a circuit"),
            (b"\naag 1 0 0 0 0\n", "f:1: '', expected `aag M I L O A` or `aig M I L O A` in numbers"),
            (b"aag 1 0 0\n", "f:1: 'aag 1 0 0', expected `aag M I L O A` or `aig M I L O A` in numbers"),
            (b"abc 0 0 0 0 0\n", "f:1: 'abc 0 0 0 0 0', expected `aag M I L O A` or `aig M I L O A` in numbers"),
            (b"aag 0 0 0 0 -1\n", "f:1: 'aag 0 0 0 0 -1', expected `aag M I L O A` or `aig M I L O A` in numbers"),
            (
                b"aig 1 1 0 0 0 0 0 0 0 0\n",
                "f:1: 'aig 1 1 0 0 0 0 0 0 0 0', expected `aag M I L O A` or `aig M I L O A`",
            ),
            (b"\xff\xfe\n", "f:1: '\\\\xff\\\\xfe', expected `aag M I L O A` or `aig M I L O A` in numbers"),
            (b"aag 1 1 0 1 1\n", "f:1: M is 1, expected at least the 2 inputs, latches and gates"),
            (b"aig 3 1 0 1 1\n", "f:1: M is 3, expected as many as the 2 inputs, latches and gates"),
            (b"aig 4194305 4194305 0 0 0\n", "f:1: 4,194,305 variables; at most 4,194,304 are read"),
            (
                b"aag 1 1 0 0 0 2 0 1 3\n2\n",
                "f:1: holds 2 bad states (B), 1 justice properties (J), 3 fairness constraints (F), "
                "expected inputs, latches, outputs and gates alone",
            ),
            (b"aag 1 1 0 0 0 0 1\n2\n", "f:1: holds 1 constraints (C), expected inputs, latches, outputs and gates"),
            (b"aag 1 1 0 0 0\n", "f:2: the file ends, expected the literal of an input"),
            (b"aag 1 1 0 0 0\n2", "f:2: the file ends within a line, expected the literal of an input"),
            (b"aag 1 1 0 0 0", "f:1: the file ends within a line, expected a header and more"),
            (b"aag 1 1 0 0 0\n2 4\n", "f:2: '2 4', expected the literal of an input"),
            (b"aag 1 1 0 0 0\nx\n", "f:2: 'x', expected the literal of an input"),
            (b"aag 1 1 0 0 0\n3\n", "f:2: 3 cannot be defined, expected an even literal from 2 on"),
            (b"aag 1 1 0 0 0\n0\n", "f:2: 0 cannot be defined, expected an even literal from 2 on"),
            (b"aag 2 2 0 0 0\n2\n2\n", "f:3: 2 is defined twice, first on line 2"),
            (b"aag 2 1 1 0 0\n2\n2 0\n", "f:3: 2 is defined twice, first on line 2"),
            (b"aag 3 2 0 0 1\n2\n4\n4 2 2\n", "f:4: 4 is defined twice, first on line 3"),
            (b"aag 1 0 1 0 0\n2\n", "f:2: '2', expected a latch: its literal, its next state and perhaps its reset"),
            (b"aag 1 0 1 0 0\n2 0 0 0\n", "f:2: '2 0 0 0', expected a latch: its literal, its next state and"),
            (b"aag 1 0 1 0 0\n2 3 2\n", f"f:2: {LATCH}`setundef -zero -init`"),
            (b"aig 1 0 1 0 0\n3 2\n", f"f:2: {LATCH}`setundef -zero -init`"),
            (b"aag 1 0 1 0 0\n2 3 3\n", "f:2: the latch 2 resets to 3, expected 0 or 1"),
            (b"aig 1 1 0 1 0\n", "f:2: the file ends, expected the literal of an output"),
            (b"aag 1 1 0 1 0\n2\n4\n", "f:3: the literal 4 is beyond the last variable, expected at most 3"),
            (b"aig 1 0 1 1 0\n2\n4\n", "f:3: the literal 4 is beyond the last variable, expected at most 3"),
            (b"aag 3 1 0 1 0\n2\n5\n", "f:3: 5 is used, but no line defines 4"),
            (b"aag 3 1 1 0 0\n2\n4 7\n", "f:3: 7 is used, but no line defines 6"),
            (b"aag 4 1 0 0 1\n2\n4 2 6\n", "f:3: 6 is used, but no line defines 6"),
            (b"aag 2 1 0 0 1\n2\n4 2\n", "f:3: '4 2', expected a gate: its literal and those of its two operands"),
            (b"aag 2 1 0 0 1\n2\n5 2 2\n", "f:3: 5 cannot be defined, expected an even literal from 2 on"),
            (b"aag 2 1 0 0 1\n2\n4 2 5\n", "f:3: a loop, each needs the next: 4, expected gates without one"),
            (
                b"aag 4 1 0 0 3\n2\n8 6 2\n4 2 6\n6 4 2\n",
                "f:5: a loop, each needs the next: 6, 4, expected gates without one",
            ),
            (b"aag 0 0 0 0 0\njunk\n", f"f:2: 'junk', {WANTED}"),
            (b"aag 0 0 0 0 0\n\n", f"f:2: '', {WANTED}"),
            (b"aag 1 1 0 0 0\n2\ni0\n", f"f:3: 'i0', {WANTED}"),
            (b"aag 1 1 0 0 0\n2\ni0 \n", f"f:3: 'i0 ', {WANTED}"),
            (b"aag 1 1 0 0 0\n2\ni1 a\n", "f:3: a name for i1, which the file does not have"),
            (b"aag 1 1 0 0 0\n2\nb0 a\n", "f:3: a name for b0, which the file does not have"),
            (b"aag 1 1 0 0 0\n2\ni0 a\ni0 b\n", "f:4: a second name for i0, expected one"),
            (b"aag 1 1 0 0 0\n2\ni0 \xe4\n", "f:3: the name of i0, '\\\\xe4', is not UTF-8"),
            (b"aag 2 2 0 0 0\n2\n4\ni1 a\ni0 a\n", "f:5: i0 has the name 'a' of i1, expected another"),
            (b"aag 1 1 0 1 0\n2\n2\ni0 a\no0 a\n", "f:5: o0 has the name 'a' of i0, expected another"),
            (b"aig 2 0 2 0 0\n0\n0\nl0 a\nl1 a\n", "f: byte 23: l1 has the name 'a' of l0, expected another"),
            (b"aig 2 1 0 0 1\n\x02", "f: byte 15: the file ends within its gates"),
            (b"aig 2 1 0 0 1\n", "f: byte 14: the file ends within its gates"),
            (b"aig 2 1 0 0 1\n\x82", "f: byte 15: the file ends within its gates"),
            (
                b"aig 2 1 0 0 1\n\x00\x02",
                "f: byte 14: the differences 0 and 2 of gate 4, expected literals from 0 to 3",
            ),
            (
                b"aig 3 1 0 0 2\n\x02\x00\x05\x02",
                "f: byte 16: the differences 5 and 2 of gate 6, expected literals from 0 to 5",
            ),
            (
                b"aig 2 1 0 0 1\n\x05\x00",
                "f: byte 14: the differences 5 and 0 of gate 4, expected literals from 0 to 3",
            ),
            (b"aig 2 1 0 0 1\n\x80\x80\x80\x80\x80\x01", "f: byte 14: a difference of more than 5 bytes"),
            (b"aig 2 1 0 0 1\n\x02\x02\x02", f"f: byte 16: '\\x02', {WANTED}"),
            (b"aig 1 1 0 0 0\ni0 a\r\n", "f: byte 14: the name of i0, 'a\\r', holds a line break"),
            (b"aig 1 1 0 0 0\ni0 \xe4\n", "f: byte 14: the name of i0, '\\\\xe4', is not UTF-8"),
        ],
    )
    def test_in_one_line_that_names_the_place(self, data: bytes, message: str) -> None:
        with pytest.raises(InputError) as error:
            parse(data, "f")
        assert str(error.value).startswith(message)

    def test_a_loop_is_shown_in_part(self) -> None:
        rows = "".join(f"{2 * gate} {2 * ((gate - 1) % 20 + 2)} 2\n" for gate in range(2, 22))
        with pytest.raises(InputError, match=r"^f:3: a loop, each needs the next: 4, (\d+, ){7}\.\.\., expected gates"):
            parse(b"aag 21 1 0 0 20\n2\n" + rows.encode(), "f")

    @given(circuits(), st.booleans(), st.data())
    def test_any_damage_is_refused_or_read(self, circuit: Circuit, text: bool, data: st.DataObject) -> None:
        whole = render_text(circuit).encode() if text else render(circuit)
        pieces = [b"", b"\n", b" ", b"0", b"1", b"9" * 12, b"aag", b"c\n", b"i0 a\n", b"\xff", b"\x80", b"\x00", b"2 "]
        refused_or_read(parse, damaged(data.draw, whole, pieces))

    @given(st.binary())
    def test_any_bytes(self, data: bytes) -> None:
        refused_or_read(parse, data)

    @given(circuits(), st.data())
    def test_a_file_that_ends_early_in_its_gates(self, circuit: Circuit, data: st.DataObject) -> None:
        whole = render(circuit)
        end = whole.index(b"i0 " if circuit.inputs else b"l0 " if circuit.latches else b"o0 ")
        with pytest.raises(InputError):
            parse(whole[: data.draw(st.integers(0, end - 1))], "f")


def test_as_many_variables_as_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiger, "_MOST_VARIABLES", 3)
    assert len(parse(b"aig 3 3 0 0 0\n", "f").inputs) == 3
    with pytest.raises(InputError, match=r"^f:1: 4 variables; at most 3 are read$"):
        parse(b"aig 4 4 0 0 0\n", "f")


def chain(gates: int) -> Circuit:
    """A circuit whose gates cannot be shared or simplified, of latches that start as 0 and 1."""
    graph = Gates(10)
    literals = graph.leaf_literals()
    while len(graph) < gates:
        a, b = RANDOM.choice(len(literals), 2, replace=False)
        literals.append(graph.and_(literals[a] ^ int(RANDOM.integers(2)), literals[b] ^ int(RANDOM.integers(2))))
    return circuit_of(
        graph,
        inputs=["go", *(f"data[{bit}]" for bit in range(3))],
        latches=[f"count[{bit}]" for bit in range(6)],
        outputs=["ready", "sum[0]", "sum[1]"],
        next_state=literals[-6:],
        output=[literals[-9], literals[-8] ^ 1, literals[0]],
        reset=[bool(bit % 3) for bit in range(6)],
    )


@needs_yosys
def test_what_yosys_writes_is_read_and_equal(tmp_path: Path) -> None:
    known = [chain(60) for _ in range(3)]
    script = []
    for number, circuit in enumerate(known):
        (tmp_path / f"{number}.aig").write_bytes(render(circuit))
        (tmp_path / f"{number}.aag").write_text(render_text(circuit))
        script += [
            f"read_aiger {number}.{form}; simplemap; write_aiger -symbols {number}{form}.aig; "
            f"write_aiger -symbols -ascii {number}{form}.aag; write_aiger -ascii {number}{form}.bare; delete"
            for form in ("aig", "aag")
        ]
    assert through_yosys("; ".join(script), tmp_path) == ""
    for number, circuit in enumerate(known):
        for file in tmp_path.glob(f"{number}a??.a[ai]g"):
            back = parse(file.read_bytes(), file.name)
            assert prove_circuits(arranged(back, circuit), circuit).result == "equal"
        bare = parse((tmp_path / f"{number}aig.bare").read_bytes(), "bare")
        assert bare.inputs == tuple(f"symbol[{bit}]" for bit in range(4))


@needs_yosys
def test_what_yosys_makes_of_a_latch_without_a_reset_value(tmp_path: Path) -> None:
    (tmp_path / "a.aag").write_text("aag 1 0 1 1 0\n2 3 2\n2\n")
    through_yosys("read_aiger a.aag; setundef -zero -init; simplemap; write_aiger b.aig", tmp_path)
    assert parse((tmp_path / "b.aig").read_bytes(), "b.aig").reset.tolist() == [False]
