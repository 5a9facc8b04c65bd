"""State merging of noisy examples, told how many of the outputs are wrong, on AALpy's general state merging."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aalpy.learning_algs.general_passive.DataHandler import DataHandler
from aalpy.learning_algs.general_passive.GeneralizedStateMerging import GeneralizedStateMerging
from aalpy.learning_algs.general_passive.GsmNode import GsmNode, unknown_output
from aalpy.learning_algs.general_passive.ScoreFunctionsGSM import ScoreCalculation, SpecialScores

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical
from seqlogic.study.peers.automata import to_machine
from seqlogic.study.peers.peer import Peer

__all__ = ["NoiseAware", "NoisyTraces"]

Counts = tuple[tuple[int, int], ...]
"""Output symbols, sorted, each with how often it was observed."""

_ANY = "any"
"""The output of all transitions while states are merged, so that the tree is one of the inputs alone."""

_LEAST_RATE = 1e-6
"""Told a rate below this one, an error would cost too much to be counted."""

_EXACT = 500
"""Up to so many outputs of an entry the errors are expected exactly."""


@dataclass(frozen=True)
class NoisyTraces:
    """Examples as AALpy's traces: each a list of an input symbol and its output symbol, or `unknown_output`."""

    traces: list[list[tuple[int, Any]]]
    inputs: Alphabet
    outputs: Alphabet


class NoiseAware(Peer[NoisyTraces]):
    """Red-blue state merging whose test and score know the noise rate, with all outputs of a state's input pooled.

    The blue state with the most outputs at and below it is merged into the red state of the best score, or becomes red
    if the noise explains none of the merges. See `NoiseScore`. An output is the one observed most often, of equals the
    first. O(n^2) for a prefix tree of n nodes, far less in practice.

    Args:
        rate: the share of outputs that are replaced by another symbol, 0 to below 1.
        limit: the test's threshold, minus the logarithm of the chance that it refuses a right merge.
        agreement: what an output that a merge explains is worth, in nats.
    """

    def __init__(self, rate: float, *, limit: float = 6.0, agreement: float = 0.1) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"a noise rate of {rate}: expected 0 to below 1")
        self.rate = rate
        self.limit = limit
        self.agreement = agreement

    def convert(self, examples: Examples) -> NoisyTraces:
        traces = [
            [(x, unknown_output if y == UNKNOWN else y) for x, y in zip(word, answers, strict=True) if x != UNKNOWN]
            for word, answers in zip(examples.words.tolist(), examples.answers.tolist(), strict=True)
        ]
        return NoisyTraces(traces, examples.inputs, examples.outputs)

    def learn(self, converted: NoisyTraces, seed: int) -> Machine:
        """Return a machine, the same for every seed; the examples may contradict it and one another."""
        errors = Errors(self.rate, len(converted.outputs))
        merging = GeneralizedStateMerging(
            output_behavior="mealy",
            transition_behavior="deterministic",
            score_calc=NoiseScore(errors, self.limit, self.agreement),
            data_handler=_Pooling(),
            node_order=lambda node: -node.data.below,
            consider_only_min_blue=True,
            postprocessing=_with_outputs,
        )
        with warnings.catch_warnings():
            # A partial machine is nothing to warn of.
            warnings.simplefilter("ignore")
            automaton = merging.run(converted.traces, data_format="io_traces")
        return canonical(to_machine(automaton, converted.inputs, converted.outputs))


@dataclass
class Evidence:
    """What was observed at a node.

    Attributes:
        counts: of the outputs, by input symbol; one without an observed output has none.
        below: how many outputs were observed here and below; means nothing once the node is red.
    """

    counts: dict[int, Counts] = field(default_factory=dict)
    below: int = 0


class _Pooling(DataHandler[Evidence]):
    """The prefix tree of the inputs, and the outputs of merged nodes pooled."""

    def abstract(self, in_val: int, out_val: Any) -> tuple[int, str]:
        return in_val, _ANY

    def init_data(self) -> Evidence:
        return Evidence()

    def aggregate_data(self, src_node: GsmNode, in_value: int, out_value: Any, dst_node: GsmNode) -> None:
        if out_value is not unknown_output:
            counts = src_node.data.counts
            counts[in_value] = pooled(counts.get(in_value, ()), ((out_value, 1),))

    def createPTA(self, data: Any, output_behavior: str, data_format: str | None = None) -> GsmNode:  # noqa: N802
        root = super().createPTA(data, output_behavior, data_format)
        nodes = [root]
        for node in nodes:
            nodes.extend(_children(node).values())
        for node in reversed(nodes):
            node.data.below = sum(map(total, node.data.counts.values()))
            node.data.below += sum(child.data.below for child in _children(node).values())
        return root

    def merge(self, x: Evidence, y: Evidence) -> Evidence:
        for symbol, counts in y.counts.items():
            x.counts[symbol] = pooled(x.counts.get(symbol, ()), counts)
        x.below += y.below
        return x

    def copy(self, x: Evidence) -> Evidence:
        return Evidence(dict(x.counts), x.below)


