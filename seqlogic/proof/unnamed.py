"""Machines of which some states have no name yet: which prefixes lead to these, by elimination and by search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from seqlogic.incompatibility import InputTree
from seqlogic.machine import Machine
from seqlogic.proof.choices import Choices
from seqlogic.proof.folding import ContradictionError

__all__ = ["all_named"]


def all_named(
    tree: InputTree, true: Machine, named: Mapping[int, int], states: int, deadline: float
) -> Iterator[Choices]:
    """Yield choices, all states named, that together are all machines of at most so many states that fit.

    States that no prefix leads to do not count: they change nothing.

    A prefix that can lead to none of the named states leads to another one, and names it. Where there is no such
    prefix, the entry with the fewest choices is tried with each of them: as the name of another state first. So names
    become more, or choices fewer, until no prefix can lead to a state without a name (the exact search with red and
    blue states of Lang, Pearlmutter and Price, 1998).

    Args:
        tree: of noise-free examples.
        true: a machine that fits; what each name is taken for, see `Choices`.
        named: node by state of the machine, pairwise incompatible.
        states: of the machines that are asked about, at least as many as there are names.
        deadline: of the monotonic clock.

    Raises:
        UndecidedError: past the deadline, or the choices take too much memory.
    """
    state = tree.walk(true)
    names: list[tuple[int | None, int]] = [(node, name) for name, node in named.items()]
    if states == len(names):
        yield Choices(tree, true, names, deadline)
        return
    start = Choices(tree, true, [*names, (None, true.initial)], deadline, rest=states - len(names))
    branches = [iter([start])]
    while branches:
        choices = next(branches[-1], None)
        if choices is None:
            branches.pop()
            continue
        try:
            choices, left = _eliminated(choices, state)
        except ContradictionError:
            continue
        if left is None:
            yield choices
        else:
            choices.refuse(len(branches) + 3)
            branches.append(_ways(choices, state, *left))


def _eliminated(choices: Choices, state: np.ndarray) -> tuple[Choices, tuple[str, tuple[int, ...]] | None]:
    """Name states as long as entries are left no other choice; and the entry to try, None if there is none."""
    while True:
        choices.propagate()
        if choices.names[-1][0] is not None:
            return choices, None
        here = np.flatnonzero(choices.graph.place == len(choices.names) - 1)
        if len(here):
            choices = choices.parted(int(here[0]), int(state[here[0]]))
            continue
        left = [(part, entry) for part, entry in choices.open() if getattr(choices, part)[entry][-1]]
        if not left:
            # A state that no prefix leads to changes nothing: it is as if it were not.
            return choices.without_last(), None
        part, entry = min(left, key=lambda one: getattr(choices, one[0])[one[1]].sum())
        if getattr(choices, part)[entry].sum() > 1:
            return choices, (part, entry)
        node = choices.prefix(part, entry)
        choices = choices.parted(node, int(state[node]))


def _ways(choices: Choices, state: np.ndarray, part: str, entry: tuple[int, ...]) -> Iterator[Choices]:
    """The choices with a name for another state, that of an entry's prefix, and with each state that has a name."""
    node = choices.prefix(part, entry)
    yield choices.parted(node, int(state[node]))
    for name in np.flatnonzero(getattr(choices, part)[entry][:-1]).tolist():
        yield choices.given(part, entry, name)
