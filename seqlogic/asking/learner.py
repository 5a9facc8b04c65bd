"""Learning by asking: the state of an unknown is what it answers to probes.

The states of a minimal machine are told apart by what follows them (Myhill, 1957; Nerode, 1958), and a *predictive
register* holds one such thing: the answer to a fixed probe word. Probes are found, not given. A counterexample ends in
one (Rivest and Schapire, 1993), and each is asked wherever it tells most. What was asked is an observation tree, in
which states are the prefixes that are known to be apart, as in L# (Vaandrager, Garhewal, Rot and Wissmann, 2022).

Of a table that was found this way `seqlogic.synthesis` gives the next-state logic exactly; no gradient is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from seqlogic.asking.oracle import Oracle
from seqlogic.asking.probes import Probes
from seqlogic.asking.queryable import Queryable, Word
from seqlogic.asking.record import Count, OutOfTimeError, Record
from seqlogic.machine import UNKNOWN, Machine, canonical

__all__ = ["Learned", "Learner", "Standing", "learn"]

_TAIL = 4
"""So many symbols a probe goes on behind the one that it was found for. It costs no query, and often tells more."""


@dataclass(frozen=True)
class Standing:
    """How far learning is.

    Attributes:
        states: found so far.
        rounds: machines that were handed to the oracle.
        learning: what was asked to build them.
        testing: what the oracle asked.
    """

    states: int
    rounds: int
    learning: Count
    testing: Count


@dataclass(frozen=True)
class Learned:
    """How learning ended.

    Attributes:
        machine: the last one that was handed to the oracle, in canonical form; None if the time was over before.
        finished: whether the oracle found no counterexample to it; False if the time was over.
        standing: what was asked for it.
    """

    machine: Machine | None
    finished: bool
    standing: Standing


def learn(
    unknown: Queryable,
    oracle: Oracle,
    *,
    seconds: float = math.inf,
    tell: Callable[[Standing], None] = lambda _: None,
) -> Learned:
    """Learn the Mealy machine of an unknown by asking, until an oracle finds no counterexample.

    With n states, X input symbols and counterexamples of up to m symbols, O(n X) words where one probe tells all states
    apart and O(n^2 X + n log m) at worst are asked to learn; what the oracle asks comes on top.

    Args:
        unknown: deterministic, and with a reset that leads to one state.
        oracle: looks for counterexamples.
        seconds: after so many nothing is asked any more; the last batch is finished beyond it.
        tell: called after every batch of words.

    Raises:
        InputError: the unknown answers with more or fewer symbols than it was asked, or the same word in two ways.
    """
    record = Record(unknown, seconds)
    learner = Learner(record)
    machine, rounds = None, 0

    def standing() -> Standing:
        learning, testing = (replace(record.counts[purpose]) for purpose in ("learning", "testing"))
        return Standing(learner.states, rounds, learning, testing)

    record.tell = lambda: tell(standing())
    try:
        while True:
            machine = learner.hypothesis()
            rounds += 1
            if oracle(machine, record) is None:
                return Learned(machine, True, standing())
    except OutOfTimeError:
        return Learned(machine, False, standing())


class Learner:
    """The states, transitions and probes that a record of answers gives.

    A *state* is a node of the record. Behind a state, each input symbol leads to a node that is a state itself, or is
    taken for the one whose answers to probes its own do not contradict. If there is no such state, it is a new one; if
    there are several, a probe is asked that leaves few of them.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._probes = Probes(record)
        self._nodes = [0]
        self._access: list[Word] = [()]
        # Of each node at or behind a state, which state it is, or is taken for.
        self._state = {0: 0}

    @property
    def states(self) -> int:
        """How many states were told apart."""
        return len(self._nodes)

    def hypothesis(self) -> Machine:
        """Return the machine, in canonical form, that the record gives and does not contradict, asking what it lacks.

        A counterexample is whatever the record holds: who has found one has asked it.

        Raises:
            InputError, OutOfTimeError: as `Record.ask` does.
        """
        while True:
            while words := self._missing():
                self._record.ask(words, "learning")
            machine = self._machine()
            node = self._contradiction(machine)
            if node is None:
                return canonical(machine)
            self._refine(machine, node)

    def _missing(self) -> list[Word]:
        """The words to ask next; none if each symbol leads from each state to one. New states are added on the way."""
        record, probes = self._record, self._probes
        rows = np.array([probes.row(node) for node in self._nodes])
        best: dict[bytes, Word] = {}

        def probed(word: Word, states: np.ndarray) -> Word:
            key = states.tobytes()
            if key not in best:
                best[key] = probes.best(rows[states])
            return (*word, *best[key])

        words: list[Word] = []
        # Both lists grow while they are walked.
        for node, access in zip(self._nodes, self._access, strict=True):
            for symbol in range(len(record.inputs)):
                below, word, everyone = record.children[node].get(symbol), (*access, symbol), np.arange(len(rows))
                if below is None:
                    words.append(probed(word, everyone))
                    continue
                if self._nodes[self._state.get(below, 0)] == below:
                    continue
                row = probes.row(below)
                fits = np.flatnonzero(((rows == row) | (rows == UNKNOWN) | (row == UNKNOWN)).all(axis=1))
                if len(fits) == 0:
                    self._state[below] = len(rows)
                    self._nodes.append(below)
                    self._access.append(word)
                    rows = np.vstack([rows, row])
                elif len(fits) > 1:
                    words.append(probed(word, fits))
                else:
                    self._state[below] = int(fits[0])
        return words

    def _machine(self) -> Machine:
        """The machine that the states, and what nodes are taken for, make; its states are numbered as they came."""
        record = self._record
        below = [[record.children[node][symbol] for symbol in range(len(record.inputs))] for node in self._nodes]
        next_state = [[self._state[node] for node in nodes] for nodes in below]
        output = [[record.output[node] for node in nodes] for nodes in below]
        return Machine(np.array(next_state), np.array(output), record.inputs, record.outputs)

    def _contradiction(self, machine: Machine) -> int | None:
        """The first node of the record that answers otherwise than a machine, None if there is none; O(nodes)."""
        record = self._record
        next_state, output = machine.next_state.tolist(), machine.output.tolist()
        reached = [0]
        for parent, symbol, answer in islice(zip(record.parent, record.symbol, record.output, strict=True), 1, None):
            state = reached[parent]
            if output[state][symbol] != answer:
                return len(reached)
            reached.append(next_state[state][symbol])
        return None

    def _refine(self, machine: Machine, node: int) -> None:
        """Find a probe that shows where a machine takes a node for the wrong state, given a node that it contradicts.

        Along the word to that node the machine passes states. With their access words in place of how it came there,
        the rest of the word is answered as the unknown answers the whole word at the beginning, and as the machine says
        at the end. In between, the access word of a state and the next symbol lead to a node that is not the next
        state, and the rest of the word is the probe that shows it. It is looked for from the end, in steps of 1, 2,
        4 ... symbols and then by bisection, for the probe is to be short.
        """
        record = self._record
        word = record.word(node)
        states = machine.trace(np.array([word]))[0].tolist()
        expected = int(machine.output[states[-2], word[-1]])
        tail: list[int] = []
        while len(tail) < _TAIL and record.children[node]:
            symbol, node = next(iter(record.children[node].items()))
            tail.append(symbol)
        low, high, step = 0, len(word) - 1, 1
        while high - low > 1:
            middle = max(high - step, low + 1) if step else (low + high) // 2
            asked = (*self._access[states[middle]], *word[middle:])
            record.ask([(*asked, *tail)], "learning")
            answer = record.after(asked)
            assert answer is not None
            if answer[-1] == expected:
                high, step = middle, 2 * step
            else:
                low, step = middle, 0
        probe = (*word[high:], *tail)
        record.ask([(*self._access[states[high]], *probe), (*self._access[states[low]], word[low], *probe)], "learning")
        self._probes.add(probe)
