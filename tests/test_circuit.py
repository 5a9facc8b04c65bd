"""Circuits: the way from a machine and back, under any codes, and bit-parallel simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_words, machines

from seqlogic.circuit import Circuit, Word, circuit_of, codes_of, run, simulate, to_circuit, to_machine, words
from seqlogic.completion import complete
from seqlogic.encoding import ENCODINGS, state_codes
from seqlogic.machine import Alphabet, Machine, canonical, to_mealy
from seqlogic.synthesis import Gates

RANDOM = np.random.default_rng(7)


def random_machine(states: int, symbols: int, outputs: int) -> Machine:
    return Machine(
        RANDOM.integers(0, states, (states, symbols)),
        RANDOM.integers(0, outputs, (states, symbols)),
        Alphabet.of(map(str, range(symbols))),
        Alphabet.of(map(str, range(outputs))),
    )


def counter(bits: int) -> Circuit:
    """Counts its ones; the output is the carry."""
    gates = Gates(1 + bits)
    carry, targets = gates.leaf(0), []
    for bit in range(bits):
        targets.append(gates.xor(gates.leaf(1 + bit), carry))
        carry = gates.and_(gates.leaf(1 + bit), carry)
    return circuit_of(
        gates,
        inputs=["up"],
        latches=[f"count[{bit}]" for bit in range(bits)],
        outputs=["carry"],
        next_state=targets,
        output=[carry],
        reset=[False] * bits,
    )


@st.composite
def machines_and_codes(draw: st.DrawFn) -> tuple[Machine, np.ndarray]:
    """A machine and different codes of its states: of an encoding, or of any bits."""
    machine = draw(machines())
    S = len(machine)
    if draw(st.booleans()):
        return machine, state_codes(S, draw(st.sampled_from(ENCODINGS)))
    # More than 20 bits together with the inputs take another way through the synthesis.
    L = draw(st.sampled_from([2, 3, 21]))
    numbers = draw(st.lists(st.integers(0, (1 << L) - 1), min_size=S, max_size=S, unique=True))
    return machine, np.array([[bool(number >> bit & 1) for bit in range(L)] for number in numbers])


@given(machines_and_codes())
def test_a_circuit_answers_what_the_machine_knows(drawn: tuple[Machine, np.ndarray]) -> None:
    machine, codes = drawn
    words = all_words(len(machine.inputs), 4)
    output, care = machine.run(words)
    circuit = to_circuit(machine, codes)
    assert not ((run(circuit, words) ^ output) & care).any()
    assert np.array_equal(circuit.reset, codes[machine.initial])


@given(machines(), st.sampled_from(ENCODINGS), st.sampled_from(["flag", "free"]))
def test_a_completed_machine_goes_there_and_back(machine: Machine, encoding: str, unknown: str) -> None:
    whole = complete(machine, unknown=unknown)
    back = to_machine(to_circuit(whole, state_codes(len(whole), encoding)))
    if unknown == "flag":
        form = canonical(back)
        assert np.array_equal(form.next_state, whole.next_state)
        assert np.array_equal(form.output, whole.output)
    else:
        words = all_words(len(whole.inputs), 3)
        output, care = whole.run(words)
        assert not ((back.run(words)[0] ^ output) & care).any()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("states", "symbols"), [(20, 5), (50, 2), (3, 64)])
def test_larger_machines_go_there_and_back(encoding: str, states: int, symbols: int) -> None:
    whole = complete(random_machine(states, symbols, 3))
    circuit = to_circuit(whole, state_codes(len(whole), encoding))
    back = to_machine(circuit)
    assert np.array_equal(codes_of(whole, circuit), state_codes(len(whole), encoding))
    assert np.array_equal(back.next_state, whole.next_state)
    assert np.array_equal(back.output, whole.output)


@given(machines(), st.sampled_from(ENCODINGS))
def test_codes_are_found_again(machine: Machine, encoding: str) -> None:
    form = canonical(to_mealy(machine))
    codes = state_codes(len(form), encoding)
    circuit = to_circuit(form, codes)
    # All but the states that only an unknown transition could reach, of which a canonical machine has none.
    assert np.array_equal(codes_of(form, circuit), codes)


def test_sequences_share_words_without_mixing() -> None:
    machine = complete(random_machine(9, 3, 4))
    circuit = to_circuit(machine, state_codes(len(machine), "gray"))
    words = RANDOM.integers(0, 4, (130, 9))
    assert np.array_equal(run(circuit, words), machine.run(words)[0])


def test_simulation_is_bit_parallel() -> None:
    bits = np.array([[[0b0111]], [[0b0011]], [[0b0001]]], dtype=np.uint64)
    outputs = simulate(counter(1), bits)
    assert outputs.tolist() == [[[0]], [[0b0011]], [[0]]]
    assert outputs.dtype == np.uint64


def test_many_states_in_a_row_become_a_machine() -> None:
    machine = to_machine(counter(12))
    assert machine.next_state[:, 1].tolist() == [*range(1, 4096), 0]
    assert machine.output[:, 1].tolist() == [0] * 4095 + [1]


@pytest.mark.parametrize("idle", [0, 30])
def test_the_limit_of_states(idle: int) -> None:
    """Whether all states are evaluated or, for more latches, only those that are reached."""
    small = counter(6)
    names = [f"idle[{bit}]" for bit in range(idle)]
    circuit = circuit_of(
        rebuilt(small, idle),
        inputs=small.inputs,
        latches=[*small.latches, *names],
        outputs=small.outputs,
        next_state=[*moved(small, small.next_state, idle), *[1] * idle],
        output=moved(small, small.output, idle),
        reset=[False] * 6 + [True] * idle,
    )
    machine = to_machine(circuit, limit=64)
    assert machine.next_state[:, 1].tolist() == [*range(1, 64), 0]
    assert machine.output[:, 1].tolist() == [0] * 63 + [1]
    with pytest.raises(ValueError, match=r"^the circuit reaches more than 63 states$"):
        to_machine(circuit, limit=63)


def moved(circuit: Circuit, literals: np.ndarray, idle: int) -> list[int]:
    """Literals, when so many latches are put behind those of the circuit."""
    first = 2 * (1 + len(circuit.inputs) + len(circuit.latches))
    return [literal + 2 * idle * (literal >= first) for literal in literals.tolist()]


def rebuilt(circuit: Circuit, idle: int) -> Gates:
    gates = Gates(len(circuit.inputs) + len(circuit.latches) + idle)
    for pair in circuit.ands:
        gates.and_(*moved(circuit, pair, idle))
    return gates


def test_one_hot_states_are_read_from_one_latch() -> None:
    ring = Machine(np.arange(1, 6)[:, None] % 5, [[0], [0], [1], [0], [0]], Alphabet.of("a"), Alphabet.words(1))
    circuit = to_circuit(ring, state_codes(5, "one-hot"))
    assert len(circuit.ands) == 0
    assert circuit.next_state.tolist() == [12, 4, 6, 8, 10]
    assert circuit.output.tolist() == [8]


def test_dead_gates_are_gone_and_none_is_double() -> None:
    circuit = to_circuit(complete(random_machine(12, 4, 4)), state_codes(12, "binary"))
    used = set((circuit.ands >> 1).ravel()) | set(circuit.next_state >> 1) | set(circuit.output >> 1)
    first = 1 + len(circuit.inputs) + len(circuit.latches)
    assert set(range(first, first + len(circuit.ands))) <= used
    assert len({tuple(pair) for pair in circuit.ands.tolist()}) == len(circuit.ands)


def test_dont_cares_save_gates() -> None:
    outputs = np.array([[0, 1, 1, 0], [1, 0, 0, 1], [0, 0, 1, 0]])
    machine = Machine(np.array([[1, 2, 0, 1]] * 3), outputs, Alphabet.words(2), Alphabet.words(1))
    free = replace(machine, output=np.where(outputs == 0, -1, outputs), care=np.where(outputs == 0, 0, 1))
    codes = state_codes(3, "binary")
    assert len(to_circuit(free, codes).ands) < len(to_circuit(machine, codes).ands)


def test_names() -> None:
    machine = Machine([[0, 0, 0]], [[0, 1, 2]], Alphabet.of("abc"), Alphabet.of("xyz"))
    circuit = to_circuit(machine, state_codes(1, "binary"))
    assert (circuit.inputs, circuit.latches) == (("symbol[0]", "symbol[1]"), ("state[0]",))
    assert circuit.outputs == ("output[0]", "output[1]")
    assert to_circuit(machine, state_codes(1, "binary"), output_names=["low", "high"]).outputs == ("low", "high")
    assert repr(circuit) == "<Circuit 2 inputs, 1 latches, 2 outputs, 0 gates>"


GOOD = Circuit(("a",), ("q",), ("y",), np.array([[4, 2]]), np.array([6]), np.array([7]), np.array([False]))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": ("q",)}, "the name 'q' stands twice"),
        ({"ands": np.zeros((2, 3))}, r"ands has the shape \(2, 3\), expected \[gates, 2\]"),
        ({"next_state": np.array([2, 2])}, r"next_state has the shape \(2,\), expected \(1,\)"),
        ({"output": np.array([])}, r"output has the shape \(0,\), expected \(1,\)"),
        ({"reset": np.array([True, True])}, r"reset has the shape \(2,\), expected \(1,\)"),
        ({"ands": np.array([[2, 4]])}, r"gate 0 is \[2, 4\], expected earlier literals, the larger first"),
        ({"ands": np.array([[4, 4]])}, r"gate 0 is \[4, 4\], expected earlier literals, the larger first"),
        ({"ands": np.array([[6, 2]])}, r"gate 0 is \[6, 2\], expected earlier literals, the larger first"),
        ({"ands": np.array([[4, -2]])}, r"gate 0 is \[4, -2\], expected earlier literals, the larger first"),
        ({"ands": np.array([[4, 2], [4, 2]])}, "two gates are equal"),
        ({"next_state": np.array([8])}, r"next_state holds the literal 8, outside 0 \.\. 7"),
        ({"output": np.array([-1])}, r"output holds the literal -1, outside 0 \.\. 7"),
    ],
)
def test_what_is_no_circuit(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        replace(GOOD, **changed)


def test_a_circuit_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        GOOD.ands[0, 0] = 2


def test_other_errors() -> None:
    machine = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], Alphabet.words(1), Alphabet.words(1))
    with pytest.raises(ValueError, match=r"^codes have the shape \(3, 2\), expected \[2, bits\]$"):
        to_circuit(machine, state_codes(3, "binary"))
    with pytest.raises(ValueError, match=r"^two states have the same code$"):
        to_circuit(machine, np.array([[True], [True]]))
    circuit = to_circuit(machine, state_codes(2, "binary"))
    with pytest.raises(ValueError, match=r"^bits have the shape \(1, 2, 1\), expected \[steps, 1, words\]$"):
        simulate(circuit, np.zeros((1, 2, 1), dtype=np.uint64))
    with pytest.raises(ValueError, match=r"^words have the shape \(2,\), expected \[words, symbols\]$"):
        run(circuit, np.array([0, 1]))
    for symbol in (2, -1):
        with pytest.raises(ValueError, match=f"^a word holds {symbol}, outside 1 bits$"):
            run(circuit, np.array([[0, symbol]]))
    with pytest.raises(ValueError, match=r"^2 bits of input symbols for a circuit of 1$"):
        codes_of(Machine([[0, 0, 0, 0]], [[0, 0, 0, 0]], Alphabet.words(2), Alphabet.words(1)), circuit)


def test_the_digest_is_of_sizes_and_arrays() -> None:
    # SHA-256 of b"circuit" and, as little-endian int32: 1, 1, 1, 1, 4, 2, 6, 7, 0.
    assert GOOD.digest == "6794ff3cff84041f1123a379abdcdf9f84a076e195b95428c1e9f098c9249310"
    assert replace(GOOD, inputs=("other",)).digest == GOOD.digest
    changed = [
        replace(GOOD, ands=np.array([[4, 3]])),
        replace(GOOD, next_state=np.array([7])),
        replace(GOOD, output=np.array([6])),
        replace(GOOD, reset=np.array([True])),
        replace(GOOD, inputs=(), latches=("a", "q"), next_state=[6, 7], output=[0], reset=[False] * 2),
    ]
    assert len({circuit.digest for circuit in (GOOD, *changed)}) == 6


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], []),
        (["b[1]", "up", "b[0]"], [("b", (2, 0)), ("up", (1,))]),
        (["a[0]"], [("a", (0,))]),
        # Not from 0 on, with a gap, a bit twice, other ways to write a number.
        (["a[1]", "b[0]", "b[2]"], [("a[1]", (0,)), ("b[0]", (1,)), ("b[2]", (2,))]),
        (["a[0]", "a[1]", "a[0]"], [("a[0]", (0,)), ("a[1]", (1,)), ("a[0]", (2,))]),
        (["a[00]", "a[1]", "a[-1]", "a[٣]", "[0]", "a[]"], None),
        # The word has the name of a bit.
        (["a", "a[0]"], [("a", (0,)), ("a[0]", (1,))]),
        (["a[0]", "a[0][0]"], [("a", (0,)), ("a[0][0]", (1,))]),
        (["m[0][1]", "m[0][0]", "m[1][0]"], [("m[0]", (1, 0)), ("m[1]", (2,))]),
    ],
)
def test_words(names: list[str], found: list[tuple[str, tuple[int, ...]]] | None) -> None:
    alone = [(name, (place,)) for place, name in enumerate(names)]
    assert words(names) == [Word(*word) for word in (alone if found is None else found)]


@given(st.lists(st.from_regex(r"[ab](\[[0-3]\]){0,2}", fullmatch=True)))
def test_each_bit_is_in_one_word(names: list[str]) -> None:
    found = words(names)
    assert sorted(place for word in found for place in word.places) == list(range(len(names)))
    assert [min(word.places) for word in found] == sorted(min(word.places) for word in found)
    for word in found:
        bits = [names[place] for place in word.places]
        assert bits in ([word.name], [f"{word.name}[{bit}]" for bit in range(len(bits))])


def test_a_listing_ends_at_its_deadline() -> None:
    """Of a circuit of more latches than are evaluated whole."""
    gates = Gates(18)
    leaves = gates.leaf_literals()
    names = [f"q[{bit}]" for bit in range(17)]
    shift = circuit_of(
        gates,
        inputs=["x"],
        latches=names,
        outputs=["y"],
        next_state=leaves[:17],
        output=leaves[17:],
        reset=[False] * 17,
    )
    with pytest.raises(TimeoutError, match="the deadline has passed"):
        to_machine(shift, deadline=0.0)
    with pytest.raises(ValueError, match="the circuit reaches more than 100 states"):
        to_machine(shift, limit=100)
