"""Circuits of exclusive ors alone, with as few latches as such a circuit can have.

A linear machine over GF(2) (Gill, 1966) has as many latches as needed exactly if every state is reached by the inputs
and no two are answered alike; what is superfluous is found by linear algebra, never by listing states (Kalman, 1963).
A CRC or a scrambler that was learned from its history holds about two bits for each of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.packing import pack_bits, unpack_bits
from seqlogic.synthesis import FALSE, TRUE, Gates

__all__ = ["minimal_linear"]

_TRIED = 1 << 12
"""So many random states and inputs must be answered as exclusive ors would."""
_SEED = 0


def minimal_linear(circuit: Circuit) -> Circuit | None:
    """Return a circuit of the fewest latches for one whose next state and outputs are exclusive ors.

    The coefficients are read off the circuit, one input or latch at a time; that it is linear is tried on random
    states, and not proven: whoever wants to rely on the result proves the two equal. Latches of the result are what
    the outputs will be after so many zeros, as far as these are independent: a shift register with feedback.

    Returns:
        The circuit, or None if it is not linear.
    """
    linear = _linear(circuit)
    if linear is None:
        return None
    reached = _reached(linear)
    basis = _Basis()
    chosen: list[int] = []
    rows = list(linear.outputs)
    # Of what the outputs show after 0, 1, ... steps, all that is independent on the states that are reached.
    for row in rows:
        if basis.add(_on(row, reached)):
            chosen.append(row)
            rows.append(linear.before(row))
    return _built(circuit, linear, chosen, basis, reached)


@dataclass(frozen=True)
class _Linear:
    """A linear machine that starts at zero; each number is a row over GF(2), bit i for latch or input i.

    Attributes:
        latches, inputs: how many; one more input is the constant one.
        following: for each latch the latches that it is the exclusive or of with the next step.
        driven: for each latch the inputs, likewise.
        outputs: for each output the latches.
        shown: for each output the inputs.
    """

    latches: int
    inputs: int
    following: tuple[int, ...]
    driven: tuple[int, ...]
    outputs: tuple[int, ...]
    shown: tuple[int, ...]

    def before(self, row: int) -> int:
        """The latches whose exclusive or is that of `row` with the next step, if all inputs are zero."""
        return _xor(self.following[latch] for latch in _ones(row))


def _linear(circuit: Circuit) -> _Linear | None:
    """The linear machine that a circuit is, the difference to its reset as its state; None if it is none."""
    ins, L = len(circuit.inputs), len(circuit.latches)
    rng = np.random.default_rng(_SEED)
    # The state of reset, then one bit changed at a time, then at random.
    changes = np.concatenate([np.zeros((1, ins + L)), np.eye(ins + L), rng.integers(2, size=(_TRIED, ins + L))]) == 1
    bits = changes ^ np.append(np.zeros(ins, dtype=bool), circuit.reset)
    shown, following = circuit.program.run(pack_bits(bits[:, :ins].T)[None], pack_bits(bits[:, ins:].T))
    found = unpack_bits(np.concatenate([following, shown[0]]), len(bits)) == 1
    constant = found[:, 0]
    coefficients = found[:, 1 : 1 + ins + L] ^ constant[:, None]
    expected = (coefficients.astype(np.uint8) @ changes.T.astype(np.uint8)) % 2 == 1
    if ((expected ^ constant[:, None]) != found).any():
        return None
    constant[:L] ^= circuit.reset
    inputs = [_row(np.append(row[:ins], one)) for row, one in zip(coefficients, constant, strict=True)]
    latches = [_row(row[ins:]) for row in coefficients]
    return _Linear(L, ins, tuple(latches[:L]), tuple(inputs[:L]), tuple(latches[L:]), tuple(inputs[L:]))


def _reached(linear: _Linear) -> list[int]:
    """A basis of the states that inputs lead to from zero, the constant one taken as an input like any other."""
    columns = [
        _xor(1 << latch for latch in range(linear.latches) if linear.driven[latch] >> number & 1)
        for number in range(linear.inputs + 1)
    ]
    basis = _Basis()
    found = []
    for state in columns:
        if basis.add(state):
            found.append(state)
            columns.append(_xor(1 << latch for latch in range(linear.latches) if _odd(linear.following[latch] & state)))
    return found


def _built(circuit: Circuit, linear: _Linear, chosen: Sequence[int], basis: _Basis, reached: Sequence[int]) -> Circuit:
    """The circuit whose latches hold the chosen exclusive ors."""
    ins = linear.inputs
    gates = Gates(ins + len(chosen))
    leaves = gates.leaf_literals()
    inputs, latches = [*leaves[:ins], TRUE], leaves[ins:]

    def exclusive(row: int, driven: int) -> int:
        # What is no combination of the chosen rows would have been chosen.
        parts = [latches[place] for place in basis.combination(_on(row, reached))]
        return reduce(gates.xor, sorted([*parts, *(inputs[number] for number in _ones(driven))]), FALSE)

    following = [exclusive(linear.before(row), _xor(linear.driven[latch] for latch in _ones(row))) for row in chosen]
    output = [exclusive(row, shown) for row, shown in zip(linear.outputs, linear.shown, strict=True)]
    return circuit_of(
        gates,
        inputs=circuit.inputs,
        latches=[f"state[{place}]" for place in range(len(chosen))],
        outputs=circuit.outputs,
        next_state=following,
        output=output,
        reset=[False] * len(chosen),
    )


class _Basis:
    """Independent vectors over GF(2), and what others are combinations of."""

    def __init__(self) -> None:
        # By its highest one: a reduced vector, and which of the added ones it is the exclusive or of.
        self._rows: dict[int, tuple[int, int]] = {}

    def _reduced(self, vector: int) -> tuple[int, int]:
        parts = 0
        while vector and (known := self._rows.get(vector.bit_length())) is not None:
            vector, parts = vector ^ known[0], parts ^ known[1]
        return vector, parts

    def add(self, vector: int) -> bool:
        """Take up a vector; False, and nothing is done, if it is a combination of those before it."""
        rest, parts = self._reduced(vector)
        if rest:
            self._rows[rest.bit_length()] = rest, parts ^ 1 << len(self._rows)
        return bool(rest)

    def combination(self, vector: int) -> list[int]:
        """The places, in the order of adding, of those vectors whose exclusive or it is."""
        rest, parts = self._reduced(vector)
        assert not rest
        return _ones(parts)


def _on(row: int, states: Sequence[int]) -> int:
    """What an exclusive or of latches is on each of some states."""
    return _xor(_odd(row & state) << place for place, state in enumerate(states))


def _xor(numbers: Iterable[int]) -> int:
    return reduce(int.__xor__, numbers, 0)


def _odd(number: int) -> int:
    return number.bit_count() & 1


def _ones(number: int) -> list[int]:
    return [place for place in range(number.bit_length()) if number >> place & 1]


def _row(bits: np.ndarray) -> int:
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
