"""A conformance test suite of a machine: input words that every faulty implementation up to a size fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy
from seqlogic.proof.identifiers import access_words, separating_words, state_identifiers

__all__ = ["Failure", "Suite", "conformance_suite", "first_failure"]

Word = tuple[int, ...]

# About what a random machine of 1,000 states and 4 input symbols takes for one extra state.
_BUDGET = 1_000_000
# Pairs of states are tabulated, and 5,000 states have 25 million.
_MOST_STATES = 5_000
# Beyond any budget, but for a single input symbol.
_MOST_EXTRA_STATES = 1_000


@dataclass(frozen=True)
class Suite:
    """Input words, and what is proven of an implementation that answers all of them right.

    An implementation is deterministic, and a restart is taken to lead to the same state each time. It is *faulty* if
    some word has an answer in which a bit that the machine specifies is different.

    Attributes:
        words: each applied from the initial state, after a restart. Shortest first, then in the order of the symbols;
            none is a prefix of another.
        extra_states: every faulty implementation with at most `states + extra_states` states fails a word; None if
            there is no such number.
        states: the states of the minimal machine.
        asked: the extra states that were asked for.
        budget: the symbols that the words were to keep to.
        reason: why `extra_states` is not what was asked for; empty if it is.
    """

    words: tuple[Word, ...]
    extra_states: int | None
    states: int
    asked: int
    budget: int
    reason: str = ""

    @cached_property
    def symbols(self) -> int:
        """The input symbols of all words together; the restarts, one per word, come on top."""
        return sum(map(len, self.words))

    def claim(self) -> str:
        """What passing the suite proves, and what it does not and why: what follows the words "the suite"."""
        if self.extra_states is None:
            return f"is not proven to detect every fault, however small the implementation: {self.reason}"
        bound = (
            f"detects every fault of a deterministic implementation of at most {self.states} + {self.extra_states} "
            "states that a restart brings back to its initial state"
        )
        return bound if not self.reason else f"{bound}; {self.reason}"


def conformance_suite(machine: Machine, extra_states: int = 1, *, budget: int = _BUDGET) -> Suite:
    """Return the words that detect every faulty implementation with up to `extra_states` more states than the machine.

    The HSI method (Petrenko 1991; Luo, Petrenko and Bochmann 1994), with as many words as the W-method (Chow, 1978)
    needs at worst and mostly far fewer: after the shortest word to each state, and every continuation of it by up to
    extra_states + 1 symbols, come the identifiers of the state that was reached, which tell it from all others. Two
    states share the shortest word that tells them apart, so that answering their identifiers right in both proves
    two different states of the implementation. Where this takes more than `budget` symbols, the largest number of
    extra states that does not is taken; where none does, every transition is passed once and as many identifiers
    follow as the budget allows, without a guarantee.

    The machine is minimised first, and a Moore machine is tested as a Mealy machine. Of a partial machine only
    specified words are applied, and only the output bits that it knows count. If two of its states are not told apart
    by any specified word, then there is no guarantee either, for they may be one state or two in an implementation.

    Identifiers take O(S * S * X) time and memory O(S * S); words are counted before they are listed, so that memory
    is O(budget). ValueError for a negative or absurd number of extra states or a budget below one symbol.

    >>> from seqlogic.machine import Alphabet
    >>> bit = Alphabet.words(1)
    >>> suite = conformance_suite(Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], bit, bit), extra_states=0)
    >>> suite.words
    ((0, 0), (1, 0, 0), (1, 1, 0))
    >>> suite.claim()  # doctest: +NORMALIZE_WHITESPACE
    'detects every fault of a deterministic implementation of at most 2 + 0 states that a restart brings back to its
    initial state'
    """
    if not 0 <= extra_states <= _MOST_EXTRA_STATES:
        raise ValueError(f"extra_states is {extra_states}, expected 0 .. {_MOST_EXTRA_STATES}")
    if budget < 1:
        raise ValueError(f"a budget of {budget} symbols, expected at least 1")
    plan = _Plan(canonical(to_mealy(machine)), budget)
    states, flaw = len(plan.mealy), plan.flaw
    reason = ""
    k = extra_states
    # A suite for more extra states continues the words of one for fewer, so that the sizes only grow.
    for fewer, size in enumerate(plan.sizes(extra_states)):
        if size > budget:
            reason = f"{states} + {fewer} states take {size:,.0f} symbols, and the budget is {budget:,}"
            k = fewer - 1
            break
    if k >= 0:
        reason = "; ".join(filter(None, (flaw, reason)))
        return Suite(plan.words(k), None if flaw else k, states, extra_states, budget, reason)
    words, passed = plan.prefix()
    reason = "; ".join(filter(None, (flaw, reason, passed)))
    return Suite(words, None, states, extra_states, budget, reason)


@dataclass(frozen=True)
class Failure:
    """The first disagreement of observed answers with a machine.

    Attributes:
        index: which of the words.
        position: which symbol of the word.
        word: the input symbols up to and including that one.
        expected: value and care mask of the output there.
        observed: the output symbol that came instead.
    """

    index: int
    position: int
    word: Word
    expected: tuple[int, int]
    observed: int

    def show(self, inputs: Alphabet, outputs: Alphabet) -> str:
        """The failure in one line for a person, in the names of these alphabets."""
        known = 0 <= self.observed < len(outputs)
        observed = outputs.name(self.observed) if known else f"{self.observed}, which is no output symbol"
        return (
            f"word {self.index + 1}, symbol {self.position + 1}: after {_named(inputs, self.word)} "
            f"expected {outputs.show(*self.expected)}, observed {observed}"
        )


def first_failure(words: Iterable[Word], machine: Machine, answers: Iterable[Sequence[int]]) -> Failure | None:
    """Return the first word, and in it the first symbol, whose observed output disagrees with the machine, or None.

    Bits that the machine does not know never disagree; an observed number that is no output symbol does, wherever a
    bit is known. The answers are taken one word at a time, so that an iterator that asks a board stops at the first
    failure. O(symbols) time.

    Args:
        words: input words, each from the initial state.
        machine: what is expected, Mealy or Moore.
        answers: for each word, the output symbols observed, as many as the word has input symbols.

    Raises:
        ValueError: more or fewer answers than words, or than symbols in a word, or a word with an unknown symbol.
    """
    mealy = to_mealy(machine)
    table, value, care = mealy.next_state.tolist(), mealy.output.tolist(), mealy.care.tolist()
    symbols, outputs = len(mealy.inputs), len(mealy.outputs)
    given = iter(answers)
    index = -1
    for index, word in enumerate(words):
        answer = next(given, None)
        if answer is None:
            raise ValueError(f"answers to {index} words, expected more")
        if len(answer) != len(word):
            raise ValueError(f"word {index + 1} has {len(word)} symbols and {len(answer)} answers")
        state = mealy.initial
        for position, (symbol, observed) in enumerate(zip(word, answer, strict=True)):
            if not 0 <= symbol < symbols:
                raise ValueError(f"word {index + 1} holds {symbol}, outside the {symbols} input symbols")
            if state == UNKNOWN:
                continue
            expected, known = value[state][symbol], care[state][symbol]
            if known and (not 0 <= observed < outputs or (expected ^ observed) & known):
                return Failure(index, position, tuple(word[: position + 1]), (expected, known), int(observed))
            state = table[state][symbol]
    if next(given, None) is not None:
        raise ValueError(f"answers to more than {index + 1} words")
    return None


class _Plan:
    """What the words of a canonical Mealy machine's suites are put together from.

    The state UNKNOWN, at which a word can end but not go on, is the last entry of every list and array.

    Attributes:
        access: the shortest word to each state.
        edges: for each state, the specified symbols and the states behind them.
        new: as `edges`, without those that the words of `access` pass.
        identifiers: for each state, the words that tell it from others, none a prefix of another.
        flaw: why no suite has a guarantee; empty if there is no such reason.
    """

    def __init__(self, mealy: Machine, budget: int) -> None:
        self.mealy, self.budget = mealy, budget
        n, X = mealy.next_state.shape
        self.access = access_words(mealy)
        place = {word: s for s, word in enumerate(self.access)}
        tree = {place[word[:-1]] * X + word[-1] for word in self.access if word}
        specified = (mealy.next_state != UNKNOWN) | (mealy.care != 0)
        rows = mealy.next_state.tolist()
        self.edges = [[(x, rows[s][x]) for x in range(X) if specified[s, x]] for s in range(n)] + [[]]
        self.new = [[(x, t) for x, t in self.edges[s] if s * X + x not in tree] for s in range(n)]
        self.identifiers: list[list[Word]] = [[] for _ in range(n + 1)]
        self.flaw = ""
        if n > _MOST_STATES:
            self.flaw = f"the machine has {n} states, and up to {_MOST_STATES} are told apart"
        else:
            separating, words = separating_words(mealy)
            self.identifiers[:n] = state_identifiers(separating, words)
            alike = np.flatnonzero(np.triu(separating == 0, 1))
            if len(alike):
                a, b = (_named(mealy.inputs, self.access[s]) for s in divmod(int(alike[0]), n))
                others = f", nor are {len(alike) - 1} more pairs" if len(alike) > 1 else ""
                self.flaw = f"the states after {a} and after {b} are not told apart by any specified word{others}"

    def sizes(self, extra_states: int) -> Iterator[float]:
        """The symbols of the suites for 0, 1 ... `extra_states` extra states, ending early if no word gets longer.

        Words are counted per state that they reach, not listed. Floating point, for beyond a budget sizes explode.
        """
        n = len(self.mealy)
        identifiers = np.array([max(1, len(words)) for words in self.identifiers])
        lengths = np.array([sum(map(len, words)) for words in self.identifiers])
        source, target = _arrows(self.edges)
        start, first = _arrows(self.new)
        depth = np.array([len(word) for word in self.access])
        # How many words reach a state, and their symbols; those that have ended stay with the state UNKNOWN.
        count, total = np.zeros(n + 1), np.zeros(n + 1)
        np.add.at(count, first, 1)
        np.add.at(total, first, depth[start] + 1)
        for _ in range(extra_states + 1):
            yield float((total * identifiers + count * lengths).sum())
            if not count[:n].any():
                return
            further, symbols = np.zeros(n + 1), np.zeros(n + 1)
            further[n], symbols[n] = count[n], total[n]
            np.add.at(further, target, count[source])
            np.add.at(symbols, target, (total + count)[source])
            count, total = further, symbols

    def words(self, extra_states: int) -> tuple[Word, ...]:
        """The words of the suite for so many extra states.

        Only the longest continuations need identifiers of their own: what follows the first symbol of a shortest
        word that tells two states apart is such a word of the next two states, so that the identifiers of every
        state on the way are passed too.
        """
        layer = [((*word, x), t) for word, new in zip(self.access, self.new, strict=True) for x, t in new]
        ended: list[Word] = []
        for _ in range(extra_states):
            ended += [word for word, state in layer if state == UNKNOWN]
            layer = [((*word, x), t) for word, state in layer for x, t in self.edges[state]]
            if not layer:
                break
        identified = (word + end for word, state in layer for end in self.identifiers[state] or [()])
        return tuple(sorted((*ended, *identified), key=_shortlex))

    def prefix(self) -> tuple[tuple[Word, ...], str]:
        """As many words of the suite for no extra states as the budget allows, and in words how many these are.

        First each transition, those near the initial state first, then an identifier behind each, then a second one.
        """
        listed: list[Word] = []
        room = 4 * self.budget
        for word in self._by_value():
            room -= len(word)
            if room < 0:
                break
            listed.append(word)
        few, many = 0, len(listed) + 1
        while many - few > 1:
            half = (few + many) // 2
            if sum(map(len, _maximal(listed[:half]))) <= self.budget:
                few = half
            else:
                many = half
        words = _maximal(listed[:few])
        passed, transitions = len(self._passed(words)), sum(map(len, self.edges))
        if passed < transitions:
            return words, f"not even every transition is passed, but {passed} of {transitions}"
        few -= sum(map(len, self.new))
        wanted = sum(len(self.identifiers[t]) for new in self.new for _, t in new)
        return words, f"every transition is passed, and {few} of {wanted} identifiers follow"

    def _passed(self, words: Iterable[Word]) -> set[tuple[int, int]]:
        """The entries, state and symbol, that the words pass."""
        table = self.mealy.next_state.tolist()
        passed = set()
        for word in words:
            state = 0
            for x in word:
                passed.add((state, x))
                state = table[state][x]
        return passed

    def _by_value(self) -> Iterator[Word]:
        """The words of `prefix`, the most useful first."""
        for word, new in zip(self.access, self.new, strict=True):
            yield from ((*word, x) for x, _ in new)
        for i in range(max(map(len, self.identifiers))):
            for word, new in zip(self.access, self.new, strict=True):
                yield from ((*word, x, *self.identifiers[t][i]) for x, t in new if i < len(self.identifiers[t]))


def _arrows(edges: list[list[tuple[int, int]]]) -> np.ndarray:
    """int64 [2, N], the states that the edges leave and those that they enter."""
    return np.array([(s, t) for s, own in enumerate(edges) for _, t in own], dtype=np.int64).reshape(-1, 2).T


def _maximal(words: Iterable[Word]) -> tuple[Word, ...]:
    """The distinct words that are no prefix of another, shortest first, then in the order of the symbols."""
    listed = sorted(set(words))
    # In this order a word is followed by one that continues it, if there is any.
    kept = [word for word, after in pairwise([*listed, ()]) if after[: len(word)] != word]
    return tuple(sorted(kept, key=len))


def _shortlex(word: Word) -> tuple[int, Word]:
    return len(word), word


def _named(inputs: Alphabet, word: Word) -> str:
    """An input word for a person, shortened, in quotation marks."""
    names = [inputs.name(symbol) for symbol in word]
    if len(names) > 20:
        names[8:-8] = [f"... {len(names) - 16} more ..."]
    return f"'{' '.join(names)}'" if word else "a restart"
