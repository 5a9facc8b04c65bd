"""Pairs of circuits that answer alike with registers that are not, and too many states to list."""

from __future__ import annotations

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, to_circuit
from seqlogic.encoding import state_codes
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof.rewriting import copied, root_of
from seqlogic.synthesis import FALSE, Gates


def counter(bits: int, *, gray: bool) -> Circuit:
    """The highest bit of a counter with enable, that holds its number in binary or in Gray code."""
    gates = Gates(1 + bits)
    enable, *state = gates.leaf_literals()
    number = list(state)
    if gray:
        for bit in reversed(range(bits - 1)):
            number[bit] = gates.xor(number[bit + 1], state[bit])
    following = _added(gates, number, enable, 0)
    output = number[-1]
    if gray:
        following = [gates.xor(*pair) for pair in zip(following, [*following[1:], FALSE], strict=True)]
    return circuit_of(
        gates,
        inputs=["enable"],
        latches=[f"state[{bit}]" for bit in range(bits)],
        outputs=["high"],
        next_state=following,
        output=[output],
        reset=np.zeros(bits, dtype=bool),
    )


def _added(gates: Gates, number: list[int], carry: int, less: int) -> list[int]:
    """A number and one more if there is a carry, or one less."""
    total = []
    for bit in number:
        total.append(gates.xor(bit, carry))
        carry = gates.and_(carry, bit ^ less)
    return total


def encoded(states: int, encoding: str, *, seed: int, wrong: bool = False, delay: int = 20) -> Circuit:
    """A random machine of two input bits, whose output bits are each xored with an input bit of some steps ago.

    Wrong is one whose last state, where there are so many, answers another way.
    """
    rng = np.random.default_rng((seed, states))
    output = rng.integers(4, size=(states, 4))
    machine = Machine(rng.integers(states, size=(states, 4)), output, *[Alphabet.words(2)] * 2)
    if wrong:
        output = output.copy()
        output[-1, 3] ^= 1
        machine = Machine(machine.next_state, output, *[Alphabet.words(2)] * 2)
    circuit = to_circuit(machine, state_codes(states, encoding))
    L = len(circuit.latches)
    gates = Gates(2 + L + delay)
    leaves = gates.leaf_literals()
    values = copied(gates, circuit, leaves[: 2 + L])
    row = leaves[2 + L :]
    return circuit_of(
        gates,
        inputs=circuit.inputs,
        latches=[*circuit.latches, *(f"row[{place}]" for place in range(delay))],
        outputs=circuit.outputs,
        next_state=[*(root_of(values, literal) for literal in circuit.next_state.tolist()), leaves[0], *row[:-1]],
        output=[gates.xor(root_of(values, literal), row[-1]) for literal in circuit.output.tolist()],
        reset=np.append(circuit.reset, np.zeros(delay, dtype=bool)),
    )


def queue(*, pointers: bool, places: int = 4, width: int = 2) -> Circuit:
    """A queue that shows its head and whether it is empty or full: with two pointers, or one that is shifted."""
    order = places.bit_length() - 1
    k = order + 1
    count = 2 * k if pointers else k
    gates = Gates(2 + width + count + places * width)
    push, pop, *rest = gates.leaf_literals()
    data, state, cells = rest[:width], rest[width : width + count], rest[width + count :]
    memory = [cells[place * width : (place + 1) * width] for place in range(places)]

    def is_(bits: list[int], value: int) -> int:
        return gates.all_of([bit ^ 1 ^ (value >> place & 1) for place, bit in enumerate(bits)])

    if pointers:
        read, write = state[:k], state[k:]
        here = is_([gates.xor(*pair) for pair in zip(read[:-1], write[:-1], strict=True)], 0)
        apart = gates.xor(read[-1], write[-1])
        empty, full = gates.and_(here, apart ^ 1), gates.and_(here, apart)
        got = [
            gates.any_of([gates.and_(is_(read[:-1], i), memory[i][bit]) for i in range(places)]) for bit in range(width)
        ]
    else:
        empty, full = is_(state, 0), is_(state, places)
        got = memory[0]
    put, take = gates.and_(push, full ^ 1), gates.and_(pop, empty ^ 1)
    if pointers:
        numbers = [*_added(gates, read, take, 0), *_added(gates, write, put, 0)]
        after = [
            [gates.mux(gates.and_(put, is_(write[:-1], i)), *pair) for pair in zip(data, memory[i], strict=True)]
            for i in range(places)
        ]
    else:
        fewer = _added(gates, state, take, 1)
        numbers = _added(gates, fewer, put, 0)
        above = [*memory[1:], memory[-1]]
        after = [
            [
                gates.mux(gates.and_(put, is_(fewer, i)), data[bit], gates.mux(take, above[i][bit], memory[i][bit]))
                for bit in range(width)
            ]
            for i in range(places)
        ]
    return circuit_of(
        gates,
        inputs=["push", "pop", *(f"data[{bit}]" for bit in range(width))],
        latches=[f"state[{place}]" for place in range(count + places * width)],
        outputs=[*(f"head[{bit}]" for bit in range(width)), "empty", "full"],
        next_state=[*numbers, *(bit for cell in after for bit in cell)],
        output=[*(gates.and_(empty ^ 1, bit) for bit in got), empty, full],
        reset=np.zeros(count + places * width, dtype=bool),
    )
