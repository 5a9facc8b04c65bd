"""What a run leaves: its files, its proof, and the words that tell how it ended."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from datamodules.sequences import SequenceData
from seqlogic.commands import EXIT_CODES
from seqlogic.commands.circuit_outcome import leave_circuit
from seqlogic.commands.data import verdict_lines
from seqlogic.commands.ending import Outcome, advice, facts, known, proven, reason, told
from seqlogic.commands.progress import within
from seqlogic.commands.putting import certify, put
from seqlogic.drawing import draw
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import write_circuit, write_machine
from seqlogic.hard import HardNetwork
from seqlogic.learner import Learner
from seqlogic.logic import Logic
from seqlogic.machine import Machine, canonical
from seqlogic.proof import (
    Link,
    Uniqueness,
    prove,
    prove_run,
    uniqueness,
    verdict_of,
)
from seqlogic.proof.circuit_links import SECONDS
from seqlogic.proof.examples import examples_link, leave_examples
from seqlogic.proof.links import (
    CIRCUIT_REFERENCE_FILE,
    HARD_FILE,
    KISS2_FILE,
    LOGIC_FILE,
    MACHINE_FILE,
    REFERENCE_FILE,
    REFERENCE_LINK,
)
from seqlogic.report import Report, render_report
from seqlogic.run_folder import RunFolder

__all__ = ["Outcome", "learned", "leave_logic", "leave_table"]


@dataclass(frozen=True)
class _Found:
    """What a run found, if that is a machine.

    Attributes:
        machine: over the alphabets of the examples.
        consistent: whether it reproduces them; None if they may be wrong.
        evidence: writes what was learned, which is not yet the machine, into the folder.
    """

    machine: Machine
    consistent: bool | None
    evidence: Callable[[Path], None]


def leave_table(folder: RunFolder, outcome: Outcome, model: Learner, data: SequenceData) -> int:
    """Write all that the training of a table leaves, prove it, and tell about it; returns the exit code."""
    if model.network is None:
        raise InputError(
            "the training ended before the first hard check; raise --trainer.max_time", file=folder.partial
        )
    machine, network = learned(model, data)

    def evidence(place: Path) -> None:
        model.trainer.save_checkpoint(place / "model.ckpt")
        network.save(place / HARD_FILE)

    consistent = None if outcome.likelihood is not None else model.result is not None
    return _leave(folder, outcome, _Found(machine, consistent, evidence), data)


def leave_logic(folder: RunFolder, outcome: Outcome, logic: Logic, data: SequenceData) -> int:
    """Write all that learned logic leaves, prove it, and tell about it; returns the exit code."""
    if logic.machine is None:
        return leave_circuit(folder, outcome, logic, data)

    def evidence(place: Path) -> None:
        write_circuit(logic.learned, place / LOGIC_FILE)

    return _leave(folder, outcome, _Found(logic.machine, True, evidence), data)


def _leave(folder: RunFolder, outcome: Outcome, found: _Found, data: SequenceData) -> int:
    """Write all that a run leaves, prove it, put it where it belongs and tell about it; returns the exit code.

    The reference is asked for here, once: what training found stands or falls with this proof.
    """
    examples, consistent = data.examples, found.consistent
    wrong = _wrong(found.machine, examples)
    mistake = None if consistent is None else _mistake(wrong, found.machine, examples, data.source)
    machine = data.express(found.machine)
    # Of a task whose states no table holds there is no machine to compare with, but a circuit.
    reference = data.reference() if data.tabular else None
    circuit = None if data.tabular else data.reference_circuit()
    history = outcome.course.history if outcome.course else []
    place = folder.partial
    found.evidence(place)
    _write_machines(place, machine, reference)
    if circuit is not None:
        write_circuit(circuit, place / CIRCUIT_REFERENCE_FILE)
    if history:
        _write_metrics(place / "metrics.csv", history)
    with within(SECONDS) if circuit is not None else nullcontext():
        links = prove_run(place)
    # A reference says more than any data.
    open_ = verdict_of(links, consistent) == "undecided"
    with within(outcome.uniqueness):
        asked = uniqueness(found.machine, examples, outcome.uniqueness) if open_ and outcome.uniqueness else None
    further, untold = ((), ()) if asked is None else _examples_link(place, machine, examples, asked)
    links = (*links, *further)
    verdict = verdict_of(links, consistent)
    report = Report(
        name=outcome.name,
        machine=machine,
        links=links,
        verdict=verdict,
        consistent=consistent,
        training_error=float(wrong.any(axis=1).mean()),
        history=history,
        facts=facts(outcome, examples, machine) | _proofs(asked, outcome.uniqueness),
        command=outcome.command,
        uses=None if reference is not None else examples.uses(found.machine),
    )
    (place / "report.html").write_text(render_report(report), encoding="utf-8")
    certify(folder, outcome, examples, links, {**known(outcome), **proven(asked)}, consistent=consistent)
    target, others = put(folder, verdict)
    for line in told(outcome, machine, wrong=report.training_error if consistent is False else None):
        print(line)
    for link in links:
        print(f"  {link.name}: {link.result}")
    print(f"{verdict}: {reason(links, verdict, outcome, consistent)}, digest {machine.digest[:16]}")
    for line in () if asked is None else verdict_lines(asked, f"--uniqueness {outcome.uniqueness:g}"):
        print(f"  {line}")
    for line in (*untold, *(advice(verdict) if circuit is None else ())):
        print(line)
    if mistake:
        print(mistake)
    if reference is not None and verdict != "exact":
        _compare(machine, reference)
    if circuit is not None:
        _show_word(links)
    for line in others:
        print(line)
    print(f"see {target / 'report.html'}")
    return EXIT_CODES[verdict]


def _examples_link(
    place: Path, machine: Machine, examples: Examples, asked: Uniqueness
) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """Leave the examples, and return the link to them; or nothing, and why that cannot be, in words."""
    try:
        leave_examples(place, machine, examples)
    except ValueError as error:
        return (), (f"the certificate has no link to the examples, which the run folder cannot hold: {error}",)
    return (examples_link(machine, examples, asked),), ()


def _proofs(found: Uniqueness | None, limit: float) -> dict[str, str]:
    """What noise-free data prove, for the report."""
    if found is None:
        return {}
    return {"what the data prove": "; ".join(line.strip() for line in verdict_lines(found, f"--uniqueness {limit:g}"))}


def _show_word(links: Sequence[Link]) -> None:
    """Print the word that tells the machine from its reference circuit, if there is one, or why it is not known."""
    link = next(link for link in links if link.name == REFERENCE_LINK)
    if link.counterexample is not None:
        print(f"shortest word that shows it: {' '.join(link.counterexample)}")
    elif link.result == "undecided":
        print(f"{link.name}: {link.details['reason']}")


def _compare(machine: Machine, reference: Machine) -> None:
    """Print what the machine is to its reference, with the shortest counterexample, unless they are equal."""
    try:
        comparison = prove(machine, reference)
    except ValueError as error:
        print(f"the machine and the reference cannot be compared: {error}")
        return
    if comparison.result != "equal":
        print(comparison.text("machine", "reference"))


def learned(model: Learner, data: SequenceData) -> tuple[Machine, HardNetwork]:
    """The machine of a trained learner, in the alphabets of its examples, and the hard network behind it.

    They are the closest that there are if no machine reproduced the data. The network is of `data.express(machine)`.
    """
    assert model.network is not None
    if model.result is None:
        machine, network = canonical(model.network), HardNetwork.from_machine(model.network)
    else:
        machine, network = model.result, model.become(model.network)
    return machine, replace(network, words=data.words)


def _write_machines(place: Path, machine: Machine, reference: Machine | None) -> None:
    write_machine(machine, place / KISS2_FILE)
    write_machine(machine, place / MACHINE_FILE)
    if reference is not None:
        write_machine(reference, place / REFERENCE_FILE)
    try:
        (place / "machine.svg").write_text(draw(machine), encoding="utf-8")
    except InputError as error:
        # Drawing is an extra of its own; a proof does not wait for a picture.
        print(f"no machine.svg: {error}")


def _write_metrics(path: Path, history: list[dict[str, float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(history[0]) if history else ["step"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)


def _wrong(machine: Machine, examples: Examples) -> np.ndarray:
    """The observed outputs that the machine gets wrong, or does not know, bool [N, T]."""
    output, _ = machine.run(examples.words)
    return (output != examples.answers) & (examples.answers >= 0)


def _mistake(
    wrong: np.ndarray, machine: Machine, examples: Examples, source: str | os.PathLike[str] | None
) -> str | None:
    """The shortest prefix of a training sequence after which the machine is wrong, in words; None if there is none."""
    if not wrong.any():
        return None
    position = int(wrong.any(axis=0).argmax())
    row = int(wrong[:, position].argmax())
    word = examples.words[row, : position + 1]
    answer = int(machine.run(word[None])[0][0, -1])
    said = "nothing" if answer < 0 else examples.outputs.name(answer)
    names = [examples.inputs.name(symbol) for symbol in word.tolist()]
    shown = [*names[:16], f"... {len(names) - 32} more ...", *names[-16:]] if len(names) > 32 else names
    place = f"{source}:{examples.lines[row]}" if examples.lines and source is not None else f"sequence {row + 1}"
    return (
        f"shortest wrong beginning of a training sequence ({place}): after {' '.join(shown)} the machine answers "
        f"{said}, expected {examples.outputs.name(int(examples.answers[row, position]))}"
    )
