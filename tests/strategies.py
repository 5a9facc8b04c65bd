"""Random machines and circuits for property tests, and brute force to judge them by."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof.rewriting import copied, root_of
from seqlogic.synthesis import Gates

Text = TypeVar("Text", str, bytes)

# Names that a format has to protect from itself, and ordinary ones.
AWKWARD = [
    "-",
    "--",
    "*",
    "#",
    "",
    " ",
    " a ",
    "a/b",
    "/",
    "|",
    "{x|y}",
    '"',
    "\\",
    "\\n",
    "&amp;",
    "&#47;",
    "a\nb",
    "ü",
]
SIGNALS = ["top.dut.rx", "rx", "data[0]", "data[1]", "data[1:0]", "output", "clk", "sink_symbol", "n5", "..", "a b[1]"]
NAMES = st.one_of(st.sampled_from(["a", "b", "coin", "0", "1", "10", "s0", "s1"]), st.sampled_from(AWKWARD), st.text())


@st.composite
def alphabets(draw: st.DrawFn, max_symbols: int = 3, max_bits: int = 2) -> Alphabet:
    """An alphabet of 1 to `max_symbols` named symbols, or of the words of 1 to `max_bits` bits."""
    if draw(st.booleans()):
        return Alphabet.words(draw(st.integers(1, max_bits)))
    return Alphabet.of(draw(st.lists(NAMES, min_size=1, max_size=max_symbols, unique=True)))


@st.composite
def machines(
    draw: st.DrawFn,
    *,
    kind: str | None = None,
    inputs: Alphabet | None = None,
    outputs: Alphabet | None = None,
    max_states: int = 4,
) -> Machine:
    """A machine with unknown transitions and outputs, words known in part, any initial state, named states or not.

    `kind` is "mealy", "moore" or None for either; an alphabet that is not given is drawn by `alphabets`.
    """
    S = draw(st.integers(1, max_states))
    inputs = draw(alphabets()) if inputs is None else inputs
    outputs = draw(alphabets()) if outputs is None else outputs
    X = len(inputs)
    kind = draw(st.sampled_from(["mealy", "moore"])) if kind is None else kind
    shape = (S, X) if kind == "mealy" else (S,)
    # Half of the machines are complete, for else most of them fall silent after a few symbols.
    low = draw(st.sampled_from([UNKNOWN, 0]))
    numbers = st.integers(low, S - 1)
    next_state = draw(st.lists(numbers, min_size=S * X, max_size=S * X))
    size = int(np.prod(shape))
    output = draw(st.lists(st.integers(low, len(outputs) - 1), min_size=size, max_size=size))
    care = None
    if outputs.bits is not None and low == UNKNOWN:
        care = np.reshape(draw(st.lists(st.integers(0, outputs.full), min_size=size, max_size=size)), shape)
        care = np.where(np.reshape(output, shape) == UNKNOWN, 0, care)
    return Machine(
        next_state=np.reshape(next_state, (S, X)),
        output=np.reshape(output, shape),
        inputs=inputs,
        outputs=outputs,
        care=care,
        initial=draw(st.integers(0, S - 1)),
        states=tuple(draw(st.one_of(st.just(()), st.lists(NAMES, min_size=S, max_size=S)))),
    )


@st.composite
def signalled(draw: st.DrawFn, machine: st.SearchStrategy[Machine]) -> Machine:
    """A machine whose bits have names, awkward ones among them."""
    found = draw(machine)
    sides = {}
    for side, alphabet in (("inputs", found.inputs), ("outputs", found.outputs)):
        left, signals = alphabet.width, []
        while left:
            signals.append(draw(st.integers(1, left)))
            left -= signals[-1]
        names = draw(
            st.lists(NAMES | st.sampled_from(SIGNALS), min_size=len(signals), max_size=len(signals), unique=True)
        )
        try:
            sides[side] = replace(alphabet, signals=tuple(zip(names, signals, strict=True)))
        except ValueError:
            # Two bits of one name.
            sides[side] = alphabet
    return replace(found, **sides)


# Names of bits that every format of circuits holds, such that a writer or reader may stumble over among them.
BITS = [
    "a",
    "b[0]",
    "b[1]",
    "b",
    "clk",
    "rst",
    "en",
    "n5",
    "nn14",
    "output",
    "module",
    "unused",
    "next_q",
    "q",
    "q_",
    "1",
]
BITS += ["symbol[0]", "state[1]", "output[0]", "ü", "$x", "a.b", "x/y", "-", "c", "i0", "next_b[1]", "b[0][1]", "b[01]"]


@st.composite
def circuits(draw: st.DrawFn, *, max_inputs: int = 3, max_latches: int = 4) -> Circuit:
    """A circuit of up to 12 gates and one to three outputs, the bits called as ours are, or otherwise."""
    sizes = draw(st.integers(0, max_inputs)), draw(st.integers(0, max_latches)), draw(st.integers(1, 3))
    inputs, latches, outputs = sizes
    gates = Gates(inputs + latches)
    literals = [0, *gates.leaf_literals()]
    literal = st.builds(lambda place, negated: literals[place % len(literals)] ^ negated, st.integers(0), st.booleans())
    for _ in range(draw(st.integers(0, 12))):
        literals.append(gates.and_(draw(literal), draw(literal)) & ~1)
    ours = [
        f"{word}[{bit}]" for word, size in zip(("symbol", "state", "output"), sizes, strict=True) for bit in range(size)
    ]
    others = st.lists(st.sampled_from(BITS), min_size=sum(sizes), max_size=sum(sizes), unique=True)
    names = draw(st.just(ours) | others)
    return circuit_of(
        gates,
        inputs=names[:inputs],
        latches=names[inputs : inputs + latches],
        outputs=names[inputs + latches :],
        next_state=[draw(literal) for _ in range(latches)],
        output=[draw(literal) for _ in range(outputs)],
        reset=[draw(st.booleans()) for _ in range(latches)],
    )


def arranged(circuit: Circuit, like: Circuit) -> Circuit:
    """The same circuit, its inputs and outputs in the order of another one; inputs of its own that nothing reads go."""
    read = {*circuit.ands.ravel() >> 1, *circuit.next_state >> 1, *circuit.output >> 1}
    assert not {name for place, name in enumerate(circuit.inputs, start=1) if place in read} - {*like.inputs}
    gates = Gates(len(like.inputs) + len(circuit.latches))
    leaf = dict(zip([*like.inputs, *circuit.latches], gates.leaf_literals(), strict=True))
    values = copied(gates, circuit, [leaf.get(name, 0) for name in (*circuit.inputs, *circuit.latches)])
    shown = dict(zip(circuit.outputs, circuit.output.tolist(), strict=True))
    targets, answers = circuit.next_state.tolist(), [shown[name] for name in like.outputs]
    return circuit_of(
        gates,
        inputs=like.inputs,
        latches=circuit.latches,
        outputs=like.outputs,
        next_state=[root_of(values, target) for target in targets],
        output=[root_of(values, answer) for answer in answers],
        reset=circuit.reset,
    )


def same_arrays(a: Circuit, b: Circuit) -> bool:
    """Whether two circuits are the same, names and all."""
    names = (a.inputs, a.latches, a.outputs) == (b.inputs, b.latches, b.outputs)
    return names and all(
        np.array_equal(getattr(a, field), getattr(b, field)) for field in ("ands", "next_state", "output", "reset")
    )


@st.composite
def any_circuits(draw: st.DrawFn) -> Circuit:
    """A circuit of any gates, many of them exclusive ors or nearly; any literals, of constants too, and any roots."""
    ins, latches = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    first = 1 + ins + latches
    gates: dict[tuple[int, int], int] = {}

    def literals() -> st.SearchStrategy[int]:
        return st.integers(0, 2 * (first + len(gates)) - 1)

    def and_(a: int, b: int) -> int:
        return a if a == b else 2 * (first + gates.setdefault((max(a, b), min(a, b)), len(gates)))

    for _ in range(draw(st.integers(0, 8))):
        a, b = draw(literals()), draw(literals())
        both = and_(a, b)
        if draw(st.booleans()):
            and_(both ^ draw(st.integers(0, 1)), and_(a ^ 1, b ^ 1) ^ draw(st.integers(0, 1)))
    next_state = draw(st.lists(literals(), min_size=latches, max_size=latches))
    output = draw(st.lists(literals(), max_size=3))
    return Circuit(
        inputs=tuple(f"x[{bit}]" for bit in range(ins)),
        latches=tuple(f"q[{bit}]" for bit in range(latches)),
        outputs=tuple(f"y[{bit}]" for bit in range(len(output))),
        ands=np.array(list(gates), dtype=np.int64).reshape(-1, 2),
        next_state=np.array(next_state, dtype=np.int64),
        output=np.array(output, dtype=np.int64),
        reset=np.array(draw(st.lists(st.booleans(), min_size=latches, max_size=latches)), dtype=bool),
    )


def refused_or_read(parse: Callable[[Text, str], object], text: Text, source: str = "f") -> None:
    """Parse a damaged text: whatever happens, an error is an InputError of one line."""
    try:
        parse(text, source)
    except InputError as error:
        message = str(error)
    else:
        return
    assert message.startswith(f"{source}:")
    assert "\n" not in message


def damaged(draw: st.DrawFn, text: Text, pieces: list[Text]) -> Text:
    """A text in which up to three places hold one of the pieces instead of up to four characters."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(st.sampled_from(pieces)) + text[start + draw(st.integers(0, 4)) :]
    return text


def permuted(machine: Machine, order: np.ndarray) -> Machine:
    """The same machine, its states in another order: state `order[i]` becomes state i."""
    number = np.append(np.argsort(order), UNKNOWN)
    return replace(
        machine,
        next_state=number[machine.next_state[order]],
        output=machine.output[order],
        care=machine.care[order],
        initial=int(number[machine.initial]),
        states=tuple(machine.states[i] for i in order) if machine.states else (),
    )


def all_words(symbols: int, length: int) -> np.ndarray:
    """int [symbols**length, length], every word of this length; their beginnings are all the shorter ones."""
    return np.array(list(itertools.product(range(symbols), repeat=length)), dtype=np.int32).reshape(-1, length)


def same_behaviour(a: Machine, b: Machine, length: int) -> bool:
    """Whether two machines answer every word up to this length alike, unknown being an answer like any other."""
    words = all_words(len(a.inputs), length)
    return all(np.array_equal(x, y) for x, y in zip(a.run(words), b.run(words), strict=True))
