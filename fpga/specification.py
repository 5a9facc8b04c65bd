"""The specification of `MachineStream` in Verilog, written from the Machine alone, to prove the gateware against.

It shares no code with what makes the gateware: not the completion, not the minimisation, not the logic, not the
memory. Its states are those of the machine as it is given, minimal or not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqlogic.machine import UNKNOWN, Machine

__all__ = ["Entry", "Specification", "specify"]


@dataclass(frozen=True)
class Entry:
    """What one input pattern does in one state.

    Attributes:
        target: the next state, as its place in the list of states; UNKNOWN where nothing is said of it.
        value: the output symbol, or the bits of the output word that are said.
        care: which of its bits are said.
        error: the error flag.
        judged: whether anything is said of the error flag.
    """

    target: int
    value: int
    care: int
    error: int
    judged: bool


@dataclass(frozen=True)
class Specification:
    """What hardware has to do, as a list of states and their entries.

    Attributes:
        machine: what it was made from.
        unknown: "flag" or "free", as `seqlogic.completion.complete` says it.
        states: the states of the machine that its known transitions reach from the initial one, which is the first;
            UNKNOWN stands for the state in which everything is lost, which only "flag" has.
        words: for each state a shortest input word that leads to it.
        entries: for each state and each pattern of input bits, what `Entry` says.
    """

    machine: Machine
    unknown: str
    states: tuple[int, ...]
    words: tuple[tuple[int, ...], ...]
    entries: tuple[tuple[Entry, ...], ...]

    @property
    def input_bits(self) -> int:
        """Bits of an input symbol."""
        return self.machine.inputs.width

    @property
    def symbol_bits(self) -> int:
        """Bits of an output symbol."""
        return self.machine.outputs.width

    @property
    def state_bits(self) -> int:
        """Bits of the number of a state."""
        return max(1, (len(self.states) - 1).bit_length())

    @property
    def open_entries(self) -> int:
        """How many entries leave something open: the next state, a bit of the output, or the error flag."""
        full = self.machine.outputs.full
        listed = [entry for entries in self.entries for entry in entries]
        return sum(entry.target == UNKNOWN or entry.care != full or not entry.judged for entry in listed)

    @property
    def depth(self) -> int:
        """So many clocks are searched for a difference, where there is one."""
        return 2 * len(self.states) + 4

    def word_to(self, number: int) -> tuple[int, ...]:
        """A shortest word that leads to a state."""
        return self.words[number]

    def verilog(self, name: str, codes: Sequence[int], width: int) -> str:
        """Return the specification as a module.

        Args:
            name: of the module.
            codes: for each state the code that the gateware shows for it.
            width: bits of such a code.
        """
        w, v, n = self.input_bits, self.symbol_bits, self.state_bits
        rows = []
        for number, (state, entries) in enumerate(zip(self.states, self.entries, strict=True)):
            rows.append(f"      // {'lost' if state == UNKNOWN else json.dumps(self.machine.state_name(state))}")
            for pattern, entry in enumerate(entries):
                known = entry.target != UNKNOWN
                target = entry.target if known else 0
                rows.append(
                    f"      {{{n}'d{number}, {w}'d{pattern}}}: entry = {{1'b{known:d}, {n}'d{target}, "
                    f"1'b{entry.judged:d}, {v}'d{entry.care}, 1'b{entry.error}, {v}'d{entry.value}}};"
                )
        shown = "\n".join(f"      {n}'d{number}: state_code = {width}'d{code};" for number, code in enumerate(codes))
        return _TEMPLATE.format(
            name=name, w=w - 1, v=v - 1, n=n - 1, c=width - 1, m=n + 2 * v + 2, last=f"{n}'d{len(self.states) - 1}",
            rows="\n".join(rows), codes=shown,
        )  # fmt: skip


def specify(machine: Machine, unknown: str) -> Specification:
    """Return what hardware has to do for a machine; O(S X) entries, X the number of input patterns.

    A pattern that is no symbol keeps the state and answers 0 with the error flag. What the machine does not know:

    * "flag": bits of the output that it does not know are 0, with the error flag; after an unknown transition every
      answer is 0 with the error flag.
    * "free": nothing is said of bits that it does not know, of the state after an unknown transition, nor of any
      answer from there on, until a restart. A state from which everything is unknown is no known state. The error flag
      is 0 wherever a bit of the output, or the transition, is known.

    Raises:
        ValueError: another `unknown`.
    """
    if unknown not in ("flag", "free"):
        raise ValueError(f"unknown is {unknown!r}, expected 'flag' or 'free'")
    X, full = len(machine.inputs), machine.outputs.full
    table = machine.next_state.tolist()
    silent = _silent(machine) if unknown == "free" else set()
    numbers = {machine.initial: 0}
    words: list[tuple[int, ...]] = [()]
    entries = []
    # The dictionary grows while its keys are walked, in the order in which they were found.
    states = [machine.initial]
    for place, state in enumerate(states):
        row = []
        for pattern in range(1 << machine.inputs.width):
            if pattern >= X:
                row.append(Entry(place, 0, full, 1, True))
                continue
            target = UNKNOWN if state == UNKNOWN else table[state][pattern]
            value, care = _output(machine, state, pattern)
            if target in silent:
                target = UNKNOWN
            if target != UNKNOWN or unknown == "flag":
                if target not in numbers:
                    numbers[target] = len(states)
                    states.append(target)
                    words.append((*words[place], pattern))
                following = numbers[target]
            else:
                following = UNKNOWN
            if unknown == "flag":
                row.append(Entry(following, value, full, int(care != full), True))
            else:
                row.append(Entry(following, value, care, 0, care != 0 or following != UNKNOWN))
        entries.append(tuple(row))
    return Specification(machine, unknown, tuple(states), tuple(words), tuple(entries))


def _output(machine: Machine, state: int, symbol: int) -> tuple[int, int]:
    """The output of an entry and which of its bits are known; 0 where they are not."""
    if state == UNKNOWN:
        return 0, 0
    place: tuple[int, ...] = (state, symbol)
    if machine.kind == "moore":
        place = (int(machine.next_state[state, symbol]),)
        if place[0] == UNKNOWN:
            return 0, 0
    care = int(machine.care[place])
    return int(machine.output[place]) & care, care


def _silent(machine: Machine) -> set[int]:
    """The states from which no word has an answer of which anything is known: the largest such set."""
    target = machine.next_state
    leads = target != UNKNOWN
    speaks = machine.care != 0 if machine.kind == "mealy" else leads & (machine.care[target] != 0)
    silent = ~speaks.any(axis=1)
    while True:
        smaller = silent & ~(leads & ~silent[target]).any(axis=1)
        if (smaller == silent).all():
            return set(np.flatnonzero(silent).tolist())
        silent = smaller


_TEMPLATE = """\
// What a machine between two streams has to do. One symbol is taken in a clock with sink_valid and sink_ready; its
// answer is offered from the next clock on, until it is taken in a clock with source_valid and source_ready.
// A bit of known_symbol, known_error or known_state is 0 where nothing is said of what it stands for.
module {name} (
  input  wire clock, reset, enable, restart,
  input  wire sink_valid, sink_first, sink_last,
  input  wire [{w}:0] sink_symbol,
  output wire sink_ready,
  input  wire source_ready,
  output wire source_valid,
  output reg  source_first, source_last,
  output reg  [{v}:0] source_symbol, known_symbol,
  output reg  source_error, known_error,
  output reg  [{c}:0] state_code,
  output wire known_state,
  output wire is_state,
  output reg  [{n}:0] number
);
  reg  offered = 1'b0;        // an answer is offered, and none of it was taken yet
  reg  lost = 1'b0;           // nothing is said of the state
  initial number = 0;         // the present state
  reg  [{m}:0] entry;         // known, number of the next state; known_error, known_symbol, error, symbol
  wire take = sink_valid & sink_ready;
  wire [{n}:0] here = sink_first ? 0 : number;
  wire nowhere = lost & ~sink_first;

  // There is room for an answer if none is offered, or the one that is leaves now.
  assign sink_ready = enable & (offered ? source_ready : 1'b1);
  assign source_valid = offered;
  assign known_state = ~lost;
  assign is_state = number <= {last};

  always @(posedge clock)
    if (reset | restart) begin
      offered <= 1'b0;
      lost <= 1'b0;
      number <= 0;
    end else if (take) begin
      offered <= 1'b1;
      source_first <= sink_first;
      source_last <= sink_last;
      {{lost, number, known_error, known_symbol, source_error, source_symbol}} <=
        {{nowhere | ~entry[{m}], entry[{m} - 1:0]}};
      if (nowhere) {{known_error, known_symbol}} <= 0;
    end else if (source_ready)
      offered <= 1'b0;

  always @* begin
    entry = 0;
    case ({{here, sink_symbol}})
{rows}
    endcase
  end

  always @* begin
    state_code = 0;
    case (number)
{codes}
    endcase
  end
endmodule
"""
