"""Machines of history registers: learned from a few hundred sequences, and proven equal to the task's circuit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

from seqlogic.circuit import run
from seqlogic.examples import Examples
from seqlogic.history import AndXor, Enumerated, History, Planes, Wire, held_out, learn_history
from seqlogic.history import learn as module
from seqlogic.machine import UNKNOWN, Alphabet
from seqlogic.proof.circuits import prove_circuits
from tasks import (
    CanDestuff,
    Convolutional,
    Counter,
    Crc,
    Delay,
    Glitch,
    Majority,
    ModCounter,
    MultiplyBy,
    Nrzi,
    RandomMachine,
    Scrambler,
    SerialAdder,
    Spi,
    Task,
    Uart,
    UsbDestuff,
)


def drawn(task: Task[Any], sequences: int = 300, seed: int = 1) -> Examples:
    return task.examples(np.random.default_rng(seed), sequences, 1, 100)


@pytest.mark.parametrize(
    "task",
    [
        Delay(d=1),
        Delay(d=16),
        Crc(polynomial="crc8"),
        Crc(polynomial="crc16"),
        Scrambler(taps=(7, 4)),
        Scrambler(taps=(7, 4), seed=0b1011001),
        Scrambler(kind="additive", taps=(7, 4)),
        Convolutional(generators=("171", "133")),
        SerialAdder(),
        MultiplyBy(k=13),
        Nrzi(),
        CanDestuff(),
        UsbDestuff(),
        Uart(),
        Spi(bits=3),
        Counter(bits=4),
        Counter(bits=6),
        Counter(bits=5, code="gray", control="load"),
        Counter(bits=16, control="load"),
    ],
    ids=lambda task: f"{type(task).__name__}-{task.states}",
)
def test_it_is_exact(task: Task[Any]) -> None:
    found = learn_history(drawn(task))
    assert found is not None
    assert prove_circuits(found.circuit(), task.circuit(), seconds=60).result == "equal"


def test_a_bit_of_a_counter_needs_only_the_bit_below() -> None:
    found = learn_history(drawn(Counter(bits=16, control="load")))
    assert found is not None
    assert max(len(form.wires) for form in found.forms) == 5
    assert found.circuit().latches == tuple(f"output[{bit}]_1_ago" for bit in range(16))


@pytest.mark.parametrize(
    ("task", "wires"),
    [(Majority(k=9), 9), (Majority(k=13), 13), (Glitch(k=7), 8)],
    ids=["majority9", "majority13", "glitch7"],
)
def test_what_has_many_rules_is_a_table_of_its_wires(task: Task[Any], wires: int) -> None:
    found = learn_history(drawn(task))
    assert found is not None
    assert [type(form) for form in found.forms] == [Enumerated]
    assert len(found.forms[0].wires) == wires
    assert prove_circuits(found.circuit(), task.circuit(), seconds=60).result == "equal"


def test_a_table_of_fewer_wires_takes_the_place_of_long_rules() -> None:
    # Once most of the last eight bits are ones it answers one, until few are: nine wires, its last answer among them.
    words = np.random.default_rng(0).integers(2, size=(600, 100))
    padded = np.concatenate([np.zeros((600, 7), dtype=np.int64), words], axis=1)
    ones = np.lib.stride_tricks.sliding_window_view(padded, 8, axis=1).sum(axis=2)
    answers = np.zeros_like(words)
    for t in range(100):
        answers[:, t] = np.where(ones[:, t] >= 6, 1, np.where(ones[:, t] <= 2, 0, answers[:, t - 1] if t else 0))
    found = learn_history(Examples(words[:300], answers[:300], Alphabet.words(1), Alphabet.words(1)))
    assert found is not None
    assert found.forms[0].wires == {Wire(1, True, 0), *(Wire(age, False, 0) for age in range(8))}
    assert (run(found.circuit(), words[300:]) == answers[300:]).all()


def test_what_needs_more_than_a_history_is_not_found() -> None:
    # The carry says nothing of the count until it wraps.
    assert learn_history(drawn(Counter(bits=5, answer="carry")), longest=8) is None


def test_unobserved_outputs_are_no_zeros() -> None:
    examples = drawn(Crc(polynomial="crc4"))
    hidden = np.random.default_rng(0).random(examples.answers.shape) < 0.05
    found = learn_history(replace(examples, answers=np.where(hidden, UNKNOWN, examples.answers)))
    assert found is not None
    assert prove_circuits(found.circuit(), Crc(polynomial="crc4").circuit()).result == "equal"


def test_one_long_sequence_is_enough() -> None:
    task = Crc(polynomial="crc8")
    found = learn_history(task.examples(np.random.default_rng(2), 1, 300, 300))
    assert found is not None
    assert prove_circuits(found.circuit(), task.circuit()).result == "equal"


def test_the_shortest_history_is_kept() -> None:
    found = learn_history(drawn(Delay(d=3)))
    assert found == History(1, 1, (AndXor(((Wire(3, False, 0),),)),))
    assert found.circuit().latches == ("symbol[0]_1_ago", "symbol[0]_2_ago", "symbol[0]_3_ago")


def test_the_64b_66b_scrambler_needs_words_that_are_long_enough() -> None:
    task = Scrambler(taps=(58, 39))
    found = learn_history(task.examples(np.random.default_rng(1), 500, 1, 128))
    assert found is not None
    assert found.forms[0].wires == {Wire(0, False, 0), Wire(39, True, 0), Wire(58, True, 0)}
    assert prove_circuits(found.circuit(), task.circuit()).result == "equal"


def test_registers_begin_as_the_first_outputs_say() -> None:
    task = Scrambler(taps=(3, 1), seed=0b101)
    found = learn_history(drawn(task))
    assert found is not None
    assert found.start == {Wire(1, True, 0), Wire(3, True, 0)}
    words = task.sample(np.random.default_rng(5), 10, 50)
    assert (run(found.circuit(), words) == task.respond(words)).all()


def test_an_output_may_be_a_function_of_a_simpler_one() -> None:
    found = learn_history(drawn(Spi(bits=3)))
    assert found is not None
    now = [{wire for wire in form.wires if wire.output and wire.age == 0} for form in found.forms]
    assert any(now)
    assert not all(now)


@pytest.mark.parametrize(
    "task",
    [
        Crc(polynomial="crc16"),
        Delay(d=20),
        Scrambler(kind="multiplicative", taps=(7, 4)),
        Convolutional(generators=("7", "5")),
        ModCounter(k=5),
        Spi(bits=3),
    ],
    ids=lambda task: type(task).__name__,
)
@pytest.mark.parametrize("longest", [12, 64])
def test_windows_that_are_in_vain_are_left_out_and_nothing_else(
    task: Task[Any], longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = task.examples(np.random.default_rng(4), 300, 1, longest)
    found = learn_history(examples, effort=300)
    monkeypatch.setattr(module, "_in_vain", lambda *_: -1)
    assert learn_history(examples, effort=300) == found


def test_few_windows_are_tried_where_none_has_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = MagicMock(side_effect=module.fit)
    monkeypatch.setattr(module, "fit", fit)
    assert learn_history(ModCounter(k=5).examples(np.random.default_rng(4), 1000, 1, 64), effort=150) is None
    assert 0 < fit.call_count < 30


def test_of_too_few_sequences_to_hold_any_out_no_table_is_guessed() -> None:
    # One word shows some thousand of the entries of any sixteen wires, and says nothing of the others.
    examples = RandomMachine(states=60, seed=1).examples(np.random.default_rng(0), 1, 1000, 1000)
    assert learn_history(examples) is None


def test_what_is_held_out_does_not_choose_the_wires(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[np.ndarray] = []

    def recorded(planes: Planes, bit: int, wires: list[Wire], rows: np.ndarray) -> list[Wire] | None:
        asked.append(rows.any(axis=1))
        return support(planes, bit, wires, rows)

    support = module.support
    monkeypatch.setattr(module, "support", recorded)
    assert learn_history(drawn(Majority(k=9), 1000)) is not None
    assert asked
    assert not any((rows & held_out(1000)).any() for rows in asked)
