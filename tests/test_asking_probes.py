"""Rows of answers to probes, and the probe that leaves fewest."""

from __future__ import annotations

import numpy as np

from seqlogic.asking import QueryableMachine, Record
from seqlogic.asking.probes import Probes
from seqlogic.machine import UNKNOWN
from tests.unknowns import counter


def asked(words: list[tuple[int, ...]]) -> tuple[Record, Probes]:
    record = Record(QueryableMachine(counter(3)))
    record.ask(words, "learning")
    return record, Probes(record)


def test_a_row_holds_what_was_asked_to_the_end() -> None:
    record, probes = asked([(1, 1, 1), (0, 1)])
    for probe in ((1, 1), (1,), (0,)):
        probes.add(probe)
    below = record.children[0]
    rows = np.array([probes.row(0), probes.row(below[1]), probes.row(below[0])])
    # After nothing 1 1 is answered 0 0, after 1 by 0 1; behind 0 the first 1 was asked, but not the second.
    assert rows.tolist() == [[0, 0, 0], [1, 0, UNKNOWN], [UNKNOWN, 0, UNKNOWN]]
    record.ask([(0, 1, 1)], "learning")
    assert probes.row(below[0]).tolist() == [0, 0, UNKNOWN]
    probes.add((1, 1, 1))
    assert len(probes) == 4
    assert probes.row(0).tolist() == [0, 0, 0, 0]


def test_the_best_probe_leaves_fewest() -> None:
    _, probes = asked([])
    assert probes.best(np.zeros((3, 0), dtype=np.int64)) == ()
    for probe in ((0,), (1,), (1, 1), (0, 1)):
        probes.add(probe)
    rows = np.array([[0, 0, 0, UNKNOWN], [0, 0, 1, UNKNOWN], [0, 1, 2, UNKNOWN], [0, 1, 2, 0]])
    assert probes.best(rows) == (1, 1)
    # Both tell these two apart, and one is shorter.
    assert probes.best(rows[1:3]) == (1,)


def test_one_that_was_not_asked_is_left_whatever_comes() -> None:
    _, probes = asked([])
    probes.add((1,))
    probes.add((1, 1))
    # 1 leaves one of two, and two that were not asked; 1 1 leaves two of four.
    assert probes.best(np.array([[0, 0], [1, 0], [UNKNOWN, 1], [UNKNOWN, 1]])) == (1, 1)
