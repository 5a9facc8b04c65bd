"""Random machines and circuits for property tests, and brute force to judge them by."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from seqlogic.circuit import Circuit
from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Alphabet, Machine

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


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
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


def refused_or_read(parse: Callable[[str, str], object], text: str, source: str = "f") -> None:
    """Parse a damaged text: whatever happens, an error is an InputError of one line."""
    try:
        parse(text, source)
    except InputError as error:
        message = str(error)
    else:
        return
    assert message.startswith(f"{source}:")
    assert "\n" not in message


def damaged(draw: st.DrawFn, text: str, pieces: list[str]) -> str:
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
