"""One trial: a learner in a process of its own, and what its machine is to the reference."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from datamodules import SampledData
from seqlogic.circuit import Circuit, run, to_circuit
from seqlogic.encoding import state_codes
from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Machine, canonical, to_mealy
from seqlogic.noise import Candidate, Evidence
from seqlogic.proof import prove
from seqlogic.proof.circuits import prove_circuits
from seqlogic.proof.rivals import find_rival
from seqlogic.study.asked import ask, verdict
from seqlogic.study.learners import Given, Learned, Learner, is_ours
from seqlogic.study.processes import Measured, measure
from seqlogic.study.suite import DIGITS, Row
from seqlogic.study.version import version

__all__ = ["RESULTS", "Trial", "failed_trials", "in_symbols", "run_trials"]

RESULTS = ("exact", "conforms", "differs", "inconsistent", "none", "timeout", "error")
"""How a trial can end: the machine is equal to the reference; it fits the data and never contradicts the reference, but
does not know all of it; it fits the data and is wrong; it does not fit the data; the learner gave up; it was stopped;
it failed, or what it found cannot be judged."""


@dataclass(frozen=True)
class Trial:
    """One learner on one row with one seed; a line of the results.

    Attributes:
        suite: its name.
        suite_digest: of all its rows, see `Suite.digest`.
        row: its name.
        learner: its name.
        version: of the learner, see `version.version`.
        seed: of the examples and of the learner.
        data: the first digits of the SHA-256 of the examples; empty if nobody lived to tell.
        result: one of RESULTS.
        states: of the machine that was found, minimised, or the latches of a circuit; None if there is none.
        true_states: of the minimal reference, or the latches of the task's circuit; None if there was no answer.
        wall: seconds from the examples to the machine, or until it was stopped.
        cpu: seconds of the processor, its subprocesses included; the time limit is one of these.
        peak: MiB of memory that the learning took beyond what was there before; None if it was stopped.
        rival: whether the data leave a rival of the reference, see `find_rival`; None if there was no answer, or if no
            table is learned.
        attempts: trainings from fresh weights, where a learner has these.
        steps: optimiser steps, likewise.
        message: of an error, or of a timeout, in one line.
        proof: what the data prove, one of `asked.PROOFS`; empty if the row does not ask for that.
        word: how long the word is that tells a rival apart; None if there is none.
        asked: how many words were recorded until the machine was exact; None if it never was, or nothing was asked.
        rounds: in how many rounds, likewise.
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
    true_states: int | None
    wall: float
    cpu: float
    peak: float | None
    rival: bool | None
    attempts: int | None
    steps: int | None
    message: str
    proof: str = ""
    word: int | None = None
    asked: int | None = None
    rounds: int | None = None


def run_trials(suite: str, suite_digest: str, row: Row, seed: int, learners: dict[str, Learner]) -> list[Trial]:
    """Let each learner learn the examples of one row and seed, then compare what it found with the reference.

    Whatever one learner, its machine or the search for a rival comes to, the others are judged.
    """
    data = row.data(seed)
    given = Given(data.examples, row.wrong(len(data.examples.outputs)), row.registers)
    # The reference is looked at only when all is over.
    learned = {name: _learned(learner, given, seed, row.limit_of(name)) for name, learner in learners.items()}
    if row.circuits:
        return [
            _circuit_trial(failed_trials(suite, suite_digest, row, seed, [name], message="")[0], row, data, one)
            for name, one in learned.items()
        ]
    reference = data.reference()
    true = canonical(to_mealy(reference))
    clean = row.data(seed, clean=True)
    found = measure(lambda: find_rival(in_symbols(reference, clean), clean.examples) is not None, row.limit)
    proven: tuple[str, int | None] | None = None
    if row.asking:
        proven = measure(lambda: verdict(in_symbols(reference, data), data.examples), row.limit).value or (
            "unknown",
            None,
        )
    trials = []
    for name, measured in learned.items():
        machine = measured.value.machine if measured.value else None
        result, states, message = measured.ended, None, measured.message
        if measured.value is not None:
            try:
                result, message = _result(machine, data, reference)
                states = None if machine is None else len(canonical(to_mealy(machine)))
            # A machine may be at fault in any way.
            except Exception as error:
                result, message = "error", f"not judged: {type(error).__name__}: {error}"
        asked = None
        if row.asking and is_ours(name):
            again = partial(_again, learners[name], seed, row.limit_of(name))
            asked = ask(machine, canonical(in_symbols(reference, data)), data.examples, again)
        (unknown,) = failed_trials(suite, suite_digest, row, seed, [name], message=message)
        trials.append(
            replace(
                unknown,
                data=data.examples.digest[:DIGITS],
                result=result,
                states=states,
                true_states=len(true),
                wall=measured.wall,
                cpu=measured.cpu,
                peak=measured.peak,
                rival=found.value,
                attempts=measured.value.attempts if measured.value else None,
                steps=measured.value.steps if measured.value else None,
                proof=proven[0] if proven else "",
                word=proven[1] if proven else None,
                asked=asked.words if asked and asked.exact else None,
                rounds=asked.rounds if asked and asked.exact else None,
            )
        )
    return trials


