"""BLIF, the Berkeley Logic Interchange Format (University of California, Berkeley, 1992), as ABC and yosys have it.

A model is a netlist of single-output covers (`.names`) and latches (`.latch`). Written is the flat model of a circuit:
one cover of one cube for each gate, and one for each inverter that a next state needs. Read is any flat model; what
only says how long a signal takes, or where it came from, is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.errors import InputError
from seqlogic.formats.dependencies import LoopError, in_order
from seqlogic.formats.shared import clip, free_name, free_prefix
from seqlogic.synthesis import Gates

__all__ = ["NOT_HELD", "parse", "render"]

NOT_HELD = re.compile(r"^\.|[\s#\\\ud800-\udfff]")
"""What no name may hold: blanks and `#` end it, `\\` joins lines, a first dot makes a directive."""

_CONTENT = "expected a flat model of .inputs, .outputs, .names and .latch"
_PARTS = {
    ".subckt": "a part that another model describes (in yosys: `synth -flatten; dffunmap; simplemap`)",
    ".gate": "a gate of a library",
    ".mlatch": "a latch of a library",
    ".exdc": "don't-cares of the environment",
    ".search": "another file",
    ".start_kiss": "a state table",
}
_PASSED_OVER = {
    *(".area", ".delay", ".wire_load_slope", ".wire", ".cycle", ".clock_event"),
    *(".input_arrival", ".default_input_arrival", ".output_required", ".default_output_required"),
    *(".input_drive", ".default_input_drive", ".output_load", ".default_output_load"),
    *(".max_input_load", ".default_max_input_load", ".attr", ".cname"),
}
_EDGES = {"re": "rising", "fe": "falling"}
_OTHER_TYPES = {"ah": "open while its control is 1", "al": "open while its control is 0", "as": "asynchronous"}


def render(circuit: Circuit) -> str:
    r"""Return a circuit as BLIF text, the same bytes for the same circuit.

    The latches have no clock of their own: they all take the one that is not named. A wire is called `n` and its
    literal, with more `n` where that could be a name of the circuit. A name that BLIF has no way to write is refused:
    no other program would undo an escape of ours, and ports would change their names unnoticed.

    >>> import numpy as np
    >>> no_gates = np.zeros((0, 2), dtype=np.int32)
    >>> toggle = Circuit((), ("q",), ("y",), no_gates, next_state=[3], output=[2], reset=[True])
    >>> print(render(toggle), end="")
    .model circuit
    .inputs
    .outputs y
    .latch n3 q 1
    .names q n3
    0 1
    .names q y
    1 1
    .end

    Raises:
        ValueError: a name that is empty, starts with a dot, or holds a blank, `#` or a backslash.
    """
    names = (*circuit.inputs, *circuit.latches, *circuit.outputs)
    for name in names:
        if not name or NOT_HELD.search(name):
            raise ValueError(f"BLIF cannot hold the name {clip(name)}")
    prefix = free_prefix(names)
    leaves = names[: len(names) - len(circuit.outputs)]

    def wire(literal: int) -> str:
        """The name of a literal: that of an input or latch, or one of ours."""
        variable = literal >> 1
        own = literal & 1 or not 1 <= variable <= len(leaves)
        return f"{prefix}{literal}" if own else leaves[variable - 1]

    def copy(literal: int, name: str) -> list[str]:
        """A cover that gives a literal this name."""
        if literal < 2:
            return [f".names {name}", *["1"] * literal]
        return [f".names {wire(literal & ~1)} {name}", "0 1" if literal & 1 else "1 1"]

    lines = [" ".join([directive, *ports]) for directive, ports in (
        (".model", ["circuit"]), (".inputs", circuit.inputs), (".outputs", circuit.outputs)
    )]  # fmt: skip
    targets = circuit.next_state.tolist()
    for target, name, reset in zip(targets, circuit.latches, circuit.reset.tolist(), strict=True):
        lines.append(f".latch {wire(target)} {name} {int(reset)}")
    for gate, (a, b) in enumerate(circuit.ands.tolist(), start=1 + len(leaves)):
        lines += [f".names {wire(a & ~1)} {wire(b & ~1)} {wire(2 * gate)}", f"{1 - (a & 1)}{1 - (b & 1)} 1"]
    for target in sorted({target for target in targets if target & 1 or not target}):
        lines += copy(target, wire(target))
    for literal, name in zip(circuit.output.tolist(), circuit.outputs, strict=True):
        lines += copy(literal, name)
    return "\n".join([*lines, ".end", ""])


class _Cover(NamedTuple):
    """A `.names`: its operands, and the cubes on which it is 1, or 0 if `on` is false."""

    line: int
    operands: list[str]
    cubes: list[str]
    on: list[bool]


class _Latch(NamedTuple):
    line: int
    data: str
    edge: str
    clock: str | None
    reset: bool


@dataclass
class _Model:
    """A model as it stands; of each port and each latch, by its name, the line."""

    source: str
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    clocks: dict[str, int] = field(default_factory=dict)
    latches: dict[str, _Latch] = field(default_factory=dict)
    covers: dict[str, _Cover] = field(default_factory=dict)

    def error(self, message: str, line: int | None = None) -> InputError:
        return InputError(message, file=self.source, line=line)


def parse(text: str, source: str) -> Circuit:
    r"""Return the circuit of the first model in a BLIF text.

    Inputs, latches and outputs keep their order and their names. A latch that is an output itself, as BLIF allows, has
    a `_` behind its name. All latches must have the same clock and edge, or none; the clock is no input of the
    circuit. A latch that may start as either (2) starts as 0.

    >>> circuit = parse(".model m\n.inputs up\n.outputs q\n.latch n q 2\n.names up q n\n01 1\n10 1\n.end\n", "m.blif")
    >>> circuit.inputs, circuit.latches, circuit.outputs, len(circuit.ands)
    (('up',), ('q_',), ('q',), 3)

    Raises:
        InputError: a malformed line, parts of other models, a latch of unknown start or that is no flip-flop, two
            clocks, a signal that nothing drives or that two things do, or a loop of covers.
    """
    model = _scan(text, source)
    clock = _clock(model)
    inputs = [name for name in model.inputs if name != clock and name not in model.clocks]
    driven = {**dict.fromkeys(inputs), **dict.fromkeys(model.latches), **dict.fromkeys(model.covers)}
    uses = [(latch.data, latch.line) for latch in model.latches.values()]
    uses += [(operand, cover.line) for cover in model.covers.values() for operand in cover.operands]
    for name, line in [*uses, *model.outputs.items()]:
        if name not in driven:
            known = name == clock or name in model.clocks
            what = "is a clock, expected it at latches alone" if known else "is driven by nothing"
            raise model.error(f"{clip(name)} {what}", line)
    for name, line in model.outputs.items():
        if name in model.inputs:
            raise model.error(f"the output {clip(name)} is an input as well, expected another name and a cover", line)
    return _built(model, inputs)


def _built(model: _Model, inputs: list[str]) -> Circuit:
    """The circuit of a model in which everything is driven."""
    gates = Gates(len(inputs) + len(model.latches))
    value = dict(zip([*inputs, *model.latches], gates.leaf_literals(), strict=True))
    try:
        order = in_order({name: cover.operands for name, cover in model.covers.items()})
    except LoopError as error:
        raise model.error(f"{error}, expected covers without one", model.covers[error.loop[0]].line) from None
    for name in order:
        cover = model.covers[name]
        operands = [value[operand] for operand in cover.operands]
        cubes = []
        for cube in cover.cubes:
            bits = zip(cube, operands, strict=True)
            cubes.append(gates.all_of(literal ^ (bit == "0") for bit, literal in bits if bit != "-"))
        value[name] = gates.any_of(cubes) ^ (not all(cover.on))
    taken = {*inputs, *model.latches, *model.outputs}
    latches = []
    for name in model.latches:
        latches.append(free_name(name, taken) if name in model.outputs else name)
        taken.add(latches[-1])
    return circuit_of(
        gates,
        inputs=inputs,
        latches=latches,
        outputs=list(model.outputs),
        next_state=[value[latch.data] for latch in model.latches.values()],
        output=[value[name] for name in model.outputs],
        reset=[latch.reset for latch in model.latches.values()],
    )


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """The fields of each line that has some, without comments, joined to the next where it ends in a backslash."""
    fields: list[str] = []
    first = 0
    for number, line in enumerate(text.split("\n"), start=1):
        content = line.partition("#")[0].rstrip()
        first = first or number
        fields += content.removesuffix("\\").split()
        if not content.endswith("\\"):
            if fields:
                yield first, fields
            fields, first = [], 0
    if fields:
        yield first, fields


def _scan(text: str, source: str) -> _Model:
    model = _Model(source)
    cover: _Cover | None = None
    begun, ended = 0, 0
    for line, (name, *values) in _statements(text):
        if name == ".model" and begun:
            break
        if ended:
            raise model.error(f"{clip(name)} after the end of the model on line {ended}, expected `.model`", line)
        if not name.startswith("."):
            if cover is None:
                raise model.error(f"{clip(name)}, {_CONTENT}", line)
            _add_cube(model, cover, [name, *values], line)
            continue
        begun = begun or line
        cover = None
        if name == ".names":
            cover = _add_cover(model, values, line)
        elif name == ".latch":
            _add_latch(model, values, line)
        elif name in (".inputs", ".outputs", ".clock"):
            _add_ports(model, name, values, line)
        elif name == ".end":
            ended = line
        elif name in _PARTS:
            raise model.error(f"{name} is {_PARTS[name]}, {_CONTENT}", line)
        elif name != ".model" and name not in _PASSED_OVER:
            raise model.error(f"unknown directive {clip(name)}, {_CONTENT}", line)
    if not begun:
        raise model.error(f"holds no model, {_CONTENT}")
    return model


def _add_ports(model: _Model, directive: str, names: list[str], line: int) -> None:
    ports = {".inputs": model.inputs, ".outputs": model.outputs, ".clock": model.clocks}[directive]
    for name in names:
        if name in ports:
            raise model.error(f"{clip(name)} stands twice in {directive}, first on line {ports[name]}", line)
        if directive == ".inputs":
            _check_undriven(model, name, line)
        ports[name] = line


def _check_undriven(model: _Model, name: str, line: int) -> None:
    """Refuse a second driver of a signal."""
    driver = model.covers.get(name) or model.latches.get(name)
    first = driver.line if driver is not None else model.inputs.get(name)
    if first is not None:
        raise model.error(f"{clip(name)} is driven twice, first on line {first}", line)


def _add_cover(model: _Model, names: list[str], line: int) -> _Cover:
    if not names:
        raise model.error("`.names` of nothing, expected its operands and its own name", line)
    *operands, name = names
    _check_undriven(model, name, line)
    model.covers[name] = _Cover(line, operands, [], [])
    return model.covers[name]


def _add_cube(model: _Model, cover: _Cover, fields: list[str], line: int) -> None:
    *cubes, value = fields
    cube, width = "".join(cubes), len(cover.operands)
    if len(fields) != 1 + bool(width) or len(cube) != width or not set(cube) <= set("01-"):
        expected = f"{width} of 0, 1 and -, a blank, and 0 or 1" if width else "0 or 1"
        raise model.error(f"{clip(' '.join(fields))} in the cover of line {cover.line}, expected {expected}", line)
    if value not in ("0", "1"):
        raise model.error(f"the value {clip(value)} of a cube, expected 0 or 1", line)
    on = value == "1"
    if cover.on and on != cover.on[0]:
        raise model.error(f"a cube of value {value} in the cover of line {cover.line}, expected all alike", line)
    cover.cubes.append(cube)
    cover.on.append(on)


def _add_latch(model: _Model, fields: list[str], line: int) -> None:
    if not 2 <= len(fields) <= 5:
        message = "expected `.latch`, its data, its name, perhaps its type and clock, and its start"
        raise model.error(f"{len(fields)} fields, {message}", line)
    data, name, *rest = fields
    _check_undriven(model, name, line)
    kind, clock = (rest[0], rest[1]) if len(rest) >= 2 else ("re", "NIL")
    if kind in _OTHER_TYPES:
        raise model.error(f"the latch {clip(name)} is {_OTHER_TYPES[kind]} ({kind}), expected re or fe", line)
    if kind not in _EDGES:
        raise model.error(f"the type {clip(kind)} of the latch {clip(name)}, expected re or fe", line)
    start = rest[-1] if len(rest) in (1, 3) else "3"
    if start == "3":
        message = f"the latch {clip(name)} has no known start, expected 0 or 1 at the end of its line"
        raise model.error(f"{message}, or 2 where it does not matter", line)
    if start not in ("0", "1", "2"):
        raise model.error(f"the start {clip(start)} of the latch {clip(name)}, expected 0, 1 or 2", line)
    edge = "" if clock == "NIL" else _EDGES[kind]
    model.latches[name] = _Latch(line, data, edge, None if clock == "NIL" else clock, start == "1")


def _clock(model: _Model) -> str | None:
    """The clock that all latches have, None if they have none."""
    latches = list(model.latches.items())
    if not latches:
        return None
    name, first = latches[0]
    for other, latch in latches:
        if (latch.edge, latch.clock) != (first.edge, first.clock):
            shown = [f"{lt.edge} {clip(lt.clock)}" if lt.clock else "no named clock" for lt in (latch, first)]
            message = f"the latch {clip(other)} has {shown[0]}, but {clip(name)} has {shown[1]}, expected one clock"
            raise model.error(message, latch.line)
    if first.clock is not None:
        if first.clock in model.covers or first.clock in model.latches:
            message = f"the clock {clip(first.clock)} is made by logic, expected an input"
            raise model.error(f"{message}; make it an enable of the latches", first.line)
        if first.clock not in model.inputs and first.clock not in model.clocks:
            raise model.error(f"the clock {clip(first.clock)} is neither in .inputs nor in .clock", first.line)
    return first.clock
