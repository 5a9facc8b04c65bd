"""The learners that the bench compares: each is handed examples, a seed and its time, and returns what it found."""

from __future__ import annotations

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
    from datamodules import GivenData  # noqa: PLC0415  (torch, where it is needed)
    from seqlogic.training import fit  # noqa: PLC0415

    fitted = fit(GivenData(examples=examples, seed=seed), seed=seed)
    return Learned(fitted.machine, fitted.attempts, fitted.steps)
