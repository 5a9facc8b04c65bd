"""What is known at a step before its output: inputs, the last outputs, conjunctions of these, and binary registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from seqlogic.packing import pack_bits

__all__ = [
    "ONES",
    "RESET",
    "SET",
    "TOGGLE",
    "Action",
    "Before",
    "Conjunction",
    "Literal",
    "Register",
    "Rule",
    "Signal",
    "Signals",
    "affine",
    "all_of",
    "follow",
    "operands",
    "override",
    "packed",
]

ONES = ~np.uint64(0)

_BLOCK = 256
"""More steps are gone through in blocks."""


class Literal(NamedTuple):
    """A signal by its number, or, if not `one`, its complement."""

    signal: int
    one: bool


@dataclass(frozen=True)
class Action:
    """What becomes of a register: (its value if `keep`, else 0) xor (a signal if there is one, else `value`)."""

    keep: bool
    value: bool = False
    signal: int | None = None


TOGGLE, RESET, SET = Action(True, True), Action(False), Action(False, True)


class Rule(NamedTuple):
    """An action, where all literals of the guard are true."""

    guard: tuple[Literal, ...]
    action: Action


@dataclass(frozen=True)
class Before:
    """An output bit a step ago, 0 at first."""

    bit: int


@dataclass(frozen=True)
class Conjunction:
    """Whether all of some literals are true."""

    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class Register:
    """A bit that is 0 at first; each rule overrides those before it, and where none applies it holds."""

    rules: tuple[Rule, ...]


Signal = Before | Conjunction | Register


class Signals:
    """Signals on N sequences of T symbols, 64 sequences to a word; the input bits are the first.

    Args:
        inputs, outputs: bool [ins, N, T] and [outs, N, T].

    Attributes:
        inputs: how many input bits there are.
        further: the signals after these.
        planes: uint64 [T, signals, W], each as it is at a step, before the output.
    """

    def __init__(self, inputs: np.ndarray, outputs: np.ndarray) -> None:
        self.inputs = len(inputs)
        self.further: list[Signal] = []
        self.planes = packed(inputs)
        self._outputs = packed(outputs)

    def __len__(self) -> int:
        return self.planes.shape[1]

    def add(self, signal: Signal) -> int:
        """Add a signal of those that are there, and return its number."""
        match signal:
            case Before(bit):
                plane = np.zeros_like(self._outputs[:, bit])
                plane[1:] = self._outputs[:-1, bit]
            case Conjunction(literals):
                plane = self.all_of(literals)
            case Register():
                plane = follow(*(one[:, None] for one in affine(self.planes, signal.rules)))[:, 0]
        self.further.append(signal)
        self.planes = np.concatenate([self.planes, plane[:, None]], axis=1)
        return len(self) - 1

    def all_of(self, literals: Sequence[Literal]) -> np.ndarray:
        """Where all literals are true, uint64 [T, W]."""
        return all_of(self.planes, literals)


def packed(planes: np.ndarray) -> np.ndarray:
    """uint64 [T, bits, W] of bool [bits, N, T]."""
    return pack_bits(np.ascontiguousarray(planes.transpose(2, 0, 1)))


def all_of(planes: np.ndarray, literals: Sequence[Literal]) -> np.ndarray:
    """Where all literals are true, uint64 [T, W] of the planes [T, signals, W]."""
    where = np.full((len(planes), planes.shape[2]), ONES)
    for signal, one in literals:
        where &= planes[:, signal] if one else ~planes[:, signal]
    return where


def affine(planes: np.ndarray, rules: Sequence[Rule]) -> tuple[np.ndarray, np.ndarray]:
    """What a step does to a register of these rules: which bits it keeps and which it flips then, uint64 [T, W]."""
    keep = np.full((len(planes), planes.shape[2]), ONES)
    flip = np.zeros_like(keep)
    for guard, action in rules:
        where = all_of(planes, guard)
        keep, flip = override(keep, flip, where, *operands(planes, action))
    return keep, flip


def operands(planes: np.ndarray, action: Action) -> tuple[np.ndarray, np.ndarray]:
    """What an action keeps and flips, uint64 [T, W]."""
    shape = (len(planes), planes.shape[2])
    keep = np.full(shape, ONES if action.keep else 0, dtype=np.uint64)
    if action.signal is not None:
        return keep, planes[:, action.signal]
    return keep, np.full(shape, ONES if action.value else 0, dtype=np.uint64)


def override(
    keep: np.ndarray, flip: np.ndarray, where: np.ndarray, then_keep: np.ndarray, then_flip: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """An update with another one somewhere, both as what is kept and what is flipped."""
    return keep ^ ((keep ^ then_keep) & where), flip ^ ((flip ^ then_flip) & where)


def follow(keep: np.ndarray, flip: np.ndarray) -> np.ndarray:
    """The registers of some updates before each step, from 0 on, uint64 [T, registers, W], like what these keep."""
    T = len(keep)
    if T <= _BLOCK:
        return _walk(keep, flip, np.uint64(0))
    # Updates are composed within blocks of steps, of all blocks at once, and then the blocks are gone through.
    size = round(T**0.5)
    padding = np.zeros((-T % size, *keep.shape[1:]), dtype=np.uint64)
    keep, flip = (
        np.concatenate([one, padding]).reshape(-1, size, *padding.shape[1:]).swapaxes(0, 1) for one in (keep, flip)
    )
    kept, flipped = _walk(keep, np.zeros_like(flip), ONES), _walk(keep, flip, np.uint64(0))
    value = np.zeros_like(padding, shape=padding.shape[1:])
    for block in range(kept.shape[1]):
        flipped[:, block] ^= kept[:, block] & value
        value = flipped[-1, block] & keep[-1, block] ^ flip[-1, block]
    return flipped.swapaxes(0, 1).reshape(-1, *padding.shape[1:])[:T]


def _walk(keep: np.ndarray, flip: np.ndarray, start: np.uint64) -> np.ndarray:
    """The registers before each step where they are all bits or none at first."""
    values = np.empty_like(keep)
    values[0] = start
    for t in range(len(keep) - 1):
        np.bitwise_and(values[t], keep[t], out=values[t + 1])
        values[t + 1] ^= flip[t]
    return values
