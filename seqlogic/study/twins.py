"""Circuits that answer alike with other registers, and too many states to list: `python -m seqlogic.study.twins`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, to_circuit
from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import Progress
from seqlogic.encoding import state_codes
from seqlogic.errors import InputError
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof.circuits import CircuitVerdict, prove_circuits
from seqlogic.proof.rewriting import copied, root_of
from seqlogic.study.table import Table
from seqlogic.synthesis import FALSE, Gates

__all__ = ["PAIRS", "counter", "encoded", "main", "queue"]

_TIMES = "Seconds are those of the wall: a search for an invariant runs beside induction."


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
    machine = Machine(rng.integers(states, size=(states, 4)), output, Alphabet.words(2), Alphabet.words(2))
    if wrong:
        output = output.copy()
        output[-1, 3] ^= 1
        machine = Machine(machine.next_state, output, Alphabet.words(2), Alphabet.words(2))
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


def _both(of: Callable[..., Circuit], **sides: Sequence[object]) -> Callable[[], list[Circuit]]:
    return lambda: [of(**dict(zip(sides, values, strict=True))) for values in zip(*sides.values(), strict=True)]


def _machines(states: int, *encodings: str, wrong: bool = False) -> Callable[[], list[Circuit]]:
    return lambda: [encoded(states, name, seed=1, wrong=wrong and place > 0) for place, name in enumerate(encodings)]


PAIRS: dict[str, Callable[[], list[Circuit]]] = {
    "8 states, binary and one-hot": _machines(8, "binary", "one-hot"),
    "30 states, binary and one-hot": _machines(30, "binary", "one-hot"),
    "30 states, one answer wrong": _machines(30, "binary", "one-hot", wrong=True),
    "30 states, binary and Gray": _machines(30, "binary", "gray"),
    "100 states, binary and one-hot": _machines(100, "binary", "one-hot"),
    "counter of 20 bits, binary and Gray": _both(counter, bits=(20, 20), gray=(False, True)),
    "counter of 32 bits, binary and Gray": _both(counter, bits=(32, 32), gray=(False, True)),
    "queue of 4 x 2 bits, pointers and shifted": _both(queue, pointers=(True, False), places=(4, 4), width=(2, 2)),
    "queue of 4 x 4 bits": _both(queue, pointers=(True, False), places=(4, 4), width=(4, 4)),
    "queue of 8 x 2 bits": _both(queue, pointers=(True, False), places=(8, 8), width=(2, 2)),
    "queue of 8 x 8 bits": _both(queue, pointers=(True, False), places=(8, 8), width=(8, 8)),
}
"""Pairs to be proven, by name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove the pairs and print what came of it; exit 0, 2 if an argument is at fault, 130 if interrupted."""
    try:
        options = _options(arguments)
    except InputError as error:
        print(f"twins: {error}", file=sys.stderr)
        return 2
    names = [name for name in PAIRS if options.only is None or any(one in name for one in options.only)]
    lines: list[tuple[str, ...]] = []
    try:
        with Progress("pairs", after=2.0) as progress:
            for name in names:
                a, b = PAIRS[name]()
                lines.append(_line(name, a, b, prove_circuits(a, b, seconds=options.seconds)))
                progress.tell(len(lines), len(names))
    except KeyboardInterrupt:
        print(f"twins: interrupted after {len(lines)} of {len(names)}", file=sys.stderr)
    shown = Table(("pair", "verdict", "latches", "gates", "seconds"), tuple(lines))
    print(shown.markdown() if options.markdown else shown.text())
    print(f"\n{_TIMES}")
    return 0 if len(lines) == len(names) else 130


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = Parser(
        prog="python -m seqlogic.study.twins",
        description="Prove circuits equal that hold the same in other registers, too many states to list them.",
        epilog="Exit code: 0 all were tried; 2 the arguments are at fault; 130 interrupted.",
    )
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="pairs whose names hold one of these")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="for each pair (default 60)")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    options = parser.parse_args(arguments)
    if not options.seconds > 0:
        parser.error(f"argument --seconds: {options.seconds:g}, expected more than 0")
    return options


def _line(name: str, a: Circuit, b: Circuit, verdict: CircuitVerdict) -> tuple[str, ...]:
    said = {
        "equal": f"equal: {verdict.how}",
        "differs": f"differs at step {len(verdict.word or ())}",
        "unknown": f"unknown; not within {verdict.depth} steps",
    }[verdict.result]
    sizes = (f"{len(a.latches)} and {len(b.latches)}", f"{len(a.ands)} and {len(b.ands)}")
    return (name, said, *sizes, f"{verdict.seconds:.1f}")


if __name__ == "__main__":
    sys.exit(main())
