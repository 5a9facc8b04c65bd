"""Input laws: a set of the size that a configuration draws leaves nothing unseen and no rival of the reference."""

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.machine import Machine, canonical
from seqlogic.proof.rivals import rivals
from tasks import (
    FAMILIES,
    CanDestuff,
    Convolutional,
    Counter,
    Crc,
    CycleNavigation,
    Delay,
    Detector,
    DivisibleBy,
    Dyck,
    EvenPairs,
    First,
    Majority,
    Manchester,
    ModCounter,
    ModularArithmetic,
    MultiplyBy,
    Nrzi,
    Parity,
    Quadrature,
    Quotient,
    RandomMachine,
    Repeat01,
    Scrambler,
    SerialAdder,
    SerialComparator,
    SerialMac,
    SerialSubtractor,
    Spi,
    Task,
    Tomita,
    Uart,
    UsbDestuff,
    WordProblem,
)

# With half of the sequences of the configuration: the margin is part of the promise.
SIZES = [
    ("parity", Parity(), 100, 32),
    ("even_pairs", EvenPairs(), 100, 32),
    ("first", First(), 100, 32),
    ("repeat_01", Repeat01(), 100, 32),
    ("majority5", Majority(k=5), 150, 32),
    ("majority7", Majority(k=7), 1500, 48),
    *((f"tomita{number}", Tomita(number=number), 100, 32) for number in range(1, 8)),
    ("mod5", ModCounter(k=5), 100, 32),
    ("mod16", ModCounter(k=16), 200, 48),
    ("detector1011", Detector(pattern="1011"), 150, 32),
    ("detector8", Detector(pattern="11011011"), 500, 64),
    *((f"div{k}", DivisibleBy(k=k), 100, 32) for k in (3, 5, 7)),
    *((f"quotient{k}", Quotient(k=k), 100, 32) for k in (3, 7)),
    ("times5", MultiplyBy(k=5), 100, 32),
    ("times13", MultiplyBy(k=13), 150, 32),
    ("mac5", SerialMac(k=5), 600, 48),
    ("adder", SerialAdder(), 100, 32),
    ("subtractor", SerialSubtractor(), 100, 32),
    ("comparator", SerialComparator(), 100, 32),
    ("cycle5", CycleNavigation(k=5), 100, 32),
    ("modular5", ModularArithmetic(k=5), 1000, 48),
    ("s3", WordProblem(group="S3"), 100, 32),
    ("s5", WordProblem(group="S5"), 750, 48),
    ("s5_coarse", WordProblem(group="S5", answer="coarse"), 1500, 48),
    ("a5", WordProblem(group="A5"), 500, 32),
    ("a5_coarse", WordProblem(group="A5", answer="coarse"), 500, 48),
    ("dyck8_balanced", Dyck(depth=8), 750, 64),
    ("dyck8_valid", Dyck(depth=8, answer="valid"), 250, 48),
    ("can_destuff", CanDestuff(), 250, 48),
    ("usb_destuff", UsbDestuff(), 250, 48),
    ("quadrature", Quadrature(), 150, 32),
    ("nrzi", Nrzi(), 100, 32),
    ("manchester", Manchester(), 100, 32),
    ("uart", Uart(), 400, 64),
    ("spi4", Spi(bits=4), 750, 48),
    ("counter4", Counter(bits=4), 150, 48),
    ("counter4_load", Counter(bits=4, control="load"), 1500, 48),
    *((f"counter4_{answer}", Counter(bits=4, answer=answer), 150, 64) for answer in ("msb", "carry")),
    ("gray4", Counter(bits=4, code="gray"), 150, 48),
    ("counter6", Counter(bits=6), 200, 160),
    ("counter7", Counter(bits=7), 300, 256),
    ("delay4", Delay(d=4), 150, 32),
    ("delay6", Delay(d=6), 500, 48),
    ("crc4", Crc(polynomial="crc4"), 150, 32),
    ("crc8", Crc(polynomial="crc8"), 1000, 64),
    ("scrambler7", Scrambler(taps=(7, 4)), 750, 64),
    ("additive7", Scrambler(kind="additive", taps=(7, 4)), 200, 256),
    ("conv3", Convolutional(generators=("7", "5")), 100, 32),
    ("conv7", Convolutional(generators=("171", "133")), 500, 48),
    ("random5", RandomMachine(states=5), 100, 32),
    ("random10", RandomMachine(states=10), 150, 32),
    ("random20", RandomMachine(states=20), 200, 32),
    ("random50", RandomMachine(states=50), 750, 48),
]


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


