"""AIGER 1.9, the format of and-inverter graphs in hardware model checking (Biere, Heljanko and Wieringa, 2011).

Both forms are written and read: the binary one (`.aig`), in which a gate is two differences in seven-bit groups, and
the text (`.aag`). Latches carry their reset values, and the symbol table the names of inputs, latches and outputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.errors import InputError
from seqlogic.formats.dependencies import LoopError, in_order
from seqlogic.formats.shared import clip, free_name
from seqlogic.synthesis import FALSE, Gates

__all__ = ["parse", "render", "render_text"]

_NOT_HELD = re.compile("[\r\n\ud800-\udfff]")
"""What ends a line, and what UTF-8 has no bytes for."""

_MOST_VARIABLES = 1 << 22
"""The most variables that are read; the inputs of a binary file take no bytes, and would else ask for all memory."""

_PROPERTIES = ("bad states (B)", "constraints (C)", "justice properties (J)", "fairness constraints (F)")
_KINDS = {"i": "symbol", "l": "state", "o": "output"}
"""What the symbol table names, and what it is called where it does not."""

_LONGEST = 5
"""The most bytes of a difference; the largest literal that is read has fewer."""

_NUMBER = re.compile(rb"[0-9]{1,10}")
_SYMBOL = re.compile(rb"([ilobcjf])([0-9]{1,10}) (.+)", re.DOTALL)


def render(circuit: Circuit) -> bytes:
    r"""Return a circuit as binary AIGER, the same bytes for the same circuit.

    >>> import numpy as np
    >>> no_gates = np.zeros((0, 2), dtype=np.int32)
    >>> toggle = Circuit((), ("q",), ("y",), no_gates, next_state=[3], output=[2], reset=[True])
    >>> render(toggle)
    b'aig 1 0 1 1 0\n3 1\n2\nl0 q\no0 y\n'

    Raises:
        ValueError: a name that is empty, or holds a line break or half of a surrogate pair.
    """
    latches = [f"{literal}{_reset(reset)}" for literal, reset in _latches(circuit)]
    head = _lines([_header("aig", circuit), *latches, *map(str, circuit.output.tolist())])
    first = 1 + len(circuit.inputs) + len(circuit.latches)
    gates = bytearray()
    for gate, (larger, smaller) in enumerate(circuit.ands.tolist(), start=first):
        gates += _packed(2 * gate - larger) + _packed(larger - smaller)
    return head.encode() + bytes(gates) + _lines(_symbol_lines(circuit)).encode()


def render_text(circuit: Circuit) -> str:
    """Return a circuit as AIGER text, of the same meaning as the binary form.

    Raises:
        ValueError: a name that is empty, or holds a line break or half of a surrogate pair.
    """
    ins, L = len(circuit.inputs), len(circuit.latches)
    lines = [_header("aag", circuit)]
    lines += [str(2 * variable) for variable in range(1, 1 + ins)]
    lines += [f"{2 * (1 + ins + i)} {literal}{_reset(reset)}" for i, (literal, reset) in enumerate(_latches(circuit))]
    lines += map(str, circuit.output.tolist())
    lines += [f"{2 * (1 + ins + L + i)} {a} {b}" for i, (a, b) in enumerate(circuit.ands.tolist())]
    return _lines([*lines, *_symbol_lines(circuit)])


def _header(form: str, circuit: Circuit) -> str:
    ins, L, outs, A = len(circuit.inputs), len(circuit.latches), len(circuit.outputs), len(circuit.ands)
    return f"{form} {ins + L + A} {ins} {L} {outs} {A}"


def _latches(circuit: Circuit) -> Iterable[tuple[int, bool]]:
    return zip(circuit.next_state.tolist(), circuit.reset.tolist(), strict=True)


def _packed(number: int) -> bytes:
    """A number in bytes of seven bits, the low ones first; the top bit of a byte says that more follow."""
    digits = [number >> shift & 0x7F for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([digit | 0x80 for digit in digits[:-1]] + digits[-1:])


def _reset(reset: bool) -> str:
    return " 1" if reset else ""


def _symbol_lines(circuit: Circuit) -> list[str]:
    lines = []
    for kind, names in (("i", circuit.inputs), ("l", circuit.latches), ("o", circuit.outputs)):
        for number, name in enumerate(names):
            if not name or _NOT_HELD.search(name):
                raise ValueError(f"AIGER cannot hold the name {clip(name)}")
            lines.append(f"{kind}{number} {name}")
    return lines


def _lines(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def parse(data: bytes, source: str) -> Circuit:
    r"""Return the circuit in an AIGER file of either form.

    The gates are made anew: those that are equal, constant or needed by nothing are gone, and the others stand as in
    the file, as far as each stands behind its operands, so that what `render` wrote comes back array by array. What
    has no name is called "symbol[0]", "state[0]" or "output[0]" by its place, with `_` behind a name that is taken. So
    is a latch that is called as an input or output: in a netlist, a register and the port that shows it often are.

    >>> toggle = parse(b"aag 1 0 1 1 0\n2 3 1\n2\nl0 q\n", "toggle.aag")
    >>> toggle.latches, toggle.outputs, toggle.next_state.tolist(), toggle.reset.tolist()
    (('q',), ('output[0]',), [3], [True])

    Args:
        data: the bytes of the file; the lines of the text form may end in a carriage return.
        source: what messages call it.

    Raises:
        InputError: whatever the format does not allow, a latch without a reset value, properties to be proven, a name
            that is not UTF-8 or stands twice, or more than 4,194,304 variables.
    """
    if not data.strip():
        raise InputError("is empty, expected a circuit", file=source)
    file = _Reader(data.replace(b"\r\n", b"\n") if data.startswith(b"aag") else data, source)
    binary, most, counts = _counts(file)
    graph = (_binary if binary else _text)(file, most, counts)
    names = _names(counts[:3], _symbols(file, counts[:3], binary), file)
    gates = Gates(len(graph.leaves))
    value = {0: FALSE, **dict(zip(graph.leaves, gates.leaf_literals(), strict=True))}
    for gate in _sorted(file, graph):
        a, b = graph.gates[gate]
        value[gate] = gates.and_(value[a >> 1] ^ a & 1, value[b >> 1] ^ b & 1)
    roots = [value[root >> 1] ^ root & 1 for root in graph.roots]
    L = counts[1]
    return circuit_of(
        gates,
        inputs=names["i"],
        latches=names["l"],
        outputs=names["o"],
        next_state=roots[:L],
        output=roots[L:],
        reset=graph.reset,
    )


class _Place(NamedTuple):
    """Where something stands: a line, or the offset of a byte."""

    line: int | None
    byte: int = 0


class _Reader:
    """The bytes of a file, read line by line."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data = data
        self.at = 0
        self.line = 0
        self._source = source

    def error(self, message: str, place: _Place | None = None) -> InputError:
        """The error for what stands at a place, or else on the line that was read last."""
        place = _Place(self.line) if place is None else place
        where = f"byte {place.byte:,}: " if place.line is None else ""
        return InputError(where + message, file=self._source, line=place.line)

    def text(self) -> bytes:
        """The next line, or what is left."""
        end = self.data.find(b"\n", self.at)
        end = len(self.data) if end < 0 else end
        text, self.at = self.data[self.at : end], end + 1
        self.line += 1
        return text

    def whole(self, what: str) -> bytes:
        """The next line, which cannot be missing: a number that lost its last digits would be another one."""
        text = self.text()
        if self.at > len(self.data):
            raise self.error(f"the file ends{' within a line' * bool(text)}, expected {what}")
        return text

    def numbers(self, least: int, most: int, what: str, largest: int) -> list[int]:
        """So many numbers on the next line, none above the largest literal."""
        text = self.whole(what)
        fields = text.split()
        if not least <= len(fields) <= most or not all(map(_NUMBER.fullmatch, fields)):
            raise self.error(f"{_shown(text)}, expected {what}")
        numbers = [*map(int, fields)]
        if max(numbers) > largest:
            raise self.error(f"the literal {max(numbers)} is beyond the last variable, expected at most {largest}")
        return numbers


