"""The completeness theorem of the suites checked on all small machines, and on mutants of larger ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seqlogic
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy
from seqlogic.proof import clash, conformance_suite, distinguish, first_failure
from tests.strategies import machines, permuted

BIT = Alphabet.words(1)
PAIR = Alphabet.words(2)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)


def all_implementations(states: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 [N, S, 2] each, next states and outputs of all machines of two symbols and so many states, start in 0."""
    cells = np.array(list(itertools.product(range(2 * states), repeat=2 * states)), dtype=np.int8)
    return tuple(np.moveaxis(np.stack(np.divmod(cells.reshape(-1, states, 2), 2)), 0, 0))  # type: ignore[return-value]


def faulty(machine: Machine, next_state: np.ndarray, output: np.ndarray) -> np.ndarray:
    """bool [N], which implementations answer some specified word wrong, by search over the pairs of states."""
    N, S = len(next_state), next_state.shape[1]
    together = np.zeros((N, len(machine), S), dtype=bool)
    together[:, machine.initial, 0] = True
    for _ in range(len(machine) * S):
        for p, q, x in itertools.product(range(len(machine)), range(S), range(2)):
            target = machine.next_state[p, x]
            if target != UNKNOWN:
                together[np.arange(N), target, next_state[:, q, x]] |= together[:, p, q]
    wrong = ((machine.output[None, :, None] ^ output[:, None]) & machine.care[None, :, None]) != 0
    return (wrong.any(axis=3) & together).any(axis=(1, 2))


def failing(
    machine: Machine, words: tuple[tuple[int, ...], ...], next_state: np.ndarray, output: np.ndarray
) -> np.ndarray:
    """bool [N], which implementations fail a word."""
    N = np.arange(len(next_state))
    failed = np.zeros(len(N), dtype=bool)
    for word in words:
        (value,), (care,) = machine.run(np.array([word]))
        state = np.zeros(len(N), dtype=np.int8)
        for x, v, c in zip(word, value, care, strict=True):
            failed |= ((output[N, state, x] ^ v) & c) != 0
            state = next_state[N, state, x]
    return failed


def random_machine(rng: np.random.Generator, states: int, unknown: float = 0.0) -> Machine:
    """A machine of two symbols and bits, its entries forgotten at random, that has as many states when minimised."""
    while True:
        next_state, output = rng.integers(0, states, (states, 2)), rng.integers(0, 2, (states, 2))
        next_state[rng.random((states, 2)) < unknown] = UNKNOWN
        output[rng.random((states, 2)) < unknown] = UNKNOWN
        machine = canonical(Machine(next_state, output, BIT, BIT))
        if len(machine) == states:
            return machine


@pytest.mark.parametrize(("states", "extra"), [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)])
@pytest.mark.parametrize("unknown", [0.0, 0.25])
def test_all_machines_within_the_bound(states: int, extra: int, unknown: float) -> None:
    rng = np.random.default_rng(states * 10 + extra)
    next_state, output = all_implementations(states + extra)
    proven = 0
    for _ in range(6):
        machine = random_machine(rng, states, unknown)
        suite = conformance_suite(machine, extra)
        bad = faulty(machine, next_state, output)
        failed = failing(machine, suite.words, next_state, output)
        assert not (failed & ~bad).any()
        if suite.extra_states is not None:
            proven += 1
            assert suite.extra_states == extra
            assert (failed == bad).all()
    assert proven


