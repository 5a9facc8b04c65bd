"""Separating words against brute force, and what makes identifiers harmonised."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy
from seqlogic.proof.identifiers import separating_words, state_identifiers
from tests.strategies import all_words, machines

BIT = Alphabet.words(1)
PAIR = Alphabet.words(2)


def apart(machine: Machine, s: int, t: int, words: np.ndarray) -> np.ndarray:
    """bool [N], which words show, at their last symbol, a bit known from both states that differs."""
    (va, ca), (vb, cb) = (
        Machine(machine.next_state, machine.output, machine.inputs, machine.outputs, machine.care, state).run(words)
        for state in (s, t)
    )
    return ((va ^ vb) & ca & cb)[:, -1] != 0


def first_apart(machine: Machine, s: int, t: int, length: int) -> tuple[int, ...]:
    for n in range(1, length + 1):
        words = all_words(len(machine.inputs), n)
        hits = np.flatnonzero(apart(machine, s, t, words))
        if len(hits):
            return tuple(words[hits[0]].tolist())
    return ()


@given(machines(inputs=BIT, outputs=PAIR, max_states=5))
def test_the_separating_words_are_the_first_of_the_shortest(machine: Machine) -> None:
    mealy = to_mealy(machine)
    number, words = separating_words(mealy)
    assert np.array_equal(number, number.T)
    assert not number.diagonal().any()
    # Two of five states are told apart by ten symbols at most, for there are no more pairs; six are tried.
    for s in range(len(mealy)):
        for t in range(s):
            expected = first_apart(mealy, s, t, 6)
            word = words[number[s, t]]
            assert word == expected or (len(word) > 6 and expected == ())


def test_a_separating_word_as_long_as_the_machine() -> None:
    # A counter: state 0 and 1 differ only when 1 reaches the end, and the other symbol stays in place.
    n = 40
    steps = np.stack([np.arange(n), np.minimum(np.arange(n) + 1, n - 1)], axis=1)
    output = np.zeros((n, 2), dtype=int)
    output[n - 1, 1] = 1
    number, words = separating_words(Machine(steps, output, BIT, BIT))
    assert words[number[0, 1]] == (1,) * (n - 1)
    assert words[number[n - 1, 0]] == (1,)
    assert state_identifiers(number, words)[0] == [(1,) * (n - 1)]


@given(machines(outputs=PAIR, max_states=6))
def test_two_states_share_a_word_that_tells_them_apart(machine: Machine) -> None:
    mealy = canonical(to_mealy(machine))
    number, words = separating_words(mealy)
    identifiers = state_identifiers(number, words)
    begun = [{word[:n] for word in own for n in range(1, len(word) + 1)} for own in identifiers]
    for s in range(len(mealy)):
        assert identifiers[s] == sorted(identifiers[s])
        assert not any(a != b and b[: len(a)] == a for a in identifiers[s] for b in identifiers[s])
        for t in range(s):
            shared = begun[s] & begun[t]
            told = any(apart(mealy, s, t, np.array([word]))[0] for word in shared)
            assert told == (number[s, t] != 0)


def test_states_with_nothing_to_compare_are_not_told_apart() -> None:
    machine = Machine([[1, 0], [UNKNOWN, 0]], [[0, UNKNOWN], [UNKNOWN, 1]], BIT, BIT)
    number, words = separating_words(machine)
    assert number.tolist() == [[0, 0], [0, 0]]
    assert state_identifiers(number, words) == [[], []]
