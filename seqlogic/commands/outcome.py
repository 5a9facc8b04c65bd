"""What a run leaves: its files, its proof, and the words that tell how it ended."""

from __future__ import annotations

import csv
import shlex
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from datamodules.sequences import SequenceData
from seqlogic.capacity import CapacitySearch
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

__all__ = ["EXIT_CODES", "Outcome", "leave"]

EXIT_CODES = {"exact": 0, "differs": 1, "conforms": 3, "undecided": 3}
"""The exit code of each verdict on a machine that reproduces its training data."""


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
        folder.discard()
        raise InputError("the step budget ended before the first hard check; raise --trainer.max_epochs")
    machine = model.result or canonical(model.network)
    network = model.become(model.network) if consistent else HardNetwork.from_machine(model.network)
    network = replace(network, words=data.words)
    wrong = _training_error(machine, examples)
    machine = data.express(machine)
    reference = data.reference()
    place = folder.partial
    model.trainer.save_checkpoint(place / "model.ckpt")
    _write_evidence(place, machine, network, reference)
    _write_metrics(place / "metrics.csv", outcome.history)
    links = prove_run(place)
    # The weakest link rules, and a machine that contradicts its own data is wrong whatever the reference says.
    verdict = verdict_of(links) if consistent else "differs"
    report = Report(
        name=outcome.name,
        machine=machine,
        links=links,
        verdict=verdict,
        consistent=consistent,
        training_error=wrong,
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
        "consistent with the training data": consistent,
        "states proven by the data": outcome.search.bound,
    }
    write_certificate(place, links, [name for name in folder.files() if name != "certificate.json"], run)
    exact = verdict == "exact" and consistent
    target = folder.finish(exact)
    _tell(outcome, machine, links, verdict, wrong)
    if reference is not None and not exact:
        print(prove(machine, reference).text("machine", "reference"))
    print(f"see {target / 'report.html'}")
    return EXIT_CODES[verdict]


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


def _training_error(machine: Machine, examples: Examples) -> float:
    """The share of training sequences of which the machine gets an observed output wrong, or does not know it."""
    output, _ = machine.run(examples.words)
    return float(np.mean(((output != examples.answers) & (examples.answers >= 0)).any(axis=1)))


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


def _tell(outcome: Outcome, machine: Machine, links: tuple[Link, ...], verdict: str, wrong: float) -> None:
    effort = f"{outcome.steps} steps, {outcome.search.attempts} attempts, {outcome.seconds:.1f} s"
    if wrong:
        print(
            f"not exact: no machine reproduced the data within the step budget ({effort}); "
            f"the closest has {len(machine)} states and gets {100 * wrong:.1f} % of the training sequences wrong"
        )
    else:
        size = "the smallest possible" if outcome.search.minimal else f"at least {outcome.search.bound} are needed"
        print(f"a machine of {len(machine)} states ({size}) reproduces all training data ({effort})")
    for link in links:
        print(f"  {link.name}: {link.result}")
    if verdict == "undecided":
        print("undecided: there is no reference to prove the machine against")
    elif verdict == "exact":
        print("exact: the machine is equal to the reference")
