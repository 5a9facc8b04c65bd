"""AIGER: the bytes, judged by a reader of the tests' own and by yosys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netlists import Aiger, check_answers, needs_yosys, through_yosys
from strategies import machines

from seqlogic.circuit import Circuit, to_circuit
from seqlogic.completion import complete
from seqlogic.encoding import ENCODINGS, state_codes
from seqlogic.formats.aiger import render, render_text
from seqlogic.machine import Alphabet, Machine

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
    for name in ("a\nb", "a\rb", ""):
        with pytest.raises(ValueError, match=r"^AIGER cannot hold the name '"):
            render(replace(TOGGLE, outputs=("y", name)))
