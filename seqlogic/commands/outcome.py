"""What a run leaves: its files, its proof, and the words that tell how it ended."""

from __future__ import annotations

import csv
import os
import shlex
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from datamodules.sequences import SequenceData
from seqlogic.capacity import CapacitySearch
from seqlogic.commands import EXIT_CODES
from seqlogic.commands.arguments import same_experiment
from seqlogic.drawing import draw
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import write_machine
from seqlogic.hard import HardNetwork
from seqlogic.learner import Learner
from seqlogic.machine import Machine, canonical
from seqlogic.proof import Link, prove, prove_run, verdict_of, write_certificate
from seqlogic.report import Report, render_report
from seqlogic.run_folder import RunFolder

__all__ = ["Outcome", "learned", "leave"]


@dataclass(frozen=True)
class Outcome:
    """How a training went.

    Attributes:
        name: what the run is called.
        arguments: what repeats it.
        seed: of everything random.
        date: of its end, YYYY-MM-DD, UTC.
        seconds: wall-clock time from the start of the command to the end of training.
        steps: optimiser steps.
        history: one row for each hard check.
        search: how the state count was found.
    """

    name: str
    arguments: tuple[str, ...]
    seed: int
    date: str
    seconds: float
    steps: int
    history: list[dict[str, float]]
    search: CapacitySearch

    @property
    def command(self) -> str:
        """The command line that repeats the run."""
        return shlex.join(["seqlogic", "train", *self.arguments])


def leave(folder: RunFolder, outcome: Outcome, model: Learner, data: SequenceData) -> int:
    """Write all that a run leaves, prove it, put it where it belongs and tell about it; returns the exit code.

    The reference is asked for here, once: what training found stands or falls with this proof.
    """
    examples = data.examples
    consistent = model.result is not None
    if model.network is None:
        raise InputError(
            "the training ended before the first hard check; raise --trainer.max_time", file=folder.partial
        )
    found, network = learned(model, data)
    wrong = _wrong(found, examples)
    mistake = _mistake(wrong, found, examples, data.source)
    machine = data.express(found)
    reference = data.reference()
    place = folder.partial
    model.trainer.save_checkpoint(place / "model.ckpt")
    _write_evidence(place, machine, network, reference)
    _write_metrics(place / "metrics.csv", outcome.history)
    links = prove_run(place)
    verdict = verdict_of(links, consistent)
    report = Report(
        name=outcome.name,
        machine=machine,
        links=links,
        verdict=verdict,
        consistent=consistent,
        training_error=float(wrong.any(axis=1).mean()),
        history=outcome.history,
        facts=_facts(outcome, examples, machine),
        command=outcome.command,
    )
    (place / "report.html").write_text(render_report(report), encoding="utf-8")
    run = {
        "name": outcome.name,
        "command": outcome.command,
        "seed": outcome.seed,
        "date": outcome.date,
        "steps": outcome.steps,
        "states proven by the data": outcome.search.bound,
        "SHA-256 of the examples": data.digest,
    }
    files = [name for name in folder.files() if name != "certificate.json"]
    write_certificate(place, links, files, run, consistent=consistent)
    exact = verdict == "exact"
    replaced = exact and _replaces(folder)
    target = folder.finish(exact)
    _tell(outcome, machine, links, verdict, wrong=None if consistent else report.training_error)
    if mistake:
        print(mistake)
    if reference is not None and not exact:
        _compare(machine, reference)
    if replaced:
        print("replaces an earlier exact run with other arguments")
    print(f"see {target / 'report.html'}")
    return EXIT_CODES[verdict]


def _replaces(folder: RunFolder) -> bool:
    """Whether there is an exact run of another configuration; where it goes does not count as such."""
    configs = [place / "config.yaml" for place in (folder.final, folder.partial)]
    if not configs[0].is_file():
        return False
    earlier, now = (path.read_text(encoding="utf-8") for path in configs)
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


def _facts(outcome: Outcome, examples: Examples, machine: Machine) -> dict[str, str]:
    lengths = examples.lengths
    known = int((machine.next_state >= 0).sum())
    bound = outcome.search.bound
    return {
        "training sequences": f"{len(examples):,}",
        "lengths": f"{lengths.min()} to {lengths.max()} symbols",
        "observed outputs": f"{int((examples.answers >= 0).sum()):,}",
        "alphabets": f"{len(examples.inputs)} input and {len(examples.outputs)} output symbols",
        "states": f"{len(machine)}, found from the data; the data alone prove at least {bound}",
        "transitions seen": f"{known} of {machine.entries}",
        "attempts": str(outcome.search.attempts),
        "optimiser steps": f"{outcome.steps:,}",
        "seconds": f"{outcome.seconds:.1f}, after the imports",
        "seed": str(outcome.seed),
        "date": outcome.date,
        "versions": ", ".join(f"{name} {version(name)}" for name in ("seqlogic", "torch", "lightning", "numpy")),
    }


def _tell(outcome: Outcome, machine: Machine, links: tuple[Link, ...], verdict: str, *, wrong: float | None) -> None:
    """Print how a run ended; `wrong` is the share of wrong training sequences, None of a consistent machine."""
    search = outcome.search
    effort = f"{_count(outcome.steps, 'step')}, {_count(search.attempts, 'attempt')}, {outcome.seconds:.1f} s"
    if wrong is not None:
        print(
            f"no machine reproduced the data within the step budget ({effort}); the closest has "
            f"{_count(len(machine), 'state')} and gets {100 * wrong:.1f} % of the training sequences wrong"
        )
    else:
        needed = f"at least {search.bound} {'is' if search.bound == 1 else 'are'} needed"
        size = "the smallest possible" if search.minimal else needed
        print(f"a machine of {_count(len(machine), 'state')} ({size}) reproduces all training data ({effort})")
    for link in links:
        print(f"  {link.name}: {link.result}")
    print(f"{verdict}: {_reason(links, verdict, wrong is None, search.minimal)}, digest {machine.digest[:16]}")
    if verdict == "undecided":
        print("a reference_file would settle whether it is the right one on all other words as well")
        print("`seqlogic data` tells whether the examples leave another machine of that size, and what to record next")


def _reason(links: tuple[Link, ...], verdict: str, consistent: bool, minimal: bool) -> str:
    if verdict == "exact":
        return "the machine is equal to the reference"
    if verdict == "conforms":
        details = next(link.details for link in links if link.result == "conforms")
        if details["known"] == details["specified"]:
            return "the machine answers as the reference does wherever that is specified, and goes beyond it elsewhere"
        return "nothing contradicts the reference, but not all that it specifies was learned"
    if verdict == "undecided":
        smaller = ", and no smaller machine does" if minimal else ", a smaller one may do so, too"
        return f"there is no reference; the machine reproduces all training data{smaller}"
    if not consistent:
        return "not exact, the machine contradicts its training data"
    broken = next(link.name for link in links if link.result == "differs")
    return f"not exact, the first link that broke is {broken!r}"


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else f'{one}s'}"
