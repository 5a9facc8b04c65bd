"""KISS2 of words too wide for a table, as a circuit: a product for each row."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.encoding import state_codes
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
from seqlogic.formats.shared import clip, free_name
from seqlogic.synthesis import Gates

__all__ = ["is_wide", "parse_circuit"]

_HEADER = 1 << 16
"""So many bytes are looked at for the header."""
_MOST_LOOKS = 10_000
"""So many parts of the words are looked at to see whether the rows say all."""
_WIDTH = re.compile(r"^\s*\.([io])\s+(\d{1,9})\s*(?:#.*)?$", re.MULTILINE)
_NAMED = re.compile(r"^\s*#\s*(?:input|output)\s+[01]+\s*=", re.MULTILINE)


def is_wide(path: Path) -> bool:
    """Whether a file is KISS2 of more input or output bits than a table has, and its symbols have no names."""
    if path.suffix.lower() != ".kiss2" or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER).decode("utf-8", "replace")
    except OSError:
        return False
    most = {"i": MOST_INPUT_BITS, "o": MOST_OUTPUT_BITS}
    return any(int(bits) > most[what] for what, bits in _WIDTH.findall(header)) and not _NAMED.search(header)


def parse_circuit(text: str, source: str) -> Circuit:
    r"""Return the circuit that a KISS2 text describes, its states coded in binary in the order of their first rows.

    It answers as hardware does, and as a table that is `complete`: an output bit that no row says is 0 with the output
    `error`, and after a step that no row says where to go every output is 0 with `error`. Where the rows say all,
    `error` is constant. O(rows^2) time, for rows that overlap must agree.

    >>> parse_circuit(".i 1\n.o 1\n0 off off 0\n1 off on 0\n- on on 1\n", "latch.kiss2")
    <Circuit 1 inputs, 1 latches, 2 outputs, 1 gates>

    Raises:
        InputError: a malformed line, rows that contradict each other, or a header that does not agree with the rows.
    """
    file = scan(text, source)
    ins, outs = widths_of(file)
    names, initial = states_of(file)
    of_state = {name: [row for row in file.rows if row.present in (name, "*")] for name in names}
    for name in names:
        _check(file, name, of_state[name])
    goes = {name: _covers([cube_of(row.cube) for row in of_state[name] if row.next != "*"]) for name in names}
    lost = not all(goes.values())
    codes = state_codes(len(names) + lost, "binary")
    target_code = {name: codes[place] for place, name in enumerate(names)} | {"*": codes[-1]}
    L = codes.shape[1]
    gates = Gates(ins + L)
    leaves = gates.leaf_literals()
    is_state = [
        gates.all_of([bit ^ int(not one) for bit, one in zip(leaves[ins:], code, strict=True)])
        for code in codes.tolist()
    ]
    # What sets each bit of the next state, each output, and the error output.
    sets: list[list[int]] = [[] for _ in range(L + outs + 1)]
    for here, name in zip(is_state, names, strict=False):
        rows = of_state[name]
        products = [gates.and_(here, _product(gates, row.cube, leaves[:ins])) for row in rows]
        targets: dict[str, list[int]] = {}
        for row, product in zip(rows, products, strict=True):
            if row.next != "*":
                targets.setdefault(row.next, []).append(product)
            for bit in range(outs):
                if row.output[outs - 1 - bit] == "1":
                    sets[L + bit].append(product)
        goes_to = {target: gates.any_of(reasons) for target, reasons in targets.items()}
        if not goes[name]:
            goes_to["*"] = gates.and_(here, gates.any_of(goes_to.values()) ^ 1)
        for target, reason in goes_to.items():
            for bit in np.flatnonzero(target_code[target]).tolist():
                sets[bit].append(here if len(goes_to) == 1 else reason)
        for bit in range(outs):
            known = [row.output[outs - 1 - bit] != "-" for row in rows]
            if not _covers([cube_of(row.cube) for row in itertools.compress(rows, known)]):
                sets[-1].append(gates.and_(here, gates.any_of(itertools.compress(products, known)) ^ 1))
    if lost:
        for bit in [*np.flatnonzero(codes[-1]).tolist(), -1]:
            sets[bit].append(is_state[-1])
    roots = [gates.any_of(reasons) for reasons in sets]
    inputs = _bits(file, ".ilb", "symbol", ins, set())
    outputs = _bits(file, ".ob", "output", outs, set(inputs))
    taken = {*inputs, *outputs}
    error = "error" if "error" not in taken else free_name("error", taken)
    return circuit_of(
        gates,
        inputs=inputs,
        latches=[name if (name := f"state[{bit}]") not in taken else free_name(name, taken) for bit in range(L)],
        outputs=[*outputs, error],
        next_state=roots[:L],
        output=roots[L:],
        reset=codes[initial],
    )


def _bits(file: File, directive: str, word: str, width: int, taken: set[str]) -> list[str]:
    """The names of bits, the least significant first, as the file calls them."""
    labels = file.labels.get(directive)
    names = [f"{word}[{bit}]" for bit in range(width)] if labels is None else labels[0][::-1]
    return [name if name not in taken else free_name(name, {*taken, *names}) for name in names]


def _product(gates: Gates, cube: str, symbol: Sequence[int]) -> int:
    return gates.all_of(
        [leaf ^ int(value == "0") for leaf, value in zip(reversed(symbol), cube, strict=True) if value != "-"]
    )


def _covers(cubes: Sequence[tuple[int, int]]) -> bool:
    """Whether each word is in one of the cubes, values and masks of the bits that they fix (Shannon expansion).

    False also where that takes too long to say: then there is logic for words that there are none of.
    """
    open_, looks = [list(cubes)], 0
    while open_:
        cubes, looks = open_.pop(), looks + 1
        if any(fixed == 0 for _, fixed in cubes):
            continue
        # Not enough of them to hold all words.
        if looks > _MOST_LOOKS or sum(0.5 ** fixed.bit_count() for _, fixed in cubes) < 1:
            return False
        count = Counter(bit for _, fixed in cubes for bit in range(fixed.bit_length()) if fixed >> bit & 1)
        bit = 1 << count.most_common(1)[0][0]
        open_ += [
            [(value & ~bit, fixed & ~bit) for value, fixed in cubes if not fixed & bit or value & bit == side]
            for side in (0, bit)
        ]
    return True


def _check(file: File, state: str, rows: Sequence[Row]) -> None:
    """InputError for the first row that contradicts an earlier one of the state."""
    cubes = [cube_of(row.cube) for row in rows]
    for place, row in enumerate(rows):
        value, fixed = cubes[place]
        for other, (its_value, its_fixed) in zip(rows[:place], cubes, strict=False):
            if (value ^ its_value) & fixed & its_fixed:
                continue
            word = format(value | its_value, f"0{len(row.cube)}b")
            entry = f"state {clip(state)}, input {clip(word)}"
            if "*" not in (row.next, other.next) and row.next != other.next:
                message = f"{entry}: next state {clip(row.next)} contradicts {clip(other.next)} of line {other.line}"
                raise file.error(message, row.line)
            if any(a != b and "-" not in (a, b) for a, b in zip(row.output, other.output, strict=True)):
                message = f"{entry}: output {row.output} contradicts {other.output} of line {other.line}"
                raise file.error(message, row.line)
