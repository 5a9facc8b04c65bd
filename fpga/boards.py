"""The boards: one entry in one table is all that a new one needs."""

from __future__ import annotations

import difflib
import importlib
import sys
from dataclasses import dataclass
from typing import Any

from litex.gen import LiteXModule
from litex.soc.cores.clock import ECP5PLL, S7PLL, iCE40PLL
from litex.soc.cores.clock.gowin_gw1n import GW1NPLL
from migen import ClockDomain, ClockSignal, Constant, If, Signal
from migen.genlib.resetsync import AsyncResetSynchronizer

from fpga.toolchains import TOOLCHAINS
from seqlogic.errors import InputError

__all__ = ["BOARDS", "CRG", "Board", "board_named", "platform_of"]


@dataclass(frozen=True, kw_only=True)
class Board:
    """What the rest of the project has to know of a board.

    Attributes:
        title: its name, for people.
        module: of `litex_boards.platforms`.
        platform: the arguments of its Platform.
        toolchain: LiteX's name of the toolchain.
        extra: the extra of this project that brings the toolchain; None if no package does.
        clock: the name of the oscillator's pin, and Hz.
        sys_clk_freq: Hz, the default of the system clock; what the largest supported machine meets with some margin.
        pll: the PLL that makes another frequency of the oscillator's.
        pll_arguments: of that PLL.
        bitstream: the suffix of the file to load.
        logic, flip_flops, memory: the cells that place and route counts as LUTs, flip-flops and block RAM. A logic
            cell of iCE40 holds one of each of the first two.
        pins: where the machine goes `--with-pins`, in this order: connector and number, or the site itself.
        extension: the name of a list of resources in `module` that the platform has to be given.
        serial: what the host is plugged to.
        load, flash: the command that loads the bitstream until power is lost, or for good; {file} is the bitstream.
        debian: the Debian package that brings the programmer.
        cpu: whether a CPU with the BIOS fits.
    """

    title: str
    module: str
    platform: dict[str, Any]
    toolchain: str
    extra: str | None
    clock: tuple[str, float]
    sys_clk_freq: float
    pll: Any
    pll_arguments: dict[str, Any]
    bitstream: str
    logic: str
    memory: str
    flip_flops: str
    pins: str
    serial: str
    load: str
    flash: str
    debian: str
    cpu: bool
    extension: str | None = None


BOARDS = {
    "icebreaker": Board(
        title="1BitSquared iCEBreaker (iCE40 UP5K)",
        module="icebreaker",
        platform={"toolchain": "icestorm"},
        toolchain="icestorm",
        extra="ice40",
        clock=("clk12", 12e6),
        sys_clk_freq=24e6,
        pll=iCE40PLL,
        pll_arguments={"primitive": "SB_PLL40_PAD"},
        bitstream=".bin",
        logic="ICESTORM_LC",
        memory="ICESTORM_RAM",
        flip_flops="ICESTORM_LC",
        pins=" ".join(f"PMOD1{row}:{pin}" for row in "AB" for pin in range(8)),
        serial="USB, the second of the two ports that appear",
        load="iceprog -S {file}",
        flash="iceprog {file}",
        debian="fpga-icestorm",
        cpu=False,
    ),
    "ulx3s": Board(
        title="Radiona ULX3S (ECP5 45F)",
        module="radiona_ulx3s",
        platform={"toolchain": "trellis"},
        toolchain="trellis",
        extra="ecp5",
        clock=("clk25", 25e6),
        sys_clk_freq=50e6,
        pll=ECP5PLL,
        pll_arguments={},
        bitstream=".bit",
        logic="TRELLIS_COMB",
        memory="DP16KD",
        flip_flops="TRELLIS_FF",
        pins="B11 C11 A10 A11 A9 B10 B9 C10",
        serial="USB 1 (US1)",
        load="openFPGALoader --board ulx3s {file}",
        flash="openFPGALoader --board ulx3s --write-flash {file}",
        debian="openfpgaloader",
        cpu=True,
    ),
    "colorlight-i5": Board(
        title="Colorlight i5 on its extension board (ECP5 25F)",
        module="colorlight_i5",
        platform={"toolchain": "trellis"},
        toolchain="trellis",
        extra="ecp5",
        clock=("clk25", 25e6),
        sys_clk_freq=50e6,
        pll=ECP5PLL,
        pll_arguments={},
        bitstream=".bit",
        logic="TRELLIS_COMB",
        memory="DP16KD",
        flip_flops="TRELLIS_FF",
        pins=" ".join(f"pmod{row}:{pin}" for row in "ef" for pin in range(8)),
        serial="USB-C of the extension board",
        load="openFPGALoader --board colorlight-i5 {file}",
        flash="openFPGALoader --board colorlight-i5 --write-flash {file}",
        debian="openfpgaloader",
        cpu=True,
    ),
    "orangecrab": Board(
        title="OrangeCrab r0.2 (ECP5 25F)",
        module="gsd_orangecrab",
        platform={"toolchain": "trellis"},
        toolchain="trellis",
        extra="ecp5",
        clock=("clk48", 48e6),
        sys_clk_freq=48e6,
        pll=ECP5PLL,
        pll_arguments={},
        bitstream=".bit",
        logic="TRELLIS_COMB",
        flip_flops="TRELLIS_FF",
        memory="DP16KD",
        pins="GPIO:5 GPIO:6 GPIO:9 GPIO:10 GPIO:11 GPIO:12 GPIO:13 GPIO:14",
        extension="feather_serial",
        serial="a 3.3 V USB-serial cable on the header: its RX on pin 1, its TX on pin 0, and ground",
        load="dfu-util -d 1209:5af0 -a 0 -D {file}",
        flash="dfu-util -d 1209:5af0 -a 0 -D {file}",
        debian="dfu-util",
        cpu=True,
    ),
    "tang-nano-9k": Board(
        title="Sipeed Tang Nano 9K (Gowin GW1NR-9C)",
        module="sipeed_tang_nano_9k",
        platform={"toolchain": "apicula"},
        toolchain="apicula",
        extra="gowin",
        clock=("clk27", 27e6),
        sys_clk_freq=27e6,
        pll=GW1NPLL,
        pll_arguments={"devicename": "GW1N-9C", "device": "GW1NR-LV9QN88PC6/I5"},
        bitstream=".fs",
        logic="LUT4",
        flip_flops="DFF",
        memory="BSRAM",
        pins=" ".join(f"J6:{pin}" for pin in (4, 5, 6, 7, 8, 9, 10, 11)),
        serial="USB-C, the second of the two ports that appear",
        load="openFPGALoader --board tangnano9k {file}",
        flash="openFPGALoader --board tangnano9k --write-flash {file}",
        debian="openfpgaloader",
        cpu=False,
    ),
    "arty": Board(
        title="Digilent Arty A7-35 (Xilinx)",
        module="digilent_arty",
        platform={"toolchain": "vivado"},
        toolchain="vivado",
        extra=None,
        clock=("clk100", 100e6),
        sys_clk_freq=100e6,
        pll=S7PLL,
        pll_arguments={"speedgrade": -1},
        bitstream=".bit",
        logic="LUT",
        flip_flops="FF",
        memory="RAMB",
        pins=" ".join(f"pmoda:{pin}" for pin in range(8)),
        serial="USB",
        load="openFPGALoader --board arty {file}",
        flash="openFPGALoader --board arty --write-flash {file}",
        debian="openfpgaloader",
        cpu=True,
    ),
}
"""Every board, by the name that BOARD= takes."""