@pytest.mark.parametrize(("states", "extra"), [(2, 2), (3, 1), (4, 0), (3, 2)])
@pytest.mark.parametrize("unknown", [0.0, 0.2])
def test_neighbours_of_a_machine_within_the_bound(states: int, extra: int, unknown: float) -> None:
    """As above, where all machines are too many: those that are the machine itself but for up to three entries."""
    rng = np.random.default_rng(states * 10 + extra)
    S = states + extra
    subtle = 0
    for _ in range(12):
        machine = random_machine(rng, states, unknown)
        suite = conformance_suite(machine, extra)
        # Each state of the implementation plays a state of the machine, and every transition enters a player.
        N = 4000
        plays = np.concatenate([np.arange(states), rng.integers(0, states, extra)])
        target = machine.next_state[plays]
        choice = rng.permuted(np.broadcast_to(np.arange(S), (N, S, 2, S)), axis=3)
        fits = np.argmax(plays[choice] == target[None, :, :, None], axis=3)
        next_state = np.take_along_axis(choice, fits[..., None], axis=3)[..., 0].astype(np.int8)
        known = machine.output[plays] != UNKNOWN
        output = np.where(known, machine.output[plays], rng.integers(0, 2, (N, S, 2))).astype(np.int8)
        rows = np.arange(N)
        for _ in range(3):
            q, x = rng.integers(0, S, N), rng.integers(0, 2, N)
            next_state[rows, q, x] = rng.integers(0, S, N)
        flip = rng.random(N) < 0.3
        output[rows[flip], rng.integers(0, S, flip.sum()), rng.integers(0, 2, flip.sum())] ^= 1
        bad = faulty(machine, next_state, output)
        failed = failing(machine, suite.words, next_state, output)
        assert not (failed & ~bad).any()
        if suite.extra_states is not None:
            assert (failed == bad).all()
            subtle += int(bad.sum())
    assert subtle


def mutants(machine: Machine) -> Iterator[Machine]:
    """Every machine that differs from a complete Mealy machine in one next state or one output."""
    for s, x in np.ndindex(machine.next_state.shape):
        for target in range(len(machine)):
            yield _changed(machine, s, x, target, machine.output[s, x])
        for value in range(len(machine.outputs)):
            yield _changed(machine, s, x, machine.next_state[s, x], value)


def _changed(machine: Machine, s: int, x: int, target: int, value: int) -> Machine:
    next_state, output = machine.next_state.copy(), machine.output.copy()
    next_state[s, x], output[s, x] = target, value
    return replace(machine, next_state=next_state, output=output, care=None)


def answers(implementation: Machine, words: tuple[tuple[int, ...], ...]) -> Iterator[list[int]]:
    table = np.full((len(words), max(map(len, words), default=0)), UNKNOWN)
    for row, word in zip(table, words, strict=True):
        row[: len(word)] = word
    for word, row in zip(words, implementation.run(table)[0].tolist(), strict=True):
        yield row[: len(word)]


@st.composite
def complete_machines(draw: st.DrawFn, max_states: int, inputs: int = 3) -> Machine:
    """A complete machine of any kind, not always minimal, some of its states unreachable."""
    seed, states = draw(st.integers(0, 2**32)), draw(st.integers(1, max_states))
    rng = np.random.default_rng(seed)
    inputs = draw(st.integers(1, inputs))
    shape = (states, inputs) if draw(st.booleans()) else (states,)
    return Machine(
        rng.integers(0, states, (states, inputs)),
        rng.integers(0, 3, shape),
        Alphabet.of(map(str, range(inputs))),
        Alphabet.of("abc"),
        initial=int(rng.integers(0, states)),
    )


@given(complete_machines(6))
def test_every_single_fault_is_caught(machine: Machine) -> None:
    suite = conformance_suite(machine, 0)
    minimal = canonical(to_mealy(machine))
    assert suite.extra_states == 0
    assert suite.states == len(minimal)
    assert first_failure(suite.words, machine, answers(machine, suite.words)) is None
    for mutant in mutants(minimal):
        failure = first_failure(suite.words, machine, answers(mutant, suite.words))
        assert (failure is None) == (distinguish(mutant, minimal) is None)