class Errors:
    """The errors at the pooled entries of a table: observed outputs that are not their entry's most frequent one.

    Args:
        rate: the share of outputs that are replaced, 0 to below 1; taken to leave the right one the most likely.
        outputs: the size Y of the output alphabet.

    Attributes:
        rate: p, as taken.
        cost: of an error, in nats: log (1 - p) - log (p / (Y - 1)).
    """

    def __init__(self, rate: float, outputs: int) -> None:
        wrong = max(1, outputs - 1)
        self.rate = max(_LEAST_RATE, min(rate, 0.99 * wrong / (wrong + 1)))
        self.cost = math.log1p(-self.rate) - math.log(self.rate / wrong)
        self.expected: Callable[[int], tuple[float, float]] = lru_cache(None)(self._expected)
        self.pool: Callable[[Counts, Counts], tuple[Counts, float, float]] = lru_cache(1 << 16)(self._pool)

    def _expected(self, count: int) -> tuple[float, float]:
        """Mean and variance of the errors among so many outputs of one entry: the fewer of right and wrong ones."""
        p = self.rate
        if count > _EXACT:
            return count * p, count * p * (1 - p)
        mean = square = 0.0
        for wrong in range(count + 1):
            chance = math.comb(count, wrong) * p**wrong * (1 - p) ** (count - wrong)
            fewer = min(wrong, count - wrong)
            mean += chance * fewer
            square += chance * fewer**2
        return mean, square - mean**2

    def _pool(self, a: Counts, b: Counts) -> tuple[Counts, float, float]:
        """Pool two entries: their counts, the new errors beyond those that noise makes, and the variance of these."""
        both = pooled(a, b)
        more, spread = self._surplus(both)
        for part in (a, b):
            surplus, variance = self._surplus(part)
            more -= surplus
            spread -= variance
        return both, more, spread

    def _surplus(self, counts: Counts) -> tuple[float, float]:
        observed = total(counts)
        mean, variance = self.expected(observed)
        return observed - max(count for _, count in counts) - mean, variance


class NoiseScore(ScoreCalculation):
    """How well noise alone explains the errors that a merge makes.

    All that is pooled if a blue state is merged into a red one makes T more errors than the noise is expected to, with
    the variance V. By Bernstein's inequality (1924) a right merge has T above sqrt(2 V limit) + c limit with a chance
    of about exp(-limit), and such a merge is refused; c is one error for each `cost` nats, so that without noise
    a single error refuses it. Of the others the best has the highest agreement V / (p (1 - p)) - cost T:
    the log-likelihood, and a little for each output that the merge explains.

    Args:
        errors: at the rate that is told.
        limit: of the test, in nats.
        agreement: the worth of an explained output, in nats.
    """

    def __init__(self, errors: Errors, limit: float, agreement: float) -> None:
        self.errors = errors
        self.limit = limit
        self.agreement = agreement

    def early_score(self, red: GsmNode, blue: GsmNode) -> Any:
        """The score of a merge, or ImmediateReject, without a copy of any node.

        Breadth-first, so that the entries with most outputs come first: a wrong merge is refused after few of them.
        """
        pool, allowed, limit = self.errors.pool, self.limit / self.errors.cost, self.limit
        entries: dict[GsmNode, dict[int, Counts]] = {}
        grafted: dict[tuple[GsmNode, int], GsmNode] = {}
        surplus = variance = 0.0
        pairs = [(red, blue)]
        for into, node in pairs:
            if node.data.counts:
                if into not in entries:
                    entries[into] = dict(into.data.counts)
                entry = entries[into]
                for symbol, counts in node.data.counts.items():
                    if symbol in entry:
                        entry[symbol], more, spread = pool(entry[symbol], counts)
                        surplus += more
                        variance += spread
                    else:
                        entry[symbol] = counts
                if surplus > allowed and (surplus - allowed) ** 2 > 2 * variance * limit:
                    return SpecialScores.ImmediateReject
            for symbol, child in _children(node).items():
                transition = into.transitions.get(symbol)
                # The transition that leads to the blue state leads to the red one after the merge.
                target = transition[_ANY] if transition else grafted.setdefault((into, symbol), child)
                if target is not child:
                    pairs.append((red if target is blue else target, child))
        explained = variance / (self.errors.rate * (1 - self.errors.rate))
        return self.agreement * explained - self.errors.cost * surplus


@lru_cache(1 << 16)
def pooled(a: Counts, b: Counts) -> Counts:
    """The counts of both."""
    both = dict(a)
    for output, count in b:
        both[output] = both.get(output, 0) + count
    return tuple(sorted(both.items()))


def total(counts: Counts) -> int:
    """How many outputs were counted."""
    return sum(count for _, count in counts)


def _children(node: GsmNode) -> dict[int, GsmNode]:
    return {symbol: transition[_ANY] for symbol, transition in node.transitions.items()}


def _with_outputs(root: GsmNode) -> GsmNode:
    """Give each transition its most frequent output."""
    for node in root.get_all_nodes():
        for symbol, transition in node.transitions.items():
            counts = node.data.counts.get(symbol)
            output = max(counts, key=lambda one: one[1])[0] if counts else unknown_output
            transition[output] = transition.pop(_ANY)
    return root
