"""Where does the time of a training go? `python -m seqlogic.study.anatomy` splits that of rows of the suites.

Each row is trained on its first seed, once as it is and once with these parts timed, in seconds of the processor:

* batches: drawing sequences and merging them into prefix trees, in the loader.
* forward, backward, growth: of the optimiser steps, without what Lightning does between them.
* checks: hardening, running the hard tables over the data, the metrics.
* rungs: fresh registers, where the curriculum starts, and the trees that the checks run over.
* search: the input tree of the data, and what it proves of the number of states.
* collapse: from the consistent network to the machine.
* rest: Lightning, looking for contradictions in the data, and all else.

Beside them stand the *products alone*: the matrix products of the forward and backward pass of the average step, and
nothing else, by the same BLAS in the same shapes. No fused kernel that keeps the arithmetic and calls that BLAS is
faster, so that they bound what one could give.
"""

from __future__ import annotations

import functools
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

import seqlogic.capacity
from datamodules import GivenData, SequenceData
from seqlogic.capacity import CapacitySearch
from seqlogic.commands.parser import Parser
from seqlogic.curriculum import Curriculum
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.growth import GrowthTransform
from seqlogic.learner import Learner
from seqlogic.machine import Alphabet
from seqlogic.prefix_tree import PrefixTree
from seqlogic.study.suite import Row, Suite, find_suite, read_suite
from seqlogic.study.table import Table
from seqlogic.training import fit

__all__ = ["PARTS", "ROWS", "Anatomy", "Products", "Step", "Stopwatch", "dissect", "find_rows", "main", "timed"]

PARTS = ("batches", "forward", "backward", "growth", "checks", "rungs", "search", "collapse", "rest")
"""What the time of a training is split into; the module's docstring tells each."""

FUSED = ("forward", "backward", "growth")
"""What a fused kernel would replace."""

ROWS = ("parity", "div7", "random20", "mod16", "dyck8_balanced", "s5", "random100", "random200")
"""The rows that are measured if none are named: small and large tables, quick and slow ones."""

_SUITES = ("small", "random")

_CALLS: tuple[tuple[object, str, str], ...] = (
    (Learner, "backward", "backward"),
    (Curriculum, "on_train_epoch_end", "checks"),
    (Curriculum, "_begin", "rungs"),
    (Curriculum, "_climb", "rungs"),
    (Curriculum, "on_fit_start", "search"),
    (CapacitySearch, "next", "search"),
    (CapacitySearch, "succeeded", "search"),
    (seqlogic.capacity, "collapse", "collapse"),
)
"""Whose calls belong to which part, as far as no other of these is called from within."""


class Stopwatch:
    """Splits time among the parts of a program: each moment belongs to the innermost part under way, or to `rest`.

    Args:
        clock: seconds that never decrease.

    Attributes:
        seconds: of each of PARTS, until the latest change of parts.
    """

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._clock = clock
        self._part = "rest"
        self._since = clock()

    def turn(self, part: str) -> str:
        """Begin a part, and return the one that was under way."""
        now, earlier = self._clock(), self._part
        self.seconds[earlier] += now - self._since
        self._since, self._part = now, part
        return earlier

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time what is within as this part."""
        earlier = self.turn(name)
        try:
            yield
        finally:
            self.turn(earlier)

    def calls(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The same function, whose calls are timed as this part."""

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return called


@dataclass(frozen=True)
class Step:
    """The shapes of one optimiser step.

    Attributes:
        members: P, the size of the population.
        states: S, of each table.
        edges: for each level of the batch, the edges E of each run that shares an input symbol.
    """

    members: int
    states: int
    edges: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, learner: Learner, tree: PrefixTree) -> Step:
        """The step of a learner on a batch."""
        edges = tuple(tuple(stop - start for _, start, stop in level.runs) for level in tree.levels)
        return cls(learner.registers.members, learner.registers.states, edges)

    @property
    def operations(self) -> int:
        """Floating-point operations of all its products: a multiplication and an addition for each term."""
        *inner, last = (sum(runs) for runs in self.edges)
        return 2 * self.members * self.states**2 * (3 * sum(inner) + last)


@dataclass(frozen=True)
class Products:
    """The products of a step, alone.

    Attributes:
        seconds: of the processor, called one by one from Python.
        calls: of it, what so many calls take that have nothing to multiply.
        operations: floating-point operations.
    """

    seconds: float
    calls: float
    operations: float


