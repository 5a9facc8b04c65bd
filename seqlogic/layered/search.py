"""The next binary register: of very many simple ones, that which makes the most of the outputs certain.

A register is judged by what it decides: in the steps of a leaf where it is one, or where it is zero, the output must
always be the same, and what it is worth is the bits that these steps took before. So a bit of a counter is found that
shows only in a carry far above: where it is zero, there is none.

All candidates are run over all sequences, 64 to a word, and are first compared on few of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from seqlogic.layered.leaves import Leaf, count
from seqlogic.layered.signals import (
    RESET,
    SET,
    TOGGLE,
    Action,
    Literal,
    Register,
    Rule,
    affine,
    all_of,
    follow,
    operands,
    override,
)

__all__ = ["Found", "next_register"]

_LEAVES = 8
"""So many leaves, those of the most bits, are to be explained."""
_FIRST_BITS = (300.0, 3000.0)
"""Candidates are first compared on an eighth of the bits of the outputs, but on so many at least and at most."""
_FINALISTS = 4096
"""So many then on more of them."""
_GROWTH = 4
"""So many times more, with so many times fewer candidates each time."""
_FEWEST = 64
"""So many candidates are compared on all."""
_BATCH = 1 << 18
"""So many words at most, of steps and sequences, are worked on at a time."""
_NEAR = 0.95
"""Of the registers that explain this share of the best one's bits the simplest is taken: the rest is chance."""

Guard = tuple[Literal, ...]


@dataclass(frozen=True)
class Found:
    """A register with what it is worth.

    Attributes:
        register: the register.
        bits: so many it explains.
        cost: and so many it takes to say which it is.
        left: so many there were.
    """

    register: Register
    bits: float
    cost: float
    left: float

    @property
    def worth(self) -> float:
        """What it saves."""
        return self.bits - self.cost

    @property
    def share(self) -> float:
        """The same as a share of what there was."""
        return self.worth / self.left


def next_register(
    signals: np.ndarray, valid: np.ndarray, leaves: Sequence[Leaf], loads: Sequence[Guard], effort: int
) -> tuple[Found | None, int]:
    """Return the register that explains the most, None if none is worth its bits, and the effort that it took.

    Args:
        signals: uint64 [T, S, W], of which it may be made.
        valid: where there are symbols, uint64 [T, W].
        leaves: what is to be explained.
        loads: guards under which registers that are there take a value.
        effort: so many words, of steps and sequences, may be gone through, once for each candidate and leaf; where
            these are too few, None is returned.
    """
    search = _Search(signals, valid, leaves, effort)
    return search.best(search.simple(loads)), search.spent


@dataclass(frozen=True)
class _Product:
    """Registers: each of some lists of rules, with one more of each guard and each action.

    The further rule overrides the others or, if `below`, they override it.
    """

    bases: Sequence[tuple[Rule, ...]]
    guards: Sequence[Guard]
    actions: Sequence[Action]
    below: bool = False

    def __len__(self) -> int:
        return len(self.bases) * len(self.guards) * len(self.actions)

    def register(self, number: int) -> Register:
        rest, action = divmod(number, len(self.actions))
        base, guard = divmod(rest, len(self.guards))
        rule = Rule(self.guards[guard], self.actions[action])
        return Register((rule, *self.bases[base]) if self.below else (*self.bases[base], rule))

    def costs(self, literal: float) -> np.ndarray:
        """The bits that it takes to say which register it is, if a literal takes so many; float64, one each."""

        def cost(rules: Sequence[Guard]) -> float:
            return sum((len(guard) + 1) * literal + 1 for guard in rules)

        bases = np.array([cost([rule.guard for rule in base]) for base in self.bases])
        guards = np.array([cost([guard]) for guard in self.guards])
        return np.repeat(bases[:, None] + guards, len(self.actions))


