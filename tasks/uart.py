"""Receiving the frames of a UART."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["Uart"]

Check = Literal["none", "even", "odd"]


class Uart(Task[tuple[int, int]]):
    """What is each bit on the line of a UART, sampled once a bit?

    1    0     1 1 0 0 0 1 0 1 1  0     0 0 0 0 1 0 0 0 0       0     1
    idle start 1 1 0 0 0 1 0 1 ok start 0 0 0 0 1 0 0 0 framing break idle

    The line is 1 while idle. A frame is a start bit 0, the data bits, the parity bit if there is one, and a stop bit 1.
    A data bit answers its value and a parity bit `check`; the verdict on the frame comes with its stop bit: `ok`,
    `parity` for a wrong parity bit, or `framing` for a stop bit 0. After the last the line is in a `break` until it is
    idle again, and only then can a frame start.

    Without parity the states are idle, break, and which of the data bits or the stop bit is next: data_bits + 3. With
    it each of them but the first data bit comes twice, for the parity so far, and the parity bit and the stop bit as
    well: 2 * data_bits + 5.

    Uniform words break half of the frames. Here a stop bit is wrong one time in eight, and a parity bit one time in
    four. Data and the bits between frames are uniform, so that the next frame starts at once or after a gap.

    Args:
        data_bits: how many data bits a frame has, at least 1.
        parity: "none", "even" or "odd": what the number of ones is, with the parity bit.
    """

    inputs = Alphabet.words(1)
    initial = (0, 0)
    """Which bit of a frame is next, 0 for the start bit and one more than the stop bit for a break; the parity so far,
    and at the stop bit whether it is wrong."""
    law = "frames with gaps, one stop bit in eight broken"

    def __init__(self, *, data_bits: int = 8, parity: Check = "none") -> None:
        if data_bits < 1:
            raise ValueError(f"uart needs at least 1 data bit, not {data_bits}")
        if parity not in get_args(Check):
            raise ValueError(f"uart has a parity of none, even or odd, not {parity!r}")
        self.data_bits = data_bits
        self.parity = parity
        checked = parity != "none"
        self.stop = data_bits + checked + 1
        self.states = 2 * data_bits + 5 if checked else data_bits + 3
        verdicts = ["check", "ok", "parity", "framing"] if checked else ["ok", "framing"]
        self.outputs = Alphabet.of(["idle", "start", "0", "1", *verdicts, "break"])

    def step(self, state: tuple[int, int], symbol: int) -> tuple[tuple[int, int], int]:
        place, odd = state
        if place in (0, self.stop + 1):
            if symbol:
                return (0, 0), self.outputs.index("idle")
            return ((1, 0), self.outputs.index("start")) if place == 0 else (state, self.outputs.index("break"))
        if place <= self.data_bits:
            return (place + 1, odd ^ symbol if self.parity != "none" else 0), self.outputs.index(str(symbol))
        if place < self.stop:
            return (place + 1, odd ^ symbol ^ (self.parity == "odd")), self.outputs.index("check")
        if symbol == 0:
            return (self.stop + 1, 0), self.outputs.index("framing")
        return (0, 0), self.outputs.index("parity" if odd else "ok")

    def sample(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        words = super().sample(rng, count, length)
        stops = rng.random((count, length)) >= 1 / 8
        wrong = rng.random((count, length)) < 1 / 4
        place = np.zeros(count, dtype=np.int64)
        odd = np.zeros(count, dtype=np.int64)
        for t in range(length):
            check = (self.data_bits < place) & (place < self.stop)
            words[:, t] = np.where(place == self.stop, stops[:, t], words[:, t])
            words[:, t] = np.where(check, odd ^ wrong[:, t] ^ (self.parity == "odd"), words[:, t])
            odd = np.where(place == 0, 0, odd ^ words[:, t])
            ends = words[:, t] & ((place == 0) | (place >= self.stop))
            place = np.where(ends, 0, np.minimum(place + 1, self.stop + 1))
        return words