@given(complete_machines(8), st.integers(0, 2), st.data())
def test_a_fault_in_extra_states_is_caught(machine: Machine, extra: int, data: st.DataObject) -> None:
    """States are split, a transition into each is led to its copy, and then an entry of the last copy is changed."""
    suite = conformance_suite(machine, extra)
    assert suite.extra_states == extra
    mutant = canonical(to_mealy(machine))
    inputs = len(machine.inputs)
    for _ in range(extra):
        # Copies of copies: then the fault lies deep.
        s = data.draw(st.integers(0, len(mutant) - 1))
        into = [tuple(entry) for entry in np.argwhere(mutant.next_state == s)]
        next_state = np.concatenate([mutant.next_state, mutant.next_state[s : s + 1]])
        if into:
            next_state[data.draw(st.sampled_from(into))] = len(mutant)
        output = np.concatenate([mutant.output, mutant.output[s : s + 1]])
        mutant = replace(mutant, next_state=next_state, output=output, care=None)
    last, x = len(mutant) - 1, data.draw(st.integers(0, inputs - 1))
    for target in range(len(mutant)):
        changed = _changed(mutant, last, x, target, mutant.output[last, x])
        failure = first_failure(suite.words, machine, answers(changed, suite.words))
        assert (failure is None) == (distinguish(changed, machine) is None)


@given(machines(inputs=BIT, outputs=PAIR, max_states=4), st.integers(0, 1), st.integers(0, 2**32))
def test_faults_of_partial_machines(machine: Machine, extra: int, seed: int) -> None:
    """Only specified words are applied; what is unknown is filled at random, and then an entry is changed."""
    suite = conformance_suite(machine, extra)
    minimal = canonical(to_mealy(machine))
    trace = [minimal.trace(np.array([word]))[0] for word in suite.words]
    for word, states in zip(suite.words, trace, strict=True):
        assert (states[:-1] != UNKNOWN).all()
        end = states[-2], word[-1]
        assert minimal.next_state[end] != UNKNOWN or minimal.care[end] != 0
    rng = np.random.default_rng(seed)
    n, shape = len(minimal), minimal.output.shape
    filled = replace(
        minimal,
        next_state=np.where(minimal.next_state == UNKNOWN, rng.integers(0, n, shape), minimal.next_state),
        output=(np.maximum(minimal.output, 0) & minimal.care) | (rng.integers(0, 4, shape) & ~minimal.care),
        care=None,
    )
    for mutant in mutants(filled):
        failure = first_failure(suite.words, machine, answers(mutant, suite.words))
        fault = clash(mutant, minimal)
        if failure is not None:
            assert fault is not None
        elif suite.extra_states is not None:
            assert fault is None


def test_states_that_no_specified_word_tells_apart() -> None:
    # The two states agree wherever both are specified, so that one state or two may implement them.
    machine = Machine([[1, 0], [0, UNKNOWN]], [[0, UNKNOWN], [UNKNOWN, 1]], BIT, BIT)
    suite = conformance_suite(machine)
    assert suite.extra_states is None
    assert suite.words
    assert suite.claim() == (
        "is not proven to detect every fault, however small the implementation: "
        "the states after a restart and after '0' are not told apart by any specified word"
    )


def test_the_words_of_parity() -> None:
    suite = conformance_suite(PARITY, 0)
    # Symbol 0 tells the states apart; it follows each state and each transition.
    assert suite.words == ((0, 0), (1, 0, 0), (1, 1, 0))
    assert suite.symbols == 8
    for extra, claimed in ((0, suite), (1, conformance_suite(PARITY))):
        assert claimed.claim() == (
            f"detects every fault of a deterministic implementation of at most 2 + {extra} states "
            "that a restart brings back to its initial state"
        )
    assert seqlogic.conformance_suite is conformance_suite


def test_a_machine_of_one_state_gets_all_words_of_a_length() -> None:
    constant = Machine([[0, 0]], [[1, 0]], BIT, BIT)
    assert conformance_suite(constant, 0).words == ((0,), (1,))
    assert conformance_suite(constant, 2).words == tuple(itertools.product((0, 1), repeat=3))
    assert conformance_suite(constant, 2).states == 1


