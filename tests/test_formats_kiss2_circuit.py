"""KISS2 as a circuit: what its table answers, and of words that no table has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, run, whole_circuit
from seqlogic.completion import complete
from seqlogic.errors import InputError
from seqlogic.formats import is_circuit, read_circuit
from seqlogic.formats import kiss2_circuit as module
from seqlogic.formats.kiss2 import parse, render
from seqlogic.formats.kiss2_circuit import parse_circuit
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof.circuits import prove_circuits
from tests.strategies import machines

WIDE = """.i 40
.o 2
.ilb start {labels}
.r idle
1{free} idle busy 01
0{free} idle idle 00
-{ones} busy idle 1-
-0{rest} busy busy 00
.e
"""


def of_words(machine: Machine) -> str:
    """Its text, without the comments that name symbols or mark a Moore machine."""
    return "".join(line for line in render(machine).splitlines(keepends=True) if not line.startswith("#"))


def is_that_of(circuit: Circuit, machine: Machine) -> bool:
    """Whether it answers as the machine does once it is complete, input by input and output by output."""
    table = whole_circuit(complete(machine))
    return prove_circuits(circuit, replace(table, inputs=circuit.inputs, outputs=circuit.outputs)).result == "equal"


WORDS = st.integers(1, 3).map(Alphabet.words)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_it_answers_as_the_table_does(data: st.DataObject) -> None:
    machine = data.draw(machines(inputs=data.draw(WORDS), outputs=data.draw(WORDS)))
    text = of_words(machine)
    circuit = parse_circuit(text, "m.kiss2")
    assert circuit.outputs[-1] == "error"
    assert is_that_of(circuit, parse(text, "m.kiss2"))


cube = st.text("01-", min_size=2, max_size=2)
state = st.sampled_from("ab*")


@given(st.lists(st.tuples(cube, state, state, st.text("01-", min_size=1, max_size=1)), min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_rows_that_overlap_must_agree(rows: list[tuple[str, str, str, str]]) -> None:
    text = "\n".join([".i 2", ".o 1", *(" ".join(row) for row in rows)])
    try:
        machine = parse(text, "m.kiss2")
    except InputError:
        with pytest.raises(InputError):
            parse_circuit(text, "m.kiss2")
    else:
        assert is_that_of(parse_circuit(text, "m.kiss2"), machine)


def wide(tmp_path: Path, ones: str = "1" * 39) -> Path:
    labels = " ".join(f"d[{bit}]" for bit in reversed(range(39)))
    path = tmp_path / "wide.kiss2"
    path.write_text(WIDE.format(labels=labels, free="-" * 39, ones=ones, rest="-" * 38))
    return path


def test_words_that_no_table_has(tmp_path: Path) -> None:
    path = wide(tmp_path)
    assert is_circuit(path)
    circuit = read_circuit(path)
    assert circuit.inputs[0] == "d[0]"
    assert circuit.inputs[-1] == "start"
    assert circuit.outputs == ("output[0]", "output[1]", "error")
    ones, start = (1 << 39) - 1, 1 << 39
    assert run(circuit, np.array([[0, start, 0, ones]])).tolist() == [[0, 1, 0, 2 | 4]]
    # d[38] is set and d[0] is not: no row says anything, and nothing that follows is known.
    assert run(circuit, np.array([[start, 1 << 38, start, 0]])).tolist() == [[1, 4, 4, 4]]


def test_where_the_rows_say_all_error_is_constant(tmp_path: Path) -> None:
    path = tmp_path / "wide.kiss2"
    free = "-" * 38
    path.write_text(f".i 40\n.o 1\n00{free} a b 0\n01{free} a a 1\n1-{free} a a 0\n--{free} b a 1\n")
    circuit = read_circuit(path)
    assert (circuit.output[-1], len(circuit.latches)) == (0, 1)


def test_the_rows_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    path = wide(tmp_path, ones="-" * 39)
    with pytest.raises(
        InputError, match=r":8: state 'busy', input '0{40}': next state 'busy' contradicts 'idle' of line 7"
    ):
        read_circuit(path)


@pytest.mark.parametrize(
    "text",
    [".i 12\n.o 30\n", '# input 0000000000000 = "a"\n.i 13\n.o 1\n', "", ".i\n.o\n"],
    ids=["narrow", "named", "empty", "without numbers"],
)
def test_others_are_no_circuits(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m.kiss2"
    path.write_text(text)
    assert not is_circuit(path)
    assert not is_circuit(tmp_path / "missing.kiss2")


def test_many_output_bits_make_one(tmp_path: Path) -> None:
    path = tmp_path / "m.kiss2"
    path.write_text(f".i 1\n.o 31\n- a a {'1' * 31}\n")
    assert is_circuit(path)
    assert run(read_circuit(path), np.array([[0, 1]])).tolist() == [[(1 << 31) - 1] * 2]


def test_names_are_in_nobodys_way() -> None:
    circuit = parse_circuit(".i 1\n.o 2\n.ilb error\n.ob error state[0]\n1 a b 01\n- b a 10\n", "m.kiss2")
    assert len({*circuit.inputs, *circuit.latches, *circuit.outputs}) == 1 + 2 + 3
    assert circuit.inputs == ("error",)


def test_where_it_takes_too_long_to_see_that_all_is_said_it_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    text = ".i 2\n.o 1\n0- a a 1\n1- a b 0\n-0 b a 1\n-1 b b 1\n"
    machine = parse(text, "m.kiss2")
    assert len(parse_circuit(text, "m.kiss2").latches) == 1
    monkeypatch.setattr(module, "_MOST_LOOKS", 0)
    circuit = parse_circuit(text, "m.kiss2")
    assert len(circuit.latches) == 2
    assert is_that_of(circuit, machine)
