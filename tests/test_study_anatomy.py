"""The anatomy of a training: what each part is given, by a clock that only counts how often it is read."""

from __future__ import annotations

import itertools
import os
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from datamodules import GivenData, SequenceData
from seqlogic import capacity
from seqlogic.capacity import Attempt, CapacitySearch
from seqlogic.curriculum import Curriculum
from seqlogic.errors import InputError
from seqlogic.growth import GrowthTransform
from seqlogic.learner import Learner
from seqlogic.prefix_tree import PrefixTree
from seqlogic.study import anatomy
from seqlogic.study.anatomy import (
    FUSED,
    PARTS,
    ROWS,
    Anatomy,
    Products,
    Step,
    Stopwatch,
    dissect,
    find_rows,
    largest_gain,
    main,
    operands,
    products_alone,
    products_of_average,
    spread,
    table,
    timed,
)
from seqlogic.study.suite import DIGITS, Row, Seeds
from seqlogic.training import Fitted, fit

ROW = Row("p", "parity", 20, Seeds(5, 1), sequences=60, length=(1, 8))
STEP = Step(2, 3, ((4,), (5, 6), (7,)))
SECONDS = dict.fromkeys(PARTS, 0.0) | {"forward": 2.0, "backward": 3.0, "growth": 1.0, "checks": 4.0}


def ticks() -> Stopwatch:
    """A stopwatch by which each part takes 1 from one change of parts to the next."""
    return Stopwatch(itertools.count().__next__)


def data(row: Row = ROW) -> SequenceData:
    return GivenData(examples=row.data(5).examples, seed=5)


def test_each_moment_belongs_to_the_innermost_part() -> None:
    now = 0.0
    watch = Stopwatch(lambda: now)
    now = 1
    with watch.part("checks"):
        now = 3
        with suppress(KeyError), watch.part("forward"):
            now = 7
            raise KeyError
        now = 15
    now = 31
    assert watch.turn("growth") == "rest"
    assert {part: spent for part, spent in watch.seconds.items() if spent} == {"rest": 17, "checks": 10, "forward": 4}
    now = 63
    watch.turn("rest")
    assert watch.seconds["growth"] == 32
    assert sum(watch.seconds.values()) == 63
    assert tuple(watch.seconds) == PARTS


def test_the_parts_of_a_training() -> None:
    watch, turns = ticks(), ["rest"]
    turn = watch.turn
    watch.turn = lambda part: turns.append(part) or turn(part)  # type: ignore[func-returns-value, method-assign]
    with timed(watch) as steps:
        found = fit(data(replace(ROW, sequences=200, length=(1, 40))), seed=5)
    assert found.steps == len(steps) > 0
    assert {part: watch.seconds[part] / found.steps for part in ("batches", *FUSED)} == {
        "batches": 1,
        "forward": 1,
        "backward": 1,
        # Before the loss and its gradient, which Lightning computes from within, and after them.
        "growth": 2,
    }
    assert watch.seconds["collapse"] == found.attempts == 1
    assert all(watch.seconds.values())
    assert list(pairwise(turns)).count(("checks", "rungs")) > found.attempts, "rungs are climbed between attempts"
    assert sum(watch.seconds.values()) == len(turns) - 1
    # From the outside to the inside, and back.
    inward = {(outer, inner) for outer, inner in pairwise(turns) if (inner, outer) in set(pairwise(turns))}
    assert inward == set(pairwise(turns))
    assert {frozenset(pair) for pair in inward if pair[0] != pair[1]} == {
        *(frozenset({"rest", part}) for part in PARTS if part not in ("rest", "collapse")),
        *(frozenset({"checks", part}) for part in ("search", "rungs")),
        frozenset({"search", "collapse"}),
    }


def test_a_training_is_as_it_was_and_so_is_the_learner() -> None:
    def methods() -> list[object]:
        owners = (Learner, Curriculum, CapacitySearch, SequenceData, GrowthTransform, capacity)
        return [dict(vars(owner)) for owner in owners]

    plain, before = fit(data(), seed=5), methods()
    with timed(ticks()):
        again = fit(data(), seed=5)
    assert plain.machine is not None
    assert again.machine is not None
    assert (plain.attempts, plain.steps, plain.machine.digest) == (again.attempts, again.steps, again.machine.digest)
    assert methods() == before
    with pytest.raises(KeyError), timed(ticks()):
        raise KeyError
    assert methods() == before


