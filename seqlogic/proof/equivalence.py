"""Three relations of two machines, each with the shortest word that breaks it: equivalent, conforms, agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from seqlogic.machine import UNKNOWN, Alphabet, Machine, minimise, to_mealy

__all__ = ["agree", "clash", "conforms", "coverage", "distinguish", "equivalent", "violation"]

Word = tuple[int, ...]


def equivalent(a: Machine, b: Machine) -> bool:
    """Return whether two machines have the same canonical form: every word has the same answers, unknowns included.

    Machines of different kinds are compared as Mealy machines. Both input alphabets, and both output alphabets, must
    be the same symbols in the same order, else ValueError; words of bits are the same as symbols named as those words.
    Near-linear in the entries of both (Hopcroft and Karp, 1971).
    """
    return distinguish(a, b) is None


def conforms(a: Machine, b: Machine) -> bool:
    """Return whether `a` agrees with `b` on every output bit that `b` specifies; alphabets as for `equivalent`.

    A partial order of behaviours: each of two machines conforms to the other exactly if they are equivalent.
    """
    return violation(a, b) is None


def agree(a: Machine, b: Machine) -> bool:
    """Return whether no output bit known in both differs; alphabets as for `equivalent`.

    Symmetric, but not transitive: a machine of which nothing is known agrees with every other.
    """
    return clash(a, b) is None


def distinguish(a: Machine, b: Machine) -> Word | None:
    """Return the shortest input word on which two machines differ, or None if there is none.

    Breadth-first search over the reachable pairs of states, in which a pair is skipped if pairs before it make its
    two states equal (Hopcroft and Karp, 1971): at most |a| + |b| pairs are explored, near-linear time in the entries
    of both. Of the shortest words it is the first in the order of the symbols. Both machines must have the same
    alphabets, else ValueError. Unknown is a value: it differs from every known one; use `violation` to let the second
    machine be a partial specification.
    """
    _check_alphabets(a, b)
    walk = _Walk(to_mealy(a), to_mealy(b))
    parent = list(range(walk.unknown + 1))

    def root(state: int) -> int:
        while parent[state] != state:
            parent[state] = state = parent[parent[state]]
        return state

    # Skipping keeps even the first of the shortest words. Say it led through a skipped pair at the word w and went on
    # with u. The chain of pairs that made w's states equal has a link that u tells apart, met at an earlier word v:
    # then v u is a counterexample as short that comes earlier.
    def fresh(p: int, q: int) -> bool:
        p, q = root(p), root(q)
        parent[p] = q
        return p != q

    return walk.first_word(fresh, lambda va, ca, vb, cb: (va != vb) | (ca != cb))


def violation(a: Machine, b: Machine) -> Word | None:
    """Return the shortest input word on which `a` violates the partial specification `b`, or None if it conforms.

    The word ends with an output bit that `b` specifies and that is different, or unknown, in `a`; of the shortest
    words it is the first in the order of the symbols. Breadth-first search over the reachable pairs of states of the
    minimised machines: about as many pairs as states where one is near to the other, |a| * |b| at worst.
    """
    _check_alphabets(a, b)
    walk = _Walk(minimise(to_mealy(a)), minimise(to_mealy(b)))
    seen: set[int] = set()
    size = walk.unknown + 1

    def fresh(p: int, q: int) -> bool:
        key = p * size + q
        if q == size - 1 or key in seen:
            return False
        seen.add(key)
        return True

    return walk.first_word(fresh, lambda va, ca, vb, cb: (cb & ~ca != 0) | ((va ^ vb) & ca & cb != 0))


def clash(a: Machine, b: Machine) -> Word | None:
    """Return the shortest input word after which a bit known in both machines differs, or None if they agree.

    As `violation`, but no path is followed beyond a transition unknown in either machine.
    """
    _check_alphabets(a, b)
    walk = _Walk(minimise(to_mealy(a)), minimise(to_mealy(b)))
    return walk.first_word(walk.both_known(), lambda va, ca, vb, cb: (va ^ vb) & ca & cb != 0)


def coverage(a: Machine, b: Machine) -> tuple[int, int]:
    """Return how many of the reachable specified entries of `b` are known in `a`, and how many there are.

    Counted over the minimal form of `b`, so that it does not depend on how `b` was written. An entry, a state and an
    input symbol, is *specified* if an output bit of it or anything after it is. It is *known in a* if some word known
    in both machines leads to it and, whichever such word it is, `a` knows there all output bits that `b` specifies,
    and a transition if `b` has one. Known says nothing about right. If two machines agree, then `a` conforms to `b`
    exactly if all entries are known.

    >>> from seqlogic.machine import Alphabet, Machine
    >>> bit = Alphabet.words(1)
    >>> parity = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], bit, bit)
    >>> learned = Machine([[0, 1], [1, -1]], [[0, 1], [1, -1]], bit, bit)
    >>> coverage(learned, parity)
    (3, 4)
    """
    _check_alphabets(a, b)
    first, second = minimise(to_mealy(a)), minimise(to_mealy(b))
    walk = _Walk(first, second)
    specified = (second.care != 0) | (second.next_state != UNKNOWN)
    lacking = np.zeros_like(specified)
    met = np.zeros(len(second), dtype=bool)
    for pairs in walk.pairs(walk.both_known()):
        p, q = pairs[:, 0], pairs[:, 1] - len(first)
        met[q] = True
        unknown = (second.care[q] & ~first.care[p]) != 0
        unknown |= (second.next_state[q] != UNKNOWN) & (first.next_state[p] == UNKNOWN)
        np.logical_or.at(lacking, q, unknown)
    return int((specified & ~lacking & met[:, None]).sum()), int(specified.sum())


def _check_alphabets(a: Machine, b: Machine) -> None:
    """Raise ValueError unless both machines speak of the same symbols."""
    for what, left, right in (("input", a.inputs, b.inputs), ("output", a.outputs, b.outputs)):
        if len(left) != len(right):
            raise ValueError(f"{what} alphabets of different sizes, {len(left)} and {len(right)}")
        if left != right:
            _check_names(what, left, right)


def _check_names(what: str, left: Alphabet, right: Alphabet) -> None:
    for symbol in range(len(left)):
        one, other = left.name(symbol), right.name(symbol)
        if one != other:
            raise ValueError(f"{what} symbol {symbol} is {one!r} in one machine and {other!r} in the other")


class _Walk:
    """Breadth-first search over the pairs of states that two Mealy machines reach together.

    The states of `a` keep their numbers, those of `b` follow, and the last number is the unknown state of both:
    nothing is known of its outputs, and it is never left.
    """

    def __init__(self, a: Machine, b: Machine) -> None:
        shifted = b.next_state + len(a)
        shifted[b.next_state == UNKNOWN] = UNKNOWN
        void = np.full((1, len(a.inputs)), UNKNOWN)
        self.unknown = len(a) + len(b)
        self.next_state = np.concatenate([a.next_state, shifted, void])
        self.next_state[self.next_state == UNKNOWN] = self.unknown
        self.output = np.concatenate([a.output, b.output, void])
        self.care = np.concatenate([a.care, b.care, np.zeros_like(void)])
        self.start = (a.initial, len(a) + b.initial)
        self.came: list[tuple[int, int]] = []

    def both_known(self) -> Callable[[int, int], bool]:
        """A test for new pairs of which neither state is the unknown one."""
        seen: set[int] = set()
        unknown = self.unknown

        def fresh(p: int, q: int) -> bool:
            key = p * unknown + q
            if unknown in (p, q) or key in seen:
                return False
            seen.add(key)
            return True

        return fresh

    def pairs(self, fresh: Callable[[int, int], bool]) -> Iterator[np.ndarray]:
        """Yield the pairs that `fresh` lets in, in the order of their first words: batches int64 [N, 2]."""
        rows = self.next_state.tolist()
        fresh(*self.start)
        found = [self.start]
        self.came = [(-1, -1)]
        # A batch is what one array operation then judges; exploring that far beyond a difference costs little.
        batch = max(1, (1 << 18) // self.next_state.shape[1])
        done = 0
        for here, (p, q) in enumerate(found):
            for symbol, pair in enumerate(zip(rows[p], rows[q], strict=True)):
                if fresh(*pair):
                    found.append(pair)
                    self.came.append((here, symbol))
            if here + 1 == len(found) or here + 1 - done == batch:
                yield np.array(found[done : here + 1])
                done = here + 1

    def first_word(
        self,
        fresh: Callable[[int, int], bool],
        broken: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    ) -> Word | None:
        """The first word whose last outputs and care masks (of a, of a, of b, of b; int32 [N, X]) are `broken`."""
        done = 0
        for pairs in self.pairs(fresh):
            p, q = pairs[:, 0], pairs[:, 1]
            bad = broken(self.output[p], self.care[p], self.output[q], self.care[q])
            if bad.any():
                pair, symbol = divmod(int(np.argmax(bad)), bad.shape[1])
                word = [symbol]
                pair += done
                while pair:
                    pair, symbol = self.came[pair]
                    word.append(symbol)
                return tuple(reversed(word))
            done += len(pairs)
        return None
