"""The learners that the bench compares: each is handed examples, a seed and its time, and returns what it found."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import Machine

__all__ = ["OURS", "PEERS", "Learned", "Learner", "learner"]

OURS = "seqlogic"
"""What our own learner is called."""

PEERS = ("rpni", "edsm", "gru_kv")
"""The functions of `seqlogic.study.peers`."""


@dataclass(frozen=True)
class Learned:
    """What a learner found.

    Attributes:
        machine: over the alphabets of the examples; None if it found none.
        attempts: trainings from fresh weights; None where a learner has no such thing.
        steps: optimiser steps, likewise.
    """

    machine: Machine | None
    attempts: int | None = None
    steps: int | None = None


@dataclass(frozen=True)
class Learner:
    """What the bench runs.

    Attributes:
        learn: from the converted examples, a seed, and the seconds after which it will be stopped.
        convert: the examples into a format of its own, which is not timed; as they are, if not given.
    """

    learn: Callable[[Any, int, float], Learned]
    convert: Callable[[Examples], Any] = lambda examples: examples


def learner(name: str) -> Learner:
    """Return a learner by its name; InputError if what it needs is not installed."""
    if name == OURS:
        return Learner(_ours)
    if importlib.util.find_spec("aalpy") is None:
        raise InputError("the peers need aalpy, which is not installed: make bench PEERS=1, or pip install '.[peers]'")
    from seqlogic.study import peers  # noqa: PLC0415  (an extra of its own)

    if name == "gru_kv":
        # It trains until its time is up, and then has its best hypothesis: some time before it would be stopped.
        return Learner(lambda given, seed, limit: Learned(peers.GruKv(seconds=0.9 * limit).learn(given, seed)))
    peer = getattr(peers, name)
    return Learner(lambda given, seed, _: Learned(peer.learn(given, seed)), peer.convert)


def _ours(examples: Examples, seed: int, _: float) -> Learned:
    # TODO: only `fit`, once it is there.
    if importlib.util.find_spec("seqlogic.training") is None:
        return _shim(examples, seed)
    fitted = importlib.import_module("seqlogic.training").fit(examples, seed=seed)
    return Learned(fitted.machine, fitted.attempts, fitted.steps)


def _shim(examples: Examples, seed: int) -> Learned:
    import torch  # noqa: PLC0415
    from lightning import Trainer  # noqa: PLC0415

    from datamodules.sequences import SequenceData  # noqa: PLC0415
    from seqlogic.commands.train import _quieten  # noqa: PLC0415
    from seqlogic.curriculum import Curriculum  # noqa: PLC0415
    from seqlogic.learner import Learner  # noqa: PLC0415

    class Given(SequenceData):
        def load(self) -> Examples:
            return examples

    _quieten()
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    data, model, curriculum = Given(seed=seed), Learner(seed=seed), Curriculum()
    model.learn_from(data.examples, data.sampler)
    trainer = Trainer(
        callbacks=[curriculum],
        enable_checkpointing=False,
        max_epochs=4000,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        devices=1,
    )
    trainer.fit(model, datamodule=data)
    return Learned(model.result, curriculum.search.attempts, trainer.global_step)
