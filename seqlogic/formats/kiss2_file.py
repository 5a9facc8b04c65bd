"""A KISS2 file as it stands: its header, rows and comments, before anything is made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from seqlogic.errors import InputError
from seqlogic.formats.shared import clip, first_twice

__all__ = ["MOST_INPUT_BITS", "MOST_OUTPUT_BITS", "File", "Row", "cube_of", "scan", "states_of", "widths_of"]

MOST_INPUT_BITS = 12
"""The most input bits of a table over words; a machine of more is a circuit."""
MOST_OUTPUT_BITS = 30
"""The most bits of a word in an Alphabet."""
_NUMBERS = {
    ".i": "the number of input bits",
    ".o": "the number of output bits",
    ".p": "the number of rows",
    ".s": "the number of states",
}
_LABELS = {".ilb": ".i", ".ob": ".o"}
"""What names bits, and what says how many there are."""
_COMMENT = re.compile(r'#\s*(?:moore|(?P<side>input|output)\s+(?P<code>[01]+)\s*=\s*(?P<name>".*"))\s*')


@dataclass(frozen=True)
class Row:
    line: int
    cube: str
    present: str
    next: str
    output: str


@dataclass
class File:
    """A file as it stands: nothing in it has been compared with anything else yet."""

    source: str
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)
    reset: tuple[str, int] | None = None
    labels: dict[str, tuple[list[str], int]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    symbols: dict[str, list[tuple[str, str, int]]] = field(default_factory=lambda: {"input": [], "output": []})
    moore: bool = False

    def error(self, message: str, line: int | None = None) -> InputError:
        return InputError(message, file=self.source, line=line)


def scan(text: str, source: str) -> File:
    file = File(source)
    end = None
    for number, line in enumerate(text.split("\n"), start=1):
        content, mark, comment = line.partition("#")
        fields = content.split()
        if not fields:
            match = _COMMENT.fullmatch(mark + comment)
            if match is not None and match["side"] is None:
                file.moore = True
            elif match is not None:
                file.symbols[match["side"]].append((match["code"], match["name"], number))
        elif end is not None:
            raise file.error(f"{clip(fields[0])} after the end of the machine on line {end}", number)
        elif fields[0] in (".e", ".end"):
            end = number
        elif fields[0].startswith("."):
            _directive(file, fields, number)
        elif len(fields) != 4:
            raise file.error(f"{len(fields)} fields, expected `input present-state next-state output`", number)
        else:
            _check_row(file, Row(number, *fields))
    return file


def _directive(file: File, fields: list[str], line: int) -> None:
    name, values = fields[0], fields[1:]
    if name not in _NUMBERS and name not in _LABELS and name != ".r":
        known = " ".join([*_NUMBERS, *_LABELS])
        raise file.error(f"unknown directive {clip(name)}, expected one of: {known} .r .e .end", line)
    before = file.reset if name == ".r" else file.numbers.get(name) or file.labels.get(name)
    if before is not None:
        raise file.error(f"{name} stands twice, first on line {before[1]}", line)
    if name in _LABELS:
        if len(set(values)) < len(values):
            raise file.error(f"{name} holds {clip(first_twice(values))} twice", line)
        file.labels[name] = values, line
        return
    if name == ".r":
        if len(values) != 1 or values[0] in ("*", "-"):
            raise file.error(f"{clip(' '.join(fields))}, expected `.r` and the name of the reset state", line)
        file.reset = values[0], line
        return
    if len(values) != 1 or not (values[0].isascii() and values[0].isdigit() and len(values[0]) <= 9):
        raise file.error(f"{clip(' '.join(fields))}, expected `{name}` and {_NUMBERS[name]}", line)
    if int(values[0]) == 0:
        raise file.error(f"{name} 0, expected at least 1", line)
    file.numbers[name] = int(values[0]), line


def _check_row(file: File, row: Row) -> None:
    for what, bits in (("input", row.cube), ("output", row.output)):
        if not set(bits) <= {"0", "1", "-"}:
            raise file.error(f"{what} {clip(bits)}, expected 0, 1 and -", row.line)
    if "-" in (row.present, row.next):
        raise file.error("`-` as a state, expected a name, or `*` for any or none", row.line)
    file.rows.append(row)


def widths_of(file: File) -> tuple[int, int]:
    """The input and output bits, after the header and the rows have been found to agree."""
    if not file.rows:
        raise file.error("no rows, expected `input present-state next-state output`")
    for name in (".i", ".o"):
        if name not in file.numbers:
            raise file.error(f"no `{name}`, expected {_NUMBERS[name]}", file.rows[0].line)
    input_bits, output_bits = file.numbers[".i"][0], file.numbers[".o"][0]
    for row in file.rows:
        if len(row.cube) != input_bits:
            raise file.error(f"input {clip(row.cube)} of {len(row.cube)} bits, expected {input_bits}", row.line)
        if len(row.output) != output_bits:
            raise file.error(f"output {clip(row.output)} of {len(row.output)} bits, expected {output_bits}", row.line)
    for name, (labels, line) in file.labels.items():
        count = file.numbers[_LABELS[name]][0]
        if len(labels) != count:
            raise file.error(f"{name} has {len(labels)} names, expected {count}, one for each bit", line)
    rows, last = file.numbers.get(".p", (len(file.rows), None))
    if rows != len(file.rows):
        raise file.error(f".p says {rows} rows, but there are {len(file.rows)}", last)
    return input_bits, output_bits


def states_of(file: File) -> tuple[list[str], int]:
    """The names of the states, and the initial one."""
    present = [row.present for row in file.rows]
    states = [name for name in dict.fromkeys(present + [row.next for row in file.rows]) if name != "*"]
    if not states:
        raise file.error("no state is named, expected at least one beside `*`", file.rows[0].line)
    count, line = file.numbers.get(".s", (len(states), None))
    if count != len(states):
        raise file.error(f".s says {count} states, but there are {len(states)}", line)
    if file.reset is None:
        first = next(name for row in file.rows for name in (row.present, row.next) if name != "*")
    else:
        first, line = file.reset
        if first not in states:
            raise file.error(f"the reset state {clip(first)} is in no row", line)
    return states, states.index(first)


def cube_of(text: str) -> tuple[int, int]:
    """The value of a cube, its `-` as 0, and the mask of its other bits."""
    return int(text.replace("-", "0"), 2), int(text.replace("0", "1").replace("-", "0"), 2)
