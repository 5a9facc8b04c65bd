"""A machine on a page: its state diagram and its table."""

from __future__ import annotations

import re

import numpy as np

from seqlogic.chart import escape
from seqlogic.drawing import draw, table
from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Machine
from seqlogic.report.page import row

__all__ = ["machine_figure"]

_MOST_STATES, _MOST_SYMBOLS = 40, 64
_BESIDE = 560
"""A drawing as wide as this has room for the table beside it."""


def machine_figure(machine: Machine, uses: np.ndarray | None) -> str:
    """The state diagram, its edges as wide as they are used, and the table; the table alone without pygraphviz."""
    text = f'<pre class="table" tabindex="0">{escape(table(machine, limit=_MOST_STATES))}</pre>'
    try:
        drawing = draw(machine, uses)
    except InputError:
        # pygraphviz is an extra: who lacks it gets the page all the same.
        return text
    # A small drawing is enlarged a little, a wide one shrunk to the page, with a box to tick for its full size.
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', drawing)[0])
    zoom = '<label><input type="checkbox"> full size</label>' if width > 900 else ""
    size = f"width:{width * min(max(480 / width, 1), 1.4):.0f}px;--least:{min(width * 0.5, 900):.0f}px"
    diagram = f'<div class="diagram" tabindex="0">{zoom}<div style="{size}">\n{drawing}</div></div>'
    small = len(machine) <= _MOST_STATES and len(machine.inputs) <= _MOST_SYMBOLS
    body = f'<div class="scroll" tabindex="0">{_table(machine)}</div>' if small else text
    kind = "next state" if machine.kind == "moore" else "next state / output"
    beside = " beside" if machine.entries <= 24 and width <= _BESIDE else ""
    opened = " open" if machine.entries <= 24 else ""
    return (
        f'<div class="machine{beside}">\n{diagram}\n<details{opened}>'
        f"<summary>Transition table <span>{kind}; - is unknown</span></summary>\n{body}\n</details>\n</div>"
    )


def _table(machine: Machine) -> str:
    """The transition table, the longer of states and input symbols running down."""
    moore = machine.kind == "moore"
    symbols = range(len(machine.inputs))
    grid = [["state", *(["output"] if moore else []), *map(machine.inputs.name, symbols)]]
    for state in range(len(machine)):
        start = "\u25b8 " if state == machine.initial else ""
        output = [machine.outputs.show(int(machine.output[state]), int(machine.care[state]))] if moore else []
        cells = [_entry(machine, state, symbol) for symbol in symbols]
        grid.append([start + machine.state_name(state), *output, *cells])
    if len(symbols) > len(machine):
        grid = [list(column) for column in zip(*grid, strict=True)]
        grid[0][0] = "input"
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in grid[0])
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{''.join(map(row, grid[1:]))}</tbody></table>"


def _entry(machine: Machine, state: int, symbol: int) -> str:
    target = int(machine.next_state[state, symbol])
    name = "-" if target == UNKNOWN else machine.state_name(target)
    if machine.kind == "moore":
        return name
    return f"{name} / {machine.outputs.show(int(machine.output[state, symbol]), int(machine.care[state, symbol]))}"
