"""All small machines there are, and whether the verdicts of `proof.uniqueness` agree with them.

A machine of at most three states over bits has so few rivals that each can be run over the examples. Nothing of the
proofs is used but `violation`, which compares two machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Literal, get_args

import numpy as np

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical
from seqlogic.proof import Uniqueness, violation

__all__ = ["BIT", "KINDS", "MOST_STATES", "VERDICTS", "Kind", "compared", "drawn", "examples_of", "random_machine"]

BIT = Alphabet.of(["0", "1"])

Kind = Literal["whole", "missing", "moore", "partly"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""Small questions: all answers given; some left out; answers that are of the next state; entries not known."""

VERDICTS = ("minimal", "unique at n", "at n + 1", "rival")
"""What is compared: `minimal`, `unique`, `wider` of `Uniqueness`, and its rival with the word that tells it apart."""

MOST_STATES = 3
"""Of which all machines can be tried: there are 46,656 of three states over bits, and 16,777,216 of four."""


def random_machine(rng: np.random.Generator, states: int) -> Machine:
    """A minimal Mealy machine of so many states over bits."""
    while True:
        next_state, output = rng.integers(states, size=(states, 2)), rng.integers(2, size=(states, 2))
        machine = canonical(Machine(next_state.astype(np.int32), output.astype(np.int32), BIT, BIT))
        if len(machine) == states:
            return machine


def examples_of(machine: Machine, words: np.ndarray, hidden: np.ndarray | None = None) -> Examples:
    """The machine's answers to words int [N, T], but for those that are hidden, bool [N, T]."""
    answers = machine.run(words)[0]
    return Examples(
        words, answers if hidden is None else np.where(hidden, UNKNOWN, answers), machine.inputs, machine.outputs
    )


def drawn(rng: np.random.Generator, states: int, kind: Kind) -> tuple[Machine, Examples]:
    """A canonical machine of at most so many states, and 2 to 23 words of its answers, all of 2 to 10 symbols."""
    machine = random_machine(rng, states)
    if kind == "moore":
        machine = _moore_like(machine)
    elif kind == "partly":
        machine = _partly(machine, rng)
    words = rng.integers(2, size=(rng.integers(2, 24), rng.integers(2, 11)), dtype=np.int32)
    return machine, examples_of(machine, words, rng.random(words.shape) < 0.4 if kind == "missing" else None)


def _moore_like(machine: Machine) -> Machine:
    """The machine with each answer that of the state it goes to."""
    shown = np.arange(len(machine)) % 2
    return canonical(Machine(machine.next_state, shown[machine.next_state].astype(np.int32), BIT, BIT))


def _partly(machine: Machine, rng: np.random.Generator) -> Machine:
    """The machine without what is known of some entries."""
    known = rng.random(machine.next_state.shape) < 0.8
    return canonical(
        Machine(np.where(known, machine.next_state, UNKNOWN), np.where(known, machine.output, UNKNOWN), BIT, BIT)
    )


def compared(found: Uniqueness, examples: Examples) -> dict[str, bool | None]:
    """Which verdicts agree with all machines there are: for each of VERDICTS, None if it was unknown.

    One is left out where there is nothing to compare: no rival is due, or the machines are of too many states.
    """
    n = len(found.machine)
    outcome: dict[str, bool | None] = {
        "minimal": _agrees(found.minimal, lambda: n == 1 or next(_fitting(n - 1, examples), None) is None),
        "unique at n": _agrees(found.unique, lambda: not _others(found.machine, n, examples)),
    }
    if n < MOST_STATES:
        outcome["at n + 1"] = _agrees(found.wider, lambda: not _others(found.machine, n + 1, examples))
    if (found.rival, found.word) != (None, None) or False in (found.unique, found.wider):
        outcome["rival"] = _is_rival(found, examples)
    if found.wider and not found.unique:
        outcome["at n + 1"] = False
    return outcome


def _agrees(verdict: bool | None, true: Callable[[], bool]) -> bool | None:
    return None if verdict is None else verdict == true()


@cache
def _all_machines(states: int) -> tuple[np.ndarray, np.ndarray]:
    """The next state and the output of each complete Mealy machine over bits, int [M, states, 2] each."""
    entries = list(product(range(states), range(2)))
    tables = np.array(list(product(range(len(entries)), repeat=2 * states)))
    values = np.array(entries, dtype=np.int32)[tables].reshape(-1, states, 2, 2)
    return values[..., 0], values[..., 1]


def _fitting(states: int, examples: Examples) -> Iterator[Machine]:
    """All complete machines of so many states that fit, their initial state being 0."""
    next_state, output = _all_machines(states)
    left = np.arange(len(next_state))
    for word, answers in zip(examples.words, examples.answers, strict=True):
        state = np.zeros(len(left), dtype=int)
        fits = np.ones(len(left), dtype=bool)
        for symbol, answer in zip(word, answers, strict=True):
            if symbol >= 0:
                fits &= (answer < 0) | (output[left, state, symbol] == answer)
                state = next_state[left, state, symbol]
        left = left[fits]
    for one in left:
        yield Machine(next_state[one], output[one], BIT, BIT)


def _others(machine: Machine, states: int, examples: Examples) -> bool:
    """Whether a complete machine of so many states fits that does not agree with this one wherever it is known."""
    return any(violation(other, machine) is not None for other in _fitting(states, examples))


def _is_rival(found: Uniqueness, examples: Examples) -> bool:
    """Whether there is a rival where there must be one, it fits, and its word is a shortest one on which it differs."""
    if found.rival is None or found.word is None or False not in (found.unique, found.wider):
        return False
    observed = examples.answers >= 0
    word = np.array([found.word], dtype=np.int32)
    return (
        len(found.rival) <= len(found.machine) + (found.unique is not False)
        and bool((found.rival.run(examples.words)[0] == examples.answers)[observed].all())
        and bool(found.rival.run(word)[0][0, -1] != found.machine.run(word)[0][0, -1])
        and violation(found.rival, found.machine) == found.word
    )