@dataclass(frozen=True)
class Anatomy:
    """Where the time of one training went.

    Attributes:
        row: its name.
        tables: P and S, of most of its steps.
        plain: seconds of the processor of the training that was not timed.
        seconds: of the processor, of each of PARTS.
        steps: optimiser steps.
        products: of the average step.
    """

    row: str
    tables: tuple[int, int]
    plain: float
    seconds: Mapping[str, float]
    steps: int
    products: Products

    @property
    def total(self) -> float:
        """Seconds of the processor, the measuring included."""
        return sum(self.seconds.values())


def largest_gain(seconds: Mapping[str, float], products: float) -> float:
    """How many times as fast the training could be if FUSED took no more than its products; all in seconds."""
    rest = sum(spent for part, spent in seconds.items() if part not in FUSED)
    return sum(seconds.values()) / (rest + products)


@contextmanager
def timed(watch: Stopwatch) -> Iterator[list[Step]]:
    """Time every training within, and yield the list that is filled with the shapes of its steps.

    The methods of the learner are wrapped for as long, and do what they always do.
    """
    steps: list[Step] = []
    forward, grow, loader = Learner.training_step, GrowthTransform.step, SequenceData.train_dataloader
    timed_forward = watch.calls(forward, "forward")

    @functools.wraps(forward)
    def training_step(learner: Learner, tree: PrefixTree, index: int) -> Tensor:
        steps.append(Step.of(learner, tree))
        return timed_forward(learner, tree, index)

    @functools.wraps(grow)
    def step(optimizer: GrowthTransform, closure: Callable[[], float] | None = None) -> float | None:
        with watch.part("growth"):
            # Lightning computes the loss and its gradient from within.
            return grow(optimizer, None if closure is None else watch.calls(closure, "rest"))

    @functools.wraps(loader)
    def train_dataloader(data: SequenceData) -> DataLoader[PrefixTree]:
        return DataLoader(_Timed(loader(data).dataset, watch), batch_size=None)

    with ExitStack() as stack:
        for owner, name, part in _CALLS:
            stack.enter_context(patch.object(owner, name, watch.calls(getattr(owner, name), part)))
        stack.enter_context(patch.object(Learner, "training_step", training_step))
        stack.enter_context(patch.object(GrowthTransform, "step", step))
        stack.enter_context(patch.object(SequenceData, "train_dataloader", train_dataloader))
        yield steps


