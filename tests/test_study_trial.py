"""A trial: how it is measured and stopped, and what becomes of a machine that is not the reference."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqlogic.circuit import Circuit
from seqlogic.examples import Examples
from seqlogic.formats import write_machine
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.study.learners import Given, Learned, Learner, learner
from seqlogic.study.suite import Peer, Row, Seeds
from seqlogic.study.trial import Trial, failed_trials, in_symbols, run_trials
from seqlogic.study.version import version
from tasks import Crc, Parity

PARITY = Parity().reference()
ROW = Row("p", "parity", 20, Seeds(5, 1), sequences=40, length=(1, 6))


def trial(learn: Callable[[Examples, int], Machine | None], row: Row = ROW) -> Trial:
    found = run_trials(
        "s", "d", row, 5, {"it": Learner(lambda given, seed, _: Learned(learn(given.examples, seed), 3, 7))}
    )
    (only,) = found
    return only


def test_an_exact_machine_and_all_that_is_recorded() -> None:
    data = ROW.data(5)

    def learn(examples: Examples, seed: int) -> Machine:
        assert type(examples) is Examples
        assert np.array_equal(examples.words, data.examples.words)
        assert seed == 5
        # One state too many is still the same machine.
        return Machine([[2, 1], [1, 0], [0, 1]], [[0, 1], [1, 0], [0, 1]], PARITY.inputs, PARITY.outputs)

    found = trial(learn)
    assert (found.suite, found.suite_digest, found.row, found.learner, found.seed) == ("s", "d", "p", "it", 5)
    assert (found.result, found.states, found.true_states, found.rival) == ("exact", 2, 2, False)
    assert (found.data, found.attempts, found.steps, found.message) == (data.examples.digest[:12], 3, 7, "")
    assert found.wall > 0
    assert found.version == version("peer")


def test_a_circuit_is_proven_against_that_of_the_task() -> None:
    row = Row("c", "crc", 20, Seeds(5, 1), {"polynomial": "crc16"}, sequences=60, length=(1, 40), registers="history")

    def of(circuit: Circuit | None, machine: Machine | None = None, **changes: object) -> Trial:
        learned = Learner(lambda *_: Learned(machine, circuit=circuit))
        (found,) = run_trials("s", "d", replace(row, **changes), 5, {"it": learned})  # type: ignore[arg-type]
        return found

    exact = of(Crc(polynomial="crc16").circuit())
    assert (exact.result, exact.states, exact.true_states, exact.rival, exact.message) == ("exact", 16, 16, None, "")
    assert exact.data == row.data(5).examples.digest[:12]
    # The polynomial of degree one repeats itself as long as it has read nothing.
    assert of(Crc(polynomial="crc8").circuit()).result == "inconsistent"
    short = {"length": (1, 3)}
    assert of(Crc(polynomial=0x11021 ^ 4).circuit(), **short).result == "differs"
    assert of(None).result == "none"
    other = of(replace(Crc(polynomial="crc16").circuit(), inputs=("other",)))
    assert other.result == "error"
    assert other.message.startswith("not judged: ValueError: ")
    # Another learner finds a table.
    small = of(None, Crc(polynomial="crc4").reference(), parameters={"polynomial": "crc4"})
    assert (small.result, small.states) == ("exact", 4)


def test_ours_learns_with_the_registers_of_the_row() -> None:
    row = Row("d", "delay", 60, Seeds(5, 1), {"d": 20}, sequences=60, length=(1, 40), registers="history")
    (found,) = run_trials("s", "d", row, 5, {"seqlogic": learner("seqlogic")})
    assert (found.result, found.states) == ("exact", 20)


def test_a_peer_has_a_limit_of_its_own() -> None:
    row = replace(ROW, peers={"it": Peer(limit=0.25)})

    def learn(_: object, seed: int, limit: float) -> Learned:
        assert limit == 0.25
        return Learned(time.sleep(1000))

    (found,) = run_trials("s", "d", row, 5, {"it": Learner(learn)})
    assert (found.result, found.message) == ("timeout", "by the wall clock")


def test_each_way_to_end() -> None:
    def machine(next_state: list[list[int]], output: list[list[int]]) -> Machine:
        return Machine(next_state, output, PARITY.inputs, PARITY.outputs)

    # The data of a row of words of one symbol: all that is known is the first step.
    short = replace(ROW, length=(1, 1))
    assert trial(lambda *_: PARITY, short).result == "exact"
    assert trial(lambda *_: PARITY, short).rival
    partial = trial(lambda *_: machine([[-1, -1]], [[0, 1]]), short)
    assert (partial.result, partial.states) == ("conforms", 1)
    assert trial(lambda *_: machine([[0, 0]], [[0, 1]]), short).result == "differs"
    assert trial(lambda *_: machine([[0, 0]], [[1, 1]]), short).result == "inconsistent"
    assert trial(lambda *_: machine([[-1, -1]], [[0, -1]]), short).result == "inconsistent"
    nothing = trial(lambda *_: None, short)
    assert (nothing.result, nothing.states, nothing.attempts) == ("none", None, 3)
    other = trial(lambda *_: replace(PARITY, inputs=Alphabet.of("ab")), short)
    assert other.result == "error"
    assert other.message == "the machine has other alphabets than the examples"

    def fails(*_: object) -> Machine:
        raise RuntimeError("a\nb" + 300 * "c")

    failed = trial(fails)
    assert (failed.result, failed.states, failed.attempts) == ("error", None, None)
    assert failed.message == "RuntimeError: a b" + 183 * "c"
    slow = trial(lambda *_: time.sleep(1000), replace(ROW, limit=0.3))
    assert (slow.result, slow.peak, slow.states) == ("timeout", None, None)


def test_a_search_for_a_rival_without_an_answer_leaves_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("seqlogic.study.trial.find_rival", search)
    found = trial(lambda *_: PARITY)
    assert (found.result, found.rival, found.states, found.true_states) == ("exact", None, 2, 2)


def test_what_cannot_be_judged_is_an_error_of_its_own() -> None:
    def convert(_: object) -> None:
        raise ValueError("no\nformat")

    learners = {
        "whole": Learner(lambda *_: Learned(PARITY)),
        "odd": Learner(lambda *_: Learned("a text", 3, 7)),  # type: ignore[arg-type]
        "picky": Learner(lambda *_: Learned(PARITY), convert),
    }
    whole, odd, picky = run_trials("s", "d", ROW, 5, learners)
    assert (whole.result, whole.rival) == ("exact", False)
    assert (odd.result, odd.states, odd.attempts) == ("error", None, 3)
    assert odd.message.startswith("not judged: AttributeError: 'str' object")
    assert (picky.result, picky.message, picky.rival) == ("error", "ValueError: no format", False)


def test_trials_of_which_nothing_is_known() -> None:
    one, two = failed_trials("s", "d", ROW, 5, ("it", "other"), message="a\nb" + 300 * "c")
    assert (one.suite, one.suite_digest, one.row, one.learner, one.seed) == ("s", "d", "p", "it", 5)
    assert (one.result, one.true_states, one.rival, one.data) == ("error", None, None, "")
    assert (one.message, one.version) == ("a b" + 197 * "c", version("peer"))
    assert two == replace(one, learner="other")


def test_conversion_is_not_timed() -> None:
    # What is timed is done in a process of its own.
    def convert(given: Given) -> tuple[int, int]:
        return len(given.examples), os.getpid()

    def learn(given: tuple[int, int], seed: int, limit: float) -> Learned:
        assert given == (40, os.getppid())
        assert limit == ROW.limit
        return Learned(PARITY)

    (found,) = run_trials("s", "d", ROW, 5, {"it": Learner(learn, convert)})
    assert found.result == "exact", found.message


def test_words_known_in_part_are_symbols(tmp_path: Path) -> None:
    words = Alphabet.words(2)
    machine = Machine([[1, 0], [0, -1]], [[2, 1], [3, -1]], Alphabet.of("ab"), words, care=np.array([[2, 3], [3, 0]]))
    write_machine(machine, tmp_path / "m.kiss2")
    row = Row("m", "machine", 20, Seeds(0, 1), {"file": str(tmp_path / "m.kiss2")}, sequences=50, length=(1, 5))
    data = row.data(0)
    symbols = in_symbols(data.reference(), data)
    assert (symbols.inputs, symbols.outputs) == (data.examples.inputs, data.examples.outputs)
    assert np.array_equal(symbols.run(data.examples.words)[0], data.examples.answers)
    assert [symbols.outputs.name(y) if y != UNKNOWN else "" for y in symbols.output.ravel()] == ["1-", "01", "11", ""]
    found = trial(lambda *_: symbols, row)
    assert (found.result, found.rival, found.true_states) == ("exact", False, 2)


def test_with_noise_nobody_is_blamed_for_what_does_not_fit() -> None:
    noisy = replace(ROW, flipped=0.2, sequences=200)

    def learn(given: Given, seed: int, limit: float) -> Learned:
        assert given.wrong == 0.2
        assert given.examples.contradiction() is not None
        return Learned(PARITY)

    def wrong(given: Given, seed: int, limit: float) -> Learned:
        return Learned(Machine([[0, 0]], [[0, 1]], PARITY.inputs, PARITY.outputs))

    right, other = run_trials("s", "d", noisy, 5, {"it": Learner(learn), "other": Learner(wrong)})
    # The ceiling is of the data before it was flipped.
    assert (right.result, right.message, right.rival) == ("exact", "", False)
    assert other.result == "differs"
    assert re.fullmatch(r"[\d.]+ nats longer than the true one", other.message)
