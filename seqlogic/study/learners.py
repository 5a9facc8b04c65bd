"""The learners that the bench compares: each is handed examples, a seed and its time, and returns what it found."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seqlogic.circuit import Circuit
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.logic import LEARNERS, choose
from seqlogic.machine import Machine

__all__ = ["OURS", "PEERS", "Given", "Learned", "Learner", "is_ours", "learner"]

OURS = "seqlogic"
"""What our own learner is called; a variant of it has what is changed after it, as in `seqlogic relaxation=1`."""

PEERS = ("rpni", "edsm", "gru_kv", "noise_aware")
"""The learners of `seqlogic.study.peers`."""


@dataclass(frozen=True)
class Given:
    """What a trial gives to a learner.

    Attributes:
        examples: all of them.
        wrong: the share of the outputs that are wrong. Only a peer that needs it looks at its value; ours is told
            whether there are any.
        registers: with which ours learns, see `suite.Row`.
    """

    examples: Examples
    wrong: float = 0.0
    registers: str | None = None


@dataclass(frozen=True)
class Learned:
    """What a learner found.

    Attributes:
        machine: over the alphabets of the examples; None if it found none.
        attempts: trainings from fresh weights; None where a learner has no such thing.
        steps: optimiser steps, likewise.
        circuit: what it found instead, if that is one.
    """

    machine: Machine | None
    attempts: int | None = None
    steps: int | None = None
    circuit: Circuit | None = None


@dataclass(frozen=True)
class Learner:
    """What the bench runs.

    Attributes:
        learn: from the converted examples, a seed, and the seconds after which it will be stopped.
        convert: what is given into a format of its own, which is not timed; as it is, if there is none.
    """

    learn: Callable[[Any, int, float], Learned]
    convert: Callable[[Given], Any] = lambda given: given


def learner(name: str) -> Learner:
    """Return a learner by its name; InputError if what it needs is not installed."""
    if is_ours(name):
        changes = _changes(name)
        return Learner(lambda given, seed, _: _ours(given, seed, changes))
    if importlib.util.find_spec("aalpy") is None:
        raise InputError("the peers need aalpy, which is not installed: make bench PEERS=1, or pip install '.[peers]'")
    from seqlogic.study import peers  # noqa: PLC0415  (an extra of its own)

    if name == "gru_kv":
        # It trains until its time is up, and then has its best hypothesis: some time before it would be stopped.
        return Learner(lambda given, seed, limit: Learned(peers.GruKv(seconds=0.9 * limit).learn(given.examples, seed)))
    if name == "noise_aware":
        aware = peers.NoiseAware
        return Learner(
            lambda told, seed, _: Learned(aware(told[1]).learn(told[0], seed)),
            lambda given: (aware(given.wrong).convert(given.examples), given.wrong),
        )
    peer = getattr(peers, name)
    return Learner(
        lambda converted, seed, _: Learned(peer.learn(converted, seed)), lambda given: peer.convert(given.examples)
    )


def is_ours(name: str) -> bool:
    """Whether a learner is ours, as it is or in a variant."""
    return name.split(" ", 1)[0] == OURS


def _changes(name: str) -> dict[str, dict[str, Any]]:
    """What a variant changes, by where: arguments of the learner, of either curriculum and of the data.

    Raises:
        InputError: there is no such argument.
    """
    from datamodules import GivenData  # noqa: PLC0415  (torch, where it is needed)
    from seqlogic.curriculum import Curriculum  # noqa: PLC0415
    from seqlogic.learner import Learner  # noqa: PLC0415
    from seqlogic.noisy_curriculum import NoisyCurriculum  # noqa: PLC0415

    places: dict[str, Any] = {"model": Learner, "curriculum": Curriculum, "noise": NoisyCurriculum, "data": GivenData}
    known = {
        argument: place
        for place, built in places.items()
        for argument in inspect.signature(built).parameters
        if argument not in ("seed", "examples", "noisy", "lengths")
    }
    places["run"], known["registers"] = None, "run"
    changes: dict[str, dict[str, Any]] = {place: {} for place in places}
    for change in name.split(" ")[1:]:
        argument, _, value = change.partition("=")
        if argument not in known or not value:
            raise InputError(f"variant {change!r}, expected NAME=VALUE with one of the names {', '.join(known)}")
        changes[known[argument]][argument] = _value(value)
    return changes


def _value(text: str) -> float | str:
    """A number where the text is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _ours(given: Given, seed: int, changes: dict[str, dict[str, Any]]) -> Learned:
    if given.registers is not None and given.registers in LEARNERS:
        found = LEARNERS[given.registers](given.examples)
        return Learned(None, circuit=found.circuit if found else None)
    kind = changes["run"].get("registers", "table")
    if kind not in ("auto", "table"):
        raise InputError(f"registers={kind}, expected auto or table")
    from datamodules import GivenData  # noqa: PLC0415  (torch, where it is needed)
    from seqlogic.training import Fitted, fit  # noqa: PLC0415

    fitted: list[Fitted] = []

    def train_table() -> Machine | None:
        data = GivenData(examples=given.examples, seed=seed, noisy=given.wrong > 0, **changes["data"])
        fitted.append(
            fit(data, seed=seed, model=changes["model"], curriculum=changes["curriculum"], noise=changes["noise"])
        )
        return fitted[0].machine

    logic = None
    if kind == "auto" and not given.wrong:
        logic = choose(given.examples, train_table)
    else:
        train_table()
    attempts, steps = (fitted[0].attempts, fitted[0].steps) if fitted else (None, None)
    if logic is not None:
        return Learned(logic.machine, attempts, steps, logic.circuit)
    return Learned(fitted[0].machine, attempts, steps)