class _Search:
    """What there is to choose from for one register.

    Attributes:
        bits: those of the leaves.
        spent: the effort so far.
    """

    def __init__(self, signals: np.ndarray, valid: np.ndarray, leaves: Sequence[Leaf], effort: int) -> None:
        self._signals = signals
        self._effort = effort
        self.spent = 0
        self._leaves = list(leaves[:_LEAVES])
        self.bits = _bits(self._leaves)
        S = signals.shape[1]
        self._takes = [Action(False, signal=signal) for signal in range(S)]
        self._literals: list[Guard] = [()]
        seen: set[bytes] = set()
        self._one_of([(Literal(signal, one),) for signal in range(S) for one in (True, False)], valid, seen)
        singles = list(self._literals)
        self._one_of([a + b for a, b in combinations(singles[1:], 2) if a[0].signal != b[0].signal], valid, seen)
        self._pairs = self._literals[len(singles) :]
        self._literals = singles

    def _one_of(self, guards: Sequence[Guard], valid: np.ndarray, seen: set[bytes]) -> None:
        """Add those guards that are true somewhere, not everywhere, and elsewhere than the others."""
        seen.add(_digest(valid))
        seen.add(_digest(np.zeros_like(valid)))
        for guard in guards:
            where = _digest(all_of(self._signals, guard) & valid)
            if where not in seen:
                seen.add(where)
                self._literals.append(guard)

    def simple(self, loads: Sequence[Guard]) -> Iterator[_Product]:
        """Registers of one rule, set and reset ones, and such that toggle unless they are loaded."""
        always, one, two = self._literals[:1], self._literals[1:], self._pairs
        yield _Product([()], always, [TOGGLE, *self._takes])
        yield _Product([()], one + two, [TOGGLE, SET, RESET, *self._takes])
        for first, then in ((SET, RESET), (RESET, SET)):
            yield _Product([(Rule(guard, first),) for guard in one], one, [then])
        yield _Product([(Rule(guard, TOGGLE),) for guard in self._literals], one, [SET, RESET, *self._takes])
        if loads:
            loaded = [(Rule(guard, action),) for guard in loads for action in (SET, RESET, *self._takes)]
            yield _Product(loaded, two, [TOGGLE], below=True)

    def best(self, products: Iterator[_Product]) -> Found | None:
        """The simplest of the registers that explain about the most; None if the effort is too little for all."""
        literal = float(np.log2(2 * self._signals.shape[1] + 4))
        part, keep = self._few(), _FINALISTS
        finalists: list[tuple[float, float, Register]] = []
        for product in products:
            if not self._spend(len(product), part):
                return None
            costs = product.costs(literal)
            worth = self._scaled(part, _explained(part, product)) - costs
            for number in np.argsort(-worth, kind="stable")[:keep].tolist():
                finalists.append((worth[number], costs[number], product.register(number)))
        # Successive halving: the fewer candidates are left, the more sequences they are compared on.
        while part.words < self._signals.shape[0] * self._signals.shape[2]:
            finalists = sorted(finalists, key=lambda one: -one[0])[:keep]
            part, keep = self._more(part), max(keep // _GROWTH, _FEWEST)
            if not self._spend(len(finalists), part):
                return None
            explained = self._scaled(part, _explained_by(part, [register for *_, register in finalists]))
            finalists = [
                (bits - cost, cost, register) for bits, (_, cost, register) in zip(explained, finalists, strict=True)
            ]
        found = [Found(register, worth + cost, cost, self.bits) for worth, cost, register in finalists if worth > 0]
        most = max((one.bits for one in found), default=0.0)
        return min((one for one in found if one.bits >= _NEAR * most), key=lambda one: one.cost, default=None)

    def _spend(self, candidates: int, part: _Part) -> bool:
        """Whether so many candidates may be compared on a part."""
        self.spent += candidates * part.words * len(part.leaves)
        return self.spent <= self._effort

    def _scaled(self, part: _Part, explained: np.ndarray) -> np.ndarray:
        """The bits of all that so many in a part stand for."""
        return explained * (_bits(self._leaves) / max(_bits(part.leaves), 1e-9))

    def _few(self) -> _Part:
        """As few sequences, and if these are one word as few steps, as still say enough."""
        T, _, W = self._signals.shape
        steps, words = T, 1
        enough = float(np.clip(_bits(self._leaves) / 8, *_FIRST_BITS))
        while words < W and _bits(self._part(steps, words).leaves) < enough:
            words = min(2 * words, W)
        while words == 1 and steps > 2 and _bits(self._part(steps // 2, words).leaves) >= enough:
            steps //= 2
        return self._part(steps, words)

    def _more(self, part: _Part) -> _Part:
        """More steps, or if these are all more sequences."""
        T, _, W = self._signals.shape
        steps, _, words = part.signals.shape
        if steps < T:
            return self._part(min(_GROWTH * steps, T), words)
        return self._part(T, min(_GROWTH * words, W))

    def _part(self, steps: int, words: int) -> _Part:
        leaves = []
        for leaf in self._leaves:
            where, ones = (np.ascontiguousarray(one[:steps, :words]) for one in (leaf.where, leaf.ones))
            leaves.append(Leaf(where, ones, int(np.bitwise_count(where).sum()), int(np.bitwise_count(ones).sum())))
        signals = np.ascontiguousarray(self._signals[:steps, :, :words])
        return _Part(signals, [leaf for leaf in leaves if 0 < leaf.answers < leaf.steps])


@dataclass(frozen=True)
class _Part:
    """The first steps of the first sequences.

    Attributes:
        signals: uint64 [T, S, W].
        leaves: what is to be explained there.
    """

    signals: np.ndarray
    leaves: Sequence[Leaf]

    @property
    def words(self) -> int:
        """How many each candidate is run over."""
        return self.signals.shape[0] * self.signals.shape[2]


def _explained(part: _Part, product: _Product) -> np.ndarray:
    """The bits that the registers of a product explain, float64, one each."""
    signals, leaves = part.signals, part.leaves
    T, _, W = signals.shape
    bases = [affine(signals, base) for base in product.bases]
    free = [~_covered(signals, base) for base in product.bases] if product.below else None
    acts = [np.stack(one, axis=1) for one in zip(*(operands(signals, one) for one in product.actions), strict=True)]
    explained = np.empty((len(product.bases), len(product.guards), len(product.actions)))
    for base, (keep, flip) in enumerate(bases):
        size = max(1, _BATCH // (T * W * len(product.actions)))
        for start in range(0, len(product.guards), size):
            guards = product.guards[start : start + size]
            where = np.stack([all_of(signals, guard) for guard in guards], axis=1)
            if free is not None:
                where &= free[base][:, None]
            updates = override(
                keep[:, None, None], flip[:, None, None], where[:, :, None], acts[0][:, None], acts[1][:, None]
            )
            values = follow(*(one.reshape(T, -1, W) for one in updates))
            explained[base, start : start + size] = _decided(values, leaves).reshape(len(guards), -1)
    return explained.reshape(-1)


def _explained_by(part: _Part, registers: Sequence[Register]) -> np.ndarray:
    """The bits that registers explain, float64, one each."""
    size = max(1, _BATCH // part.words)
    explained = []
    for start in range(0, len(registers), size):
        updates = [affine(part.signals, register.rules) for register in registers[start : start + size]]
        keep, flip = (np.stack(one, axis=1) for one in zip(*updates, strict=True))
        explained.append(_decided(follow(keep, flip), part.leaves))
    return np.concatenate(explained)


def _digest(plane: np.ndarray) -> bytes:
    return hashlib.blake2b(plane.tobytes(), digest_size=16).digest()


def _covered(signals: np.ndarray, rules: Sequence[Rule]) -> np.ndarray:
    """Where any rule applies, uint64 [T, W]."""
    where = np.zeros((len(signals), signals.shape[2]), dtype=np.uint64)
    for guard, _ in rules:
        where |= all_of(signals, guard)
    return where


def _bits(leaves: Sequence[Leaf]) -> float:
    return sum(leaf.bits for leaf in leaves)


def _decided(registers: np.ndarray, leaves: Sequence[Leaf]) -> np.ndarray:
    """The bits of those steps that a register decides, float64 [registers] of uint64 [T, registers, W]."""
    decided = np.zeros(registers.shape[1])
    for leaf in leaves:
        share = leaf.answers / leaf.steps
        steps, ones = (count(registers & one[:, None]) for one in (leaf.where, leaf.ones))
        for all_, answers in ((steps, ones), (leaf.steps - steps, leaf.answers - ones)):
            worth = np.where(answers == 0, -np.log2(1 - share), np.where(answers == all_, -np.log2(share), 0)) * all_
            decided += np.maximum(worth - np.log2(leaf.steps) / 2, 0)
    return decided
