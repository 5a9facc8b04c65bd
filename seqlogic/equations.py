"""A circuit for the eye: what each latch becomes and each output is, as expressions."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from seqlogic.circuit import Circuit

__all__ = ["equations", "listing", "with_short_names"]

_LONGEST = 24
"""Of an expression of more operands, the inner ones get names of their own."""

_WIDTH = 110

_BIT = re.compile(r"([^\[]+)\[([0-9]+)\](?!\[)")
"""The word of a bit, and its number, at the beginning of a name."""

_MOST_FACTORS = 8
"""A conjunction of more is not compared with others."""

_Equation = tuple[str, str]
"""A name and an expression."""


def equations(circuit: Circuit) -> list[tuple[str, str]]:
    """Return (name, expression) of each named gate, each latch with the next step (`name'`), and each output.

    The operators are those of Verilog: `!`, `&`, `^`, `|`, and `select ? a : b`; exclusive ors and choices are read
    back from the gates that they were made of. Operands stand in the order of their names. A gate that several need, or
    that is large, is named as `n7` and stands before what it is needed for.

    >>> from seqlogic.synthesis import Gates
    >>> from seqlogic.circuit import circuit_of
    >>> gates = Gates(2)
    >>> x, q = gates.leaf_literals()
    >>> parity = circuit_of(gates, inputs=["x"], latches=["q"], outputs=["y"], next_state=[gates.xor(x, q)],
    ...                     output=[gates.xor(x, q)], reset=[False])
    >>> equations(parity)
    [('n1', 'q ^ x'), ("q'", 'n1'), ('y', 'n1')]
    """
    named, latches, outputs = _written(circuit)
    return [*named, *((f"{name}'", text) for name, text in latches), *outputs]


def listing(circuit: Circuit, limit: int, more: str = "") -> list[str]:
    """Return the equations as lines for a person, at most so many equations; `more` follows the number of the others.

    Latches of a shift register are one equation, a concatenation as in Verilog with `..` between the first number and
    the last: `delay[3..0]' = {delay[2..0], in}`. Outputs are the last to be left out. Long lines are wrapped.
    """
    named, latches, outputs = _written(circuit)
    inner = [*named, *_folded(latches)]
    room = max(0, limit - len(outputs))
    lines = [f"{name} = {text}" for name, text in inner[:room]]
    if len(inner) > room:
        lines.append(f"... {len(inner) - room:,} more{more}")
    lines += [f"{name} = {text}" for name, text in outputs[:limit]]
    if len(outputs) > limit:
        lines.append(f"... {len(outputs) - limit:,} more outputs{more}")
    wrap = textwrap.TextWrapper(
        _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    return [piece for line in lines for piece in wrap.wrap(line)]


def with_short_names(circuit: Circuit) -> Circuit:
    """Return the circuit with names for a person: without the number of the bit where a word has no other one.

    >>> from seqlogic.synthesis import Gates
    >>> from seqlogic.circuit import circuit_of
    >>> gates = Gates(2)
    >>> x, q = gates.leaf_literals()
    >>> delay = circuit_of(gates, inputs=["x[0]"], latches=["x[0]_1_ago"], outputs=["y[0]"], next_state=[x], output=[q],
    ...                    reset=[False])
    >>> with_short_names(delay).latches
    ('x_1_ago',)
    """
    names = (*circuit.inputs, *circuit.latches, *circuit.outputs)
    numbers: dict[str, set[str]] = {}
    for name in names:
        if match := _BIT.match(name):
            numbers.setdefault(match[1], set()).add(match[2])
    single = {word for word, bits in numbers.items() if bits == {"0"}}
    short = {
        name: f"{match[1]}{name[match.end() :]}" for name in names if (match := _BIT.match(name)) and match[1] in single
    }
    if len({short.get(name, name) for name in names}) < len(names):
        return circuit
    inputs, latches, outputs = (
        tuple(short.get(name, name) for name in there) for there in (circuit.inputs, circuit.latches, circuit.outputs)
    )
    return replace(circuit, inputs=inputs, latches=latches, outputs=outputs)


def _written(circuit: Circuit) -> tuple[list[_Equation], list[_Equation], list[_Equation]]:
    """The equations of the named gates, of the latches and of the outputs."""
    writer = _Writer(circuit)
    latches = [(name, writer.text(one)) for name, one in zip(circuit.latches, circuit.next_state.tolist(), strict=True)]
    outputs = [(name, writer.text(one)) for name, one in zip(circuit.outputs, circuit.output.tolist(), strict=True)]
    return writer.named, latches, outputs


class _Family(NamedTuple):
    """Latches whose names differ in one number, each of which becomes the one of the next or of the last number.

    Attributes:
        before, after: what stands around the number.
        sign: from the number of a latch to that of the one that it becomes.
    """

    before: str
    after: str
    sign: int

    def range(self, first: int, last: int) -> str:
        """The latches of these numbers."""
        numbers = f"{first}" if first == last else f"{first}..{last}"
        return f"{self.before}{numbers}{self.after}"


def _family(name: str, source: str) -> tuple[_Family, int] | None:
    """The family of a latch that becomes another one, and its number; None if their names are not alike."""
    ours, theirs = re.split("(0|[1-9][0-9]*)", name), re.split("(0|[1-9][0-9]*)", source)
    other = [place for place, (one, two) in enumerate(zip(ours, theirs, strict=False)) if one != two]
    if len(ours) != len(theirs) or len(other) != 1 or other[0] % 2 == 0:
        return None
    (place,) = other
    sign = int(theirs[place]) - int(ours[place])
    if abs(sign) != 1:
        return None
    return _Family("".join(ours[:place]), "".join(ours[place + 1 :]), sign), int(ours[place])


def _folded(latches: Sequence[_Equation]) -> list[_Equation]:
    """The equations of latches, those of a shift register as one, which stands where the first of them stood."""
    text = dict(latches)
    families: dict[_Family, list[int]] = {}
    for name, source in latches:
        if source in text and (found := _family(name, source)) is not None:
            families.setdefault(found[0], []).append(found[1])
    runs = [(family, run) for family, numbers in families.items() for run in _runs(sorted(numbers)) if len(run) > 1]
    within = {family.range(number, number) for family, run in runs for number in run}
    replaced: dict[str, _Equation] = {}
    for family, run in runs:
        # From the latch that is farthest from what is shifted in, to the one that is nearest.
        far, near = (run[0], run[-1]) if family.sign > 0 else (run[-1], run[0])
        head = family.range(near + family.sign, near + family.sign)
        sources = family.range(far + family.sign, near + family.sign)
        members = [family.range(number, number) for number in run]
        if " " in text[head] or head in within or head in replaced:
            equation = f"{family.range(far, near)}'", sources
        else:
            equation = f"{family.range(far, near + family.sign)}'", f"{{{sources}, {text[head]}}}"
            members.append(head)
        replaced |= dict.fromkeys(members, equation)
    return list(dict.fromkeys(replaced.get(name, (f"{name}'", source)) for name, source in latches))


def _runs(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Ascending numbers, cut where one is left out."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _order(text: str) -> list[tuple[int, int, str]]:
    """Sort key of operands: by their names, numbers in them by value."""
    pieces = re.split("([0-9]+)", text.lstrip("!("))
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces if piece]


@dataclass(frozen=True)
class _Expression:
    """A text, how many operands it has, its outermost operator, and whether it is still to be negated.

    `parts` are the operands of the outermost operator, where their order means nothing.
    """

    text: str
    size: int
    operator: str = ""
    negated: bool = False
    parts: tuple[str, ...] = ()

    def plain(self, operator: str) -> str:
        """The text as an operand, in brackets unless it is a name or of the same exclusive or, conjunction, ..."""
        alone = not self.operator or (self.operator == operator and operator != "?")
        return self.text if alone else f"({self.text})"

    def operands(self, operator: str) -> tuple[str, ...]:
        """What it adds to an operation: itself, or the operands of its own if that is the same."""
        if self.negated and operator != "^":
            return (self.within(operator),)
        return self.parts if self.operator == operator else (self.plain(operator),)

    def within(self, operator: str) -> str:
        """The same, negated where it is to be; of no operator it stands alone."""
        if not self.negated:
            return self.plain(operator) if operator else self.text
        return f"!{self.plain('!')}"


def _together(operator: str, sides: Sequence[_Expression], *, negated: bool = False) -> _Expression:
    """An exclusive or, of sides whose negations are those of all of it, a conjunction or a disjunction."""
    parts = sorted((part for side in sides for part in side.operands(operator)), key=_order)
    size = sum(side.size for side in sides)
    return _Expression(f" {operator} ".join(parts), size, operator, negated, tuple(parts))


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
            for a, b in ((parts[0] ^ 1, other), (parts[1] ^ 1, one)):
                for conjunction, side in (b, b[::-1]):
                    # In a & !b | !a & b, a may be a conjunction of which the gates with !b have no gate of their own.
                    if self._factors(a) == {side ^ 1, *self._factors(conjunction ^ 1)}:
                        return "^", (conjunction ^ 1, side ^ 1)
        return "&", parts

    def _factors(self, literal: int) -> set[int]:
        """The literals of which a literal is the conjunction; of too many, it alone."""
        factors: set[int] = set()
        waiting = [literal]
        while waiting:
            factor = waiting.pop()
            parts = self._parts(factor)
            if parts is None:
                factors.add(factor)
            else:
                waiting += parts
            if len(factors) + len(waiting) > _MOST_FACTORS:
                return {literal}
        return factors

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
            found = _together(operator, sides, negated=negated)
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
            found = _together(operator, sides)
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