def test_one_input_symbol_gives_one_word() -> None:
    ring = Machine([[1], [2], [0]], [[0], [0], [1]], Alphabet.of("t"), BIT)
    # Two symbols reach the last state, one follows for the transition, k for the extra states, two identify.
    assert conformance_suite(ring, 0).words == ((0,) * 5,)
    assert conformance_suite(ring, 4).words == ((0,) * 9,)


def test_nothing_is_specified() -> None:
    suite = conformance_suite(Machine([[UNKNOWN, UNKNOWN]], [[UNKNOWN, UNKNOWN]], BIT, BIT), 2)
    assert (suite.words, suite.symbols) == ((), 0)


def test_words_end_where_nothing_further_is_specified() -> None:
    line = Machine([[1, UNKNOWN], [UNKNOWN, UNKNOWN]], [[0, UNKNOWN], [1, UNKNOWN]], BIT, BIT)
    suite = conformance_suite(line, 1000)
    assert suite.words == ((0, 0),)
    assert suite.extra_states == 1000


@given(complete_machines(5), st.randoms(use_true_random=False))
def test_the_suite_depends_on_the_behaviour_alone(machine: Machine, random: object) -> None:
    order = np.random.default_rng(random.randrange(2**32)).permutation(len(machine))  # type: ignore[attr-defined]
    suite = conformance_suite(machine)
    assert conformance_suite(permuted(machine, order)) == suite
    assert conformance_suite(to_mealy(machine)) == suite
    assert list(suite.words) == sorted(set(suite.words), key=lambda word: (len(word), word))
    assert not any(a != b and b[: len(a)] == a for a in suite.words for b in suite.words)


@given(st.one_of(complete_machines(5), machines(max_states=4)), st.integers(1, 100))
def test_a_budget_is_kept_and_used(machine: Machine, budget: int) -> None:
    free = [conformance_suite(machine, k, budget=10**6) for k in range(3)]
    for limit in {budget, *(max(1, suite.symbols - i) for suite in free for i in range(2))}:
        suite = conformance_suite(machine, 2, budget=limit)
        fitting = [k for k in range(3) if free[k].symbols <= limit]
        assert suite.symbols <= limit
        if fitting:
            assert suite.words == free[max(fitting)].words
            assert suite.extra_states == free[max(fitting)].extra_states
        else:
            assert suite.extra_states is None
        assert (f"and the budget is {limit:,}" in suite.claim()) == (2 not in fitting)


def test_claims_under_a_budget() -> None:
    assert [conformance_suite(PARITY, k).symbols for k in range(3)] == [8, 22, 56]
    assert conformance_suite(PARITY, 2, budget=55).claim() == (
        "detects every fault of a deterministic implementation of at most 2 + 1 states "
        "that a restart brings back to its initial state; "
        "2 + 2 states take 56 symbols, and the budget is 55"
    )
    refused = "is not proven to detect every fault, however small the implementation: 2 + 0 states take 8 symbols"
    seven = conformance_suite(PARITY, 2, budget=7)
    assert seven.words == ((0, 0), (1, 1), (1, 0, 0))
    assert seven.claim() == (
        f"{refused}, and the budget is 7; every transition is passed, and 2 of 3 identifiers follow"
    )
    two = conformance_suite(PARITY, 2, budget=4)
    assert two.words == ((0,), (1, 0))
    assert two.claim() == f"{refused}, and the budget is 4; not even every transition is passed, but 3 of 4"


