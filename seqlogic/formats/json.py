"""JSON, the format that holds a machine as it is: kind, alphabets, initial state, arrays and names.

An object with `"format": "seqlogic-machine"`, `"version": 1`, and the attributes of `Machine`: `kind` is "mealy" or
"moore"; an alphabet is a list of names or `{"bits": n}`; -1 stands for unknown in `next_state` and `output`. `care`
is left out where every output is known in all bits or none, and `states` where the states have no names. So are
`input_signals` and `output_signals`, lists of `[name, bits]`: what the bits of an index are, most significant first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from seqlogic.errors import InputError
from seqlogic.formats.shared import clip, first_twice, listed_signals, quote, show_signals
from seqlogic.machine import UNKNOWN, Alphabet, Machine

__all__ = ["parse", "render"]

_FORMAT, _VERSION = "seqlogic-machine", 1
_REQUIRED = ("format", "version", "kind", "inputs", "outputs", "initial", "next_state", "output")
_OPTIONAL = ("input_signals", "output_signals", "care", "states")


def parse(text: str, source: str) -> Machine:
    """Return the machine that a JSON text describes, states numbered as there. Time and memory: that of the text.

    Raises:
        InputError: anything but what the module says, to the letter: a syntax error is named by its line, anything
            else by its place in the object, such as `next_state[3][1]`.
    """
    try:
        value = _load(text, source)
    except RecursionError:
        raise InputError("nested too deeply, expected an object of lists", file=source) from None
    return _Reader(source).machine(value)


def _load(text: str, source: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            raise InputError(f"{clip(first_twice(key for key, _ in pairs))} stands twice in one object", file=source)
        return members

    def whole(digits: str) -> int:
        if len(digits) > 20:
            raise InputError(f"the number {clip(digits)} is too large, expected 32 bits", file=source)
        return int(digits)

    def refuse(number: str) -> Any:
        raise InputError(f"the number {clip(number)}, expected whole numbers only", file=source)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_int=whole, parse_float=refuse, parse_constant=refuse)
    except json.JSONDecodeError as error:
        message = f"not JSON, column {error.colno}: {error.msg[0].lower()}{error.msg[1:]}"
        raise InputError(message, file=source, line=error.lineno) from None


class _Reader:
    """Turns what was read into a machine, piece by piece; `source` is for the messages."""

    def __init__(self, source: str) -> None:
        self.source = source

    def error(self, place: str, value: Any, expected: str) -> InputError:
        return InputError(f"{place} is {_show(value)}, expected {expected}", file=self.source)

    def machine(self, value: Any) -> Machine:
        if not isinstance(value, dict):
            raise self.error("the file", value, "an object")
        if value.get("format") != _FORMAT:
            raise self.error("format", value.get("format"), json.dumps(_FORMAT))
        version = value.get("version")
        if type(version) is not int or version != _VERSION:
            raise self.error("version", version, str(_VERSION))
        for key in _REQUIRED:
            if key not in value:
                raise InputError(f"no {key!r}, expected {' '.join(_REQUIRED)}", file=self.source)
        for key in value:
            if key not in _REQUIRED + _OPTIONAL:
                known = " ".join(_REQUIRED + _OPTIONAL)
                raise InputError(f"unknown member {clip(key)}, expected {known}", file=self.source)
        if value["kind"] not in ("mealy", "moore"):
            raise self.error("kind", value["kind"], '"mealy" or "moore"')

        inputs = self.signals("input_signals", value, self.alphabet("inputs", value["inputs"]))
        outputs = self.signals("output_signals", value, self.alphabet("outputs", value["outputs"]))
        table = value["next_state"]
        if not isinstance(table, list) or not table:
            raise self.error("next_state", table, "a list of one list for each state")
        S, X = len(table), len(inputs)
        next_state = self.table("next_state", table, (S, X), (UNKNOWN, S - 1))
        shape = (S, X) if value["kind"] == "mealy" else (S,)
        output = self.table("output", value["output"], shape, (UNKNOWN, len(outputs) - 1))
        care = np.where(output == UNKNOWN, 0, outputs.full)
        if "care" in value:
            care = self.table("care", value["care"], shape, (0, outputs.full))
            self.check_care(output, care, outputs)
        initial = self.number("initial", value["initial"], 0, S - 1)
        states = self.names("states", value["states"]) if "states" in value else ()
        if "states" in value and len(states) != S:
            raise self.error("states", value["states"], f"{S} names, one for each state")
        return Machine(next_state, output, inputs, outputs, care=care, initial=initial, states=states)

    def alphabet(self, place: str, value: Any) -> Alphabet:
        if isinstance(value, dict):
            if list(value) != ["bits"]:
                raise self.error(place, value, 'a list of names or {"bits": n}')
            return Alphabet.words(self.number(f"{place}.bits", value["bits"], 1, 30))
        names = self.names(place, value)
        if not names:
            raise self.error(place, value, "at least one name")
        if len(set(names)) < len(names):
            raise InputError(f"{place} holds {clip(first_twice(names))} twice", file=self.source)
        return Alphabet.of(names)

    def signals(self, place: str, value: dict[str, Any], alphabet: Alphabet) -> Alphabet:
        if place not in value:
            return alphabet
        try:
            return listed_signals(alphabet, value[place])
        except ValueError as error:
            raise InputError(f"{place}: {error}", file=self.source) from None

    def names(self, place: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.error(place, value, "a list of names")
        for i, name in enumerate(value):
            if not isinstance(name, str):
                raise self.error(f"{place}[{i}]", name, "a name")
        return tuple(value)

    def table(self, place: str, value: Any, shape: tuple[int, ...], bounds: tuple[int, int]) -> np.ndarray:
        if len(shape) == 1:
            self.numbers(place, value, shape[0], bounds)
        elif not isinstance(value, list) or len(value) != shape[0]:
            raise self.error(place, value, f"{shape[0]} lists, one for each state")
        else:
            for i, row in enumerate(value):
                self.numbers(f"{place}[{i}]", row, shape[1], bounds)
        return np.array(value, dtype=np.int32)

    def numbers(self, place: str, value: Any, count: int, bounds: tuple[int, int]) -> None:
        if not isinstance(value, list) or len(value) != count:
            raise self.error(place, value, f"{count} numbers")
        for i, number in enumerate(value):
            self.number(f"{place}[{i}]", number, *bounds)

    def number(self, place: str, value: Any, low: int, high: int) -> int:
        # A bool is an int to Python, and to nobody else.
        if type(value) is not int or not low <= value <= high:
            raise self.error(place, value, f"a whole number from {low} to {high}")
        return value

    def check_care(self, output: np.ndarray, care: np.ndarray, outputs: Alphabet) -> None:
        known = output != UNKNOWN
        wrong = (known != (care != 0)) | (known & (output & ~care != 0))
        if outputs.bits is None:
            wrong |= (care != 0) & (care != outputs.full)
        if wrong.any():
            index = np.unravel_index(int(wrong.argmax()), wrong.shape)
            place = "care" + "".join(f"[{i}]" for i in index)
            raise self.error(place, int(care[index]), f"a mask that fits the output {output[index]}")


def _show(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    return clip(value) if isinstance(value, str) else json.dumps(value)


def render(machine: Machine) -> str:
    """Return a machine as JSON text, one state on a line, the same bytes for the same machine."""
    members = {
        "format": quote(_FORMAT),
        "version": str(_VERSION),
        "kind": quote(machine.kind),
        "inputs": _alphabet(machine.inputs),
        "outputs": _alphabet(machine.outputs),
        "initial": str(machine.initial),
    }
    for key, alphabet in (("input_signals", machine.inputs), ("output_signals", machine.outputs)):
        if alphabet.signals:
            members[key] = show_signals(alphabet)
    if machine.states:
        members["states"] = _lines(quote(name) for name in machine.states)
    members["next_state"] = _lines(map(str, machine.next_state.tolist()))
    members["output"] = _lines(map(str, machine.output.tolist()))
    if not np.isin(machine.care, (0, machine.outputs.full)).all():
        members["care"] = _lines(map(str, machine.care.tolist()))
    return "{\n" + ",\n".join(f'  "{key}": {value}' for key, value in members.items()) + "\n}\n"


def _alphabet(alphabet: Alphabet) -> str:
    if alphabet.bits is not None:
        return f'{{"bits": {alphabet.bits}}}'
    return "[" + ", ".join(quote(name) for name in alphabet.names) + "]"


def _lines(items: Iterable[str]) -> str:
    return "[\n" + ",\n".join(f"    {item}" for item in items) + "\n  ]"
