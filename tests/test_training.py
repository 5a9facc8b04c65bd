"""A training without files: what `seqlogic train` finds, found from examples in memory."""

from __future__ import annotations

import numpy as np
import pytest

from datamodules import GivenData, SampledData
from seqlogic.commands.train import prepare
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.training import fit
from tasks import DivisibleBy, Parity

DIV5 = DivisibleBy(k=5)


def given(seed: int = 0) -> GivenData:
    return GivenData(examples=DIV5.examples(np.random.default_rng(seed), 200, 1, 32), seed=seed)


def test_examples_in_memory_give_the_machine() -> None:
    fitted = fit(given(), seed=0)
    assert fitted.machine is not None
    assert fitted.machine.digest == DIV5.reference().digest
    assert (fitted.attempts, fitted.steps % 5) == (1, 0)


def test_the_command_line_trains_alike() -> None:
    training = prepare(["--config", "div5", "--seed_everything", "3"])
    training.trainer.fit(training.model, datamodule=training.data)
    fitted = fit(SampledData(task=DIV5, sequences=200, max_length=32, seed=3), seed=3)
    assert fitted.machine is not None
    assert training.model.result is not None
    assert fitted.machine.digest == training.model.result.digest
    assert fitted.steps == training.trainer.global_step


def test_arguments_can_be_changed() -> None:
    assert fit(given(), seed=0, model={"relaxation": 1.0}).steps > fit(given(), seed=0).steps
    with pytest.raises(ValueError, match="growth is 1, expected above 1"):
        fit(given(), seed=0, curriculum={"growth": 1})


def test_examples_that_contradict_each_other_are_refused() -> None:
    words, bit = np.zeros((2, 1), dtype=np.int32), Parity.inputs
    with pytest.raises(InputError, match=r"^sequences 1 and 2 contradict each other"):
        fit(GivenData(examples=Examples(words, np.array([[0], [1]]), bit, bit)), seed=0)
