"""Extraction of a machine from a recurrent network by active learning: a GRU, then KV on it, as AALpy has it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from aalpy.automata import MealyMachine
from aalpy.base import SUL, Oracle
from aalpy.learning_algs import run_KV

from seqlogic.examples import Examples
from seqlogic.machine import Machine, canonical
from seqlogic.study.peers.automata import to_machine
from seqlogic.study.peers.network import Gru, Hyperparameters, trained
from seqlogic.study.peers.peer import Peer

__all__ = ["GruKv", "NetworkSul", "TrainingOracle", "gru_kv"]


class GruKv(Peer[Examples]):
    """A GRU trained on the examples, and the machine that KV (Kearns and Vazirani, 1994) finds in it.

    As in Weiss, Goldberg and Yahav (2018), with another equivalence oracle: the counterexamples are training words,
    and of all hypotheses the one with the most training outputs right is kept. The network is queried again
    and again while it is trained, and trained from fresh weights once it no longer learns; a hypothesis with all
    outputs right ends the run: nothing more can be asked for.

    Args:
        seconds: of the processor, after which the best hypothesis so far is returned. Only a run that needs less
            depends on nothing but its seed.
        rounds: of KV for each network; each adds a state.
        how: how the network is trained; the defaults if None.
    """

    def __init__(self, *, seconds: float = 120.0, rounds: int = 200, how: Hyperparameters | None = None) -> None:
        self.seconds = seconds
        self.rounds = rounds
        self.how = how or Hyperparameters()

    def convert(self, examples: Examples) -> Examples:
        return examples

    def learn(self, converted: Examples, seed: int) -> Machine | None:
        end = time.process_time() + self.seconds
        best: Machine | None = None
        most = -1
        with _one_thread():
            for network in _restarted(converted, seed, end, self.how):
                oracle = TrainingOracle(converted, network, end)
                oracle.extract(self.rounds)
                if oracle.right > most:
                    best, most = oracle.best, oracle.right
                if oracle.done:
                    break
        return None if best is None else canonical(best)


def _restarted(examples: Examples, seed: int, end: float, how: Hyperparameters) -> Iterator[Gru]:
    """Yield the networks of one training after the other until the end, in seconds of `time.process_time`.

    The first training has the seed, all others have fresh ones. None is yielded if there is nothing to train on.
    """
    fresh = np.random.default_rng(seed)
    while True:
        network, now = None, time.process_time()
        # A sixth of the time that is left is the last extraction's.
        for network in trained(examples, seed, now + (end - now) * 5 / 6, how):
            yield network
        if network is None or time.process_time() >= end:
            return
        seed = int(fresh.integers(2**31))


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _OutOfTime(Exception):  # noqa: N818  (an ending, not an error)
    pass


class NetworkSul(SUL):
    """A network as AALpy's system under learning. The hidden state of every prefix ever asked for is kept.

    Args:
        network: a trained one.
        deadline: in seconds of `time.process_time`, after which a query ends the extraction.
    """

    def __init__(self, network: Gru, deadline: float) -> None:
        super().__init__()
        self.network = network
        self.deadline = deadline
        self.states = [np.zeros(network.hidden, dtype=np.float32)]
        self.answers = [-1]
        self.child: dict[tuple[int, int], int] = {}
        self.node = 0

    def pre(self) -> None:
        if time.process_time() > self.deadline:
            raise _OutOfTime
        self.node = 0

    def post(self) -> None:
        pass

    def step(self, letter: int) -> int:
        node = self.child.get((self.node, letter))
        if node is None:
            node = self.child[self.node, letter] = len(self.states)
            state = self.network.step(self.states[self.node], letter)
            self.states.append(state)
            self.answers.append(int(self.network.answer(state)))
        self.node = node
        return self.answers[node]


class TrainingOracle(Oracle):
    """An equivalence oracle that looks where the examples do, and remembers the best hypothesis that it was asked of.

    A counterexample is the shortest beginning of a training word at whose end the output was observed, and the network
    has it right, but the hypothesis has not. Where the network is wrong, a hypothesis is none the better for following
    it; where nothing was observed, neither is known to be right.

    Attributes:
        best: the hypothesis with the most observed outputs right; None before the first one.
        right: how many these are, -1 before the first one.
        done: whether it is all of them.
    """

    def __init__(self, examples: Examples, network: Gru, deadline: float) -> None:
        super().__init__(list(range(len(examples.inputs))), NetworkSul(network, deadline))
        self.examples = examples
        self.observed = examples.answers >= 0
        self.known = self.observed & (network.run(examples.words) == examples.answers)
        self.best: Machine | None = None
        self.right = -1
        self.done = False

    def extract(self, rounds: int) -> None:
        """Run KV up to this many rounds, or until the oracle finds nothing more, or its time is up."""
        try:
            run_KV(
                self.alphabet,
                self.sul,
                self,
                "mealy",
                max_learning_rounds=rounds,
                cache_and_non_det_check=False,
                print_level=0,
            )
        except _OutOfTime:
            return

    def find_cex(self, hypothesis: MealyMachine) -> tuple[int, ...] | None:
        machine = to_machine(hypothesis, self.examples.inputs, self.examples.outputs)
        wrong = self.observed & (machine.run(self.examples.words)[0] != self.examples.answers)
        right = int(self.observed.sum() - wrong.sum())
        if right > self.right:
            self.best, self.right, self.done = machine, right, not wrong.any()
        if self.done:
            return None
        position, row = np.nonzero((wrong & self.known).T)
        for t, n in zip(position.tolist(), row.tolist(), strict=True):
            word = tuple(self.examples.words[n, : t + 1].tolist())
            self.num_queries += 1
            # Sums in batches are rounded otherwise: KV needs a word on which its own queries differ.
            if self.sul.query(word)[-1] == self.examples.answers[n, t]:
                return word
        return None


gru_kv = GruKv()
