"""The other hub of seqlogic: Boolean logic with registers, an and-inverter graph with latches (the AIGER model)."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from seqlogic.encoding import state_codes
from seqlogic.machine import UNKNOWN, Alphabet, Machine, reachable, to_mealy
from seqlogic.packing import pack, pack_bits, unpack, unpack_bits
from seqlogic.straight_line import Program
from seqlogic.synthesis import Gates, machine_logic

__all__ = [
    "Circuit",
    "Word",
    "check_planes",
    "circuit_of",
    "codes_of",
    "run",
    "simulate",
    "to_circuit",
    "to_machine",
    "whole_circuit",
    "words",
]

_MOST_ALL = 17
"""The most latches and inputs of a circuit of which every state is evaluated, reached or not."""

_BATCH = 1 << 12
"""The most states that are evaluated at a time where only those that are reached are."""

_BIT = re.compile(r"(.+)\[(0|[1-9][0-9]{0,8})\]", re.DOTALL)
"""The name of a bit of a word."""


@dataclass(frozen=True, eq=False)
class Circuit:
    """A sequential circuit of AND gates, inverters and latches; one step reads the inputs and gives the outputs.

    Variable 0 is the constant false; then I inputs, L latches and A gates follow, in this order. A literal is twice a
    variable, plus one if it is negated. The arrays are copied, checked and made read-only.

    Attributes:
        inputs: a name for each input bit, as "symbol[0]".
        latches: a name for each latch, as "state[0]".
        outputs: a name for each output bit, as "output[0]" or "error".
        ands: int32 [A, 2], the literals of each gate, of earlier variables, the larger first; no two gates are equal.
        next_state: int32 [L], the literal that each latch takes with the next step.
        output: int32 [O], the literal of each output.
        reset: bool [L], the latches before the first step.

    Raises:
        ValueError: an array of the wrong shape, a gate out of order, or a literal of no variable.
    """

    inputs: tuple[str, ...]
    latches: tuple[str, ...]
    outputs: tuple[str, ...]
    ands: np.ndarray
    next_state: np.ndarray
    output: np.ndarray
    reset: np.ndarray

    def __post_init__(self) -> None:
        first = 1 + len(self.inputs) + len(self.latches)
        names = (*self.inputs, *self.latches, *self.outputs)
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the name {twice!r} stands twice")
        ands = np.array(self.ands, dtype=np.int64)
        if ands.ndim != 2 or ands.shape[1] != 2:
            raise ValueError(f"ands has the shape {ands.shape}, expected [gates, 2]")
        lengths = {"next_state": len(self.latches), "output": len(self.outputs), "reset": len(self.latches)}
        for name, length in lengths.items():
            shape = np.shape(getattr(self, name))
            if shape != (length,):
                raise ValueError(f"{name} has the shape {shape}, expected ({length},)")
        wrong = (ands.min(axis=1) < 0) | (ands[:, 0] >= 2 * (first + np.arange(len(ands))))
        wrong |= ands[:, 0] <= ands[:, 1]
        if wrong.any():
            gate = int(wrong.argmax())
            raise ValueError(f"gate {gate} is {ands[gate].tolist()}, expected earlier literals, the larger first")
        if len(np.unique(ands, axis=0)) != len(ands):
            raise ValueError("two gates are equal")
        bound = 2 * (first + len(ands))
        for name in ("next_state", "output"):
            literals = np.array(getattr(self, name), dtype=np.int64)
            outside = literals[(literals < 0) | (literals >= bound)]
            if outside.size:
                raise ValueError(f"{name} holds the literal {outside[0]}, outside 0 .. {bound - 1}")
        for name, dtype in (("ands", np.int32), ("next_state", np.int32), ("output", np.int32), ("reset", np.bool_)):
            array = np.array(getattr(self, name), dtype=dtype)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        sizes = f"{len(self.inputs)} inputs, {len(self.latches)} latches, {len(self.outputs)} outputs"
        return f"<Circuit {sizes}, {len(self.ands)} gates>"

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, over the numbers of inputs, latches, outputs and gates and the arrays.

        All as little-endian int32. Names are not part of it, and circuits of the same behaviour may differ in it.
        """
        sizes = [len(self.inputs), len(self.latches), len(self.outputs), len(self.ands)]
        sha = hashlib.sha256(b"circuit")
        for array in (np.array(sizes), self.ands, self.next_state, self.output, self.reset):
            sha.update(array.astype("<i4").tobytes())
        return sha.hexdigest()

    @cached_property
    def program(self) -> Program:
        """What one step computes, as operations on many evaluations at once."""
        return Program(len(self.inputs), self.ands, self.next_state, self.output)


class Word(NamedTuple):
    """A word of bits: its name, and for each bit, the least significant first, its place among the names."""

    name: str
    places: tuple[int, ...]


