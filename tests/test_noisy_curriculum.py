"""The course where outputs may be wrong: when it goes on, when it ends, and that a resumed one is the same."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datamodules import SampledData
from seqlogic.commands.train import Training, prepare
from seqlogic.noisy_curriculum import NoisyCurriculum
from seqlogic.training import fit
from tasks import ModCounter, Parity, RandomMachine
from tests.training import contents, interrupted, train_into

FLIPPED = ("--data.flipped", "0.05", "--data.max_length", "32")


def data(task: Any, sequences: int = 300, **arguments: Any) -> SampledData:
    return SampledData(task=task, sequences=sequences, **{"flipped": 0.05, **arguments})


def course(run: Training) -> NoisyCurriculum:
    assert isinstance(run.course, NoisyCurriculum)
    return run.course


@pytest.fixture(scope="module")
def run() -> Training:
    training = prepare(["--config", "mod5", "--data.sequences", "400", *FLIPPED])
    training.trainer.fit(training.model, datamodule=training.data)
    return training


def test_the_rungs_are_climbed_in_their_steps(run: Training) -> None:
    rungs = [row["rung"] for row in course(run).history if row["attempt"] == 0]
    assert rungs == [8] * 5 + [14] * 5 + [32] * 5
    assert run.trainer.global_step == 75 * course(run).attempts


def test_it_ends_when_two_searches_agree(run: Training) -> None:
    assert course(run).agreed >= 2
    machine = run.data.express(run.model.result) if run.model.result else None
    assert machine is not None
    assert machine.digest == ModCounter(k=5).reference().digest


def test_its_likelihood_counts_what_is_wrong(run: Training) -> None:
    found = course(run).likelihood()
    examples = run.data.examples
    assert run.model.result is not None
    wrong = (examples.answers >= 0) & (run.model.result.run(examples.words)[0] != examples.answers)
    assert found.description.errors == wrong.sum()
    assert 0.03 < found.description.rate < 0.07
    assert found.runner_up is not None
    assert found.runner_up.margin > 0
    assert (found.searches, found.agreed) == (len(course(run).found), course(run).agreed)


def test_a_network_that_is_too_small_is_followed_by_a_larger_one() -> None:
    given = data(RandomMachine(states=10, seed=4), 500, flipped=0.02)
    small = NoisyCurriculum(capacity=4)
    training = prepare(["--config", "random10", "--data.sequences", "500", "--noise.capacity", "4", *FLIPPED])
    training.trainer.fit(training.model, datamodule=training.data)
    capacities = [row["capacity"] for row in training.course.history]
    assert capacities[0] == small.capacity
    assert max(capacities) > 10
    assert capacities == sorted(capacities)
    assert training.model.result is not None
    assert training.data.express(training.model.result).digest == training.data.reference().digest  # type: ignore[union-attr]
    assert given.noisy


def test_attempts_are_bounded() -> None:
    fitted = fit(data(Parity()), seed=0, noise={"agreeing": 1000, "attempts": 3, "steps": 5, "capacity": 8})
    assert fitted.attempts == 3
    assert fitted.steps == 3 * 15


def test_without_training_it_starts_from_random_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = []
    search = NoisyCurriculum._search

    def watched(self: NoisyCurriculum, table: np.ndarray) -> bool:
        tables.append(table)
        return search(self, table)

    monkeypatch.setattr(NoisyCurriculum, "_search", watched)
    given = data(Parity())
    fitted = fit(given, seed=0, noise={"steps": 0, "agreeing": 3, "capacity": 16})
    assert fitted.machine is not None
    assert given.express(fitted.machine).digest == Parity().reference().digest
    assert all(table.shape == (16, 2) and table.max() < 16 for table in tables)
    assert len({table.tobytes() for table in tables}) == len(tables)


def test_without_larger_steps_the_search_ends_where_merging_does(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["seqlogic.noisy_curriculum"]
    monkeypatch.setattr(module, "shortest", None)
    fitted = fit(data(Parity()), seed=0, noise={"larger": False, "capacity": 16})
    assert fitted.machine is not None
    with pytest.raises(TypeError):
        fit(data(Parity()), seed=0, noise={"capacity": 16})


def test_a_rung_without_an_observed_output_is_left_out() -> None:
    labels = prepare(["--config", "parity", "--data.supervision", "label", "--data.min_length", "10", *FLIPPED])
    labels.trainer.fit(labels.model, datamodule=labels.data)
    # Labels stand at the ends, and the shortest sequence has ten symbols.
    assert sorted({row["rung"] for row in labels.course.history}) == [14, 32]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"capacity": 0}, "capacity is 0, expected at least 1"),
        ({"agreeing": 0}, "agreeing is 0, expected at least 1"),
        ({"attempts": 0}, "attempts is 0, expected at least 1"),
        ({"steps": -1}, "steps is -1, expected at least 0"),
        ({"observed_per_entry": -1}, "observed_per_entry is -1, expected at least 0"),
        ({"lengths": (0, 5)}, r"lengths are \[0, 5\], expected at least 1 each"),
    ],
)
def test_arguments_that_cannot_work(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        NoisyCurriculum(**arguments)


def test_an_interrupted_run_ends_as_one_that_was_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Searches that must agree more often than they can: there are several attempts to be interrupted in.
    arguments = ("--noise.agreeing", "9", "--noise.attempts", "2", "--noise.steps", "10", "--data.flipped", "0.05")
    assert train_into(tmp_path / "whole", *arguments) == 0
    for epoch in (3, 8):
        place = tmp_path / f"stopped{epoch}"
        with interrupted(monkeypatch, epoch):
            assert train_into(place, *arguments) == 130
        assert train_into(place, *arguments) == 0
        assert contents(place) == contents(tmp_path / "whole")
