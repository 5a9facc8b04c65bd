"""AIGER 1.9, the format of and-inverter graphs in hardware model checking (Biere, Heljanko and Wieringa, 2011).

Both forms are written: the binary one (`.aig`), in which a gate is two differences in seven-bit groups, and the text
(`.aag`). Latches carry their reset values, and the symbol table the names of inputs, latches and outputs.
"""

from __future__ import annotations

from collections.abc import Iterable

from seqlogic.circuit import Circuit

__all__ = ["render", "render_text"]


def render(circuit: Circuit) -> bytes:
    r"""Return a circuit as binary AIGER, the same bytes for the same circuit.

    >>> import numpy as np
    >>> no_gates = np.zeros((0, 2), dtype=np.int32)
    >>> toggle = Circuit((), ("q",), ("y",), no_gates, next_state=[3], output=[2], reset=[True])
    >>> render(toggle)
    b'aig 1 0 1 1 0\n3 1\n2\nl0 q\no0 y\n'

    Raises:
        ValueError: a name with a line break.
    """
    latches = [f"{literal}{_reset(reset)}" for literal, reset in _latches(circuit)]
    head = _lines([_header("aig", circuit), *latches, *map(str, circuit.output.tolist())])
    first = 1 + len(circuit.inputs) + len(circuit.latches)
    gates = bytearray()
    for gate, (larger, smaller) in enumerate(circuit.ands.tolist(), start=first):
        gates += _packed(2 * gate - larger) + _packed(larger - smaller)
    return head.encode() + bytes(gates) + _lines(_symbols(circuit)).encode()


def render_text(circuit: Circuit) -> str:
    """Return a circuit as AIGER text, of the same meaning as the binary form.

    Raises:
        ValueError: a name with a line break.
    """
    ins, L = len(circuit.inputs), len(circuit.latches)
    lines = [_header("aag", circuit)]
    lines += [str(2 * variable) for variable in range(1, 1 + ins)]
    lines += [f"{2 * (1 + ins + i)} {literal}{_reset(reset)}" for i, (literal, reset) in enumerate(_latches(circuit))]
    lines += map(str, circuit.output.tolist())
    lines += [f"{2 * (1 + ins + L + i)} {a} {b}" for i, (a, b) in enumerate(circuit.ands.tolist())]
    return _lines([*lines, *_symbols(circuit)])


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


def _symbols(circuit: Circuit) -> list[str]:
    lines = []
    for kind, names in (("i", circuit.inputs), ("l", circuit.latches), ("o", circuit.outputs)):
        for number, name in enumerate(names):
            if "\n" in name or "\r" in name or not name:
                raise ValueError(f"AIGER cannot hold the name {name!r}")
            lines.append(f"{kind}{number} {name}")
    return lines


def _lines(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)