def words(names: Sequence[str]) -> list[Word]:
    """Return the words that the names of bits make, in the order of their first bits.

    A word has bits from 0 on, each once, and a name that is none of the names; what is no bit of one is a word itself.

    >>> words(["sum[1]", "up", "sum[0]", "odd[1]"])
    [Word(name='sum', places=(2, 0)), Word(name='up', places=(1,)), Word(name='odd[1]', places=(3,))]
    """
    bits: dict[str, list[tuple[int, int]]] = {}
    for place, name in enumerate(names):
        if match := _BIT.fullmatch(name):
            bits.setdefault(match[1], []).append((int(match[2]), place))
    found: list[Word] = []
    single = dict(enumerate(names))
    for word in bits.keys() - set(names):
        indices, places = zip(*sorted(bits[word]), strict=True)
        if indices == tuple(range(len(indices))):
            found.append(Word(word, places))
            for place in places:
                del single[place]
    found += [Word(name, (place,)) for place, name in single.items()]
    return sorted(found, key=lambda word: min(word.places))


def circuit_of(
    gates: Gates,
    *,
    inputs: Sequence[str],
    latches: Sequence[str],
    outputs: Sequence[str],
    next_state: Sequence[int],
    output: Sequence[int],
    reset: Sequence[bool] | np.ndarray,
) -> Circuit:
    """Return the circuit of what has been built, without the gates that nothing needs.

    The leaves of `gates` are the inputs, then the latches.
    """
    ands, roots = gates.live([*next_state, *output])
    return Circuit(
        inputs=tuple(inputs),
        latches=tuple(latches),
        outputs=tuple(outputs),
        ands=ands,
        next_state=roots[: len(latches)],
        output=roots[len(latches) :],
        reset=np.array(reset, dtype=bool),
    )


def to_circuit(machine: Machine, codes: np.ndarray, *, output_names: Sequence[str] | None = None) -> Circuit:
    """Return a circuit that answers every word as the machine does, its states coded as given.

    Input bits are those of a symbol's index, output bits those of an output symbol's, least significant first. What
    is unknown, a code that no state has, and a pattern that is no symbol are left to the logic: to have them
    answered, `complete` the machine first.

    Args:
        machine: of either kind; a Moore machine becomes the Mealy machine of the same behaviour.
        codes: bool [S, L], the code of each state, as `state_codes` makes them.
        output_names: a name for each output bit; "output[0]" and so on if not given.

    Raises:
        ValueError: codes of the wrong shape, or two states with the same code.
    """
    codes = np.array(codes, dtype=bool)
    S, ins, outs = len(machine), machine.inputs.width, machine.outputs.width
    if codes.ndim != 2 or len(codes) != S or codes.shape[1] == 0:
        raise ValueError(f"codes have the shape {codes.shape}, expected [{S}, bits]")
    if len(np.unique(codes, axis=0)) != S:
        raise ValueError("two states have the same code")
    names = [f"output[{bit}]" for bit in range(outs)] if output_names is None else list(output_names)
    L = codes.shape[1]
    gates = Gates(ins + L)
    logic = machine_logic(gates, to_mealy(machine), codes)
    return circuit_of(
        gates,
        inputs=[f"symbol[{bit}]" for bit in range(ins)],
        latches=[f"state[{bit}]" for bit in range(L)],
        outputs=names,
        next_state=logic[:L],
        output=logic[L:],
        reset=codes[machine.initial],
    )


def whole_circuit(machine: Machine) -> Circuit:
    """Return the circuit of a machine that knows all, its states in binary.

    Raises:
        ValueError: an entry is unknown, in whole or in part: the logic would fill it in.
    """
    mealy = to_mealy(machine)
    if (mealy.next_state == UNKNOWN).any() or (mealy.care != mealy.outputs.full).any():
        raise ValueError("it leaves entries open")
    return to_circuit(mealy, state_codes(len(mealy), "binary"))


def simulate(circuit: Circuit, bits: np.ndarray) -> np.ndarray:
    """Return the outputs of 64 * W input sequences, from reset on.

    O(T (A + L) W) time, see `straight_line` for the details: 64 sequences share a word, and the more words the better,
    up to some thousands.

    Args:
        bits: uint64 [T, I, W], each bit of a word belongs to one sequence.

    Returns:
        uint64 [T, O, W].

    Raises:
        ValueError: another shape.
    """
    bits = check_planes(circuit, bits)
    reset = np.repeat(-circuit.reset.astype(np.uint64)[:, None], bits.shape[2], axis=1)
    return circuit.program.run(bits, reset)[0]


def check_planes(circuit: Circuit, bits: np.ndarray) -> np.ndarray:
    """Return inputs as a contiguous array uint64 [T, I, W]; ValueError if they have another shape."""
    bits = np.ascontiguousarray(bits, dtype=np.uint64)
    if bits.ndim != 3 or bits.shape[1] != len(circuit.inputs):
        raise ValueError(f"bits have the shape {bits.shape}, expected [steps, {len(circuit.inputs)}, words]")
    return bits


def run(circuit: Circuit, words: np.ndarray) -> np.ndarray:
    """Return the output words of a batch of input words, each from reset on.

    Args:
        words: int [N, T], the bits of the inputs as numbers.

    Returns:
        int64 [N, T], the bits of the outputs as numbers.

    Raises:
        ValueError: a symbol that the inputs cannot hold.
    """
    words = np.asarray(words, dtype=np.int64)
    if words.ndim != 2:
        raise ValueError(f"words have the shape {words.shape}, expected [words, symbols]")
    ins = len(circuit.inputs)
    if words.size and (words.min() < 0 or words.max() >> ins):
        raise ValueError(f"a word holds {words.min() if words.min() < 0 else words.max()}, outside {ins} bits")
    return unpack(simulate(circuit, pack(words, ins)), len(words))


