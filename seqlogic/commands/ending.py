"""How a run ended, in words: for the terminal, the report and the certificate."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

from seqlogic.course import Course
from seqlogic.curriculum import Curriculum
from seqlogic.examples import Examples
from seqlogic.machine import Machine
from seqlogic.noise import Likelihood, RunnerUp
from seqlogic.noisy_curriculum import NoisyCurriculum
from seqlogic.proof import Link, Uniqueness
from seqlogic.proof.examples import told as told_of_examples
from seqlogic.proof.links import EXAMPLES_LINK, REFERENCE_LINK
from seqlogic.wording import counted

__all__ = ["Outcome", "advice", "facts", "general_facts", "known", "proven", "reason", "told"]


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
        course: the callback that drove the attempts; None where no table was learned.
        uniqueness: seconds to ask whether the examples leave another machine, where there is no reference.
        why: which kind of registers it is, and why.
    """

    name: str
    arguments: tuple[str, ...]
    seed: int
    date: str
    seconds: float
    steps: int
    course: Course | None
    uniqueness: float
    why: str

    @property
    def command(self) -> str:
        """The command line that repeats the run."""
        return shlex.join(["seqlogic", "train", *self.arguments])

    @property
    def effort(self) -> str:
        """Steps, attempts and seconds, in words."""
        if self.course is None:
            return f"{self.seconds:.1f} s"
        return f"{counted(self.steps, 'step')}, {counted(self.course.attempts, 'attempt')}, {self.seconds:.1f} s"

    @cached_property
    def likelihood(self) -> Likelihood | None:
        """How likely the machine is, where outputs may be wrong."""
        return self.course.likelihood() if isinstance(self.course, NoisyCurriculum) and self.course.found else None


def facts(outcome: Outcome, examples: Examples, machine: Machine) -> dict[str, str]:
    """What the report lists of a run that found a machine."""
    known = int((machine.next_state >= 0).sum())
    return {
        "states": f"{len(machine)}, found from the data" + _proven(outcome),
        **_likely(outcome, machine),
        "transitions seen": f"{known} of {machine.entries}",
        **general_facts(outcome, examples),
    }


def general_facts(outcome: Outcome, examples: Examples) -> dict[str, str]:
    """What the report lists of any run."""
    lengths = examples.lengths
    return {
        "registers": outcome.why,
        "training sequences": f"{len(examples):,}",
        "lengths": f"{_range(lengths.min(), lengths.max())} symbols",
        "observed outputs": f"{int((examples.answers >= 0).sum()):,}",
        "alphabets": f"{len(examples.inputs)} input and {len(examples.outputs)} output symbols",
        **_effort(outcome),
        "seconds": f"{outcome.seconds:.1f}, after the imports",
        "seed": str(outcome.seed),
        "date": outcome.date,
        "versions": ", ".join(f"{name} {version(name)}" for name in ("seqlogic", "torch", "lightning", "numpy")),
    }


def _effort(outcome: Outcome) -> dict[str, str]:
    if outcome.course is None:
        return {}
    return {"attempts": str(outcome.course.attempts), "optimiser steps": f"{outcome.steps:,}"}


def known(outcome: Outcome) -> dict[str, Any]:
    """What the certificate lists of what the data say of the machine."""
    if isinstance(outcome.course, Curriculum):
        return {"states proven by the data": outcome.course.search.bound}
    if (likelihood := outcome.likelihood) is None:
        return {}
    next_best, description = likelihood.runner_up, likelihood.description
    return {
        "most likely": {
            "error rate": round(description.rate, 6),
            "wrong outputs": description.errors,
            "observed outputs": description.observed,
            "nats": round(description.length, 3),
            "searches": likelihood.searches,
            "searches that agreed": likelihood.agreed,
            "nats to the runner-up": None if next_best is None else round(next_best.margin, 3),
            "states of the runner-up": None if next_best is None else len(next_best.machine),
            "record next": None if next_best is None else list(map(next_best.machine.inputs.name, next_best.word)),
        }
    }


def proven(found: Uniqueness | None) -> dict[str, Any]:
    """What the certificate lists of what noise-free data prove."""
    if found is None:
        return {}
    states = len(found.machine)
    word = None if found.word is None else list(map(found.machine.inputs.name, found.word))
    return {
        "what the data prove": {
            f"no machine of fewer than {states} states": found.minimal,
            f"the only machine of at most {states} states": found.unique,
            f"the only machine of at most {states + 1} states": found.wider,
            "record next": word,
        }
    }


