"""A circuit over several steps as clauses: what the solver says of it is what simulation says."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, circuit_of, run
from seqlogic.proof.unrolled import TimeUpError, Unrolled, Work
from seqlogic.synthesis import Gates
from tasks import Crc, Delay
from tests.interrupted import Interrupted, interruptible


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    """A circuit of two inputs and three latches with some gates, exclusive ors among them."""
    gates = Gates(5)
    literals = [0, *gates.leaf_literals()]
    for _ in range(draw(st.integers(0, 8))):
        a, b = (draw(st.sampled_from(literals)) ^ draw(st.integers(0, 1)) for _ in range(2))
        literals.append(draw(st.sampled_from([gates.xor, gates.and_]))(a, b))
    roots = [draw(st.sampled_from(literals)) ^ draw(st.integers(0, 1)) for _ in range(5)]
    return circuit_of(
        gates,
        inputs=["a", "b"],
        latches=["p", "q", "r"],
        outputs=["y", "z"],
        next_state=roots[:3],
        output=roots[3:],
        reset=draw(st.lists(st.booleans(), min_size=3, max_size=3)),
    )


@given(circuit=circuits(), word=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_outputs_are_those_of_the_circuit(circuit: Circuit, word: list[int]) -> None:
    steps = Unrolled(circuit, np.inf)
    shown = [steps.advance() for _ in word]
    given_ = [
        int(literal) if symbol >> bit & 1 else -int(literal)
        for frame, symbol in zip(steps.frames, word, strict=True)
        for bit, literal in enumerate(frame[1:3])
    ]
    model = steps.solved(*given_)
    assert model is not None
    assert steps.word(model) == tuple(word)
    answers = [sum(int(model[abs(y)] ^ (y < 0)) << bit for bit, y in enumerate(step.tolist())) for step in shown]
    assert answers == run(circuit, np.array([word]))[0].tolist()


def test_from_any_state_more_is_possible_than_from_reset() -> None:
    for reset in (True, False):
        steps = Unrolled(Delay(d=3).circuit(), np.inf, reset=reset)
        (output,) = steps.advance()
        assert (steps.solved(int(output)) is None) == reset
        steps.assume(-int(output))
        assert steps.solved(int(output)) is None


def test_one_of_several_and_unlike() -> None:
    steps = Unrolled(Crc(polynomial="crc4").circuit(), np.inf, reset=False)
    first, second, third, _ = steps.latches().tolist()
    some = steps.any_of(np.array([first, second]))
    assert steps.solved(some, -first, -second) is None
    assert steps.solved(-some, first) is None
    other = steps.unlike(first, -third)
    assert steps.solved(other, first, -third) is None
    assert steps.solved(other, first, third) is not None
    steps.equate(first, -second)
    assert steps.solved(first, second) is None


def test_no_time() -> None:
    steps = Unrolled(Delay(d=3).circuit(), -np.inf)
    with pytest.raises(TimeUpError):
        steps.solved(int(steps.advance()[0]))


def test_work_is_counted_and_no_clock_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: pytest.fail("a clock was asked"))
    left = []
    for _ in range(2):
        steps = Unrolled(Crc(polynomial="crc32").circuit(), np.inf, work=Work(100_000))
        with contextlib.suppress(TimeUpError):
            while len(steps.frames) < 1000:
                steps.solved(int(steps.advance()[0]))
        left.append(len(steps.frames))
    assert 1 < left[0] == left[1] < 1000


@pytest.mark.parametrize("work", [Work(10_000), None])
def test_an_interrupt_is_no_end_of_the_work(work: Work | None, monkeypatch: pytest.MonkeyPatch) -> None:
    solver = Interrupted(3)
    monkeypatch.setattr("seqlogic.proof.unrolled.Solver", lambda **_: solver)
    steps = Unrolled(Delay(d=1).circuit(), time.monotonic() + 60, work=work)
    steps.advance()
    with interruptible(), pytest.raises(KeyboardInterrupt):
        steps.solved()
    assert solver.asked == 3
