"""What the Verilog writers share: identifiers, ports, and the gates of a circuit as readable expressions."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqlogic.circuit import Circuit, words
from seqlogic.formats.shared import free_prefix
from seqlogic.machine import Machine

__all__ = [
    "Expressions",
    "Vector",
    "check_name",
    "constant",
    "identifier",
    "module_header",
    "stream_ports",
    "vectors",
    "wrapped",
]

_RESERVED = """
accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind
bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos config const
constraint context continue cover covergroup coverpoint cross deassign default defparam design disable dist do edge
else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface endmodule
endpackage endprimitive endprogram endproperty endsequence endspecify endtable endtask enum event eventually expect
export extends extern final first_match for force foreach forever fork forkjoin function generate genvar global
highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include initial inout input
inside instance int integer interconnect interface intersect join join_any join_none large let liblist library
local localparam logic longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor
noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive priority program
property protected pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase
randsequence rcmos real realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0
rtranif1 s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal showcancelled
signed small soft solve specify specparam static string strong strong0 strong1 struct super supply0 supply1
sync_accept_on sync_reject_on table tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri
tri0 tri1 triand trior trireg type typedef union unique unique0 unsigned until until_with untyped use uwire var
vectored virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor
"""
_KEYWORDS = frozenset(_RESERVED.split())
"""The reserved words of Verilog and SystemVerilog (IEEE 1800-2017, annex B)."""

_STREAM = {"clk", "rst", "state", "current", "next_state", "INITIAL", "answer", "error", "unused"} | {
    f"{side}_{field}" for side in ("sink", "source") for field in ("valid", "ready", "first", "last", "symbol", "error")
}
"""What a stream module calls its own."""

_INLINE, _FLAT = 8, 24
"""The most operands of an expression within one of another kind, and of a row of the same operator."""


def check_name(name: str) -> None:
    """Refuse a module name that Verilog does not take, with a ValueError."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in _KEYWORDS:
        raise ValueError(f"{name!r} is no Verilog identifier, expected letters, digits and _, and no reserved word")


def identifier(text: str, taken: Iterable[str]) -> str:
    """An identifier like the text that is neither reserved nor taken: `output` becomes `output_`."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    name = name if re.match(r"[A-Za-z_]", name) else "_" + name
    while name in _KEYWORDS or name in taken:
        name += "_"
    return name


def constant(bits: Sequence[bool] | np.ndarray) -> str:
    """A constant of these bits, least significant first; hexadecimal where it is too long to be read anyway."""
    digits = "".join(str(int(bit)) for bit in reversed(bits))
    return f"{len(bits)}'b{digits}" if len(bits) <= 64 else f"{len(bits)}'h{int(digits, 2):x}"


@dataclass(frozen=True)
class Vector:
    """A port or register of several bits; of one bit it is a scalar.

    Attributes:
        name: its identifier.
        members: for each bit, least significant first, its place in the names that were grouped.
    """

    name: str
    members: tuple[int, ...]

    @property
    def range(self) -> str:
        """`[3:0] `, or nothing for a scalar."""
        return range_of(len(self.members))

    def bit(self, index: int) -> str:
        """One bit as an expression."""
        return self.name if len(self.members) == 1 else f"{self.name}[{index}]"


def range_of(width: int) -> str:
    """The range of a vector and a blank, nothing for a scalar."""
    return f"[{width - 1}:0] " if width > 1 else ""


def vectors(names: Sequence[str], taken: set[str]) -> list[Vector]:
    """Group `word[0]`, `word[1]` and so on to vectors, anything else to scalars; `taken` grows by their identifiers."""
    result = []
    for word in words(names):
        result.append(Vector(identifier(word.name, taken), word.places))
        taken.add(result[-1].name)
    return result


def stream_ports(machine: Machine, name: str) -> tuple[list[Vector], list[Vector]]:
    """The ports of a stream module for the signals of the inputs and of the outputs, the most significant first.

    The members of each are its bits of the symbol. There are none for an alphabet whose bits have no names.
    """
    taken = _STREAM | {name}
    sides = []
    for alphabet in (machine.inputs, machine.outputs):
        ports: list[Vector] = []
        left = alphabet.width
        for signal, bits in alphabet.signals:
            left -= bits
            ports.append(Vector(identifier(signal, taken), tuple(range(left, left + bits))))
            taken.add(ports[-1].name)
        sides.append(ports)
    return sides[0], sides[1]


def module_header(name: str, ports: Sequence[tuple[str, str]]) -> list[str]:
    """The lines of `module name (...);` with one line for each declaration and its comment."""
    width = max(len(port) for port, _ in ports) + 1
    lines = [f"module {name} ("]
    for number, (port, comment) in enumerate(ports):
        end = "" if number == len(ports) - 1 else ","
        lines.append(f"    {port + end:{width}}  // {comment}" if comment else f"    {port}{end}")
    return [*lines, ");"]


def wrapped(line: str) -> list[str]:
    """A statement as lines of at most 120 characters, broken at blanks."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [line]