def test_all_but_one_identifier_fit_a_budget_just_too_small() -> None:
    # State s answers symbol i with bit i of s, so that it takes both symbols to tell it from all others.
    square = Machine([[1, 2], [2, 3], [3, 0], [0, 1]], [[0, 0], [1, 0], [0, 1], [1, 1]], BIT, BIT)
    full = conformance_suite(square, 0)
    assert len(full.words) == 10
    short = conformance_suite(square, 0, budget=full.symbols - 1)
    assert short.words == full.words[:-1]
    assert short.claim().endswith("; every transition is passed, and 9 of 10 identifiers follow")


@pytest.mark.parametrize(
    ("extra", "budget", "message"),
    [
        (-1, 10, "extra_states is -1, expected 0 .. 1000"),
        (1001, 10, "extra_states is 1001, expected 0 .. 1000"),
        (1, 0, "a budget of 0 symbols, expected at least 1"),
    ],
)
def test_what_is_refused(extra: int, budget: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        conformance_suite(PARITY, extra, budget=budget)


def test_more_states_than_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqlogic.proof.suite._MOST_STATES", 1)
    suite = conformance_suite(PARITY)
    assert suite.extra_states is None
    assert suite.reason == "the machine has 2 states, and up to 1 are told apart"
    assert {entry for word in suite.words for entry in zip(PARITY.trace(np.array([word]))[0], word, strict=False)} == {
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    }


def test_the_first_failure_names_word_and_symbol() -> None:
    words = ((0, 0), (1, 0, 1))
    assert first_failure(words, PARITY, [[0, 0], [1, 1, 0]]) is None
    failure = first_failure(words, PARITY, [[0, 0], [1, 0, 1]])
    assert failure is not None
    assert (failure.index, failure.position, failure.word) == (1, 1, (1, 0))
    assert (failure.expected, failure.observed) == ((1, 1), 0)
    assert failure.show(PARITY.inputs, PARITY.outputs) == "word 2, symbol 2: after '1 0' expected 1, observed 0"
    silent = first_failure(words, PARITY, [[0, UNKNOWN], [1, 0, 1]])
    assert silent is not None
    assert (
        silent.show(PARITY.inputs, PARITY.outputs)
        == "word 1, symbol 2: after '0 0' expected 0, observed -1, which is no output symbol"
    )


def test_a_number_beyond_the_alphabet_disagrees_where_its_low_bits_do_not() -> None:
    machine = Machine([[0]], [[0]], Alphabet.of("t"), Alphabet.of("abc"))
    failure = first_failure([(0,)], machine, [[4]])
    assert failure is not None
    assert failure.observed == 4


def test_unknown_bits_never_disagree() -> None:
    machine = Machine([[0, UNKNOWN]], [[0b10, UNKNOWN]], BIT, PAIR, care=np.array([[0b10, 0]]))
    assert first_failure([(0, 1, 0)], machine, [[0b11, 7, 0b00]]) is None
    failure = first_failure([(0, 0)], machine, [[0b10, 0b01]])
    assert failure is not None
    assert failure.show(machine.inputs, machine.outputs) == "word 1, symbol 2: after '0 0' expected 1-, observed 01"


def test_nothing_is_asked_beyond_the_first_failure() -> None:
    asked = []

    def ask() -> Iterator[list[int]]:
        for word in ((0,), (1,), (1,)):
            asked.append(word)
            yield [0]

    failure = first_failure([(0,), (1,), (1,)], PARITY, ask())
    assert failure is not None
    assert failure.index == 1
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("given_answers", "message"),
    [
        ([[0]], "answers to 1 words, expected more"),
        ([[0], [1], [1]], "answers to more than 2 words"),
        ([[0], [1, 1]], "word 2 has 1 symbols and 2 answers"),
    ],
)
def test_answers_that_do_not_match_the_words(given_answers: list[list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        first_failure([(0,), (1,)], PARITY, given_answers)


def test_a_word_of_an_unknown_symbol() -> None:
    with pytest.raises(ValueError, match=r"^word 1 holds -1, outside the 2 input symbols$"):
        first_failure([(UNKNOWN,)], PARITY, [[0]])
