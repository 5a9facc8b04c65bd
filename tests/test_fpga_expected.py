"""What hardware is expected to answer, of machines and of circuits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqlogic.circuit import run
from seqlogic.machine import UNKNOWN
from seqlogic.proof import conformance_suite
from tasks import Counter, Crc, Parity

pytest.importorskip("litex", reason="litex is not installed; it is in the extra `sim`")

from fpga.expected import answers_to, answers_to_all, first_failure, named, on_the_wire, suite
from fpga.implementation import CircuitImplementation, implement

CRC = CircuitImplementation(Crc(polynomial="crc8").circuit())
PARITY = implement(Parity().reference())


def test_a_machine_has_a_conformance_suite_and_a_circuit_random_words() -> None:
    assert suite(PARITY, 1, 1000) == conformance_suite(PARITY.total, 1, budget=1000)
    found = suite(CRC, 1, 5000)
    assert found.extra_states is None
    assert found.symbols == 5000
    assert found.claim().endswith("the words are random, for the states of a circuit are not listed")
    assert max(map(len, found.words)) == 1000
    assert len(found.words[0]) <= len(found.words[-1])
    assert suite(CRC, 1, 5000) == found
    assert suite(CRC, 1, 10**9).symbols == 20_000
    wide = CircuitImplementation(Counter(bits=12, control="load").circuit())
    assert (
        suite(wide, 1, 100)
        .claim()
        .endswith("for a circuit of 13 input bits has too many input symbols for every one to be tried")
    )


def test_a_circuit_never_errs() -> None:
    assert len(CRC.circuit.outputs) == 2
    word = np.random.default_rng(0).integers(2, size=50)
    output, care = answers_to(CRC, word)
    assert (output == run(CRC.given, word[None])[0]).all()
    assert (care == 3).all()


def test_the_error_output_has_a_name_of_its_own() -> None:
    circuit = Counter(bits=2).circuit()
    taken = CircuitImplementation(replace(circuit, outputs=("error", "error_")))
    assert taken.circuit.outputs == ("error", "error_", "error__")


@pytest.mark.parametrize("implementation", [CRC, PARITY], ids=["circuit", "machine"])
def test_the_first_wrong_answer_is_found(implementation: CircuitImplementation) -> None:
    words = [(1, 0, 1), (1, 1, 0, 1)]
    answers = [answers_to(implementation, word)[0].tolist() for word in words]
    assert first_failure(implementation, words, answers) is None
    answers[1][2] ^= 1
    failure = first_failure(implementation, words, answers)
    assert failure is not None
    assert (failure.index, failure.position, failure.word) == (1, 2, (1, 1, 0))
    assert "word 2, symbol 3: after '1 1 0' expected" in failure.show(*on_the_wire(implementation))
    answers[0][0] ^= 2
    failure = first_failure(implementation, words, answers)
    assert failure is not None
    assert failure.index == 0


@pytest.mark.parametrize("implementation", [CRC, PARITY], ids=["circuit", "machine"])
def test_many_words_are_answered_as_each_of_them(implementation: CircuitImplementation) -> None:
    words = np.array([[1, 0, 1, 1], [1, 1, UNKNOWN, UNKNOWN]])
    output, care = answers_to_all(implementation, words)
    for row, length in enumerate((4, 2)):
        expected = answers_to(implementation, words[row, :length].tolist())
        assert (output[row, :length] == expected[0]).all()
        assert (care[row, :length] == expected[1]).all()
        assert not care[row, length:].any()


def test_symbols_are_named_without_the_error_bit() -> None:
    assert [len(alphabet) for alphabet in named(CRC)] == [2, 2]
    assert [len(alphabet) for alphabet in on_the_wire(CRC)] == [2, 4]
    assert named(PARITY) == (PARITY.machine.inputs, PARITY.machine.outputs)


def test_the_first_state_is_a_number() -> None:
    given = Crc(polynomial="crc8").circuit()
    circuit = CircuitImplementation(replace(given, reset=np.arange(8) == 5))
    assert (circuit.initial, circuit.state_bits, circuit.states, circuit.symbols) == (32, 8, 0, 2)
