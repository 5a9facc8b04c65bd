"""Captures of clocked traces, as a simulator or a logic analyser would write them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from vcd import VCDWriter
from vcd.reader import ScalarChange, TokenKind, VarDecl, VectorChange, tokenize

from seqlogic.formats.clocked import Edge

__all__ = ["capture", "sampled"]


def capture(sizes: dict[str, int], rows: Sequence[dict[str, str]], *, edge: Edge = "rising", delay: int = 0) -> bytes:
    """A VCD file: a clock `top.clk`, an edge after each row, and signals of these sizes in `top.dut`, of its values.

    What a row does not name keeps its value. The values of a row come with the edge before it, as those of registers
    do, or later by a delay of less than 10.
    """
    text = io.StringIO()
    with VCDWriter(text, timescale="1 ns", date="today") as writer:
        level = 1 if edge == "falling" else 0
        clock = writer.register_var("top", "clk", "wire", 1, init=level)
        signals = {
            name: writer.register_var("top.dut", name, "wire", size, bit_index=(size - 1, 0) if size > 1 else None)
            for name, size in sizes.items()
        }
        for start in range(0, 10 * len(rows), 10):
            for name, value in rows[start // 10].items():
                writer.change(signals[name], start + delay, value)
            if edge != "both":
                writer.change(clock, start + 9, level)
            else:
                level = 1 - level
            writer.change(clock, start + 10, level if edge == "both" else 1 - level)
    return text.getvalue().encode()


def sampled(vcd: bytes, names: Sequence[str]) -> list[str]:
    """The lines of a CSV file with a sample of these signals of a VCD file at each of its times from 0, `x` if unknown.

    The signals are named without their scopes, and the first one of a name is taken.
    """
    codes: dict[str, tuple[str, int]] = {}
    values: dict[str, str] = {}
    rows: list[str] = []
    time = 0
    for token in tokenize(io.BytesIO(vcd)):
        data = token.data
        if isinstance(data, VarDecl):
            codes.setdefault(data.reference, (data.id_code, data.size))
        elif token.kind is TokenKind.CHANGE_TIME:
            assert isinstance(data, int)
            rows += [_row(codes, values, names)] * (data - time)
            time = data
        elif isinstance(data, ScalarChange | VectorChange):
            values[data.id_code] = format(data.value, "b") if isinstance(data.value, int) else data.value
    return [",".join(names) + "\n", *rows, _row(codes, values, names)]


def _row(codes: dict[str, tuple[str, int]], values: dict[str, str], names: Sequence[str]) -> str:
    cells = []
    for code, size in (codes[name] for name in names):
        value = values.get(code, "x").zfill(size)
        cells.append(value if set(value) <= set("01") else "x")
    return ",".join(cells) + "\n"
