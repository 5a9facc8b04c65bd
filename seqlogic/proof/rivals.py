"""How far the data can take any learner: is there a rival, another machine of the same size that fits as well?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine, canonical, to_mealy
from seqlogic.proof.equivalence import violation

__all__ = ["Rival", "find_rival", "rivals"]

_ROWS = 1 << 18
"""How many walks are under way at once: few enough for the cache, and enough to make up for a loop in Python."""


@dataclass(frozen=True)
class Rival:
    """A machine of the same size that the data cannot tell from the true one.

    Attributes:
        machine: it differs from the true one, in canonical form, in one transition or one output.
        word: the shortest input word on which it does not answer as the true one, as symbols.
    """

    machine: Machine
    word: tuple[int, ...]


def find_rival(machine: Machine, examples: Examples) -> Rival | None:
    """Return the first of `rivals` with its word, or None: then changing one entry is always noticed by the data.

    None does not prove that the machine is the only one of its size: a rival may differ in several entries at once.
    """
    for rival in rivals(machine, examples):
        word = violation(rival, machine)
        assert word is not None
        return Rival(rival, word)
    return None


def rivals(machine: Machine, examples: Examples) -> Iterator[Machine]:
    """Yield the machines that differ from the minimal one in one entry, behave otherwise and fit all observed answers.

    Each known output is changed to every other one, each known transition to every other state, in the canonical Mealy
    form; whoever is left has at most as many states as that. An answer that was not observed constrains nothing. To
    behave otherwise is not to conform: to contradict the machine, or not to know, where it specifies an output.

    An output is refuted where its entry is passed and the answer observed. A transition is refuted by walking on from
    where a sequence first takes it, of all mutants at once: on a few sequences each, the longest first, then on four
    times as many those that are left. O(S^2 X N T) steps at worst, a small part of it as a rule.

    Raises:
        ValueError: other alphabets, words of which only some bits are known, or a machine that does not fit itself.
    """
    true = canonical(to_mealy(machine))
    if (len(true.inputs), len(true.outputs)) != (len(examples.inputs), len(examples.outputs)):
        raise ValueError("the machine and the examples have alphabets of different sizes")
    if not np.isin(true.care, (0, true.outputs.full)).all():
        raise ValueError("an output is known in part; give each such word a symbol of its own")
    observed = examples.answers >= 0
    if (observed & (true.run(examples.words)[0] != examples.answers)).any():
        raise ValueError("the machine does not fit the examples itself")
    states = true.trace(examples.words)[:, :-1]
    passed = (states >= 0) & (examples.words >= 0)
    # Where an entry is passed; the last number is of no entry.
    entry = np.where(passed, states * len(true.inputs) + examples.words, true.entries)

    seen = np.zeros(true.entries + 1, dtype=bool)
    seen[entry[observed]] = True
    for place in np.flatnonzero((true.output.ravel() >= 0) & ~seen[:-1]).tolist():
        for symbol in range(len(true.outputs)):
            if symbol != true.output.flat[place]:
                yield from _behaving_otherwise(true, "output", place, symbol)
    for place, target in _unrefuted(true, examples, entry):
        yield from _behaving_otherwise(true, "next_state", place, target)


def _behaving_otherwise(true: Machine, table: str, place: int, value: int) -> Iterator[Machine]:
    changed = getattr(true, table).copy()
    changed.flat[place] = value
    rival = replace(true, **{table: changed})
    if violation(rival, true) is not None:
        yield rival


def _unrefuted(true: Machine, examples: Examples, entry: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield (entry, target) of the changed transitions that no sequence refutes; `entry` is int [N, T]."""
    places, starts, count = _first_passes(true.entries, entry, examples.lengths)
    known = np.flatnonzero(true.next_state.ravel() >= 0)
    place = np.repeat(known, len(true))
    target = np.tile(np.arange(len(true), dtype=np.int32), len(known))
    other = target != true.next_state.ravel()[place]
    place, target = place[other], target[other]
    walk = _Walk(true, examples)
    done, more = 0, 4
    while len(place):
        # What no further sequence passes is unrefuted for good.
        left = count[place] > done
        yield from zip(place[~left].tolist(), target[~left].tolist(), strict=True)
        place, target = place[left], target[left]
        width = np.minimum(count[place] - done, more)
        refuted = np.zeros(len(place), dtype=bool)
        # Mutants are taken together until their walks fill a batch.
        batch = np.cumsum(width) // _ROWS
        for number in range(int(batch[-1]) + 1 if len(batch) else 0):
            low, high = np.searchsorted(batch, (number, number + 1))
            mutant = np.repeat(np.arange(low, high), width[low:high])
            offset = np.arange(len(mutant)) - np.repeat(np.cumsum(width[low:high]) - width[low:high], width[low:high])
            start = starts[places[place[mutant]] + done + offset]
            refuted[mutant[walk.refutes(start, place[mutant], target[mutant])]] = True
        place, target = place[~refuted], target[~refuted]
        done, more = done + more, more * 4


def _first_passes(entries: int, entry: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each sequence first passes each entry.

    Returns:
        int64 [entries], where the passes of each entry begin in the list that follows; int64 [passes], positions in
        the flattened [N, T], the one with the most symbols to come first; int64 [entries], how many each entry has.
    """
    sequences, length = entry.shape
    key = (np.arange(sequences)[:, None] * (entries + 1) + entry).ravel()
    # np.unique gives the first position of each key.
    keys, position = np.unique(key, return_index=True)
    which = keys % (entries + 1)
    position, which = position[which < entries], which[which < entries]
    rest = lengths[position // length] - position % length
    order = np.lexsort((-rest, which))
    count = np.bincount(which, minlength=entries)
    return np.cumsum(count) - count, position[order], count


class _Walk:
    """Walks of machines with one changed transition, each from where its sequence first takes it.

    The machine's tables are flat, [S * X], with one more state, of which nothing is known; the sequences are flat too,
    with a symbol after the last of each that ends it.
    """

    def __init__(self, true: Machine, examples: Examples) -> None:
        self.length = examples.words.shape[1]
        self.inputs = len(true.inputs)
        void = np.full((1, self.inputs), UNKNOWN, dtype=np.int32)
        next_state = np.concatenate([true.next_state, void])
        self.next_state = np.where(next_state >= 0, next_state, len(true)).ravel()
        self.output = np.concatenate([true.output, void]).ravel()
        self.words, self.answers = (
            np.pad(array, ((0, 0), (0, 1)), constant_values=UNKNOWN).ravel()
            for array in (examples.words, examples.answers)
        )

    def refutes(self, start: np.ndarray, place: np.ndarray, target: np.ndarray) -> np.ndarray:
        """The numbers of those walks on which an observed answer is not the mutant's.

        Args:
            start: int64 [R], positions in the examples, flattened.
            place: int64 [R], the entry that is changed.
            target: int32 [R], the state that it leads to.
        """
        # Each sequence has one symbol more here, and the walk begins after the changed transition.
        position = start + start // self.length + 1
        number, state = np.arange(len(start)), target
        found = []
        while len(number):
            symbol = self.words[position]
            on = np.flatnonzero(symbol >= 0)
            number, place, target, position = number[on], place[on], target[on], position[on]
            here = state[on] * self.inputs + symbol[on]
            answer = self.answers[position]
            wrong = (answer >= 0) & (self.output[here] != answer)
            found.append(number[wrong])
            state = np.where(here == place, target, self.next_state[here])
            on = np.flatnonzero(~wrong)
            number, place, target, position, state = number[on], place[on], target[on], position[on] + 1, state[on]
        return np.concatenate(found) if found else number
