"""What hardware is expected to answer: the words that are sent to it, and where an answer is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from fpga.implementation import CircuitImplementation, Implementation
from seqlogic.circuit import run
from seqlogic.formats.kiss2_file import MOST_INPUT_BITS
from seqlogic.machine import UNKNOWN, Alphabet
from seqlogic.proof import Failure, Suite, conformance_suite
from seqlogic.proof import first_failure as first_failure_of_machine

__all__ = ["answers_to", "answers_to_all", "first_failure", "named", "on_the_wire", "suite"]

_LONGEST = 1000
_MOST_SYMBOLS = 20_000
"""Of the random words for a circuit; each symbol is a round of all its gates in Python's memory, and some on a wire."""
_SEED = 0


def suite(implementation: Implementation | CircuitImplementation, extra_states: int, budget: int) -> Suite:
    """Return a conformance test suite of a machine, or random words for a circuit, whose states nobody lists."""
    if isinstance(implementation, Implementation):
        return conformance_suite(implementation.total, extra_states, budget=budget)
    rng = np.random.default_rng(_SEED)
    left = min(budget, _MOST_SYMBOLS)
    words = []
    # Half as long each time: the first shows what comes late, the last ones what a restart does.
    while left:
        length = min(_LONGEST, (left + 1) // 2)
        words.append(tuple(rng.integers(implementation.symbols, size=length).tolist()))
        left -= length
    why = "the states of a circuit are not listed"
    if implementation.input_bits > MOST_INPUT_BITS:
        why = (
            f"a circuit of {implementation.input_bits} input bits has too many input symbols for every one to be tried"
        )
    reason = f"the words are random, for {why}"
    return Suite(tuple(words[::-1]), None, 0, extra_states, budget, reason)


def answers_to(
    implementation: Implementation | CircuitImplementation, word: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """What is expected of a word: output symbols, the error bit on top, and which of their bits; both int [T]."""
    output, care = answers_to_all(implementation, np.array([word]))
    return output[0], care[0]


def answers_to_all(
    implementation: Implementation | CircuitImplementation, words: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What `answers_to` says of many words, int [N, T], UNKNOWN behind the end of each; both int [N, T]."""
    if isinstance(implementation, CircuitImplementation):
        output = run(implementation.circuit, np.maximum(words, 0))
        return output, np.where(words >= 0, (1 << implementation.symbol_bits + 1) - 1, 0)
    output, care = implementation.total.run(words)
    return output, np.where(output == UNKNOWN, 0, care)


def first_failure(
    implementation: Implementation | CircuitImplementation,
    words: Sequence[tuple[int, ...]],
    answers: Iterable[Sequence[int]],
) -> Failure | None:
    """Return the first wrong answer, None if there is none; the answers are taken one word at a time."""
    if isinstance(implementation, Implementation):
        return first_failure_of_machine(words, implementation.total, answers)
    for index, (word, answer) in enumerate(zip(words, answers, strict=True)):
        output, care = answers_to(implementation, word)
        different = np.flatnonzero((np.array(answer) ^ output) & care)
        if len(different):
            place = int(different[0])
            return Failure(index, place, word[: place + 1], (int(output[place]), int(care[place])), int(answer[place]))
    return None


def on_the_wire(implementation: Implementation | CircuitImplementation) -> tuple[Alphabet, Alphabet]:
    """The alphabets of the symbols as hardware has them, the error bit on top of the output."""
    if isinstance(implementation, CircuitImplementation):
        return Alphabet.words(implementation.input_bits), Alphabet.words(implementation.symbol_bits + 1)
    return implementation.total.inputs, implementation.total.outputs


def named(implementation: Implementation | CircuitImplementation) -> tuple[Alphabet, Alphabet]:
    """The alphabets in which a person writes and reads the symbols, without the error bit."""
    if isinstance(implementation, CircuitImplementation):
        return Alphabet.words(implementation.input_bits), Alphabet.words(implementation.symbol_bits)
    return implementation.machine.inputs, implementation.machine.outputs