class Multiplications(TorchDispatchMode):
    """What torch multiplies: the shapes of both sides, and whether they are transposed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[object, ...]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func._overloadpacket is torch.ops.aten.bmm:
            self.seen.append(sides(*args[:2]))
        return func(*args, **kwargs or {})


def sides(*both: torch.Tensor) -> tuple[object, ...]:
    return tuple((tuple(side.shape), side.stride(-1) != 1) for side in both)


def test_the_products_are_those_of_a_step() -> None:
    learner, examples = Learner(population=3), ROW.data(5).examples
    learner.learn_from(examples, data().sampler)
    learner._draw(Attempt(0, 4), None)
    tree = PrefixTree.of(examples)
    with Multiplications() as real:
        learner.training_step(tree, 0).backward()
    step = Step.of(learner, tree)
    assert (step.members, step.states) == (3, 4)
    with Multiplications() as alone:
        products_alone(step, repeats=1)
    count = len(real.seen)
    assert count == 3 * 16 - 2 * 2, "two symbols in each of eight levels, the last without gradients"
    assert sorted(alone.seen[:count]) == sorted(real.seen)
    assert alone.seen[count:] == [(((1, 0, 1), False), ((1, 1, 1), False))] * count
    assert [sides(left, right) for left, right, _ in operands(step)] == alone.seen[:count]


def test_the_operations_of_a_step() -> None:
    terms = sum(left.numel() * right.shape[-1] for left, right, _ in operands(STEP))
    assert STEP.operations == 2 * terms == 2 * 2 * 9 * (3 * (4 + 5 + 6) + 7)
    assert products_alone(STEP).operations == STEP.operations


def test_the_result_of_each_product_has_its_place() -> None:
    for left, right, out in operands(STEP):
        assert torch.bmm(left, right).shape == out.shape
        assert out.is_contiguous()


def test_the_average_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [Step(1, states, ((1,),)) for states in range(1, 13)]
    assert [step.states for step in spread(steps, 3)] == [3, 7, 11]
    assert spread(steps, 12) == spread(steps, 99) == steps
    monkeypatch.setattr(anatomy, "products_alone", lambda step: Products(step.states, 2 * step.states, 5))
    assert products_of_average(steps, 3) == Products(7, 14, 5)
    assert products_of_average(steps) == Products(6.5, 13, 5)


def test_the_largest_gain() -> None:
    assert largest_gain(SECONDS, 1.0) == 10 / 5
    assert largest_gain(SECONDS, 6.0) == 1
    assert largest_gain(SECONDS, 0.0) == 2.5


def test_the_table() -> None:
    found = table([Anatomy("p", (4, 6), 8.0, SECONDS, 30, Products(0.1, 0.05, 3e8))])
    cells = dict(zip(found.head, found.lines[0], strict=True))
    shares = {part: cells.pop(part) for part in PARTS}
    assert {part: share for part, share in shares.items() if share != "0.0 %"} == {
        "forward": "20.0 %",
        "backward": "30.0 %",
        "growth": "10.0 %",
        "checks": "40.0 %",
    }
    assert cells == {
        "row": "p",
        "P x S": "4 x 6",
        "CPU s": "10.00",
        "steps": "30",
        "ms/step": "200.00",
        "products": "100.00",
        "calls": "50.00",
        "GFLOP/s": "3.0",
        "gain": "1.43",
        "no calls": "1.82",
        "timing": "+25.0 %",
    }


def test_the_rows_are_found() -> None:
    found = find_rows(ROWS)
    assert tuple(row.name for _, row in found) == ROWS
    assert {(suite.name, row.name) for suite, row in found} >= {("small", "parity"), ("random", "random200")}
    assert find_rows(["random20", "parity"])[0][1].sequences == 1000
    with pytest.raises(InputError, match=r"^there is no row 'x' in small or random, expected some of parity, .*random"):
        find_rows(["parity", "x"])


def test_what_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["--rows", "x"]) == 2
    assert capsys.readouterr().err.startswith("anatomy: there is no row 'x' in small or random")
    assert main(["--rows"]) == 2
    assert capsys.readouterr().err.startswith("anatomy: argument --rows: expected at least one argument")
    suite = find_rows(["parity"])[0][0]
    monkeypatch.setattr(anatomy, "find_rows", lambda _: [(suite, ROW)])
    assert main([]) == 2
    assert "row p: has no digest" in capsys.readouterr().err


def test_a_row_from_beginning_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0

    def fitted(given: SequenceData, seed: int) -> Fitted:
        nonlocal now
        now += 8
        found = fit(given, seed=seed)
        now += 16
        return found

    monkeypatch.setattr(anatomy, "fit", fitted)
    monkeypatch.setattr(anatomy, "Stopwatch", lambda: Stopwatch(lambda: now))
    found = dissect(ROW)
    assert found.seconds == dict.fromkeys(PARTS, 0) | {"rest": 24}
    assert found.total == 24
    assert (found.row, found.tables, found.steps) == ("p", (4, 6), fit(data(), seed=5).steps)
    assert found.products.operations > 0


def test_a_training_that_the_timing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = iter((5, 10))
    monkeypatch.setattr(anatomy, "fit", lambda *_, **__: Fitted(None, 1, next(steps)))
    with pytest.raises(RuntimeError, match=r"^row p: the training went another way while it was timed$"):
        dissect(ROW)


def test_a_row_that_cannot_be_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(_: Row) -> Anatomy:
        raise RuntimeError("row parity: another way")

    monkeypatch.setattr(anatomy, "dissect", changed)
    assert main(["--rows", "parity"]) == 1
    assert capsys.readouterr() == ("", "anatomy: row parity: another way\n")


def test_from_rows_to_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    suite = find_rows(["parity"])[0][0]
    row = replace(ROW, digest=ROW.data(5).examples.digest[:DIGITS])
    monkeypatch.setattr(anatomy, "find_rows", lambda names: [(suite, row)] * len(names))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert main(["--rows", "p", "--markdown"]) == 0
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "", "a GPU has other seconds"
    head, _, line, *_, last = capsys.readouterr().out.splitlines()
    cells = dict(zip(head.strip("| ").split(" | "), line.strip("| ").split(" | "), strict=True))
    assert cells["row"] == "p"
    assert cells["P x S"] == "4 x 6"
    assert int(cells["steps"]) == fit(data(), seed=5).steps
    assert sum(float(cells[part].removesuffix(" %")) for part in PARTS) == pytest.approx(100, abs=0.5)
    assert last.startswith("all: ")
