"""How sure the most likely machine is: the next one, and by how much it is less likely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np

from seqlogic.machine import Alphabet, Machine, canonical
from seqlogic.noise.candidate import Candidate
from seqlogic.noise.description import Description
from seqlogic.noise.search import merged_table, pairs_by_errors, with_clone
from seqlogic.proof import clash

__all__ = ["Likelihood", "RunnerUp", "runner_up"]

_PAIRS = 64
"""How many pairs of states are merged on trial, those first that then have the fewest errors."""


@dataclass(frozen=True)
class RunnerUp:
    """The most likely of the other machines that were tried.

    Attributes:
        machine: in canonical form.
        margin: nats by which its description is longer; e to this power is the odds against it.
        word: the shortest input word on which the two machines contradict each other: what to record next.
    """

    machine: Machine
    margin: float
    word: tuple[int, ...]


@dataclass(frozen=True)
class Likelihood:
    """What noisy examples say of the most likely machine that was found.

    Attributes:
        description: of the examples by it.
        runner_up: the next; None if no other machine was tried.
        searches: how many there were, each from other weights.
        agreed: how many of them ended in a description as short.
    """

    description: Description
    runner_up: RunnerUp | None
    searches: int
    agreed: int


def runner_up(best: Candidate, others: Iterable[Candidate], inputs: Alphabet, outputs: Alphabet) -> RunnerUp | None:
    """Return the likeliest of the neighbours of a machine, and of `others`, that somewhere answers otherwise.

    A neighbour has one transition or one output changed, two states merged, or one cloned. There may be a likelier one
    further away.

    Returns:
        None if no other machine was tried, as with one state and one output.
    """
    machine = best.machine(inputs, outputs)
    tried: list[tuple[float, Callable[[], Machine]]] = []
    tried += ((other.length, partial(other.machine, inputs, outputs)) for other in others)
    tried += _neighbours(best, inputs, outputs)
    for length, make in sorted(tried, key=lambda pair: pair[0]):
        other = make()
        word = clash(machine, other)
        if word is not None:
            return RunnerUp(other, length - best.length, word)
    return None


def _neighbours(best: Candidate, inputs: Alphabet, outputs: Alphabet) -> Iterator[tuple[float, Callable[[], Machine]]]:
    """The length of the description by each neighbour, and what makes the machine."""
    for entry in np.flatnonzero(best.visits).tolist():
        for target, nats in enumerate(best.retargeted(entry).tolist()):
            if target != best.next_state.flat[entry]:
                yield nats, partial(_retargeted, best, entry, target, inputs, outputs)
        # Made again where it is the one: a walk over many examples takes room.
        yield with_clone(best, entry).length, partial(_cloned, best, entry, inputs, outputs)
        seen = best.counts.reshape(-1, len(outputs))[entry]
        if len(outputs) > 1 and seen.any():
            right, second = np.argsort(-seen, kind="stable")[:2]
            errors = best.description.errors + int(seen[right] - seen[second])
            length = replace(best.description, errors=errors).length
            yield length, partial(_answering, best, entry, int(second), inputs, outputs)
    for kept, dropped in islice(pairs_by_errors(best), _PAIRS):
        length = best.with_table(merged_table(best, kept, dropped)).length
        yield length, partial(_merged, best, kept, dropped, inputs, outputs)


def _cloned(best: Candidate, entry: int, inputs: Alphabet, outputs: Alphabet) -> Machine:
    return with_clone(best, entry).machine(inputs, outputs)


def _merged(best: Candidate, kept: int, dropped: int, inputs: Alphabet, outputs: Alphabet) -> Machine:
    return best.with_table(merged_table(best, kept, dropped)).machine(inputs, outputs)


def _retargeted(best: Candidate, entry: int, target: int, inputs: Alphabet, outputs: Alphabet) -> Machine:
    return best.with_target(entry, target).machine(inputs, outputs)


def _answering(best: Candidate, entry: int, answer: int, inputs: Alphabet, outputs: Alphabet) -> Machine:
    network = best.network(inputs, outputs)
    output = network.output.copy()
    output.flat[entry] = answer
    return canonical(replace(network, output=output))
