"""The SoC under Verilator: the same gateware as on a board, its serial line a TCP socket of the loopback interface."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from litex.build.generic_platform import Pins, Subsignal
from litex.build.sim import SimPlatform
from litex.gen import LiteXModule
from litex.soc.cores.uart import RS232PHYModel, UARTBone
from migen import ClockDomain, ResetInserter, Signal

from fpga.boards import BOARDS, Board
from fpga.build import GATEWARE, assemble, generate
from fpga.implementation import Layout
from fpga.soc import BaseSoC
from fpga.tools import Tell, ToolError
from fpga.verilator import silent, verilate
from seqlogic.errors import InputError

__all__ = ["SimSoC", "Simulator", "build_simulator", "simulate"]

QUIET_CYCLES = 1 << 17
"""After so many clocks without a byte the simulator waits for the next one: longer than the DMA needs for its buffer,
so that nothing but the clock counter of a SoC without CPU can tell."""
START_SECONDS = 30.0
STOP_SECONDS = 10.0


class SimPads(SimPlatform):
    """A platform of pads that the harness drives; `build` writes Verilog and leaves the rest to `build_simulator`.

    `serial` is a stream of bytes each way instead of two wires; `connect` is high for the clock in which somebody
    opens the line.
    """

    def __init__(self) -> None:
        stream = [(name, width) for way in ("source", "sink") for name, width in _byte_stream(way)]
        serial = [Subsignal(name, Pins(width)) for name, width in [*stream, ("connect", 1)]]
        io = [("sys_clk", 0, Pins(1)), ("sys_rst", 0, Pins(1)), ("serial", 0, *serial)]
        SimPlatform.__init__(self, "SIM", io, name=GATEWARE)

    def build(self, fragment: Any, build_dir: str, build_name: str, **_: Any) -> Any:
        """Write the Verilog and the contents of its memories; LiteX's Builder calls it."""
        fragment = fragment.get_fragment()
        self.finalize(fragment)
        output = self.get_verilog(fragment, name=build_name)
        folder = Path(build_dir)
        (folder / f"{build_name}.v").write_text(output.main_source, encoding="utf-8")
        for name, content in output.data_files.items():
            (folder / name).write_text(content, encoding="utf-8")
        self.add_source(str(folder / f"{build_name}.v"))
        return output.ns


def _byte_stream(way: str) -> list[tuple[str, int]]:
    return [(f"{way}_valid", 1), (f"{way}_ready", 1), (f"{way}_data", 8)]


class SimCRG(LiteXModule):
    """The clock of the harness, and its reset.

    Attributes:
        rst : Signal(1), in. Resets the SoC.
        cd_sys : ClockDomain, out.
    """

    def __init__(self, platform: SimPlatform) -> None:
        self.rst = Signal()
        self.cd_sys = ClockDomain()

        # # #

        self.comb += [
            self.cd_sys.clk.eq(platform.request("sys_clk")),
            self.cd_sys.rst.eq(platform.request("sys_rst") | self.rst),
        ]


class SimSoC(BaseSoC):
    """The SoC of a board with nothing of the board: its serial stream, UART bridge or console, goes to the harness.

    Args:
        implementation: the machine.
        board: whose clock frequency and pins it is to have; the bytes of the stream take no time.
        kwargs: everything else that BaseSoC takes. Pins are ports that nobody drives.
    """

    def __init__(self, implementation: Layout, board: Board = BOARDS["icebreaker"], **kwargs: Any) -> None:
        BaseSoC.__init__(self, implementation, board, **{"name": "sim", "uart_name": "sim"} | kwargs)

    def make_platform(self) -> Any:
        return SimPads()

    def make_crg(self, platform: Any, frequency: int) -> Any:
        return SimCRG(platform)

    def add_bridge(self, baudrate: int) -> None:
        pads = self.platform.request("serial")
        self.bridge_phy = phy = RS232PHYModel(pads)
        # The bridge gives up a command that takes 100 ms, which it counts in clocks: time that stands still before it
        # is over makes that never. Who connects gets a bridge that knows nothing of the commands of another instead.
        watchdog = UARTBone(phy, clk_freq=20 * QUIET_CYCLES, address_width=self.bus.address_width)
        self.bridge = bridge = ResetInserter()(watchdog)
        self.comb += bridge.reset.eq(pads.connect)
        self.bus.add_master("bridge", master=bridge.wishbone)


