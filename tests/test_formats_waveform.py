"""A replay as VCD: what other readers find in it, what GTKWave is told, and that nothing is left behind."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vcd.reader import ScopeDecl, TokenKind, VarDecl, tokenize

from seqlogic.errors import InputError
from seqlogic.examples import Examples, Times
from seqlogic.formats.clocked import Edge
from seqlogic.formats.vcd import parse_vcd, read_vcd
from seqlogic.formats.waveform import write_waveform
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.replay import replay
from tests.captures import capture
from tests.example_sets import sequences
from tests.strategies import machines, signalled

PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], Alphabet.words(1), Alphabet.words(1))
BITS = Alphabet(bits=3, signals=(("top.en", 1), ("data", 2)))


def write(path: Path, machine: Machine, examples: Examples, **arguments: Any) -> Path:
    found = replay(machine, examples)
    return write_waveform(path, examples, (found.output, found.care), found.marks, **arguments)


def changes(path: Path) -> dict[str, list[tuple[int, str]]]:
    """The changes of each variable, by pyvcd's own reader: the time, and the value as it is written."""
    names: dict[str, str] = {}
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    scopes: list[str] = []
    time = 0
    with path.open("rb") as stream:
        for token in tokenize(stream):
            if isinstance(token.data, ScopeDecl):
                scopes.append(token.data.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif isinstance(token.data, VarDecl):
                names[token.data.id_code] = ".".join([*scopes, token.data.ref_str])
            elif token.kind is TokenKind.CHANGE_TIME:
                time = token.time_change
            elif hasattr(token.data, "id_code"):
                found[names[token.data.id_code]].append((time, str(token.data.value)))
    return dict(found)


def example(rows: list[str], inputs: Alphabet = PARITY.inputs, outputs: Alphabet = PARITY.outputs) -> Examples:
    """Sequences such as `0/1 1/?`, by the numbers of their symbols."""
    pairs = [[step.split("/") for step in row.split()] for row in rows]
    shape = len(rows), max(map(len, pairs))
    words, answers = np.full(shape, UNKNOWN), np.full(shape, UNKNOWN)
    for row, steps in enumerate(pairs):
        words[row, : len(steps)] = [int(x) for x, _ in steps]
        answers[row, : len(steps)] = [UNKNOWN if y == "?" else int(y) for _, y in steps]
    return Examples(words, answers, inputs, outputs, tuple(range(1, len(rows) + 1)))


def test_every_change(tmp_path: Path) -> None:
    save = write(tmp_path / "o.vcd", PARITY, example(["1/1 1/1", "0/?"]))
    found = changes(tmp_path / "o.vcd")
    assert found == {
        "replay.clk": [(0, "0"), (20, "1"), (25, "0"), (30, "1"), (40, "0"), (50, "1")],
        "replay.reset": [(0, "1"), (10, "0"), (30, "1"), (40, "0")],
        "replay.sequence": [(0, "1"), (30, "2")],
        "replay.symbol": [(0, "x"), (10, "1"), (20, "2"), (30, "x"), (40, "1"), (50, "x")],
        "replay.input.symbol": [(0, "x"), (10, "1"), (30, "x"), (40, "0"), (50, "x")],
        "replay.expected.symbol": [(0, "x"), (10, "1"), (20, "0"), (30, "x"), (40, "0"), (50, "x")],
        "replay.observed.symbol": [(0, "x"), (10, "1"), (30, "x")],
        "replay.differs": [(0, "x"), (10, "0"), (20, "1"), (30, "x")],
    }
    assert (tmp_path / "o.vcd").read_text().endswith("#1520\n")
    assert save == tmp_path / "o.gtkw"
    lines = save.read_text().splitlines()
    assert lines[:2] == [f'[dumpfile] "{tmp_path}/o.vcd"', f'[savefile] "{save}"']
    # The difference stands from 20 on until before the edge at 30.
    assert lines[2].startswith("[timestart] 0")
    assert lines[3].split()[1] == "29"
    # Decimal, on the right, and then binary again.
    assert [lines[lines.index(f"replay.{name}") - 2] for name in ("sequence", "input.symbol")] == ["@24", "@28"]
    assert [line for line in lines if line.startswith("replay")] == [
        *("replay.clk", "replay.reset", "replay.sequence", "replay.symbol"),
        *("replay.input.symbol", "replay.expected.symbol", "replay.observed.symbol", "replay.differs"),
    ]
    # Only the last parts of the names are shown, so each group has a heading.
    headed = [line for line in lines if line.startswith(("-", "replay.")) and line.count(".") != 1]
    assert headed == [
        line for scope in ("input", "expected", "observed") for line in (f"-{scope}", f"replay.{scope}.symbol")
    ]


def test_the_view_begins_before_the_first_difference_or_at_0(tmp_path: Path) -> None:
    right = "1/1 1/0 " * 20
    save = write(tmp_path / "o.vcd", PARITY, example([right, f"{right}1/0 1/1"]))
    start, zoom = save.read_text().splitlines()[2:4]
    # The 41st step of the second sequence, and 8 steps before it.
    assert start == "[timestart] 740"
    assert (zoom.split()[0], zoom.split()[1]) == ("*-6.321928", "829")
    save = write(tmp_path / "o.VCD", PARITY, example([right]))
    start, zoom = save.read_text().splitlines()[2:4]
    assert (start, zoom.split()[1]) == ("[timestart] 0", "-1")
    assert (tmp_path / "o.VCD").read_text().endswith("#420\n")
    # GTKWave counts in the unit of the time scale, without its number.
    times = Times(np.array([[500, 600, 700]]), np.array([700]), "10 ps")
    save = write(tmp_path / "o.vcd", PARITY, replace(example(["0/0 1/1 0/0"]), times=times))
    start, zoom = save.read_text().splitlines()[2:4]
    assert (start, zoom.split()[:2]) == ("[timestart] 0", ["*-12.965784", "6990"])


def test_unknown_bits_and_signals_of_the_user(tmp_path: Path) -> None:
    outputs = Alphabet(("a", "b c", "ü"), signals=(("hi", 1), ("a[7]", 1)))
    machine = Machine([[0] * 8], [[0, 1, 2, UNKNOWN, 0, 0, 0, 0]], BITS, outputs)
    write(tmp_path / "o.vcd", machine, example(["0/0 1/2 2/1 3/1 5/?"], BITS, outputs))
    found = changes(tmp_path / "o.vcd")
    assert found["replay.input.top.en"] == [(0, "x"), (10, "0"), (50, "1"), (60, "x")]
    assert found["replay.input.data[1:0]"] == [
        (0, "x"),
        (10, "0"),
        (20, "1"),
        (30, "2"),
        (40, "3"),
        (50, "1"),
        (60, "xx"),
    ]
    assert found["replay.expected.hi"] == [(0, "x"), (10, "0"), (30, "1"), (40, "x"), (50, "0"), (60, "x")]
    assert found["replay.expected.a[7]"] == [(0, "x"), (10, "0"), (20, "1"), (30, "0"), (40, "x"), (50, "0"), (60, "x")]
    names = [name for _, name in found["replay.expected.name"]]
    assert names == ["x", "a", r"b\x20c", r"\\xfc", "x", "a", "x"]
    assert [mark for _, mark in found["replay.differs"]] == ["x", "0", "1", "x"]
    partly = Machine([[0, 0]], [[2, 1]], Alphabet.words(1), Alphabet.words(2), care=[[2, 3]])
    write(tmp_path / "o.vcd", partly, example(["0/3 1/1"], outputs=Alphabet.words(2)))
    found = changes(tmp_path / "o.vcd")
    assert found["replay.expected.symbol[1:0]"] == [(0, "x"), (10, "1x"), (20, "1"), (30, "xx")]
    assert found["replay.differs"] == [(0, "x"), (20, "0"), (30, "x")]


def read_back(path: Path, examples: Examples, scope: str, **arguments: Any) -> Examples:
    """What `read_vcd` finds of the inputs and of the outputs in a scope."""
    names = [name.removeprefix("replay.") for name in changes(path)]
    order = path.with_suffix(".gtkw").read_text().splitlines()
    names = [name.removeprefix("replay.") for name in order if name.startswith("replay.")]
    ins, outs = ([n for n in names if n.startswith(f"{s}.") and n != f"{s}.name"] for s in ("input", scope))
    return read_vcd(path, input_signals=ins, output_signals=outs, clock="replay.clk", reset="replay.reset", **arguments)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    signalled(machines(inputs=Alphabet.words(2), outputs=Alphabet.words(2))),
    st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(UNKNOWN, 3)), min_size=1, max_size=4), min_size=1),
    st.sampled_from(["rising", "falling", "both"]),
    st.booleans(),
)
def test_it_reads_back_as_the_same_examples(
    tmp_path: Path, machine: Machine, rows: list[list[tuple[int, int]]], edge: Edge, registered: bool
) -> None:
    text = [" ".join(f"{x}/{'?' if y == UNKNOWN else y}" for x, y in row) for row in rows]
    examples = example(text, machine.inputs, machine.outputs)
    write(tmp_path / "o.vcd", machine, examples, edge=edge, registered=registered)
    found = read_back(tmp_path / "o.vcd", examples, "observed", edge=edge, registered=registered)
    assert sequences(found) == sequences(examples)
    output, care = machine.run(examples.words)
    whole = np.where(care == machine.outputs.full, output, UNKNOWN)
    found = read_back(tmp_path / "o.vcd", examples, "expected", edge=edge, registered=registered)
    assert sequences(found) == sequences(replace(examples, answers=whole))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                name: st.sampled_from(values)
                for name, values in (("rst", "001"), ("en", "01"), ("x", "01x"), ("y", "01x"))
            }
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["rising", "falling", "both"]),
    st.booleans(),
    st.booleans(),
)
def test_a_capture_keeps_its_times(
    tmp_path: Path, rows: list[dict[str, str]], edge: Edge, registered: bool, reset: bool
) -> None:
    data = capture({"rst": 1, "en": 1, "x": 1, "y": 1}, rows, edge=edge)
    signals = {"input_signals": ["x"], "output_signals": ["y"], "clock": "top.clk", "edge": edge, "enable": "en"}
    given_ = {**signals, "registered": registered, "reset": "rst" if reset else None}
    try:
        examples = parse_vcd(io.BytesIO(data), "f", **given_)  # type: ignore[arg-type]
    except InputError:
        return
    assert examples.times is not None
    write(tmp_path / "o.vcd", PARITY, examples, edge=edge, registered=registered)
    found = read_back(tmp_path / "o.vcd", examples, "observed", edge=edge, registered=registered)
    assert sequences(found) == sequences(examples)
    assert found.times is not None
    assert np.array_equal(found.times.edges, examples.times.edges)
    assert np.array_equal(found.times.ends, examples.times.ends)
    assert found.times.scale == examples.times.scale == "1 ns"
    if registered and any(row["en"] == "0" for row in rows):
        return
    # Laid over the capture, the observed output is that of the capture wherever it is known, just before each edge.
    original = {name: dict(values) for name, values in changes_of(data, tmp_path).items()}
    for time, value in changes(tmp_path / "o.vcd").get("replay.clk", []):
        if (value == "1" or edge == "both") and time:
            ours = at(dict(changes(tmp_path / "o.vcd")["replay.observed.y"]), time - 1)
            assert ours in ("x", at(original["top.dut.y"], time - 1))


