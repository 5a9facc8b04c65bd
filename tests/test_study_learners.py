"""Our learner and its variants, by name."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from seqlogic import training
from seqlogic.errors import InputError
from seqlogic.study.learners import OURS, PEERS, Given, is_ours, learner
from seqlogic.study.version import version
from tasks import Parity


@pytest.mark.parametrize(
    ("name", "model", "curriculum", "batch_size"),
    [
        (OURS, {}, {}, 64),
        (f"{OURS} relaxation=1", {"relaxation": 1}, {}, 64),
        (f"{OURS} optimizer=adam growth=1.25", {"optimizer": "adam"}, {"growth": 1.25}, 64),
        (f"{OURS} batch_size=32 patience=7", {}, {"patience": 7}, 32),
    ],
)
def test_a_variant_changes_what_its_name_says(
    name: str, model: dict[str, Any], curriculum: dict[str, Any], batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def fit(data: Any, **arguments: Any) -> training.Fitted:
        asked.append((data.batch_size, data.seed, arguments))
        return training.Fitted(Parity().reference(), 3, 40)

    monkeypatch.setattr(training, "fit", fit)
    examples = Parity().examples(np.random.default_rng(0), 10, 1, 5)
    learned = learner(name).learn(Given(examples), 9, 60)
    assert (learned.attempts, learned.steps) == (3, 40)
    assert asked == [(batch_size, 9, {"seed": 9, "model": model, "curriculum": curriculum, "noise": {}})]


@pytest.mark.parametrize("change", ["speed=2", "relaxation", "relaxation=", "seed=3", "examples=1"])
def test_a_variant_of_nothing_is_refused(change: str) -> None:
    with pytest.raises(InputError, match=f"^variant {re.escape(repr(change))}, expected NAME=VALUE with one of .* pat"):
        learner(f"{OURS} {change}")


def test_variants_are_ours_and_have_our_version() -> None:
    names = [OURS, f"{OURS} refits=0", *PEERS]
    assert [is_ours(name) for name in names] == [True, True, *(False for _ in PEERS)]
    assert len({version(name) for name in names[:2]}) == 1
    assert len({version(name) for name in PEERS}) == 1
    assert version(OURS) != version(PEERS[0])
