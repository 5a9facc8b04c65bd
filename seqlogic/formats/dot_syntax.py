"""The part of the DOT language that automata are written in: one flat directed graph, read into nodes and edges."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from seqlogic.errors import InputError
from seqlogic.formats.shared import clip

__all__ = ["Edge", "Graph", "Node", "parse_graph"]

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
    | (?P<remark>//[^\n]*)
    | (?P<comment>\#[^\n]*|/\*.*?\*/)
    | (?P<quoted>"[^"\\]*(?:\\.[^"\\]*)*")
    | (?P<bare>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*
             | -?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?![A-Za-z0-9_\x80-\U0010ffff]))
    | (?P<mark>->|--|[][{}=,;:+])
    """,
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = ("strict", "graph", "digraph", "node", "edge", "subgraph")


@dataclass
class Node:
    """A node, in the order in which its name first appears; `line` is that of this place."""

    line: int
    attributes: dict[str, str]


class Edge(NamedTuple):
    """An edge; a chain `a -> b -> c` is two."""

    source: str
    target: str
    attributes: dict[str, str]
    line: int


@dataclass
class Graph:
    """A directed graph. Quoted names have lost their quotes; escapes other than `\\"` are as they were.

    Attributes:
        nodes: by name, in the order of their first appearance.
        edges: in the order of the text.
        remarks: the `//` comments with their lines.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    remarks: list[tuple[str, int]] = field(default_factory=list)


class _Token(NamedTuple):
    kind: str  # "id", "keyword", "mark" or "end"
    text: str
    line: int

    def __str__(self) -> str:
        return "the end of the file" if self.kind == "end" else clip(self.text)


def parse_graph(text: str, source: str) -> Graph:
    r"""Return the graph that a DOT text describes, in time linear in the text.

    Reads `strict`, default attributes of nodes and edges, attribute lists parted by commas, semicolons or blanks,
    chains of edges, ports (which it ignores), strings joined by `+`, and all kinds of comments.

    >>> graph = parse_graph('digraph { node [shape=circle] a -> "b" [label="x/1"] }', "g.dot")
    >>> list(graph.nodes), graph.nodes["b"].attributes, graph.edges[0].attributes
    (['a', 'b'], {'shape': 'circle'}, {'label': 'x/1'})

    Raises:
        InputError: not DOT; or DOT of which no automaton is made: undirected graphs, subgraphs, HTML labels, more
            than one graph.
    """
    graph = Graph()
    _Parser(_tokens(text, source, graph), source, graph).graph_statement()
    return graph


def _tokens(text: str, source: str, graph: Graph) -> list[_Token]:
    tokens: list[_Token] = []
    place, line = 0, 1
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise InputError(_not_a_token(text, place), file=source, line=line)
        kind, value = str(match.lastgroup), match[0]
        if kind == "remark":
            graph.remarks.append((value, line))
        elif kind == "quoted":
            value = re.sub(r"\\(\\|\"|\n)", lambda escape: {'"': '"', "\n": ""}.get(escape[1], "\\\\"), value[1:-1])
            tokens.append(_Token("id", value, line))
        elif kind == "bare":
            tokens.append(_Token("keyword" if value.lower() in _KEYWORDS else "id", value, line))
        elif kind == "mark":
            tokens.append(_Token("mark", value, line))
        line += match[0].count("\n")
        place = match.end()
    tokens.append(_Token("end", "", line))
    return tokens


def _not_a_token(text: str, place: int) -> str:
    if text[place] == "<":
        return "an HTML label, expected a quoted one"
    if text[place] == '"':
        return "a string without its closing quote"
    if text.startswith("/*", place):
        return "a comment without its closing `*/`"
    word = text[place : place + 10].split(maxsplit=1)[0]
    return f"{clip(word)} is not DOT, expected a name, a quoted string or one of -> {{ }} [ ] = , ;"


class _Parser:
    """Recursive descent over the tokens, after the grammar in the Graphviz manual; there is nothing to recurse into."""

    def __init__(self, tokens: list[_Token], source: str, graph: Graph) -> None:
        self.tokens = tokens
        self.place = 0
        self.source = source
        self.graph = graph
        self.defaults: dict[str, dict[str, str]] = {"graph": {}, "node": {}, "edge": {}}

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def error(self, expected: str) -> InputError:
        return InputError(f"{self.next}, expected {expected}", file=self.source, line=self.next.line)

    def take(self, *texts: str, kind: str = "mark") -> _Token | None:
        """The next token, passed over, if it is of this kind and one of these texts."""
        token = self.next
        if token.kind != kind or token.text.lower() not in texts:
            return None
        self.place += 1
        return token

    def expect(self, text: str, kind: str = "mark") -> None:
        if self.take(text, kind=kind) is None:
            raise self.error(f"`{text}`")

    def name(self, expected: str) -> str:
        if self.next.kind != "id":
            raise self.error(expected)
        parts = [self.next.text]
        self.place += 1
        while self.take("+"):
            if self.next.kind != "id":
                raise self.error("a string after `+`")
            parts.append(self.next.text)
            self.place += 1
        return "".join(parts)

    def graph_statement(self) -> None:
        self.take("strict", kind="keyword")
        self.expect("digraph", kind="keyword")
        if self.next.kind == "id":
            self.name("a name")
        self.expect("{")
        while not self.take("}"):
            self.statement()
        if self.next.kind != "end":
            raise self.error("the end of the file after the graph")

    def statement(self) -> None:
        if self.take(";"):
            return
        token = self.next
        if token.text == "{" or token.text.lower() == "subgraph":
            raise InputError("a subgraph, expected a flat graph", file=self.source, line=token.line)
        defaults = self.take("graph", "node", "edge", kind="keyword")
        if defaults is not None:
            if self.next.text != "[":
                raise self.error("`[`")
            self.defaults[defaults.text.lower()].update(self.attributes())
            return
        chain = [(self.name("a node, an edge or `}`"), token.line)]
        if self.take("="):
            self.name("a value")
            return
        self.port()
        while self.take("->"):
            chain.append((self.name("a node"), self.tokens[self.place - 1].line))
            self.port()
        if self.next.text == "--":
            raise self.error("`->`")
        attributes = self.attributes()
        for name, line in chain:
            self.graph.nodes.setdefault(name, Node(line, dict(self.defaults["node"])))
        if len(chain) == 1:
            self.graph.nodes[chain[0][0]].attributes.update(attributes)
        for (source, line), (target, _) in pairwise(chain):
            self.graph.edges.append(Edge(source, target, self.defaults["edge"] | attributes, line))

    def port(self) -> None:
        while self.take(":"):
            self.name("a port")

    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while self.take("["):
            while not self.take("]"):
                key = self.name("an attribute or `]`")
                self.expect("=")
                found[key] = self.name("a value")
                self.take(",", ";")
        return found