def changes_of(data: bytes, folder: Path) -> dict[str, list[tuple[int, str]]]:
    (folder / "original.vcd").write_bytes(data)
    return changes(folder / "original.vcd")


def at(values: dict[int, str], time: int) -> str:
    return values[max(when for when in values if when <= time)]


@pytest.mark.parametrize("first", [0, 1, 2, 5])
def test_a_reset_fits_before_the_first_edge(first: int, tmp_path: Path) -> None:
    times = Times(np.array([[first, first + 4]]), np.array([first + 4]), "10 ps")
    examples = replace(example(["1/1 1/0"]), times=times)
    write(tmp_path / "o.vcd", PARITY, examples)
    found = read_back(tmp_path / "o.vcd", examples, "expected")
    assert sequences(found) == sequences(examples)
    assert found.times is not None
    assert found.times.edges.tolist() == [[max(2, first), max(2, first) + 4]]
    assert found.times.scale == "10 ps"


def test_a_fabric_stands_between_both(tmp_path: Path) -> None:
    answers = np.array([[1, UNKNOWN]]), np.array([[1, 0]])
    save = write(tmp_path / "o.vcd", PARITY, example(["1/1 1/0"]), fabric=answers)
    assert changes(tmp_path / "o.vcd")["replay.fabric.symbol"] == [(0, "x"), (10, "1"), (20, "x")]
    scopes = [line.split(".")[1] for line in save.read_text().splitlines() if line.endswith(".symbol")]
    assert scopes == ["symbol", "input", "expected", "fabric", "observed"]


