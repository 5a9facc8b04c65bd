"""The learner: from examples alone to the machine that made them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from datamodules import GivenData
from seqlogic.commands.train import Training, prepare
from seqlogic.examples import Examples
from seqlogic.hard import HardNetwork
from seqlogic.learner import Learner
from seqlogic.machine import Alphabet, Machine, canonical
from seqlogic.prefix_tree import PrefixTree
from seqlogic.registers import TableRegisters
from seqlogic.scan import log_likelihood


def fitted(*arguments: str) -> Training:
    """A training of these arguments, run to its end."""
    training = prepare(["--config", *arguments])
    training.trainer.fit(training.model, datamodule=training.data)
    return training


@pytest.mark.parametrize(
    "arguments",
    [
        ("parity",),
        ("random5", "--data.init_args.task.init_args.inputs", "4", "--data.init_args.task.init_args.outputs", "4"),
        ("tomita4", "--data.supervision", "label", "--data.sequences", "600"),
        ("div3", "--data.missing", "0.6", "--data.sequences", "400"),
        ("parity", "--model.optimizer", "adam"),
        ("cycle5", "--model.population", "1"),
    ],
    ids=["dense", "larger alphabets", "labels", "missing", "adam", "one member"],
)
def test_the_machine_that_made_the_examples_is_found(arguments: tuple[str, ...]) -> None:
    training = fitted(*arguments)
    reference = training.data.reference()
    assert training.model.result is not None
    assert reference is not None
    assert training.model.result.digest == reference.digest


def test_the_result_is_canonical_and_its_network_equal_to_it() -> None:
    model = fitted("detector1011").model
    assert model.result is not None
    assert model.network is not None
    assert np.array_equal(canonical(model.result).next_state, model.result.next_state)
    assert model.network.digest == model.result.digest
    assert len(model.network) > len(model.result), "this one has states to spare, which the proof has to merge"


def test_a_frozen_network_gives_its_data_probability_one() -> None:
    training = fitted("tomita3")
    model = training.model
    assert model.network is not None
    network = model.become(model.network)
    tree = PrefixTree.of(training.data.examples)
    assert float(log_likelihood(model.registers, tree).detach()) == 0
    assert network.digest == HardNetwork.from_machine(model.network).digest


def test_a_network_that_errs_on_the_data_cannot_be_frozen() -> None:
    training = fitted("parity")
    model = training.model
    assert model.result is not None
    wrong = Machine(model.result.next_state, 1 - model.result.output, model.result.inputs, model.result.outputs)
    with pytest.raises(RuntimeError, match="expected exactly 0"):
        model.become(wrong)


def test_a_run_out_of_budget_has_no_result_but_a_closest_network() -> None:
    model = fitted("mod16", "--trainer.max_epochs", "2").model
    assert model.result is None
    assert model.network is not None


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, same, other = (
        fitted("mod5", "--trainer.max_epochs", "3", "--seed_everything", seed).model.registers.transition
        for seed in ("3", "3", "4")
    )
    assert torch.equal(first, same)
    assert first.shape != other.shape or not torch.equal(first, other)


@pytest.mark.parametrize(
    ("states", "largest", "copies"), [(3, 4, [1, 2, 1]), (3, 9, [2, 2, 2]), (8, 9, [2, 4, 2]), (3, 2, [1, 1, 0])]
)
def test_what_a_split_leaves_room_for_goes_to_the_states_in_doubt(
    monkeypatch: pytest.MonkeyPatch, states: int, largest: int, copies: list[int]
) -> None:
    # A ring of three, of which state 1 answers 1 and 2 in turn.
    words, answers = np.zeros((1, 12), dtype=np.int32), np.tile(np.array([0, 1, 0, 0, 2, 0], dtype=np.int32), 2)[None]
    examples = Examples(words, answers, Alphabet.of(["step"]), Alphabet.of(["0", "1", "2"]))
    data = GivenData(examples=examples)
    learner = Learner(population=1)
    learner.learn_from(examples, data.sampler)
    transition, emission = torch.full((1, 1, states, states), 1e-4), torch.full((1, 1, states, 3), 1e-4)
    for state, following, shown in ((0, 1, [0]), (1, 2, [1, 2]), (2, 0, [0])):
        transition[0, 0, state, following] = 1
        emission[0, 0, state, shown] = 1
    learner.registers = TableRegisters(*(rows / rows.sum(-1, keepdim=True) for rows in (transition, emission)))
    monkeypatch.setattr(learner, "optimizers", learner.configure_optimizers)
    learner.batch = PrefixTree.of(examples)
    parents: list[int] = []
    split = TableRegisters.split

    def noted(registers: TableRegisters, member: int, of: torch.Tensor, *rest: Any) -> TableRegisters:
        parents.extend(of.tolist())
        return split(registers, member, of, *rest)

    monkeypatch.setattr(TableRegisters, "split", noted)
    learner.split(learner.check(learner.batch), (0,), largest)
    assert parents[0] == 0
    assert np.bincount(parents, minlength=3).tolist() == copies
    assert learner.registers.states == len(parents)


def test_rows_are_remembered_after_a_stall_and_where_states_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    memories: list[float] = []
    for name in ("begin", "split"):
        original = getattr(Learner, name)

        def noted(learner: Learner, *rest: Any, original: Any = original) -> None:
            original(learner, *rest)
            optimizer = learner.optimizers()
            assert not isinstance(optimizer, list)
            memories.append(optimizer.param_groups[0]["memory"])

        monkeypatch.setattr(Learner, name, noted)
    # Seed 3 splits its states, merges several, then pairs.
    few = ("--data.sequences", "20", "--data.max_length", "10", "--seed_everything", "3", "--curriculum.splits", "1")
    fitted("tomita7", *few, "--model.relaxation", "0.25", "--model.population", "1", "--model.memory", "5")
    assert memories[:3] == [0, 5, 5]


def test_a_population_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="a population has at least 1 member, not 0"):
        Learner(population=0)
    with pytest.raises(ValueError, match="the learning rate is 0, expected above 0"):
        Learner(learning_rate=0)


def test_no_probability_is_lost_for_good_while_training() -> None:
    registers = fitted(
        "mod5", "--data.sequences", "20", "--trainer.max_epochs", "2", "--model.floor", "0.01"
    ).model.registers
    assert float(registers.transition.detach().min()) >= 0.0099 / registers.states


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_gives_the_same_result_each_time() -> None:
    first, second = fitted("detector1011"), fitted("detector1011")
    assert first.trainer.strategy.root_device.type == "cuda"
    assert first.course.history == second.course.history
    assert first.model.result is not None
    assert second.model.result is not None
    assert first.model.result.digest == second.model.result.digest
