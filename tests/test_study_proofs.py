"""What examples prove of the rows of a suite: what is asked, printed and refused; a wrong verdict is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqlogic.examples import Examples
from seqlogic.formats import write_machine
from seqlogic.machine import Machine
from seqlogic.proof import Questions, Uniqueness, uniqueness
from seqlogic.study import proofs
from seqlogic.study.enumeration import BIT, VERDICTS, examples_of
from seqlogic.study.proofs import Proven, main, prove_row, table
from seqlogic.study.suite import Row, Seeds, freeze, read_suite

ROW = Row("p", "parity", 20, Seeds(5, 1), sequences=60, length=(1, 8))
SUITE = """\
limit: 20
length: [1, 8]
seeds: {first: 5, count: 1}
rows:
  - {name: one, task: parity, sequences: 60}
  - {name: two, task: mod_counter, parameters: {k: 6}, sequences: 9}
"""
COUNTER = Machine([[0, 1], [1, 0]], [[0, 0], [0, 1]], BIT, BIT)
"""The second, fourth, ... 1 is answered by a 1."""


@pytest.fixture
def suite(tmp_path: Path) -> str:
    file = tmp_path / "own.yaml"
    file.write_text(SUITE)
    freeze(read_suite(file))
    return str(file)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_whose_examples_are_enough() -> None:
    proven = prove_row(ROW, 7000, 10.0, ask=True)
    assert (proven.found.minimal, proven.found.unique, len(proven.found.machine)) == (True, True, 2)
    assert (proven.words, proven.then) == (0, True)


def test_a_row_that_must_be_asked_about() -> None:
    row = replace(ROW, task="mod_counter", parameters={"k": 6}, sequences=5)
    proven = prove_row(row, 7000, 10.0, ask=True)
    assert proven.found.unique is False
    assert proven.words
    assert proven.then
    alone = prove_row(row, 7000, 10.0)
    assert (alone.words, alone.then) == (None, None)
    assert alone.found.word == proven.found.word


def test_the_seconds_of_each_question(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []

    def asked(machine: Machine, examples: Examples, limit: float) -> Uniqueness:
        limits.append(limit)
        return replace(uniqueness(machine, examples), unique=None)

    def listed(machine: Machine, examples: Examples, limit: float) -> Questions:
        limits.append(limit)
        return Questions(((0, 1),), settled=True)

    monkeypatch.setattr(proofs, "uniqueness", asked)
    monkeypatch.setattr(proofs, "questions", listed)
    assert prove_row(ROW, 7000, 2.0, ask=True).words == 1
    assert limits == [2, 12, 2]


def test_the_table_and_the_summary(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--suite", suite, "--ask", "--markdown", "--seeds", "2"]) == 0
    head, _, *lines = capsys.readouterr().out.splitlines()
    shown = [dict(zip(cells(head), cells(line), strict=True)) for line in lines[:4]]
    assert [(one["row"], one["seed"], one["states"]) for one in shown] == [
        ("one", "7000", "2"),
        ("one", "7001", "2"),
        ("two", "7000", "6"),
        ("two", "7001", "6"),
    ]
    assert [one["unique at n"] for one in shown] == ["yes", "yes", "no", "no"]
    assert [one["unique then"] for one in shown] == ["yes"] * 4
    assert [one["words asked"] == "0" for one in shown] == [True, True, False, False]
    assert [one["word"] == "" for one in shown[:2]] == [one["at n + 1"] == "yes" for one in shown[:2]]
    assert "unique at n: decided 4 of 4, 2 of them yes" in lines
    assert lines[-1] == "after asking: 4 of 4 unique at n"


def test_what_stays_unknown_is_named(
    suite: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tired(machine: Machine, examples: Examples, limit: float) -> Uniqueness:
        found = uniqueness(machine, examples, limit)
        return found if len(found.machine) < 3 else replace(found, unique=None, wider=None, rival=None, word=None)

    monkeypatch.setattr(proofs, "uniqueness", tired)
    assert main(["--suite", suite, "--sequences", "60", "--ask"]) == 0
    *_, minimal, unique, _, slowest, asked = capsys.readouterr().out.splitlines()
    assert minimal == "minimal: decided 2 of 2, 2 of them yes"
    assert unique == "unique at n: decided 1 of 2, 1 of them yes; unknown: two 7000"
    assert slowest.startswith("slowest of those with minimal and unique decided: one 7000, ")
    assert asked == "after asking: 1 of 2 unique at n; not known to be: two 7000"


def test_an_interrupt_keeps_what_was_found(
    suite: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(row: Row, seed: int, limit: float, *, ask: bool) -> Proven:
        if row.name == "two":
            raise KeyboardInterrupt
        return prove_row(row, seed, limit, ask=ask)

    monkeypatch.setattr(proofs, "prove_row", interrupted)
    assert main(["--suite", suite]) == 130
    shown = capsys.readouterr()
    assert shown.err == "proofs: interrupted after 1 of 2\n"
    assert shown.out.splitlines()[1].startswith("one  7000")


def test_columns_of_asking_only_where_somebody_asked() -> None:
    found = uniqueness(COUNTER, examples_of(COUNTER, np.array([[1, 1, 0, 1, 1, 0]], dtype=np.int32)))
    assert table([Proven("a", 1, found, 0.5)]).head[-1] == "CPU s"
    assert table([Proven("a", 1, found, 0.5, 3, then=None)]).lines[0][-2:] == ("3", "unknown")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "three"], "own.yaml: there is no row 'three', expected some of one, two"),
        (
            ["--first-seed", "5"],
            "own.yaml: row one: the seeds 5 to 5 are those of its trials, expected others (--first",
        ),
        (
            ["--first-seed", "8999", "--seeds", "2"],
            "row one: the seeds 9000 to 9019 are those of the calibration, expected",
        ),
        (["--sequences", "0"], "argument --sequences: 0, expected at least 1"),
        (["--seeds", "0"], "argument --seeds: 0, expected at least 1"),
        (["--limit", "nan"], "argument --limit: nan seconds, expected more than 0"),
        (["--enumerate", "3"], "argument --suite: is of a suite, which --enumerate does not ask about"),
    ],
)
def test_what_is_refused(suite: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--suite", suite, *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("proofs: ")
    assert message in shown.err
    assert shown.err.count("\n") == 1


def test_rows_that_are_not_what_they_were_are_refused(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(suite).write_text(SUITE)
    assert main(["--suite", suite]) == 2
    assert "row one: has no digest" in capsys.readouterr().err


def test_models_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "traces.yaml"
    file.write_text("models: all\nlimit: 20\nseeds: {first: 5, count: 1}\n")
    (tmp_path / "models").mkdir()
    write_machine(COUNTER, tmp_path / "models" / "counter.dot")
    assert main(["--suite", str(file)]) == 2
    assert "takes its machines from a folder of .dot files" in capsys.readouterr().err
    assert main(["--suite", str(file), "--models", str(tmp_path / "models"), "--sequences", "90"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:4] == ["counter", "7000", "2", "2"]


def test_noise_is_refused(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(suite).write_text("flipped: 0.05\n" + SUITE)
    assert main(["--suite", suite]) == 2
    assert "row one: 5 % of its outputs are flipped, and proofs take examples to be free" in capsys.readouterr().err


def test_small_questions_are_enumerated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--enumerate", "8", "--markdown"]) == 0
    _, _, *lines = capsys.readouterr().out.splitlines()
    shown = [cells(line) for line in lines[:4]]
    assert tuple(line[0] for line in shown) == VERDICTS
    for line in shown:
        assert sum(map(int, line[2:])) == 8
        assert line[3] == "0"
    assert [line[2] for line in shown[:2]] == ["8", "8"]
    agreed = sum(int(line[2]) for line in shown)
    assert lines[-1] == f"8 questions: {agreed} verdicts agreed with all machines there are, 0 contradicted, 0 unknown"


def test_a_wrong_verdict_is_a_contradiction(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(machine: Machine, examples: Examples, limit: float) -> Uniqueness:
        return replace(uniqueness(machine, examples, limit), minimal=False)

    monkeypatch.setattr(proofs, "uniqueness", wrong)
    assert main(["--enumerate", "1"]) == 1
    *_, contradiction, summary = capsys.readouterr().out.splitlines()
    assert contradiction == "question 0 (whole, states: 1): minimal is contradicted"
    assert "1 contradicted, 0 unknown" in summary