def board_named(name: str) -> Board:
    """The board of this name; InputError with the nearest names for any other."""
    if name in BOARDS:
        return BOARDS[name]
    near = difflib.get_close_matches(name.lower(), BOARDS, n=3, cutoff=0.4)
    expected = " or ".join(near) if near else f"one of: {', '.join(BOARDS)}"
    raise InputError(f"unknown board {name!r}, expected {expected}")


def platform_of(board: Board) -> Any:
    """A new LiteX platform of the board, with the toolchain of PyPI's packages."""
    module = importlib.import_module(f"litex_boards.platforms.{board.module}")
    platform = module.Platform(**board.platform)
    if board.extension is not None:
        platform.add_extension(getattr(module, board.extension))
    if board.toolchain in TOOLCHAINS:
        platform.toolchain = TOOLCHAINS[board.toolchain]()
    return platform


class CRG(LiteXModule):
    """Clock and reset: the oscillator, or a PLL on it, and a reset that is held for 2**16 clocks after power-up.

    Attributes:
        rst : Signal(1), in. Resets the SoC.
        cd_sys : ClockDomain, out.
    """

    def __init__(self, platform: Any, board: Board, sys_clk_freq: float) -> None:
        self.rst = Signal()
        self.cd_sys = ClockDomain()
        self.cd_por = ClockDomain()
        name, frequency = board.clock
        clk = platform.request(name)

        # # #

        # Flip-flops of iCE40 start at 0, and block RAM there cannot be read in the first microseconds.
        count = Signal(16)
        ready = Signal()
        self.comb += [self.cd_por.clk.eq(ClockSignal("sys")), ready.eq(count == 2**16 - 1)]
        self.sync.por += If(~ready, count.eq(count + 1))
        unlocked = Constant(0, 1)
        if sys_clk_freq == frequency:
            self.comb += self.cd_sys.clk.eq(clk)
        else:
            self.pll = pll = board.pll(**board.pll_arguments)
            pll.register_clkin(clk, frequency)
            pll.create_clkout(self.cd_sys, sys_clk_freq, with_reset=False)
            unlocked = ~pll.locked
        platform.add_period_constraint(self.cd_sys.clk, 1e9 / sys_clk_freq)
        self.specials += AsyncResetSynchronizer(self.cd_sys, ~ready | unlocked | self.rst)


if __name__ == "__main__":
    # For the Makefile: which extra brings the tools of a board.
    try:
        print(board_named(sys.argv[1]).extra or "fpga")
    except InputError as error:
        print(f"fpga: {error}", file=sys.stderr)
        sys.exit(2)
