"""What noise-free data prove of a machine that fits them: that none is smaller, and that no other is as small."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

import numpy as np

from seqlogic.examples import Examples
from seqlogic.incompatibility import InputTree, representatives
from seqlogic.machine import Machine, canonical, to_mealy
from seqlogic.proof.choices import LARGEST, Choices, UndecidedError
from seqlogic.proof.equivalence import violation
from seqlogic.proof.fitting import fitting
from seqlogic.proof.folding import ContradictionError
from seqlogic.proof.names import name_states
from seqlogic.proof.rivals import rivals
from seqlogic.proof.unnamed import all_named
from seqlogic.proof.wider import Copies, unseen_after

__all__ = ["Uniqueness", "uniqueness"]

_SHORTEST = 16
"""To how many symbols the examples are cut at first."""

_NAMING = 0.6
"""The share of the time in which prefixes that name the states are looked for."""

_RIVALS = 64
"""Of how many machines that differ in one entry a smaller one is taken, or else the one of the shortest word."""

_VAIN = 256
"""How many choices are not refuted by folding alone, one after the other, before the solver is asked."""

_TRIED = 256
"""How many machines of some choices are looked at, none of them a rival, before it is left open whether one is."""

_Start = tuple[str, tuple[int, ...], int | None, int]
"""What leads to the state beside the named ones, (part, entry); its node, and the state that it may be a copy of."""


@dataclass(frozen=True)
class Uniqueness:
    """What the data prove of the smallest machines that fit them.

    Attributes:
        machine: the one that was asked about, in canonical Mealy form, of n states.
        distinct: how many states every consistent machine has at least.
        minimal: whether no consistent machine has fewer than n states; None if that is not known.
        unique: whether every consistent machine of at most n states agrees with this one wherever this one is known;
            None if that is not known.
        wider: whether that holds of every consistent machine of at most n + 1 states; None if that is not known.
        rival: a consistent machine of at most n + 1 states that does not, if one was found, in canonical form; of at
            most n states where `unique` is False.
        word: the shortest input word on which it answers otherwise, as symbols: the example to record next.
        seconds: how long it took.
        open: (state, symbol) of the transitions that could still end elsewhere, where it is not known whether the
            machine is unique; none where not all of its states are told apart.
    """

    machine: Machine
    distinct: int
    minimal: bool | None
    unique: bool | None
    wider: bool | None
    rival: Machine | None
    word: tuple[int, ...] | None
    seconds: float
    open: tuple[tuple[int, int], ...] = ()


def uniqueness(machine: Machine, examples: Examples, limit: float = 10.0) -> Uniqueness:
    """Ask whether the data leave a choice to a machine of no more states than a consistent one has, or of one more.

    Where n prefixes lead to n different states in every consistent machine, they name the states of all those that have
    n. Where each transition can end, and which output it can show, are then sets that shrink, as the data folded onto
    these states show (`Choices`). What still has a choice is left to folding once more, each choice tried, and
    then to a SAT solver, which finds a machine that takes another one, or that none fits (`fitting`).

    A machine of n + 1 states has one beside the named ones. Some entry is the first by which it is reached, and what
    this entry's own prefix goes on to then names it: the question is the same again, with n + 1 names, for each entry,
    and most are answered by comparing prefixes alone (`Copies`).

    Where names are missing, the prefixes that lead to the states without one are searched for (`all_named`). What the
    data of a part of each sequence prove, all of it proves: where all of it is too large for the memory, it is cut.

    Args:
        machine: fits the examples. Its unknown entries are not asked about.
        examples: noise-free.
        limit: seconds, after which what is not known yet stays so.

    Raises:
        ValueError: the machine does not fit the examples, has other alphabets, or an output known in part.
    """
    started = time.monotonic()
    deadline = started + limit
    true = canonical(to_mealy(machine))
    if (len(true.inputs), len(true.outputs)) != (len(examples.inputs), len(examples.outputs)):
        raise ValueError("the machine and the examples have alphabets of different sizes")
    if not np.isin(true.care, (0, true.outputs.full)).all():
        raise ValueError("an output is known in part; give each such word a symbol of its own")
    if not _fits(true, examples):
        raise ValueError("the machine does not fit the examples")
    trees, named = _named(true, _part(examples), started + limit * _NAMING)
    unique, wider, rival, left = _judged(true, examples, trees, named, deadline)
    minimal, smaller = _minimal(true, examples, trees, named, deadline, known=unique)
    word = None
    if smaller is not None:
        unique, wider, rival = False, False, smaller
    if rival is not None:
        rival = canonical(rival)
        word = violation(rival, true)
        if len(rival) < len(true):
            minimal = False
    return Uniqueness(true, len(named), minimal, unique, wider, rival, word, time.monotonic() - started, left)


def _fits(machine: Machine, examples: Examples) -> bool:
    return not ((examples.answers >= 0) & (machine.run(examples.words)[0] != examples.answers)).any()


def _part(examples: Examples) -> Examples:
    """The examples, cut to so many symbols that the tree and what it is folded to fit into the memory."""
    ends = np.sort(examples.lengths)
    # Two tables of int64 each, its edges and the place of each node.
    each = 32 * len(examples.inputs) + 48
    symbols = np.cumsum(len(ends) - np.searchsorted(ends, np.arange(examples.words.shape[1]), side="right"))
    return examples.cut(int((symbols * each <= LARGEST).sum()))


def _named(true: Machine, examples: Examples, deadline: float) -> tuple[list[InputTree], dict[int, int]]:
    """The trees of the examples cut to ever more symbols, all of them last; and the names, nodes of each by state.

    The first tree is the smallest in which each state has a name: what is proven with few prefixes is proven fast. A
    prefix has the same number in each of the trees.
    """
    longest = examples.words.shape[1]
    lengths = [length for length in (_SHORTEST << i for i in range(16)) if length < longest]
    for place, length in enumerate(lengths):
        if time.monotonic() > deadline:
            break
        tree = InputTree(examples.cut(length))
        named = representatives(tree, true, deadline=deadline)
        if len(named) == len(true):
            return [tree, *(InputTree(examples.cut(more)) for more in (*lengths[place + 1 :], longest))], named
    tree = InputTree(examples)
    named = representatives(tree, true, deadline=deadline)
    return [tree], named if len(named) == len(true) else name_states(tree, true, deadline)


def _judged(
    true: Machine, examples: Examples, trees: list[InputTree], named: dict[int, int], deadline: float
) -> tuple[bool | None, bool | None, Machine | None, tuple[tuple[int, int], ...]]:
    """`unique`, `wider`, `rival` and `open` of `Uniqueness`."""
    unique, wider, rival, choices = None, None, None, None
    names = [(named[state], state) for state in range(len(true)) if state in named]
    try:
        if len(names) == len(true):
            for place, tree in enumerate(trees):
                choices = Choices(tree, true, names, deadline)
                if choices.alone():
                    unique, trees = True, trees[place:]
                    break
        if unique is None:
            timely = takewhile(lambda _: time.monotonic() < deadline, islice(rivals(true, examples), _RIVALS))
            tried = (_contradicting(one, true, examples) for one in timely)
            some = [one for one in tried if one is not None]
            if some:
                # A smaller one says more.
                order = [(len(canonical(rival)) >= len(true), len(violation(rival, true) or ())) for rival in some]
                return False, False, some[order.index(min(order))], ()
        if unique is None and choices is not None:
            unique, rival = _searched(choices, examples)
        elif unique is None:
            unique, rival = _searched_all(all_named(trees[-1], true, named, len(true), deadline), examples)
        if unique and len(names) == len(true):
            wider, rival = _wider(true, examples, trees, names, deadline)
        elif unique is False:
            wider = False
    except UndecidedError:
        pass
    left = () if unique is not None or choices is None else _open(choices)
    return unique, wider, rival, left


def _open(choices: Choices) -> tuple[tuple[int, int], ...]:
    """(state, symbol) of the transitions that have more than one choice left, ascending."""
    symbol, name = np.nonzero(choices.successors.sum(axis=2) > 1)
    state = choices.like[name]
    known = choices.true.next_state[state, symbol] >= 0
    return tuple(sorted(zip(state[known].tolist(), symbol[known].tolist(), strict=True)))


def _minimal(
    true: Machine,
    examples: Examples,
    trees: list[InputTree],
    named: dict[int, int],
    deadline: float,
    *,
    known: bool | None,
) -> tuple[bool | None, Machine | None]:
    """`minimal` of `Uniqueness`, and a smaller machine that fits and behaves otherwise; `known` is its `unique`."""
    # One that agrees wherever this one is known has as many states if this one is known everywhere.
    if len(named) == len(true) or (known and (true.next_state >= 0).all() and (true.output >= 0).all()):
        return True, None
    try:
        for choices in all_named(trees[-1], true, named, len(true) - 1, deadline):
            for found in islice(fitting(choices), 1):
                # It may fit a part of the examples only.
                return (False if _fits(found, examples) else None), _contradicting(found, true, examples)
    except UndecidedError:
        return None, None
    return True, None


def _contradicting(machine: Machine, true: Machine, examples: Examples) -> Machine | None:
    """A complete machine of this one that fits and contradicts the true one where that is known, if there is one."""
    for whole in _completed(machine):
        if violation(whole, true) is not None and _fits(whole, examples):
            return whole
    return None


def _completed(machine: Machine) -> Iterator[Machine]:
    """The machine with what is unknown filled in: each output there is, transitions to the initial state."""
    next_state = np.where(machine.next_state < 0, machine.initial, machine.next_state)
    for output in range(len(machine.outputs)) if (machine.output < 0).any() else (0,):
        shown = np.where(machine.output < 0, output, machine.output)
        yield Machine(next_state, shown, machine.inputs, machine.outputs, initial=machine.initial)


def _searched_all(ways: Iterable[Choices], examples: Examples) -> tuple[bool | None, Machine | None]:
    """As `_searched`, of several choices together."""
    unique: bool | None = True
    for choices in ways:
        try:
            if choices.alone():
                continue
        except ContradictionError:
            continue
        alone, rival = _searched(choices, examples)
        if alone is False:
            return False, rival
        if alone is None:
            unique = None
    return unique, None


def _refute(choices: Choices) -> None:
    """Remove what folding refutes, the fewest choices first, until it did not of so many one after the other."""
    vain, progress = 0, True
    while progress:
        progress = False
        for other in choices.others():
            if choices.refute(*other):
                vain, progress = 0, True
            elif (vain := vain + 1) == _VAIN:
                return


def _searched(choices: Choices, examples: Examples) -> tuple[bool | None, Machine | None]:
    """Whether no machine of the choices behaves otherwise, and one that does."""
    try:
        _refute(choices)
    except ContradictionError:
        return True, None
    found = fitting(choices, otherwise=True)
    unique: bool | None = True
    for machine in islice(found, _TRIED):
        rival = _contradicting(machine, choices.true, examples)
        if rival is not None:
            return False, rival
        # It differs where the true machine does not say what follows, or fits a part of the examples only. Where each
        # state has a name, so do all that are equivalent; else the choices leave out what no prefix needs.
        if len(choices.names) < len(choices.true):
            unique = None
    return (unique if next(found, None) is None else None), None


def _wider(
    true: Machine,
    examples: Examples,
    trees: list[InputTree],
    names: list[tuple[int, int]],
    deadline: float,
) -> tuple[bool | None, Machine | None]:
    """As `_searched`, of machines of one state more than the n names, in which it is used; those of n are unique."""
    for one in unseen_after(true, examples):
        rival = _contradicting(one, true, examples)
        if rival is not None:
            return False, rival
    # The empty prefix may lead there as well.
    starts: list[_Start] = [] if names[true.initial][0] == 0 else [("initial", (), 0, true.initial)]
    for state, symbol, node in Copies(trees[0], true, {state: node for node, state in names}, deadline).entries():
        starts.append(("successors", (symbol, state), node, int(true.next_state[state, symbol])))
    wider: bool | None = True
    for tree in trees:
        # What leads there and is not among these changes nothing: it is as if it were not.
        base = Choices(tree, true, [*names, (None, true.initial)], deadline)
        base.successors[:, :-1, -1] &= (true.next_state < 0).T
        base.initial[-1] = False
        for part, entry, _, _ in starts:
            getattr(base, part)[(*entry, -1)] = True
        base.propagate()
        left = []
        for part, entry, node, like in starts:
            try:
                choices = base.named(node, like).given(part, entry, len(names))
                if not choices.alone():
                    if tree is not trees[-1]:
                        left.append((part, entry, node, like))
                        continue
                    alone, rival = _searched(choices, examples)
                    if alone is False:
                        return False, rival
                    if alone is None:
                        wider = None
                        continue
            except ContradictionError:
                pass
            getattr(base, part)[(*entry, -1)] = False
        starts = left
    return wider, None
