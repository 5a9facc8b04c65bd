"""One trial: a learner in a process of its own, and what its machine is to the reference."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import numpy as np

from datamodules import SampledData
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine, canonical, to_mealy
from seqlogic.proof import prove
from seqlogic.study.ceiling import find_rival
from seqlogic.study.learners import Learned, Learner
from seqlogic.study.processes import Measured, measure
from seqlogic.study.suite import DIGITS, Row
from seqlogic.study.version import version

__all__ = ["RESULTS", "Trial", "in_symbols", "run_trials"]

RESULTS = ("exact", "conforms", "differs", "inconsistent", "none", "timeout", "error")
"""How a trial can end: the machine is equal to the reference; it fits the data and never contradicts the reference, but
does not know all of it; it fits the data and is wrong; it does not fit the data; the learner gave up; it was stopped;
it failed."""


@dataclass(frozen=True)
class Trial:
    """One learner on one row with one seed; a line of the results.

    Attributes:
        suite: its name.
        suite_digest: of all its rows, see `Suite.digest`.
        row: its name.
        learner: its name.
        version: of our learner; empty for a peer, see `version.version`.
        seed: of the examples and of the learner.
        data: the first digits of the SHA-256 of the examples.
        result: one of RESULTS.
        states: of the machine that was found, minimised; None if there is none.
        true_states: of the minimal reference.
        wall: seconds from the examples to the machine; the time limit if it was stopped.
        cpu: seconds of the processor, its subprocesses included.
        peak: MiB of memory that the learning took beyond what was there before; None if it was stopped.
        rival: whether the data leave a rival of the reference; see `find_rival`.
        attempts: trainings from fresh weights, where a learner has these.
        steps: optimiser steps, likewise.
        message: of an error, in one line.
    """

    suite: str
    suite_digest: str
    row: str
    learner: str
    version: str
    seed: int
    data: str
    result: str
    states: int | None
    true_states: int
    wall: float
    cpu: float
    peak: float | None
    rival: bool
    attempts: int | None
    steps: int | None
    message: str


def run_trials(suite: str, suite_digest: str, row: Row, seed: int, learners: dict[str, Learner]) -> list[Trial]:
    """Let each learner learn the examples of one row and seed, then compare what it found with the reference."""
    data = row.data(seed)
    examples = data.examples
    # The reference is looked at only when all is over.
    learned = {name: _learned(learner, examples, seed, row.limit_of(name)) for name, learner in learners.items()}
    reference = data.reference()
    true = canonical(to_mealy(reference))
    found = measure(lambda: find_rival(in_symbols(reference, data), examples) is not None, row.limit)
    if found.value is None:
        raise RuntimeError(f"row {row.name}, seed {seed}: no answer whether there is a rival: {found.message}")
    trials = []
    for name, measured in learned.items():
        machine = measured.value.machine if measured.value else None
        result, message = measured.ended, measured.message
        if measured.value is not None:
            result, message = _result(machine, data, reference)
        trials.append(
            Trial(
                suite=suite,
                suite_digest=suite_digest,
                row=row.name,
                learner=name,
                version=version(name),
                seed=seed,
                data=data.digest[:DIGITS],
                result=result,
                states=None if machine is None else len(canonical(to_mealy(machine))),
                true_states=len(true),
                wall=measured.wall,
                cpu=measured.cpu,
                peak=measured.peak,
                rival=found.value,
                attempts=measured.value.attempts if measured.value else None,
                steps=measured.value.steps if measured.value else None,
                message=" ".join(message.split())[:200],
            )
        )
    return trials


def _learned(learner: Learner, examples: Examples, seed: int, limit: float) -> Measured[Learned]:
    converted = learner.convert(examples)
    # The collector would else write to every page that the fork shares with this process, at the fork's expense.
    gc.collect()
    gc.freeze()
    return measure(lambda: learner.learn(converted, seed, limit), limit)


def _result(machine: Machine | None, data: SampledData, reference: Machine) -> tuple[str, str]:
    """One of RESULTS, and the message of an error."""
    if machine is None:
        return "none", ""
    examples = data.examples
    if (machine.inputs, machine.outputs) != (examples.inputs, examples.outputs):
        return "error", "the machine has other alphabets than the examples"
    if ((examples.answers >= 0) & (machine.run(examples.words)[0] != examples.answers)).any():
        return "inconsistent", ""
    result = prove(data.express(machine), reference).result
    return ("exact" if result == "equal" else result), ""


def in_symbols(reference: Machine, data: SampledData) -> Machine:
    """The reference over the alphabets of the examples: each word of bits that it outputs is a symbol of its own."""
    reference = to_mealy(reference)
    if data.words is None:
        return reference
    pairs = np.stack([reference.output, reference.care], axis=-1)
    same = (pairs[:, :, None] == data.words).all(axis=-1)
    output = np.where(same.any(axis=-1), same.argmax(axis=-1), UNKNOWN)
    return Machine(reference.next_state, output, reference.inputs, data.examples.outputs, initial=reference.initial)
