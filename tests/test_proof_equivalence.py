"""Equivalence, conformance and agreement against brute force over all words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, minimise, to_mealy, to_moore
from seqlogic.proof import agree, clash, conforms, coverage, distinguish, equivalent, violation
from tests.strategies import all_words, machines, permuted

BIT = Alphabet.words(1)
PAIR = Alphabet.words(2)


@st.composite
def erased(draw: st.DrawFn, machine: Machine) -> Machine:
    """The Mealy machine with some next states and some output bits forgotten."""
    mealy = to_mealy(machine)
    forgotten = np.reshape(draw(st.lists(st.booleans(), min_size=mealy.entries, max_size=mealy.entries)), (-1, 2))
    kept = draw(st.lists(st.integers(0, mealy.outputs.full), min_size=mealy.entries, max_size=mealy.entries))
    care = mealy.care & np.where(draw(st.booleans()), np.reshape(kept, (-1, 2)), mealy.outputs.full)
    return replace(mealy, next_state=np.where(forgotten, UNKNOWN, mealy.next_state), care=care)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Machine, Machine]:
    """Two machines, near enough to each other that all of the relations hold often."""
    a = draw(machines(inputs=BIT, outputs=PAIR, max_states=3))
    how = draw(st.sampled_from(["other", "permuted", "erased", "changed"]))
    if how == "other":
        b = draw(machines(inputs=BIT, outputs=PAIR, max_states=3))
    elif how == "permuted":
        b = permuted(a, np.array(draw(st.permutations(range(len(a))))))
    elif how == "erased":
        b = draw(erased(a))
    else:
        mealy = to_mealy(a)
        next_state = mealy.next_state.copy()
        next_state[draw(st.integers(0, len(a) - 1)), draw(st.integers(0, 1))] = draw(st.integers(0, len(a) - 1))
        b = replace(mealy, next_state=next_state)
    return (a, b) if draw(st.booleans()) else (b, a)


def first_word(a: Machine, b: Machine, length: int, broken: Callable[..., np.ndarray]) -> tuple[int, ...] | None:
    """Try every word up to a length, in shortlex order, by running both machines."""
    for n in range(1, length + 1):
        words = all_words(len(a.inputs), n)
        (va, ca), (vb, cb) = a.run(words), b.run(words)
        bad = np.flatnonzero(broken(va[:, -1], ca[:, -1], vb[:, -1], cb[:, -1]))
        if len(bad):
            return tuple(words[bad[0]].tolist())
    return None


@given(pairs())
def test_distinguish_finds_the_first_of_the_shortest_words(pair: tuple[Machine, Machine]) -> None:
    a, b = pair
    expected = first_word(a, b, len(a) + len(b), lambda va, ca, vb, cb: (va != vb) | (ca != cb))
    assert distinguish(a, b) == expected
    assert equivalent(a, b) is (expected is None)


@given(pairs())
def test_violation_finds_the_first_of_the_shortest_words(pair: tuple[Machine, Machine]) -> None:
    a, b = pair
    expected = first_word(a, b, (len(a) + 1) * len(b), lambda va, ca, vb, cb: ((va ^ vb) & cb & ca | (cb & ~ca)) != 0)
    assert violation(a, b) == expected
    assert conforms(a, b) is (expected is None)


@given(pairs())
def test_clash_finds_the_first_of_the_shortest_words(pair: tuple[Machine, Machine]) -> None:
    a, b = pair
    expected = first_word(a, b, len(a) * len(b), lambda va, ca, vb, cb: (va ^ vb) & ca & cb != 0)
    assert clash(a, b) == clash(b, a) == expected
    assert agree(a, b) is agree(b, a) is (expected is None)


@given(pairs())
def test_equivalent_is_the_same_canonical_form(pair: tuple[Machine, Machine]) -> None:
    a, b = (canonical(to_mealy(machine)) for machine in pair)
    assert equivalent(*pair) is (a.digest == b.digest)


@given(machines(inputs=BIT, outputs=PAIR))
def test_other_forms_of_a_machine_are_equivalent(machine: Machine) -> None:
    for other in (minimise(machine), to_mealy(machine), to_moore(machine)):
        assert equivalent(machine, other)


@given(st.data())
def test_conforms_is_a_partial_order(data: st.DataObject) -> None:
    a = data.draw(machines(inputs=BIT, outputs=PAIR))
    b = data.draw(erased(a))
    c = data.draw(erased(b))
    assert conforms(a, a)
    assert conforms(a, b)
    assert conforms(b, c)
    assert conforms(a, c)
    assert (conforms(a, b) and conforms(b, a)) is equivalent(a, b)


@given(pairs())
def test_a_machine_that_agrees_conforms_exactly_if_all_entries_are_known(pair: tuple[Machine, Machine]) -> None:
    a, b = pair
    known, specified = coverage(a, b)
    assert 0 <= known <= specified
    assert conforms(a, b) is (agree(a, b) and known == specified)


PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
# Nothing is known of a one after an odd number of ones.
ONCE = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], BIT, BIT)
# As parity, but a second one is answered as the first was.
STUCK = Machine([[0, 1], [1, 1]], [[0, 1], [1, 1]], BIT, BIT)
SILENT = Machine([[UNKNOWN, UNKNOWN]], [[UNKNOWN, UNKNOWN]], BIT, BIT)


def test_conforms_is_not_equivalent() -> None:
    assert conforms(PARITY, ONCE)
    assert not equivalent(PARITY, ONCE)
    assert not conforms(ONCE, PARITY)
    assert violation(ONCE, PARITY) == distinguish(ONCE, PARITY) == (1, 1)


def test_agree_is_not_transitive() -> None:
    assert agree(PARITY, ONCE)
    assert agree(ONCE, STUCK)
    assert clash(PARITY, STUCK) == (1, 1)


def test_a_partial_specification_of_single_bits() -> None:
    first = Machine([[0, 0]], [[2, 0]], BIT, PAIR, care=[[2, 2]])
    assert conforms(Machine([[0, 0]], [[3, 1]], BIT, PAIR), first)
    assert violation(Machine([[0, 0]], [[3, 3]], BIT, PAIR), first) == (1,)
    assert violation(Machine([[0, 0]], [[1, 1]], BIT, PAIR, care=[[1, 3]]), first) == (0,)


def test_coverage_counts_entries_of_the_minimal_form() -> None:
    assert coverage(PARITY, PARITY) == (4, 4)
    assert coverage(ONCE, PARITY) == (3, 4)
    assert coverage(SILENT, PARITY) == (0, 4)
    assert coverage(PARITY, SILENT) == (0, 0)
    twice = Machine([[2, 1], [1, 0], [0, 3], [3, 2]], [[0, 1], [1, 0], [0, 1], [1, 0]], BIT, BIT)
    assert coverage(ONCE, twice) == (3, 4)


def test_coverage_wants_an_entry_known_on_every_way_to_it() -> None:
    # A state that forgot nothing, and a copy of it, entered by a one, that forgot what a zero does.
    half = Machine([[0, 1], [UNKNOWN, 0]], [[0, 0], [UNKNOWN, 0]], BIT, BIT)
    for initial in (0, 1):
        assert coverage(replace(half, initial=initial), Machine([[0, 0]], [[0, 0]], BIT, BIT)) == (1, 2)


@pytest.mark.parametrize("relation", [equivalent, conforms, agree, distinguish, violation, clash, coverage])
def test_other_alphabets_are_refused(relation: Callable[[Machine, Machine], object]) -> None:
    wide = Machine([[0] * 4], [[0] * 4], PAIR, BIT)
    with pytest.raises(ValueError, match=r"^input alphabets of different sizes, 2 and 4$"):
        relation(PARITY, wide)
    with pytest.raises(ValueError, match=r"^output alphabets of different sizes, 2 and 4$"):
        relation(PARITY, Machine([[0, 0]], [[0, 0]], BIT, PAIR))
    named = replace(PARITY, outputs=Alphabet.of(["even", "odd"]))
    with pytest.raises(ValueError, match=r"^output symbol 0 is '0' in one machine and 'even' in the other$"):
        relation(PARITY, named)
    swapped = replace(named, outputs=Alphabet.of(["odd", "even"]))
    with pytest.raises(ValueError, match=r"^output symbol 0 is 'even' in one machine and 'odd' in the other$"):
        relation(named, swapped)


def test_words_are_the_same_as_symbols_named_so() -> None:
    assert equivalent(PARITY, replace(PARITY, inputs=Alphabet.of(["0", "1"]), outputs=Alphabet.of(["0", "1"])))


def counter(states: int, symbol: int, last: int = 1) -> Machine:
    """Counts one of two symbols modulo the number of states, and answers `last` when it starts again."""
    next_state = np.repeat(np.arange(states)[:, None], 2, axis=1)
    next_state[:, symbol] = (next_state[:, symbol] + 1) % states
    output = np.zeros((states, 2), dtype=int)
    output[-1, symbol] = last
    return Machine(next_state, output, BIT, BIT)


def test_machines_of_100000_states() -> None:
    n = 100_000
    a, b = counter(n, 1), counter(n, 1, last=UNKNOWN)
    assert equivalent(a, permuted(a, np.random.default_rng(0).permutation(n)))
    assert distinguish(a, b) == violation(b, a) == (1,) * n
    assert coverage(b, a) == (2 * n - 1, 2 * n)


def test_a_wide_alphabet_is_searched_in_several_batches() -> None:
    n, wide = 100, Alphabet.words(12)
    next_state = np.repeat((np.arange(n)[:, None] + 1) % n, len(wide), axis=1)
    output = np.zeros_like(next_state)
    output[-1, 7] = 1
    a, b = Machine(next_state, output, wide, BIT), Machine(next_state, np.zeros_like(output), wide, BIT)
    assert distinguish(a, b) == (*[0] * (n - 1), 7)


def test_pairs_made_equal_by_others_are_skipped() -> None:
    # Two counters of different symbols reach n * n / 2 pairs before the first difference.
    n = 20_000
    assert distinguish(counter(n, 0), counter(n, 1)) == (0,) * n