def failed_trials(
    suite: str, suite_digest: str, row: Row, seed: int, learners: Iterable[str], *, message: str
) -> list[Trial]:
    """The trials of one row and seed of which nothing is known but the message: their worker was killed, say."""
    return [
        Trial(
            suite=suite,
            suite_digest=suite_digest,
            row=row.name,
            learner=name,
            version=version(name),
            seed=seed,
            data="",
            result="error",
            states=None,
            true_states=None,
            wall=0.0,
            cpu=0.0,
            peak=None,
            rival=None,
            attempts=None,
            steps=None,
            message=_line(message),
        )
        for name in learners
    ]


def _line(message: str) -> str:
    return " ".join(message.split())[:200]


def _learned(learner: Learner, given: Given, seed: int, limit: float) -> Measured[Learned]:
    try:
        converted = learner.convert(given)
    # As if it had failed later.
    except Exception as error:
        return Measured(None, "error", 0.0, 0.0, None, f"{type(error).__name__}: {error}")
    # The collector would else write to every page that the fork shares with this process, at the fork's expense.
    gc.collect()
    gc.freeze()
    return measure(lambda: learner.learn(converted, seed, limit), limit)


def _again(learner: Learner, seed: int, limit: float, examples: Examples) -> Machine | None:
    """What a learner makes of other examples; None if nothing."""
    measured = _learned(learner, Given(examples), seed, limit)
    return measured.value.machine if measured.value else None


def _result(machine: Machine | None, data: SampledData, reference: Machine) -> tuple[str, str]:
    """One of RESULTS, and the message of an error."""
    if machine is None:
        return "none", ""
    examples = data.examples
    if (machine.inputs, machine.outputs) != (examples.inputs, examples.outputs):
        return "error", "the machine has other alphabets than the examples"
    if not data.noisy and ((examples.answers >= 0) & (machine.run(examples.words)[0] != examples.answers)).any():
        return "inconsistent", ""
    result = prove(data.express(machine), reference).result
    if data.noisy and result != "equal":
        return result, _compared(machine, in_symbols(reference, data), examples)
    return ("exact" if result == "equal" else result), ""


def _circuit_trial(unknown: Trial, row: Row, data: SampledData, measured: Measured[Learned]) -> Trial:
    """The trial of a learner on a row whose machines are circuits, of one of which nothing is known."""
    reference = data.task.circuit()
    result, latches, message = measured.ended, None, measured.message
    if measured.value is not None:
        try:
            circuit = _as_circuit(measured.value, reference)
            result, message = ("none", "") if circuit is None else _circuit_result(circuit, data, row.limit)
            latches = None if circuit is None else len(circuit.latches)
        except Exception as error:
            result, message = "error", f"not judged: {type(error).__name__}: {error}"
    return replace(
        unknown,
        data=data.examples.digest[:DIGITS],
        result=result,
        states=latches,
        true_states=len(reference.latches),
        wall=measured.wall,
        cpu=measured.cpu,
        peak=measured.peak,
        message=_line(message),
    )


def _as_circuit(learned: Learned, reference: Circuit) -> Circuit | None:
    """What was found, a machine with its states in binary; what it does not know is left to the logic."""
    if learned.machine is None:
        return learned.circuit
    machine = canonical(to_mealy(learned.machine))
    return to_circuit(machine, state_codes(len(machine), "binary"), output_names=reference.outputs)


def _circuit_result(circuit: Circuit, data: SampledData, limit: float) -> tuple[str, str]:
    """One of RESULTS, and the message of an error."""
    examples = data.examples
    answered = run(circuit, np.maximum(examples.words, 0))
    if ((examples.answers >= 0) & (answered != examples.answers)).any():
        return "inconsistent", ""
    verdict = prove_circuits(circuit, data.task.circuit(), symbols=len(data.task.inputs), seconds=limit)
    if verdict.result == "unknown":
        return "error", verdict.text("what was found", "the reference")
    return {"equal": "exact", "differs": "differs"}[verdict.result], ""


def _compared(machine: Machine, true: Machine, examples: Examples) -> str:
    """Whether the data speak for a machine or for the true one: how much shorter a description it makes of them."""
    evidence = Evidence.of(examples)
    # Entries that a machine does not know are none that its own search could have used.
    tables = (np.maximum(canonical(to_mealy(one)).next_state, 0) for one in (machine, true))
    ours, theirs = (Candidate.of(evidence, table) for table in tables)
    assert ours is not None
    assert theirs is not None
    nats = ours.length - theirs.length
    return f"{abs(nats):.1f} nats {'longer' if nats > 0 else 'shorter'} than the true one"


def in_symbols(reference: Machine, data: SampledData) -> Machine:
    """The reference over the alphabets of the examples: each word of bits that it outputs is a symbol of its own."""
    reference = to_mealy(reference)
    if data.words is None:
        return reference
    pairs = np.stack([reference.output, reference.care], axis=-1)
    same = (pairs[:, :, None] == data.words).all(axis=-1)
    output = np.where(same.any(axis=-1), same.argmax(axis=-1), UNKNOWN)
    return Machine(reference.next_state, output, reference.inputs, data.examples.outputs, initial=reference.initial)
