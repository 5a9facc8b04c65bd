"""A circuit as expressions: read back and evaluated, they are what the circuit does."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.equations import equations
from seqlogic.synthesis import Gates
from tasks import Counter, Crc


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


def test_a_long_chain_is_written_without_recursion() -> None:
    shown = equations(Counter(bits=29).circuit())
    assert len(shown) > 58
    assert max(len(text) for _, text in shown) < 2000
