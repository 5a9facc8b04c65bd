"""The hub of seqlogic: a finite-state machine as integer arrays, its algebra of one machine, and its digest."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from seqlogic.partition import coarsest_partition
from seqlogic.wording import counted

__all__ = [
    "UNKNOWN",
    "Alphabet",
    "Machine",
    "canonical",
    "minimise",
    "reachable",
    "symbol_order",
    "to_mealy",
    "to_moore",
    "with_words",
]

UNKNOWN = -1
"""The entry of a table that nobody specified or observed."""


def symbol_order(name: str) -> tuple[int, float, str]:
    """Sort key of symbols inferred from data: numbers by value, then text."""
    try:
        value = float(name)
    except ValueError:
        value = math.nan
    return (0, value, name) if math.isfinite(value) else (1, 0.0, name)


@dataclass(frozen=True)
class Alphabet:
    """A finite alphabet: named symbols, or all words of so many bits (most significant bit first).

    Symbols are their indices everywhere in the code; names are for people and files. So are `signals`, (name, bits) of
    what the bits of an index are, the most significant first: two alphabets that differ in nothing else are equal.

    >>> Alphabet.of(["coin", "button"]).index("button")
    1
    >>> Alphabet.words(3).name(5)
    '101'
    """

    names: tuple[str, ...] = ()
    bits: int | None = None
    signals: tuple[tuple[str, int], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if (self.bits is None) == (not self.names):
            raise ValueError("an alphabet has either names or a number of bits")
        if self.bits is not None and not 1 <= self.bits <= 30:
            raise ValueError(f"an alphabet of words has 1 to 30 bits, not {self.bits}")
        if len(set(self.names)) != len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise ValueError(f"symbol {twice!r} stands twice in the alphabet")
        if self.signals:
            names, bits = {name for name, _ in self.signals}, [bits for _, bits in self.signals]
            if min(bits) < 1 or sum(bits) != self.width:
                raise ValueError(f"signals of {sum(bits):,} bits, expected {self.width}, and at least 1 each")
            if len(names) < len(bits) or len(set(self.bit_names)) < self.width:
                raise ValueError("two bits have the same name, expected different ones")

    @classmethod
    def of(cls, names: Iterable[str]) -> Alphabet:
        """The alphabet of these names, in this order."""
        return cls(names=tuple(names))

    @classmethod
    def words(cls, bits: int) -> Alphabet:
        """All 2**bits words of `bits` bits; the index of a word is its value as a binary number."""
        return cls(bits=bits)

    @classmethod
    def inferred(cls, names: Iterable[str]) -> Alphabet:
        """The alphabet of the distinct names, in the order of `symbol_order`."""
        return cls.of(sorted(set(names), key=symbol_order))

    def __len__(self) -> int:
        return len(self.names) if self.bits is None else 1 << self.bits

    @property
    def width(self) -> int:
        """The bits that a symbol's index needs, at least one."""
        return max(1, (len(self) - 1).bit_length())

    @property
    def full(self) -> int:
        """The care mask of an output known in every bit."""
        return (1 << self.width) - 1

    @property
    def bit_names(self) -> tuple[str, ...]:
        """The name of each bit of an index, the most significant first; empty if they have none.

        >>> Alphabet(bits=3, signals=(("en", 1), ("data", 2))).bit_names
        ('en', 'data[1]', 'data[0]')
        """
        return tuple(
            name if bits == 1 else f"{name}[{bit}]" for name, bits in self.signals for bit in reversed(range(bits))
        )

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}

    def name(self, symbol: int) -> str:
        """The name of a symbol; IndexError outside the alphabet."""
        if not 0 <= symbol < len(self):
            raise IndexError(f"symbol {symbol} of an alphabet of {len(self)}")
        return self.names[symbol] if self.bits is None else format(symbol, f"0{self.bits}b")

    def index(self, name: str) -> int:
        """The index of a named symbol; ValueError names what is known."""
        if self.bits is None:
            if name in self._indices:
                return self._indices[name]
            shown = " ".join(self.names[:8]) + (" ..." if len(self.names) > 8 else "")
            raise ValueError(f"unknown symbol {name!r}, expected one of: {shown}")
        if len(name) == self.bits and set(name) <= {"0", "1"}:
            return int(name, 2)
        raise ValueError(f"unknown symbol {name!r}, expected {counted(self.bits, 'bit')}")

    def show(self, value: int, care: int) -> str:
        """An output as text, `-` for an unknown symbol or for each unknown bit of a word."""
        if care == self.full:
            return self.name(value)
        if self.bits is None or care == 0:
            return "-" * (self.bits or 1)
        return "".join(str(value >> bit & 1) if care >> bit & 1 else "-" for bit in reversed(range(self.bits)))

    def parse(self, text: str) -> tuple[int, int]:
        """The value and care mask of an output as `show` writes it; ValueError for anything else."""
        if self.bits is None:
            if text == "-" and text not in self._indices:
                return UNKNOWN, 0
            return self.index(text), self.full
        if len(text) != self.bits or not set(text) <= {"0", "1", "-"}:
            raise ValueError(f"unknown symbol {text!r}, expected {self.bits} of 0, 1 and -")
        care = int("".join("0" if bit == "-" else "1" for bit in text), 2)
        return (int(text.replace("-", "0"), 2) if care else UNKNOWN), care


