"""How much must be asked? `python -m seqlogic.study.queries --suite NAME` asks the references of a suite's rows.

Of each row and seed the task's reference answers, and nobody sees more of it. Ours and AALpy's L* (Angluin, 1987, with
the counterexamples of Rivest and Schapire) and KV (Kearns and Vazirani, 1994) learn it, each with an oracle of its own
made alike: random words of the same seed, then the conformance suite of the hypothesis with so many extra states. All
are cached and counted by a record of the same kind. Whether the result is exact is proven afterwards. The seeds are
those of the oracles, and of the machines of rows that draw them.
"""

from __future__ import annotations

import statistics
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqlogic.asking import Learned, Oracle, Queryable, QueryableMachine, RandomWords, SuiteWords, in_turn, learn
from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import Progress
from seqlogic.errors import InputError
from seqlogic.machine import Machine, canonical
from seqlogic.proof import prove
from seqlogic.study import peers
from seqlogic.study.learners import OURS
from seqlogic.study.suite import Row, find_suite, read_suite, suites
from seqlogic.study.table import Table
from seqlogic.study.trial import in_symbols

__all__ = ["PEERS", "Asked", "ask_row", "main", "table"]

PEERS = ("lstar", "kv")
"""Who else is measured, of `seqlogic.study.peers`."""

_FIRST_SEED = 8000
_Learner = Callable[[Queryable, Oracle, float], Learned]


@dataclass(frozen=True)
class Asked:
    """What one learner asked of one row and seed.

    Attributes:
        row: its name.
        seed: of the oracle, and of the machine where the row draws it.
        learner: OURS or one of PEERS.
        states: of the reference.
        exact: whether what was learned is proven equal to the reference.
        learned: how learning ended.
    """

    row: str
    seed: int
    learner: str
    states: int
    exact: bool
    learned: Learned

    @property
    def queries(self) -> int:
        """Words asked to learn."""
        return self.learned.standing.learning.queries

    @property
    def symbols(self) -> int:
        """Their symbols."""
        return self.learned.standing.learning.symbols

    @property
    def all_queries(self) -> int:
        """Words asked to learn and to test."""
        return self.queries + self.learned.standing.testing.queries

    @property
    def all_symbols(self) -> int:
        """Their symbols."""
        return self.symbols + self.learned.standing.testing.symbols


_FIGURES = ("queries", "symbols", "all_queries", "all_symbols")


def ask_row(
    row: str, reference: Machine, seed: int, *, words: int = 200, extra_states: int = 1, limit: float = 60.0
) -> list[Asked]:
    """Let ours and each peer learn a machine by asking.

    Args:
        row: what it is called.
        reference: complete.
        seed: of the random words.
        words: how many of them in each round.
        extra_states: of the conformance suite.
        limit: seconds for each learner.

    Raises:
        InputError: AALpy is not installed, or the reference leaves an entry open.
    """
    learners: dict[str, _Learner] = {OURS: lambda unknown, oracle, seconds: learn(unknown, oracle, seconds=seconds)}
    learners |= {name: getattr(peers, name) for name in PEERS}
    asked = []
    for name, learner in learners.items():
        oracle = in_turn(RandomWords(words, seed=seed), SuiteWords(extra_states))
        learned = learner(QueryableMachine(reference), oracle, limit)
        exact = learned.machine is not None and prove(learned.machine, reference).result == "equal"
        asked.append(Asked(row, seed, name, len(reference), exact, learned))
    return asked


def table(asked: Sequence[Asked]) -> Table:
    """One line for each row, seed and learner."""
    lines = []
    for one in asked:
        standing = one.learned.standing
        counts = (one.queries, one.symbols, standing.testing.queries, standing.testing.symbols, standing.rounds)
        exact = "yes" if one.exact else "no" if one.learned.finished else "time"
        lines.append((one.row, one.learner, f"{one.seed}", f"{one.states}", exact, *(f"{count:,}" for count in counts)))
    head = ("row", "learner", "seed", "states", "exact", "queries", "symbols", "to test", "symbols", "rounds")
    return Table(head, tuple(lines))


