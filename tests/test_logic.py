"""registers: auto: logic where nothing can be simpler, a table where that is, in the order of cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqlogic import logic as module
from seqlogic.examples import Examples
from seqlogic.logic import choose, learn_logic
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof import equivalent
from seqlogic.proof.circuits import prove_circuits
from tasks import Counter, Crc, CycleNavigation, Delay, Majority, ModCounter, Parity, Scrambler, Spi, Task


def drawn(task: Task[Any], sequences: int = 300, longest: int = 60) -> Examples:
    return task.examples(np.random.default_rng(3), sequences, 1, longest)


def never() -> Machine | None:
    raise AssertionError("a table was trained")


@pytest.mark.parametrize("task", [Parity(), Delay(d=4), Crc(polynomial="crc4"), Counter(bits=4)])
def test_few_states_are_a_machine_that_the_data_prove_to_be_smallest(task: Task[Any]) -> None:
    found = choose(drawn(task), never)
    assert found is not None
    assert found.machine is not None
    assert equivalent(found.machine, task.reference())
    assert found.distinct == task.states
    assert prove_circuits(found.learned, found.circuit).result == "equal"
    assert "every machine that fits the data has at least" in found.why


def test_many_states_are_a_circuit() -> None:
    task = Crc(polynomial="crc32")
    found = choose(drawn(task, 1000, 128), never)
    assert found is not None
    assert found.machine is None
    assert found.settled
    assert len(found.circuit.latches) == 32
    assert "more states than a table holds" in found.why
    assert prove_circuits(found.circuit, task.circuit()).result == "equal"


def test_a_parity_of_the_longest_history_is_looked_for_before_a_table_is_tried() -> None:
    # Few of its states are proven distinct: what it read 58 steps ago shows too late.
    task = Scrambler(kind="multiplicative", taps=(58, 39))
    found = choose(drawn(task, 1500, 128), never)
    assert found is not None
    assert prove_circuits(found.circuit, task.circuit()).result == "equal"


def test_of_many_outputs_binary_registers_are_looked_for_before_a_table_is_tried() -> None:
    task = Counter(bits=6, answer="carry")
    found = choose(drawn(task, 1500, 200), never)
    assert found is not None
    assert found.kind == "layered"
    # The data do not prove it, but a smaller table would be long looked for in vain.
    assert found.why == "binary registers: 6 latches, 64 states; no table was looked for, which would be slow to learn"
    assert found.forms == "6 registers in layers; 1 output bit: a lookup table"
    assert prove_circuits(found.circuit, task.circuit()).result == "equal"


@pytest.mark.parametrize("sequences", [1000, 2500])
def test_a_table_of_many_wires_is_looked_for_before_one_of_states(sequences: int) -> None:
    # Some hundreds of rules, and above 2,000 sequences more outputs than a table of states is tried on at first.
    task = Majority(k=9)
    found = choose(drawn(task, sequences, 128), never)
    assert found is not None
    assert found.forms == "1 output bit: at least 5 of 9 bits are one"
    assert prove_circuits(found.circuit, task.circuit()).result == "equal"


def test_of_more_symbols_than_a_table_has_columns_no_table_is_tried() -> None:
    task = Counter(bits=10, control="load")
    found = choose(drawn(task, 1000, 60), never)
    assert found is not None
    assert found.why == (
        f"{NAMES[found.kind]}: 10 latches, and 2,048 input symbols, of which a table that is learned has at most 256"
    )
    assert prove_circuits(found.circuit, task.circuit()).result == "equal"


NAMES = {"history": "history registers", "layered": "binary registers"}


def test_what_no_short_history_tells_is_left_to_the_table() -> None:
    task = ModCounter(k=5)
    asked: list[None] = []

    def table() -> Machine:
        asked.append(None)
        return task.reference()

    assert choose(drawn(task), table) is None
    assert len(asked) == 1


def test_the_fewer_latches_win_and_of_equals_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the data proved nothing.
    monkeypatch.setattr(module, "distinct_states", lambda *_: 1)
    task = Delay(d=2)
    examples = drawn(task)
    assert choose(examples, task.reference) is None
    larger = Delay(d=3).reference()
    found = choose(examples, lambda: larger)
    assert found is not None
    assert len(found.circuit.latches) == 2
    found = choose(examples, lambda: None)
    assert found is not None
    assert found.machine is not None


def test_many_states_are_looked_for_as_logic_before_a_table_is_tried() -> None:
    found = choose(drawn(Spi(bits=8), 500, 100), never)
    assert found is not None
    assert found.distinct > 128
    assert len(found.circuit.latches) == 8


def test_all_logic_is_tried_where_the_table_fails() -> None:
    # Too much for the first look, but no table has to have many states.
    task = Spi(bits=4)
    asked: list[None] = []
    found = choose(drawn(task, 500), lambda: asked.append(None))
    assert found is not None
    assert len(asked) == 1
    assert found.machine is not None
    assert equivalent(found.machine, task.reference())


def test_symbols_that_are_no_power_of_two_are_those_of_the_machine() -> None:
    task = CycleNavigation()
    found = learn_logic(drawn(task))
    assert found is not None
    assert found.machine is not None
    assert found.machine.inputs == task.inputs
    assert equivalent(found.machine, task.reference())


def test_a_circuit_whose_patterns_are_not_all_symbols_is_none() -> None:
    # A delay of twelve symbols out of three: as bits, 24 latches.
    inputs, rng = Alphabet.of("abc"), np.random.default_rng(0)
    words = rng.integers(3, size=(400, 60))
    answers = np.zeros_like(words)
    answers[:, 12:] = words[:, :-12]
    assert learn_logic(Examples(words, answers, inputs, inputs)) is None


def test_an_entry_that_no_example_passes_leaves_it_open() -> None:
    words = np.array([[0, 0, 1, 0, 1]] * 2)
    found = learn_logic(Examples(words, words, Alphabet.words(1), Alphabet.words(1)))
    assert found is not None
    assert found.complete
    words = np.zeros((3, 6), dtype=np.int64)
    found = learn_logic(Examples(words, words, Alphabet.words(1), Alphabet.words(1)))
    assert found is not None
    assert not found.complete
    assert not found.settled


def test_effort_bounds_what_is_tried() -> None:
    examples = drawn(Counter(bits=5, control="load"), 500)
    assert learn_logic(examples, effort=10) is None
    told: list[tuple[int, int, str]] = []
    assert learn_logic(examples, tell=lambda *said: told.append(said)) is not None
    assert len(told) > 2
    assert all(done < of for done, of, _ in told[:-1])
    assert told[-1] == (0, 0, "gates are made of what was found")


def test_what_is_tried_again_is_called_so() -> None:
    # Random answers, of which no logic is simple, and a table that was not found.
    rng = np.random.default_rng(5)
    words = rng.integers(2, size=(40, 12))
    examples = Examples(words, rng.integers(2, size=(40, 12)).astype(np.int32), Alphabet.words(1), Alphabet.words(1))
    told: list[str] = []
    choose(examples, lambda: None, lambda *said: told.append(said[2]))
    first, again = ([what for what in told if what.endswith("(round 2)") == late] for late in (False, True))
    assert "kinds of logic tried" in first
    assert "kinds of logic tried (round 2)" in again
    assert told == first + again