@dataclass(frozen=True, eq=False)
class Machine:
    """A deterministic finite-state machine, Mealy or Moore, in which entries may be unknown.

    S states, X input symbols, Y output symbols. The arrays are copied, checked and made read-only.

    Attributes:
        next_state: int32 [S, X]; UNKNOWN where nothing is known of the transition.
        output: int32 [S, X] (Mealy) or [S] (Moore, read *after* the transition, so the empty word has no output);
            UNKNOWN where no bit is known, and an unknown bit of a word is 0 here and 0 in `care`.
        inputs: the input alphabet.
        outputs: the output alphabet.
        care: int32, shaped as `output`: which bits of the output are known. All or none for named symbols. None on
            construction means: all bits, wherever the output is not UNKNOWN.
        initial: the state at the start of every sequence.
        states: names of the states, for people; empty if there are none.

    Raises:
        ValueError: an array of the wrong shape, or an entry outside its range.
    """

    next_state: np.ndarray
    output: np.ndarray
    inputs: Alphabet
    outputs: Alphabet
    care: np.ndarray = None  # type: ignore[assignment]
    initial: int = 0
    states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Checked as 64-bit numbers, before the narrower type could wrap one into range.
        next_state = np.array(self.next_state, dtype=np.int64)
        output = np.array(self.output, dtype=np.int64)
        full = self.outputs.full
        care = np.where(output == UNKNOWN, 0, full) if self.care is None else self.care
        care = np.array(care, dtype=np.int64)
        if next_state.ndim != 2 or 0 in next_state.shape:
            raise ValueError(f"next_state has the shape {next_state.shape}, expected [states, inputs], both at least 1")
        n, k = next_state.shape
        if k != len(self.inputs):
            raise ValueError(f"next_state has {k} columns for an input alphabet of {len(self.inputs)}")
        if output.shape not in ((n, k), (n,)) or care.shape != output.shape:
            raise ValueError(f"output has the shape {output.shape}, expected [{n}, {k}] (Mealy) or [{n}] (Moore)")
        outside = next_state[(next_state < UNKNOWN) | (next_state >= n)]
        if outside.size:
            raise ValueError(f"next_state holds {outside[0]}, outside -1 .. {n - 1}")
        if care.min() < 0 or care.max() > full:
            raise ValueError(f"care holds a mask outside 0 .. {full}")
        if self.outputs.bits is None and not np.isin(care, (0, full)).all():
            raise ValueError("only words of bits can be known in part")
        wrong = (care != 0) & ((output < 0) | (output >= len(self.outputs)))
        if wrong.any():
            raise ValueError(f"output holds {output[wrong][0]}, outside -1 .. {len(self.outputs) - 1}")
        output = np.where(care == 0, UNKNOWN, output & care)
        if not 0 <= self.initial < n:
            raise ValueError(f"the initial state {self.initial} is not one of {n} states")
        if self.states and len(self.states) != n:
            raise ValueError(f"{len(self.states)} names for {n} states")
        for name, wide in (("next_state", next_state), ("output", output), ("care", care)):
            array = wide.astype(np.int32)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        return f"<Machine {self.kind}, {len(self)} states, {len(self.inputs)} inputs, {len(self.outputs)} outputs>"

    def __len__(self) -> int:
        """The number of states."""
        return len(self.next_state)

    @property
    def kind(self) -> str:
        """ "mealy" or "moore"."""
        return "mealy" if self.output.ndim == 2 else "moore"

    @property
    def entries(self) -> int:
        """The number of entries of the table, states times input symbols."""
        return self.next_state.size

    def state_name(self, state: int) -> str:
        """The state's name, `s<number>` where it has none."""
        return self.states[state] if self.states else f"s{state}"

    def trace(self, words: np.ndarray) -> np.ndarray:
        """The states that a batch of words passes through.

        Args:
            words: int [N, T] of input symbols; UNKNOWN past the end of a shorter word.

        Returns:
            int32 [N, T + 1], the initial state first; UNKNOWN from the first unknown transition or the end on.
        """
        words = _checked_words(words, len(self.inputs))
        states = np.full((words.shape[0], words.shape[1] + 1), UNKNOWN, dtype=np.int32)
        states[:, 0] = self.initial
        for t in range(words.shape[1]):
            here, symbol = states[:, t], words[:, t]
            known = (here >= 0) & (symbol >= 0)
            states[:, t + 1] = np.where(known, self.next_state[here, symbol], UNKNOWN)
        return states

    def run(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The outputs of a batch of words.

        Args:
            words: int [N, T] of input symbols; UNKNOWN past the end of a shorter word.

        Returns:
            output and care, each int32 [N, T], as the attributes of the same names: UNKNOWN and 0 where nothing is
            known, and past the end.

        Raises:
            ValueError: a symbol outside the input alphabet.
        """
        words = _checked_words(words, len(self.inputs))
        states = self.trace(words)
        if self.kind == "mealy":
            here, known = states[:, :-1], (states[:, :-1] >= 0) & (words >= 0)
            index: tuple[np.ndarray, ...] = (here, words)
        else:
            here, known = states[:, 1:], states[:, 1:] >= 0
            index = (here,)
        return np.where(known, self.output[index], UNKNOWN), np.where(known, self.care[index], 0)

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, over kind, alphabet sizes and the canonical arrays (little-endian int32)."""
        form = canonical(self)
        sha = hashlib.sha256(form.kind.encode())
        sha.update(np.array([len(form.inputs), len(form.outputs)], dtype="<i4").tobytes())
        for array in (form.next_state, form.output, form.care):
            sha.update(array.astype("<i4").tobytes())
        return sha.hexdigest()


def _checked_words(words: np.ndarray, symbols: int) -> np.ndarray:
    words = np.asarray(words)
    if words.ndim != 2:
        raise ValueError(f"words have the shape {words.shape}, expected [words, symbols]")
    if words.size and (words.min() < UNKNOWN or words.max() >= symbols):
        raise ValueError(f"a word holds {words.max()}, outside the {symbols} input symbols")
    return words


def _select(machine: Machine, order: np.ndarray) -> Machine:
    """The machine with only the states in `order`, renumbered so; the initial state must be one of them."""
    number = np.full(len(machine) + 1, UNKNOWN, dtype=np.int32)
    number[order] = np.arange(len(order))
    return replace(
        machine,
        next_state=number[machine.next_state[order]],
        output=machine.output[order],
        care=machine.care[order],
        initial=int(number[machine.initial]),
        states=tuple(machine.states[i] for i in order) if machine.states else (),
    )


def reachable(machine: Machine) -> Machine:
    """Return the part that the initial state reaches, numbered breadth-first in the order of the symbols."""
    rows = machine.next_state.tolist()
    order, seen = [machine.initial], {machine.initial, UNKNOWN}
    for state in order:
        for target in rows[state]:
            if target not in seen:
                seen.add(target)
                order.append(target)
    return _select(machine, np.array(order))


def with_words(machine: Machine, words: np.ndarray, outputs: Alphabet) -> Machine:
    """Return the machine with each output symbol replaced by the word of bits that it stands for.

    `words` is int32 [Y, 2]: value and care of each symbol's word, over the new output alphabet.
    """
    known = machine.output != UNKNOWN
    value, care = np.moveaxis(words[machine.output], -1, 0)
    return replace(machine, output=np.where(known, value, UNKNOWN), care=np.where(known, care, 0), outputs=outputs)


def to_mealy(machine: Machine) -> Machine:
    """Return the Mealy machine that answers every word alike: the output moves from the state to its entries."""
    if machine.kind == "mealy":
        return machine
    known = machine.next_state >= 0
    return replace(
        machine,
        output=np.where(known, machine.output[machine.next_state], UNKNOWN),
        care=np.where(known, machine.care[machine.next_state], 0),
    )


def to_moore(machine: Machine) -> Machine:
    """Return the Moore machine that answers every word alike, reachable part only.

    A state is split by the outputs with which it is entered. The initial state is entered with none: it becomes the
    first of its own parts, or a part of its own, of unknown output, if nothing returns to it.
    """
    if machine.kind == "moore":
        return machine
    machine = reachable(machine)
    entered = np.stack([machine.next_state, machine.output, machine.care], axis=-1).reshape(-1, 3)
    # A transition of which nothing is known stays unknown; one with a known output enters a state without a future.
    parts, part = np.unique(entered, axis=0, return_inverse=True)
    part = part.reshape(-1)
    void = (parts[:, 0] == UNKNOWN) & (parts[:, 2] == 0)
    number = np.where(void, UNKNOWN, np.cumsum(~void) - 1)
    parts = parts[~void]
    home = np.flatnonzero(parts[:, 0] == machine.initial)
    if len(home) == 0:
        home = np.array([len(parts)])
        parts = np.concatenate([parts, [[machine.initial, UNKNOWN, 0]]])
    table = number[part].reshape(machine.next_state.shape)
    # Only a state of several parts needs its name extended; a state without a future has none.
    whole = {state for state, count in zip(*np.unique(parts[:, 0], return_counts=True), strict=True) if count == 1}
    names = tuple(
        machine.state_name(state)
        if state in whole and state != UNKNOWN
        else f"{'?' if state == UNKNOWN else machine.state_name(state)}/{machine.outputs.show(value, care)}"
        for state, value, care in parts.tolist()
    )
    return Machine(
        next_state=np.where(parts[:, :1] == UNKNOWN, UNKNOWN, table[parts[:, 0]]),
        output=parts[:, 1],
        care=parts[:, 2],
        inputs=machine.inputs,
        outputs=machine.outputs,
        initial=int(home[0]),
        states=names if machine.states else (),
    )


def minimise(machine: Machine) -> Machine:
    """Return the smallest machine of the same kind and behaviour, with unknown as a value like any other.

    States are merged by Hopcroft's algorithm, O(X S log S). A state from which everything is unknown is the same as
    an unknown state, so transitions into it become UNKNOWN. State names are dropped: a merged state has several.
    """
    mealy = replace(reachable(to_mealy(machine)), states=())
    n = len(mealy)
    # The unknown state is made explicit as state n: nothing is known of its outputs, and it is never left.
    table = np.concatenate([mealy.next_state, np.full((1, len(mealy.inputs)), n)])
    table[table == UNKNOWN] = n
    rows = np.concatenate([mealy.output, mealy.care], axis=1)
    void = np.repeat([[UNKNOWN, 0]], len(mealy.inputs), axis=1)
    labels = np.unique(np.concatenate([rows, void]), axis=0, return_inverse=True)[1]
    block = coarsest_partition(table, labels.reshape(-1))

    number = np.full(block.max() + 1, UNKNOWN, dtype=np.int32)
    kept, members = np.unique(block[:n], return_index=True)
    kept, members = kept[kept != block[n]], members[kept != block[n]]
    number[kept] = np.arange(len(kept))
    if len(kept) == 0:
        members = np.array([mealy.initial])
    merged = replace(
        mealy,
        # UNKNOWN indexes the last block, that of the unknown state, whose number is UNKNOWN again.
        next_state=number[block[mealy.next_state[members]]],
        output=mealy.output[members],
        care=mealy.care[members],
        initial=max(0, int(number[block[mealy.initial]])),
    )
    return merged if machine.kind == "mealy" else to_moore(merged)


def canonical(machine: Machine) -> Machine:
    """Return the canonical form: minimal, states numbered breadth-first in the order of the symbols, no names.

    Two machines of one kind over alphabets of the same sizes behave alike exactly if these arrays are equal.
    """
    return reachable(minimise(machine))