def _shown(text: bytes) -> str:
    return clip(text[:200].decode(errors="backslashreplace"))


def _counts(file: _Reader) -> tuple[bool, int, tuple[int, int, int, int]]:
    """Whether the file is binary, its largest literal, and its numbers of inputs, latches, outputs and gates."""
    text = file.whole("a header and more")
    form, *fields = text.split() or [b""]
    if form not in (b"aig", b"aag") or not 5 <= len(fields) <= 9 or not all(map(_NUMBER.fullmatch, fields)):
        raise file.error(f"{_shown(text)}, expected `aag M I L O A` or `aig M I L O A` in numbers")
    M, I, L, O, A, *others = map(int, fields)  # noqa: E741
    held = [f"{count} {what}" for count, what in zip(others, _PROPERTIES, strict=False) if count]
    if held:
        raise file.error(f"holds {', '.join(held)}, expected inputs, latches, outputs and gates alone")
    if I + L + A > M or (form == b"aig" and I + L + A < M):
        most = "at least" if form == b"aag" else "as many as"
        raise file.error(f"M is {M}, expected {most} the {I + L + A} inputs, latches and gates")
    if I + L + A > _MOST_VARIABLES:
        raise file.error(f"{I + L + A:,} variables; at most {_MOST_VARIABLES:,} are read")
    return form == b"aig", 2 * M + 1, (I, L, O, A)


