"""The curriculum: where it begins, when it climbs, and what it leaves behind."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest
import torch

from seqlogic.commands.train import Training, prepare
from seqlogic.curriculum import Curriculum, first_length
from seqlogic.learner import Check, Learner
from seqlogic.machine import Machine
from seqlogic.prefix_tree import PrefixTree
from tests.example_sets import counter, every_word, observed, symbols


@pytest.fixture(scope="module")
def training() -> Training:
    """A run with several rungs."""
    run = prepare(["--config", "can_destuff"])
    run.trainer.fit(run.model, datamodule=run.data)
    return run


def test_the_first_length_holds_enough_edges() -> None:
    examples = every_word(counter(2), 6)
    # Lengths 1, 2, 3 hold 2, 6, 14 distinct edges; one state and two symbols at 3.5 edges an entry ask for 7.
    assert first_length(examples, 1, 3.5) == 3
    assert first_length(examples, 1, 1.0) == 1


def test_the_first_length_waits_for_what_is_rare() -> None:
    words = np.ones((1, 12), dtype=int)
    examples = observed(counter(4), words)
    # A 1 comes out after every fourth symbol; three states ask for three of them.
    assert first_length(examples, 3, 0.0) == 12
    assert first_length(examples, 2, 0.0) == 8


def test_the_first_length_waits_for_every_output() -> None:
    # A counter that shows its state: output k comes after the k-th one, and only then.
    shows = Machine(counter(6).next_state, counter(6).next_state, symbols(2), symbols(6))
    examples = observed(shows, np.ones((1, 12), dtype=int))
    assert first_length(examples, 4, 0.0) == 6


def test_without_enough_data_the_first_length_is_the_full_one() -> None:
    assert first_length(every_word(counter(2), 5), 1000, 4.0) == 5


def test_a_rung_is_passed_only_without_a_hard_error(training: Training) -> None:
    history = training.course.history
    for before, after in pairwise(history):
        if before["attempt"] == after["attempt"] and after["rung"] > before["rung"]:
            assert before["hard_error"] == 0
    assert len({row["rung"] for row in history}) > 2
    assert (history[-1]["rung"], history[-1]["hard_error"]) == (training.course.full_length, 0)


def test_rungs_only_climb_and_capacity_is_constant_within_an_attempt(training: Training) -> None:
    for _, rows in groupby(training.course.history, key=lambda row: row["attempt"]):
        attempt = list(rows)
        assert [row["rung"] for row in attempt] == sorted(row["rung"] for row in attempt)
        assert len({row["capacity"] for row in attempt}) == 1


def test_the_state_survives_a_file_that_holds_no_code(training: Training) -> None:
    state = training.course.state_dict()
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    assert torch.load(file, weights_only=True) == state


def test_patience_ends_a_hopeless_attempt() -> None:
    run = prepare(
        ["--config", "mod16", "--curriculum.patience", "0", "--curriculum.splits", "0", "--trainer.max_epochs", "4"]
    )
    run.trainer.fit(run.model, datamodule=run.data)
    assert [row["attempt"] for row in run.course.history] == [0, 1, 2, 3]


@pytest.mark.parametrize(("supervision", "epochs"), [("dense", 3), ("label", 6)])
def test_patience_is_longer_where_few_outputs_are_observed(
    monkeypatch: pytest.MonkeyPatch, supervision: str, epochs: int
) -> None:
    whole = Learner.check
    monkeypatch.setattr(Learner, "loss", 1.0)
    monkeypatch.setattr(
        Learner, "check", lambda learner, tree: replace(check := whole(learner, tree), errors=check.errors * 0 + 1)
    )
    lasting = ("--data.supervision", supervision, "--data.sequences", "50", "--trainer.max_epochs", "8")
    run = prepare(["--config", "parity", "--curriculum.splits", "0", *lasting])
    run.trainer.fit(run.model, datamodule=run.data)
    # Epochs of five steps, of which the first always is progress: 12 steps where all is seen, some 28 for labels.
    assert [row["attempt"] for row in run.course.history].count(0) == epochs


def test_an_attempt_to_find_a_smaller_machine_is_not_split(monkeypatch: pytest.MonkeyPatch) -> None:
    splits = []
    monkeypatch.setattr(Learner, "split", lambda *_: splits.append(True))
    run = prepare(["--config", "parity", "--curriculum.patience", "0", "--trainer.max_epochs", "8"])
    begin = Curriculum.on_train_start

    def from_a_machine(course: Curriculum, *rest: Any) -> None:
        begin(course, *rest)
        # It has states to spare, so that the search goes on, and nothing that is trained from here on is exact.
        course.search.succeeded(counter(9), 27)

    monkeypatch.setattr(Curriculum, "on_train_start", from_a_machine)
    whole = Learner.check
    monkeypatch.setattr(
        Learner, "check", lambda learner, tree: replace(check := whole(learner, tree), errors=check.errors * 0 + 1)
    )
    run.trainer.fit(run.model, datamodule=run.data)
    assert len({row["attempt"] for row in run.course.history}) > 1
    assert not splits


def test_a_stalled_attempt_splits_its_states_and_goes_on_with_longer_sequences() -> None:
    stalling = ("--curriculum.patience", "0", "--curriculum.splits", "2", "--trainer.max_epochs", "4")
    run = prepare(["--config", "delay4", "--curriculum.capacity_factor", "1", *stalling])
    run.trainer.fit(run.model, datamodule=run.data)
    history = run.course.history
    assert [row["attempt"] for row in history] == [0, 0, 0, 1]
    assert history[0]["rung"] < history[1]["rung"] < history[2]["rung"]
    # As many copies as it takes to have two of each state that is visited.
    for before, after in pairwise(history[:3]):
        assert after["capacity"] == max(before["capacity"], 2 * before["states"])
    assert history[2]["capacity"] > history[0]["capacity"]


def test_the_machine_of_a_rung_that_was_passed_is_tried_on_all_data(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, lengths = Learner.check, []

    def short_sighted(learner: Learner, tree: PrefixTree) -> Check:
        check = whole(learner, tree)
        lengths.append(len(tree.levels))
        # Whatever is longer than the first rung goes wrong.
        return check if len(tree.levels) == lengths[0] else replace(check, errors=check.errors + 1)

    monkeypatch.setattr(Learner, "check", short_sighted)
    run = prepare(["--config", "parity", "--data.max_length", "32"])
    run.trainer.fit(run.model, datamodule=run.data)
    assert run.model.result is not None
    assert max(lengths) < 32
    assert (run.model.result.run(run.data.examples.words)[0] == run.data.examples.answers).all()


def test_a_finished_search_that_is_resumed_trains_no_further(training: Training) -> None:
    again = prepare(["--config", "can_destuff"])
    again.course.load_state_dict(training.course.state_dict())
    again.trainer.fit(again.model, datamodule=again.data)
    assert again.trainer.global_step == 0
    assert again.model.result is not None
    assert training.model.result is not None
    assert again.model.result.digest == training.model.result.digest


def test_the_tables_of_a_population_stay_below_128_mib(training: Training) -> None:
    assert isinstance(training.course, Curriculum)
    learner, largest = training.model, training.course.search.largest
    assert 4 * learner.members(largest) * len(learner.examples.inputs) * largest**2 <= 128 * 2**20


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"growth": 1.0}, "growth is 1.0, expected above 1"),
        ({"capacity_factor": 0.5}, "capacity_factor is 0.5, expected at least 1"),
        ({"patience": -1}, "patience is -1, expected at least 0"),
        ({"edges_per_entry": -1.0}, "edges_per_entry is -1.0, expected at least 0"),
        ({"outputs_per_entry": -1.0}, "outputs_per_entry is -1.0, expected at least 0"),
        ({"splits": -1}, "splits is -1, expected at least 0"),
        ({"refits": -1}, "refits is -1, expected at least 0"),
    ],
)
def test_what_cannot_work_is_refused(argument: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Curriculum(**argument)
