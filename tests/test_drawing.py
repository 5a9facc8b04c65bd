"""The state diagram, read back as XML, and the table."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given

from seqlogic.drawing import MOST_EDGES, MOST_STATES, draw, table
from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from tests.strategies import machines

pytest.importorskip("pygraphviz")

SVG = "{http://www.w3.org/2000/svg}"
BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)


def texts(svg: str, kind: str) -> list[list[str | None]]:
    """The lines of each state, edge or other part of a drawing."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    parts = [[text.text for text in group.findall(f"{SVG}text")] for group in groups if group.get("class") == kind]
    return [lines for lines in parts if lines]


def titles(svg: str, kind: str) -> list[str | None]:
    """The tooltips of the states, edges or other parts of a drawing."""
    groups = [group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if group.get("class") == kind]
    return list(dict.fromkeys(group.findtext(f"{SVG}title") for group in groups))


def ring(states: int, symbols: int = 1) -> Machine:
    """Each symbol but the first skips one more state."""
    next_state = (np.arange(states)[:, None] + 1 + np.arange(symbols)) % states
    return Machine(next_state, np.zeros_like(next_state), Alphabet.of(f"x{i}" for i in range(symbols)), BIT)


def test_a_mealy_machine() -> None:
    svg = draw(PARITY)
    assert sorted(texts(svg, "state")) == [["s0"], ["s1"]]
    assert sorted(texts(svg, "edge")) == [["0/0"], ["0/1"], ["1/0"], ["1/1"]]
    assert "initial state" in titles(svg, "edge")
    assert texts(svg, "note") == texts(svg, "unknown") == []


def test_a_moore_machine_has_its_outputs_in_the_states() -> None:
    svg = draw(Machine([[0, 1], [0, 1]], [0, 1], Alphabet.of(["lo", "hi"]), Alphabet.of(["dark", "light"])))
    assert sorted(texts(svg, "state")) == [["s0", "dark"], ["s1", "light"]]
    assert sorted(texts(svg, "edge")) == [["hi"], ["hi"], ["lo"], ["lo"]]


def test_entries_between_two_states_are_one_edge() -> None:
    svg = draw(Machine([[0, 0, 0, 0]], [[0, 0, 1, 0]], Alphabet.words(2), BIT))
    assert texts(svg, "edge") == [["0-, 11/0", "10/1"]]
    assert "s0 \u2192 s0: 0-/0, 11/0, 10/1" in titles(svg, "edge")


def test_a_long_label_is_abbreviated_and_told_in_full_by_its_tooltip() -> None:
    names = Alphabet.of(f"symbol{i}" for i in range(12))
    machine = Machine([[0] * 12], [[0] * 9 + [1] * 3], names, BIT)
    assert texts(draw(machine), "edge") == [
        ["symbol0, symbol1, symbol2,", "symbol3, symbol4, symbol5/0", "\u2026 6 more"],
    ]
    expected = [f"{name}/{output}" for name, output in zip(names.names, machine.output[0], strict=True)]
    assert "s0 \u2192 s0: " + ", ".join(expected) in titles(draw(machine), "edge")
    assert texts(draw(Machine([[0] * 12], [[1] * 12], names, BIT)), "edge") == [["any/1"]]


def test_what_an_abbreviated_label_leaves_out_is_counted_in_symbols() -> None:
    odd = [(word >> 1).bit_count() % 2 for word in range(16)]
    svg = draw(Machine([[0] * 16], [odd], Alphabet.words(4), BIT))
    assert texts(svg, "edge") == [["000-, 011-, 101-, 110-/0", "001-, 010-/1", "\u2026 4 more"]]


def test_a_long_name_is_clipped() -> None:
    svg = draw(Machine([[0]], [[0]], Alphabet.of(["a" * 40]), BIT, states=("b" * 40,)))
    assert texts(svg, "edge") == [["a" * 23 + "\u2026/0"]]
    assert texts(svg, "state") == [["b" * 11 + "\u2026"]]
    assert "b" * 40 in titles(svg, "state")


