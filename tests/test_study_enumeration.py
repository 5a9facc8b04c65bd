"""Verdicts compared with all machines there are: right ones, and each that is made wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqlogic.machine import Machine, canonical
from seqlogic.proof import uniqueness
from seqlogic.study.enumeration import BIT, KINDS, VERDICTS, Kind, compared, drawn, examples_of

COUNTER = Machine([[0, 1], [1, 0]], [[0, 0], [0, 1]], BIT, BIT)
"""The second, fourth, ... 1 is answered by a 1."""
FEW = examples_of(COUNTER, np.array([[1, 1, 1, 0, 1]], dtype=np.int32))
SOME = examples_of(COUNTER, np.random.default_rng(0).integers(2, size=(9, 4), dtype=np.int32))
MANY = examples_of(COUNTER, np.random.default_rng(0).integers(2, size=(60, 12), dtype=np.int32))


def test_right_verdicts_agree() -> None:
    assert compared(uniqueness(COUNTER, MANY), MANY) == {"minimal": True, "unique at n": True, "at n + 1": True}
    found = uniqueness(COUNTER, FEW)
    assert found.unique is False
    assert compared(found, FEW) == {"minimal": True, "unique at n": True, "at n + 1": True, "rival": True}


def test_wrong_verdicts_are_noticed() -> None:
    found = uniqueness(COUNTER, MANY)
    assert compared(replace(found, minimal=False), MANY)["minimal"] is False
    assert compared(replace(found, unique=None), MANY)["at n + 1"] is False
    assert compared(replace(found, wider=False), MANY) == {
        "minimal": True,
        "unique at n": True,
        "at n + 1": False,
        "rival": False,
    }
    found = uniqueness(COUNTER, FEW)
    assert compared(replace(found, unique=True), FEW)["unique at n"] is False
    assert compared(replace(found, unique=True, wider=True), FEW)["at n + 1"] is False
    assert found.word is not None
    for wrong in (
        replace(found, rival=None),
        replace(found, rival=None, word=None),
        replace(found, rival=found.machine),
        replace(found, word=None),
        replace(found, word=(*found.word, 0)),
    ):
        assert compared(wrong, FEW)["rival"] is False


def test_one_state_more_is_a_question_of_its_own() -> None:
    found = uniqueness(COUNTER, SOME)
    assert (found.unique, found.wider) == (True, False)
    assert compared(found, SOME) == dict.fromkeys(VERDICTS, True)
    assert compared(replace(found, wider=True), SOME)["at n + 1"] is False
    # Its rival has a state more.
    assert compared(replace(found, unique=False), SOME)["rival"] is False


def test_what_is_unknown_is_neither() -> None:
    found = replace(uniqueness(COUNTER, MANY), minimal=None, unique=None, wider=None)
    assert compared(found, MANY) == dict.fromkeys(("minimal", "unique at n", "at n + 1"))


def test_machines_of_four_states_are_too_many() -> None:
    machine = canonical(Machine([[1, 0], [2, 1], [0, 2]], [[0, 0], [0, 0], [1, 0]], BIT, BIT))
    examples = examples_of(machine, np.random.default_rng(0).integers(2, size=(60, 12), dtype=np.int32))
    assert compared(uniqueness(machine, examples), examples) == {"minimal": True, "unique at n": True}


@pytest.mark.parametrize("kind", KINDS)
def test_questions_are_of_their_kind(kind: Kind) -> None:
    rng = np.random.default_rng(0)
    hidden = unknown = 0
    for _ in range(20):
        machine, examples = drawn(rng, 3, kind)
        assert len(machine) <= 3
        observed = examples.answers >= 0
        assert (machine.run(examples.words)[0] == examples.answers)[observed].all()
        unknown += int((machine.output < 0).sum())
        hidden += int((~observed).sum())
    assert (unknown > 0) == (kind == "partly")
    assert (hidden > 0) == (kind in ("missing", "partly"))
    again = drawn(np.random.default_rng(0), 3, kind)
    once = drawn(np.random.default_rng(0), 3, kind)
    assert (again[0].digest, again[1].digest) == (once[0].digest, once[1].digest)
