"""The bits of examples, and what they were some steps ago."""

from __future__ import annotations

import numpy as np

from seqlogic.examples import Examples
from seqlogic.history.planes import Planes, Wire
from seqlogic.machine import UNKNOWN, Alphabet

# Two bits in, one out; the second sequence is shorter, and one output was not observed.
EXAMPLES = Examples(
    np.array([[0, 1, 2, 3], [3, 3, UNKNOWN, UNKNOWN]]),
    np.array([[1, UNKNOWN, 0, 1], [0, 1, UNKNOWN, UNKNOWN]]),
    Alphabet.words(2),
    Alphabet.words(1),
)
PLANES = Planes(EXAMPLES)


def test_wires_are_bits_some_steps_ago() -> None:
    assert PLANES.plane(Wire(0, False, 0)).tolist() == [[False, True, False, True], [True, True, False, False]]
    assert PLANES.plane(Wire(1, False, 1))[0].tolist() == [False, False, False, True]
    assert PLANES.plane(Wire(2, True, 0))[0].tolist() == [False, False, True, False]
    # One more bit than the inputs have says whether there was such a step.
    assert PLANES.plane(Wire(2, False, 2))[0].tolist() == [False, False, True, True]


def test_so_many_steps_before_have_observed_outputs() -> None:
    assert PLANES.reach.tolist() == [[0, 1, 0, 1], [0, 1, 2, 0]]


def test_wires_of_a_window_the_youngest_first() -> None:
    now = [Wire(0, False, 0), Wire(0, False, 1)]
    assert PLANES.wires(0) == now
    assert PLANES.wires(1) == [*now, Wire(1, False, 0), Wire(1, False, 1), Wire(1, True, 0)]
    assert PLANES.wires(1, begun=True) == [*now, *(Wire(1, False, bit) for bit in range(3)), Wire(1, True, 0)]


def test_single_steps_are_what_the_planes_hold() -> None:
    wires = PLANES.wires(3, begun=True)
    row, step = np.nonzero(EXAMPLES.words >= 0)
    due = np.stack([PLANES.plane(wire)[row, step] for wire in wires], axis=1)
    assert (PLANES.at(wires, row, step) == due).all()
