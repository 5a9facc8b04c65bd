"""Input laws: a set of the size that a configuration draws leaves nothing unseen and no rival of the reference."""

from dataclasses import replace

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.machine import Machine, canonical
from tasks import (
    CanDestuff,
    CycleNavigation,
    Detector,
    DivisibleBy,
    Dyck,
    EvenPairs,
    ModCounter,
    Parity,
    RandomMachine,
    SerialAdder,
    Task,
    Tomita,
)

# With half of the sequences of the configuration: the margin is part of the promise.
SIZES = [
    ("parity", Parity(), 100, 32),
    ("even_pairs", EvenPairs(), 100, 32),
    *((f"tomita{number}", Tomita(number=number), 100, 32) for number in range(1, 8)),
    ("mod5", ModCounter(k=5), 100, 32),
    ("mod16", ModCounter(k=16), 200, 48),
    ("detector1011", Detector(pattern="1011"), 150, 32),
    ("detector8", Detector(pattern="11011011"), 500, 64),
    *((f"div{k}", DivisibleBy(k=k), 100, 32) for k in (3, 5, 7)),
    ("adder", SerialAdder(), 100, 32),
    ("cycle5", CycleNavigation(k=5), 100, 32),
    ("dyck8_balanced", Dyck(depth=8), 750, 64),
    ("dyck8_valid", Dyck(depth=8, answer="valid"), 250, 48),
    ("can_destuff", CanDestuff(), 250, 48),
    ("random5", RandomMachine(states=5), 100, 32),
    ("random10", RandomMachine(states=10), 150, 32),
    ("random20", RandomMachine(states=20), 200, 32),
    ("random50", RandomMachine(states=50), 750, 48),
]


def rivals(machine: Machine, examples: Examples) -> list[Machine]:
    """The machines that differ in one transition or one output, behave otherwise and yet fit all examples."""
    mutants = []
    for entry in np.ndindex(machine.next_state.shape):
        for table, values in (("next_state", len(machine)), ("output", len(machine.outputs))):
            for value in set(range(values)) - {int(getattr(machine, table)[entry])}:
                changed = getattr(machine, table).copy()
                changed[entry] = value
                mutants.append(replace(machine, **{table: changed}))
    # Nearly all are refuted by a few words.
    for words, answers in (
        (examples.words[:40], examples.answers[:40]),
        (examples.words[:, :24], examples.answers[:, :24]),
        (examples.words, examples.answers),
    ):
        mutants = [mutant for mutant in mutants if np.array_equal(mutant.run(words)[0], answers)]
    return [mutant for mutant in mutants if mutant.digest != machine.digest]


def visits(machine: Machine, examples: Examples) -> np.ndarray:
    """How often each entry of the table is used, int [S, X]."""
    count = np.zeros(machine.next_state.shape, dtype=np.int64)
    real = examples.words >= 0
    np.add.at(count, (machine.trace(examples.words)[:, :-1][real], examples.words[real]), 1)
    return count


@pytest.mark.parametrize(("task", "count", "length"), [size[1:] for size in SIZES], ids=[size[0] for size in SIZES])
def test_every_entry_is_seen(task: Task, count, length):
    reference = canonical(task.reference())
    for seed in range(5):
        examples = task.examples(np.random.default_rng(seed), count, 1, length)
        assert visits(reference, examples).min() >= 5


# The 5,000 mutants of the last are too many for a test.
@pytest.mark.parametrize(
    ("task", "count", "length"), [size[1:] for size in SIZES[:-1]], ids=[size[0] for size in SIZES[:-1]]
)
def test_no_rival_is_left(task: Task, count, length):
    examples = task.examples(np.random.default_rng(1), count, 1, length)
    assert rivals(canonical(task.reference()), examples) == []


def test_a_rival_is_found():
    task = DivisibleBy(k=7)
    examples = task.examples(np.random.default_rng(0), 4, 1, 8)
    found = rivals(canonical(task.reference()), examples)
    assert found
    for rival in found:
        assert np.array_equal(rival.run(examples.words)[0], examples.answers)


@pytest.mark.parametrize(
    ("task", "count", "length"),
    [
        (ModCounter(k=20), 500, 32),
        (Detector(pattern="11011011"), 500, 64),
        (Detector(pattern="10110100"), 500, 64),
        (Dyck(depth=8), 1000, 32),
        (Dyck(depth=8, answer="valid"), 150, 32),
        (CanDestuff(), 200, 32),
    ],
    ids=["mod20", "detector8", "detector8_other", "dyck8_balanced", "dyck8_valid", "can_destuff"],
)
def test_uniform_words_would_leave_a_rival(task: Task, count, length, monkeypatch):
    """Else the law would be there for nothing."""
    reference = canonical(task.reference())
    assert rivals(reference, task.examples(np.random.default_rng(2), count, 1, length)) == []
    monkeypatch.setattr(type(task), "sample", Task.sample)
    assert rivals(reference, task.examples(np.random.default_rng(2), count, 1, length)) != []


@pytest.mark.parametrize(("number", "least"), [(1, 3), (2, 2.5), (3, 1.4), (4, 1.4), (7, 1.4)])
def test_tomita_words_live_longer_than_uniform_ones(number, least):
    task = Tomita(number=number)
    reference = task.reference()
    (dead,) = np.flatnonzero((reference.next_state == np.arange(len(reference))[:, None]).all(axis=1))
    own = reference.trace(task.sample(np.random.default_rng(0), 1000, 32)) != dead
    uniform = reference.trace(Task.sample(task, np.random.default_rng(0), 1000, 32)) != dead
    assert own.mean() > least * uniform.mean()


def test_three_of_four_stuff_bits_are_right():
    task = CanDestuff()
    answers = task.examples(np.random.default_rng(0), 1000, 64, 64).answers
    right = (answers == task.outputs.index("s")).sum()
    error = answers == task.outputs.index("e")
    # A longer error is one wrong bit.
    wrong = (error[:, 1:] & ~error[:, :-1]).sum()
    assert right / (right + wrong) == pytest.approx(3 / 4, abs=0.02)
