"""The specification of `MachineStream` in Verilog, written from a Circuit alone, to prove the gateware against.

It shares no code with what makes the gateware: each gate becomes one assignment here.
"""

from __future__ import annotations

from dataclasses import dataclass

from seqlogic.circuit import Circuit

__all__ = ["CircuitSpecification"]

_DEEPEST = 64
"""So many clocks are searched for a difference."""


@dataclass(frozen=True)
class CircuitSpecification:
    """What hardware has to do: what the circuit answers, with its latches as the code of its state.

    Attributes:
        circuit: of at least one input, one latch and one output.
    """

    circuit: Circuit

    @property
    def input_bits(self) -> int:
        """Bits of an input symbol."""
        return len(self.circuit.inputs)

    @property
    def symbol_bits(self) -> int:
        """Bits of an output symbol."""
        return len(self.circuit.outputs)

    @property
    def state_bits(self) -> int:
        """Bits of the number of a state, which is its code."""
        return len(self.circuit.latches)

    @property
    def depth(self) -> int:
        """So many clocks are searched for a difference, where there is one."""
        return _DEEPEST

    def word_to(self, number: int) -> tuple[int, ...] | None:
        """No word to a state is known, but to the first."""
        return () if number == self._reset else None

    @property
    def _reset(self) -> int:
        return sum(1 << place for place, one in enumerate(self.circuit.reset.tolist()) if one)

    def verilog(self, name: str) -> str:
        """Return the specification as a module."""
        circuit, ins, L = self.circuit, self.input_bits, self.state_bits
        names = ["1'b0", *(f"sink_symbol[{bit}]" for bit in range(ins)), *(f"here[{bit}]" for bit in range(L))]
        names += [f"gate{number}" for number in range(len(circuit.ands))]

        def literal(value: int) -> str:
            return f"~{names[value >> 1]}" if value & 1 else names[value >> 1]

        gates = [
            f"  wire gate{number} = {literal(one)} & {literal(other)};"
            for number, (one, other) in enumerate(circuit.ands.tolist())
        ]
        gates += [f"  assign following[{bit}] = {literal(x)};" for bit, x in enumerate(circuit.next_state.tolist())]
        gates += [f"  assign answer[{bit}] = {literal(x)};" for bit, x in enumerate(circuit.output.tolist())]
        v = self.symbol_bits
        return _TEMPLATE.format(
            name=name, w=ins - 1, v=v - 1, n=L - 1, reset=f"{L}'d{self._reset}", all=f"{{{v}{{1'b1}}}}",
            gates="\n".join(gates),
        )  # fmt: skip


_TEMPLATE = """\
// What a circuit between two streams has to do. One symbol is taken in a clock with sink_valid and sink_ready; its
// answer is offered from the next clock on, until it is taken in a clock with source_valid and source_ready.
module {name} (
  input  wire clock, reset, enable, restart,
  input  wire sink_valid, sink_first, sink_last,
  input  wire [{w}:0] sink_symbol,
  output wire sink_ready,
  input  wire source_ready,
  output wire source_valid,
  output reg  source_first, source_last,
  output reg  [{v}:0] source_symbol,
  output wire [{v}:0] known_symbol,
  output wire source_error, known_error,
  output wire [{n}:0] state_code,
  output wire known_state,
  output wire is_state,
  output reg  [{n}:0] number
);
  reg offered = 1'b0;         // an answer is offered, and none of it was taken yet
  initial number = {reset};   // the latches
  wire take = sink_valid & sink_ready;
  wire [{n}:0] here = sink_first ? {reset} : number;
  wire [{n}:0] following;
  wire [{v}:0] answer;

  // There is room for an answer if none is offered, or the one that is leaves now.
  assign sink_ready = enable & (offered ? source_ready : 1'b1);
  assign source_valid = offered;
  assign source_error = 1'b0;
  assign {{known_error, known_state, is_state}} = 3'b111;
  assign known_symbol = {all};
  assign state_code = number;

  always @(posedge clock)
    if (reset | restart) begin
      offered <= 1'b0;
      number <= {reset};
    end else if (take) begin
      offered <= 1'b1;
      source_first <= sink_first;
      source_last <= sink_last;
      source_symbol <= answer;
      number <= following;
    end else if (source_ready)
      offered <= 1'b0;

{gates}
endmodule
"""
