"""A Verilog module under Verilator that can be asked: `seqlogic.asking.Queryable`, in the convention of its proof."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np

from fpga.module import Module
from fpga.tools import Tell, ToolError
from fpga.verilator import silent, verilate
from seqlogic.errors import InputError

__all__ = ["Dut"]

Word = tuple[int, ...]

_AT_ONCE = 4096
"""So many numbers are written before answers are read: they fit into a pipe, and so do their answers."""
_BENCH = "seqlogic_bench"


class Dut:
    """A module in a simulator that runs until the `with` statement ends, and ends with this process, too.

    A word begins with an edge at which the reset is active, all inputs 0; without a reset, with power-up. Then each
    symbol is there for an edge. What the module shows is read before the edge, or behind it, as its pins say. What
    neither the reset nor an initial value decides is as the last word left it, or random: `Record` notices where that
    is to be seen.

    Args:
        module: what `read_module` made of the files.
        files: the same files.
        tell: called while it is compiled, as `run_tool` says.

    Attributes:
        inputs: the input alphabet, all words of the bits of the input ports.
        outputs: the output alphabet, likewise.

    Raises:
        InputError: verilator, g++ or make is not installed, verilator refuses the files, or an output is named twice.
    """

    def __init__(self, module: Module, files: Sequence[Path], *, tell: Tell = silent) -> None:
        module.check_listed()
        self.inputs, self.outputs = module.ports.alphabets()
        pins = module.ports.pins
        self._name, self._file = module.name, files[0]
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seqlogic-dut-")))
            bench = folder / "bench.v"
            bench.write_text(_bench(module), encoding="utf-8")
            sources = [folder / f"source{number}{file.suffix.lower()}" for number, file in enumerate(files)]
            for source, file in zip(sources, files, strict=True):
                shutil.copyfile(file, source)
            try:
                program = verilate([*sources, bench], "dut", folder, top=_BENCH, log=folder / "log", tell=tell)
            except ToolError as error:
                message = str(error).partition(" (all of it: ")[0]
                for source, file in zip(sources, files, strict=True):
                    message = message.replace(str(source), file.name)
                raise InputError(message, file=files[0]) from error
            command = [str(program), str(int(pins.reset is not None)), str(int(pins.registered))]
            self._process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._stack = stack.pop_all()

    def __enter__(self) -> Dut:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the simulator."""
        self._process.kill()
        self._process.communicate()
        self._stack.close()

    def answer(self, words: Sequence[Word]) -> list[Word]:
        """Return for each word, applied from reset, an output symbol per input symbol.

        Raises:
            InputError: the simulation has ended by itself.
        """
        answers: list[Word] = []
        for batch in _batches(words):
            numbers = [number for word in batch for number in (len(word), *word)]
            size = 4 * (len(numbers) - len(batch))
            given, taken = self._process.stdin, self._process.stdout
            assert given is not None
            assert taken is not None
            try:
                given.write(np.array(numbers, dtype=np.uint32).tobytes())
                given.flush()
                read = taken.read(size)
            except BrokenPipeError:
                read = b""
            if len(read) < size:
                message = f"module {self._name}: its simulation has ended by itself, expected no $finish and no error"
                raise InputError(message, file=self._file)
            shown = iter(np.frombuffer(read, dtype=np.uint32).tolist())
            answers += [tuple(islice(shown, len(word))) for word in batch]
        return answers


def _batches(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words in their order, as many at once as fit, but one at least."""
    batch: list[Word] = []
    room = _AT_ONCE
    for word in words:
        room -= 1 + len(word)
        if batch and room < 0:
            yield batch
            batch, room = [], _AT_ONCE - 1 - len(word)
        batch.append(word)
    if batch:
        yield batch


def _bench(module: Module) -> str:
    """A module of the ports that the harness knows: `tick`, whose rising edge counts, `restart`, high to reset ..."""
    ports, pins = module.ports, module.ports.pins
    names = list(dict.fromkeys(port for port, _ in (*ports.drives, *ports.shows)))
    wires = {name: f"port{number}" for number, name in enumerate(names)}
    connected = {pins.clock: "tick" if pins.edge == "rising" else "~tick"}
    if pins.reset is not None:
        connected[pins.reset] = "restart" if pins.reset_level else "~restart"
    if pins.enable is not None:
        connected[pins.enable] = "1'b1"
    connected |= wires
    # Escaped, for Verilog allows any name that way.
    given = ", ".join(f".\\{port} ({wire})" for port, wire in connected.items())
    return "\n".join(
        [
            f"module {_BENCH}(",
            f"    input tick, input restart, input [{len(ports.drives) - 1}:0] pins, "
            f"output [{len(ports.shows) - 1}:0] shown",
            ");",
            *(f"  wire [{ports.width(name) - 1}:0] {wire};" for name, wire in wires.items()),
            *(f"  assign {wires[name]}[{bit}] = pins[{place}];" for place, (name, bit) in enumerate(ports.drives)),
            *(f"  assign shown[{place}] = {wires[name]}[{bit}];" for place, (name, bit) in enumerate(ports.shows)),
            f"  \\{module.name} dut({given});",
            "endmodule\n",
        ]
    )
