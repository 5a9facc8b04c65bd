"""The circuits of tasks: written on their own, they answer as the update rules do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqlogic.circuit import run, to_machine
from seqlogic.errors import InputError
from seqlogic.machine import canonical
from tasks import (
    Convolutional,
    Counter,
    Crc,
    Delay,
    Glitch,
    Majority,
    Parity,
    RandomMachine,
    Scrambler,
    SerialMac,
    Spi,
    Task,
)
from tasks.catalogue import FAMILIES

SMALL: list[Task[Any]] = [
    Delay(d=1),
    Delay(d=5),
    Crc(polynomial=3),
    Crc(polynomial="crc4"),
    Crc(polynomial="crc8"),
    Scrambler(taps=(1,)),
    Scrambler(taps=(7, 4)),
    Scrambler(kind="additive", taps=(5, 2), seed=3),
    Convolutional(),
    Convolutional(generators=("171", "133")),
    Convolutional(generators=("1",)),
    Convolutional(generators=("4", "7", "5")),
    Majority(k=3),
    Majority(k=7),
    Glitch(),
    Glitch(k=7),
    Spi(bits=1),
    Spi(bits=5),
    *(SerialMac(k=k) for k in (1, 5, 6, 13)),
    *(
        Counter(bits=bits, code=code, control=control, answer=answer)  # type: ignore[arg-type]
        for bits in (1, 3)
        for code in ("binary", "gray")
        for control in ("enable", "load")
        for answer in ("all", "msb", "carry")
    ),
]
LARGE: list[Task[Any]] = [
    Delay(d=32),
    Crc(polynomial="crc16"),
    Crc(polynomial="crc32"),
    Scrambler(taps=(58, 39)),
    Scrambler(kind="additive", taps=(17, 14), seed=12345),
    Convolutional(generators=("4000001", "5")),
    Counter(bits=16),
    Counter(bits=29, answer="carry"),
    Counter(bits=16, control="load"),
    Counter(bits=16, code="gray", control="load"),
    Majority(k=15),
    Glitch(k=15),
    Spi(bits=20),
    SerialMac(k=54321),
]


def name(task: Task[Any]) -> str:
    return f"{type(task).__name__}-{task.states}"


@pytest.mark.parametrize("task", SMALL, ids=name)
def test_every_word_is_answered_alike(task: Task[Any]) -> None:
    assert canonical(to_machine(task.circuit())).digest == canonical(task.reference()).digest


@pytest.mark.parametrize("task", LARGE, ids=name)
def test_long_words_are_answered_alike(task: Task[Any]) -> None:
    words = task.sample(np.random.default_rng(0), 40, 100)
    assert (run(task.circuit(), words) == task.respond(words)).all()


def test_a_family_without_a_circuit_of_its_own_has_that_of_its_table() -> None:
    assert canonical(to_machine(Parity().circuit())).digest == canonical(Parity().reference()).digest


def test_what_no_table_holds_has_a_circuit_of_its_own() -> None:
    own = {family for family in FAMILIES.values() if family.circuit is not Task.circuit}
    assert own == {type(task) for task in LARGE}
    assert not any(task.tabular for task in LARGE)
    # Of any other family, as long as a table holds it.
    with pytest.raises(InputError, match="more than a table holds"):
        RandomMachine(states=5000, seed=0).circuit()
