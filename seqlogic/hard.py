"""The hardened network as arrays, evaluated by its own arithmetic; a file of it is read without torch."""

from __future__ import annotations

import hashlib
import math
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import IO

import numpy as np

from seqlogic.errors import InputError
from seqlogic.machine import UNKNOWN, Machine, to_mealy

__all__ = ["LIMIT", "HardNetwork", "NotOneHotError"]

LIMIT = 1 << 30
"""The most bytes that the arrays of one network may take."""

_AXES = {"transition": "[X, S, S]", "emission": "[S, X, Y]", "initial": "[S]"}
_HEADER = re.compile(rb"\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n")
"""The header of an array as NumPy writes it. NumPy's own reader would have Python parse it, as a literal."""
_STORED = dict.fromkeys(_AXES, np.dtype("u1")) | {"words": np.dtype("<i4")}


class NotOneHotError(ValueError):
    """After `word`, the network believes in several states, or gives several outputs, at once."""

    def __init__(self, what: str, word: tuple[int, ...]) -> None:
        super().__init__(f"the {what} after {len(word)} symbols is not one-hot")
        self.what = what
        self.word = word


@dataclass(frozen=True, eq=False)
class HardNetwork:
    """A table network whose weights are all 0 or 1: S states, X input symbols, Y output symbols.

    Its state is a belief, a row vector over the states: one-hot where the state is known, zero where nothing is. The
    arrays are copied, checked and made read-only; that every reachable belief is one-hot or zero is for `tabulate`
    to find out.

    Attributes:
        transition: uint8 [X, S, S]; row transition[x, s] is one-hot over the next states, or zero if never observed.
        emission: uint8 [S, X, Y]; row emission[s, x] is one-hot over the output symbols, or zero if never observed.
        initial: uint8 [S], the belief at the start of every sequence.
        words: int32 [Y, 2], value and care of the word of bits that each output symbol stands for, no bit set that is
            not cared for; None where output symbols are what they are.

    Raises:
        ValueError: arrays whose shapes do not fit each other, of another type, or holding anything but 0 and 1, or
            words with bits that nothing cares for.
    """

    transition: np.ndarray
    emission: np.ndarray
    initial: np.ndarray
    words: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, axes in _AXES.items():
            array = np.array(getattr(self, name))
            if array.dtype != np.uint8 or array.ndim != axes.count(",") + 1 or 0 in array.shape:
                raise ValueError(f"{name} is {array.dtype} {list(array.shape)}, expected uint8 {axes}")
            if array.max() > 1:
                raise ValueError(f"{name} holds {array.max()}, expected only 0 and 1")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        X, S, _ = self.transition.shape
        Y = self.emission.shape[2]
        for name, shape in (("transition", (X, S, S)), ("emission", (S, X, Y)), ("initial", (S,))):
            found = getattr(self, name).shape
            if found != shape:
                raise ValueError(f"{name} has the shape {list(found)}, expected {list(shape)} = {_AXES[name]}")
        if self.words is None:
            return
        words = np.array(self.words)
        if words.dtype != np.int32 or words.shape != (Y, 2):
            raise ValueError(f"words is {words.dtype} {list(words.shape)}, expected int32 {[Y, 2]} = [Y, 2]")
        if words.min() < 0 or (words[:, 1] == 0).any() or (words[:, 0] & ~words[:, 1]).any():
            raise ValueError("words holds a value with bits outside its care, or a care of no bits")
        words.flags.writeable = False
        object.__setattr__(self, "words", words)

    def __len__(self) -> int:
        """The number of states, reachable or not."""
        return len(self.initial)

    @classmethod
    def from_machine(cls, machine: Machine) -> HardNetwork:
        """The network that answers as the machine does; ValueError if an output is known only in some of its bits."""
        mealy = to_mealy(machine)
        S, X, Y = len(mealy), len(mealy.inputs), len(mealy.outputs)
        if not np.isin(mealy.care, (0, mealy.outputs.full)).all():
            raise ValueError("an output known only in some of its bits has no one-hot row")
        if X * S * (S + Y) > LIMIT:
            raise ValueError(f"{S} states and {X} input symbols make a network of over {LIMIT} bytes")
        transition = np.zeros((X, S, S), dtype=np.uint8)
        state, symbol = np.nonzero(mealy.next_state != UNKNOWN)
        transition[symbol, state, mealy.next_state[state, symbol]] = 1
        emission = np.zeros((S, X, Y), dtype=np.uint8)
        state, symbol = np.nonzero(mealy.output != UNKNOWN)
        emission[state, symbol, mealy.output[state, symbol]] = 1
        initial = np.zeros(S, dtype=np.uint8)
        initial[mealy.initial] = 1
        return cls(transition, emission, initial)

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, over the arrays: name and shape of each as text, then its little-endian bytes."""
        sha = hashlib.sha256()
        for name, array in self._arrays().items():
            sha.update(f"{name} {list(array.shape)}\n".encode())
            sha.update(np.ascontiguousarray(array, dtype=_STORED[name]).tobytes())
        return sha.hexdigest()

    def _arrays(self) -> dict[str, np.ndarray]:
        """All arrays that there are, by name."""
        return {name: getattr(self, name) for name in _STORED if getattr(self, name) is not None}

    def step(self, belief: np.ndarray, symbol: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the next belief, uint8 [S], and the output, uint8 [Y], of one vector-matrix product each.

        Exact for a belief that is one-hot or zero: then no sum exceeds 1.
        """
        return belief @ self.transition[symbol], belief @ self.emission[:, symbol]

    def tabulate(self) -> tuple[np.ndarray, np.ndarray]:
        """Evaluate every input symbol on every belief that the initial one reaches, each known state once.

        Breadth-first in the order of the symbols, O(n X S (S + Y)) time for n reachable states.

        Returns:
            next_state and output, int32 [n, X], of the reachable states in the order in which they are found, the
            initial one first; UNKNOWN where the belief, or the output, is zero.

        Raises:
            NotOneHotError: a reachable belief or output is neither one-hot nor zero; with the shortest word to it.
        """
        X, S = self.transition.shape[:2]
        if self.initial.sum() != 1:
            raise NotOneHotError("belief", ())
        beliefs = [self.initial]
        number = np.full(S, UNKNOWN, dtype=np.int32)
        number[np.argmax(self.initial)] = 0
        came: list[tuple[int, int]] = [(-1, -1)]
        next_state: list[list[int]] = []
        output: list[list[int]] = []

        def word(here: int) -> tuple[int, ...]:
            symbols = []
            while here:
                here, symbol = came[here]
                symbols.append(symbol)
            return tuple(reversed(symbols))

        for here, belief in enumerate(beliefs):
            next_state.append([UNKNOWN] * X)
            output.append([UNKNOWN] * X)
            for symbol in range(X):
                target, answer = self.step(belief, symbol)
                for what, vector in (("output", answer), ("belief", target)):
                    if np.count_nonzero(vector) > 1:
                        raise NotOneHotError(what, (*word(here), symbol))
                if answer.any():
                    output[here][symbol] = int(np.argmax(answer))
                if target.any():
                    state = int(np.argmax(target))
                    if number[state] == UNKNOWN:
                        number[state] = len(beliefs)
                        beliefs.append(target)
                        came.append((here, symbol))
                    next_state[here][symbol] = int(number[state])
        return np.array(next_state, dtype=np.int32), np.array(output, dtype=np.int32)

    def save(self, path: str | PathLike[str]) -> None:
        """Write an npz file; equal networks give equal bytes, as NumPy writes no times into it."""
        with open(path, "wb") as file:
            arrays = {name: array.astype(_STORED[name]) for name, array in self._arrays().items()}
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: str | PathLike[str]) -> HardNetwork:
        """Read a file of `save`. Nothing is unpickled, and no more than LIMIT bytes are unpacked.

        Raises:
            InputError: the file is missing, is no such file, or declares arrays beyond LIMIT.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
                names = [member.filename.removesuffix(".npy") for member in members]
                if len(set(names)) < len(names) or set(names) | {"words"} != set(_STORED):
                    raise InputError("expected exactly the arrays transition, emission and initial", file=path)
                total = sum(member.file_size for member in members)
                if total > LIMIT:
                    raise InputError(f"its arrays take {total} bytes, expected at most {LIMIT}", file=path)
                arrays = {}
                for name, member in zip(names, members, strict=True):
                    with archive.open(member) as stream:
                        arrays[name] = _read_array(stream, _STORED[name])
            return cls(**arrays)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", file=path) from None
        except InputError:
            raise
        # RuntimeError and NotImplementedError: an encrypted member, or one of a compression that zipfile lacks.
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
            raise InputError(f"is no file of a hard network: {error}", file=path) from None


def _read_array(stream: IO[bytes], expected: np.dtype) -> np.ndarray:
    """The array of an npy stream; ValueError if its header promises anything else than what follows."""
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"npy version {version}, expected (1, 0)")
    header = _HEADER.fullmatch(stream.read(int.from_bytes(stream.read(2), "little")))
    if header is None:
        raise ValueError("an npy header other than NumPy's")
    dtype, fortran, shape = (part.decode("ascii", "backslashreplace") for part in header.groups())
    if dtype != expected.str or fortran == "True":
        raise ValueError(f"an array of {dtype}, expected {expected.str} in C order")
    sizes, data = [int(size) for size in shape.split(",") if size.strip()], stream.read()
    if len(data) == 0 or len(data) != expected.itemsize * math.prod(sizes):
        raise ValueError(f"{len(data)} bytes of an array of the shape ({shape})")
    return np.frombuffer(data, dtype=expected).reshape(sizes)
