"""Whatever runs a machine, ours and others', on the same words: checked against the table, then timed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fpga.verilator import verilate
from seqlogic.circuit import Circuit, run, simulate
from seqlogic.errors import InputError
from seqlogic.formats.verilog import render, render_case
from seqlogic.machine import Machine
from seqlogic.packing import pack
from seqlogic.simulation import simulate_on

if TYPE_CHECKING:
    from aalpy.automata import MealyMachine

__all__ = ["SIMULATORS", "DifferentError", "Simulator", "Timed", "Work", "automaton", "checksum"]

_TILES = 16
"""How many times all words a GPU is given at once: it has room for them."""


class DifferentError(Exception):
    """A simulator answers a word otherwise than the table of the machine."""


@dataclass(frozen=True)
class Timed:
    """What runs a machine on some words, again and again.

    Attributes:
        symbols: of one run.
        seconds: run once; how long that took.
    """

    symbols: int
    seconds: Callable[[], float]


@dataclass(frozen=True)
class Work:
    """A machine and words for it.

    Attributes:
        machine: a Mealy machine in which nothing is unknown.
        circuit: of the machine.
        words: int [N, T], N a multiple of 64. What is slow is given the first of them only.
        folder: for what is compiled.
    """

    machine: Machine
    circuit: Circuit
    words: np.ndarray
    folder: Path

    @cached_property
    def answers(self) -> np.ndarray:
        """Of all words, int [N, T], looked up in the table."""
        states = np.full(len(self.words), self.machine.initial)
        answers = np.empty(self.words.shape, dtype=np.int32)
        for t, symbols in enumerate(self.words.T):
            answers[:, t] = self.machine.output[states, symbols]
            states = self.machine.next_state[states, symbols]
        return answers

    @cached_property
    def planes(self) -> np.ndarray:
        """The words, packed."""
        return pack(self.words, len(self.circuit.inputs))

    @cached_property
    def packed_answers(self) -> np.ndarray:
        """The answers, packed."""
        return pack(self.answers, len(self.circuit.outputs))


@dataclass(frozen=True)
class Simulator:
    """One way to run a machine.

    Attributes:
        name: for people.
        takes: what it is given and returns: "symbols" as integers, or "packed" 64 sequences to a word.
        prepare: make it ready for some work. DifferentError if it answers otherwise than the table; InputError if
            what it needs is not there.
    """

    name: str
    takes: str
    prepare: Callable[[Work], Timed]


def _timed(
    function: Callable[[], Any], expected: np.ndarray, symbols: int, clock: Callable[[], float] = time.process_time
) -> Timed:
    """A function that has to return what is expected, timed by a clock: of the processor, where nothing else works."""
    if not np.array_equal(function(), expected):
        raise DifferentError

    def seconds() -> float:
        begin = clock()
        function()
        return clock() - begin

    return Timed(symbols, seconds)


def automaton(machine: Machine) -> MealyMachine:
    """AALpy's Mealy machine over symbol numbers; InputError if AALpy is not installed."""
    try:
        from aalpy.automata import MealyMachine, MealyState  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise InputError(
            "aalpy is not installed; install the extra `peers` (in the checkout: pip install '.[peers]')"
        ) from error
    states = [MealyState(number) for number in range(len(machine))]
    for state, targets, outputs in zip(states, machine.next_state.tolist(), machine.output.tolist(), strict=True):
        state.transitions = {symbol: states[target] for symbol, target in enumerate(targets)}
        state.output_fun = dict(enumerate(outputs))
    return MealyMachine(states[machine.initial], states)


def _aalpy(work: Work) -> Timed:
    model, words = automaton(work.machine), work.words[: 1 << 12]
    lists, step = words.tolist(), model.step

    def answers() -> list[list[int]]:
        found = []
        for word in lists:
            model.reset_to_initial()
            found.append([step(symbol) for symbol in word])
        return found

    return _timed(answers, work.answers[: len(words)], words.size)


def _machine_run(work: Work) -> Timed:
    words = work.words[: 1 << 14]
    return _timed(lambda: work.machine.run(words)[0], work.answers[: len(words)], words.size)


def _run(work: Work) -> Timed:
    words = work.words[: 1 << 18]
    return _timed(lambda: run(work.circuit, words), work.answers[: len(words)], words.size)


def _simulate(work: Work) -> Timed:
    return _timed(lambda: simulate(work.circuit, work.planes), work.packed_answers, work.words.size)


def _on_cpu(work: Work) -> Timed:
    def answers() -> np.ndarray:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return simulate_on(work.circuit, work.planes, "cpu")
        finally:
            torch.set_num_threads(threads)

    return _timed(answers, work.packed_answers, work.words.size)


def _on_cuda(work: Work) -> Timed:
    if not torch.cuda.is_available():
        raise InputError("there is no GPU, or torch was built without CUDA")
    planes, expected = (np.tile(planes, _TILES) for planes in (work.planes, work.packed_answers))
    # It returns when the answers are back: there is nothing to wait for.
    return _timed(
        lambda: simulate_on(work.circuit, planes, "cuda"), expected, _TILES * work.words.size, time.perf_counter
    )


def checksum(answers: np.ndarray) -> int:
    """What the harness of Verilator makes of answers, int [N, T], one word after another."""
    powers = np.full(answers.size, 31, dtype=np.uint64)
    powers[-1] = 1
    return int((np.cumprod(powers[::-1])[::-1] * answers.astype(np.uint64).reshape(-1)).sum())


def _verilated(work: Work, name: str, module: str) -> Timed:
    """The Verilog text of a module `core`, compiled in a folder of this name."""
    folder, words = work.folder / name, work.words[: 1 << 14]
    folder.mkdir(exist_ok=True)
    (folder / "core.v").write_text(module, encoding="utf-8")
    program = verilate([folder / "core.v"], "words", folder, top="core", log=folder / "log")
    symbols = words.astype("<u4").tobytes()

    def once() -> list[bytes]:
        call = [str(program), str(words.shape[1])]
        return subprocess.run(call, input=symbols, capture_output=True, check=True).stdout.split()

    if int(once()[1]) != checksum(work.answers[: len(words)]):
        raise DifferentError
    return Timed(words.size, lambda: float(once()[0]))


SIMULATORS = (
    Simulator("AALpy, step", "symbols", _aalpy),
    Simulator("Machine.run", "symbols", _machine_run),
    Simulator("circuit.run", "symbols", _run),
    Simulator("circuit.simulate", "packed", _simulate),
    Simulator("simulate_on CPU", "packed", _on_cpu),
    Simulator("simulate_on CUDA", "packed", _on_cuda),
    Simulator("Verilator, circuit", "symbols", lambda work: _verilated(work, "circuit", render(work.circuit, "core"))),
    Simulator("Verilator, case", "symbols", lambda work: _verilated(work, "case", render_case(work.machine, "core"))),
)
"""All of them. Verilator compiles the circuit that is simulated, and the `case` statement that an engineer writes."""
