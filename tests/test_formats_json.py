"""JSON: what is read, what is written, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import damaged, machines, refused_or_read, signalled

from seqlogic.errors import InputError
from seqlogic.formats.json import parse, render
from seqlogic.machine import UNKNOWN, Alphabet, Machine

DOOR = Machine(
    next_state=[[1, 0], [1, UNKNOWN]],
    output=[[0, 2], [UNKNOWN, 1]],
    care=[[3, 2], [0, 3]],
    inputs=Alphabet.of(["push", "pull"]),
    outputs=Alphabet.words(2),
    initial=1,
    states=("open", "shut"),
)
TEXT = """{
  "format": "seqlogic-machine",
  "version": 1,
  "kind": "mealy",
  "inputs": ["push", "pull"],
  "outputs": {"bits": 2},
  "initial": 1,
  "states": [
    "open",
    "shut"
  ],
  "next_state": [
    [1, 0],
    [1, -1]
  ],
  "output": [
    [0, 2],
    [-1, 1]
  ],
  "care": [
    [3, 2],
    [0, 3]
  ]
}
"""


def same(a: Machine, b: Machine) -> bool:
    arrays = all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("next_state", "output", "care"))
    return arrays and (a.inputs, a.outputs, a.initial, a.states) == (b.inputs, b.outputs, b.initial, b.states)


def test_one_state_on_a_line() -> None:
    assert render(DOOR) == TEXT


def test_reading_it_back() -> None:
    assert same(parse(TEXT, "f"), DOOR)


def test_care_and_names_are_left_out_where_they_say_nothing() -> None:
    machine = Machine([[0]], [1], Alphabet.of("i"), Alphabet.words(1))
    members = json.loads(render(machine))
    assert "care" not in members
    assert "states" not in members
    assert (members["kind"], members["output"]) == ("moore", [1])


@given(machines())
def test_reading_back_gives_the_same_machine(machine: Machine) -> None:
    text = render(machine)
    back = parse(text, "f")
    assert same(back, machine)
    assert back.digest == machine.digest
    assert render(back) == text


def without(key: str) -> str:
    members = json.loads(TEXT)
    del members[key]
    return json.dumps(members)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1: not JSON, column 1: expecting value"),
        ('{\n  "format": 1,\n  oops\n}', "f:3: not JSON, column 3: expecting property name enclosed in double quotes"),
        (TEXT + "{}", "f:25: not JSON, column 1: extra data"),
        ("[" * 100_000, "f: nested too deeply, expected an object of lists"),
        ("[]", "f: the file is a list of 0, expected an object"),
        ("{}", 'f: format is null, expected "seqlogic-machine"'),
        (TEXT.replace("seqlogic-machine", "elf"), "f: format is 'elf', expected \"seqlogic-machine\""),
        (TEXT.replace('"version": 1', '"version": 2'), "f: version is 2, expected 1"),
        (TEXT.replace('"version": 1', '"version": true'), "f: version is true, expected 1"),
        (TEXT.replace("mealy", "mealey"), 'f: kind is \'mealey\', expected "mealy" or "moore"'),
        (
            without("initial"),
            "f: no 'initial', expected format version kind inputs outputs initial next_state output",
        ),
        (
            TEXT.replace('"states"', '"names"'),
            "f: unknown member 'names', expected format version kind inputs outputs initial next_state output "
            "input_signals output_signals care states",
        ),
        (TEXT.replace('"initial": 1', '"initial": 1, "initial": 1'), "f: 'initial' stands twice in one object"),
        (TEXT.replace('"initial": 1', '"initial": 2'), "f: initial is 2, expected a whole number from 0 to 1"),
        (TEXT.replace('"initial": 1', '"initial": true'), "f: initial is true, expected a whole number from 0 to 1"),
        (TEXT.replace('"initial": 1', '"initial": 1.0'), "f: the number '1.0', expected whole numbers only"),
        (TEXT.replace('"initial": 1', '"initial": NaN'), "f: the number 'NaN', expected whole numbers only"),
        (
            TEXT.replace('"initial": 1', '"initial": -Infinity'),
            "f: the number '-Infinity', expected whole numbers only",
        ),
        (
            TEXT.replace('"initial": 1', '"initial": ' + "9" * 5000),
            f"f: the number '{'9' * 60}'... is too large, expected 32 bits",
        ),
        (TEXT.replace('"bits": 2', '"bits": 31'), "f: outputs.bits is 31, expected a whole number from 1 to 30"),
        (
            TEXT.replace('{"bits": 2}', '{"bit": 2}'),
            'f: outputs is an object of 1, expected a list of names or {"bits": n}',
        ),
        (TEXT.replace('{"bits": 2}', "2"), "f: outputs is 2, expected a list of names"),
        (TEXT.replace('{"bits": 2}', "[]"), "f: outputs is a list of 0, expected at least one name"),
        (TEXT.replace('"pull"', "null"), "f: inputs[1] is null, expected a name"),
        (TEXT.replace('"pull"', '"push"'), "f: inputs holds 'push' twice"),
        (
            TEXT.replace('["push", "pull"]', '{"bits": 30}'),
            "f: next_state[0] is a list of 2, expected 1073741824 numbers",
        ),
        (TEXT.replace("[1, -1]", "[1, -2]"), "f: next_state[1][1] is -2, expected a whole number from -1 to 1"),
        (TEXT.replace("[1, -1]", "[1, 2]"), "f: next_state[1][1] is 2, expected a whole number from -1 to 1"),
        (TEXT.replace("[1, -1]", "[1, false]"), "f: next_state[1][1] is false, expected a whole number from -1 to 1"),
        (TEXT.replace("[1, -1]", "[1]"), "f: next_state[1] is a list of 1, expected 2 numbers"),
        (TEXT.replace("[1, -1]", '"no"'), "f: next_state[1] is 'no', expected 2 numbers"),
        (TEXT.replace("[1, 0],\n", ""), "f: next_state[0][0] is 1, expected a whole number from -1 to 0"),
        (TEXT.replace("[0, 2],\n", ""), "f: output is a list of 1, expected 2 lists, one for each state"),
        (TEXT.replace("[0, 2]", "[0, 4]"), "f: output[0][1] is 4, expected a whole number from -1 to 3"),
        (TEXT.replace("[0, 2],", "[0, 3],"), "f: care[0][1] is 2, expected a mask that fits the output 3"),
        (TEXT.replace("[0, 3]", "[1, 3]"), "f: care[1][0] is 1, expected a mask that fits the output -1"),
        (TEXT.replace("[0, 3]", "[0, 4]"), "f: care[1][1] is 4, expected a whole number from 0 to 3"),
        (TEXT.replace('{"bits": 2}', '["a", "b", "c"]'), "f: care[0][1] is 2, expected a mask that fits the output 2"),
        (TEXT.replace('"open",\n', ""), "f: states is a list of 1, expected 2 names, one for each state"),
        (TEXT.replace('"open"', "{}"), "f: states[0] is an object of 0, expected a name"),
        (
            TEXT.replace('"kind": "mealy"', '"kind": "moore"'),
            "f: output[0] is a list of 2, expected a whole number from -1 to 3",
        ),
    ],
)
def test_refuses_in_one_line_that_names_the_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text, "f")
    assert str(error.value) == message


def test_a_table_without_states() -> None:
    members = json.loads(TEXT) | {"next_state": []}
    with pytest.raises(InputError, match="next_state is a list of 0, expected a list of one list for each state"):
        parse(json.dumps(members), "f")


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers(), st.lists).map(json.dumps)))
def test_any_text(text: str) -> None:
    with pytest.raises(InputError):
        parse(text, "f")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | st.floats() | st.text(max_size=3) | st.just(10**30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["bits", "a"]), inner, max_size=2),
    max_leaves=6,
)


@given(machines(), st.data())
def test_any_other_value_in_any_place_is_refused_or_read(machine: Machine, data: st.DataObject) -> None:
    members = json.loads(render(machine))
    place, key = members, data.draw(st.sampled_from(sorted(members)))
    while isinstance(place[key], list) and place[key] and data.draw(st.booleans()):
        place, key = place[key], data.draw(st.integers(0, len(place[key]) - 1))
    place[key] = data.draw(VALUES)
    refused_or_read(parse, json.dumps(members))


@given(machines(), st.data())
def test_any_damage_is_refused_or_read(machine: Machine, data: st.DataObject) -> None:
    pieces = ["", "-", "0", "9" * 30, "[", "]", "{", "}", ",", '"', "\\", "null", "1e9", "\n"]
    refused_or_read(parse, damaged(data.draw, render(machine), pieces))


@given(signalled(machines(max_states=2)))
def test_names_of_bits_come_back(machine: Machine) -> None:
    found = parse(render(machine), "f")
    assert found.inputs.signals == machine.inputs.signals
    assert found.outputs.signals == machine.outputs.signals


@pytest.mark.parametrize(
    ("signals", "message"),
    [
        ('"q"', 'expected a list such as [["en", 1], ["data", 2]]'),
        ('[["q"]]', 'expected a list such as [["en", 1], ["data", 2]]'),
        ("[[1, 1]]", 'expected a list such as [["en", 1], ["data", 2]]'),
        ('[["q", true]]', 'expected a list such as [["en", 1], ["data", 2]]'),
        ("[]", 'expected a list such as [["en", 1], ["data", 2]]'),
        ('[["q", 2]]', "signals of 2 bits, expected 1, and at least 1 each"),
        ('[["q", 1], ["r", 1]]', "signals of 2 bits, expected 1, and at least 1 each"),
    ],
)
def test_refuses_names_of_bits(signals: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(TEXT.replace('"initial": 1', f'"initial": 1, "input_signals": {signals}'), "f")
    assert str(caught.value) == f"f: input_signals: {message}"
