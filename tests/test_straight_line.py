"""Straight-line programs: what they compute, how few operations and rows that takes, and over how many words."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from strategies import any_circuits

from seqlogic import straight_line
from seqlogic.circuit import Circuit
from seqlogic.straight_line import Program

RANDOM = np.random.default_rng(3)


def stepped(circuit: Circuit, inputs: np.ndarray, latches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step by the definition of a circuit, gate by gate: outputs and latches."""
    value = [np.zeros(inputs.shape[1], dtype=np.uint64), *inputs, *latches]

    def of(literal: int) -> np.ndarray:
        return ~value[literal >> 1] if literal & 1 else value[literal >> 1]

    for a, b in circuit.ands.tolist():
        value.append(of(a) & of(b))

    def rows(roots: np.ndarray) -> np.ndarray:
        values = [of(literal) for literal in roots.tolist()]
        return np.array(values, dtype=np.uint64).reshape(len(roots), inputs.shape[1])

    return rows(circuit.output), rows(circuit.next_state)


def words(*shape: int) -> np.ndarray:
    return RANDOM.integers(1 << 64, size=shape, dtype=np.uint64)


def check(circuit: Circuit, steps: int, width: int) -> None:
    inputs, state = words(steps, len(circuit.inputs), width), words(len(circuit.latches), width)
    before = state.copy()
    outputs, after = circuit.program.run(inputs, state)
    assert np.array_equal(state, before)
    for step, answers in zip(inputs, outputs, strict=True):
        expected, state = stepped(circuit, step, state)
        assert np.array_equal(answers, expected)
    assert np.array_equal(after, state)


@given(any_circuits())
def test_it_computes_what_the_circuit_does(circuit: Circuit) -> None:
    for steps, width in ((0, 2), (1, 1), (2, 3), (5, 2)):
        check(circuit, steps, width)


def test_words_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit(("x",), ("q",), ("y",), np.array([[4, 3]]), np.array([6]), np.array([7]), np.array([False]))
    monkeypatch.setattr(straight_line, "_MOST", 4)
    for width in (0, 3, 4, 9):
        check(circuit, 3, width)


def program(ands: list, next_state: list, output: list, inputs: int = 2) -> Program:
    return Program(
        inputs, np.array(ands, dtype=int).reshape(-1, 2), np.array(next_state, dtype=int), np.array(output, dtype=int)
    )


def counted(made: Program) -> dict[str, int]:
    return dict(Counter(function.__name__ for function, *_ in made.operations))


def test_inverters_move_to_the_result() -> None:
    # Of the inputs 2 and 4: ~(~a & ~b) is their OR; where it is needed in ~c & ~(a | b), nothing is negated either.
    assert counted(program([[5, 3]], [], [7])) == {"bitwise_or": 1}
    assert counted(program([[5, 3], [8, 7]], [], [11], inputs=3)) == {"bitwise_or": 2}
    # One of two has to be negated, for both gates at once.
    assert counted(program([[4, 3], [6, 3]], [], [8, 10], inputs=3)) == {"bitwise_xor": 1, "bitwise_and": 2}


def test_an_exclusive_or_is_one_operation() -> None:
    # Of 2 and 4: ~(a & b) & ~(~a & ~b), and again with another one, negated; gates 8 to 18 after the inputs 2, 4, 6.
    xor3 = [[4, 2], [5, 3], [11, 9], [12, 6], [13, 7], [17, 15]]
    assert counted(program(xor3, [], [18], inputs=3)) == {"bitwise_xor": 2}
    # The carry needs one of the gates inside as well.
    assert counted(program(xor3, [], [18, 8], inputs=3)) == {"bitwise_xor": 2, "bitwise_and": 1}
    # Almost one: ~(a & b) & ~(~a & c).
    assert "bitwise_xor" in counted(program([[4, 2], [6, 3], [11, 9]], [], [12], inputs=3))
    # Of what is there only negated, a | b: what comes of it is negated, and what goes in is not.
    nor = [[5, 3], [8, 2], [9, 7], [8, 6], [15, 13]]
    assert counted(program(nor, [], [17], inputs=3)) == {"bitwise_or": 1, "bitwise_xor": 1}
    for ands, root in ((xor3, 19), (nor, 16), (nor, 17)):
        circuit = Circuit(("a", "b", "c"), (), ("y",), np.array(ands), np.array([]), np.array([root]), np.array([]))
        check(circuit, 1, 5)


def test_what_nothing_needs_is_not_computed() -> None:
    assert counted(program([[4, 2], [4, 3], [8, 5]], [], [6])) == {"bitwise_and": 1}


def test_latches_are_copied_only_where_they_must_be() -> None:
    # Inputs 2, 4; latches 6, 8. A gate, an input, a negated one and another latch are where they are; what two latches
    # take is copied for the second, a constant for both.
    assert counted(program([[4, 2]], [10, 2], [])) == {"bitwise_and": 1}
    assert counted(program([], [8, 6], [])) == {}
    assert counted(program([], [3], [])) == {"bitwise_xor": 1}
    assert counted(program([], [6, 6], [])) == {"bitwise_or": 1}
    assert counted(program([], [0, 1], [])) == {"bitwise_or": 2}


def test_rows_are_used_again() -> None:
    """A chain of a thousand gates over two inputs and their negations needs no row for each."""
    ands, previous = [[4, 2]], 6
    for gate in range(999):
        ands.append([previous, 2 + gate % 4])
        previous += 2
    made = program(ands, [], [previous])
    assert len(made.operations) == 1002
    assert len(made.moves) <= 10
