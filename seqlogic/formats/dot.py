"""DOT, the language of Graphviz, in the dialects of AALpy and of the automata wiki (automata.cs.ru.nl).

A node is a state. The edge `__start0 -> s` marks the initial state; without it, the first state is. Mealy: an edge is
labelled `input/output`, parted at its first `/`, so that an output may hold further ones. Moore: an edge is labelled
by its input, and a node by its output, or by `name|output` where its shape is a record or that name is the node's.

What this cannot say stands in comments that the writer writes and the reader obeys: `// kind: moore`,
`// inputs: ["coin", "button"]` and `// outputs: 3 bits`. Without them the alphabets are inferred from the labels.
`// output signals: [["q", 1], ["data", 2]]` names the bits of a declared alphabet, the most significant first.
An edge to the node `__unknown` has an unknown next state; an unknown output is `-` for each bit of a word, and for a
named symbol the shortest row of `-` that is not a symbol itself. An entry without an edge is unknown. Characters that
would be misread stand in labels as Graphviz draws them: `&#47;` is a `/` that does not part input and output.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import numpy as np

from seqlogic.errors import InputError
from seqlogic.formats.dot_syntax import Edge, Graph, parse_graph
from seqlogic.formats.shared import check_entries, clip, first_twice, listed_signals, quote, show_signals
from seqlogic.machine import UNKNOWN, Alphabet, Machine

__all__ = ["parse", "render"]

_START, _UNKNOWN = "__start", "__unknown"
_REMARK = re.compile(r"//\s*(kind|inputs|outputs|input signals|output signals)\s*:\s*(.*?)\s*", re.DOTALL)
_ENTITY = r"&(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>amp|lt|gt|quot));"
_DRAWN = re.compile(rf"\\(?P<escape>.)|{_ENTITY}", re.DOTALL)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"'}


class _Said(NamedTuple):
    """A name in a label, and the line on which it stands."""

    text: str
    line: int


class _Remark(NamedTuple):
    value: str | Alphabet
    line: int


def parse(text: str, source: str) -> Machine:
    r"""Return the machine that a DOT text describes; its states are numbered in the order of their first appearance.

    >>> machine = parse('digraph { __start0 -> b; a -> b [label="x/0"]; b -> a [label="x / 1"]; }', "flip.dot")
    >>> machine.kind, machine.states, machine.initial, machine.output.tolist(), machine.inputs.names
    ('mealy', ('b', 'a'), 0, [[1], [0]], ('x',))

    Raises:
        InputError: not DOT; a label that is not of the dialect; two edges that contradict each other; a symbol
            outside a declared alphabet; an acceptor (a node of shape doublecircle).
    """
    return _Reader(parse_graph(text, source), source).machine()


class _Reader:
    """Turns a graph into a machine; `source` is for the messages."""

    def __init__(self, graph: Graph, source: str) -> None:
        self.graph = graph
        self.source = source
        self.remarks: dict[str, _Remark] = {}

    def error(self, message: str, line: int | None = None) -> InputError:
        return InputError(message, file=self.source, line=line)

    def machine(self) -> Machine:
        for text, line in self.graph.remarks:
            self.remark(text, line)
        states = [name for name in self.graph.nodes if not name.startswith(_START) and name != _UNKNOWN]
        if not states:
            raise self.error("no states, expected nodes and edges")
        number = {name: state for state, name in enumerate(states)}
        initial = number[self.initial(states)]
        edges = [edge for edge in self.graph.edges if not edge.source.startswith(_START)]
        labels = [self.edge_label(edge) for edge in edges]
        kind = self.remarks["kind"].value if "kind" in self.remarks else None
        mealy = kind == "mealy" or (kind is None and any("/" in label for label in labels))
        if mealy:
            names = [self.node_name(name) for name in states]
            pairs = [self.parted(label, edge.line) for label, edge in zip(labels, edges, strict=True)]
            read, said = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        else:
            read = [_Said(_text(label), edge.line) for label, edge in zip(labels, edges, strict=True)]
            names, said = [], []
            for name in states:
                shown, told = self.moore_label(name)
                names.append(shown or name)
                said.append(told)
        inputs, outputs = self.alphabet("inputs", read), self.alphabet("outputs", said)
        check_entries(len(states), len(inputs), self.source)

        S, X = len(states), len(inputs)
        values = [self.output(outputs, word) for word in said]
        next_state = np.full((S, X), UNKNOWN, dtype=np.int32)
        output = np.full((S, X) if mealy else S, UNKNOWN, dtype=np.int32)
        care = np.zeros_like(output)
        if not mealy:
            output[:], care[:] = zip(*values, strict=True)
        first: dict[tuple[int, int], int] = {}
        for i, edge in enumerate(edges):
            state, symbol = number[edge.source], self.symbol(inputs, read[i])
            other = first.setdefault((state, symbol), i)
            if edge.target != edges[other].target or (mealy and values[i] != values[other]):
                raise self.error(
                    f"state {clip(edge.source)}, input {clip(read[i].text)}: {clip(labels[i])} to {clip(edge.target)} "
                    f"contradicts {clip(labels[other])} to {clip(edges[other].target)} of line {edges[other].line}",
                    edge.line,
                )
            next_state[state, symbol] = number.get(edge.target, UNKNOWN)
            if mealy:
                output[state, symbol], care[state, symbol] = values[i]
        return Machine(next_state, output, inputs, outputs, care=care, initial=initial, states=tuple(names))

    def remark(self, text: str, line: int) -> None:
        match = _REMARK.fullmatch(text)
        if match is None:
            return
        key, value = match[1], match[2]
        if key in self.remarks:
            raise self.error(f"{key} declared twice, first on line {self.remarks[key].line}", line)
        if key.endswith("signals"):
            self.remarks[key] = _Remark(value, line)
        elif key != "kind":
            self.remarks[key] = _Remark(self.declared(key, value, line), line)
        elif value in ("mealy", "moore"):
            self.remarks[key] = _Remark(value, line)
        else:
            raise self.error(f"kind {clip(value)}, expected mealy or moore", line)

    def declared(self, key: str, value: str, line: int) -> Alphabet:
        bits = re.fullmatch(r"([0-9]{1,2}) bits?", value)
        if bits is not None:
            if not 1 <= int(bits[1]) <= 30:
                raise self.error(f"{key} of {bits[1]} bits, expected 1 to 30", line)
            return Alphabet.words(int(bits[1]))
        try:
            names = json.loads(value)
        except (ValueError, RecursionError):
            names = None
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise self.error(f'{key} {clip(value)}, expected `3 bits` or a list such as ["a", "b"]', line)
        if len(set(names)) < len(names):
            raise self.error(f"{key} hold {clip(first_twice(names))} twice", line)
        return Alphabet.of(names)

    def signals(self, key: str, alphabet: Alphabet) -> Alphabet:
        """A declared alphabet, its bits named as a remark has it."""
        if key not in self.remarks:
            return alphabet
        value, line = self.remarks[key]
        try:
            return listed_signals(alphabet, json.loads(str(value)))
        except RecursionError:
            raise self.error(f"{key} {clip(str(value))}, nested too deeply", line) from None
        except ValueError as error:
            message = "expected one JSON value" if isinstance(error, json.JSONDecodeError) else error
            raise self.error(f"{key} {clip(str(value))}, {message}", line) from None

    def initial(self, states: list[str]) -> str:
        """The target of the start edge, else the first state; refuses edges that make no sense on the way."""
        start: Edge | None = None
        for edge in self.graph.edges:
            if edge.target.startswith(_START):
                raise self.error(f"an edge to {clip(edge.target)}, expected only edges from it", edge.line)
            if edge.source == _UNKNOWN:
                raise self.error(f"an edge from {_UNKNOWN}, expected only edges to it", edge.line)
            if not edge.source.startswith(_START):
                continue
            if edge.target == _UNKNOWN:
                raise self.error(f"{_UNKNOWN} as the initial state, expected a state", edge.line)
            if start is not None and start.target != edge.target:
                message = f"the initial state {clip(edge.target)} contradicts {clip(start.target)} of line {start.line}"
                raise self.error(message, edge.line)
            start = edge
        return states[0] if start is None else start.target

    def edge_label(self, edge: Edge) -> str:
        label = edge.attributes.get("label")
        if label is None:
            raise self.error(
                "an edge without a label, expected `input/output`, or an input of a Moore machine", edge.line
            )
        return _without_layout(label)

    def parted(self, label: str, line: int) -> tuple[_Said, _Said]:
        read, slash, output = label.partition("/")
        if not slash:
            raise self.error(f"the label {clip(label)} has no `/`, expected `input/output`", line)
        return _Said(_text(read), line), _Said(_text(output), line)

    def node_name(self, name: str) -> str:
        """The name that a state of a Mealy machine is drawn with."""
        return _text(_without_layout(self.graph.nodes[name].attributes.get("label", "")), name) or name

    def moore_label(self, name: str) -> tuple[str, _Said]:
        """The name of a state, empty if it has none, and its output."""
        node = self.graph.nodes[name]
        label, shape = node.attributes.get("label"), node.attributes.get("shape", "")
        if label is None:
            raise self.error(f"the node {clip(name)} has no label, expected its output", node.line)
        label = _without_layout(label)
        braced = re.fullmatch(r"\{(.*)\}", label, re.DOTALL)
        fields = re.sub(r"(\\.)|\|", lambda bar: bar[1] or "\0", braced[1] if braced else label, flags=re.DOTALL).split(
            "\0"
        )
        if "record" in shape.lower() or (len(fields) > 1 and fields[0].strip() == name):
            if len(fields) != 2:
                raise self.error(f"the label {clip(label)} of {clip(name)}, expected `name|output`", node.line)
            return _text(fields[0], name), _Said(_text(fields[1], name), node.line)
        if shape.lower() == "doublecircle":
            raise self.error(f"the node {clip(name)} accepts, expected a Mealy or a Moore machine", node.line)
        return "", _Said(_text(label, name), node.line)

    def alphabet(self, key: str, said: list[_Said]) -> Alphabet:
        """The declared alphabet, else the inferred one."""
        if key in self.remarks:
            alphabet = self.remarks[key].value
            assert isinstance(alphabet, Alphabet)
            return self.signals(f"{key[:-1]} signals", alphabet)
        if not said:
            raise self.error("no transitions, expected edges with labels")
        for text, line in said:
            if not text:
                raise self.error(f"an empty symbol among the {key}, expected a name", line)
        return Alphabet.inferred(text for text, _ in said)

    def symbol(self, alphabet: Alphabet, said: _Said) -> int:
        try:
            return alphabet.index(said.text)
        except ValueError:
            raise self.foreign("inputs", said) from None

    def output(self, alphabet: Alphabet, said: _Said) -> tuple[int, int]:
        if alphabet.bits is None and said.text == _unknown_mark(alphabet):
            return UNKNOWN, 0
        try:
            return alphabet.parse(said.text)
        except ValueError:
            raise self.foreign("outputs", said) from None

    def foreign(self, key: str, said: _Said) -> InputError:
        line = self.remarks[key].line
        return self.error(f"{clip(said.text)}, expected one of the {key} that line {line} declares", said.line)


def _without_layout(label: str) -> str:
    """A label without blanks around it, escaped line ends being blanks."""
    return re.sub(r"\\(.)", lambda escape: " " if escape[1] in "nlr" else escape[0], label, flags=re.DOTALL).strip()


def _text(label: str, node: str = "") -> str:
    r"""A label, or a part of one, as Graphviz draws it; `\N` is the name of the node."""

    def drawn(match: re.Match[str]) -> str:
        if match["escape"] is not None:
            return node if match["escape"] == "N" else match["escape"]
        if match["name"] is not None:
            return _ENTITIES[match["name"]]
        code = int(match["decimal"]) if match["decimal"] else int(match["hex"], 16)
        return chr(code) if code <= 0x10FFFF else match[0]

    return _DRAWN.sub(drawn, label.strip())


def _unknown_mark(alphabet: Alphabet) -> str:
    mark = "-"
    while mark in alphabet.names:
        mark += "-"
    return mark


def render(machine: Machine) -> str:
    """Return a machine as DOT text for Graphviz, an edge for each known entry, the same bytes for the same machine.

    The nodes are s0, s1, ... in the order of the states, labelled with their names, if there are any; in a Moore
    machine with `name|output`.
    """
    mealy = machine.kind == "mealy"
    names = [machine.state_name(state) for state in range(len(machine))]
    shape = "record, style=rounded" if not mealy else "circle" if max(map(len, names)) <= 4 else "ellipse"
    lines = [f"// kind: {machine.kind}"]
    for key, alphabet in (("inputs", machine.inputs), ("outputs", machine.outputs)):
        listed = "[" + ", ".join(quote(name) for name in alphabet.names) + "]"
        lines.append(f"// {key}: {listed if alphabet.bits is None else f'{alphabet.bits} bits'}")
        if alphabet.signals:
            lines.append(f"// {key[:-1]} signals: {show_signals(alphabet)}")
    lines += ["digraph machine {", "    rankdir=LR;", f"    node [shape={shape}];"]
    lines.append(f'    {_START}0 [label="", shape=none, style="", width=0, height=0];')
    if mealy and ((machine.next_state == UNKNOWN) & (machine.care != 0)).any():
        lines.append(f'    {_UNKNOWN} [label="?", shape=none];')
    for state, name in enumerate(names):
        label = _escaped(name, "|{}<>")
        if not mealy:
            shown = _shown(machine.outputs, int(machine.output[state]), int(machine.care[state]))
            label += "|" + _escaped(shown, "|{}<>")
        lines.append(f'    s{state} [label="{label}"];')
    lines.append(f"    {_START}0 -> s{machine.initial};")
    for state, row in enumerate(machine.next_state.tolist()):
        for symbol, target in enumerate(row):
            label = _escaped(machine.inputs.name(symbol), "/")
            care = int(machine.care[state, symbol]) if mealy else 0
            if target == UNKNOWN and care == 0:
                continue
            if mealy:
                label += "/" + _escaped(_shown(machine.outputs, int(machine.output[state, symbol]), care), "")
            lines.append(f'    s{state} -> {_UNKNOWN if target == UNKNOWN else f"s{target}"} [label="{label}"];')
    return "\n".join([*lines, "}"]) + "\n"


def _shown(outputs: Alphabet, value: int, care: int) -> str:
    return _unknown_mark(outputs) if outputs.bits is None and care == 0 else outputs.show(value, care)


def _escaped(name: str, special: str) -> str:
    """A name as a part of a label, such that `_text` gives it back: nothing in it is blank, special or an escape."""
    name = re.sub(_ENTITY, lambda entity: "&amp;" + entity[0][1:], name)
    inner = name.strip(" ")
    # Blanks only are the left end of nothing.
    left = len(name) - len(name.lstrip(" "))
    right = len(name) - left - len(inner)
    text = "".join(
        "\\" + c if c in '"\\' else c if c.isprintable() and c not in special else f"&#{ord(c)};" for c in inner
    )
    return "&#32;" * left + text + "&#32;" * right
