"""What the tables of the bench count."""

from __future__ import annotations

from dataclasses import replace

from seqlogic.study.learners import OURS
from seqlogic.study.suite import Peer, Row, Seeds
from seqlogic.study.table import Table, compared, measured, penalised, proven
from seqlogic.study.trial import Trial

ROWS = [
    Row("one", "parity", 60, Seeds(0, 4), peers={"edsm": Peer(limit=20)}),
    Row("two", "random", 30, Seeds(0, 4)),
]


def trial(
    row: str,
    learner: str,
    seed: int,
    result: str,
    cpu: float = 1.0,
    *,
    states: int | None = 2,
    rival: bool | None = False,
    peak: float | None = 10.0,
    true_states: int | None = 2,
) -> Trial:
    # On a busy machine a trial takes longer than the processor works for it.
    return Trial(
        *("s", "d", row, learner, "v", seed, "x", result, states, true_states, 1.5 * cpu, cpu, peak, rival),
        *(None, None, ""),
    )


TRIALS = [
    trial("one", OURS, 0, "exact", 1.0),
    trial("one", OURS, 1, "exact", 2.0, peak=35.4),
    trial("one", OURS, 2, "differs", 3.0, states=4, rival=True),
    trial("one", OURS, 3, "timeout", 60.0, states=None, peak=None),
    trial("two", OURS, 0, "conforms", 1.0, states=5, true_states=6, rival=True),
    trial("two", OURS, 1, "exact", 4.0, states=7, true_states=7),
    trial("one", "rpni", 0, "differs", 0.1),
    trial("one", "rpni", 1, "exact", 0.5),
    trial("one", "rpni", 2, "exact", 0.5, rival=True),
    trial("one", "rpni", 3, "inconsistent", 0.5),
    trial("two", "rpni", 1, "none", 0.5, states=None),
]


def test_what_is_not_exact_counts_its_limit() -> None:
    assert [penalised(one, ROWS[0]) for one in TRIALS[:4]] == [1, 2, 60, 60]
    assert penalised(trial("one", "edsm", 0, "none"), ROWS[0]) == 20


def test_the_figures_of_rows_and_learners() -> None:
    table = measured(ROWS, [OURS, "rpni"], TRIALS)
    assert table.head[:7] == ("row", "learner", "states", "exact", "95 % interval", "found", "CPU s")
    assert table.lines == (
        ("one", OURS, "2", "2 of 4", "15.0 - 85.0 %", "2", "31.00", "35", "25 %", "3 of 4", "2 of 3", ""),
        ("one", "rpni", "2", "2 of 4", "15.0 - 85.0 %", "2", "30.25", "10", "25 %", "3 of 4", "1 of 3", "1.02"),
        ("two", OURS, "6 - 7", "1 of 2", "9.5 - 90.5 %", "6", "17.00", "10", "0 %", "1 of 2", "1 of 1", ""),
        ("two", "rpni", "2", "0 of 1", "0.0 - 79.3 %", "", "30.00", "10", "0 %", "1 of 1", "0 of 1", "0.13"),
        ("all", OURS, "", "3 of 6", "18.8 - 81.2 %", "", "17.00", "35", "17 %", "4 of 6", "3 of 4", ""),
        ("all", "rpni", "", "2 of 5", "11.8 - 76.9 %", "", "30.00", "10", "20 %", "4 of 5", "1 of 4", "0.37"),
    )


def test_without_peers_there_is_nothing_to_compare_with() -> None:
    table = measured(ROWS, [OURS], TRIALS)
    assert table.head[-1] == "exact of those"
    assert table.lines[0][-1] == "2 of 3"


def test_a_row_that_ours_has_not_run_has_no_ratio() -> None:
    (row, pooled) = measured(ROWS, [OURS, "rpni"], [one for one in TRIALS if one.learner != OURS][:2]).lines
    assert row[-1] == pooled[-1] == "-"
    assert measured(ROWS, [OURS, "rpni"], [TRIALS[0], trial("one", "rpni", 0, "exact", 0.0)]).lines[1][-1] == "-"


