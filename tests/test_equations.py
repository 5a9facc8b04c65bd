"""A circuit as expressions: read back and evaluated, they are what the circuit does."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.equations import equations, listing, with_short_names
from seqlogic.synthesis import Gates
from tasks import Counter, Crc, Delay, Scrambler


def evaluate(text: str, values: dict[str, bool]) -> bool:
    """The value of an expression; every operator but `!` is in brackets where another one is around."""
    tokens = re.findall(r"[()!&|^?:]|[^\s()!&|^?:]+", text)

    def operand() -> bool:
        token = tokens.pop(0)
        if token == "!":
            return not operand()
        if token == "(":
            value = expression()
            assert tokens.pop(0) == ")"
            return value
        return values[token] if token in values else bool(int(token))

    def expression() -> bool:
        value = operand()
        while tokens and tokens[0] != ")" and tokens[0] != ":":
            operator = tokens.pop(0)
            other = operand()
            if operator == "?":
                assert tokens.pop(0) == ":"
                low = operand()
                value = other if value else low
            else:
                value = {"&": value & other, "|": value | other, "^": value ^ other}[operator]
        return value

    found = expression()
    assert not tokens
    return found


def built(seed: int, leaves: int, gates: int) -> Circuit:
    """A circuit of random gates, choices and exclusive ors, on one input and latches."""
    rng = np.random.default_rng(seed)
    graph = Gates(leaves)
    literals = graph.leaf_literals()
    for _ in range(gates):
        a, b, c = (int(rng.choice(literals)) ^ int(rng.integers(2)) for _ in range(3))
        literals.append([graph.and_(a, b), graph.xor(a, b), graph.mux(a, b, c), graph.or_(a, b)][rng.integers(4)])
    roots = [int(rng.choice(literals)) ^ int(rng.integers(2)) for _ in range(leaves - 1 + 2)]
    return circuit_of(
        graph,
        inputs=["n1"],
        latches=[f"q[{bit}]" for bit in range(leaves - 1)],
        outputs=["y", "z"],
        next_state=roots[2:],
        output=roots[:2],
        reset=[False] * (leaves - 1),
    )


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), leaves=st.integers(1, 5), gates=st.integers(0, 40))
def test_they_say_what_the_circuit_does(seed: int, leaves: int, gates: int) -> None:
    circuit = built(seed, leaves, gates)
    for pattern in range(1 << leaves):
        bits = (np.arange(leaves) >= 0) & (pattern >> np.arange(leaves) & 1 == 1)
        words = bits.astype(np.uint64)[:, None]
        shown, following = circuit.program.run(words[None, :1], words[1:])
        values = dict(zip((*circuit.inputs, *circuit.latches), bits.tolist(), strict=True))
        for name, text in equations(circuit):
            values[name] = evaluate(text, values)
        found = np.concatenate([following, shown[0]])[:, 0] & np.uint64(1) == 1
        names = [*(f"{name}'" for name in circuit.latches), *circuit.outputs]
        assert [values[name] for name in names] == found.tolist()


def test_no_gate_is_negated_twice() -> None:
    for seed in range(50):
        assert not any("!!" in text for _, text in equations(built(seed, 4, 30)))


def test_exclusive_ors_are_read_back() -> None:
    shown = dict(equations(Crc(polynomial="crc4").circuit()))
    assert set("".join(shown.values())) <= set("crqegstymbolinu[]0123456789 ^'")


@pytest.mark.parametrize("whole", [True, False])
def test_an_exclusive_or_with_a_conjunction_is_read_back_however_its_gates_are_made(whole: bool) -> None:
    gates = Gates(4)
    a, b, c, y = gates.leaf_literals()
    # Of a & !b & !y there is no gate a & !b.
    one = gates.and_(a, gates.and_(b ^ 1, y ^ 1))
    other = gates.and_(gates.and_(a, b ^ 1) ^ 1, y)
    circuit = circuit_of(
        gates,
        inputs=["a", "b", "c", "y"],
        latches=[],
        outputs=["found"],
        next_state=[],
        output=[gates.or_(one if whole else gates.and_(one, c), other)],
        reset=[],
    )
    text = dict(equations(circuit))["found"]
    assert ("^" in text) == whole
    if whole:
        assert text == "(a & !b) ^ y"
    for pattern in range(16):
        values = {name: bool(pattern >> place & 1) for place, name in enumerate("abcy")}
        conjunction = values["a"] and not values["b"]
        rest = values["c"] or whole
        assert evaluate(text, values) == ((conjunction and not values["y"] and rest) or (values["y"] > conjunction))


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["x[0]", "x[0]_1_ago", "y[0]"], ["x", "x_1_ago", "y"]),
        (["x[0]", "x[1]_1_ago", "y[0]"], ["x[0]", "x[1]_1_ago", "y"]),
        (["x[1]", "x[1]_1_ago", "y"], ["x[1]", "x[1]_1_ago", "y"]),
        (["x[0]", "x", "y[0]"], ["x[0]", "x", "y[0]"]),
        (["b[0][1]", "[0]", "y[0]"], ["b[0][1]", "[0]", "y"]),
    ],
)
def test_a_word_of_one_bit_is_called_without_its_number(names: list[str], short: list[str]) -> None:
    gates = Gates(2)
    x, q = gates.leaf_literals()
    circuit = circuit_of(
        gates, inputs=names[:1], latches=names[1:2], outputs=names[2:], next_state=[x], output=[q], reset=[True]
    )
    found = with_short_names(circuit)
    assert [*found.inputs, *found.latches, *found.outputs] == short
    assert found.digest == circuit.digest


def test_a_long_chain_is_written_without_recursion() -> None:
    shown = equations(Counter(bits=29).circuit())
    assert len(shown) > 58
    assert max(len(text) for _, text in shown) < 2000


def test_operands_stand_in_the_order_of_their_names() -> None:
    gates = Gates(13)
    x, *q = gates.leaf_literals()
    circuit = circuit_of(
        gates,
        inputs=["x"],
        latches=[f"q[{bit}]" for bit in range(12)],
        outputs=["all", "odd", "any"],
        next_state=q,
        output=[gates.all_of([q[11], x ^ 1, q[2] ^ 1]), gates.xor(gates.xor(q[10], q[9]), x), gates.any_of([x, q[1]])],
        reset=[False] * 12,
    )
    shown = dict(equations(circuit))
    assert [shown[name] for name in circuit.outputs] == ["!q[2] & q[11] & !x", "q[9] ^ q[10] ^ x", "q[1] | x"]


def expanded(text: str) -> list[str]:
    """The names that a concatenation stands for."""
    found: list[str] = []
    for part in text.removeprefix("{").removesuffix("}").split(", "):
        numbers = re.search(r"([0-9]+)\.\.([0-9]+)", part)
        if numbers is None:
            found.append(part)
            continue
        first, last = int(numbers[1]), int(numbers[2])
        for number in range(first, last + 1) if first < last else range(first, last - 1, -1):
            found.append(part.replace(numbers[0], str(number)))
    return found


@settings(max_examples=150, deadline=None)
@given(
    moves=st.lists(st.integers(-2, 2), min_size=1, max_size=12),
    form=st.sampled_from(["q[{}]", "x[0]_{}_ago", "r{}[7]"]),
)
def test_shift_registers_say_what_their_latches_become(moves: list[int], form: str) -> None:
    """Each latch becomes one that is up to two places away, or the input where there is none."""
    L = len(moves)
    gates = Gates(1 + L)
    x, *q = gates.leaf_literals()
    names = [form.format(place) for place in range(L)]
    sources = [place + move if 0 <= place + move < L else -1 for place, move in enumerate(moves)]
    circuit = circuit_of(
        gates,
        inputs=["in"],
        latches=names,
        outputs=["y"],
        next_state=[q[source] if source >= 0 else x for source in sources],
        output=[x],
        reset=[False] * L,
    )
    found: dict[str, str] = {}
    for line in listing(circuit, 100)[:-1]:
        left, right = line.split("' = ")
        pairs = list(zip(expanded(left), expanded(right), strict=True))
        assert found.keys().isdisjoint(name for name, _ in pairs)
        found |= dict(pairs)
    assert found == {name: [*names, "in"][source] for name, source in zip(names, sources, strict=True)}


def test_a_shift_register_is_one_equation() -> None:
    assert listing(Delay(d=4).circuit(), 9)[0].count("..") == 2
    scrambler = listing(Scrambler(kind="multiplicative", taps=(58, 39)).circuit(), 9)
    assert len(scrambler) <= 3
    # Beside it stands what is fed back.
    assert len(listing(Crc(polynomial="crc16").circuit(), 99)) < 12


def test_outputs_are_the_last_to_be_left_out() -> None:
    circuit = Counter(bits=4).circuit()
    whole = listing(circuit, 100)
    outputs = whole[-4:]
    assert all(line.startswith(name) for line, name in zip(outputs, circuit.outputs, strict=True))
    assert listing(circuit, 6, " (there)") == [*whole[:2], f"... {len(whole) - 6} more (there)", *outputs]
    assert listing(circuit, 3) == [f"... {len(whole) - 4} more", *outputs[:3], "... 1 more outputs"]


def test_long_equations_are_wrapped_and_whole() -> None:
    gates = Gates(40)
    names = [f"a_rather_long_name[{bit}]" for bit in range(40)]
    parity = circuit_of(
        gates,
        inputs=names,
        latches=[],
        outputs=["y"],
        next_state=[],
        output=[functools.reduce(gates.xor, gates.leaf_literals())],
        reset=[],
    )
    lines = listing(parity, 9)
    assert max(map(len, lines)) <= 110
    assert len(lines) > 5
    assert all(any(name in line for line in lines) for name in names)
