"""What a run leaves: its files, its proof, and the words that tell how it ended."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from datamodules.sequences import SequenceData
from seqlogic.commands import EXIT_CODES
from seqlogic.commands.arguments import same_experiment
from seqlogic.commands.data import verdict_lines
from seqlogic.commands.ending import Outcome, advice, facts, known, proven, reason, told
from seqlogic.commands.progress import within
from seqlogic.drawing import draw
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import write_machine
from seqlogic.hard import HardNetwork
from seqlogic.learner import Learner
from seqlogic.machine import Machine, canonical
from seqlogic.proof import (
    Link,
    Uniqueness,
    certificate_content,
    prove,
    prove_run,
    uniqueness,
    verdict_of,
    write_certificate,
)
from seqlogic.proof.examples import examples_link, leave_examples
from seqlogic.report import Report, render_report
from seqlogic.run_folder import RunFolder

__all__ = ["Outcome", "learned", "leave"]


def leave(folder: RunFolder, outcome: Outcome, model: Learner, data: SequenceData) -> int:
    """Write all that a run leaves, prove it, put it where it belongs and tell about it; returns the exit code.

    The reference is asked for here, once: what training found stands or falls with this proof.
    """
    examples = data.examples
    likelihood = outcome.likelihood
    consistent = None if likelihood is not None else model.result is not None
    if model.network is None:
        raise InputError(
            "the training ended before the first hard check; raise --trainer.max_time", file=folder.partial
        )
    found, network = learned(model, data)
    wrong = _wrong(found, examples)
    mistake = None if likelihood is not None else _mistake(wrong, found, examples, data.source)
    machine = data.express(found)
    reference = data.reference()
    place = folder.partial
    model.trainer.save_checkpoint(place / "model.ckpt")
    _write_evidence(place, machine, network, reference)
    _write_metrics(place / "metrics.csv", outcome.course.history)
    links = prove_run(place)
    # A reference says more than any data.
    open_ = verdict_of(links, consistent) == "undecided"
    with within(outcome.uniqueness):
        asked = uniqueness(found, examples, outcome.uniqueness) if open_ and outcome.uniqueness else None
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
        history=outcome.course.history,
        facts=facts(outcome, examples, machine) | _proofs(asked, outcome.uniqueness),
        command=outcome.command,
        uses=None if reference is not None else examples.uses(found),
    )
    (place / "report.html").write_text(render_report(report), encoding="utf-8")
    run = {
        "name": outcome.name,
        "command": outcome.command,
        "seed": outcome.seed,
        "date": outcome.date,
        "steps": outcome.steps,
        **known(outcome),
        **proven(asked),
        "SHA-256 of the examples": examples.digest,
    }
    files = [name for name in folder.files() if name != "certificate.json"]
    write_certificate(place, links, files, run, consistent=consistent)
    target, others = _put(folder, verdict)
    for line in told(outcome, machine, wrong=report.training_error if consistent is False else None):
        print(line)
    for link in links:
        print(f"  {link.name}: {link.result}")
    print(f"{verdict}: {reason(links, verdict, outcome, consistent)}, digest {machine.digest[:16]}")
    for line in () if asked is None else verdict_lines(asked, f"--uniqueness {outcome.uniqueness:g}"):
        print(f"  {line}")
    for line in (*untold, *advice(verdict)):
        print(line)
    if mistake:
        print(mistake)
    if reference is not None and verdict != "exact":
        _compare(machine, reference)
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


def _put(folder: RunFolder, verdict: str) -> tuple[Path, tuple[str, ...]]:
    """Put a run where it belongs: returns that folder, and what there is to say of the earlier run."""
    earlier = _earlier(folder)
    if verdict == "unique" and earlier not in (None, "unique"):
        why = f"it is {earlier}, which says more" if earlier else "its certificate cannot be read"
        return folder.finish(False), (f"the run in {folder.final} stays: {why}",)
    good = verdict in ("exact", "unique")
    replaces = good and earlier is not None and _other_arguments(folder)
    said = (f"replaces an earlier {earlier or 'exact'} run with other arguments",) if replaces else ()
    return folder.finish(good), said


def _proofs(found: Uniqueness | None, limit: float) -> dict[str, str]:
    """What noise-free data prove, for the report."""
    if found is None:
        return {}
    return {"what the data prove": "; ".join(line.strip() for line in verdict_lines(found, f"--uniqueness {limit:g}"))}


def _earlier(folder: RunFolder) -> str | None:
    """The verdict on the run that is where this one may go, "" if that cannot be read; None if there is none."""
    if not (folder.final / "config.yaml").is_file():
        return None
    try:
        return certificate_content(folder.final)["verdict"]
    except InputError:
        return ""


def _other_arguments(folder: RunFolder) -> bool:
    """Whether the earlier run was of another configuration; where it goes does not count as such."""
    earlier, now = ((place / "config.yaml").read_text(encoding="utf-8") for place in (folder.final, folder.partial))
    return not same_experiment(earlier, now)


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


def _write_evidence(place: Path, machine: Machine, network: HardNetwork, reference: Machine | None) -> None:
    write_machine(machine, place / "machine.kiss2")
    write_machine(machine, place / "machine.json")
    network.save(place / "hard.npz")
    if reference is not None:
        write_machine(reference, place / "reference.json")
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
