"""A circuit for the eye: what each latch becomes and each output is, as expressions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from seqlogic.circuit import Circuit

__all__ = ["equations"]

_LONGEST = 24
"""Of an expression of more operands, the inner ones get names of their own."""


def equations(circuit: Circuit) -> list[tuple[str, str]]:
    """Return (name, expression) of each named gate, each latch with the next step (`name'`), and each output.

    The operators are those of Verilog: `!`, `&`, `^`, `|`, and `select ? a : b`; exclusive ors and choices are read
    back from the gates that they were made of. A gate that several need, or that is large, is named as `n7` and stands
    before what it is needed for.

    >>> from seqlogic.synthesis import Gates
    >>> from seqlogic.circuit import circuit_of
    >>> gates = Gates(2)
    >>> x, q = gates.leaf_literals()
    >>> parity = circuit_of(gates, inputs=["x"], latches=["q"], outputs=["y"], next_state=[gates.xor(x, q)],
    ...                     output=[gates.xor(x, q)], reset=[False])
    >>> equations(parity)
    [('n1', 'q ^ x'), ("q'", 'n1'), ('y', 'n1')]
    """
    writer = _Writer(circuit)
    roots = [(f"{name}'", literal) for name, literal in zip(circuit.latches, circuit.next_state.tolist(), strict=True)]
    roots += zip(circuit.outputs, circuit.output.tolist(), strict=True)
    shown = [(name, writer.text(literal)) for name, literal in roots]
    return writer.named + shown


@dataclass(frozen=True)
class _Expression:
    """A text, how many operands it has, its outermost operator, and whether it is still to be negated."""

    text: str
    size: int
    operator: str = ""
    negated: bool = False

    def plain(self, operator: str) -> str:
        """The text as an operand, in brackets unless it is a name or of the same exclusive or, conjunction, ..."""
        alone = not self.operator or (self.operator == operator and operator != "?")
        return self.text if alone else f"({self.text})"

    def within(self, operator: str) -> str:
        """The same, negated where it is to be; of no operator it stands alone."""
        if not self.negated:
            return self.plain(operator) if operator else self.text
        return f"!{self.plain('!')}"


class _Writer:
    """Expressions of literals, the gates among them named as they are needed."""

    def __init__(self, circuit: Circuit) -> None:
        self.named: list[tuple[str, str]] = []
        self._ands = circuit.ands.tolist()
        self._first = 1 + len(circuit.inputs) + len(circuit.latches)
        # The name of a variable, and whether it is that of its negation.
        self._names = {v: (name, False) for v, name in enumerate((*circuit.inputs, *circuit.latches), start=1)}
        self._taken = {*circuit.inputs, *circuit.latches, *circuit.outputs}
        # How often each gate stands in an operation; what it is made of counts for what it is read back as.
        self._needed: Counter[int] = Counter()
        seen: set[int] = set()
        waiting = [*circuit.next_state.tolist(), *circuit.output.tolist()]
        while waiting:
            literal = waiting.pop()
            self._needed[literal >> 1] += 1
            if literal >> 1 >= self._first and literal >> 1 not in seen:
                seen.add(literal >> 1)
                waiting += self._operation(literal & ~1)[1]

    def _parts(self, literal: int) -> tuple[int, int] | None:
        """The two literals of the gate of a positive literal."""
        number = (literal >> 1) - self._first
        return None if literal & 1 or number < 0 else (self._ands[number][0], self._ands[number][1])

    def _operation(self, literal: int) -> tuple[str, tuple[int, ...]]:
        """The operator that a gate is read back as, and its operands; a choice is one of the negated gate."""
        parts = self._parts(literal)
        assert parts is not None
        one, other = self._parts(parts[0] ^ 1), self._parts(parts[1] ^ 1)
        if one is not None and other is not None:
            if {one[0] ^ 1, one[1] ^ 1} == set(other):
                return "^", one
            for select, high in (one, one[::-1]):
                for opposite, low in (other, other[::-1]):
                    if select == opposite ^ 1:
                        return "?", (select, high, low)
        return "&", parts

    def text(self, literal: int) -> str:
        """A literal as it stands in an equation of its own."""
        # Depth first without recursion: a chain of carries is as deep as it is long.
        done: dict[int, _Expression] = {}
        waiting = [literal]
        while waiting:
            missing = [below for below in self._below(waiting[-1]) if below not in done]
            if missing:
                waiting += missing
            else:
                literal = waiting.pop()
                done[literal] = self._joined(literal, done)
        return done[literal].within("")

    def _below(self, literal: int) -> tuple[int, ...]:
        """The literals that have to be written before this one."""
        if literal >> 1 < self._first or literal >> 1 in self._names:
            return ()
        operator, operands = self._operation(literal & ~1)
        if operator == "&" and literal & 1:
            return tuple(x ^ 1 for x in operands)
        return operands

    def _joined(self, literal: int, done: dict[int, _Expression]) -> _Expression:
        """The expression of a literal, from those of what is below it."""
        variable, negated = literal >> 1, bool(literal & 1)
        if variable == 0:
            return _Expression(str(literal), 1)
        if variable in self._names:
            name, opposite = self._names[variable]
            return _Expression(name, 1, "", negated ^ opposite)
        operator, _ = self._operation(literal & ~1)
        sides = [done[below] for below in self._below(literal)]
        size = sum(side.size for side in sides)
        if operator == "^":
            negated ^= sides[0].negated ^ sides[1].negated
            found = _Expression(f" {operator} ".join(side.plain(operator) for side in sides), size, operator, negated)
        elif operator == "?":
            select, high, low = sides
            high, low = (low, high) if select.negated else (high, low)
            both = high.negated and low.negated
            high, low = (replace(side, negated=side.negated ^ both) for side in (high, low))
            text = f"{select.plain('?')} ? {high.within('?')} : {low.within('?')}"
            # What the gates make is the negated choice.
            found = _Expression(text, size, operator, not negated ^ both)
        else:
            operator = "|" if negated else "&"
            found = _Expression(f" {operator} ".join(side.within(operator) for side in sides), size, operator)
        if self._needed[variable] > 1 or size > _LONGEST:
            return self._name(literal, found)
        return found

    def _name(self, literal: int, found: _Expression) -> _Expression:
        """Give a gate a name, and return the literal with it."""
        number = len(self.named) + 1
        while f"n{number}" in self._taken:
            number += 1
        name = f"n{number}"
        self._taken.add(name)
        # The name is that of the literal as it was needed first, without a negation around all of it.
        self._names[literal >> 1] = name, bool(literal & 1) ^ found.negated
        self.named.append((name, found.text))
        return _Expression(name, 1, "", found.negated)
