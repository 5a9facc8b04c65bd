"""From a hardened network to the machine: fold what the data does not tell apart, then minimise."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, reachable

__all__ = ["collapse", "fold", "restricted"]


def restricted(
    next_state: np.ndarray,
    output: np.ndarray,
    *,
    moves: np.ndarray,
    shown: np.ndarray,
    inputs: Alphabet,
    outputs: Alphabet,
) -> Machine:
    """Return hardened tables as a machine of the same states, in which only what the training data uses is known.

    An entry that no sequence passes is a don't-care, so it becomes UNKNOWN.

    Args:
        next_state: int [X, S], the hardened transitions; state 0 is initial.
        output: int [X, S], the hardened outputs.
        moves: bool [X, S], which transitions some sequence takes.
        shown: bool [X, S], which outputs some sequence shows.
        inputs, outputs: the alphabets.
    """
    return Machine(np.where(moves, next_state, UNKNOWN).T, np.where(shown, output, UNKNOWN).T, inputs, outputs)


def collapse(network: Machine) -> Machine:
    """Return the machine of a hardened network, in canonical form.

    Where the network is consistent with the data, so is the machine, since folding never gives an entry a second
    value.
    """
    return canonical(fold(network))


def fold(machine: Machine) -> Machine:
    """Merge the states of a partial Mealy machine that no known entry tells apart, greedily, from the initial state.

    The blue-fringe order of Lang, Pearlmutter and Price (1998): a state next to the already separated (red) ones is
    merged into the first red state that it is compatible with, successors included, or else becomes red itself.
    """
    machine = reachable(machine)
    tables = _Tables(machine.next_state.tolist(), machine.output.tolist())
    red = [0]
    while (blue := tables.next_after(red)) is not None:
        for state in red:
            merged = tables.merged(state, blue)
            if merged is not None:
                tables, renamed = merged
                red = sorted({renamed.get(r, r) for r in red})
                break
        else:
            red.append(blue)
    return reachable(Machine(np.array(tables.next_state), np.array(tables.output), machine.inputs, machine.outputs))


class _Tables:
    """A partial Mealy machine as lists, in which states can be merged on trial."""

    def __init__(self, next_state: list[list[int]], output: list[list[int]]) -> None:
        self.next_state = next_state
        self.output = output

    def next_after(self, red: list[int]) -> int | None:
        """The first state that a red state leads to and that is not red."""
        return next((s for r in red for s in self.next_state[r] if s != UNKNOWN and s not in red), None)

    def merged(self, left: int, right: int) -> tuple[_Tables, dict[int, int]] | None:
        """The tables with both states, and all that follows from it, made one; None if a known output forbids it.

        Returns also the new name of each state that was merged away.
        """
        into: dict[int, int] = {}
        rows: dict[int, list[int]] = {}
        outputs: dict[int, list[int]] = {}

        def find(state: int) -> int:
            while state in into:
                state = into[state]
            return state

        pairs = [(left, right)]
        while pairs:
            a, b = sorted(find(state) for state in pairs.pop())
            if a == b:
                continue
            row, other_row = list(rows.get(a, self.next_state[a])), rows.get(b, self.next_state[b])
            shown, other_shown = list(outputs.get(a, self.output[a])), outputs.get(b, self.output[b])
            for symbol, (target, answer) in enumerate(zip(other_row, other_shown, strict=True)):
                if UNKNOWN not in (shown[symbol], answer) and shown[symbol] != answer:
                    return None
                shown[symbol] = max(shown[symbol], answer)
                if UNKNOWN not in (row[symbol], target):
                    pairs.append((row[symbol], target))
                row[symbol] = max(row[symbol], target)
            into[b], rows[a], outputs[a] = a, row, shown
        renamed = {state: find(state) for state in into}
        table = [
            [renamed.get(target, target) for target in rows.get(state, row)]
            for state, row in enumerate(self.next_state)
        ]
        return _Tables(table, [outputs.get(state, row) for state, row in enumerate(self.output)]), renamed
