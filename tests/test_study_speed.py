"""The speed study: what it measures, what its table says, and what it refuses."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from seqlogic.errors import InputError
from seqlogic.machine import canonical
from seqlogic.study import speed
from seqlogic.study.simulators import SIMULATORS, DifferentError, Simulator, Timed, Work
from seqlogic.study.speed import learned, main, measured, table, targets
from tasks import RandomMachine

HERE = [one for one in SIMULATORS if one.name in ("Machine.run", "circuit.run", "circuit.simulate", "simulate_on CPU")]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few words, and only what needs nothing else."""
    monkeypatch.setattr(speed, "_SEQUENCES", 128)
    monkeypatch.setattr(speed, "SIMULATORS", HERE)


def test_what_is_measured_is_what_was_learned() -> None:
    machine = learned(8, seed=3)
    reference = canonical(RandomMachine(states=8, seed=3).reference())
    assert len(machine) == 8
    assert np.array_equal(machine.next_state, reference.next_state)
    assert np.array_equal(machine.output, reference.output)


def test_a_machine_that_was_not_learned(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for found in (None, RandomMachine(states=4, seed=9).reference()):
        monkeypatch.setattr(speed, "fit", lambda *_, found=found, **__: SimpleNamespace(machine=found))
        assert main(["--states", "4"]) == 2
        expected = "speed: the machine of 4 states and seed 0 was not learned exactly; try another seed\n"
        assert capsys.readouterr().err == expected


def test_runs_take_turns_until_the_seconds_are_used() -> None:
    order = []

    def timed(name: str, seconds: float, symbols: int) -> Timed:
        return Timed(symbols, lambda: order.append(name) or seconds)  # type: ignore[func-returns-value]

    rates = measured({"slow": timed("slow", 4.0, 8), "fast": timed("fast", 0.5, 100)}, 3.5)
    # Five runs of the slow one, though they take longer, and as many of the fast one as fill the time.
    assert rates == {"slow": [2.0] * 5, "fast": [200.0] * 7}
    assert order == ["slow", "fast"] * 5 + ["fast"] * 2


def test_the_table() -> None:
    simulators = [Simulator(name, takes, lambda _: Timed(1, lambda: 1.0)) for name, takes in ("xs", "yp", "zs")]
    shown = table(simulators, {"x": [2e6, 1e6, 4e6], "z": [400e6, 1234e6]})
    assert shown.head == ("simulator", "takes", "M symbols/s", "least", "most", "runs", ": a", ": c")
    assert shown.lines == (
        ("a x", "s", "2.00", "1.00", "4.00", "3", "1.00", "0.00245"),
        ("b y", "p", "-", "-", "-", "-", "-", "-"),
        ("c z", "s", "817", "400", "1234", "2", "408", "1.00"),
    )


@pytest.mark.usefixtures("small")
def test_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--states", "5", "--seconds", "0", "--seed", "2"]) == 0
    first, head, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("<Machine mealy, 5 states, 2 inputs, 2 outputs>, learned; <Circuit 1 inputs, ")
    assert head.split()[-4:] == [":", "c", ":", "d"]
    for place, (line, one) in enumerate(zip(lines[: len(HERE)], HERE, strict=True)):
        assert line.startswith(f"{'abcd'[place]} {one.name}  ")
        *_, least, most, runs, _, _, _, _ = line.split()
        assert 0 < float(least) <= float(most)
        assert runs == "5"
        assert line.split()[len(line.split()) - 4 + place] == "1.00"
    assert main(["--states", "5", "--seconds", "0", "--markdown"]) == 0
    assert "| --- | --- | ---: | ---: |" in capsys.readouterr().out


@pytest.mark.usefixtures("small")
def test_what_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing(_: Work) -> Timed:
        raise InputError("it is not installed")

    monkeypatch.setattr(speed, "SIMULATORS", [*HERE, Simulator("other", "symbols", missing)])
    assert main(["--states", "3", "--seconds", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[6].split() == ["e", "other", "symbols", *["-"] * 8]
    assert lines[7:] == ["", "not measured: other: it is not installed"]


@pytest.mark.usefixtures("small")
def test_other_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def different(_: Work) -> Timed:
        raise DifferentError

    monkeypatch.setattr(speed, "SIMULATORS", [*HERE, Simulator("other", "symbols", different)])
    assert main(["--states", "3", "--seconds", "0"]) == 1
    assert capsys.readouterr().err == "speed: other answers otherwise than the table\n"


def test_the_targets() -> None:
    holds = {"AALpy, step": [2e6], "circuit.simulate": [1.0, 100e6, 101e6], "Verilator, circuit": [300e6]}
    assert targets(holds) == [
        "circuit.simulate at least 50 times AALpy, step: 50.0, holds",
        "circuit.simulate at least a third of Verilator, circuit: 0.333, holds",
    ]
    fails = {"AALpy, step": [2e6], "circuit.simulate": [99e6], "Verilator, circuit": [300e6]}
    assert targets(fails) == [
        "circuit.simulate at least 50 times AALpy, step: 49.5, does not hold",
        "circuit.simulate at least a third of Verilator, circuit: 0.330, does not hold",
    ]
    assert targets({"circuit.simulate": [1.0]}) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--states", "0"], "argument --states: 0, expected at least 1"),
        (["--seed", "-1"], "argument --seed: -1, expected at least 0"),
        (["--seconds", "nan"], "argument --seconds: nan, expected at least 0"),
        (["--seconds", "soon"], "argument --seconds: invalid float value: 'soon'"),
        (["machine.kiss2"], "unrecognized arguments: machine.kiss2"),
    ],
)
def test_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"speed: {message} (`python -m seqlogic.study.speed --help` tells more)\n"
