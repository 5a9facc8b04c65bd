"""Where does the time of a training go? `python -m seqlogic.study.anatomy` splits that of some rows of the suites.

Each row is trained on its first seed, once as it is and once with these parts timed, in seconds of the processor:

* batches: drawing sequences and merging them into prefix trees, in the loader.
* forward, backward, growth: of the optimiser steps, without what Lightning does between them.
* checks: hardening, running the hard tables over the data, the metrics.
* rungs: fresh registers, where the curriculum starts, and the trees that the checks run over.
* search: the input tree of the data, and what it proves of the number of states.
* collapse: from the consistent network to the machine.
* rest: Lightning, and all else.

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
from dataclasses import dataclass
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
from seqlogic.training import Fitted, fit

__all__ = [
    "PARTS",
    "ROWS",
    "Anatomy",
    "Products",
    "Step",
    "Stopwatch",
    "dissect",
    "find_rows",
    "largest_gain",
    "main",
    "operands",
    "products_alone",
    "products_of_average",
    "table",
    "timed",
]

PARTS = ("batches", "forward", "backward", "growth", "checks", "rungs", "search", "collapse", "rest")
"""What the time of a training is split into; the module's docstring tells each."""

FUSED = ("forward", "backward", "growth")
"""The parts that a fused kernel would take the place of."""

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
        clock: seconds that never decrease; those of the processor, of all threads, if not given.

    Attributes:
        seconds: of each of PARTS until the latest change of parts.
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
        calls: seconds of that which so many calls take that have nothing to multiply.
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
        tables: P and S of most of its steps.
        plain: seconds of the processor without any measuring.
        seconds: of the processor of each of PARTS.
        steps: optimiser steps.
        products: of the average step; of nothing where there was no step.
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
    total = sum(seconds.values())
    return total / (total - sum(seconds[part] for part in FUSED) + products)


@contextmanager
def timed(watch: Stopwatch) -> Iterator[list[Step]]:
    """Time every training within, and yield the list that is filled with the shapes of its steps.

    The methods of the learner are replaced for as long, and stay as they are.
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
    count = min(samples, len(steps))
    if not count:
        return Products(0, 0, 0)
    chosen = [products_alone(steps[(2 * k + 1) * len(steps) // (2 * count)]) for k in range(count)]
    return Products(*(statistics.fmean(values) for values in zip(*map(astuple, chosen), strict=True)))


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
        InputError: the examples are at fault.
        RuntimeError: both trainings are not the same.
    """
    start = time.process_time()
    fitted = fit(_drawn(row), seed=row.seeds.first)
    plain = time.process_time() - start
    data, watch = _drawn(row), Stopwatch()
    with timed(watch) as steps:
        again = fit(data, seed=row.seeds.first)
    watch.turn("rest")
    return Anatomy(row.name, tables, plain, watch.seconds, len(steps), products_of_average(steps))