class _Graph(NamedTuple):
    """A file as it stands: the variables of inputs and latches, literals of next states and outputs, gates."""

    leaves: list[int]
    roots: list[int]
    reset: list[bool]
    gates: dict[int, tuple[int, int]]
    lines: dict[int, int]


def _text(file: _Reader, largest: int, counts: tuple[int, int, int, int]) -> _Graph:
    I, L, O, A = counts  # noqa: E741
    graph = _Graph([], [], [], {}, {})

    def define(literal: int) -> int:
        variable = literal >> 1
        if literal < 2 or literal & 1:
            raise file.error(f"{literal} cannot be defined, expected an even literal from 2 on")
        if variable in graph.lines:
            raise file.error(f"{literal} is defined twice, first on line {graph.lines[variable]}")
        graph.lines[variable] = file.line
        return variable

    used: list[tuple[int, int]] = []
    for _ in range(I):
        graph.leaves.append(define(*file.numbers(1, 1, "the literal of an input", largest)))
    for _ in range(L):
        literal, *row = file.numbers(2, 3, "a latch: its literal, its next state and perhaps its reset", largest)
        graph.leaves.append(define(literal))
        _add_latch(file, graph, literal, row)
        used.append((row[0], file.line))
    for _ in range(O):
        graph.roots.extend(file.numbers(1, 1, "the literal of an output", largest))
        used.append((graph.roots[-1], file.line))
    for _ in range(A):
        left, a, b = file.numbers(3, 3, "a gate: its literal and those of its two operands", largest)
        graph.gates[define(left)] = a, b
        used += [(a, file.line), (b, file.line)]
    for literal, line in used:
        if literal > 1 and literal >> 1 not in graph.lines:
            raise file.error(f"{literal} is used, but no line defines {literal & ~1}", _Place(line))
    return graph


def _binary(file: _Reader, largest: int, counts: tuple[int, int, int, int]) -> _Graph:
    I, L, O, A = counts  # noqa: E741
    first = 1 + I + L
    graph = _Graph(list(range(1, first)), [], [], {}, {})
    for place in range(L):
        row = file.numbers(1, 2, "the next state of a latch and perhaps its reset", largest)
        _add_latch(file, graph, 2 * (1 + I + place), row)
    for _ in range(O):
        graph.roots.extend(file.numbers(1, 1, "the literal of an output", largest))
    for gate in range(first, first + A):
        start = file.at
        one, other = _difference(file), _difference(file)
        larger = 2 * gate - one
        if not one or larger < other:
            message = (
                f"the differences {one} and {other} of gate {2 * gate}, expected literals from 0 to {2 * gate - 1}"
            )
            raise file.error(message, _Place(None, start))
        graph.gates[gate] = larger, larger - other
    return graph


