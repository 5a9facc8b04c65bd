"""`python -m seqlogic.study`: learners side by side on the very same data, and which of their machines are exact."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from seqlogic.commands.parser import Parser
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import Alphabet
from seqlogic.study.calibration import ENOUGH, SEEDS, SIZES, calibrate, sufficient
from seqlogic.study.learners import OURS, PEERS, Given, Learner, learner
from seqlogic.study.processes import side_by_side
from seqlogic.study.results import append, held, read_results
from seqlogic.study.suite import Row, Suite, find_suite, freeze, read_suite, suites
from seqlogic.study.table import Table, compared, measured, proven
from seqlogic.study.trial import Trial, failed_trials, run_trials
from seqlogic.study.version import version

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is missing of a suite and print its tables; the exit code is 0 whatever they say.

    2 is an argument, a suite or a results file at fault, 130 an interrupt. A trial that fails is one of the results.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # The workers end when an exception passes here; of a plain signal they would not know.
    earlier = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return _bench(arguments)
    except InputError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted; the same command goes on where it was", file=sys.stderr)
        return 130
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"bench: {place}{error.strerror or error}", file=sys.stderr)
        return 2
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _parser() -> Parser:
    parser = Parser(
        prog="python -m seqlogic.study",
        description="Compare learners on a suite: each is handed the very same examples, in a process of its own, and "
        "its machine is then compared with the reference. An interrupted bench goes on where it was.",
        epilog="Exit code: 0 the tables are printed, whatever they say; 2 the input or the arguments are at fault; 130 "
        "interrupted.",
    )
    parser.add_argument(
        "--suite", default="small", help=f"{', '.join(suites())}, or a file of your own (default small)"
    )
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=PEERS,
        metavar="NAME",
        help=f"also run these other learners, all if none is named: {', '.join(PEERS)}; needs the extra `peers`",
    )
    parser.add_argument(
        "--variants",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="also run ours with one argument changed, each on its own: an ablation. Arguments of the learner, the "
        "curriculum and the data, as `seqlogic train --help` names them; several at once in quotes, with spaces",
    )
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="the .dot files of a suite of models")
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="these rows of the suite only")
    parser.add_argument("--seeds", type=int, metavar="N", help="the first N seeds of each row only")
    parser.add_argument("--workers", type=int, default=2, help="trials side by side, each single-threaded (default 2)")
    parser.add_argument(
        "--output", type=Path, default=Path("runs/bench"), metavar="FOLDER", help="of SUITE.csv (default runs/bench)"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="begin SUITE.csv anew; the old one is kept as SUITE.csv.old"
    )
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown, with date and command")
    parser.add_argument(
        "--freeze", action="store_true", help="write the digests of the data into the suite, and run nothing"
    )
    parser.add_argument(
        "--calibrate",
        type=int,
        nargs="*",
        metavar="N",
        help="print for how many seeds, never those of the trials, so many sequences leave no rival of the reference, "
        f"and run nothing (default {', '.join(f'{size:,}' for size in SIZES)})",
    )
    return parser


@dataclass(frozen=True)
class _Job:
    """The trials of one row and seed that are still missing."""

    suite: Suite
    row: Row
    seed: int
    learners: tuple[str, ...]


def _bench(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    # What is compared is one thread of a processor; and no accelerator could be used in a fork.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in ("seeds", "workers"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise InputError(f"--{name} is {value}, expected at least 1")
    suite = read_suite(find_suite(options.suite), options.models)
    if options.freeze:
        if options.models is not None:
            raise InputError("models are frozen as they are found; --freeze is for suites with rows")
        print(f"{suite.file}: {freeze(suite)} of {len(suite.rows)} digests written anew")
        return 0
    rows = _chosen(suite, options.rows, options.seeds)
    variants = [f"{OURS} {' '.join(variant.split())}" for variant in options.variants]
    names = (OURS, *dict.fromkeys(variants), *dict.fromkeys([] if options.peers is None else options.peers or PEERS))
    if options.calibrate is not None:
        print(_calibrated(rows, sorted(options.calibrate or SIZES)).text())
        return 0
    learners = {name: learner(name) for name in names}
    suite.check(rows)
    path = options.output / f"{suite.name}.csv"
    with held(path) as lock:
        if options.fresh and path.exists():
            os.replace(path, f"{path}.old")
        trials = [trial for trial in read_results(path, suite.digest) if trial.version == version(trial.learner)]
        _run(path, lock, _missing(suite, rows, names, trials), learners, options.workers)
        trials = read_results(path, suite.digest)
    other = sum(trial.version != version(trial.learner) for trial in trials)
    wanted = {(row.name, name, seed) for row in rows for name in names for seed in row.seeds_of(name)}
    shown = [trial for trial in trials if (trial.row, trial.learner, trial.seed) in wanted]
    shown = [trial for trial in shown if trial.version == version(trial.learner)]
    order = [row.name for row in rows]
    shown.sort(key=lambda trial: (order.index(trial.row), trial.seed, names.index(trial.learner)))
    chosen, whole = (sum(row.seeds.count for row in some) for some in (rows, suite.rows))
    partial = f"; PARTIAL: {chosen} of {whole} seeds of rows" if chosen < whole else ""
    command = shlex.join(["python", "-m", "seqlogic.study", *arguments])
    print(f"suite {suite.name} ({suite.digest}), {datetime.now(UTC):%Y-%m-%d}, `{command}`{partial}\n")
    tables = [measured(rows, names, shown), compared(rows, names[1:], shown), proven(rows, names, shown)]
    print("\n\n".join(table.markdown() if options.markdown else table.text() for table in tables if table.lines))
    print("", *_notes(rows, shown), sep="\n")
    if other:
        print(f"{path} keeps {other} results of other versions of the learners, which are not shown")
    return 0


def _chosen(suite: Suite, names: Sequence[str] | None, seeds: int | None) -> list[Row]:
    rows = suite.named(names)
    if seeds is None:
        return rows
    return [replace(row, seeds=replace(row.seeds, count=min(seeds, row.seeds.count))) for row in rows]


def _calibrated(rows: Sequence[Row], sizes: Sequence[int]) -> Table:
    """One line for each row: what each size comes to, the size that is enough, and the one that the suite has."""
    if sizes[0] < 1:
        raise InputError(f"--calibrate is {sizes[0]}, expected at least 1")
    lines = []
    for row in rows:
        counts = calibrate(row, sizes)
        shown = [f"{counts[size]} of {SEEDS.count}" if size in counts else "" for size in sizes]
        lines.append((row.name, row.task, *shown, f"{sufficient(counts) or 'none'}", f"{row.sequences}"))
    return Table(("row", "task", *map(str, sizes), f"{ENOUGH} of {SEEDS.count}", "suite"), tuple(lines))


def _missing(suite: Suite, rows: Sequence[Row], names: Sequence[str], trials: Sequence[Trial]) -> list[_Job]:
    """The jobs that are left, one seed of all rows after the other: so the time that is left can be told early."""
    done = {(trial.row, trial.seed, trial.learner) for trial in trials}
    jobs = []
    for number in range(max(row.seeds.count for row in rows)):
        for row in rows:
            seed = row.seeds.first + number
            left = tuple(name for name in names if seed in row.seeds_of(name) and (row.name, seed, name) not in done)
            if left:
                jobs.append(_Job(suite, row, seed, left))
    return jobs


def _run(path: Path, lock: TextIO, jobs: Sequence[_Job], learners: dict[str, Learner], workers: int) -> None:
    if not jobs:
        return
    console = Console(stderr=True)
    names = sorted({name for job in jobs for name in job.learners})
    console.print(f"{path}: {len(jobs)} seeds of rows to run, of {', '.join(names)}", highlight=False, soft_wrap=True)
    _warm([learners[name] for name in names], max(job.row.wrong(2) for job in jobs))

    def work(job: _Job) -> list[Trial]:
        # A worker that outlives a bench that was killed must not keep the next one out.
        lock.close()
        chosen = {name: learners[name] for name in job.learners}
        return run_trials(job.suite.name, job.suite.digest, job.row, job.seed, chosen)

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Another worker may be forked at any time: the bar must have no thread, and leave its streams to a fork.
    with Progress(
        *columns,
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
        speed_estimate_period=3600,
    ) as progress:
        task = progress.add_task("bench", total=len(jobs))
        progress.refresh()
        for outcome in side_by_side(work, jobs, workers):
            job = outcome.job
            which = job.suite.name, job.suite.digest, job.row, job.seed, job.learners
            append(path, outcome.done or failed_trials(*which, message=outcome.error))
            progress.update(task, advance=1, description=job.row.name, refresh=True)


def _warm(learners: Sequence[Learner], flipped: float) -> None:
    """Let each learner learn something tiny, so that no trial pays for what it imports."""
    words = np.random.default_rng(0).integers(2, size=(20, 8), dtype=np.int32)
    bit = Alphabet.words(1)
    given = Given(Examples(words, words.cumsum(axis=1) % 2, bit, bit), flipped)
    for one in learners:
        try:
            one.learn(one.convert(given), 0, 10)
        except (ValueError, TypeError) as error:
            # An argument of a variant.
            raise InputError(str(error)) from error


def _notes(rows: Sequence[Row], trials: Sequence[Trial]) -> Iterator[str]:
    yield (
        "exact: equal to the reference. found: median states. CPU s: median of the processor's seconds for learning, "
        "one thread, the learner's time limit, one of the same seconds, where not exact."
    )
    yield (
        "peak: most memory that the learning of a trial took. wrong: differs from the reference, and "
        "fits the data. "
        "no rival: changing one entry of the true machine is noticed by the data."
    )
    if any(trial.learner != OURS for trial in trials):
        yield (
            "ratio: of a row, its median CPU s of ours to theirs; over several rows, the geometric mean of the rows' "
            "ratios. largest: that of the row where ours compares worst."
        )
    for result in ("conforms", "differs", "inconsistent", "none", "timeout", "error"):
        own = [trial for trial in trials if trial.result == result]
        if own:
            shown = "; ".join(
                f"{trial.learner} {trial.row} {trial.seed}" + (f" ({trial.message})" if trial.message else "")
                for trial in own[:6]
            )
            yield f"{result} {len(own)}: {shown}{'; ...' if len(own) > 6 else ''}"
    tables = {row.name for row in rows if not row.circuits}
    if len(tables) < len(rows):
        yield "Where ours has history or layered registers, states and found are latches, and nobody looks for a rival."
    unknown = [f"{trial.row} {trial.seed}" for trial in trials if trial.rival is None and trial.row in tables]
    unknown = list(dict.fromkeys(unknown))
    if unknown:
        shown = "; ".join(unknown[:6]) + ("; ..." if len(unknown) > 6 else "")
        yield f"rival unknown {len(unknown)}: {shown} (the search ended without an answer; not counted)"