def test_pairs_are_of_the_trials_that_both_have() -> None:
    table = compared(ROWS, ["rpni", "edsm"], TRIALS)
    assert table.head[2:8] == ("of", "both", "only ours", "only theirs", "neither", "p")
    assert table.head[8:] == ("CPU s ours", "theirs", "mean ratio", "largest (row)")
    assert table.lines == (
        (f"{OURS} : rpni", "all", "5", "1", "2", "1", "1", "1.000", "4.00", "30.00", "0.37", "1.02 (one)"),
        (f"{OURS} : rpni", "no rival", "4", "1", "2", "0", "1", "0.500", "3.00", "45.00", "0.07", "0.13 (two)"),
    )


def test_a_row_counts_once_in_the_mean_ratio() -> None:
    rows = [Row(name, "parity", 60, Seeds(0, 9)) for name in ("easy", "hard", "still")]
    trials = [trial("easy", name, seed, "exact", 0.1) for name in (OURS, "rpni") for seed in range(9)]
    trials += [trial("hard", OURS, 0, "exact", 40.0), trial("hard", "rpni", 0, "exact", 2.5)]
    # No ratio where the clock shows nothing.
    trials += [trial("still", OURS, 0, "exact", 0.0), trial("still", "rpni", 0, "exact", 0.1)]
    (line, _) = compared(rows, ["rpni"], trials).lines
    assert line[-2:] == ("4.00", "16.00 (hard)")
    assert [line[-1] for line in measured(rows, [OURS, "rpni"], trials).lines[1::2]] == ["1.00", "16.00", "-", "4.00"]
    (line, _) = compared(rows, ["rpni"], trials[-2:]).lines
    assert line[-2:] == ("-", "-")


def test_an_unknown_rival_is_printed_and_not_counted() -> None:
    trials = [
        trial("one", OURS, 0, "exact"),
        trial("one", OURS, 1, "exact", rival=None),
        trial("one", OURS, 2, "differs", rival=True),
        trial("one", OURS, 3, "error", rival=None, states=None, true_states=None),
    ]
    row, _ = measured(ROWS, [OURS], trials).lines
    assert (row[2], row[3], row[9], row[10]) == ("2", "2 of 4", "1 of 2, 2 unknown", "1 of 1")
    row, _ = measured(ROWS, [OURS], trials[3:]).lines
    assert (row[2], row[9]) == ("-", "0 of 0, 1 unknown")

    def paired(ours: bool | None, theirs: bool | None) -> list[str]:
        pair = [trial("one", OURS, 0, "exact", rival=ours), trial("one", "rpni", 0, "exact", rival=theirs)]
        return [line[1] for line in compared(ROWS, ["rpni"], pair).lines]

    assert paired(None, None) == paired(True, None) == ["all"]
    assert paired(None, False) == paired(False, None) == ["all", "no rival"]


def test_both_forms_of_a_table() -> None:
    table = Table(("a", "b", "c"), (("one", "x", "5"), ("two", "yy", "1000")))
    assert table.text() == "a    b      c\none  x      5\ntwo  yy  1000"
    assert table.markdown() == "| a | b | c |\n| --- | --- | ---: |\n| one | x | 5 |\n| two | yy | 1000 |"


def test_what_the_data_prove() -> None:
    unasked = trial("one", OURS, 0, "exact")
    assert proven(ROWS, [OURS], [unasked]).lines == ()
    given = [
        replace(unasked, proof="n + 1", asked=0, rounds=0),
        replace(unasked, seed=1, proof="n", word=4, asked=0, rounds=0),
        replace(unasked, seed=2, proof="rival", word=7, asked=12, rounds=2, result="differs"),
        replace(unasked, seed=3, proof="unknown", result="timeout"),
        replace(unasked, learner="rpni", proof="n", result="differs"),
    ]
    table = proven(ROWS, [OURS, "rpni"], given)
    assert table.lines == (
        ("one", OURS, "2 of 4", "1", "1", "1", "1", "4 - 7", "2 of 2", "0 - 12", "0 - 2", "3 of 4"),
        ("one", "rpni", "0 of 1", "0", "1", "0", "0", "", "0 of 1", "", "", ""),
    )