def _add_latch(file: _Reader, graph: _Graph, literal: int, row: list[int]) -> None:
    target, reset = row if len(row) == 2 else (row[0], 0)
    if reset == literal:
        message = (
            f"the latch {literal} has no reset value (it resets to itself), expected 0 or 1; write one, or have yosys "
            "make it 0: `setundef -zero -init`"
        )
        raise file.error(message)
    if reset > 1:
        raise file.error(f"the latch {literal} resets to {reset}, expected 0 or 1")
    graph.roots.append(target)
    graph.reset.append(reset == 1)


def _difference(file: _Reader) -> int:
    """A number in bytes of seven bits, as `_packed` makes them."""
    number = 0
    for place in range(_LONGEST):
        if file.at >= len(file.data):
            raise file.error("the file ends within its gates", _Place(None, len(file.data)))
        octet = file.data[file.at]
        file.at += 1
        number |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return number
    raise file.error(f"a difference of more than {_LONGEST} bytes", _Place(None, file.at - _LONGEST))


def _sorted(file: _Reader, graph: _Graph) -> list[int]:
    """The gates, each behind its operands."""
    try:
        order = in_order({2 * gate: (a & ~1, b & ~1) for gate, (a, b) in graph.gates.items()})
    except LoopError as error:
        raise file.error(f"{error}, expected gates without one", _Place(graph.lines[error.loop[0] >> 1])) from None
    return [literal >> 1 for literal in order]


def _symbols(file: _Reader, counts: Sequence[int], binary: bool) -> dict[tuple[str, int], tuple[str, _Place]]:
    """The names of the symbol table, and where they stand; the comments behind it are passed over."""
    found: dict[tuple[str, int], tuple[str, _Place]] = {}
    sizes = dict(zip(_KINDS, counts, strict=True))
    while file.at < len(file.data):
        start = file.at
        text = file.text()
        place = _Place(None, start) if binary else _Place(file.line)
        if text == b"c":
            break
        match = _SYMBOL.fullmatch(text)
        if match is None:
            message = (
                f"{_shown(text)}, expected a name such as `i0 enable`, `c` before comments, or the end of the file"
            )
            raise file.error(message, place)
        kind, number = match[1].decode(), int(match[2])
        if number >= sizes.get(kind, 0):
            raise file.error(f"a name for {kind}{number}, which the file does not have", place)
        if (kind, number) in found:
            raise file.error(f"a second name for {kind}{number}, expected one", place)
        try:
            name = match[3].decode()
        except UnicodeDecodeError:
            raise file.error(f"the name of {kind}{number}, {_shown(match[3])}, is not UTF-8", place) from None
        if _NOT_HELD.search(name):
            raise file.error(f"the name of {kind}{number}, {clip(name)}, holds a line break", place)
        found[kind, number] = name, place
    return found


def _names(
    counts: Sequence[int], symbols: dict[tuple[str, int], tuple[str, _Place]], file: _Reader
) -> dict[str, list[str]]:
    """The names of inputs, latches and outputs, all different."""
    ports: dict[str, str] = {}
    latches: dict[str, str] = {}
    for (kind, number), (name, place) in symbols.items():
        same = latches if kind == "l" else ports
        if name in same:
            raise file.error(f"{kind}{number} has the name {clip(name)} of {same[name]}, expected another", place)
        same[name] = f"{kind}{number}"
    taken = {*ports, *latches}
    names: dict[str, list[str]] = {}
    for (kind, default), count in zip(_KINDS.items(), counts, strict=True):
        names[kind] = []
        for number in range(count):
            name = symbols[kind, number][0] if (kind, number) in symbols else ""
            if not name or (kind == "l" and name in ports):
                name = free_name(name or f"{default}[{number}]", taken)
                taken.add(name)
            names[kind].append(name)
    return names