# The mutants of the others are too many for a test.
SMALL = [
    size for size in SIZES if size[1].states * len(size[1].inputs) * (size[1].states + len(size[1].outputs)) < 2000
]


@pytest.mark.parametrize(("task", "count", "length"), [size[1:] for size in SMALL], ids=[size[0] for size in SMALL])
def test_no_rival_is_left(task: Task, count, length):
    examples = task.examples(np.random.default_rng(1), count, 1, length)
    assert list(rivals(canonical(task.reference()), examples)) == []


def test_a_rival_is_found():
    task = DivisibleBy(k=7)
    examples = task.examples(np.random.default_rng(0), 4, 1, 8)
    found = list(rivals(canonical(task.reference()), examples))
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
        (UsbDestuff(), 60, 32),
        (Counter(bits=4, answer="carry"), 300, 32),
    ],
    ids=[
        *("mod20", "detector8", "detector8_other", "dyck8_balanced", "dyck8_valid", "can_destuff"),
        *("usb_destuff", "counter4_carry"),
    ],
)
def test_uniform_words_would_leave_a_rival(task: Task, count, length, monkeypatch):
    """Else the law would be there for nothing."""
    reference = canonical(task.reference())
    assert list(rivals(reference, task.examples(np.random.default_rng(2), count, 1, length))) == []
    monkeypatch.setattr(type(task), "sample", Task.sample)
    assert list(rivals(reference, task.examples(np.random.default_rng(2), count, 1, length))) != []


@pytest.mark.parametrize(
    ("task", "least"),
    [
        *((Tomita(number=number), least) for number, least in ((1, 3), (2, 2.5), (3, 1.4), (4, 1.4), (7, 1.4))),
        (Repeat01(), 4),
    ],
    ids=lambda value: f"{type(value).__name__}{getattr(value, 'number', '')}" if isinstance(value, Task) else "",
)
def test_words_live_longer_than_uniform_ones(task: Task, least):
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


@pytest.mark.parametrize(
    ("task", "fault", "cause", "share"),
    [
        (UsbDestuff(), "e", "s", 1 / 4),
        (Quadrature(), "error", "0 +1 -1", 1 / 8),
        (Manchester(), "e", "0 1", 1 / 8),
        (Uart(), "framing", "ok", 1 / 8),
        (Uart(parity="even"), "framing", "ok parity", 1 / 8),
        (Uart(parity="even"), "parity", "ok", 1 / 4),
        (Uart(parity="odd"), "parity", "ok", 1 / 4),
    ],
    ids=["usb_destuff", "quadrature", "manchester", "uart", "uart_even", "uart_even_parity", "uart_odd_parity"],
)
def test_so_many_are_wrong(task: Task, fault, cause, share):
    answers = task.examples(np.random.default_rng(0), 1000, 64, 64).answers
    wrong = answers == task.outputs.index(fault)
    if isinstance(task, UsbDestuff):
        # A longer error is one wrong bit.
        wrong[:, 1:] &= ~wrong[:, :-1]
    right = np.isin(answers, [task.outputs.index(name) for name in cause.split()])
    assert wrong.sum() / (wrong.sum() + right.sum()) == pytest.approx(share, abs=0.01)


def test_counters_load_what_carries_far():
    task = Counter(bits=16, control="load")
    words = task.sample(np.random.default_rng(0), 1000, 64)
    load, data = words >> 16, words & 0xFFFF
    ends = np.bitwise_count(data & ~(data + 1))
    assert load.mean() == pytest.approx(1 / 4, abs=0.02)
    for size in range(17):
        assert (ends[load == 1] == size).sum() >= 100


@pytest.mark.parametrize("name", FAMILIES)
def test_the_law_is_named_if_it_is_not_uniform(name):
    assert (FAMILIES[name].law == "uniform") == (FAMILIES[name].sample is Task.sample)
