"""A circuit as a Verilog module: one step per clock, with or without an enable."""

from __future__ import annotations

from collections.abc import Sequence

from seqlogic.circuit import Circuit
from seqlogic.formats.verilog_text import Expressions, Vector, check_name, constant, module_header, vectors, wrapped

__all__ = ["leaves", "logic", "render", "render_circuit"]


def render(circuit: Circuit, name: str) -> str:
    """Return a circuit as a Verilog module: the bare machine, one step per clock.

    Ports: `clk`, `rst` (synchronous, to the reset values), the inputs, and the outputs, which answer within the clock
    (Mealy). Names like `word[0]` and `word[1]` become one vector; a name that is reserved or taken gets a `_`, so that
    `output[0]` is bit 0 of `output_`.

    Raises:
        ValueError: a name that is no identifier.
    """
    return _module(circuit, name, enabled=False)


def render_circuit(circuit: Circuit, name: str) -> str:
    """Return a circuit as a Verilog module for a design of one's own, as `render` does, with an enable.

    While `en` is 0 the state stays as it is; `rst` is obeyed whatever `en` is. The latches hold their reset values
    from power-up on, so that a design may leave `rst` at 0, where the fabric obeys an `initial`, as those of FPGAs do.

    Raises:
        ValueError: a name that is no identifier.
    """
    return _module(circuit, name, enabled=True)


def _module(circuit: Circuit, name: str, *, enabled: bool) -> str:
    check_name(name)
    controls = ["clk", "rst", *["en"] * enabled]
    taken = {name, "unused", *controls}
    inputs, outputs = vectors(circuit.inputs, taken), vectors(circuit.outputs, taken)
    latches = vectors(circuit.latches, taken)
    targets = vectors([f"next_{latch}" for latch in circuit.latches], taken)
    expressions = Expressions(circuit, leaves(inputs) + leaves(latches), taken)
    ports = [(f"input  wire {control}", "") for control in controls]
    ports += [(f"input  wire {vector.range}{vector.name}", "") for vector in inputs]
    ports += [(f"output wire {vector.range}{vector.name}", "") for vector in outputs]
    lines = [*module_header(name, ports), ""]
    for register, target in zip(latches, targets, strict=True):
        lines += [f"    reg  {register.range}{register.name};", f"    wire {target.range}{target.name};"]
    lines += [""] if latches else []
    unused = expressions.unused if latches else [*controls, *expressions.unused]
    lines += logic(circuit, expressions, targets, outputs, unused)
    if latches:
        starts = [(register.name, constant(circuit.reset[list(register.members)])) for register in latches]
        if enabled:
            lines += ["    initial begin", *(f"        {register} = {start};" for register, start in starts)]
            lines += ["    end", ""]
        lines += ["    always @(posedge clk)", "        if (rst) begin"]
        lines += [f"            {register} <= {start};" for register, start in starts]
        lines += [f"        end else {'if (en) ' * enabled}begin"]
        for register, target in zip(latches, targets, strict=True):
            lines.append(f"            {register.name} <= {target.name};")
        lines += ["        end", ""]
    return "\n".join([*lines, "endmodule", ""])


def leaves(groups: Sequence[Vector]) -> list[str]:
    """The expression of each name that was grouped, in the order of the names."""
    found = {place: group.bit(index) for group in groups for index, place in enumerate(group.members)}
    return [found[place] for place in range(len(found))]


def logic(
    circuit: Circuit,
    expressions: Expressions,
    targets: Sequence[Vector],
    outputs: Sequence[Vector],
    unused: Sequence[str],
) -> list[str]:
    """The wires and assignments of the next state and the outputs, and a use of what is not used."""
    lines = []
    for wire, text in expressions.wires():
        lines += wrapped(f"    wire {wire} = {text};")
    lines += [""] if lines else []
    for groups, literals in ((targets, circuit.next_state), (outputs, circuit.output)):
        for group in groups:
            for index, place in enumerate(group.members):
                lines += wrapped(f"    assign {group.bit(index)} = {expressions.root(int(literals[place]))};")
    if unused:
        lines += ["", "    // The machine does not depend on these."]
        lines += wrapped(f"    wire unused = &{{1'b0, {', '.join(unused)}}};")
    return [*lines, ""]
