"""What do examples prove of the true machine? `python -m seqlogic.study.proofs --suite NAME` asks it of a suite's rows.

Of each row and seed, examples are drawn as the suite draws them, and `proof.uniqueness` is asked of the reference: is
it minimal, the only one of its n states that fits, the only one of n + 1. No learner runs. The seeds are neither those
of the row's trials nor those of the calibration.

`--enumerate N` compares the verdicts on N small random questions with all machines there are, see `enumeration`.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import Progress
from seqlogic.errors import InputError
from seqlogic.machine import canonical
from seqlogic.proof import Uniqueness, questions, recorded, uniqueness
from seqlogic.study.calibration import SEEDS
from seqlogic.study.enumeration import KINDS, MOST_STATES, VERDICTS, compared, drawn
from seqlogic.study.suite import Row, Seeds, Suite, find_suite, read_suite, suites
from seqlogic.study.table import Table
from seqlogic.study.trial import in_symbols

__all__ = ["Proven", "Tally", "enumerate_verdicts", "main", "prove_row", "table"]

_FIRST_SEED = 7000

_SAID = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True)
class Proven:
    """What the examples of one row and seed prove.

    Attributes:
        row: its name.
        seed: of the examples.
        found: of the reference, as a machine over the symbols of the examples.
        cpu: seconds of the processor that it took.
        words: how many words were asked and recorded, 0 if it was the only one before; None if nobody was to ask.
        then: whether it then is the only one of at most n states, None if that is not known or nobody was to ask.
    """

    row: str
    seed: int
    found: Uniqueness
    cpu: float
    words: int | None = None
    then: bool | None = None


def prove_row(row: Row, seed: int, limit: float, *, ask: bool = False) -> Proven:
    """Draw the examples of a row and ask what they prove of its reference.

    Args:
        row: free of noise.
        seed: of the examples.
        limit: seconds of each proof; the words are looked for in six times as many, as `seqlogic data --ask` does.
        ask: record the words of `proof.questions` as the reference answers them, and ask again.

    Raises:
        InputError: the parameters are not the task's, or an output of the reference is known in part.
    """
    try:
        data = row.data(seed)
        machine, examples = canonical(in_symbols(data.reference(), data)), data.examples
        started = time.process_time()
        found = uniqueness(machine, examples, limit)
    except (ValueError, TypeError) as error:
        raise InputError(f"row {row.name}: {' '.join(str(error).split())}") from error
    proven = Proven(row.name, seed, found, time.process_time() - started)
    if not ask:
        return proven
    if found.unique:
        return replace(proven, words=0, then=True)
    words = questions(machine, examples, 6 * limit).words
    again = uniqueness(machine, recorded(examples, machine, words), limit)
    return replace(proven, words=len(words), then=again.unique)


def table(proven: Sequence[Proven]) -> Table:
    """One line for each row and seed, with what came of asking where somebody asked."""
    head = ("row", "seed", "states", "told apart", "minimal", "unique at n", "at n + 1", "word", "s", "CPU s")
    lines = []
    for one in proven:
        found = one.found
        verdicts = (_SAID[verdict] for verdict in (found.minimal, found.unique, found.wider))
        cells = (one.row, f"{one.seed}", f"{len(found.machine)}", f"{found.distinct}", *verdicts)
        word = "" if found.word is None else f"{len(found.word)}"
        asked = () if one.words is None else (f"{one.words}", _SAID[one.then])
        lines.append((*cells, word, f"{found.seconds:.2f}", f"{one.cpu:.2f}", *asked))
    asking = ("words asked", "unique then") if any(one.words is not None for one in proven) else ()
    return Table((*head, *asking), tuple(lines))


_NOTES = """\
told apart: so many states every machine that fits has at least. word: symbols of the example to record next, on which
another machine that fits answers otherwise. s: on the wall clock, which the limit counts."""


def _summary(proven: Sequence[Proven], limit: float) -> Iterator[str]:
    """How many were decided, which were not, and the slowest of those that were."""
    verdicts = {
        "minimal": [one.found.minimal for one in proven],
        "unique at n": [one.found.unique for one in proven],
        "at n + 1": [one.found.wider for one in proven],
    }
    for what, found in verdicts.items():
        unknown = [one for one, verdict in zip(proven, found, strict=True) if verdict is None]
        count = f"decided {len(proven) - len(unknown)} of {len(proven)}, {found.count(True)} of them yes"
        yield f"{what}: {count}{_named('unknown', unknown)}"
    decided = [one for one in proven if None not in (one.found.minimal, one.found.unique)]
    if decided:
        slowest = max(decided, key=lambda one: one.found.seconds)
        seconds = f"{slowest.found.seconds:.2f} s of {limit:g}"
        yield f"slowest of those with minimal and unique decided: {_name(slowest)}, {seconds}"
    asked = [one for one in proven if one.words is not None]
    if asked:
        left = [one for one in asked if not one.then]
        yield f"after asking: {len(asked) - len(left)} of {len(asked)} unique at n{_named('not known to be', left)}"


def _name(proven: Proven) -> str:
    return f"{proven.row} {proven.seed}"


def _named(what: str, proven: Sequence[Proven]) -> str:
    return f"; {what}: {', '.join(map(_name, proven))}" if proven else ""


@dataclass
class Tally:
    """One verdict over many questions.

    Attributes:
        agreed: how often all machines there are say the same.
        contradicted: how often they do not.
        unknown: how often it was.
        untried: how often there was nothing to compare, see `enumeration.compared`.
    """

    agreed: int = 0
    contradicted: int = 0
    unknown: int = 0
    untried: int = 0


def enumerate_verdicts(count: int, seed: int, limit: float, progress: Progress) -> tuple[dict[str, Tally], list[str]]:
    """Compare the verdicts on so many random questions with all machines there are.

    Returns:
        What came of each of `enumeration.VERDICTS`, and each contradiction in one line.
    """
    tallies, contradictions = {verdict: Tally() for verdict in VERDICTS}, []
    for number in range(count):
        states, kind = 1 + number % MOST_STATES, KINDS[number // MOST_STATES % len(KINDS)]
        machine, examples = drawn(np.random.default_rng((seed, number)), states, kind)
        outcome = compared(uniqueness(machine, examples, limit), examples)
        for verdict, tally in tallies.items():
            if verdict not in outcome:
                tally.untried += 1
            elif outcome[verdict] is None:
                tally.unknown += 1
            elif outcome[verdict]:
                tally.agreed += 1
            else:
                tally.contradicted += 1
                contradictions.append(f"question {number} ({kind}, states: {len(machine)}): {verdict} is contradicted")
        progress.tell(number + 1, count)
    return tallies, contradictions


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and print; the exit code is 2 if a row or an argument is at fault, 1 if a verdict is contradicted.

    130 is an interrupt: of a suite, what was found until then is printed.
    """
    try:
        options = _options(arguments)
        return _prove(options) if options.enumerate is None else _enumerate(options)
    except InputError as error:
        print(f"proofs: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("proofs: interrupted", file=sys.stderr)
        return 130


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = Parser(
        prog="python -m seqlogic.study.proofs",
        description="Ask what examples prove of the true machine of each row of a suite: that it is minimal, the only "
        "one of its n states that fits, the only one of n + 1. Or compare such verdicts with all machines there are.",
        epilog="Exit code: 0 all was asked, whatever the answers; 1 a verdict is contradicted by enumeration; 2 the "
        "input or the arguments are at fault; 130 interrupted, and what was found until then is printed.",
    )
    parser.add_argument("--suite", help=f"{', '.join(suites())}, or a file; rows free of noise only (default small)")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="the .dot files of a suite of models")
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="these rows of the suite only")
    parser.add_argument("--sequences", type=int, metavar="N", help="of each row (default as many as the row says)")
    parser.add_argument("--seeds", type=int, metavar="N", help="of each row (default 1)")
    parser.add_argument(
        "--first-seed", type=int, default=_FIRST_SEED, metavar="N", help=f"the seeds begin here (default {_FIRST_SEED})"
    )
    parser.add_argument("--limit", type=float, default=10.0, metavar="SECONDS", help="of each proof (default 10)")
    parser.add_argument(
        "--ask",
        action="store_true",
        help="where the machine is not known to be the only one of n states, record words as it answers them, found "
        "within six times the limit, and ask again",
    )
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument(
        "--enumerate",
        type=int,
        metavar="N",
        help=f"instead of a suite: N questions of machines of 1 to {MOST_STATES} states over bits, compared with all "
        "machines there are; takes --first-seed, --limit and --markdown",
    )
    options = parser.parse_args(arguments)
    for name, least in (("sequences", 1), ("seeds", 1), ("first_seed", 0), ("enumerate", 1)):
        value = getattr(options, name)
        if value is not None and value < least:
            parser.error(f"argument --{name.replace('_', '-')}: {value}, expected at least {least}")
    if not options.limit > 0:
        parser.error(f"argument --limit: {options.limit:g} seconds, expected more than 0")
    for name in ("suite", "models", "rows", "sequences", "seeds", "ask"):
        if options.enumerate is not None and getattr(options, name):
            parser.error(f"argument --{name}: is of a suite, which --enumerate does not ask about")
    return options