class _Timed(IterableDataset[PrefixTree]):
    """The same batches, and the time that each takes."""

    def __init__(self, batches: Any, watch: Stopwatch) -> None:
        self.batches = batches
        self.watch = watch

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[PrefixTree]:
        batches = iter(self.batches)
        while True:
            with self.watch.part("batches"):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def operands(step: Step) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Both sides of each product of a step, and where the result goes, laid out as the scan and autograd do it.

    For each run of E edges forward [P, E, S] x [P, S, S], then the gradient of the belief, of the same shapes, and that
    of the table, [P, S, E] x [P, E, S]. The likelihood does not depend on the belief after the last level: no
    gradients there. All share the same memory, so that no training finds more of it in the cache.
    """
    P, S = step.members, step.states
    largest = max(E for runs in step.edges for E in runs)
    before, after = torch.full((P * largest * S,), 0.5), torch.full((P * largest * S,), 0.5)
    table, counts = torch.full((P, S, S), 0.5), torch.empty(P, S, S)
    found = []
    for depth, runs in enumerate(step.edges, start=1):
        for E in runs:
            left, right = (flat[: P * E * S].view(P, E, S) for flat in (before, after))
            found.append((left, table, right))
            if depth < len(step.edges):
                found += [(left, table.transpose(1, 2), right), (left.transpose(1, 2), right, counts)]
    return found


def products_alone(step: Step, repeats: int = 3) -> Products:
    """Time the products of a step, with nothing else between them: the best of so many repeats."""
    triples = operands(step)
    # No term to sum and nowhere to write it.
    nothing = [(torch.empty(1, 0, 1), torch.empty(1, 1, 1), torch.empty(1, 0, 1))] * len(triples)
    seconds, calls = (min(_multiplied(some) for _ in range(repeats)) for some in (triples, nothing))
    return Products(seconds, calls, step.operations)


def _multiplied(triples: Sequence[tuple[Tensor, Tensor, Tensor]]) -> float:
    start = time.process_time()
    for left, right, out in triples:
        torch.bmm(left, right, out=out)
    return time.process_time() - start


def products_of_average(steps: Sequence[Step], samples: int = 24) -> Products:
    """The mean of `products_alone` over steps; where there are more than `samples`, over so many, evenly spaced."""
    alone = [products_alone(step) for step in spread(steps, samples)]
    return Products(*(statistics.fmean(values) for values in zip(*map(astuple, alone), strict=True)))


def spread(steps: Sequence[Step], count: int) -> list[Step]:
    """So many of the steps, or all if there are fewer, evenly spaced: each the middle one of its stretch."""
    count = min(count, len(steps))
    return [steps[(2 * k + 1) * len(steps) // (2 * count)] for k in range(count)]


def find_rows(names: Sequence[str]) -> list[tuple[Suite, Row]]:
    """The rows of these names, in this order, each with its suite; InputError lists what there is."""
    suites = [read_suite(find_suite(name)) for name in _SUITES]
    known = {row.name: (suite, row) for suite in suites for row in suite.rows}
    for name in names:
        if name not in known:
            raise InputError(f"there is no row {name!r} in {' or '.join(_SUITES)}, expected some of {', '.join(known)}")
    return [known[name] for name in names]


def dissect(row: Row) -> Anatomy:
    """Train on the first seed of a row twice, without and with its parts timed, and time the products alone.

    Raises:
        ValueError, TypeError: as `Row.data`.
        RuntimeError: the two trainings are not the same.
    """
    seed = row.seeds.first
    once, again = _drawn(row, seed), _drawn(row, seed)
    start = time.process_time()
    plain = fit(once, seed=seed)
    without, watch = time.process_time() - start, Stopwatch()
    with timed(watch) as steps:
        found = fit(again, seed=seed)
    watch.turn("rest")
    one, other = ((it.attempts, it.steps, it.machine and it.machine.digest) for it in (plain, found))
    if one != other:
        raise RuntimeError(f"row {row.name}: the training went another way while it was timed")
    tables = statistics.mode((step.members, step.states) for step in steps)
    return Anatomy(row.name, tables, without, watch.seconds, len(steps), products_of_average(steps))


def _drawn(row: Row, seed: int) -> SequenceData:
    # As in the bench: drawing examples is no part of a training, looking for contradictions among them is.
    return GivenData(examples=row.data(seed).examples, seed=seed)


def table(anatomies: Sequence[Anatomy]) -> Table:
    """One line for each row; parts as shares of the total."""
    head = ("row", "P x S", "CPU s", *PARTS, "steps", "ms/step", "products", "calls", "GFLOP/s", "gain", "no calls")
    lines = []
    for one in anatomies:
        alone, kernel = one.products, sum(one.seconds[part] for part in FUSED)
        lines.append(
            (
                one.row,
                "{} x {}".format(*one.tables),
                f"{one.total:.2f}",
                *(f"{100 * one.seconds[part] / one.total:.1f} %" for part in PARTS),
                f"{one.steps}",
                f"{1000 * kernel / one.steps:.2f}",
                f"{1000 * alone.seconds:.2f}",
                f"{1000 * alone.calls:.2f}",
                f"{alone.operations / alone.seconds / 1e9:.1f}",
                f"{largest_gain(one.seconds, one.steps * alone.seconds):.2f}",
                f"{largest_gain(one.seconds, one.steps * (alone.seconds - alone.calls)):.2f}",
                f"{100 * (one.total / one.plain - 1):+.1f} %",
            )
        )
    return Table((*head, "timing"), tuple(lines))


_NOTES = """\
P x S: members and states of most steps. ms/step: of forward, backward and growth, in a step on average.
products: ms that the matrix products of such a step take alone; calls: of it, what so many empty ones take.
gain: how many times as fast if forward, backward and growth took as long as the products; no calls: as the products
without the calls. timing: what the measuring added to the training without it, noise included."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 2 if a row or an argument is at fault, 1 if a row cannot be measured."""
    # What is looked at is one thread of a processor.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    description = "Where the time of a training goes, and the most that a fused kernel could give."
    parser = Parser(prog="python -m seqlogic.study.anatomy", description=description)
    parser.add_argument("--rows", nargs="+", metavar="ROW", default=ROWS, help=f"default {' '.join(ROWS)}")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    try:
        options = parser.parse_args(arguments)
        rows = find_rows(options.rows)
        for suite, row in rows:
            suite.check([row])
        _warm()
        found = [dissect(row) for _, row in rows]
    except (InputError, RuntimeError) as error:
        print(f"anatomy: {error}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    shown = table(found)
    print(shown.markdown() if options.markdown else shown.text())
    without, total = (sum(values) for values in zip(*((one.plain, one.total) for one in found), strict=True))
    print(f"\n{_NOTES}\nall: {without:.2f} s without the timing, {total:.2f} s with it")
    return 0


def _warm() -> None:
    """Train on something tiny, so that no row pays for what is imported or set up once."""
    words = np.random.default_rng(0).integers(2, size=(20, 8), dtype=np.int32)
    bit = Alphabet.words(1)
    fit(GivenData(examples=Examples(words, words.cumsum(axis=1) % 2, bit, bit)), seed=0)


if __name__ == "__main__":
    sys.exit(main())
