"""Random examples for property tests, contradictory or machine-made, and the prefixes of a tree spelled out."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np
from hypothesis import strategies as st

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.prefix_tree import PrefixTree
from tests.strategies import all_words, machines

Sequence = tuple[tuple[int, int], ...]
"""Pairs of an input symbol and the output observed with it, or UNKNOWN."""


def symbols(count: int) -> Alphabet:
    """The alphabet 0, 1, ... of so many symbols."""
    return Alphabet.of(map(str, range(count)))


def counter(modulus: int) -> Machine:
    """Counts the ones of its input; the output says whether the count is a multiple of `modulus`."""
    state = np.arange(modulus)
    after = np.stack([state, (state + 1) % modulus], axis=1)
    return Machine(after, after == 0, symbols(2), symbols(2))


def doubled(machine: Machine, seed: int) -> Machine:
    """The same behaviour with a twin of each state, transitions to either at random, whichever of them is reached."""
    rng = np.random.default_rng(seed)
    n = len(machine)
    after = np.tile(machine.next_state, (2, 1))
    twin = np.where(after == UNKNOWN, UNKNOWN, after + n * rng.integers(0, 2, after.shape))
    return Machine(twin, np.tile(machine.output, (2, 1)), machine.inputs, machine.outputs, initial=machine.initial)


def padded(rows: list[list[int]], length: int) -> np.ndarray:
    """int32 [N, length], the rows filled up with UNKNOWN."""
    columns = list(zip_longest(*rows, [UNKNOWN] * length, fillvalue=UNKNOWN))
    return np.array(columns, dtype=np.int32).reshape(length, len(rows) + 1).T[:-1]


def observed(machine: Machine, words: np.ndarray) -> Examples:
    """Examples of these words in which every output that the machine knows was observed."""
    return Examples(words, machine.run(words)[0], machine.inputs, machine.outputs)


def every_word(machine: Machine, length: int) -> Examples:
    """What the machine answers to all words of this length."""
    return observed(machine, all_words(len(machine.inputs), length))


def sequences(examples: Examples) -> list[Sequence]:
    """The examples as pairs of symbols, without padding."""
    return [
        tuple((x, y) for x, y in zip(word, answers, strict=True) if x >= 0)
        for word, answers in zip(examples.words.tolist(), examples.answers.tolist(), strict=True)
    ]


def prefixes(tree: PrefixTree) -> list[list[Sequence]]:
    """For each level of a tree the prefix that ends in each of its nodes, found by walking up to the root."""
    levels: list[list[Sequence]] = [[()]]
    for level in tree.levels:
        edges = zip(level.parent.tolist(), level.symbol.tolist(), level.answer.tolist(), strict=True)
        levels.append([(*levels[-1][parent], (symbol, answer)) for parent, symbol, answer in edges])
    return levels[1:]


@st.composite
def example_sets(
    draw: st.DrawFn, *, max_symbols: int = 3, max_sequences: int = 6, max_length: int = 5, min_length: int = 0
) -> Examples:
    """Any sequences: shared prefixes, duplicates, different lengths, missing and contradictory outputs, padding."""
    X, Y = draw(st.integers(1, max_symbols)), draw(st.integers(1, max_symbols))
    pairs = st.tuples(st.integers(0, X - 1), st.integers(UNKNOWN, Y - 1))
    rows = draw(st.lists(st.lists(pairs, min_size=min_length, max_size=max_length), min_size=1, max_size=max_sequences))
    rows += draw(st.lists(st.sampled_from(rows), max_size=2))
    length = max(map(len, rows)) + draw(st.integers(0, 1))
    words = padded([[x for x, _ in row] for row in rows], length)
    answers = padded([[y for _, y in row] for row in rows], length)
    return Examples(words, answers, symbols(X), symbols(Y))


@st.composite
def made_by_machines(
    draw: st.DrawFn, *, max_states: int = 4, max_sequences: int = 12, max_length: int = 8
) -> tuple[Machine, Examples]:
    """A Mealy machine, in which entries may be unknown, and some of what it answers, of which some is missing."""
    machine = draw(machines(kind="mealy", inputs=symbols(2), outputs=symbols(2), max_states=max_states))
    rows = draw(st.lists(st.lists(st.integers(0, 1), max_size=max_length), min_size=1, max_size=max_sequences))
    words = padded(rows, max(1, *map(len, rows)) if rows else 1)
    answers = machine.run(words)[0]
    missing = draw(st.sampled_from([0.0, 0.0, 0.3]))
    hidden = np.random.default_rng(draw(st.integers(0, 9))).random(answers.shape) < missing
    return machine, Examples(words, np.where(hidden, UNKNOWN, answers), machine.inputs, machine.outputs)
