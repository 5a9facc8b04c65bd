"""How often is a task learned exactly? `python -m seqlogic.study.exactness` prints k of n for each configuration."""

from __future__ import annotations

import argparse
import csv
import math
import multiprocessing
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.progress import track

__all__ = ["Trial", "main", "run_trial", "wilson_interval"]


@dataclass(frozen=True)
class Trial:
    """One run of one configuration.

    Attributes:
        task: the configuration's name.
        seed: of examples and weights.
        result: the verdict, "exact", "conforms" or "differs", or "none": no machine reproduced the data.
        states: of the machine that was found, 0 for none.
        true_states: of the minimal reference.
        attempts: trainings from fresh weights.
        steps: optimiser steps.
        seconds: wall-clock time of learning and proof; imports are not counted.
    """

    task: str
    seed: int
    result: str
    states: int
    true_states: int
    attempts: int
    steps: int
    seconds: float


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % confidence interval of a proportion (Wilson, 1927).

    >>> [round(bound, 3) for bound in wilson_interval(20, 20)]
    [0.839, 1.0]
    """
    if trials == 0:
        return 0.0, 1.0
    z = 1.959964
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def run_trial(job: tuple[str, int, tuple[str, ...]]) -> Trial:
    """Learn one configuration with one seed and prove both links, as `seqlogic train` does; no file is written."""
    from seqlogic.commands.outcome import learned  # noqa: PLC0415  (torch, once in each worker)
    from seqlogic.commands.train import prepare  # noqa: PLC0415
    from seqlogic.machine import canonical  # noqa: PLC0415
    from seqlogic.proof import verdict_of  # noqa: PLC0415
    from seqlogic.proof.links import network_link, reference_link  # noqa: PLC0415

    task, seed, extra = job
    started = time.monotonic()
    # A random task is a new machine for each seed, not one machine learned from many samples.
    redraw = ["--data.init_args.task.init_args.seed", str(seed)] if task.startswith("random") else []
    training = prepare(["--config", task, "--seed_everything", str(seed), *redraw, *extra])
    training.trainer.fit(training.model, datamodule=training.data)
    consistent = training.model.result is not None
    found, network = learned(training.model, training.data)
    machine = training.data.express(found)
    reference = training.data.reference()
    assert reference is not None
    verdict = verdict_of((network_link(network, machine), reference_link(machine, reference)), consistent)
    return Trial(
        task=task,
        seed=seed,
        result=verdict if consistent else "none",
        states=len(machine) if consistent else 0,
        true_states=len(canonical(reference)),
        attempts=training.curriculum.search.attempts,
        steps=training.trainer.global_step,
        seconds=time.monotonic() - started,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all trials, two single-threaded at a time, and print a table; exit 0 whatever it says."""
    parser = argparse.ArgumentParser(prog="python -m seqlogic.study.exactness", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="configurations; all but `machine` if none is given")
    parser.add_argument("--seeds", type=int, default=20, help="seeds per task (default 20)")
    parser.add_argument("--first-seed", type=int, default=0, help="the first of them (default 0)")
    parser.add_argument("--csv", type=Path, help="write one row per run into this file")
    parser.add_argument("--extra", default="", help="arguments for every training, as one string")
    options = parser.parse_args(arguments)
    from seqlogic.configurations import shipped  # noqa: PLC0415

    tasks = options.tasks or [name for name in shipped() if name != "machine"]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    jobs = [(task, seed, tuple(options.extra.split())) for task in tasks for seed in seeds]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.imap(run_trial, jobs)
        trials = list(track(results, total=len(jobs), disable=not sys.stderr.isatty(), description="runs"))
    if options.csv:
        with options.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(asdict(trials[0])), lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(trial) for trial in trials)
    _print_table(tasks, trials)
    return 0


def _print_table(tasks: Sequence[str], trials: Sequence[Trial]) -> None:
    columns = f"{'task':18} {'states':>6} {'exact':>8} {'95 % interval':>16} {'median s':>9} {'max s':>7}"
    print(f"{columns}  not exact (seed: result, states)")
    for task in [*tasks, "all"]:
        own = [trial for trial in trials if task in (trial.task, "all")]
        exact = sum(trial.result == "exact" for trial in own)
        low, high = wilson_interval(exact, len(own))
        seconds = [trial.seconds for trial in own]
        misses = [f"{trial.seed}: {trial.result} {trial.states}" for trial in own if trial.result != "exact"]
        print(
            f"{task:18} {'' if task == 'all' else own[0].true_states:>6} {f'{exact}/{len(own)}':>8} "
            f"{f'{100 * low:.1f} - {100 * high:.1f} %':>16} {statistics.median(seconds):>9.2f} {max(seconds):>7.1f}  "
            f"{'; '.join(misses[:6]) if task != 'all' else ''}"
        )


if __name__ == "__main__":
    sys.exit(main())
