"""Verilog (IEEE 1364-2005): a circuit as a module, bare or with stream ports, and a machine as a `case` statement."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from seqlogic.circuit import Circuit, codes_of
from seqlogic.completion import complete
from seqlogic.encoding import ENCODINGS, state_codes
from seqlogic.formats.shared import quote
from seqlogic.formats.verilog_case import render_case
from seqlogic.formats.verilog_circuit import leaves, logic, render, render_circuit
from seqlogic.formats.verilog_testbench import render_testbench
from seqlogic.formats.verilog_text import (
    Expressions,
    Vector,
    check_name,
    constant,
    module_header,
    stream_ports,
)
from seqlogic.formats.verilog_text import range_of as _range
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy
from seqlogic.wording import counted

__all__ = ["render", "render_case", "render_circuit", "render_stream", "render_testbench"]

_MOST_ROWS = 64
"""The most states, and the most transitions, that the header of a module lists."""


def render_stream(machine: Machine, circuit: Circuit, name: str) -> str:
    """Return a circuit of a machine as a Verilog module with stream ports.

    A symbol is taken when `sink_valid` and `sink_ready` are high, and its answer stands at the source one clock later,
    until `source_ready`: one symbol per clock, latency 1, correct under any back-pressure. `sink_first` steps from the
    initial state, wherever the machine was. `rst` is synchronous.

    A symbol stands at `sink_symbol`, and its answer at `source_symbol`. Where the bits of an alphabet have names, each
    signal has a port of its own instead, with a `_` for each character that Verilog does not allow, and one after a
    name that is reserved or taken.

    Args:
        machine: what the circuit does, for the comments: the table, the digest.
        circuit: inputs for the bits of a symbol, outputs for those of an answer, then perhaps one named "error"; as
            `to_circuit` makes it, of the machine or of what `complete` makes of it.
        name: of the module.

    Raises:
        ValueError: a name that is no identifier, or a circuit of other widths.
    """
    check_name(name)
    ins, L, outs = machine.inputs.width, len(circuit.latches), machine.outputs.width
    error = len(circuit.outputs) == outs + 1 and circuit.outputs[-1] == "error"
    if len(circuit.inputs) != ins or len(circuit.outputs) - error != outs or L == 0:
        raise ValueError(
            f"{circuit!r} is no circuit of {machine!r}, expected {ins} inputs, {outs} outputs, and `error`"
        )
    symbol, current, target = (
        Vector(word, tuple(range(width))) for word, width in (("sink_symbol", ins), ("current", L), ("next_state", L))
    )
    ins_named, outs_named = stream_ports(machine, name)
    answers = [Vector("answer", tuple(range(outs)))] + ([Vector("error", (outs,))] if error else [])
    taken = [port.name for port in (*ins_named, *outs_named)]
    expressions = Expressions(circuit, leaves([symbol]) + leaves([current]), taken)
    raised = "error" if error else "1'b0"
    ports = [
        ("input  wire clk", "everything happens at its rising edge"),
        ("input  wire rst", "synchronous: empties the source and goes to the initial state"),
        ("input  wire sink_valid", "a symbol is offered"),
        ("output wire sink_ready", "it is taken with this edge"),
        ("input  wire sink_first", "it is the first of a sequence: step from the initial state"),
        ("input  wire sink_last", "it is the last of a sequence"),
        *_symbol_ports(
            "input  wire", ins_named, machine.inputs, f"{symbol.range}sink_symbol", "its index in the input"
        ),
        ("output reg  source_valid", "an answer is offered; it stays until it is taken"),
        ("input  wire source_ready", "it is taken with this edge"),
        ("output reg  source_first", "sink_first of its symbol"),
        ("output reg  source_last", "sink_last of its symbol"),
        *_symbol_ports(
            "output wire" if outs_named else "output reg ",
            outs_named,
            machine.outputs,
            f"{_range(outs)}source_symbol",
            "its index in the output",
        ),
        ("output reg  source_error", "the symbol is none of the alphabet, or its answer is not known"),
        (f"output reg  {current.range}state", "the code of the state after the last symbol taken"),
    ]
    lines = [
        *_comments(machine, circuit, name),
        "",
        *module_header(name, ports),
        "",
        f"    localparam {_range(L)}INITIAL = {constant(circuit.reset)};",
        "",
        *([f"    wire {symbol.range}sink_symbol = {_joined(ins_named)};"] if ins_named else []),
        *([f"    reg  {_range(outs)}source_symbol;"] if outs_named else []),
        f"    wire {_range(L)}current = sink_first ? INITIAL : state;",
        f"    wire {_range(L)}next_state;",
        f"    wire {_range(outs)}answer;",
        *(["    wire error;"] if error else []),
        "",
        *logic(circuit, expressions, [target], answers, expressions.unused),
        *([f"    assign {_joined(outs_named)} = source_symbol;"] if outs_named else []),
        "    assign sink_ready = ~source_valid | source_ready;",
        "",
        "    always @(posedge clk)",
        "        if (rst) begin",
        "            source_valid <= 1'b0;",
        "            source_first <= 1'b0;",
        "            source_last <= 1'b0;",
        f"            source_symbol <= {constant([False] * outs)};",
        "            source_error <= 1'b0;",
        "            state <= INITIAL;",
        "        end else if (sink_ready) begin",
        "            source_valid <= sink_valid;",
        "            if (sink_valid) begin",
        "                source_first <= sink_first;",
        "                source_last <= sink_last;",
        "                source_symbol <= answer;",
        f"                source_error <= {raised};",
        "                state <= next_state;",
        "            end",
        "        end",
        "",
        "endmodule",
        "",
    ]
    return "\n".join(lines)


def _symbol_ports(
    kind: str, named: Sequence[Vector], alphabet: Alphabet, symbol: str, what: str
) -> list[tuple[str, str]]:
    """The declarations and comments of the ports of a symbol: of its signals, if they have names, else of its index."""
    if not named:
        return [(f"{kind} {symbol}", f"{what} alphabet")]
    return [
        (f"{kind} {port.range}{port.name}", "" if port.name == signal else f"the signal {quote(signal)}")
        for port, (signal, _) in zip(named, alphabet.signals, strict=True)
    ]


def _joined(named: Sequence[Vector]) -> str:
    return f"{{{', '.join(port.name for port in named)}}}"


def _comments(machine: Machine, circuit: Circuit, name: str) -> list[str]:
    """The head of a stream module: what it is, the codes of the states, the transitions."""
    form = canonical(to_mealy(machine))
    codes = codes_of(form, circuit)
    S, X, L = len(form), len(form.inputs), len(circuit.latches)
    encoding = _encoding(codes) or _encoding(codes_of(complete(machine), circuit)) or "of its own"
    lines = [
        f"{name}: a finite-state machine of {counted(S, 'state')}, {counted(X, 'input symbol')}, "
        f"{counted(len(form.outputs), 'output symbol')}. Written by seqlogic.",
        f"Digest of the machine: {machine.digest}",
        "One symbol per clock; the answer stands at the source one clock after its symbol was taken.",
        f"State encoding: {encoding}, {counted(L, 'bit')}.",
    ]
    if S <= _MOST_ROWS:
        lines += ["", "State  Code"]
        lines += [f"s{state:<5} {constant(code)}" for state, code in enumerate(codes)]
    if S * X <= _MOST_ROWS:
        lines += ["", "State, input symbol -> next state, output symbol; `-` and `*` are not known."]
        for state, symbol in np.ndindex(S, X):
            target = int(form.next_state[state, symbol])
            value, care = int(form.output[state, symbol]), int(form.care[state, symbol])
            answer = form.outputs.show(value, care)
            answer = _shown(answer) if care == form.outputs.full else answer
            reached = "*" if target == UNKNOWN else f"s{target}"
            lines.append(f"s{state}, {_shown(form.inputs.name(symbol))} -> {reached}, {answer}")
    return [f"// {line}".rstrip() for line in lines]


def _encoding(codes: np.ndarray) -> str | None:
    """The name of the encoding that gives these codes, None if there is none."""
    S, L = codes.shape
    widths = {"one-hot": S}
    fitting = [name for name in ENCODINGS if widths.get(name, max(1, (S - 1).bit_length())) == L]
    return next((name for name in fitting if np.array_equal(codes, state_codes(S, name))), None)


def _shown(symbol: str) -> str:
    """A symbol in a comment: as it is where nothing in it could be mistaken, else as a JSON string."""
    return symbol if symbol.isascii() and symbol.isalnum() else json.dumps(symbol)
