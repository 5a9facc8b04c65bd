"""DOT: the dialects that are read, what is written, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import damaged, machines, refused_or_read, signalled

from seqlogic.errors import InputError
from seqlogic.formats.dot import parse, render
from seqlogic.formats.dot_syntax import parse_graph
from seqlogic.machine import UNKNOWN, Alphabet, Machine

AALPY_MEALY = """digraph "kettle" {
cold [label=cold];
hot [label="hot"];
cold -> hot  [label="press/ hum"];
cold -> cold  [label="wait/ -"];
hot -> hot  [label="wait/steam & http://x"];
hot -> cold  [label="press / click"];
__start0 [label="", shape=none];
__start0 -> hot  [label=""];
}
"""
AALPY_MOORE = """digraph lamp {
off [label="off|0", shape=record, style=rounded];
on [label="on|1", shape=record, style=rounded];
off -> on  [label=push];
on -> off  [label=push];
__start0 [label="", shape=none];
__start0 -> off  [label=""];
}
"""
WIKI_MOORE = """digraph g {
__start0 [label="" shape="none"];
__start0 -> on;
off [shape="record", style="rounded", label="{ off | 0 }"];
on [shape="record", style="rounded", label="{ on | 1 }"];
off -> on [label="push"]; on -> off [label="push"];
}
"""
PLAIN_MOORE = """digraph alarm {
q1 [label="N"]; q2 [label="A"]
q1 -> q2 [label="open"] q2 -> q2 [label="open"] q2 -> q1 [label="shut"]
}
"""


def table(machine: Machine) -> tuple:
    return machine.next_state.tolist(), machine.output.tolist()


class TestParse:
    def test_aalpy_mealy(self) -> None:
        machine = parse(AALPY_MEALY, "kettle.dot")
        assert (machine.kind, machine.states, machine.initial) == ("mealy", ("cold", "hot"), 1)
        assert machine.inputs.names == ("press", "wait")
        assert machine.outputs.names == ("-", "click", "hum", "steam & http://x")
        assert table(machine) == ([[1, 0], [0, 1]], [[2, 0], [1, 3]])

    def test_aalpy_moore(self) -> None:
        machine = parse(AALPY_MOORE, "lamp.dot")
        assert (machine.kind, machine.states, machine.initial) == ("moore", ("off", "on"), 0)
        assert machine.outputs.names == ("0", "1")
        assert table(machine) == ([[1], [0]], [0, 1])

    def test_wiki_moore(self) -> None:
        machine = parse(WIKI_MOORE, "lamp.dot")
        assert (machine.kind, machine.states, machine.initial) == ("moore", ("on", "off"), 0)
        assert table(machine) == ([[1], [0]], [1, 0])

    def test_moore_with_outputs_alone(self) -> None:
        machine = parse(PLAIN_MOORE, "alarm.dot")
        assert (machine.states, machine.inputs.names, machine.outputs.names) == (
            ("q1", "q2"),
            ("open", "shut"),
            ("A", "N"),
        )
        assert table(machine) == ([[1, UNKNOWN], [1, 0]], [1, 0])

    def test_a_bar_in_an_output_is_not_a_record(self) -> None:
        machine = parse('digraph { a [label="x|y"]; a -> a [label=i] }', "f")
        assert machine.outputs.names == ("x|y",)
        machine = parse('digraph { a [label="a|y"]; a -> a [label=i] }', "f")
        assert machine.outputs.names == ("y",)

    def test_declared_alphabets_and_unknowns(self) -> None:
        machine = parse(
            """
            // kind: mealy
            // inputs: ["b", "a", "c"]
            // outputs: 3 bits
            digraph { p -> q [label="a/1-0"]; q -> __unknown [label="b/11-"]; p -> p [label="c/---"] }
            """,
            "f",
        )
        assert machine.inputs.names == ("b", "a", "c")
        assert machine.next_state.tolist() == [[UNKNOWN, 1, 0], [UNKNOWN] * 3]
        assert machine.output.tolist() == [[UNKNOWN, 0b100, UNKNOWN], [0b110, UNKNOWN, UNKNOWN]]
        assert machine.care.tolist() == [[0, 0b101, 0], [0b110, 0, 0]]

    def test_the_language(self) -> None:
        machine = parse(
            """
            /* a comment
               of "two" lines */ # another
            STRICT DiGraph "a graph" {
                rankdir = LR; graph [fontsize=9; label="x/y"] node [shape=circle, label="\\N!"]; edge [label="i/-.5"]
                a:n -> "b c":p:s -> -2.5;   // a chain
                a [shape="box"
                   color=red] [style=bold]
                -2.5 -> "b " + "c" [label="j/" + "a\\
b"];
                ü_1 -> a [label="j/&quot;\\"\\\\&#65;&#x42;"]
            ;}
            """,
            "f",
        )
        assert machine.states == ("a!", "b c!", "-2.5!", "ü_1!")
        assert machine.next_state.tolist() == [[1, UNKNOWN], [2, UNKNOWN], [UNKNOWN, 1], [UNKNOWN, 0]]
        assert machine.outputs.names == ("-.5", '""\\AB', "ab")

    def test_layout_in_a_label_is_blank(self) -> None:
        machine = parse('digraph { a [label="a\\n"]; a -> a [label=" press\\n/ click\\l"] }', "f")
        assert (machine.states, machine.inputs.names, machine.outputs.names) == (("a",), ("press",), ("click",))

    def test_the_same_edge_twice_is_one(self) -> None:
        machine = parse('digraph { a -> a [label="x/1"]; a -> a [label="x / 1"] }', "f")
        assert table(machine) == ([[0]], [[0]])


EDGE = '\na -> b [label="x/1"]'


class TestRefuses:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "f:1: the end of the file, expected `digraph`"),
            ("graph { a -- b }", "f:1: 'graph', expected `digraph`"),
            ("digraph {\na -> b", "f:2: the end of the file, expected a node, an edge or `}`"),
            ("digraph {\na -- b }", "f:2: '--', expected `->`"),
            ("digraph {\na -> ; }", "f:2: ';', expected a node"),
            ("digraph {\na [label] }", "f:2: ']', expected `=`"),
            ("digraph {\na [label=] }", "f:2: ']', expected a value"),
            ("digraph {\na [=b] }", "f:2: '=', expected an attribute or `]`"),
            ("digraph {\nnode -> a }", "f:2: '->', expected `[`"),
            (
                "digraph {\na -> b [label=1a] }",
                "f:2: '1a]' is not DOT, expected a name, a quoted string or one of -> { } [ ] = , ;",
            ),
            ("digraph {\nsubgraph x { a } }", "f:2: a subgraph, expected a flat graph"),
            ("digraph {\n{ a } -> b }", "f:2: a subgraph, expected a flat graph"),
            ("digraph {\na [label=<<b>x</b>>] }", "f:2: an HTML label, expected a quoted one"),
            ('digraph {\na [label="x] }', "f:2: a string without its closing quote"),
            ("digraph {\n/* a }", "f:2: a comment without its closing `*/`"),
            ("digraph { a }\ndigraph { b }", "f:2: 'digraph', expected the end of the file after the graph"),
            ("digraph { }", "f: no states, expected nodes and edges"),
            ("digraph { a; b }", "f:1: the node 'a' has no label, expected its output"),
            ("digraph { a [label=0] }", "f: no transitions, expected edges with labels"),
            ("// kind: mealy\ndigraph { a }", "f: no transitions, expected edges with labels"),
            (
                "digraph {\na -> b }",
                "f:2: an edge without a label, expected `input/output`, or an input of a Moore machine",
            ),
            ("digraph {" + EDGE + '\na -> b [label="y"] }', "f:3: the label 'y' has no `/`, expected `input/output`"),
            ("digraph {\na -> b [label=y] }", "f:2: the node 'a' has no label, expected its output"),
            ('digraph {\na -> b [label="/1"] }', "f:2: an empty symbol among the inputs, expected a name"),
            ('digraph {\na -> b [label="x/ "] }', "f:2: an empty symbol among the outputs, expected a name"),
            (
                "digraph {" + EDGE + EDGE.replace("-> b", "-> c") + " }",
                "f:3: state 'a', input 'x': 'x/1' to 'c' contradicts 'x/1' to 'b' of line 2",
            ),
            (
                "digraph {" + EDGE + EDGE.replace("1", "2") + " }",
                "f:3: state 'a', input 'x': 'x/2' to 'b' contradicts 'x/1' to 'b' of line 2",
            ),
            (
                "digraph {\na [label=0] b [label=1]\na -> a [label=x]\na -> b [label=x] }",
                "f:4: state 'a', input 'x': 'x' to 'b' contradicts 'x' to 'a' of line 3",
            ),
            (
                "digraph {" + EDGE + "\n__start0 -> a\n__start1 -> b }",
                "f:4: the initial state 'b' contradicts 'a' of line 3",
            ),
            ("digraph {" + EDGE + "\nb -> __start0 }", "f:3: an edge to '__start0', expected only edges from it"),
            ("digraph {" + EDGE + "\n__unknown -> a }", "f:3: an edge from __unknown, expected only edges to it"),
            ("digraph {" + EDGE + "\n__start0 -> __unknown }", "f:3: __unknown as the initial state, expected a state"),
            (
                "digraph {\na [shape=doublecircle label=a]\na -> a [label=x] }",
                "f:2: the node 'a' accepts, expected a Mealy or a Moore machine",
            ),
            (
                'digraph {\na [shape=record label="a|0|1"]\na -> a [label=x] }',
                "f:2: the label 'a|0|1' of 'a', expected `name|output`",
            ),
            ("// kind: petri\ndigraph {" + EDGE + "}", "f:1: kind 'petri', expected mealy or moore"),
            ("// kind: mealy\n// kind: mealy\ndigraph { a }", "f:2: kind declared twice, first on line 1"),
            ("// inputs: 31 bits\ndigraph { a }", "f:1: inputs of 31 bits, expected 1 to 30"),
            ("// inputs: a, b\ndigraph { a }", 'f:1: inputs \'a, b\', expected `3 bits` or a list such as ["a", "b"]'),
            ("// inputs: [1]\ndigraph { a }", 'f:1: inputs \'[1]\', expected `3 bits` or a list such as ["a", "b"]'),
            ("// inputs: []\ndigraph { a }", 'f:1: inputs \'[]\', expected `3 bits` or a list such as ["a", "b"]'),
            (
                "// inputs: " + "[" * 100_000 + "\ndigraph { a }",
                "f:1: inputs '" + "[" * 60 + '\'..., expected `3 bits` or a list such as ["a", "b"]',
            ),
            ('// outputs: ["a", "a"]\ndigraph { a }', "f:1: outputs hold 'a' twice"),
            ('// inputs: ["y"]\ndigraph {' + EDGE + "}", "f:3: 'x', expected one of the inputs that line 1 declares"),
            (
                "// outputs: 2 bits\ndigraph {" + EDGE + "}",
                "f:3: '1', expected one of the outputs that line 1 declares",
            ),
        ],
    )
    def test_in_one_line_that_names_the_place(self, text: str, message: str) -> None:
        with pytest.raises(InputError) as error:
            parse(text, "f")
        assert str(error.value) == message

    def test_a_table_larger_than_the_memory(self) -> None:
        edges = "".join(f'a{i} -> a{i} [label="{i}/0"]\n' for i in range(4097))
        with pytest.raises(InputError, match="4,097 states and 4,097 input symbols need a table of 16,785,409 entries"):
            parse("digraph {" + edges + "}", "f")

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        refused_or_read(parse, text)
        refused_or_read(parse, "digraph {" + text + "}")

    @given(machines(max_states=3), st.data())
    def test_any_damage_is_refused_or_read(self, machine: Machine, data: st.DataObject) -> None:
        pieces = [
            "",
            "-",
            "->",
            "--",
            '"',
            "\\",
            "/",
            "//",
            "[",
            "]",
            "{",
            "}",
            "\n",
            "=",
            "|",
            "&#9;",
            "__start",
            "+",
            "1",
        ]
        refused_or_read(parse, damaged(data.draw, render(machine), pieces))


class TestRender:
    def test_mealy(self) -> None:
        machine = Machine(
            next_state=[[1, 0], [1, UNKNOWN]],
            output=[[UNKNOWN, 2], [1, 0]],
            inputs=Alphabet.of(["coin", "a/b"]),
            outputs=Alphabet.of(["-", 'be"ep', " x/y"]),
            states=("idle now", "b\n"),
        )
        assert render(machine) == "\n".join(
            [
                "// kind: mealy",
                '// inputs: ["coin", "a/b"]',
                '// outputs: ["-", "be\\"ep", " x/y"]',
                "digraph machine {",
                "    rankdir=LR;",
                "    node [shape=ellipse];",
                '    __start0 [label="", shape=none, style="", width=0, height=0];',
                '    __unknown [label="?", shape=none];',
                '    s0 [label="idle now"];',
                '    s1 [label="b&#10;"];',
                "    __start0 -> s0;",
                '    s0 -> s1 [label="coin/--"];',
                '    s0 -> s0 [label="a&#47;b/&#32;x/y"];',
                '    s1 -> s1 [label="coin/be\\"ep"];',
                '    s1 -> __unknown [label="a&#47;b/-"];',
                "}\n",
            ]
        )

    def test_moore(self) -> None:
        machine = Machine([[1], [UNKNOWN]], [2, 1], Alphabet.of("i"), Alphabet.words(2), care=[2, 3], initial=1)
        graph = parse_graph(render(machine), "f")
        assert graph.nodes["s0"].attributes == {"shape": "record", "style": "rounded", "label": "s0|1-"}
        assert [(edge.source, edge.target) for edge in graph.edges] == [("__start0", "s1"), ("s0", "s1")]

    @given(machines())
    def test_reading_back_gives_the_same_machine(self, machine: Machine) -> None:
        text = render(machine)
        back = parse(text, "f")
        assert (back.kind, back.inputs, back.outputs) == (machine.kind, machine.inputs, machine.outputs)
        assert back.initial == machine.initial
        for name in ("next_state", "output", "care"):
            assert np.array_equal(getattr(back, name), getattr(machine, name))
        assert back.digest == machine.digest
        # A blank name is no name.
        if all(machine.states):
            assert render(back) == text
            assert back.states == (machine.states or tuple(f"s{i}" for i in range(len(machine))))


@given(signalled(machines(max_states=2)))
def test_names_of_bits_come_back(machine: Machine) -> None:
    try:
        text = render(machine)
        found = parse(text, "f")
    except InputError:
        # No known entry, so no edge to declare the alphabet of.
        return
    assert found.inputs.signals == machine.inputs.signals
    assert found.outputs.signals == machine.outputs.signals


@pytest.mark.parametrize(
    ("signals", "message"),
    [
        ("[", "input signals '[', expected one JSON value"),
        ("[" * 100_000, f"input signals {'[' * 60!r}..., nested too deeply"),
        ("[]", "input signals '[]', expected a list such as "),
        ('[["a", 1], ["a", 1]]', """input signals '[["a", 1], ["a", 1]]', two bits have the same name, """),
        ('[["a", 1]]\n// input signals: []', "input signals declared twice, first on line 3"),
    ],
)
def test_refuses_names_of_bits(signals: str, message: str) -> None:
    text = f'// kind: mealy\n// inputs: 2 bits\n// input signals: {signals}\ndigraph {{ a -> a [label="01/0"]; }}'
    with pytest.raises(InputError) as caught:
        parse(text, "f")
    assert str(caught.value).startswith(f"f:{4 if 'twice' in message else 3}: {message}")
