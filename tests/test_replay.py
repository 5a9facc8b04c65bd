"""A machine over examples: what agrees, what differs, what nobody knows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.circuit import to_circuit
from seqlogic.completion import complete
from seqlogic.encoding import state_codes
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine, to_moore
from seqlogic.replay import replay, replay_circuit
from tests.strategies import machines

WORDS = Alphabet.words(2)
# Of state 0 the low bit is known on 0; of state 1 nothing is on 1.
PARTLY = Machine([[0, 1], [0, UNKNOWN]], [[1, 2], [0, UNKNOWN]], Alphabet.words(1), WORDS, care=[[1, 3], [3, 0]])


def test_each_kind_of_answer() -> None:
    words = np.array([[0, 0, 1, 0, 1], [0, 1, 1, 0, -1]])
    answers = np.array([[3, 2, 2, 1, -1], [-1, 0, 3, 3, -1]])
    found = replay(PARTLY, Examples(words, answers, Alphabet.words(1), WORDS))
    assert found.differs.tolist() == [[False, True, False, True, False], [False, True, False, False, False]]
    # The second sequence has lost the state after its third symbol.
    assert found.unknown.tolist() == [[True, False, False, False, False], [False, False, True, True, False]]
    assert found.agrees.tolist() == [[False, False, True, False, False], [False] * 5]
    assert found.marks.tolist() == [[-1, 1, 0, 1, -1], [-1, 1, -1, -1, -1]]
    assert list(found.differences()) == [(0, 1), (0, 3), (1, 1)]


@given(machines(inputs=Alphabet.words(1)), st.data())
def test_it_is_one_of_four_at_every_step_and_a_moore_machine_is_alike(machine: Machine, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(st.integers(0, 1), min_size=3, max_size=3), min_size=1, max_size=4))
    answers = [[data.draw(st.integers(UNKNOWN, len(machine.outputs) - 1)) for _ in row] for row in rows]
    examples = Examples(np.array(rows), np.array(answers), machine.inputs, machine.outputs)
    found = replay(machine, examples)
    assert (~found.observed + found.differs.astype(int) + found.unknown + found.agrees == 1).all()
    assert np.array_equal(replay(to_moore(machine), examples).marks, found.marks)
    # By hand, symbol by symbol and bit by bit.
    for row, place in np.ndindex(found.observed.shape):
        output, care = (int(table[row, place]) for table in machine.run(examples.words))
        if answers[row][place] >= 0:
            bits = range(machine.outputs.width)
            wrong = any(care >> bit & 1 and (output ^ answers[row][place]) >> bit & 1 for bit in bits)
            assert found.marks[row, place] == (1 if wrong else 0 if care == machine.outputs.full else -1)


def test_symbols_of_another_alphabet_are_refused() -> None:
    examples = Examples(np.array([[3]]), np.array([[0]]), Alphabet.words(2), WORDS)
    with pytest.raises(ValueError, match="outside the 2 input symbols"):
        replay(PARTLY, examples)


@given(machines(inputs=Alphabet.words(1), outputs=WORDS), st.data())
def test_a_circuit_is_replayed_as_its_machine(machine: Machine, data: st.DataObject) -> None:
    length = st.integers(1, 4)
    rows = data.draw(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=4), min_size=1, max_size=4))
    words = np.full((len(rows), 4), UNKNOWN)
    answers = words.copy()
    for row, symbols in enumerate(rows):
        words[row, : len(symbols)] = symbols
        answers[row, : data.draw(length)] = data.draw(st.integers(UNKNOWN, 3))
    answers[words < 0] = UNKNOWN
    examples = Examples(words, answers, machine.inputs, machine.outputs)
    # An answer of which the machine knows a part only is worth nothing to the circuit.
    expected, total = replay(machine, examples), complete(machine)
    circuit = to_circuit(total, state_codes(len(total), "binary"))
    found = replay_circuit(circuit, examples)
    whole = expected.care == WORDS.full
    assert np.array_equal(found.marks[whole], expected.marks[whole])
    assert not found.care[~whole].any()
    with pytest.raises(ValueError, match="outputs of 1 bits for a circuit of 3"):
        replay_circuit(circuit, Examples(words, np.full_like(words, UNKNOWN), machine.inputs, Alphabet.words(1)))