@dataclass(frozen=True)
class _Node:
    """An expression without inner negations: a name, perhaps negated, or an operator and its operands."""

    op: str
    parts: tuple[_Node, ...] = ()
    name: str = ""
    negated: bool = False
    variable: int = 0

    @property
    def size(self) -> int:
        return 1 if self.op == "name" else sum(part.size for part in self.parts)

    def inverse(self) -> _Node:
        """The negation, pushed inwards (De Morgan), so that it needs no operator of its own."""
        if self.op == "name":
            return replace(self, negated=not self.negated)
        if self.op == "^":
            return _Node("^", (self.parts[0].inverse(), *self.parts[1:]))
        if self.op == "?":
            return _Node("?", (self.parts[0], self.parts[1].inverse(), self.parts[2].inverse()))
        return _Node("|" if self.op == "&" else "&", tuple(part.inverse() for part in self.parts))

    def text(self) -> str:
        if self.op == "name":
            return "~" * self.negated + self.name
        if self.op == "^":
            # Of several negations, two and two cancel.
            names = [part.name for part in self.parts if part.op == "name"]
            others = [f"({part.text()})" for part in self.parts if part.op != "name"]
            odd = sum(part.negated for part in self.parts) % 2 == 1
            return "~" * odd + " ^ ".join(names + others)
        inner = [part.text() if part.op == "name" else f"({part.text()})" for part in self.parts]
        return f"{inner[0]} ? {inner[1]} : {inner[2]}" if self.op == "?" else f" {self.op} ".join(inner)


class Expressions:
    """The gates of a circuit as Verilog expressions.

    A gate that is used once stands where it is used, as far as the line stays readable; ORs, XORs and multiplexers
    are recovered from their gates.

    Args:
        circuit: the circuit.
        leaves: an expression for each input, then for each latch.
        taken: identifiers that the wires must not have.
    """

    def __init__(self, circuit: Circuit, leaves: Sequence[str], taken: Iterable[str]) -> None:
        self._first = 1 + len(leaves)
        self._leaves = leaves
        self._ands = circuit.ands.tolist()
        self._roots = [*circuit.next_state.tolist(), *circuit.output.tolist()]
        self._prefix = free_prefix(taken)
        forms = self._forms()
        uses = np.bincount([x >> 1 for _, parts in forms.values() for x in parts] + [x >> 1 for x in self._roots])
        self.unused = [leaf for variable, leaf in enumerate(leaves, start=1) if not uses[variable : variable + 1].any()]
        """The leaves that no gate and no root reads."""
        self._wires = {gate for gate in forms if uses[gate] > 1}
        self._nodes: dict[int, _Node] = {}
        for gate, (op, literals) in forms.items():
            self._nodes[gate] = self._join(op, literals)

    def wires(self) -> list[tuple[str, str]]:
        """The wires that the expressions need and what drives them, each after those that it reads."""
        return [(self._name(gate), self._nodes[gate].text()) for gate in sorted(self._wires)]

    def root(self, literal: int) -> str:
        """The expression of a next state or an output."""
        if literal < 2:
            return f"1'b{literal}"
        variable = literal >> 1
        if variable >= self._first and variable not in self._wires:
            node = self._nodes[variable]
            return (node.inverse() if literal & 1 else node).text()
        return self._leaf(literal).text()

    def _name(self, gate: int) -> str:
        return f"{self._prefix}{gate}"

    def _leaf(self, literal: int) -> _Node:
        variable = literal >> 1
        name = self._leaves[variable - 1] if variable < self._first else self._name(variable)
        return _Node("name", name=name, negated=bool(literal & 1), variable=variable)

    def _operand(self, literal: int, op: str) -> _Node:
        variable = literal >> 1
        if variable < self._first or variable in self._wires:
            return self._leaf(literal)
        node = self._nodes[variable].inverse() if literal & 1 else self._nodes[variable]
        if node.size <= (_FLAT if node.op == op != "?" else _INLINE):
            return node
        self._wires.add(variable)
        return self._leaf(literal)

    def _join(self, op: str, literals: list[int]) -> _Node:
        parts: list[_Node] = []
        for literal in literals:
            node = self._operand(literal, op)
            # A choice within a choice keeps its parentheses.
            parts += node.parts if node.op == op != "?" else (node,)
        if op != "?":
            # Names first, inputs before latches before wires: the same kind of term reads the same everywhere.
            parts.sort(key=lambda part: (part.op != "name", part.variable))
        return _Node(op, tuple(parts))

    def _forms(self) -> dict[int, tuple[str, list[int]]]:
        """Each gate as an operator and its operands, without the gates that are parts of an XOR or a multiplexer."""
        literals = [*self._ands, self._roots]
        uses = np.bincount(np.array([x >> 1 for row in literals for x in row], dtype=int)).tolist()
        forms, parts = {}, set()
        for gate, (a, b) in enumerate(self._ands, start=self._first):
            low, high = a >> 1, b >> 1
            forms[gate] = "&", [b, a]
            if a & b & 1 and min(low, high) >= self._first and uses[low] == uses[high] == 1:
                choice = _choice(self._ands[low - self._first], self._ands[high - self._first])
                if choice is not None:
                    forms[gate] = choice
                    parts |= {low, high}
        return {gate: form for gate, form in forms.items() if gate not in parts}


def _choice(first: list[int], second: list[int]) -> tuple[str, list[int]] | None:
    """`~(p & q) & ~(r & s)` as an XOR or a multiplexer, given the two pairs, or None if it is neither."""
    for x, y in (first, first[::-1]):
        for u, v in (second, second[::-1]):
            if x == u ^ 1:
                # It is the inverse of `x ? y : v`.
                if y == v ^ 1:
                    return "^", [x, y]
                return "?", [x, y ^ 1, v ^ 1] if not x & 1 else [u, v ^ 1, y ^ 1]
    return None
