"""A machine for the eye: the state diagram as SVG, and the table as text."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet, Machine, to_mealy

__all__ = ["MOST_EDGES", "MOST_STATES", "draw", "table"]

MOST_STATES = 60
"""Of a machine with more states, `draw` only says how many there are."""

MOST_EDGES = 240
"""Of a machine with more edges, parallel ones counted once, `draw` only says how many there are."""

_SVG = "http://www.w3.org/2000/svg"
_MOST_TOKENS = 6
_MOST_WIDTH = 30
_LONGEST_NAME = 24
_STATE_SIZE, _EDGE_SIZE = 13.0, 11.0
# What a fixed-width font takes for a letter and for a line, in its size.
_ADVANCE, _LEADING = 0.61, 1.25

# Where the drawing is a document of its own, it follows the reader's theme. Within a page it takes the page's colour,
# and if the page gives the colour of its background as --page, labels keep clear of the lines behind them.
_STYLE = """
:root.seqlogic-machine { color-scheme: light dark; color: #1f2328; --page: Canvas }
@media (prefers-color-scheme: dark) { :root.seqlogic-machine { color: #e6edf3 } }
.seqlogic-machine { max-width: 100%; height: auto }
.seqlogic-machine text { fill: currentColor; text-anchor: middle; white-space: pre;
  paint-order: stroke; stroke: var(--page, transparent); stroke-width: 3px; stroke-linejoin: round;
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.seqlogic-machine ellipse { fill: currentColor; fill-opacity: .07; stroke: currentColor; stroke-width: 1.3 }
.seqlogic-machine path { fill: none; stroke: currentColor; stroke-opacity: .5 }
.seqlogic-machine polygon { fill: currentColor; fill-opacity: .75; stroke: none }
.seqlogic-machine .state text { stroke: none; font-weight: 600 }
.seqlogic-machine .state text + text { font-weight: 400 }
.seqlogic-machine .unknown, .seqlogic-machine .note { opacity: .6 }
.seqlogic-machine .unknown path, .seqlogic-machine .unseen path { stroke-dasharray: 5 3 }
"""


class _Edge(NamedTuple):
    """All entries of one state that lead to the same next state (UNKNOWN: they have an output, but no next state)."""

    source: int
    target: int
    lines: list[str]
    title: str
    kind: str


class _Part(NamedTuple):
    """What a state or an edge of the layout becomes: its class, its tooltip, and the lines of its text."""

    kind: str
    title: str
    lines: Sequence[str]
    size: float


def draw(machine: Machine, uses: np.ndarray | None = None) -> str:
    """Return the state diagram as an SVG document, the same bytes for the same machine and the same Graphviz.

    An edge stands for all entries between its two states, each labelled `input/output` (Mealy) or `input` (Moore,
    whose outputs stand in the states). Words of bits are merged to cubes, in which `-` is either value; beyond six
    labels an edge says how many more it has, and its tooltip names them all. What is unknown is dashed, or counted in
    a note. Above MOST_STATES states or MOST_EDGES edges the drawing only says so.

    Args:
        machine: what is drawn.
        uses: int [S, X], how often examples pass each entry. Each edge then says how often in all, and is
            dashed if they never do.

    Raises:
        InputError: pygraphviz is not installed.
    """
    edges = _edges(machine, uses)
    if len(machine) > MOST_STATES or len(edges) > MOST_EDGES:
        return _placeholder(machine, len(edges))
    try:
        from pygraphviz import AGraph  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise InputError(
            "drawing needs pygraphviz, install the extra `report` (in the checkout: pip install '.[report]')"
        ) from None

    # Graphviz lays out circles and boxes of given sizes and never sees a text: nothing in a name can be taken for its
    # markup, and the layout does not depend on the fonts of this computer.
    graph = AGraph(directed=True, strict=False)
    # Edges with long labels side by side take less room than one after the other.
    widest = max((_width(line) for edge in edges for line in edge.lines), default=0)
    graph.graph_attr.update(
        rankdir="LR" if widest <= 14 else "TB", nodesep="0.35", ranksep="0.5", bgcolor="transparent"
    )
    graph.node_attr.update(shape="circle", fixedsize="true", label="")
    graph.edge_attr.update(arrowsize="0.7")
    parts = {}
    for state in range(len(machine)):
        lines = _state_lines(machine, state)
        graph.add_node(state, id=f"state{state}", width=f"{_diameter(lines) / 72:.3f}")
        parts[f"state{state}"] = _Part("state", machine.state_name(state), lines, _STATE_SIZE)
    graph.add_node("before", shape="point", width="0.01")
    graph.add_edge("before", machine.initial, key="start", id="start")
    parts["start"] = _Part("edge", "initial state", [], _EDGE_SIZE)
    for number, edge in enumerate(edges):
        target = edge.target if edge.target != UNKNOWN else f"stub{edge.source}"
        if edge.target == UNKNOWN:
            graph.add_node(target, id=target, width="0.3")
            parts[str(target)] = _Part("unknown", "next state unknown", ["?"], _EDGE_SIZE)
        graph.add_edge(edge.source, target, key=number, id=f"edge{number}", label=_box(edge.lines))
        parts[f"edge{number}"] = _Part(edge.kind, edge.title, edge.lines, _EDGE_SIZE)
    layout = ElementTree.fromstring(graph.draw(format="svg", prog="dot"))
    return _finish(layout, parts, _note(machine), f"{len(machine)} states")


def table(machine: Machine, *, limit: int = 40) -> str:
    """Return the table as text: a line for each state, a column for each input symbol, `-` for what is unknown.

    An entry is `next state/output`; a Moore machine has its outputs in the first column. The initial state is marked
    with `>`. After `limit` states, or as many symbols, a line says how many are left out.
    """
    symbols = range(min(len(machine.inputs), limit))
    moore = machine.kind == "moore"
    rows = [["", "state", *(["output"] if moore else []), *(machine.inputs.name(symbol) for symbol in symbols)]]
    for state in range(min(len(machine), limit)):
        row = [">" if state == machine.initial else "", machine.state_name(state)]
        if moore:
            row.append(machine.outputs.show(int(machine.output[state]), int(machine.care[state])))
        for symbol in symbols:
            target = int(machine.next_state[state, symbol])
            name = "-" if target == UNKNOWN else machine.state_name(target)
            row.append(name if moore else f"{name}/{_output(machine, state, symbol)}")
        rows.append(row)
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for what, count in (("states", len(machine)), ("input symbols", len(machine.inputs))):
        if count > limit:
            lines.append(f"... {count - limit} more {what}")
    return "\n".join(lines) + "\n"


def _edges(machine: Machine, uses: np.ndarray | None) -> list[_Edge]:
    """The edges, by state and then by the first symbol; entries of which nothing is known have none."""
    mealy = to_mealy(machine)
    edges = []
    for state in range(len(mealy)):
        targets: dict[int, dict[tuple[int, int], list[int]]] = {}
        for symbol in range(len(mealy.inputs)):
            target, care = int(mealy.next_state[state, symbol]), int(mealy.care[state, symbol])
            if target != UNKNOWN or care:
                output = int(mealy.output[state, symbol])
                targets.setdefault(target, {}).setdefault((output, care), []).append(symbol)
        for target, groups in targets.items():
            labels = [
                (token, "" if machine.kind == "moore" else mealy.outputs.show(output, care), count)
                for (output, care), symbols in groups.items()
                for token, count in _tokens(mealy.inputs, symbols)
            ]
            name = "?" if target == UNKNOWN else machine.state_name(target)
            title = f"{machine.state_name(state)} \u2192 {name}: "
            title += ", ".join(f"{token}/{output}" if output else token for token, output, _ in labels)
            known = target != UNKNOWN and (machine.kind == "moore" or any(care for _, care in groups))
            lines, kind = _lines(labels), "edge" if known else "unknown"
            if uses is not None:
                often = int(uses[state, [symbol for symbols in groups.values() for symbol in symbols]].sum())
                said = f"{often:,}\u00d7" if often else "never seen"
                lines, title = [*lines, said], f"{title} ({said})"
                kind = kind if often else "unseen"
            edges.append(_Edge(state, target, lines, title, kind))
    return edges


def _tokens(inputs: Alphabet, symbols: list[int]) -> list[tuple[str, int]]:
    """Names for a set of symbols, as few as are found quickly, and how many symbols each stands for."""
    if inputs.bits is None:
        if len(symbols) == len(inputs) > 2:
            return [("any", len(symbols))]
        return [(inputs.name(symbol), 1) for symbol in symbols]
    # Bit after bit, two cubes that differ in this bit only become one; a cube is its first word and its free bits.
    cubes = {(symbol, 0) for symbol in symbols}
    for bit in (1 << place for place in range(inputs.bits)):
        low = {(first, free) for first, free in cubes if not first & bit and (first | bit, free) in cubes}
        cubes -= low | {(first | bit, free) for first, free in low}
        cubes |= {(first, free | bit) for first, free in low}
    names = []
    for first, free in sorted(cubes):
        bits = ("-" if free >> place & 1 else str(first >> place & 1) for place in reversed(range(inputs.bits)))
        names.append(("".join(bits), 1 << free.bit_count()))
    return names


def _lines(labels: list[tuple[str, str, int]]) -> list[str]:
    """The label of an edge: one line or more for each output, symbols before it, and at most so many symbols."""
    kept = labels if len(labels) <= _MOST_TOKENS + 1 else labels[:_MOST_TOKENS]
    lines: list[str] = []
    tokens: list[str] = []
    for place, (token, output, _) in enumerate(kept):
        name = _clip(token)
        if tokens and _width(", ".join([*tokens, name])) > _MOST_WIDTH:
            lines.append(", ".join(tokens) + ",")
            tokens = []
        tokens.append(name)
        if place + 1 == len(kept) or kept[place + 1][1] != output:
            lines.append(", ".join(tokens) + (f"/{_clip(output)}" if output else ""))
            tokens = []
    left_out = sum(count for _, _, count in labels[len(kept) :])
    return [*lines, f"\u2026 {left_out} more"] if left_out else lines


def _output(machine: Machine, state: int, symbol: int) -> str:
    return machine.outputs.show(int(machine.output[state, symbol]), int(machine.care[state, symbol]))


def _state_lines(machine: Machine, state: int) -> list[str]:
    name = _clip(machine.state_name(state), 12)
    if machine.kind == "mealy":
        return [name]
    return [name, _clip(machine.outputs.show(int(machine.output[state]), int(machine.care[state])), 12)]


def _note(machine: Machine) -> str:
    unknown = machine.next_state == UNKNOWN
    if machine.kind == "mealy":
        unknown &= machine.care == 0
    count = int(unknown.sum())
    return f"unknown, not drawn: {count} of {machine.entries} entries" if count else ""


def _clip(text: str, limit: int = _LONGEST_NAME) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


def _width(text: str) -> int:
    """The columns of a terminal, or of a fixed-width font, that a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _diameter(lines: Sequence[str]) -> float:
    """The circle, in points, that holds the lines of a state."""
    width = max(map(_width, lines)) * _ADVANCE * _STATE_SIZE
    return max(36.0, math.hypot(width, len(lines) * _STATE_SIZE) + 8)


def _box(lines: Sequence[str]) -> str:
    """A red frame, found again by its colour, of the size of the lines."""
    width = max(map(_width, lines)) * _ADVANCE * _EDGE_SIZE + 6
    return (
        '<<TABLE BORDER="1" COLOR="red" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" '
        f'WIDTH="{width:.0f}" HEIGHT="{len(lines) * _LEADING * _EDGE_SIZE + 2:.0f}"><TR><TD></TD></TR></TABLE>>'
    )


def _finish(layout: ElementTree.Element, parts: Mapping[str, _Part], note: str, title: str) -> str:
    """The drawing: the shapes of the layout without its colours, and the texts."""
    width, height = (float(number) for number in layout.attrib["viewBox"].split()[2:])
    wide = max(width, len(note) * _ADVANCE * _EDGE_SIZE + 8)
    drawing = _document(wide, height + (24 if note else 0), title)
    body = layout.find(f"{{{_SVG}}}g")
    assert body is not None
    shapes = ElementTree.SubElement(drawing, "g", transform=body.attrib["transform"])
    texts = ElementTree.SubElement(drawing, "g", transform=body.attrib["transform"])
    for group in body.findall(f"{{{_SVG}}}g"):
        part = parts.get(group.get("id", ""))
        if part is not None:
            _write(_titled(texts, part), part.lines, _copy(_titled(shapes, part), group), part.size)
    if note:
        _write(ElementTree.SubElement(drawing, "g", {"class": "note"}), [note], (wide / 2, height + 10), _EDGE_SIZE)
    return _text(drawing)


def _document(width: float, height: float, title: str) -> ElementTree.Element:
    size = {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}"}
    drawing = ElementTree.Element("svg", {"xmlns": _SVG, "class": "seqlogic-machine", **size, "role": "img"})
    ElementTree.SubElement(drawing, "title").text = title
    ElementTree.SubElement(drawing, "style").text = _STYLE
    return drawing


def _titled(place: ElementTree.Element, part: _Part) -> ElementTree.Element:
    group = ElementTree.SubElement(place, "g", {"class": part.kind})
    ElementTree.SubElement(group, "title").text = _printable(part.title)
    return group


def _copy(place: ElementTree.Element, group: ElementTree.Element) -> tuple[float, float]:
    """Copy the shapes of one state or edge; return the centre of its circle or frame, where its text belongs."""
    centre = (0.0, 0.0)
    for shape in group:
        tag = shape.tag.removeprefix(f"{{{_SVG}}}")
        if tag == "polygon" and shape.get("stroke") == "red":
            corners = [tuple(map(float, corner.split(","))) for corner in shape.attrib["points"].split()]
            (left, bottom), (right, top) = corners[0], corners[2]
            centre = ((left + right) / 2, (top + bottom) / 2)
        elif tag in ("path", "polygon", "ellipse"):
            kept = ("d", "points", "cx", "cy", "rx", "ry")
            ElementTree.SubElement(place, tag, {key: shape.attrib[key] for key in kept if key in shape.attrib})
            if tag == "ellipse":
                centre = (float(shape.attrib["cx"]), float(shape.attrib["cy"]))
    return centre


def _write(place: ElementTree.Element, lines: Sequence[str], centre: tuple[float, float], size: float) -> None:
    """Write lines one below the other around a centre."""
    x, y = centre
    # Letters and digits stand about 0.7 of the size above their base line.
    first = y + 0.35 * size - (len(lines) - 1) / 2 * _LEADING * size
    for number, line in enumerate(lines):
        at = {"x": f"{x:.2f}", "y": f"{first + number * _LEADING * size:.2f}", "font-size": f"{size:g}"}
        ElementTree.SubElement(place, "text", at).text = _printable(line)


def _printable(text: str) -> str:
    """XML has no way to write control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _text(drawing: ElementTree.Element) -> str:
    ElementTree.indent(drawing, " ")
    return ElementTree.tostring(drawing, encoding="unicode") + "\n"


def _placeholder(machine: Machine, edges: int) -> str:
    drawing = _document(480, 90, f"{len(machine)} states")
    _write(drawing, [f"{len(machine)} states and {edges} edges: too many to draw"], (240, 36), 15)
    _write(drawing, ["the table has every entry"], (240, 60), 12)
    return _text(drawing)
