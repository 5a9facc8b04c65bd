"""The machine as hardware has it, judged by its definition followed symbol by symbol."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import machines

from seqlogic.completion import complete
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy


def expected(machine: Machine, word: list[int]) -> list[tuple[int, int]]:
    """For each pattern, the output and the error bit, as the docstring of `complete` defines "flag"."""
    mealy = to_mealy(machine)
    state, answers = mealy.initial, []
    for symbol in word:
        if state == UNKNOWN or symbol >= len(mealy.inputs):
            answers.append((0, 1))
        else:
            care = int(mealy.care[state, symbol])
            answers.append((max(0, int(mealy.output[state, symbol])) & care, int(care != mealy.outputs.full)))
            state = int(mealy.next_state[state, symbol])
    return answers


@st.composite
def machines_and_words(draw: st.DrawFn) -> tuple[Machine, list[int]]:
    machine = draw(machines())
    return machine, draw(st.lists(st.integers(0, (1 << machine.inputs.width) - 1), min_size=1, max_size=12))


@given(machines_and_words())
def test_flag_answers_every_pattern_as_defined(drawn: tuple[Machine, list[int]]) -> None:
    machine, word = drawn
    whole = complete(machine)
    output, care = whole.run(np.array([word]))
    assert (care == whole.outputs.full).all()
    v = machine.outputs.width
    assert [(value % (1 << v), value >> v) for value in output[0].tolist()] == expected(machine, word)


@given(machines_and_words())
def test_free_answers_what_is_known_and_leaves_the_rest(drawn: tuple[Machine, list[int]]) -> None:
    machine, word = drawn
    mealy = to_mealy(machine)
    output, care = complete(machine, unknown="free").run(np.array([word]))
    v, state = machine.outputs.width, mealy.initial
    for symbol, value, known in zip(word, output[0].tolist(), care[0].tolist(), strict=True):
        if state != UNKNOWN and symbol >= len(mealy.inputs):
            # A state of which nothing is known is the unknown state, so that even this answer may be free there.
            blank = (mealy.care[state] == 0).all() and (mealy.next_state[state] == UNKNOWN).all()
            assert (value, known) == (1 << v, (2 << v) - 1) or (blank and known == 0)
            state = UNKNOWN if known == 0 else state
            continue
        if state == UNKNOWN:
            assert known == 0
            continue
        bits, target = int(mealy.care[state, symbol]), int(mealy.next_state[state, symbol])
        if known == 0:
            assert bits == 0
            state = UNKNOWN
            continue
        # `error` is known, and 0.
        assert known == bits | 1 << v
        assert value == max(0, int(mealy.output[state, symbol])) & bits
        state = target


@given(machines(), st.sampled_from(["flag", "free"]))
def test_the_result_is_canonical_over_words(machine: Machine, unknown: str) -> None:
    whole = complete(machine, unknown=unknown)
    assert whole.inputs == Alphabet.words(machine.inputs.width)
    assert whole.outputs == Alphabet.words(machine.outputs.width + 1)
    assert whole.kind == "mealy"
    assert whole.initial == 0
    form = canonical(whole)
    for name in ("next_state", "output", "care"):
        assert np.array_equal(getattr(form, name), getattr(whole, name))


def test_the_lost_state_is_added_only_where_it_is_needed() -> None:
    inputs, outputs = Alphabet.words(1), Alphabet.words(1)
    assert len(complete(Machine([[0, 0]], [[0, 1]], inputs, outputs))) == 1
    lost = complete(Machine([[0, -1]], [[0, 1]], inputs, outputs))
    assert lost.next_state.tolist() == [[0, 1], [1, 1]]
    assert lost.output.tolist() == [[0, 1], [2, 2]]


def test_a_word_known_in_part() -> None:
    machine = Machine([[0, 0]], [[2, -1]], Alphabet.words(1), Alphabet.words(2), care=[[2, 0]])
    assert complete(machine).output.tolist() == [[0b110, 0b100]]
    free = complete(machine, unknown="free")
    assert free.output.tolist() == [[0b010, 0b000]]
    assert free.care.tolist() == [[0b110, 0b100]]


def test_errors() -> None:
    machine = Machine([[0]], [[0]], Alphabet.of("a"), Alphabet.words(30))
    with pytest.raises(ValueError, match=r"^unknown is 'zero', expected 'flag' or 'free'$"):
        complete(machine, unknown="zero")
    with pytest.raises(ValueError, match=r"^an alphabet of words has 1 to 30 bits, not 31$"):
        complete(machine)
