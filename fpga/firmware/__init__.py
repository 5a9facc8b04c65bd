"""The LiteX BIOS with console commands for the machine: what is compiled in, with what, and what is missing for it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from litex.soc.cores.cpu import CPU_GCC_TRIPLE_RISCV32
from litex.soc.integration.builder import Builder

from fpga.boards import BOARDS, Board
from fpga.implementation import Implementation, Layout
from fpga.tools import Step, ToolError, run_tool
from fpga.verilator import silent
from seqlogic.errors import InputError
from seqlogic.machine import Alphabet
from seqlogic.proof import Suite, conformance_suite

__all__ = [
    "CONSTANTS",
    "CPUS",
    "ROM_BYTES",
    "SRAM_BYTES",
    "FirmwareBuilder",
    "check_cpu",
    "check_tools",
    "header",
    "suite_bits",
]

CPUS = ("serv", "vexriscv")
ROM_BYTES = 0x1_0000
"""Room for BIOS, names and suite; block RAM is taken for what is used of it."""
SRAM_BYTES = 0x2000
CONSTANTS = ("BIOS_NO_BUILD_TIME", "BIOS_NO_BOOT")
"""Settings of the BIOS: no date, which would make every bitstream another one, and no wait for a program to load: there
is no memory for one."""

EXTRA_STATES = 1
SUITE_BYTES = 8192
_HERE = Path(__file__).parent
_MODULES = {
    "pythondata-cpu-{cpu}": "pythondata_cpu_{cpu}",
    "pythondata-software-picolibc": "pythondata_software_picolibc",
    "pythondata-software-compiler-rt": "pythondata_software_compiler_rt",
}


def check_cpu(board: Board, cpu: str, variant: str | None) -> None:
    """Refuse a CPU that we do not know, or a board without room for it; InputError."""
    if cpu not in CPUS:
        raise InputError(f"--cpu-type: {cpu} is none of ours, expected none, {' or '.join(CPUS)}")
    if not board.cpu:
        others = ", ".join(name for name, other in BOARDS.items() if other.cpu)
        raise InputError(
            f"--cpu-type: there is no room for a CPU and its BIOS on {board.title}, expected one of: {others}"
        )
    if (cpu, variant) == ("serv", "mdu"):
        raise InputError("--cpu-variant: mdu needs Verilog that LiteX would download, expected standard")


def check_tools(cpu: str) -> None:
    """Refuse a CPU whose BIOS cannot be built here; InputError says what to install."""
    for name, module in _MODULES.items():
        if importlib.util.find_spec(module.format(cpu=cpu)) is None:
            raise InputError(
                f"{name.format(cpu=cpu)} is not installed; install the extra `cpu` (in the checkout: "
                "pip install '.[cpu]')"
            )
    if not any(shutil.which(f"{triple}-gcc") for triple in CPU_GCC_TRIPLE_RISCV32):
        raise InputError("a compiler for RISC-V is not installed: apt install gcc-riscv64-unknown-elf")
    if shutil.which("make") is None:
        raise InputError("make is not installed: apt install make")


class FirmwareBuilder(Builder):
    """LiteX's Builder, with our commands in its BIOS, and nothing in it that another build would have otherwise.

    Args:
        soc: a BaseSoC with a CPU. Its `implementation` is what the commands know of.
        log: what the compiler says is appended to it.
        arguments: of LiteX's Builder.

    Raises:
        InputError: on `build`: the folder has a space in its path, or the firmware is too large.
        ToolError: on `build`: it does not compile.
    """

    def __init__(self, soc: Any, *, log: Path, **arguments: Any) -> None:
        # The line editor of the other consoles is, by its own word, largely copied from U-Boot and Barebox, which have
        # another licence.
        Builder.__init__(self, soc, **{"bios_console": "lite"} | arguments)
        self._log = log
        # LiteX's list has drivers of memories and networks that we have not; of liblitedram the BIOS prints sizes with.
        self.software_packages: list[tuple[str, str]] = []
        self.software_libraries: list[str] = []
        for name, source in (("libc", _HERE / "libc"), ("libmachine", _HERE / "libmachine")):
            self.add_software_package(name, str(source))
            self.add_software_library(name)
        for name in ("libcompiler_rt", "libbase", "liblitedram"):
            self.add_software_package(name)
            self.add_software_library(name)

    def _check_meson(self) -> None:
        """Our C library is compiled by make."""

    def _get_variables_contents(self) -> str:
        wrapped = " ".join(f"-Wl,--wrap={name}" for name in ("get_param", "readline"))
        return f"{Builder._get_variables_contents(self)}\nbios.elf: LDFLAGS += {wrapped}\n"

    def _generate_includes(self, with_bios: bool = True) -> None:
        Builder._generate_includes(self, with_bios=with_bios)
        generated = Path(self.generated_dir)
        (generated / "machine.h").write_text(header(self.soc.implementation), encoding="ascii")
        # LiteX writes the commit of whatever checkout its files happen to lie in.
        version = importlib.metadata.version("litex")
        (generated / "git.h").write_text(f'#pragma once\n#define LITEX_GIT_SHA1 "({version})"\n', encoding="ascii")

    def _generate_rom_software(self, compile_bios: bool = True) -> None:
        if not (self.compile_software and compile_bios):
            return
        folder = Path(self.software_dir)
        for path in (folder, _HERE, Path(sys.prefix)):
            if " " in str(path):
                raise InputError("make knows no path with a space in it; the firmware cannot be built here", file=path)
        # A make that called us means itself by these.
        make = ["env", "-u", "MAKEFLAGS", "-u", "MFLAGS", "-u", "MAKELEVEL", "make", "-j2", f"PYTHON={sys.executable}"]
        for name, source in self.software_packages:
            step = Step("the firmware", (*make, "-f", str(Path(source) / "Makefile")))
            try:
                run_tool(step, folder / name, self._log, silent)
            except ToolError:
                text = self._log.read_text(encoding="utf-8", errors="replace")
                if over := re.search(r"region `(rom|sram)' overflowed by (\d+) bytes", text):
                    raise InputError(
                        f"the firmware does not fit: it needs {int(over.group(2)):,} bytes more than "
                        f"--integrated-{over.group(1)}-size"
                    ) from None
                raise


def header(implementation: Layout) -> str:
    """The C header of what the commands know of a machine: digest, names of symbols, conformance test suite.

    Raises:
        InputError: it is a circuit, of which there is no such suite.
    """
    if not isinstance(implementation, Implementation):
        raise InputError("--cpu-type: the commands of a CPU know machines only; build a circuit without a CPU")
    machine, total = implementation.machine, implementation.total
    # Bits of a symbol and its answer, with a mask where one may be needed.
    widest = 1 + total.inputs.width + total.outputs.width * (1 + bool((total.care != total.outputs.full).any()))
    suite = conformance_suite(total, EXTRA_STATES, budget=SUITE_BYTES * 8 // widest)
    bits, masked = suite_bits(implementation, suite)
    octets = np.packbits(bits, bitorder="little").tolist()
    rows = [", ".join(map(str, octets[start : start + 24])) for start in range(0, len(octets), 24)]
    return "\n".join(
        [
            "#pragma once",
            "#include <stdint.h>",
            f'#define MACHINE_DIGEST "{machine.digest}"',
            f"#define MACHINE_IDENTITY 0x{machine.digest[:16]}ull",
            f"#define MACHINE_OUTPUTS {len(machine.outputs)}",
            _names("input", machine.inputs),
            _names("output", machine.outputs),
            f"#define MACHINE_SUITE_CLAIM {_literal(suite.claim())}",
            f"#define MACHINE_SUITE_WORDS {len(suite.words)}",
            f"#define MACHINE_SUITE_SYMBOLS {suite.symbols}",
            f"#define MACHINE_SUITE_MASKED {int(masked)}",
            "/* For each symbol, lowest bit first: whether a word begins, the symbol, the answer; where an answer has",
            "   bits that are not specified, which are. */",
            "static const uint8_t machine_suite[] = {",
            *(f"\t{row}," for row in rows),
            "};",
            "",
        ]
    )


def suite_bits(implementation: Implementation, suite: Suite) -> tuple[np.ndarray, bool]:
    """A suite with its answers as bits, as the header describes them, and whether there are masks among them."""
    total, words = implementation.total, suite.words
    length = max(map(len, words), default=0)
    batch = np.array([[*word, *[-1] * (length - len(word))] for word in words], dtype=np.int64).reshape(-1, length)
    output, care = total.run(batch)
    there = batch >= 0
    first = np.zeros_like(batch)
    first[:, :1] = 1
    masked = bool((care[there] != total.outputs.full).any())
    fields = [(first, 1), (batch, implementation.input_bits), (np.where(care == 0, 0, output), total.outputs.width)]
    if masked:
        fields.append((care, total.outputs.width))
    columns = [values[there] >> bit & 1 for values, width in fields for bit in range(width)]
    return np.stack(columns, axis=1).astype(np.uint8).flatten(), masked


def _names(way: str, alphabet: Alphabet) -> str:
    """C of the names of an alphabet; words of bits have none."""
    listed = f"static const char *const {way}_names[] = {{{', '.join(map(_literal, alphabet.names))}}};\n"
    named = alphabet.bits is None
    pointer = f"{way}_names" if named else "0"
    return f"{listed if named else ''}static const char *const *const machine_{way}_names = {pointer};"


def _literal(text: str) -> str:
    """A C string; bytes that a compiler might read otherwise are written in octal, which has a fixed length."""
    plain: Sequence[int] = [byte for byte in range(0x20, 0x7F) if chr(byte) not in '"\\?']
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in text.encode()) + '"'