def test_what_is_unknown_is_dashed_or_counted() -> None:
    machine = Machine([[1, UNKNOWN], [0, UNKNOWN]], [[UNKNOWN, 1], [0, UNKNOWN]], BIT, BIT)
    svg = draw(machine)
    assert sorted(texts(svg, "unknown")) == [["0/-"], ["1/1"], ["?"]]
    assert texts(svg, "edge") == [["0/0"]]
    assert texts(svg, "note") == [["unknown, not drawn: 1 of 4 entries"]]


def test_names_are_never_markup() -> None:
    names = ["<b>&amp;", "\\N\\n", "{x|y}", '"', "a\nb\0"]
    svg = draw(Machine([[0] * 5], [[0, 1, 0, 1, 0]], Alphabet.of(names), Alphabet.of(["<i>", "]]>"]), states=("<s>",)))
    assert texts(svg, "state") == [["<s>"]]
    assert texts(svg, "edge") == [["<b>&amp;, {x|y}, a\ufffdb\ufffd/<i>", '\\N\\n, "/]]>']]


def test_nothing_of_graphviz_is_left_and_the_theme_decides_the_colours() -> None:
    svg = draw(PARITY)
    assert svg == draw(PARITY)
    for word in ("raphviz", "<!--", '"black"', '"white"', '"red"', "Times"):
        assert word not in svg
    assert "currentColor" in svg


@given(machines())
def test_every_machine_is_drawn_with_all_of_its_states(machine: Machine) -> None:
    svg = draw(machine)
    assert len(texts(svg, "state")) == len(machine)
    box = [float(number) for number in ElementTree.fromstring(svg).attrib["viewBox"].split()]
    assert min(box[2:]) > 0


@pytest.mark.parametrize("machine", [ring(MOST_STATES + 1), ring(MOST_EDGES // 5, symbols=6)])
def test_what_is_too_large_is_not_drawn(machine: Machine) -> None:
    svg = draw(machine)
    assert f"{len(machine)} states and {machine.entries} edges: too many to draw" in svg
    assert len(svg) < 2000


def test_the_largest_machines_are_drawn() -> None:
    for machine in (ring(MOST_STATES), ring(MOST_EDGES // 6, symbols=6)):
        assert len(texts(draw(machine), "state")) == len(machine)


def test_without_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(
        InputError,
        match=r"^drawing needs pygraphviz, install the extra `report` \(in the checkout: pip install '\.\[report\]'\)$",
    ):
        draw(PARITY)


def test_the_table_of_a_mealy_machine() -> None:
    machine = Machine([[0, 1], [UNKNOWN, 0]], [[0, 1], [UNKNOWN, 0]], Alphabet.of(["go", "stop"]), BIT, initial=1)
    assert table(machine) == (
        "   state  go    stop\n"
        "   s0     s0/0  s1/1\n"
        ">  s1     -/-   s0/0\n"
    )  # fmt: skip


def test_the_table_of_a_moore_machine() -> None:
    machine = Machine([[0, 1], [1, 0]], [0, UNKNOWN], BIT, BIT, states=("off", "\u706f"))
    assert table(machine) == (
        "   state  output  0    1\n"
        ">  off    0       off  \u706f\n"
        "   \u706f     -       \u706f   off\n"
    )  # fmt: skip


def test_a_long_table_says_what_it_leaves_out() -> None:
    lines = table(ring(7, symbols=5), limit=3).splitlines()
    assert lines[0].split() == ["state", "x0", "x1", "x2"]
    assert lines[4:] == ["... 4 more states", "... 2 more input symbols"]


def test_uses_are_counted_and_what_was_never_used_is_dashed() -> None:
    machine = Machine([[0, 1], [1, 1]], [[0, 1], [1, 1]], BIT, BIT)
    svg = draw(machine, np.array([[1234, 2], [0, 0]]))
    assert sorted(texts(svg, "edge")) == [["0/0", "1,234\u00d7"], ["1/1", "2\u00d7"]]
    assert texts(svg, "unseen") == [["-/1", "never seen"]]
    assert titles(svg, "unseen") == ["s1 \u2192 s1: -/1 (never seen)"]
    # Of several entries of one edge, the uses are added up.
    svg = draw(machine, np.array([[1, 2], [3, 40]]))
    assert ["-/1", "43\u00d7"] in texts(svg, "edge")