def _prove(options: Namespace) -> int:
    suite = read_suite(find_suite(options.suite or "small"), options.models)
    rows, seeds = suite.named(options.rows), Seeds(options.first_seed, options.seeds or 1)
    _refuse(suite, rows, seeds)
    suite.check(rows)
    if options.sequences is not None:
        rows = [replace(row, sequences=options.sequences) for row in rows]
    jobs = [(row, seeds.first + number) for row in rows for number in range(seeds.count)]
    proven: list[Proven] = []
    try:
        with Progress("proofs", after=2.0) as progress:
            for row, seed in jobs:
                proven.append(prove_row(row, seed, options.limit, ask=options.ask))
                progress.tell(len(proven), len(jobs))
    except KeyboardInterrupt:
        print(f"proofs: interrupted after {len(proven)} of {len(jobs)}", file=sys.stderr)
    shown = table(proven)
    print(shown.markdown() if options.markdown else shown.text())
    print("", _NOTES, *_summary(proven, options.limit), sep="\n")
    return 0 if len(proven) == len(jobs) else 130


def _refuse(suite: Suite, rows: Sequence[Row], seeds: Seeds) -> None:
    """InputError if a row has noise, or its trials or the calibration have one of the seeds."""
    for row in rows:
        if row.flipped:
            reason = (
                f"{100 * row.flipped:g} % of its outputs are flipped, and proofs take examples to be free of errors"
            )
            raise InputError(f"row {row.name}: {reason}", file=suite.file)
        for other, whose in ((row.seeds, "its trials"), (SEEDS, "the calibration")):
            if seeds.overlap(other):
                taken = f"{other.first} to {other.first + other.count - 1} are those of {whose}"
                raise InputError(f"row {row.name}: the seeds {taken}, expected others (--first-seed)", file=suite.file)


def _enumerate(options: Namespace) -> int:
    with Progress("questions", after=2.0) as progress:
        tallies, contradictions = enumerate_verdicts(options.enumerate, options.first_seed, options.limit, progress)
    kinds = {"rival": "where one is due", "at n + 1": f"n below {MOST_STATES}"}
    lines = [
        (verdict, kinds.get(verdict, "all"), *map(str, (one.agreed, one.contradicted, one.unknown, one.untried)))
        for verdict, one in tallies.items()
    ]
    shown = Table(("verdict", "compared", "agreed", "contradicted", "unknown", "not compared"), tuple(lines))
    print(shown.markdown() if options.markdown else shown.text())
    agreed, unknown = (sum(getattr(one, name) for one in tallies.values()) for name in ("agreed", "unknown"))
    print("", *contradictions, sep="\n" if contradictions else "")
    print(
        f"{options.enumerate} questions: {agreed} verdicts agreed with all machines there are, {len(contradictions)} "
        f"contradicted, {unknown} unknown"
    )
    return 1 if contradictions else 0


if __name__ == "__main__":
    sys.exit(main())
