"""The sum-of-products form: rules, each a conjunction of wires, found by greedy set cover.

What two-level logic says in few products, and-xor forms of low degree do not: that eight bits in a row are one, say. A
rule starts from one example and takes up, one after the other, the literal of it that tells most of its own kind from
the other, until no example of the other is left (covering as in AQ, by the gain of FOIL; Michalski, 1969; Quinlan,
1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqlogic.history.planes import Planes, Wire

__all__ = ["Rules", "cover"]

_MOST_RULES = 64
_AT_FIRST = 2048
"""So many examples are looked at first."""
_AT_MOST = 1 << 15
"""If so many are not covered by few rules, more are not tried."""
_MORE = 512
"""So many of those that the rules get wrong are added to them at once."""
_SEED = 0


@dataclass(frozen=True)
class Rules:
    """A disjunction of conjunctions.

    Attributes:
        rules: each as its wires, with whether it is one.
    """

    rules: tuple[tuple[tuple[Wire, bool], ...], ...]

    @property
    def wires(self) -> set[Wire]:
        """All wires that it has."""
        return {wire for rule in self.rules for wire, _ in rule}

    @property
    def literals(self) -> int:
        """How often it names a wire."""
        return sum(map(len, self.rules))

    def plane(self, planes: Planes) -> np.ndarray:
        """What it says at each step, bool [N, T], as if all was 0 before the sequences."""
        value = np.zeros(planes.observed.shape, dtype=bool)
        for rule in self.rules:
            holds = np.ones_like(value)
            for wire, one in rule:
                holds &= planes.plane(wire) == one
            value |= holds
        return value


def cover(planes: Planes, bit: int, wires: list[Wire], rows: np.ndarray) -> Rules | None:
    """Return rules for an output bit that are right in all of some examples, None if they were too many.

    Args:
        planes: the examples.
        bit: of the output.
        wires: what rules may be of.
        rows: bool [N, T], which examples.
    """
    row, step = np.nonzero(rows)
    rng = np.random.default_rng(_SEED)
    order = rng.permutation(len(row))
    some = order[:_AT_FIRST]
    while True:
        values = planes.at(wires, row[some], step[some])
        target = planes.outputs[bit, row[some], step[some]]
        on, off = (_distinct(values[target == one]) for one in (True, False))
        if len(_distinct(np.concatenate([on, off]))) < len(on) + len(off):
            # The same history is answered in two ways: it is too short.
            return None
        found = _covered(on, off)
        if found is None:
            if len(some) >= min(len(row), _AT_MOST):
                return None
            # Of too few examples rules are of what distinguishes these by chance.
            some = order[: 4 * len(some)]
            continue
        rules = Rules(tuple(tuple((wires[place], one) for place, one in rule) for rule in found))
        wrong = np.flatnonzero((rules.plane(planes) != planes.outputs[bit])[row, step])
        if not len(wrong):
            return rules
        some = np.append(some, rng.permutation(wrong)[:_MORE])


def _covered(on: np.ndarray, off: np.ndarray) -> list[list[tuple[int, bool]]] | None:
    """Rules that hold in all rows of one kind and in none of the other, as columns with their values."""
    rules: list[list[tuple[int, bool]]] = []
    while len(on):
        if len(rules) == _MOST_RULES:
            return None
        example = on[0]
        same, differs = on == example, off != example
        chosen: list[int] = []
        while len(differs):
            kept_on, kept_off = same.sum(axis=0), (~differs).sum(axis=0)
            share = len(same) / (len(same) + len(differs))
            gain = kept_on * (np.log2(kept_on / (kept_on + kept_off)) - np.log2(share))
            # What rules out nothing gains nothing.
            best = int(np.where(kept_off < len(differs), gain, -np.inf).argmax())
            chosen.append(best)
            same, differs = same[same[:, best]], differs[~differs[:, best]]
        kept = _needed(off, example, chosen)
        rules.append([(place, bool(example[place])) for place in sorted(kept)])
        on = on[(on[:, kept] != example[kept]).any(axis=1)]
    return rules


def _distinct(rows: np.ndarray) -> np.ndarray:
    """The different rows of bool [R, wires]."""
    packed = np.ascontiguousarray(np.packbits(rows, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    return rows[np.unique(keys, return_index=True)[1]]


def _needed(off: np.ndarray, example: np.ndarray, chosen: list[int]) -> list[int]:
    """The literals of a rule without those that the later ones make needless."""
    kept = list(chosen)
    for place in chosen:
        others = [one for one in kept if one != place]
        if (off[:, others] != example[others]).any(axis=1).all():
            kept = others
    return kept
