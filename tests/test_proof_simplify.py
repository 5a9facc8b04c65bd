"""A smaller circuit: equal to the one before, with the latches that the machine has, and nothing taken unproven."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, circuit_of, to_circuit
from seqlogic.encoding import state_codes
from seqlogic.history import learn_history
from seqlogic.machine import Alphabet, Machine, minimise
from seqlogic.proof import simplify as module
from seqlogic.proof.circuits import CircuitVerdict, prove_circuits
from seqlogic.proof.simplify import simplify
from seqlogic.synthesis import Gates
from tasks import CanDestuff, Convolutional, Counter, Crc, MultiplyBy, SerialAdder, Spi, Task, Uart


def twins(*, opposite: bool = False) -> Circuit:
    """Two bits that count together, a third that nothing needs, an output that is true if the two are both one."""
    gates = Gates(4)
    x, a, b, lost = gates.leaf_literals()
    return circuit_of(
        gates,
        inputs=["x"],
        latches=["a", "b", "lost"],
        outputs=["y"],
        next_state=[gates.xor(a, x), gates.xor(b, x), gates.and_(lost, x)],
        output=[gates.and_(a, b ^ opposite)],
        reset=[False, opposite, False],
    )


@pytest.mark.parametrize("opposite", [False, True])
def test_what_is_alike_or_not_needed_goes(opposite: bool) -> None:
    found = simplify(twins(opposite=opposite))
    assert len(found.circuit.latches) == 1
    assert [step.what for step in found.steps][:2] == ["what no output needs", "latches that are alike"]
    assert [step.latches for step in found.steps][:2] == [2, 1]
    assert prove_circuits(found.circuit, twins(opposite=opposite)).result == "equal"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), states=st.integers(1, 12), encoding=st.sampled_from(["binary", "one-hot", "gray"]))
def test_it_answers_as_before_with_no_more_latches_than_states_need(seed: int, states: int, encoding: str) -> None:
    rng = np.random.default_rng(seed)
    words = Alphabet.words(2)
    machine = Machine(rng.integers(states, size=(states, 4)), rng.integers(4, size=(states, 4)), words, words)
    circuit = to_circuit(machine, state_codes(states, encoding))
    found = simplify(circuit)
    assert prove_circuits(found.circuit, circuit).result == "equal"
    assert len(found.circuit.latches) <= max(1, (len(minimise(machine)) - 1).bit_length())
    assert len(found.circuit.latches) <= len(circuit.latches)


@pytest.mark.parametrize(
    "task",
    [
        Crc(polynomial="crc16"),
        Convolutional(generators=("171", "133")),
        SerialAdder(),
        MultiplyBy(k=13),
        CanDestuff(),
        Uart(),
        Spi(bits=3),
        Counter(bits=5, control="load"),
    ],
    ids=lambda task: f"{type(task).__name__}-{task.states}",
)
def test_what_was_learned_has_the_latches_of_the_reference(task: Task[Any]) -> None:
    history = learn_history(task.examples(np.random.default_rng(1), 500, 1, 100))
    assert history is not None
    found = simplify(history.circuit())
    assert len(found.circuit.latches) == len(task.circuit().latches)
    assert prove_circuits(found.circuit, task.circuit()).result == "equal"


def test_a_step_that_is_not_proven_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    # A wrong step: the output negated.
    wrong = lambda circuit, _: replace(module.needed(circuit), output=circuit.output ^ 1)  # noqa: E731
    monkeypatch.setattr(module, "_merged", wrong)
    found = simplify(twins())
    assert prove_circuits(found.circuit, twins()).result == "equal"
    assert "latches that are alike" not in [step.what for step in found.steps]


def test_what_is_not_decided_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = CircuitVerdict("unknown", None, (), (), 0, "", 0.0)
    monkeypatch.setattr(module, "prove_circuits", lambda *_, **__: unknown)
    assert simplify(twins()).steps == ()


def test_without_work_nothing_is_changed() -> None:
    circuit = Crc(polynomial="crc32").circuit()
    both = replace(circuit, outputs=("z",))
    found = simplify(both, work=0)
    assert found.circuit is both
    assert found.steps == ()


def test_a_busy_machine_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    history = learn_history(Crc(polynomial="crc32").examples(np.random.default_rng(1), 1000, 1, 100))
    assert history is not None
    expected = simplify(history.circuit())
    clock = itertools.count(step=1000)
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    found = simplify(history.circuit())
    assert found.steps == expected.steps
    assert found.circuit.digest == expected.circuit.digest


def test_a_step_is_told_in_a_line() -> None:
    (first, *_) = simplify(twins()).steps
    assert first.text().startswith("what no output needs: 2 latches, ")


def test_a_counter_that_is_loaded_counts_beside_it() -> None:
    history = learn_history(Counter(bits=16, control="load").examples(np.random.default_rng(1), 1000, 1, 100))
    assert history is not None
    found = simplify(history.circuit())
    assert found.steps[-1].what == "choices within choices"
    assert len(found.circuit.ands) <= len(history.circuit().ands)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_choices_are_kept(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gates = Gates(5)
    literals = gates.leaf_literals()
    for _ in range(12):
        a, b = (int(rng.choice(literals)) ^ int(rng.integers(2)) for _ in range(2))
        literals.append(gates.mux(int(rng.choice(gates.leaf_literals())), a, b) ^ int(rng.integers(2)))
    circuit = circuit_of(
        gates,
        inputs=["x", "z"],
        latches=["a", "b", "c"],
        outputs=["y"],
        next_state=[int(one) for one in literals[-4:-1]],
        output=[int(literals[-1])],
        reset=rng.random(3) < 0.5,
    )
    decided = module._decided(circuit)
    assert decided is None or prove_circuits(decided, circuit).result == "equal"
