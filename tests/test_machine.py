"""The hub: alphabets, machines, and the algebra of one machine."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_words, machines, permuted, same_behaviour

from seqlogic.machine import (
    UNKNOWN,
    Alphabet,
    Machine,
    canonical,
    minimise,
    reachable,
    symbol_order,
    to_mealy,
    to_moore,
    with_words,
)

BIT = Alphabet.words(1)
AB = Alphabet.of(["a", "b"])


def parity(kind: str = "mealy") -> Machine:
    output = [[0, 1], [1, 0]] if kind == "mealy" else [0, 1]
    return Machine([[0, 1], [1, 0]], output, BIT, BIT, states=("even", "odd"))


class TestAlphabet:
    def test_symbols_from_data_are_in_the_order_of_their_values_then_text(self) -> None:
        names = ["b", "10", "-1", "9", "a", "1e1", "nan", "inf"]
        assert Alphabet.inferred([*names, "a"]).names == ("-1", "9", "10", "1e1", "a", "b", "inf", "nan")
        assert symbol_order("2") < symbol_order("10") < symbol_order("1O")

    def test_words_are_binary_numbers(self) -> None:
        alphabet = Alphabet.words(3)
        assert len(alphabet) == 8
        assert [alphabet.name(i) for i in (0, 1, 6)] == ["000", "001", "110"]
        assert alphabet.index("110") == 6

    @pytest.mark.parametrize(("size", "width"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9)])
    def test_width_is_that_of_the_largest_index(self, size: int, width: int) -> None:
        assert Alphabet.of(map(str, range(size))).width == width
        assert Alphabet.of(map(str, range(size))).full == 2**width - 1

    def test_refuses_what_is_no_alphabet(self) -> None:
        with pytest.raises(ValueError, match="either names or a number of bits"):
            Alphabet()
        with pytest.raises(ValueError, match="1 to 30 bits, not 31"):
            Alphabet.words(31)
        with pytest.raises(ValueError, match="symbol 'a' stands twice"):
            Alphabet.of(["a", "b", "a"])

    def test_unknown_symbols_are_named_with_what_was_expected(self) -> None:
        with pytest.raises(ValueError, match="unknown symbol 'c', expected one of: a b"):
            AB.index("c")
        for word in ("10", "2", "", "-"):
            with pytest.raises(ValueError, match=r"expected 1 bit$"):
                BIT.index(word)
        with pytest.raises(IndexError):
            AB.name(2)
        with pytest.raises(IndexError):
            AB.name(UNKNOWN)

    def test_words_known_in_part_are_shown_bit_by_bit(self) -> None:
        alphabet = Alphabet.words(3)
        assert [alphabet.show(0b100, care) for care in (0b111, 0b101, 0b001, 0)] == ["100", "1-0", "--0", "---"]
        assert [alphabet.parse(text) for text in ("100", "1-0", "---")] == [(4, 7), (4, 5), (UNKNOWN, 0)]
        assert (AB.show(1, 1), AB.show(UNKNOWN, 0)) == ("b", "-")
        assert (AB.parse("b"), AB.parse("-")) == ((1, 1), (UNKNOWN, 0))
        assert Alphabet.of(["-", "b"]).parse("-") == (0, 1)
        with pytest.raises(ValueError, match="expected 3 of 0, 1 and -"):
            alphabet.parse("1-")

    @given(st.integers(1, 5), st.data())
    def test_what_is_shown_can_be_parsed(self, bits: int, data: st.DataObject) -> None:
        alphabet = Alphabet.words(bits)
        care = data.draw(st.integers(0, alphabet.full))
        value = data.draw(st.integers(0, alphabet.full)) & care if care else UNKNOWN
        assert alphabet.parse(alphabet.show(value, care)) == (value, care)


class TestMachine:
    def test_counts_and_names(self) -> None:
        machine = parity()
        assert (machine.kind, len(machine), machine.entries) == ("mealy", 2, 4)
        assert (machine.state_name(1), replace(machine, states=()).state_name(1)) == ("odd", "s1")
        assert repr(parity("moore")) == "<Machine moore, 2 states, 2 inputs, 2 outputs>"

    def test_the_arrays_are_copies_that_nobody_can_change(self) -> None:
        table = np.array([[0, 1], [1, 0]])
        machine = Machine(table, [0, 1], BIT, BIT)
        table[0, 0] = 1
        assert machine.next_state[0, 0] == 0
        for array in (machine.next_state, machine.output, machine.care):
            assert array.dtype == np.int32
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0

    def test_unknown_bits_are_zero_and_unknown_words_are_unknown(self) -> None:
        machine = Machine([[0], [0]], [0b11, 0b11], Alphabet.of("x"), Alphabet.words(2), care=[0b01, 0])
        assert machine.output.tolist() == [0b01, UNKNOWN]
        assert Machine([[0]], [[UNKNOWN]], Alphabet.of("x"), AB).care.tolist() == [[0]]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"next_state": [0, 1]}, r"shape \(2,\), expected \[states, inputs\]"),
            ({"next_state": np.zeros((0, 2))}, "both at least 1"),
            ({"next_state": [[0], [1]]}, "1 columns for an input alphabet of 2"),
            ({"next_state": [[0, 2], [1, 0]]}, "next_state holds 2, outside -1 .. 1"),
            ({"next_state": [[0, -2], [1, 0]]}, r"outside -1 \.\. 1"),
            ({"output": [[0], [1]]}, r"expected \[2, 2\] \(Mealy\) or \[2\] \(Moore\)"),
            ({"output": [[0, 2], [1, 0]]}, "output holds 2, outside -1 .. 1"),
            ({"output": [[0, -2], [1, 0]]}, "output holds -2, outside -1 .. 1"),
            ({"output": [[0, 3], [1, 0]], "outputs": Alphabet.of("abc")}, "output holds 3, outside -1 .. 2"),
            ({"output": [[0, -1], [1, 0]], "care": [[1, 1], [1, 1]]}, "output holds -1"),
            ({"care": [0, 1]}, "output has the shape"),
            ({"care": [[0, 2], [1, 0]]}, "a mask outside 0 .. 1"),
            ({"initial": 2}, "the initial state 2 is not one of 2 states"),
            ({"initial": -1}, "the initial state -1"),
            ({"states": ("even",)}, "1 names for 2 states"),
        ],
    )
    def test_refuses_what_is_no_machine(self, change: dict, message: str) -> None:
        arguments = {"next_state": [[0, 1], [1, 0]], "output": [[0, 1], [1, 0]], "inputs": BIT, "outputs": BIT} | change
        with pytest.raises(ValueError, match=message):
            Machine(**arguments)

    def test_named_outputs_are_known_whole_or_not(self) -> None:
        with pytest.raises(ValueError, match="only words of bits can be known in part"):
            Machine([[0]], [[2]], Alphabet.of("x"), Alphabet.of("abc"), care=[[1]])


class TestRun:
    words = np.array([[1, 0, 1, 1], [1, 1, UNKNOWN, UNKNOWN]])

    @pytest.mark.parametrize("kind", ["mealy", "moore"])
    def test_parity(self, kind: str) -> None:
        output, care = parity(kind).run(self.words)
        assert output.tolist() == [[1, 1, 0, 1], [1, 0, UNKNOWN, UNKNOWN]]
        assert care.tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]
        assert parity(kind).trace(self.words).tolist() == [[0, 1, 1, 0, 1], [0, 1, 0, UNKNOWN, UNKNOWN]]

    def test_nothing_is_known_after_an_unknown_transition(self) -> None:
        machine = Machine([[0, UNKNOWN]], [[0, 1]], BIT, BIT)
        output, care = machine.run(np.array([[0, 1, 0]]))
        assert output.tolist() == [[0, 1, UNKNOWN]]
        assert care.tolist() == [[1, 1, 0]]

    def test_refuses_symbols_outside_the_alphabet(self) -> None:
        for word in ([[2]], [[-2]]):
            with pytest.raises(ValueError, match="outside the 2 input symbols"):
                parity().run(np.array(word))
        with pytest.raises(ValueError, match=r"expected \[words, symbols\]"):
            parity().run(np.array([0, 1]))

    @given(machines(), st.data())
    def test_agrees_with_one_step_at_a_time(self, machine: Machine, data: st.DataObject) -> None:
        word = data.draw(st.lists(st.integers(0, len(machine.inputs) - 1), min_size=1, max_size=8))
        state, expected = machine.initial, []
        for symbol in word:
            target = UNKNOWN if state == UNKNOWN else int(machine.next_state[state, symbol])
            place = (state, symbol) if machine.kind == "mealy" else (target,)
            known = place[0] != UNKNOWN
            expected.append((int(machine.output[place]), int(machine.care[place])) if known else (UNKNOWN, 0))
            state = target
        output, care = machine.run(np.array([word]))
        assert list(zip(output[0].tolist(), care[0].tolist(), strict=True)) == expected


class TestAlgebra:
    @given(machines())
    def test_reachable_is_breadth_first(self, machine: Machine) -> None:
        part = reachable(machine)
        assert part.initial == 0
        first_seen = [state for state in part.next_state.reshape(-1).tolist() if state > 0]
        assert list(dict.fromkeys(first_seen)) == list(range(1, len(part)))
        assert same_behaviour(machine, part, 5)
        assert len(part) == len(
            {int(state) for state in np.unique(machine.trace(all_words(len(machine.inputs), 4)))} - {-1}
        )

    @given(machines())
    def test_minimise_keeps_the_behaviour_and_is_idempotent(self, machine: Machine) -> None:
        small = minimise(machine)
        assert small.kind == machine.kind
        assert same_behaviour(machine, small, 2 * len(machine))
        again = minimise(small)
        assert len(again) == len(small)
        assert np.array_equal(canonical(again).next_state, canonical(small).next_state)

    @given(machines(kind="mealy", inputs=BIT))
    def test_minimise_counts_the_behaviours(self, machine: Machine) -> None:
        """Two states are one exactly if all words up to the number of states are answered alike from them."""
        words = all_words(2, len(machine) + 1)
        behaviours = {
            b"".join(array.tobytes() for array in replace(machine, initial=state).run(words))
            for state in np.unique(machine.trace(words)).tolist()
            if state != UNKNOWN
        }
        nothing = b"".join(
            array.tobytes() for array in Machine([[-1, -1]], [[-1, -1]], BIT, machine.outputs).run(words)
        )
        assert len(minimise(machine)) == max(1, len(behaviours - {nothing}))

    @given(machines(inputs=AB), st.data())
    def test_canonical_forms_are_equal_exactly_if_the_behaviour_is(self, a: Machine, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            b = data.draw(machines(inputs=AB, outputs=a.outputs, kind=a.kind, max_states=3))
        else:
            # One changed entry: as near to equal as two machines get.
            table = a.next_state.copy()
            table.flat[data.draw(st.integers(0, table.size - 1))] = data.draw(st.integers(UNKNOWN, len(a) - 1))
            b = replace(a, next_state=table)
        equal = all(
            np.array_equal(getattr(canonical(a), name), getattr(canonical(b), name))
            for name in ("next_state", "output", "care")
        )
        # Together with the unknown state they have one state more, and states part on a word shorter than that.
        assert equal == same_behaviour(a, b, len(a) + len(b))
        assert (a.digest == b.digest) == equal

    @given(machines(), st.randoms(use_true_random=False))
    def test_the_digest_ignores_order_names_and_unreachable_states(self, machine: Machine, random) -> None:
        order = list(range(len(machine)))
        random.shuffle(order)
        assert permuted(machine, np.array(order)).digest == machine.digest
        assert replace(machine, states=()).digest == machine.digest
        more = Machine(
            next_state=np.concatenate([machine.next_state, machine.next_state[-1:]]),
            output=np.concatenate([machine.output, machine.output[:1]]),
            care=np.concatenate([machine.care, machine.care[:1]]),
            inputs=machine.inputs,
            outputs=machine.outputs,
            initial=machine.initial,
        )
        assert more.digest == machine.digest

    @pytest.mark.parametrize(
        ("kind", "output", "care"), [("mealy", [0, 1, 1, 0], [1, 1, 1, 1]), ("moore", [0, 1], [1, 1])]
    )
    def test_the_digest_is_what_the_design_says(self, kind: str, output: list[int], care: list[int]) -> None:
        content = kind.encode() + np.array([2, 2, 0, 1, 1, 0, *output, *care], dtype="<i4").tobytes()
        assert parity(kind).digest == hashlib.sha256(content).hexdigest()

    def test_the_digest_knows_kind_sizes_and_unknown_from_zero(self) -> None:
        machine = parity()
        others = [
            parity("moore"),
            replace(machine, outputs=Alphabet.words(2)),
            replace(machine, output=[[0, 1], [1, UNKNOWN]], care=None),
            replace(machine, initial=1),
        ]
        assert len({other.digest for other in [machine, *others]}) == 5
        partial = Machine([[0, 0]], [[0, 0]], BIT, Alphabet.words(2), care=[[3, 1]])
        assert partial.digest != replace(partial, care=[[3, 3]]).digest

    @given(machines())
    def test_moore_and_mealy_answer_alike(self, machine: Machine) -> None:
        other = to_moore(machine) if machine.kind == "mealy" else to_mealy(machine)
        assert other.kind != machine.kind
        assert same_behaviour(machine, other, 2 * len(machine) + 1)
        back = to_moore(other) if machine.kind == "moore" else to_mealy(other)
        assert back.digest == machine.digest

    def test_a_mealy_state_is_split_by_the_outputs_it_is_entered_with(self) -> None:
        machine = to_moore(Machine([[0, 1], [1, 0]], [[0, 1], [0, 1]], BIT, BIT, states=("p", "q")))
        assert machine.states == ("p/0", "p/1", "q/0", "q/1")
        assert machine.output.tolist() == [0, 1, 0, 1]

    def test_a_state_that_is_not_split_keeps_its_name(self) -> None:
        machine = to_moore(Machine([[1, 1], [1, -1]], [[0, 0], [0, 1]], BIT, BIT, states=("p", "q")))
        assert sorted(machine.states) == ["?/1", "p", "q"]
        assert machine.output[machine.initial] == UNKNOWN

    def test_a_state_without_a_known_future_is_the_unknown_state(self) -> None:
        machine = minimise(Machine([[1, 0], [1, 1]], [[0, 1], [-1, -1]], BIT, BIT))
        assert machine.next_state.tolist() == [[UNKNOWN, 0]]
        assert len(minimise(Machine([[1, 0], [1, 1]], [[-1, -1], [-1, -1]], BIT, BIT))) == 1

    def test_a_hundred_thousand_states(self) -> None:
        """A counter modulo n whose output has the period p is a counter modulo p, and a permuted one is the same."""
        n, p = 100_000, 625
        count = np.arange(n)
        output = np.stack([count % p == p - 1, np.zeros(n)], axis=1)
        machine = Machine(np.stack([(count + 1) % n, count], axis=1), output, BIT, BIT)
        assert len(minimise(machine)) == p
        whole = replace(machine, output=np.stack([count == n - 1, np.zeros(n)], axis=1), care=None)
        order = np.random.default_rng(1).permutation(n)
        form = canonical(permuted(whole, order))
        assert len(form) == n
        assert np.array_equal(form.next_state, whole.next_state)


def test_a_number_too_wide_for_the_table_does_not_wrap_into_range() -> None:
    for next_state, output in (([[2**32]], [[0]]), ([[0]], [[2**32]])):
        with pytest.raises(ValueError, match="holds 4294967296"):
            Machine(np.array(next_state), np.array(output), Alphabet.of("x"), Alphabet.words(1))


def test_symbols_become_the_words_that_they_stand_for() -> None:
    machine = Machine([[0, 0, 0]], [[0, 1, UNKNOWN]], Alphabet.of("abc"), AB)
    worded = with_words(machine, np.array([[2, 3], [0, 1]], dtype=np.int32), Alphabet.words(2))
    assert [worded.outputs.show(*entry) for entry in zip(worded.output[0], worded.care[0], strict=True)] == [
        "10",
        "-0",
        "--",
    ]


class TestSignals:
    WORDS = Alphabet(bits=3, signals=(("en", 1), ("data", 2)))

    def test_they_are_for_people_and_files(self) -> None:
        assert Alphabet.words(3) == self.WORDS
        assert hash(self.WORDS) == hash(Alphabet.words(3))
        assert Alphabet.words(3).bit_names == ()
        table = np.zeros((1, 8), dtype=int)
        machines = [Machine(table, table, alphabet, alphabet) for alphabet in (self.WORDS, Alphabet.words(3))]
        assert machines[0].digest == machines[1].digest
        assert canonical(machines[0]).inputs.signals == self.WORDS.signals

    @pytest.mark.parametrize(
        ("signals", "message"),
        [
            ((("a", 1), ("b", 1)), r"^signals of 2 bits, expected 3, and at least 1 each$"),
            ((("a", 4), ("b", -1)), r"^signals of 3 bits, expected 3, and at least 1 each$"),
            ((("a", 3), ("b", 0)), r"^signals of 3 bits, expected 3, and at least 1 each$"),
            ((("a", 1), ("a", 2)), r"^two bits have the same name, expected different ones$"),
            ((("a[1]", 1), ("a", 2)), r"^two bits have the same name, expected different ones$"),
        ],
    )
    def test_refuses(self, signals: tuple[tuple[str, int], ...], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Alphabet(bits=3, signals=signals)

    def test_of_named_symbols_they_are_the_bits_of_the_index(self) -> None:
        assert Alphabet(("a", "b", "c"), signals=(("x", 1), ("y", 1))).bit_names == ("x", "y")