def build_simulator(
    what: Layout | SimSoC,
    folder: Path,
    *,
    trace: str | None = None,
    tell: Tell = silent,
    builder_arguments: dict[str, Any] | None = None,
    **kwargs: Any,
) -> Path:
    """Generate the Verilog of a SoC and compile it; return the program that `Simulator` starts.

    Leaves csr.csv and csr.json in the folder, and in `gateware` below it the Verilog and the program, which is not
    compiled again while the Verilog stays the same. What LiteX and the tools say goes to `build.log`.

    Args:
        what: a machine, or a SoC that was made before (LiteX prints while it makes one).
        folder: where to work; made if it is not there.
        trace: "vcd" or "fst" for a program that can write one; it is slower.
        tell: called while a tool runs, as `run_tool` says.
        builder_arguments: of LiteX's Builder, as {"compile_software": False}.
        kwargs: of SimSoC, if `what` is a machine.

    Raises:
        InputError: a tool is not installed.
        ToolError: LiteX or a tool failed.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "build.log"
    log.write_bytes(b"")
    soc = what if isinstance(what, SimSoC) else assemble(lambda: SimSoC(what, **kwargs), log)
    generate(soc, folder, log, builder_arguments)
    platform = soc.platform
    sources = [Path(name) for name, *_ in platform.sources if Path(name).suffix in (".v", ".sv")]
    include = [Path(name) for name in platform.verilog_include_paths]
    return verilate(
        sources, "serial", folder / "gateware", top=GATEWARE, include=include, trace=trace, log=log, tell=tell
    )


class Simulator:
    """A running simulator, for a `with` statement.

    It ends when the statement does, and with this process, however that ends.

    Args:
        program: what `build_simulator` returned.
        trace: the file to write all signals to; the program must have been built for its format.
        cycles: end after so many clocks; None for never.
        quiet: wait for a byte after so many clocks without one; 0 for never, as a CPU needs that works in silence.

    Attributes:
        port: the TCP port of its serial line on 127.0.0.1.
    """

    def __init__(
        self, program: Path, *, trace: Path | None = None, cycles: int | None = None, quiet: int = QUIET_CYCLES
    ) -> None:
        self._command = [str(program.resolve()), "--with-parent", "--quiet", str(quiet)]
        if trace is not None:
            self._command += ["--trace", str(trace.resolve())]
        if cycles is not None:
            self._command += ["--cycles", str(cycles)]
        # The contents of memories are files beside the program.
        self._folder = program.resolve().parent
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """What pyserial opens."""
        return f"socket://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return as soon as it can be connected to; ToolError, if it does not come to that."""
        # A file, for nobody reads a pipe to its end while the simulation runs.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdin=subprocess.PIPE, stdout=self._output, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + START_SECONDS
        while (found := re.search(r"^listening on 127\.0\.0\.1:(\d+)$", self.output, re.MULTILINE)) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = self.output.strip() or "it said nothing"
                self.stop()
                raise ToolError(f"the simulator did not start: {said.splitlines()[-1]}")
            time.sleep(0.005)
        self.port = int(found.group(1))

    def stop(self) -> None:
        """End it, its trace complete."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self, seconds: float | None = None) -> int:
        """Wait until it ends by itself, as after `cycles`; return its exit status."""
        assert self._process is not None
        return self._process.wait(seconds)

    @property
    def output(self) -> str:
        """What it has printed so far."""
        # Read at a place of its own: the file's position is shared with the process that writes.
        return os.pread(self._output.fileno(), 1 << 20, 0).decode(errors="replace")

    @property
    def cycles(self) -> int:
        """How many clocks it simulated, once it has ended by itself or was stopped."""
        found = re.search(r"^simulated (\d+) cycles$", self.output, re.MULTILINE)
        if found is None:
            raise ToolError("the simulator has not ended, or not by itself")
        return int(found.group(1))

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def simulate(
    implementation: Layout, folder: Path, *, trace: Path | None = None, tell: Tell = silent, **kwargs: Any
) -> Simulator:
    """Build a simulator of a machine in the default SoC; return it ready to be started.

    Args:
        implementation: the machine.
        folder: as `build_simulator`.
        trace: the file to write all signals to, *.vcd or *.fst.
        tell: as `build_simulator`.
        kwargs: of SimSoC.

    Raises:
        InputError: a trace of another suffix, or a tool is not installed.
        ToolError: a tool failed.
    """
    if trace is not None and trace.suffix not in (".vcd", ".fst"):
        raise InputError(f"{trace}: expected a trace named *.vcd or *.fst")
    program = build_simulator(
        implementation, folder, trace=None if trace is None else trace.suffix[1:], tell=tell, **kwargs
    )
    return Simulator(program, trace=trace, quiet=QUIET_CYCLES if kwargs.get("cpu_type") is None else 0)
