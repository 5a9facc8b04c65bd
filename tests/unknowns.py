"""Unknowns for the tests of asking: complete machines, and the oracle that knows."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from seqlogic.asking import Oracle, Record, Word
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof import distinguish

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)


def counter(states: int) -> Machine:
    """A 1 counts, a 0 holds, and only the 1 that wraps around is answered by a 1."""
    number = np.arange(states)
    next_state = np.stack([number, (number + 1) % states], axis=1)
    return Machine(next_state, np.stack([0 * number, number == states - 1], axis=1), BIT, BIT)


@st.composite
def complete(draw: st.DrawFn, most: int = 12) -> Machine:
    """A Mealy or Moore machine that knows all, of up to so many states, 3 input and 3 output symbols."""
    states, inputs, outputs = draw(st.integers(1, most)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    shape = (states, inputs) if draw(st.booleans()) else (states,)
    return Machine(
        rng.integers(states, size=(states, inputs)),
        rng.integers(outputs, size=shape),
        Alphabet.of("abc"[:inputs]),
        Alphabet.of("xyz"[:outputs]),
    )


def knowing(reference: Machine) -> Oracle:
    """The oracle that finds the shortest counterexample by looking at the reference."""

    def ask(machine: Machine, record: Record) -> Word | None:
        word = distinguish(machine, reference)
        if word is not None:
            record.ask([word], "testing")
        return word

    return ask
