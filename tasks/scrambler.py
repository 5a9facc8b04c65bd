"""Scramblers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.machine import Alphabet
from seqlogic.synthesis import FALSE, Gates
from tasks.task import Task

__all__ = ["Scrambler"]

Kind = Literal["multiplicative", "additive"]

_LONGEST_ADDITIVE = 20
"""The longest register that is run once around to count its states."""


class Scrambler(Task[int]):
    """The bits as a scrambler sends them.

    1 0 1 1 0 0 0 0
    1 0 1 1 0 1 0 0

    Each bit is sent inverted where the taps of a shift register add up to an odd number. With the taps 7 and 4 its
    polynomial is x^7 + x^4 + 1. The multiplicative (self-synchronising) scrambler shifts in the bit that it sends, as
    64b/66b does with x^58 + x^39 + 1; the additive (synchronous) one shifts in the sum of its taps, which is then a
    pseudo-random sequence that does not depend on the input, as in IEEE 802.11 with x^7 + x^4 + 1.

    Any register of the multiplicative scrambler can be reached, as it is the last bits sent, and shows in the bits that
    it will invert: 2^longest states. The additive one has a state for each symbol of the period of its sequence, 127
    with the taps 7 and 4.

    Args:
        kind: "multiplicative" or "additive".
        taps: how many symbols ago the bits that are added were shifted in, each once and at least 1.
        seed: the register at the start, the latest bit least significant; not zero if additive. All ones if left out.
    """

    inputs = Alphabet.words(1)
    outputs = Alphabet.words(1)

    def __init__(self, *, kind: Kind = "multiplicative", taps: Sequence[int] = (7, 4), seed: int | None = None) -> None:
        if kind not in get_args(Kind):
            raise ValueError(f"scrambler is multiplicative or additive, not {kind!r}")
        if not taps or min(taps) < 1 or len(set(taps)) < len(taps):
            raise ValueError(f"scrambler needs different taps of at least 1, not {list(taps)}")
        longest = max(taps)
        if kind == "additive" and longest > _LONGEST_ADDITIVE:
            raise ValueError(f"an additive scrambler needs taps of at most {_LONGEST_ADDITIVE}, not {longest}")
        initial = 2**longest - 1 if seed is None else seed
        if not int(kind == "additive") <= initial < 2**longest:
            raise ValueError(f"scrambler needs a seed of {longest} bits, not zero if it is additive, not {seed}")
        self.kind = kind
        self.taps = tuple(taps)
        self.initial = initial
        self._mask = sum(1 << tap - 1 for tap in taps)
        self._size = 2**longest
        self.states = 2**longest if kind == "multiplicative" else self._period()

    def _period(self) -> int:
        """After how many symbols the register of the additive scrambler is the first one again."""
        state, _ = self.step(self.initial, 0)
        period = 1
        while state != self.initial:
            state, _ = self.step(state, 0)
            period += 1
        return period

    def step(self, state: int, symbol: int) -> tuple[int, int]:
        added = (state & self._mask).bit_count() % 2
        sent = symbol ^ added
        shifted = sent if self.kind == "multiplicative" else added
        return (state << 1 | shifted) % self._size, sent

    def circuit(self) -> Circuit:
        longest = max(self.taps)
        gates = Gates(1 + longest)
        symbol, *register = gates.leaf_literals()
        added = FALSE
        for tap in self.taps:
            added = gates.xor(added, register[tap - 1])
        sent = gates.xor(symbol, added)
        return circuit_of(
            gates,
            inputs=["symbol[0]"],
            latches=[f"register[{i}]" for i in range(longest)],
            outputs=["output[0]"],
            next_state=[sent if self.kind == "multiplicative" else added, *register[:-1]],
            output=[sent],
            reset=[bool(self.initial >> i & 1) for i in range(longest)],
        )