def to_machine(
    circuit: Circuit, *, limit: int = 1 << 20, symbols: int | None = None, deadline: float = math.inf
) -> Machine:
    """Return the Mealy machine of the states that a circuit reaches, over words of bits, numbered breadth-first.

    Of so many `symbols`, which are the first bit patterns, if given; until `deadline` of the monotonic clock.

    Bit-parallel: with up to 17 latches and inputs every state is evaluated, else those that are reached, in turn.

    Raises:
        ValueError: more than `limit` reachable states, or inputs or outputs that are no Alphabet of words.
        TimeoutError: past the deadline.
    """
    ins, L = len(circuit.inputs), len(circuit.latches)
    inputs, outputs = Alphabet.words(ins), Alphabet.words(len(circuit.outputs))
    if symbols is not None and symbols < len(inputs):
        inputs = Alphabet.of(map(inputs.name, range(symbols)))
    if ins + L <= _MOST_ALL:
        # A long chain of states would otherwise be walked one state at a time.
        states = np.arange(1 << L)[:, None] >> np.arange(L) & 1 == 1
        reached, output = _successors(circuit, states, len(inputs))
        weights = 1 << np.arange(L)
        machine = reachable(Machine(reached @ weights, output, inputs, outputs, initial=int(circuit.reset @ weights)))
        if len(machine) > limit:
            raise ValueError(f"the circuit reaches more than {limit:,} states")
        return machine

    start = np.packbits(circuit.reset, bitorder="little").tobytes()
    number, codes = {start: 0}, [start]
    tables: list[tuple[np.ndarray, np.ndarray]] = []
    done = 0
    while done < len(codes):
        if time.monotonic() > deadline:
            raise TimeoutError("the deadline has passed")
        batch = codes[done : done + _BATCH]
        done += len(batch)
        octets = np.frombuffer(b"".join(batch), dtype=np.uint8).reshape(len(batch), -1)
        states = np.unpackbits(octets, axis=1, count=L, bitorder="little").astype(bool)
        reached, output = _successors(circuit, states, len(inputs))
        row = [code.tobytes() for code in np.packbits(reached, axis=2, bitorder="little").reshape(-1, octets.shape[1])]
        for code in row:
            if code not in number:
                if len(codes) == limit:
                    raise ValueError(f"the circuit reaches more than {limit:,} states")
                number[code] = len(codes)
                codes.append(code)
        tables.append((np.array([number[code] for code in row]).reshape(output.shape), output))
    return Machine(np.concatenate([t for t, _ in tables]), np.concatenate([o for _, o in tables]), inputs, outputs)


def _successors(circuit: Circuit, states: np.ndarray, X: int) -> tuple[np.ndarray, np.ndarray]:
    """The codes of the next states, bool [B, X, L], and the outputs, int64 [B, X], of states bool [B, L]."""
    ins, (B, L) = len(circuit.inputs), states.shape
    inputs = np.arange(X) >> np.arange(ins)[:, None] & 1 == 1
    reached, output = np.empty((B, X, L), dtype=bool), np.empty((B, X), dtype=np.int64)
    # So many entries make whole rows of a program.
    step = max(1, (1 << 18) // X)
    for start in range(0, B, step):
        part = states[start : start + step]
        entries = len(part) * X
        bits = pack_bits(np.tile(inputs, len(part)))
        answers, latches = circuit.program.run(bits[None], pack_bits(np.repeat(part.T, X, axis=1)))
        reached[start : start + step] = unpack_bits(latches, entries).T.reshape(len(part), X, L)
        output[start : start + step] = unpack(answers, entries).reshape(-1, X)
    return reached, output


def codes_of(machine: Machine, circuit: Circuit) -> np.ndarray:
    """Return the code that a circuit of a machine is in when the machine is in each state, bool [S, L].

    Breadth-first over the known transitions of the machine; a state that they do not reach has the code of reset.

    Raises:
        ValueError: an input alphabet of another width.
    """
    ins, X = len(circuit.inputs), len(machine.inputs)
    if machine.inputs.width != ins:
        raise ValueError(f"{machine.inputs.width} bits of input symbols for a circuit of {ins}")
    codes = np.tile(circuit.reset, (len(machine), 1))
    seen = np.zeros(len(machine), dtype=bool)
    seen[machine.initial] = True
    frontier = np.array([machine.initial])
    while len(frontier):
        reached = _successors(circuit, codes[frontier], X)[0].reshape(len(frontier) * X, -1)
        targets, entry = np.unique(machine.next_state[frontier].reshape(-1), return_index=True)
        fresh = (targets != UNKNOWN) & ~seen[targets]
        frontier = targets[fresh]
        codes[frontier] = reached[entry[fresh]]
        seen[frontier] = True
    return codes
