"""KISS2, the format of the MCNC benchmark machines, after KISS (De Micheli, Brayton, Sangiovanni-Vincentelli, 1985).

A header (`.i` input bits, `.o` output bits, `.ilb` and `.ob` their names, `.p` rows, `.s` states, `.r` reset state) and
one row per cube of inputs: `input present-state next-state output`. `-` is either value in an input and an unknown bit
in an output; `*` is any present state, or an unspecified next state. What KISS2 cannot say stands in comments that the
reader obeys: `# input 01 = "button"` and `# output 0 = "coffee"` name the symbols of an alphabet that is not all words
of so many bits, and `# moore` marks the Mealy machine of the same behaviour as a Moore machine.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from seqlogic.errors import InputError
from seqlogic.formats.kiss2_file import (
    MOST_INPUT_BITS,
    MOST_OUTPUT_BITS,
    File,
    Row,
    cube_of,
    scan,
    states_of,
    widths_of,
)
from seqlogic.formats.kiss2_names import grouped, plain
from seqlogic.formats.shared import check_entries, clip, quote
from seqlogic.machine import UNKNOWN, Alphabet, Machine, to_mealy, to_moore

__all__ = ["check_width", "cubes", "parse", "render"]


def parse(text: str, source: str) -> Machine:
    r"""Return the machine that a KISS2 text describes; its states are numbered in the order of their first rows.

    Rows may overlap if they agree; an entry without a row is unknown. The initial state is that of `.r`, else the
    first one named. O(rows * 2**inputs) time, whatever `*` stands for.

    >>> machine = parse(".i 1\n.o 2\n- off on 0-\n1 on * 11\n.e\n", "lamp.kiss2")
    >>> machine.states, machine.next_state.tolist(), machine.output.tolist(), machine.care.tolist()
    (('off', 'on'), [[1, 1], [-1, -1]], [[0, 0], [-1, 3]], [[2, 2], [0, 3]])

    Raises:
        InputError: a malformed line, rows that contradict each other, a header that does not agree with the rows, or
            more than 12 input bits.
    """
    file = scan(text, source)
    input_bits, output_bits = widths_of(file)
    states, initial = states_of(file)
    inputs, outputs = _alphabet(file, "input", input_bits), _alphabet(file, "output", output_bits)
    if input_bits > (MOST_INPUT_BITS if inputs is None else MOST_OUTPUT_BITS):
        raise file.error(_too_wide(input_bits, len(states)), file.numbers[".i"][1])
    if output_bits > MOST_OUTPUT_BITS:
        raise file.error(f"{output_bits} output bits, expected at most {MOST_OUTPUT_BITS}", file.numbers[".o"][1])
    if outputs is not None:
        _check_codes(file, outputs)
    inputs, outputs = inputs or Alphabet.words(input_bits), outputs or Alphabet.words(output_bits)
    inputs, outputs = _with_labels(file, ".ilb", inputs), _with_labels(file, ".ob", outputs)
    check_entries(len(states), len(inputs), source)
    next_state, output, care = _table(file, states, inputs)
    machine = Machine(
        next_state=next_state,
        output=output,
        # Named symbols may be coded in more bits than they need.
        care=care if outputs.bits is not None else np.where(care == 0, 0, outputs.full),
        inputs=inputs,
        outputs=outputs,
        initial=initial,
        states=tuple(states),
    )
    return to_moore(machine) if file.moore else machine


def _alphabet(file: File, side: str, bits: int) -> Alphabet | None:
    """The named alphabet of the comments, or None if there are none: then it is all words."""
    names: dict[int, str] = {}
    seen: set[str] = set()
    for code, quoted, line in file.symbols[side]:
        if len(code) != bits:
            raise file.error(f"the {side} code {clip(code)} has {len(code)} bits, expected {bits}", line)
        if int(code, 2) in names:
            raise file.error(f"the {side} code {code} is named twice", line)
        try:
            name = json.loads(quoted)
        except ValueError:
            raise file.error(f"{clip(quoted)}, expected one JSON string", line) from None
        if name in seen:
            raise file.error(f"the {side} symbol {clip(name)} is named twice", line)
        seen.add(name)
        names[int(code, 2)] = name
    if not names:
        return None
    for number in range(len(names)):
        if number not in names:
            line = file.symbols[side][0][2]
            raise file.error(f"no name for the {side} code {number:0{bits}b}, expected codes without gaps", line)
    return Alphabet.of(names[number] for number in range(len(names)))


def _with_labels(file: File, name: str, alphabet: Alphabet) -> Alphabet:
    """The alphabet, its bits named as a directive has it; a code longer than it need be has other bits."""
    labels = file.labels.get(name, ([], 0))[0]
    return replace(alphabet, signals=grouped(labels)) if len(labels) == alphabet.width else alphabet


def _check_codes(file: File, outputs: Alphabet) -> None:
    for row in file.rows:
        if set(row.output) != {"-"} and ("-" in row.output or int(row.output, 2) >= len(outputs)):
            raise file.error(f"output {row.output} is not the code of a named symbol", row.line)


def check_width(machine: Machine, file: str | None = None) -> None:
    """Refuse, with an InputError, a machine over words of more input bits than KISS2 is written with."""
    bits = machine.inputs.bits
    if bits is not None and bits > MOST_INPUT_BITS:
        raise InputError("KISS2: " + _too_wide(bits, len(machine)), file=file)


def _too_wide(bits: int, states: int) -> str:
    size = f"{states:,} x {2**bits:,} = {states * 2**bits:,}" if bits < 60 else f"{states} x 2^{bits}"
    return f"{bits} input bits need a table of {size} entries; at most {MOST_INPUT_BITS} input bits fit a table"


def _table(file: File, states: list[str], inputs: Alphabet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """next_state, output and care, each [S, X], of the rows laid over each other."""
    S, X = len(states), len(inputs)
    number = {name: state for state, name in enumerate(states)}
    # The rows of any state are collected in a state of their own, S, so that each row costs X entries and not S * X.
    number["*"] = S
    next_state = np.full((S + 1, X), UNKNOWN, dtype=np.int32)
    output, care = np.zeros_like(next_state), np.zeros_like(next_state)
    symbols = np.arange(X)
    for row in file.rows:
        state, target = number[row.present], UNKNOWN if row.next == "*" else number[row.next]
        bits, fixed = cube_of(row.cube)
        columns = np.flatnonzero(symbols & fixed == bits)
        if len(columns) == 0:
            raise file.error(f"input {row.cube} is not the code of a named symbol", row.line)
        value, known = cube_of(row.output)
        old = next_state[state, columns]
        clash = (old != target) & (old != UNKNOWN) & (target != UNKNOWN)
        clash |= (output[state, columns] ^ value) & care[state, columns] & known != 0
        if clash.any():
            # Rows of any state alone cannot say for which state they clash: the first stands for all.
            raise _contradiction(file, states[state % S], int(columns[clash.argmax()]), inputs)
        if target != UNKNOWN:
            next_state[state, columns] = target
        output[state, columns] |= value
        care[state, columns] |= known

    clash = (next_state[:S] != next_state[S]) & (next_state[:S] != UNKNOWN) & (next_state[S] != UNKNOWN)
    clash |= (output[:S] ^ output[S]) & care[:S] & care[S] != 0
    if clash.any():
        state, symbol = divmod(int(clash.argmax()), X)
        raise _contradiction(file, states[state], symbol, inputs)
    next_state = np.where(next_state[:S] == UNKNOWN, next_state[S], next_state[:S])
    return next_state, output[:S] | output[S], care[:S] | care[S]


def _contradiction(file: File, state: str, symbol: int, inputs: Alphabet) -> InputError:
    """The error for the first row that contradicts an earlier one about this entry."""
    entry = f"state {clip(state)}, input {clip(inputs.name(symbol))}"
    # The first row to say where the entry goes, and the first to say each bit of its output.
    said: dict[int | None, Row] = {}
    for row in file.rows:
        bits, fixed = cube_of(row.cube)
        if row.present not in (state, "*") or symbol & fixed != bits:
            continue
        if row.next != "*":
            other = said.setdefault(None, row)
            if other.next != row.next:
                message = f"{entry}: next state {clip(row.next)} contradicts {clip(other.next)} of line {other.line}"
                return file.error(message, row.line)
        for place, bit in enumerate(row.output):
            if bit != "-":
                other = said.setdefault(place, row)
                if other.output[place] != bit:
                    message = f"{entry}: output {row.output} contradicts {other.output} of line {other.line}"
                    return file.error(message, row.line)
    raise AssertionError("the rows do not contradict each other")


def render(machine: Machine) -> str:
    """Return a machine as KISS2 text, the same bytes for the same machine.

    Inputs on which a state does the same are merged to disjoint cubes, greedily from the last bit: not the fewest
    cubes, but each entry is in one row. Named symbols are coded by their index. An entry of which nothing is known
    has no row; a state that would then be named nowhere gets one row that says nothing. State names are kept, as far
    as KISS2 can: `_` for blanks, `#` and what cannot be printed, and a number after a name that is taken.

    Raises:
        InputError: words of more than 12 input bits.
    """
    check_width(machine)
    mealy = to_mealy(machine)
    names = plain([machine.state_name(state) for state in range(len(machine))])
    rows = [row for state in range(len(mealy)) for row in _rows(mealy, state, names)]
    named = {name for row in rows for name in row.split()[1:3]}
    blank = " ".join(("-" * mealy.inputs.width, "{}", "*", "-" * mealy.outputs.width))
    rows += [blank.format(name) for name in names if name not in named]
    lines = ["# moore"] if machine.kind == "moore" else []
    for side, alphabet in (("input", mealy.inputs), ("output", mealy.outputs)):
        for symbol, name in enumerate(alphabet.names):
            lines.append(f"# {side} {symbol:0{alphabet.width}b} = {quote(name)}")
    lines += [f".i {mealy.inputs.width}", f".o {mealy.outputs.width}"]
    for directive, alphabet in ((".ilb", mealy.inputs), (".ob", mealy.outputs)):
        if alphabet.signals:
            lines.append(f"{directive} {' '.join(plain(alphabet.bit_names))}")
    lines += [f".p {len(rows)}", f".s {len(mealy)}"]
    lines += [f".r {names[mealy.initial]}", *rows, ".e"]
    return "\n".join(lines) + "\n"


def _rows(mealy: Machine, state: int, names: list[str]) -> list[str]:
    """The rows of one state, in the order of their first inputs."""
    groups: dict[tuple[int, int, int], list[int]] = {}
    entries = zip(
        mealy.next_state[state].tolist(), mealy.output[state].tolist(), mealy.care[state].tolist(), strict=True
    )
    for symbol, entry in enumerate(entries):
        groups.setdefault(entry, []).append(symbol)
    groups.pop((UNKNOWN, UNKNOWN, 0), None)
    rows = []
    for (target, value, care), symbols in groups.items():
        tail = (
            f"{names[state]} {'*' if target == UNKNOWN else names[target]} {_bits(value, ~care, mealy.outputs.width)}"
        )
        for first, free in cubes(symbols, mealy.inputs.width):
            rows.append((first, f"{_bits(first, free, mealy.inputs.width)} {tail}"))
    return [row for _, row in sorted(rows)]


def _bits(value: int, free: int, width: int) -> str:
    return "".join("-" if free >> bit & 1 else str(value >> bit & 1) for bit in reversed(range(width)))


def cubes(symbols: list[int], width: int) -> set[tuple[int, int]]:
    """Disjoint cubes, as their first member and the mask of their free bits, that hold exactly these symbols.

    Bit after bit, two cubes that differ in this bit only become one. One pass suffices: a pair that differs in an
    earlier bit would have had all of its parts merged there.
    """
    cubes = {(symbol, 0) for symbol in symbols}
    for bit in (1 << place for place in range(width)):
        pairs = {(first, free) for first, free in cubes if not first & bit and (first | bit, free) in cubes}
        cubes -= pairs
        cubes -= {(first | bit, free) for first, free in pairs}
        cubes |= {(first, free | bit) for first, free in pairs}
    return cubes
