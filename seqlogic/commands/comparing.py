"""What `seqlogic prove` says of circuits: against each other, against machines and against Verilog."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seqlogic.circuit import Circuit, to_machine, whole_circuit
from seqlogic.commands import EXIT_CODES
from seqlogic.commands.gates import ERROR, flagged, named
from seqlogic.commands.progress import within
from seqlogic.completion import complete
from seqlogic.errors import InputError
from seqlogic.formats import is_circuit, read_circuit, read_machine
from seqlogic.logic import in_bits
from seqlogic.machine import Alphabet, Machine, reachable, with_words
from seqlogic.proof import prove
from seqlogic.proof.circuits import CircuitVerdict, called_as, prove_circuits
from seqlogic.synthesis import FALSE

if TYPE_CHECKING:
    from fpga.module import Module

__all__ = ["compare", "compare_with_module"]

_MOST_STATES = 1 << 16
_MOST_ENTRIES = 1 << 24
"""So many states, and with each input symbol so many entries, of a circuit are listed to see whether it conforms."""
_CODES = {"equal": 0, "differs": 1, "unknown": 3}


def compare(a: str, b: str, limit: float) -> int:
    """Print what two circuits, or a circuit and a machine, are to each other; returns the exit code.

    A circuit with one output more than the machine, `error`, is compared with the gates that `seqlogic export` makes of
    the machine, for every pattern of its inputs. Of a machine that leaves entries open it is asked at last whether the
    circuit conforms to it.
    """
    if is_circuit(a) and is_circuit(b):
        one, given = read_circuit(a), read_circuit(b)
        one, left_out = _without_error(a, one, given.outputs, limit)
        given, left_out_too = _without_error(b, given, one.outputs, limit)
        notes = [*_by_order(one, given.inputs, given.outputs), *left_out, *left_out_too]
        return _told(a, b, _proven((a, b), one, given, None, limit), notes)
    file, other = (a, b) if is_circuit(a) else (b, a)
    # What no word leads to says nothing.
    circuit, machine = read_circuit(file), reachable(read_machine(other))
    has_error = ERROR in circuit.outputs and len(circuit.outputs) == machine.outputs.width + 1
    numbered = in_bits(machine.inputs) and in_bits(machine.outputs)
    if not (has_error or numbered):
        message = "has symbols of other names than those of their bits, expected numbers from 0 on, or words of bits"
        raise InputError(message, file=other)
    try:
        whole = whole_circuit(machine)
    except ValueError:
        whole = None
    own = flagged(complete(machine), "binary")[1] if has_error else whole
    if own is not None:
        own = named(own, machine)
        sides = (circuit, own) if file == a else (own, circuit)
        verdict = _proven((a, b), *sides, None, limit)
        if whole is not None or verdict.result == "equal":
            notes = _by_order(circuit, own.inputs, own.outputs)
            if not numbered:
                notes.append(f"the symbols of {other} are compared by their numbers, in its order from 0 on")
            return _told(a, b, verdict, notes)
    return _conforming(a, b, circuit, machine, limit, has_error=has_error)


def _proven(files: tuple[str, str], one: Circuit, given: Circuit, symbols: int | None, limit: float) -> CircuitVerdict:
    """The verdict on two circuits, of words of so many symbols, of all if not given."""
    other = _called_as(*files, _paired(one, given), one)
    with within(limit):
        return prove_circuits(one, other, symbols=symbols, seconds=limit)


def _called_as(a: str, b: str, circuit: Circuit, other: Circuit) -> Circuit:
    """A circuit with the names of another one, see `called_as`."""
    try:
        return called_as(circuit, other)
    except ValueError as error:
        raise InputError(f"{a} and {b} cannot be compared: {error}") from error


def _paired(one: Circuit, given: Circuit) -> Circuit:
    """The other circuit, its outputs beside `error` called as those of the first where only that name is the same."""
    there, here = ([name for name in side.outputs if name != ERROR] for side in (one, given))
    both = ERROR in one.outputs and ERROR in given.outputs
    if not both or len(there) != len(here) or not set(there).isdisjoint([*here, *given.inputs]):
        return given
    names = dict(zip(here, there, strict=True)) | {ERROR: ERROR}
    # Latches are nobody's business, and must not be in the way of these names.
    latches = tuple(f"a latch [{place}]" for place in range(len(given.latches)))
    return replace(given, latches=latches, outputs=tuple(map(names.__getitem__, given.outputs)))


def _by_order(one: Circuit, inputs: Sequence[str], outputs: Sequence[str]) -> list[str]:
    """What there is to say where only their order tells what belongs together."""
    notes = []
    for what, ours, theirs in (("input", one.inputs, inputs), ("output", one.outputs, outputs)):
        if ours and set(ours).isdisjoint(theirs):
            more = ", and so on in their order" if len(ours) > 1 else ""
            notes.append(f"their {what}s have names of their own: {ours[0]} is taken for {theirs[0]}{more}")
    return notes


def _told(a: str, b: str, verdict: CircuitVerdict, notes: Sequence[str]) -> int:
    print("\n".join([verdict.text(a, b), *notes]))
    return _CODES[verdict.result]


def _without_error(file: str, circuit: Circuit, outputs: Sequence[str], limit: float) -> tuple[Circuit, Sequence[str]]:
    """A circuit without an output `error` that others do not have, and a note of it, if it is never set."""
    if ERROR not in circuit.outputs or ERROR in outputs or len(circuit.outputs) != len(outputs) + 1:
        return circuit, []
    error = np.array([name == ERROR for name in circuit.outputs])
    flag = replace(circuit, outputs=(ERROR,), output=circuit.output[error])
    with within(limit):
        if prove_circuits(flag, replace(flag, output=np.array([FALSE])), seconds=limit).result != "equal":
            return circuit, []
    names = tuple(name for name in circuit.outputs if name != ERROR)
    return replace(circuit, outputs=names, output=circuit.output[~error]), [
        f"the output {ERROR!r} of {file} is never set, and was left out"
    ]


def _conforming(a: str, b: str, circuit: Circuit, machine: Machine, limit: float, *, has_error: bool) -> int:
    """Say what a circuit is to a machine that leaves entries open, the states of both listed."""
    ins, outs = machine.inputs.width, machine.outputs.width
    outputs = [*(f"output[{bit}]" for bit in range(outs)), *[ERROR] * has_error]
    nothing = np.zeros(len(outputs), dtype=np.int64)
    inputs = tuple(f"symbol[{bit}]" for bit in range(ins))
    outline = named(Circuit(inputs, (), tuple(outputs), np.zeros((0, 2)), nothing[:0], nothing, nothing[:0]), machine)
    aligned = _called_as(a, b, circuit, outline)
    symbols = len(machine.inputs)
    most = min(_MOST_STATES, _MOST_ENTRIES // symbols)
    try:
        with within(limit):
            shown = to_machine(aligned, limit=most, symbols=symbols, deadline=time.monotonic() + limit)
    except ValueError as error:
        print(f"undecided: {error}")
        return EXIT_CODES["undecided"]
    except TimeoutError:
        print(f"undecided: the time limit of {limit:g} s was reached")
        return EXIT_CODES["undecided"]
    words = Alphabet.words(outs)
    listed = Machine(shown.next_state, shown.output & words.full, machine.inputs, words)
    numbers = np.array([(value, words.full) for value in range(len(machine.outputs))])
    over_words = machine if machine.outputs == words else with_words(machine, numbers, words)
    verdict = prove(listed, over_words) if is_circuit(a) else prove(over_words, listed)
    print("\n".join([verdict.text(a, b), *_by_order(circuit, outline.inputs, outline.outputs)]))
    if has_error:
        print(f"the output {ERROR!r} is left out of this, for the machine leaves entries open")
    return EXIT_CODES[verdict.result]


def compare_with_module(a: str, b: str, module: Module, limit: float) -> int:
    """Print what the circuit of a file is to a Verilog module; returns the exit code."""
    circuit, left_out = _without_error(a, read_circuit(a), module.bit_names[1], limit)
    with within(limit):
        verdict = module.prove_circuit(circuit, limit)
    notes = [*_by_order(circuit, *module.bit_names), *left_out]
    if module.free and verdict.word is not None:
        notes.append(f"above the {len(circuit.inputs)} input bits stand those that Verilog leaves open: {module.free}")
    return _told(a, b, verdict, notes)
