"""Binary registers in layers: counters of which one bit shows, proven; what is no cascade is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqlogic.circuit import Circuit, run
from seqlogic.examples import Examples
from seqlogic.history import learn_history
from seqlogic.layered import learn as module
from seqlogic.layered import learn_layered
from seqlogic.proof.circuits import prove_circuits
from tasks import Counter, Crc, ModCounter, ModularArithmetic, Parity, Spi, Task, Uart


def drawn(task: Task[Any], sequences: int, longest: int, seed: int = 5) -> Examples:
    return task.examples(np.random.default_rng(seed), sequences, 1, longest)


@pytest.mark.parametrize(
    ("task", "sequences", "longest", "latches"),
    [
        (Parity(), 100, 30, 1),
        (Counter(bits=4, answer="msb"), 300, 64, 4),
        (Counter(bits=4, answer="carry"), 300, 64, 4),
        (Counter(bits=3, answer="all"), 100, 40, 3),
        (Counter(bits=5, answer="carry"), 600, 128, 5),
        # What happens after a carry is rare, and by chance another register explains a little more.
        (Counter(bits=6, answer="carry"), 3000, 128, 6),
        # Longer than a block.
        (Counter(bits=5, answer="msb"), 60, 400, 5),
        (Counter(bits=4, answer="msb", control="load"), 1000, 100, 4),
        (Counter(bits=4, answer="carry", control="load"), 1000, 100, 4),
        (ModCounter(k=16), 1000, 64, None),
        (Uart(), 800, 64, None),
    ],
)
def test_what_is_a_cascade_is_learned(task: Task[Any], sequences: int, longest: int, latches: int | None) -> None:
    layered = learn_layered(drawn(task, sequences, longest))
    assert layered is not None
    circuit = layered.circuit()
    assert prove_circuits(circuit, task.circuit()).result == "equal"
    assert latches is None or len(circuit.latches) == latches


def test_the_fastest_bit_is_learned_first() -> None:
    layered = learn_layered(drawn(Counter(bits=4, answer="msb"), 300, 64))
    assert layered is not None
    assert layered.registers == 3
    circuit = layered.circuit()
    assert circuit.latches == ("output[0]_1_ago", "layer[0]", "layer[1]", "layer[2]")
    # All ones, so that the layers count: the slowest is the output.
    states = _states(circuit, 8)
    assert [row[1:] for row in states] == [[n & 1, n >> 1 & 1, n >> 2 & 1] for n in range(8)]


def _states(circuit: Circuit, steps: int) -> list[list[int]]:
    """What the latches hold before each step of a word of ones."""
    watched = replace(
        circuit,
        outputs=tuple(f"held[{bit}]" for bit in range(len(circuit.latches))),
        output=2 * (1 + len(circuit.inputs) + np.arange(len(circuit.latches))),
    )
    (held,) = run(watched, np.ones((1, steps), dtype=np.int64))
    return [[int(one) >> bit & 1 for bit in range(len(circuit.latches))] for one in held]


def test_a_sequence_with_a_gap_is_used_as_far_as_the_gap() -> None:
    task = Counter(bits=4, answer="msb")
    examples = drawn(task, 400, 64)
    gaps = np.random.default_rng(0).random(examples.answers.shape) < 0.01
    answers = np.where(gaps, -1, examples.answers).astype(np.int32)
    layered = learn_layered(Examples(examples.words, answers, examples.inputs, examples.outputs))
    assert layered is not None
    assert "output[0]_1_ago" in layered.circuit().latches
    assert prove_circuits(layered.circuit(), task.circuit()).result == "equal"


def test_without_last_outputs_registers_do_as_well() -> None:
    examples = drawn(Counter(bits=3, answer="carry"), 400, 40)
    answers = examples.answers.copy()
    answers[:, ::3] = -1
    layered = learn_layered(Examples(examples.words, answers, examples.inputs, examples.outputs))
    assert layered is not None
    assert not any(name.startswith("output") for name in layered.circuit().latches)
    assert prove_circuits(layered.circuit(), Counter(bits=3, answer="carry").circuit()).result == "equal"


def test_what_is_no_cascade_of_simple_registers_is_none() -> None:
    # A CRC tells nothing by a single register; its history does.
    examples = drawn(Crc(polynomial="crc8"), 300, 60)
    assert learn_layered(examples) is None
    assert learn_history(examples) is not None


def test_chance_is_none() -> None:
    examples = drawn(Parity(), 100, 30)
    rng = np.random.default_rng(0)
    answers = np.where(examples.answers >= 0, rng.integers(2, size=examples.answers.shape), -1).astype(np.int32)
    assert learn_layered(Examples(examples.words, answers, examples.inputs, examples.outputs)) is None


def test_effort_is_of_all_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = drawn(Counter(bits=4, answer="carry"), 300, 64)
    spent: list[int] = []
    next_register = module.next_register

    def watched(*arguments: Any) -> Any:
        found, effort = next_register(*arguments)
        spent.append(effort)
        return found, effort

    monkeypatch.setattr(module, "next_register", watched)
    assert learn_layered(examples) is not None
    assert len(spent) == 4
    needed = sum(spent)
    assert learn_layered(examples, effort=needed) is not None
    assert learn_layered(examples, effort=needed - 1) is None


def test_the_bits_of_a_counter_explain_ever_more() -> None:
    for control in ("enable", "load"):
        assert (
            learn_layered(drawn(Counter(bits=4, answer="carry", control=control), 1000, 100), rising=True) is not None
        )
    # Here the second register explains more than the third.
    examples = drawn(Spi(bits=4), 1000, 64)
    assert learn_layered(examples) is not None
    assert learn_layered(examples, rising=True) is None


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[int, int, str]] = []
    learn_layered(drawn(Counter(bits=4, answer="msb"), 300, 64), tell=lambda *said: told.append(said))
    assert len({of for _, of, _ in told}) == 1
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert [what for *_, what in told] == [
        f"bits of the outputs explained, registers so far: {number}" for number in range(len(told))
    ]


@pytest.mark.parametrize(("task", "found"), [(Counter(bits=4, answer="carry"), True), (ModularArithmetic(k=5), False)])
def test_of_many_outputs_some_are_looked_at_first(
    task: Counter | ModularArithmetic, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def recorded(examples: Examples, *rest: Any, **more: Any) -> Any:
        looked.append(len(examples))
        return explained(examples, *rest, **more)

    explained = module._explained
    monkeypatch.setattr(module, "_explained", recorded)
    examples = drawn(task, 1600, 100)
    assert (learn_layered(examples, rising=True) is not None) == found
    assert looked == ([200, 1600] if found else [200])
    looked.clear()
    monkeypatch.setattr(module, "_MANY", 1 << 30)
    learn_layered(examples, rising=True)
    assert looked == [1600]