def test_names_that_vcd_does_not_take(tmp_path: Path) -> None:
    names = ("a b", "a_b", "..", "x..y", "m[1:0]", "ü", "name", "v[3]", "w[5]")
    inputs = Alphabet(bits=11, signals=tuple((name, 2 if name in ("m[1:0]", "w[5]") else 1) for name in names))
    machine = Machine(np.zeros((1, 2048), dtype=int), np.zeros((1, 2048), dtype=int), inputs, PARITY.outputs)
    write(tmp_path / "o.vcd", machine, example(["341/0"], inputs))
    ours = [name.removeprefix("replay.input.") for name in changes(tmp_path / "o.vcd") if ".input." in name]
    assert sorted(ours) == ["_", "__", "a_b", "a_b_", "m_1_0_[1:0]", "name", "v[3]", "w_5_[1:0]", "x.y"]


def test_the_same_replay_gives_the_same_bytes_and_names_no_date(tmp_path: Path) -> None:
    texts = []
    for _ in range(2):
        write(tmp_path / "o.vcd", PARITY, example(["1/1 1/0"]))
        texts.append((tmp_path / "o.vcd").read_bytes())
    assert texts[0] == texts[1]
    assert b"$date" not in texts[0]


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "o.vcd").write_text("mine")
    (tmp_path / "o.gtkw").mkdir()
    with pytest.raises(InputError, match=rf"^{tmp_path}/o\.gtkw: cannot be written: "):
        write(tmp_path / "o.vcd", PARITY, example(["1/1"]))
    assert (tmp_path / "o.vcd").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.gtkw", "o.vcd"]
    with pytest.raises(InputError, match=r"nowhere/o\.vcd: cannot be written: No such file or directory$"):
        write(tmp_path / "nowhere" / "o.vcd", PARITY, example(["1/1"]))
    with pytest.raises(InputError, match=r"o\.fst: expected a name that ends in \.vcd$"):
        write(tmp_path / "o.fst", PARITY, example(["1/1"]))
