"""KISS2: what is read, what is written, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import alphabets, damaged, machines, refused_or_read, signalled

from seqlogic.errors import InputError
from seqlogic.formats.kiss2 import parse, render
from seqlogic.formats.kiss2_names import plain
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy

HEAD = ".i 2\n.o 2\n"
LIFT = """
.i 2
.o 2
.p 5
.s 3
.r low   # the cage starts below
-0 low  low  00
-1 low  mid  1-
0- mid  high 11
11 mid  *    -1
-- high low  --
.e
"""


def read(rows: str, head: str = HEAD) -> Machine:
    return parse(head + rows, "f.kiss2")


class TestParse:
    def test_a_small_machine(self) -> None:
        machine = parse(LIFT, "lift.kiss2")
        assert (machine.kind, machine.inputs, machine.outputs) == ("mealy", Alphabet.words(2), Alphabet.words(2))
        assert (machine.states, machine.initial) == (("low", "mid", "high"), 0)
        assert machine.next_state.tolist() == [[0, 1, 0, 1], [2, 2, -1, -1], [0, 0, 0, 0]]
        assert machine.output.tolist() == [[0, 2, 0, 2], [3, 3, -1, 1], [-1] * 4]
        assert machine.care.tolist() == [[3, 2, 3, 2], [3, 3, 0, 1], [0] * 4]

    def test_the_first_state_named_is_initial_where_no_reset_is(self) -> None:
        machine = read("-- * * 0-\n-- * b 00\n0- a b 0-\n1- b b --\n")
        assert machine.states == ("a", "b")
        assert machine.state_name(machine.initial) == "b"
        machine = read("0- a b 01\n.r c\n-- c a 00\n")
        assert (machine.states, machine.initial) == (("a", "c", "b"), 1)

    def test_a_row_of_any_state_adds_to_the_rows_of_each(self) -> None:
        machine = read("00 a b 1-\n-0 * b -0\n01 b a 11\n")
        assert machine.next_state.tolist() == [[1, -1, 1, -1], [1, 0, 1, -1]]
        assert machine.output.tolist() == [[2, -1, 0, -1], [0, 3, 0, -1]]
        assert machine.care.tolist() == [[3, 0, 1, 0], [1, 3, 1, 0]]

    def test_rows_that_overlap_and_agree_are_merged(self) -> None:
        machine = read("0- a a 1-\n-0 a * -1\n00 a a --\n")
        assert machine.next_state.tolist() == [[0, 0, -1, -1]]
        assert machine.output.tolist() == [[3, 2, 1, -1]]
        assert machine.care.tolist() == [[3, 2, 1, 0]]

    def test_order_case_blank_lines_and_comments_do_not_matter(self) -> None:
        text = "# a remark\r\n\r\n00\tA a 01 # go\r\n.o 2\r\n.end\r\n# input x = y\r\n \r\n"
        machine = parse(".i 2\n" + text, "f.kiss2")
        assert machine.states == ("A", "a")

    def test_named_symbols(self) -> None:
        machine = read(
            "0- s t 01\n10 s s --\n",
            head='# input 00 = "a"\n# input 01 = "#b\\u00fc"\n# input 10 = ""\n# output 01 = "y"\n#output 00="n"\n'
            + HEAD,
        )
        assert machine.inputs.names == ("a", "#bü", "")
        assert machine.outputs.names == ("n", "y")
        assert machine.next_state.tolist() == [[1, 1, 0], [-1, -1, -1]]
        assert machine.output.tolist() == [[1, 1, -1], [-1, -1, -1]]

    def test_moore(self) -> None:
        machine = read("# moore\n0- a b 01\n1- a a 10\n-- b b 01\n")
        assert (machine.kind, machine.states, machine.output.tolist()) == ("moore", ("a", "b"), [2, 1])

    def test_twelve_input_bits_fit_a_table(self) -> None:
        rng = np.random.default_rng(0)
        rows = [
            f"{''.join('01-'[i] for i in rng.choice(3, 12, p=[0.1, 0.1, 0.8]))} {state} s{i % 16} {'-' * 6}"
            for i, state in enumerate(["*"] * 100 + [f"s{j}" for j in range(16)] * 10)
        ]
        with pytest.raises(InputError, match="contradicts"):
            read("\n".join(rows), head=".i 12\n.o 6\n")
        machine = read("\n".join(re.sub(r" s\d+ (-+)$", r" * \1", row) for row in rows), head=".i 12\n.o 6\n")
        assert machine.next_state.shape == (16, 4096)


class TestRefuses:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "f: no rows, expected `input present-state next-state output`"),
            (".i 2\n00 a a 00", "f:2: no `.o`, expected the number of output bits"),
            (".o 2\n00 a a 00", "f:2: no `.i`, expected the number of input bits"),
            (HEAD + "00 a a", "f:3: 3 fields, expected `input present-state next-state output`"),
            (HEAD + "0x a a 00", "f:3: input '0x', expected 0, 1 and -"),
            (HEAD + "00 a a 0*", "f:3: output '0*', expected 0, 1 and -"),
            (HEAD + "000 a a 00", "f:3: input '000' of 3 bits, expected 2"),
            (HEAD + "00 a a 0", "f:3: output '0' of 1 bits, expected 2"),
            (HEAD + "00 a - 00", "f:3: `-` as a state, expected a name, or `*` for any or none"),
            (HEAD + "00 * * 00", "f:3: no state is named, expected at least one beside `*`"),
            (HEAD + "\n.p 2\n00 a a 00", "f:4: .p says 2 rows, but there are 1"),
            (HEAD + ".s 2\n00 a * 00", "f:3: .s says 2 states, but there are 1"),
            (HEAD + ".r b\n00 a a 00", "f:3: the reset state 'b' is in no row"),
            (HEAD + ".r *\n00 a a 00", "f:3: '.r *', expected `.r` and the name of the reset state"),
            (HEAD + ".i 2\n00 a a 00", "f:3: .i stands twice, first on line 1"),
            (".i two", "f:1: '.i two', expected `.i` and the number of input bits"),
            (".i 2 2", "f:1: '.i 2 2', expected `.i` and the number of input bits"),
            (".i " + "9" * 5000, "f:1: '.i " + "9" * 57 + "'..., expected `.i` and the number of input bits"),
            (".i ٣", "f:1: '.i ٣', expected `.i` and the number of input bits"),
            (".o 0", "f:1: .o 0, expected at least 1"),
            (".latch 3", "f:1: unknown directive '.latch', expected one of: .i .o .p .s .ilb .ob .r .e .end"),
            (HEAD + "00 a a 00\n.e\n01 a a 00", "f:5: '01' after the end of the machine on line 4"),
            (
                HEAD + "00 a b 00\n01 a b 00\n-0 a a 00",
                "f:5: state 'a', input '00': next state 'a' contradicts 'b' of line 3",
            ),
            (
                HEAD + "00 a b -0\n-0 a b 1-\n0- a b 01",
                "f:5: state 'a', input '00': output 01 contradicts 1- of line 4",
            ),
            (HEAD + "-1 * b 00\n01 a a 00", "f:4: state 'a', input '01': next state 'a' contradicts 'b' of line 3"),
            (HEAD + "11 a a 00\n-1 * a 1-", "f:4: state 'a', input '11': output 1- contradicts 00 of line 3"),
            (HEAD + "11 * a 00\n-- * b --", "f:4: state 'a', input '11': next state 'b' contradicts 'a' of line 3"),
            ('# input 0 = "a"\n' + HEAD + "00 a a 00", "f:1: the input code '0' has 1 bits, expected 2"),
            ('# input 00 = "a\n# input 00 = "a"b"\n' + HEAD + "00 a a 00", 'f:2: \'"a"b"\', expected one JSON string'),
            (
                '# input 01 = "a"\n' + HEAD + "00 a a 00",
                "f:1: no name for the input code 00, expected codes without gaps",
            ),
            ('# input 00 = "a"\n' * 2 + HEAD + "00 a a 00", "f:2: the input code 00 is named twice"),
            (
                '# output 00 = "a"\n# output 01 = "a"\n' + HEAD + "00 a a 00",
                "f:2: the output symbol 'a' is named twice",
            ),
            ('# input 00 = "a"\n' + HEAD + "1- a a 00", "f:4: input 1- is not the code of a named symbol"),
            ('# output 00 = "a"\n' + HEAD + "00 a a 01", "f:4: output 01 is not the code of a named symbol"),
            ('# output 00 = "a"\n' + HEAD + "00 a a 0-", "f:4: output 0- is not the code of a named symbol"),
            (".i 1\n.o 31\n0 a a " + "0" * 31, "f:2: 31 output bits, expected at most 30"),
            (
                ".i 1\n.o 40\n" + f'# output {"0" * 40} = "a"\n' + "0 a a " + "0" * 40,
                "f:2: 40 output bits, expected at most 30",
            ),
        ],
    )
    def test_in_one_line_that_names_the_place(self, text: str, message: str) -> None:
        with pytest.raises(InputError) as error:
            parse(text, "f")
        assert str(error.value) == message

    @pytest.mark.parametrize(
        ("bits", "size"),
        [(13, "2 x 8,192 = 16,384"), (19, "2 x 524,288 = 1,048,576"), (9999, "2 x 2^9999")],
    )
    def test_more_input_bits_than_a_table_holds(self, bits: int, size: str) -> None:
        message = f"f:1: {bits} input bits need a table of {size} entries; at most 12 input bits fit a table"
        with pytest.raises(InputError, match=re.escape(message) + "$"):
            parse(f".i {bits}\n.o 1\n{'-' * bits} a b 0", "f")

    def test_a_table_larger_than_the_memory(self) -> None:
        rows = "\n".join(f"{'-' * 12} s{i} s{i} 0" for i in range(4097))
        with pytest.raises(InputError, match="need a table of 16,781,312 entries; at most 16,777,216 are read"):
            parse(".i 12\n.o 1\n" + rows, "f")

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        with pytest.raises(InputError):
            parse(text, "f")

    @given(machines(max_states=3), st.data())
    def test_any_damage_is_refused_or_read(self, machine: Machine, data: st.DataObject) -> None:
        pieces = ["", "-", "*", "0", "1", ".i 3", "#", "\n", " ", '"', "s0", ".", "9" * 30]
        refused_or_read(parse, damaged(data.draw, render(machine), pieces))


class TestRender:
    def test_inputs_that_do_the_same_share_a_row(self) -> None:
        machine = parse(LIFT, "f")
        assert render(machine) == "\n".join(
            [
                *(".i 2", ".o 2", ".p 5", ".s 3", ".r low"),
                *("-0 low low 00", "-1 low mid 1-", "0- mid high 11", "11 mid * -1", "-- high low --", ".e\n"),
            ]
        )

    def test_unused_codes_have_no_rows(self) -> None:
        machine = Machine([[0, 0, 0]], [[0, 0, 0]], Alphabet.of("abc"), Alphabet.of("xyz"))
        assert re.findall(r"^[01-].*$", render(machine), re.MULTILINE) == ["0- s0 s0 00", "10 s0 s0 00"]
        assert '# input 10 = "c"\n' in render(machine)

    def test_a_state_of_which_nothing_is_known_is_still_there(self) -> None:
        machine = Machine([[0], [UNKNOWN]], [[0], [UNKNOWN]], Alphabet.of("a"), Alphabet.words(1), initial=1)
        assert "- s1 * -\n" in render(machine)
        assert len(parse(render(machine), "f")) == 2

    @pytest.mark.parametrize(
        ("names", "written"),
        [
            (("a b", "a_b", "a\tb"), ["a_b_2", "a_b", "a_b_3"]),
            (("*", "-", ""), ["_", "__2", "__3"]),
            (("x", "x", "x_2"), ["x", "x_3", "x_2"]),
            (("a#b", "\ud800", "ü"), ["a_b", "_", "ü"]),
        ],
    )
    def test_state_names_are_kept_as_far_as_they_can_be(self, names: tuple[str, ...], written: list[str]) -> None:
        machine = Machine([[1], [2], [0]], [[0], [0], [0]], Alphabet.of("i"), Alphabet.words(1), states=names)
        assert list(parse(render(machine), "f").states) == written

    def test_refuses_more_than_twelve_bits(self) -> None:
        machine = Machine(np.zeros((1, 8192)), np.zeros((1, 8192)), Alphabet.words(13), Alphabet.words(1))
        with pytest.raises(InputError, match="13 input bits need a table of 1 x 8,192 = 8,192 entries; at most 12"):
            render(machine)

    def test_more_than_twelve_bits_of_named_symbols_are_no_wider_than_their_number(self) -> None:
        inputs = Alphabet.of(map(str, range(5000)))
        machine = Machine(np.zeros((1, 5000)), [[0] * 4999 + [1]], inputs, Alphabet.words(1))
        assert parse(render(machine), "f").digest == machine.digest

    @given(machines())
    def test_reading_back_gives_the_same_machine(self, machine: Machine) -> None:
        text = render(machine)
        back = parse(text, "f")
        assert (back.kind, back.inputs, back.outputs) == (machine.kind, machine.inputs, machine.outputs)
        assert back.digest == machine.digest
        if machine.kind == "mealy":
            assert len(back) == len(machine)
        assert render(machine) == text

    @given(machines(kind="mealy", inputs=Alphabet.words(4), outputs=Alphabet.words(1), max_states=2))
    def test_the_rows_of_a_state_do_not_overlap(self, machine: Machine) -> None:
        rows = [line.split() for line in render(machine).split("\n") if re.match("[01-]", line)]
        covered = sum(2 ** cube.count("-") for cube, _, target, output in rows if (target, output) != ("*", "-"))
        assert covered == ((machine.next_state != UNKNOWN) | (machine.care != 0)).sum()

    @given(alphabets())
    def test_moore_names_and_states_stay(self, inputs: Alphabet) -> None:
        X = len(inputs)
        table = [[(state + symbol + 1) % 3 for symbol in range(X)] for state in range(3)]
        machine = Machine(table, [0, 1, 1], inputs, Alphabet.words(1), states=("p", "q", "r"))
        back = parse(render(machine), "f")
        assert back.states == ("p", "q", "r")
        assert np.array_equal(canonical(back).next_state, canonical(machine).next_state)
        assert to_mealy(back).digest == to_mealy(machine).digest

    def test_the_largest_tables_are_written(self) -> None:
        rng = np.random.default_rng(0)
        for S, bits in ((16, 12), (1000, 2)):
            shape = (S, 2**bits)
            machine = Machine(
                rng.integers(0, S, shape), rng.integers(0, 2, shape), Alphabet.words(bits), Alphabet.words(1)
            )
            assert render(machine).count("\n") > S


@given(signalled(machines(max_states=2)))
def test_names_of_bits_come_back_as_far_as_they_can(machine: Machine) -> None:
    found = parse(render(machine), "f")
    for ours, theirs in ((machine.inputs, found.inputs), (machine.outputs, found.outputs)):
        assert theirs.bit_names == tuple(plain(ours.bit_names))
        assert parse(render(found), "f").inputs.signals == found.inputs.signals


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (".ilb a", "f:3: .ilb has 1 names, expected 2, one for each bit"),
        (".ob a b", "f:3: .ob has 2 names, expected 1, one for each bit"),
        (".ilb a a", "f:3: .ilb holds 'a' twice"),
        (".ilb a b\n.ilb a b", "f:4: .ilb stands twice, first on line 3"),
    ],
)
def test_refuses_names_of_bits(lines: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(f".i 2\n.o 1\n{lines}\n01 a a 1\n.e\n", "f")
    assert str(caught.value) == message


def test_names_of_more_bits_than_the_symbols_need_are_left_out() -> None:
    machine = parse('# input 00 = "x"\n# input 01 = "y"\n.i 2\n.o 1\n.ilb a b\n.ob q\n01 a a 1\n', "f")
    assert (machine.inputs.signals, machine.outputs.signals) == ((), (("q", 1),))
