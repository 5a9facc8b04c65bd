"""One training without files: from examples to the smallest consistent machine that was found."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import torch
from lightning import LightningDataModule, Trainer
from lightning.pytorch.callbacks import Callback

from seqlogic.course import Course
from seqlogic.curriculum import Curriculum
from seqlogic.examples import Examples
from seqlogic.learner import Learner, Sampler
from seqlogic.machine import Machine
from seqlogic.noisy_curriculum import NoisyCurriculum

__all__ = ["Data", "Fitted", "fit", "quieten", "trainer_defaults"]


class Data(Protocol):
    """What a datamodule has here, beside what Lightning asks of it."""

    @property
    def examples(self) -> Examples:
        """All training examples."""

    @property
    def sampler(self) -> Sampler:
        """What draws the batches."""

    noisy: bool
    """Whether outputs may be wrong."""


@dataclass(frozen=True)
class Fitted:
    """What a training found.

    Attributes:
        machine: the smallest machine found that is consistent with all examples, or, where outputs may be wrong, the
            most likely one; None if there is none.
        attempts: trainings from fresh weights.
        steps: optimiser steps.
    """

    machine: Machine | None
    attempts: int
    steps: int


def quieten() -> None:
    """Silence Lightning's advice that concerns other uses of it."""
    for logger in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    warnings.filterwarnings("ignore", module="torch.jit")


def trainer_defaults(callbacks: Sequence[Callback] = ()) -> dict[str, Any]:
    """The arguments of a Lightning Trainer that every training here starts from."""
    return {
        "callbacks": list(callbacks),
        "enable_checkpointing": False,
        # Not max_steps: with it Lightning counts a resumed run's first epoch as begun already.
        "max_epochs": 4_000,
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        # Not "auto", which would take whatever else there is.
        "accelerator": "cuda" if torch.cuda.is_available() else "cpu",
        "devices": 1,
        # On a GPU a scattered sum would else depend on the order of the threads.
        "deterministic": torch.cuda.is_available(),
    }


def fit(
    data: Data,
    *,
    seed: int,
    model: Mapping[str, Any] | None = None,
    curriculum: Mapping[str, Any] | None = None,
    noise: Mapping[str, Any] | None = None,
) -> Fitted:
    """Train on one thread.

    Args:
        data: a datamodule.
        seed: of the weights.
        model: arguments of `Learner` that are not to have their defaults.
        curriculum: likewise of `Curriculum`.
        noise: likewise of `NoisyCurriculum`, which takes its place where outputs may be wrong.

    Raises:
        InputError: the examples are at fault.
        ValueError: an argument is.
    """
    quieten()
    threads = torch.get_num_threads()
    # Tables this small gain nothing from a second thread, and one thread keeps the order of every sum.
    torch.set_num_threads(1)
    learner = Learner(seed=seed, **(model or {}))
    course: Course = NoisyCurriculum(**(noise or {})) if data.noisy else Curriculum(**(curriculum or {}))
    learner.learn_from(data.examples, data.sampler, noisy=data.noisy)
    trainer = Trainer(**trainer_defaults([course]))
    try:
        trainer.fit(learner, datamodule=cast(LightningDataModule, data))
    finally:
        torch.set_num_threads(threads)
    return Fitted(learner.result, course.attempts, trainer.global_step)
