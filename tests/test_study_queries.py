"""How much is asked: the same for each learner but its algorithm, and the table says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seqlogic.asking import Count, Learned, Standing
from seqlogic.study import queries
from seqlogic.study.learners import OURS
from seqlogic.study.queries import PEERS, Asked, ask_row, main, medians, table
from seqlogic.study.suite import freeze, read_suite
from tasks import Parity
from tests.unknowns import PARITY, counter

SUITE = """\
limit: 20
length: [1, 8]
seeds: {first: 5, count: 1}
rows:
  - {name: one, task: parity, sequences: 60}
  - {name: two, task: mod_counter, parameters: {k: 6}, sequences: 9}
  - {name: three, task: random, parameters: {states: 5}, redraw: true, sequences: 9}
"""


@pytest.fixture
def suite(tmp_path: Path) -> str:
    file = tmp_path / "own.yaml"
    file.write_text(SUITE)
    freeze(read_suite(file))
    return str(file)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def made(learner: str, counts: tuple[int, int, int, int], row: str = "a", *, exact: bool = True) -> Asked:
    """What a learner asked, from its words and symbols to learn and to test."""
    standing = Standing(2, 3, Count(*counts[:2]), Count(*counts[2:]))
    return Asked(row, 1, learner, 2, exact, Learned(PARITY, True, standing))


def test_ours_and_each_peer_learn_the_same_machine() -> None:
    asked = ask_row("parity", Parity().reference(), 7, words=20)
    assert [one.learner for one in asked] == [OURS, *PEERS]
    assert all(one.exact and one.learned.finished and one.states == 2 for one in asked)
    again = ask_row("parity", Parity().reference(), 7, words=20)
    assert [one.all_symbols for one in again] == [one.all_symbols for one in asked]


def test_what_was_not_found_is_not_exact() -> None:
    asked = ask_row("far", counter(40), 7, words=0, extra_states=0)
    assert not any(one.exact for one in asked)
    assert all(one.learned.finished for one in asked)
    late = ask_row("late", counter(4), 7, limit=-1.0)
    assert [line[4] for line in table([*asked, *late]).lines] == ["no"] * 3 + ["time"] * 3


def test_the_medians_are_of_ratios_row_by_row() -> None:
    asked = [
        made(OURS, (10, 100, 10, 1000)),
        made("lstar", (20, 400, 20, 1000)),
        made("kv", (5, 100, 15, 1000)),
        made(OURS, (8, 80, 2, 20), "b"),
        made("lstar", (10, 800, 10, 200), "b"),
        made("kv", (1, 1, 1, 1), "b", exact=False),
    ]
    shown = medians(asked)
    ours, lstar, kv = (dict(zip(shown.head, line, strict=True)) for line in shown.lines)
    assert (ours["learner"], ours["exact"], ours["queries"]) == (OURS, "2 of 2", "9")
    assert ours["ours : its queries"] == ours["at most its"] == ""
    assert (lstar["queries"], lstar["ours : its queries"]) == ("15", "0.65")
    assert lstar["ours : its symbols"] == "0.17"
    assert lstar["ours : its queries + tests"] == "0.50"
    assert lstar["at most its"] == "2 of 2"
    # Where it was not exact, it asked too little.
    assert (kv["exact"], kv["ours : its queries"], kv["at most its"]) == ("1 of 2", "2.00", "0 of 1")


def test_the_tables_of_a_suite(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--suite", suite, "--markdown", "--seeds", "2", "--states", "5"]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    rows = [cells(line)[:5] for line in lines[2:14]]
    assert [row[0] for row in rows] == ["one"] * 6 + ["three"] * 6
    assert [row[1] for row in rows[:3]] == [OURS, *PEERS]
    assert {row[2] for row in rows} == {"8000", "8001"}
    assert all(row[4] == "yes" for row in rows)
    assert lines[-1] == "left out: two (6 states)"
    assert [cells(line)[:2] for line in lines[17:20]] == [[learner, "4 of 4"] for learner in (OURS, *PEERS)]


def test_ours_not_exact_is_an_exit_code(suite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = queries.ask_row

    def blind(row: str, *rest: object, **options: object) -> list[Asked]:
        return [replace(one, exact=one.learner != OURS) for one in whole(row, *rest, **options)]  # type: ignore[arg-type]

    monkeypatch.setattr(queries, "ask_row", blind)
    assert main(["--suite", suite, "--rows", "one"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "four"], "there is no row 'four', expected some of one, two, three"),
        (["--states", "0"], "argument --states: 0, expected at least 1"),
        (["--seeds", "0"], "argument --seeds: 0, expected at least 1"),
        (["--first-seed", "-1"], "argument --first-seed: -1, expected at least 0"),
        (["--words", "-1"], "argument --words: -1, expected at least 0"),
        (["--extra", "-1"], "argument --extra: -1, expected at least 0"),
        (["--limit", "0"], "argument --limit: 0 seconds, expected more than 0"),
        (["--states", "1"], "no row has at most 1 states"),
    ],
)
def test_a_fault_of_the_user_is_one_line(
    suite: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--suite", suite, *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("queries: ")
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_an_interrupt_is_told(suite: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object, **__: object) -> list[Asked]:
        raise KeyboardInterrupt

    monkeypatch.setattr(queries, "ask_row", interrupted)
    assert main(["--suite", suite]) == 130
    assert capsys.readouterr().err == "queries: interrupted\n"
