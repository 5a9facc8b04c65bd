"""A machine as the Verilog `case` statement that an engineer would write, without any circuit of ours."""

from __future__ import annotations

from collections.abc import Sequence

from seqlogic.formats.kiss2 import cubes
from seqlogic.formats.verilog_text import Vector, check_name, module_header, range_of, vectors
from seqlogic.machine import UNKNOWN, Machine, to_mealy

__all__ = ["render_case"]


def render_case(machine: Machine, name: str, *, output_names: Sequence[str] | None = None) -> str:
    """Return a machine as a Verilog module: a register of states, and one `case` for next state and output.

    The ports are those of `render` of its circuit: an independent specification of the same module, and what its
    area is measured against. Nothing is minimised; inputs on which a state does the same are merged to `casez` rows.
    What is unknown, and patterns that are no symbol, are `x`.

    Raises:
        ValueError: a name that is no identifier.
    """
    check_name(name)
    mealy = to_mealy(machine)
    S, ins, outs = len(mealy), mealy.inputs.width, mealy.outputs.width
    names = [f"output[{bit}]" for bit in range(outs)] if output_names is None else list(output_names)
    taken = {name, "clk", "rst", "symbol", "state", "next_state", *(f"S{state}" for state in range(S))}
    outputs = vectors(names, taken)
    L = max(1, (S - 1).bit_length())
    ports = [("input  wire clk", ""), ("input  wire rst", ""), (f"input  wire {range_of(ins)}symbol", "")]
    ports += [(f"output reg  {vector.range}{vector.name}", "") for vector in outputs]
    lines = [*module_header(name, ports), ""]
    lines += [f"    localparam {range_of(L)}S{state} = {L}'d{state};" for state in range(S)]
    lines += [
        "",
        f"    reg {range_of(L)}state;",
        f"    reg {range_of(L)}next_state;",
        "",
        "    always @(posedge clk)",
        f"        if (rst) state <= S{mealy.initial};",
        "        else state <= next_state;",
        "",
        "    always @* begin",
        f"        next_state = {L}'bx;",
        *(f"        {_answer(vector, UNKNOWN, 0)}" for vector in outputs),
        "        case (state)",
    ]
    for state in range(S):
        lines += [f"            S{state}:", "                casez (symbol)"]
        rows: dict[tuple[int, int, int], list[int]] = {}
        entries = zip(*(table[state].tolist() for table in (mealy.next_state, mealy.output, mealy.care)), strict=True)
        for symbol, entry in enumerate(entries):
            rows.setdefault(entry, []).append(symbol)
        for (target, value, care), symbols in rows.items():
            patterns = [_pattern(first, free, ins) for first, free in sorted(cubes(symbols, ins))]
            said = [] if target == UNKNOWN else [f"next_state = S{target};"]
            said += [_answer(vector, value, care) for vector in outputs if care]
            if said:
                lines += [f"                    {pattern}," for pattern in patterns[:-1]]
                lines += [f"                    {patterns[-1]}: begin"]
                lines += [f"                        {statement}" for statement in said]
                lines += ["                    end"]
        lines += ["                    default: ;", "                endcase"]
    lines += ["            default: ;", "        endcase", "    end", "", "endmodule", ""]
    return "\n".join(lines)


def _answer(vector: Vector, value: int, care: int) -> str:
    bits = ["x" if not care >> place & 1 else str(value >> place & 1) for place in reversed(vector.members)]
    return f"{vector.name} = {len(bits)}'b{''.join(bits)};"


def _pattern(first: int, free: int, width: int) -> str:
    bits = ("?" if free >> bit & 1 else str(first >> bit & 1) for bit in reversed(range(width)))
    return f"{width}'b{''.join(bits)}"
