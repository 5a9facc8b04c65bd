"""State merging in the red-blue framework: RPNI and EDSM, on AALpy's general state merging."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from aalpy.learning_algs.general_passive.GeneralizedStateMerging import GeneralizedStateMerging
from aalpy.learning_algs.general_passive.GsmNode import GsmNode, unknown_output
from aalpy.learning_algs.general_passive.ScoreFunctionsGSM import SimpleScoreCalculation

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical
from seqlogic.study.peers.automata import to_machine
from seqlogic.study.peers.peer import Peer

__all__ = ["Edsm", "Rpni", "Traces", "edsm", "rpni"]


@dataclass(frozen=True)
class Traces:
    """Examples as AALpy's traces.

    Attributes:
        traces: pairs of an input symbol and its output symbol, or AALpy's `unknown_output`. An output observed in one
            sequence stands in all that share its prefix, so that the prefix tree is deterministic. None if the
            examples contradict one another.
        inputs: the input alphabet.
        outputs: the output alphabet.
    """

    traces: list[list[tuple[int, Any]]] | None
    inputs: Alphabet
    outputs: Alphabet

    @classmethod
    def of(cls, examples: Examples) -> Traces:
        """Convert, O(N T)."""
        if examples.contradiction() is not None:
            return cls(None, examples.inputs, examples.outputs)
        child: dict[tuple[int, int], int] = {}
        output: list[Any] = [unknown_output]
        paths = []
        for word, answers in zip(examples.words.tolist(), examples.answers.tolist(), strict=True):
            node, path = 0, []
            for symbol, answer in zip(word, answers, strict=True):
                if symbol == UNKNOWN:
                    break
                node = child.setdefault((node, symbol), len(output))
                if node == len(output):
                    output.append(unknown_output)
                if answer != UNKNOWN:
                    output[node] = answer
                path.append((symbol, node))
            paths.append(path)
        traces = [[(symbol, output[node]) for symbol, node in path] for path in paths]
        return cls(traces, examples.inputs, examples.outputs)


class _StateMerging(Peer[Traces]):
    """AALpy's algorithm: states of the prefix tree are merged unless an observed output forbids it."""

    def convert(self, examples: Examples) -> Traces:
        return Traces.of(examples)

    def learn(self, converted: Traces, seed: int) -> Machine | None:
        """Return a machine consistent with the examples, the same for every seed; None if they are contradictory."""
        if converted.traces is None:
            return None
        with warnings.catch_warnings():
            # A partial machine is nothing to warn of.
            warnings.simplefilter("ignore")
            automaton = self.algorithm().run(converted.traces, data_format="io_traces")
        return canonical(to_machine(automaton, converted.inputs, converted.outputs))

    @abstractmethod
    def algorithm(self) -> GeneralizedStateMerging:
        """AALpy's framework, configured."""


class Rpni(_StateMerging):
    """Regular positive and negative inference (Oncina and Garcia, 1992), for Mealy machines.

    The first blue state in the order of its access word, by length, then by symbols, is merged into the first red
    state that it is compatible with, or else becomes red. O(n^3) for a prefix tree of n nodes, far less in practice.
    """

    def algorithm(self) -> GeneralizedStateMerging:
        return GeneralizedStateMerging(
            output_behavior="mealy",
            transition_behavior="deterministic",
            node_order="short-lex",
            consider_only_min_blue=True,
        )


class Edsm(_StateMerging):
    """Evidence-driven state merging (Lang, Pearlmutter and Price, 1998), for Mealy machines.

    Of all merges of a blue state into a red one, the one with the most evidence is done: with the most pairs of
    observed outputs that it brings together and that agree. A blue state compatible with no red one becomes red. Of
    equal merges, that of the first blue state is done, in the order of RPNI, and into the first red one.
    """

    def algorithm(self) -> GeneralizedStateMerging:
        return GeneralizedStateMerging(
            output_behavior="mealy",
            transition_behavior="deterministic",
            score_calc=SimpleScoreCalculation(GsmNode.deterministic_compatible, _evidence),
            node_order="short-lex",
        )


def _evidence(partition: dict[GsmNode, GsmNode]) -> int:
    """The agreeing pairs of outputs in a merge; `partition` tells for each node the block that it is merged into.

    Counted as in AALpy's `run_EDSM`, which takes labelled words only: each output into a block but the first.
    """
    seen = set()
    pairs = 0
    for node, block in partition.items():
        if node.prefix_access_pair[1] is not unknown_output:
            pairs += block in seen
            seen.add(block)
    return pairs


rpni = Rpni()
edsm = Edsm()
