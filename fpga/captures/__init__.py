"""Captures of our own making: three small modules in Verilog, and what they did with random inputs, as VCD."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain, count, islice
from pathlib import Path

from fpga.tools import Tell, ToolError
from fpga.verilator import silent, verilate

__all__ = ["CAPTURES", "Capture", "capture"]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Capture:
    """A module, and what is done to it.

    Attributes:
        module: its name, and that of its file without `.v`, and of its capture without `.vcd`.
        reset: the name of its reset.
        reset_level: 0 if that is active low.
        inputs: the other inputs but the clock, which is `clk`: their names, and how many bits they have.
        outputs: likewise.
        sequence: makes the inputs from one reset to the next, one symbol per clock: the bits of the inputs as a
            number, the first input the most significant.
        clocks: how many are captured.
    """

    module: str
    reset: str
    reset_level: int
    inputs: dict[str, int]
    outputs: dict[str, int]
    sequence: Callable[[random.Random], list[int]]
    clocks: int


# What tells states apart is what follows them: each sequence ends with something that reads out where it led, and which
# is the same in many of them. And it must lead to each state often, in ways that come again.


def _line(rng: random.Random) -> list[int]:
    """The line of a UART: one level for some clocks, then the other; in the end one of them for longer than a frame."""
    line, level = [], 1
    for _ in range(int(28 * rng.random())):
        level ^= rng.random() < 0.1
        line.append(level)
    return [*line, rng.getrandbits(1), *[rng.getrandbits(1)] * 20]


def _transfer(rng: random.Random) -> list[int]:
    """The clock and the data of an SPI bus: some bits, the last not always whole, then anything, and a bit of 0."""
    pins = []
    for _ in range(rng.randrange(4)):
        pins += [2 | rng.getrandbits(1), 0]
    if rng.random() < 0.5:
        del pins[-1:]
    return [*pins, *(rng.getrandbits(2) for _ in range(rng.randrange(4))), 0, 2, 0]


def _purchase(rng: random.Random) -> list[int]:
    """The keys of a vending machine: mostly coins of 5 cents, and in the end the credit is asked back."""
    keys = rng.choices(range(4), (1, 10, 3, 1), k=int(10 * rng.random()))
    if rng.random() < 0.4:
        keys += [3] + [0] * int(3 * rng.random())
    return [*keys, rng.getrandbits(2), 3, *[0] * 8]


CAPTURES = (
    Capture(
        module="uart_receiver",
        reset="rst",
        reset_level=1,
        inputs={"rx": 1},
        outputs={"valid": 1, "data": 1, "done": 1, "error": 1},
        sequence=_line,
        clocks=4000,
    ),
    Capture(
        module="spi_slave",
        reset="select",
        reset_level=0,
        inputs={"sck": 1, "mosi": 1},
        outputs={"data": 2, "miso": 1},
        sequence=_transfer,
        clocks=4000,
    ),
    Capture(
        module="vending_machine",
        reset="rst",
        reset_level=1,
        inputs={"key": 2},
        outputs={"vend": 1, "change": 1, "reject": 1},
        sequence=_purchase,
        clocks=4000,
    ),
)
"""The captures that are shipped."""


def capture(what: Capture, folder: Path, *, seed: int = 0, tell: Tell = silent) -> Path:
    """Simulate a module under Verilator and write its ports as VCD.

    The inputs change with the falling edge of the clock, the registers with the rising one. The same seed gives the
    same file.

    Args:
        what: the module and its stimulus.
        folder: where to work; it must exist. What is compiled there is used again.
        seed: of the stimulus.
        tell: called as `run_tool` says.

    Returns:
        The file, in the folder.

    Raises:
        InputError: a tool is not installed.
        ToolError: a tool failed.
    """
    (folder / f"{what.module}_bench.v").write_text(_bench(what), encoding="utf-8")
    program = verilate(
        [HERE / f"{what.module}.v", folder / f"{what.module}_bench.v"],
        "capture",
        folder,
        top="capture",
        trace="vcd",
        log=folder / "log",
        tell=tell,
    )
    file = folder / f"{what.module}.vcd"
    signals = [f"TOP.capture.dut.{name}" for name in ("clk", what.reset, *what.inputs, *what.outputs)]
    lines = "\n".join(map(str, _pins(what, seed)))
    done = subprocess.run([program, file, *signals], input=lines, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"the simulation of {what.module} failed: {done.stderr.strip() or done.returncode}")
    return file


def _bench(what: Capture) -> str:
    """The module `capture`, whose ports are those that the harness knows: the reset is bit 0 of the pins."""
    sizes = list(reversed(what.inputs.items()))
    places = dict(zip([name for name, _ in sizes], accumulate([1, *(size for _, size in sizes)]), strict=False))
    taken = {name: f"pins[{places[name] + size - 1}:{places[name]}]" for name, size in sizes}
    shown = [f"  wire [{size - 1}:0] {name};" for name, size in what.outputs.items()]
    connected = {"clk": "clock", what.reset: "pins[0]", **taken, **{name: name for name in what.outputs}}
    return "\n".join(
        [
            f"module capture(input clock, input [{sum(what.inputs.values())}:0] pins);",
            *shown,
            f"  {what.module} dut({', '.join(f'.{port}({wire})' for port, wire in connected.items())});",
            "endmodule\n",
        ]
    )


def _pins(what: Capture, seed: int) -> Iterator[int]:
    """What `pins` is in each clock: a clock of reset, a sequence, and so on."""
    rng = random.Random(seed)
    endless = ([None, *what.sequence(rng)] for _ in count())
    for symbol in islice(chain.from_iterable(endless), what.clocks):
        active = symbol is None
        yield (symbol or 0) << 1 | (active == bool(what.reset_level))
