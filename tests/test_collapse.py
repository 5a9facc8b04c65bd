"""Collapse and fold: nothing known is lost or contradicted, nothing unused survives, and it always ends."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.collapse import collapse, fold, restricted
from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree
from seqlogic.machine import UNKNOWN, Machine, canonical, reachable
from seqlogic.proof.equivalence import conforms, equivalent
from tests.example_sets import counter, every_word, made_by_machines, symbols
from tests.strategies import machines

partial_machines = machines(kind="mealy", inputs=symbols(2), outputs=symbols(3), max_states=7)


def same_tables(a: Machine, b: Machine) -> bool:
    return np.array_equal(a.next_state, b.next_state) and np.array_equal(a.output, b.output) and a.initial == b.initial


def tree_machine(examples: Examples) -> Machine:
    """The prefix-tree acceptor: every prefix seen is a state, and nothing is generalised."""
    tree = InputTree(examples)
    return Machine(tree.child, tree.answer, examples.inputs, examples.outputs)


def used(machine: Machine, examples: Examples) -> tuple[np.ndarray, np.ndarray]:
    """Which transitions the examples take, and which outputs they show, each bool [X, S]; step by step."""
    moves, shown = np.zeros((2, len(machine.inputs), len(machine)), dtype=bool)
    for word, answers in zip(examples.words.tolist(), examples.answers.tolist(), strict=True):
        state = machine.initial
        for symbol, answer in zip(word, answers, strict=True):
            if symbol == UNKNOWN:
                break
            moves[symbol, state] = True
            shown[symbol, state] |= answer != UNKNOWN
            state = machine.next_state[state, symbol]
    return moves, shown


def collapsed(machine: Machine, examples: Examples, next_state: np.ndarray, output: np.ndarray) -> Machine:
    moves, shown = used(machine, examples)
    return collapse(
        restricted(next_state, output, moves=moves, shown=shown, inputs=machine.inputs, outputs=machine.outputs)
    )


@st.composite
def consistent_tables(draw: st.DrawFn) -> tuple[Machine, Examples]:
    """Complete tables, state 0 initial, and examples of what they answer, of which some is missing."""
    machine, examples = draw(made_by_machines(max_states=6).filter(lambda made: UNKNOWN not in made[0].next_state))
    machine = reachable(machine)
    # An entry never shown holds an output all the same, as a hardened table's does.
    return Machine(machine.next_state, np.maximum(machine.output, 0), machine.inputs, machine.outputs), examples


@given(partial_machines)
def test_folding_maps_every_known_entry_onto_an_equal_one(machine: Machine) -> None:
    folded = fold(machine)
    image = {machine.initial: folded.initial}
    waiting = [machine.initial]
    while waiting:
        state = waiting.pop()
        for symbol, (target, answer) in enumerate(zip(machine.next_state[state], machine.output[state], strict=True)):
            assert answer in (UNKNOWN, folded.output[image[state], symbol])
            if target != UNKNOWN:
                onto = folded.next_state[image[state], symbol]
                assert onto != UNKNOWN
                if target not in image:
                    waiting.append(target)
                assert image.setdefault(target, onto) == onto


@given(partial_machines)
def test_folding_conforms_and_is_never_larger(machine: Machine) -> None:
    folded = fold(machine)
    assert conforms(folded, machine)
    assert len(folded) <= len(reachable(machine))
    assert folded.initial == 0


@given(partial_machines)
def test_folding_is_deterministic_and_leaves_nothing_to_fold(machine: Machine) -> None:
    folded = fold(machine)
    assert same_tables(fold(machine), folded)
    assert len(fold(folded)) == len(folded)


def test_folding_larger_machines_ends_conforms_and_is_deterministic() -> None:
    # Large enough that a state already separated is merged into one that was met later but numbered before it.
    rng = np.random.default_rng(0)
    for _ in range(150):
        S, X = rng.integers(4, 14), rng.integers(2, 4)
        next_state = np.where(rng.random((S, X)) < 0.3, UNKNOWN, rng.integers(0, S, (S, X)))
        output = np.where(rng.random((S, X)) < 0.6, UNKNOWN, rng.integers(0, 2, (S, X)))
        machine = Machine(next_state, output, symbols(X), symbols(2))
        folded = fold(machine)
        assert conforms(folded, machine)
        assert len(folded) <= len(reachable(machine))
        assert same_tables(fold(machine), folded)


@given(partial_machines.filter(lambda machine: UNKNOWN not in machine.next_state and UNKNOWN not in machine.output))
def test_folding_a_complete_machine_minimises_it(machine: Machine) -> None:
    folded = fold(machine)
    assert len(folded) == len(canonical(machine))
    assert equivalent(folded, machine)


def test_folding_a_cycle_of_which_nothing_is_known_ends_in_one_state() -> None:
    for length in (1, 2, 7, 40):
        ring = Machine((np.arange(length)[:, None] + 1) % length, np.full((length, 1), -1), symbols(1), symbols(2))
        folded = fold(ring)
        assert folded.next_state.tolist() == [[0]]
        assert folded.output.tolist() == [[UNKNOWN]]


def test_folding_cycles_of_coprime_lengths_ends_where_both_close() -> None:
    # From state 0, input 0 enters a ring of 4 and input 1 one of 6, whose outputs have period 2 where they are known.
    four, six = np.arange(1, 5), np.arange(5, 11)
    next_state = np.zeros((11, 2), dtype=int)
    next_state[0] = 1, 5
    next_state[four], next_state[six] = np.roll(four, -1)[:, None], np.roll(six, -1)[:, None]
    output = np.full((11, 2), UNKNOWN)
    output[[1, 3, 5, 7, 9], 0] = 0
    output[[2, 6, 8], 0] = 1
    machine = Machine(next_state, output, symbols(2), symbols(2))
    folded = fold(machine)
    assert conforms(folded, machine)
    assert len(folded) == 2


def test_folding_a_prefix_tree_finds_the_machine_behind_it() -> None:
    for modulus in (2, 3, 5):
        tree = tree_machine(every_word(counter(modulus), modulus + 3))
        assert len(tree) > 2**modulus
        assert equivalent(fold(tree), counter(modulus))


@given(consistent_tables())
def test_the_collapse_of_consistent_tables_is_consistent_with_the_data(made: tuple[Machine, Examples]) -> None:
    machine, examples = made
    result = collapsed(machine, examples, machine.next_state.T, machine.output.T)
    said = result.run(examples.words)[0]
    seen = examples.answers >= 0
    # Every observed output comes back, and no other word of the data falls out of the machine.
    assert (said[seen] == examples.answers[seen]).all()
    assert ((result.trace(examples.words) >= 0).sum(axis=1) - 1 <= examples.lengths).all()
    assert len(result) <= len(machine)


@given(consistent_tables(), st.integers(0, 9))
def test_what_the_data_does_not_use_has_no_say(made: tuple[Machine, Examples], seed: int) -> None:
    machine, examples = made
    moves, shown = used(machine, examples)
    rng = np.random.default_rng(seed)
    other = np.where(moves, machine.next_state.T, rng.integers(0, len(machine), moves.shape))
    said = np.where(shown, machine.output.T, rng.integers(0, len(machine.outputs), shown.shape))
    plain = collapsed(machine, examples, machine.next_state.T, machine.output.T)
    assert same_tables(collapsed(machine, examples, other, said), plain)
    assert same_tables(canonical(plain), plain)


def test_the_collapse_of_redundant_tables_is_the_machine_itself() -> None:
    # Four copies of each state, and transitions to copies at random.
    rng = np.random.default_rng(1)
    for modulus in (2, 3, 4):
        truth = counter(modulus)
        next_state = np.tile(truth.next_state, (4, 1)) + modulus * rng.integers(0, 4, (4 * modulus, 2))
        wide = Machine(next_state, np.tile(truth.output, (4, 1)), symbols(2), symbols(2))
        result = collapsed(wide, every_word(wide, 7), wide.next_state.T, wide.output.T)
        assert same_tables(result, canonical(truth))


def test_entries_that_no_sequence_uses_are_unknown() -> None:
    # Input 1 never occurs, and the output of input 0 in the second state was never observed.
    truth = counter(2)
    examples = Examples(np.array([[0, 0, 0]]), np.array([[1, -1, -1]]), symbols(2), symbols(2))
    result = collapsed(truth, examples, truth.next_state.T, truth.output.T)
    assert result.next_state.tolist() == [[0, UNKNOWN]]
    assert result.output.tolist() == [[1, UNKNOWN]]