def told(outcome: Outcome, machine: Machine, *, wrong: float | None) -> Iterator[str]:
    """Yield how a run ended; `wrong` is the share of wrong training sequences of a machine that is to have none."""
    if wrong is not None:
        yield (
            f"no machine reproduced the data within the step budget ({outcome.effort}); the closest has "
            f"{counted(len(machine), 'state')} and gets {100 * wrong:.1f} % of the training sequences wrong"
        )
    elif (likelihood := outcome.likelihood) is not None:
        description = likelihood.description
        yield (
            f"the most likely machine has {counted(len(machine), 'state')}; {100 * description.rate:.2f} % of the "
            f"outputs ({description.errors:,} of {description.observed:,}) are not its own ({outcome.effort})"
        )
        yield f"  {likelihood.agreed} of {likelihood.searches} searches ended in it"
        if likelihood.runner_up is not None:
            yield f"  {_next_best(likelihood.runner_up, machine)}"
    elif outcome.course is None:
        yield f"{outcome.why}; it gives all outputs of the training data ({outcome.effort})"
    else:
        assert isinstance(outcome.course, Curriculum)
        search = outcome.course.search
        needed = f"at least {search.bound} {'is' if search.bound == 1 else 'are'} needed"
        size = "the smallest possible" if search.minimal else needed
        yield f"a machine of {counted(len(machine), 'state')} ({size}) reproduces all training data ({outcome.effort})"


def advice(verdict: str) -> Iterator[str]:
    """Yield what a user may do next."""
    if verdict == "unique":
        yield "a larger machine may fit, too, and differ; only a reference_file would settle that"
    if verdict == "undecided":
        yield "`seqlogic data --machine` asks for longer what the examples prove, and with --ask lists what to record"
    if verdict in ("undecided", "likely"):
        yield "a reference_file would settle whether it is the right one on all other words as well"


_REASONS = {
    "exact": "the machine is equal to the reference",
    "likely": "there is no reference, and data that may be wrong prove nothing; it is the most likely machine found",
}


def reason(links: tuple[Link, ...], verdict: str, outcome: Outcome, consistent: bool | None) -> str:
    """Why a run has its verdict."""
    if verdict in _REASONS:
        return _REASONS[verdict]
    if verdict == "unique":
        return told_of_examples(next(link for link in links if link.name == EXAMPLES_LINK))
    if verdict == "conforms":
        details = next(link.details for link in links if link.result == "conforms")
        return (
            "the machine answers as the reference does wherever that is specified, and goes beyond it elsewhere"
            if details["known"] == details["specified"]
            else "nothing contradicts the reference, but not all that it specifies was learned"
        )
    if verdict == "undecided":
        return _undecided(outcome, referred=any(link.name == REFERENCE_LINK for link in links))
    if consistent is False:
        return "not exact, the machine contradicts its training data"
    broken = next(link.name for link in links if link.result == "differs")
    return f"not exact, the first link that broke is {broken!r}"


def _undecided(outcome: Outcome, *, referred: bool) -> str:
    if referred:
        return "the machine reproduces all training data, but it is not proven to be the reference"
    minimal = outcome.course.search.minimal if isinstance(outcome.course, Curriculum) else False
    smaller = ", and no smaller machine does" if minimal else ", a smaller one may do so, too"
    return f"there is no reference; the machine reproduces all training data{smaller}"


def _proven(outcome: Outcome) -> str:
    """What the data alone prove of the number of states, after a comma; of noisy data nothing."""
    if not isinstance(outcome.course, Curriculum):
        return ""
    return f"; the data alone prove at least {outcome.course.search.bound}"


def _likely(outcome: Outcome, machine: Machine) -> dict[str, str]:
    """The same for the report."""
    if (likelihood := outcome.likelihood) is None:
        return {}
    description, next_best = likelihood.description, likelihood.runner_up
    facts = {
        "estimated error rate": f"{100 * description.rate:.2f} %, {description.errors:,} of "
        f"{description.observed:,} observed outputs are not the machine's",
        "description length": f"{description.length:,.1f} nats, {description.machine:,.1f} of them for the machine",
        "searches": f"{likelihood.agreed} of {likelihood.searches} ended in it",
    }
    if next_best is not None:
        facts["runner-up"] = _next_best(next_best, machine)
    return facts


def _next_best(next_best: RunnerUp, machine: Machine) -> str:
    word = " ".join(map(machine.inputs.name, next_best.word))
    return (
        f"another machine, of {counted(len(next_best.machine), 'state')}, is {next_best.margin:,.1f} nats less likely; "
        f"the two differ after {word}"
    )


def _range(least: int, most: int) -> str:
    return f"all of {least:,}" if least == most else f"{least:,} to {most:,}"