def medians(asked: Sequence[Asked]) -> Table:
    """One line for each learner: the medians of its figures, and of their ratios, ours to its, row by row.

    The ratios are over the rows and seeds that both learned exactly.
    """
    lines = []
    for learner in (OURS, *PEERS):
        own = [one for one in asked if one.learner == learner]
        exact = f"{sum(one.exact for one in own)} of {len(own)}"
        figures = (f"{statistics.median(getattr(one, figure) for one in own):,g}" for figure in _FIGURES)
        pairs = [] if learner == OURS else list(_pairs(asked, learner))
        ratios = (_ratio(pairs, figure) for figure in _FIGURES)
        fewer = f"{sum(ours.queries <= other.queries for ours, other in pairs)} of {len(pairs)}" if pairs else ""
        lines.append((learner, exact, *figures, *ratios, fewer))
    names = ("queries", "symbols", "queries + tests", "symbols + tests")
    return Table(("learner", "exact", *names, *(f"ours : its {name}" for name in names), "at most its"), tuple(lines))


def _pairs(asked: Sequence[Asked], learner: str) -> Iterator[tuple[Asked, Asked]]:
    """Ours and its, where both are exact."""
    ours: Mapping[tuple[str, int], Asked] = {(one.row, one.seed): one for one in asked if one.learner == OURS}
    for one in asked:
        if one.learner == learner and one.exact and ours[one.row, one.seed].exact:
            yield ours[one.row, one.seed], one


def _ratio(pairs: Sequence[tuple[Asked, Asked]], figure: str) -> str:
    if not pairs:
        return ""
    return f"{statistics.median(getattr(ours, figure) / getattr(other, figure) for ours, other in pairs):.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and print; exit 0 if ours is exact everywhere, 1 if not, 2 if an argument is at fault, 130 interrupted."""
    try:
        return _ask(_options(arguments))
    except InputError as error:
        print(f"queries: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("queries: interrupted", file=sys.stderr)
        return 130


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = Parser(
        prog="python -m seqlogic.study.queries",
        description="Count what ours, AALpy's L* and its KV ask until they have the machine of each row of a suite, "
        "with the same oracle, the same cache and the same counts.",
        epilog="Exit code: 0 ours is exact in every row; 1 it is not; 2 the input or the arguments are at fault.",
    )
    parser.add_argument("--suite", default="small", help=f"{', '.join(suites())}, or a file (default small)")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="the .dot files of a suite of models")
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="these rows of the suite only")
    parser.add_argument("--states", type=int, default=256, metavar="N", help="rows of up to so many (default 256)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="of each row (default 1)")
    parser.add_argument(
        "--first-seed", type=int, default=_FIRST_SEED, metavar="N", help=f"the seeds begin here (default {_FIRST_SEED})"
    )
    parser.add_argument("--words", type=int, default=200, metavar="N", help="random words in each round (default 200)")
    parser.add_argument("--extra", type=int, default=1, metavar="K", help="extra states of the suite (default 1)")
    parser.add_argument("--limit", type=float, default=60.0, metavar="SECONDS", help="of each learner (default 60)")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    options = parser.parse_args(arguments)
    for name, least in (("states", 1), ("seeds", 1), ("first_seed", 0), ("words", 0), ("extra", 0)):
        if getattr(options, name) < least:
            flag = name.replace("_", "-")
            parser.error(f"argument --{flag}: {getattr(options, name)}, expected at least {least}")
    if not options.limit > 0:
        parser.error(f"argument --limit: {options.limit:g} seconds, expected more than 0")
    return options


def _ask(options: Namespace) -> int:
    rows = read_suite(find_suite(options.suite), options.models).named(options.rows)
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    jobs = [(row, seed) for row in rows for seed in seeds]
    asked: list[Asked] = []
    larger: dict[str, int] = {}
    with Progress("rows", after=2.0) as progress:
        for done, (row, seed) in enumerate(jobs, start=1):
            reference = _reference(row, seed)
            if len(reference) > options.states:
                larger[row.name] = len(reference)
                continue
            limits = {"words": options.words, "extra_states": options.extra, "limit": options.limit}
            asked += ask_row(row.name, reference, seed, **limits)
            progress.tell(done, len(jobs))
    if not asked:
        raise InputError(f"no row has at most {options.states} states")
    for shown in (table(asked), medians(asked)):
        print(shown.markdown() if options.markdown else shown.text(), end="\n\n")
    print("to test: words that the oracle asked. at most its: where ours asked no more words to learn.")
    if larger:
        print(f"left out: {', '.join(f'{name} ({states:,} states)' for name, states in larger.items())}")
    return 0 if all(one.exact for one in asked if one.learner == OURS) else 1


def _reference(row: Row, seed: int) -> Machine:
    try:
        data = row.data(seed)
        return canonical(in_symbols(data.reference(), data))
    except (ValueError, TypeError) as error:
        raise InputError(f"row {row.name}: {' '.join(str(error).split())}") from error


if __name__ == "__main__":
    sys.exit(main())
