"""Machines between streams, clock by clock: what to do to them, how to simulate it, and what they should have done."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from litex.gen import LiteXModule
from migen import ClockDomain, Signal, run_simulation
from migen.fhdl.verilog import convert

from fpga.core import MachineStream
from fpga.implementation import Implementation
from fpga.verilator import verilate
from seqlogic.machine import UNKNOWN


class Clock(NamedTuple):
    """What the surroundings do to a `MachineStream` in one clock."""

    valid: int
    first: int
    last: int
    symbol: int
    ready: int
    enable: int
    restart: int


class Seen(NamedTuple):
    """What is seen of it in that clock; `answer` has the error bit on top, `state` is a code."""

    sink_ready: int
    valid: int
    answer: int
    first: int
    last: int
    state: int


def judge(implementation: Implementation, stimulus: Sequence[Clock], seen: Sequence[Seen]) -> int:
    """Hold what was seen against `Machine.run` and the promises of `MachineStream`; return how many answers there were.

    Answers and states that the specification leaves open are not looked at.
    """
    assert len(stimulus) == len(seen)
    # Pass one: which symbols were taken, in words that begin at the initial state.
    words: list[list[int]] = [[]]
    places = []  # Of each clock: the word, how far it is, and the place of the answer on offer.
    offered: tuple[int, int, int, int] | None = None
    for t, (clock, now) in enumerate(zip(stimulus, seen, strict=True)):
        places.append((len(words) - 1, len(words[-1]), offered))
        assert now.valid == (offered is not None), f"clock {t}: source.valid is {now.valid}"
        # As fast as can be: whoever can hand out what is there can take more.
        assert now.sink_ready == (clock.enable & (1 - now.valid | clock.ready)), f"clock {t}: sink.ready"
        if clock.ready:
            offered = None
        if clock.valid and now.sink_ready:
            if clock.first:
                words.append([])
            offered = (len(words) - 1, len(words[-1]), clock.first, clock.last)
            words[-1].append(clock.symbol)
        if clock.restart:
            offered = None
            words.append([])

    # Pass two: the answers and the states along these words.
    T = max(map(len, words))
    batch = np.array([word + [UNKNOWN] * (T - len(word)) for word in words], dtype=np.int64)
    output, care = implementation.total.run(batch)
    states = implementation.total.trace(batch)
    answers = 0
    for t, (now, (word, length, offer)) in enumerate(zip(seen, places, strict=True)):
        state = int(states[word, length])
        if state != UNKNOWN:
            assert now.state == implementation.code_values[state], f"clock {t}: state {now.state}"
        if offer is not None:
            number, place, first, last = offer
            assert (now.first, now.last) == (first, last), f"clock {t}: first and last"
            mask = int(care[number, place])
            assert now.answer & mask == int(output[number, place]) & mask, f"clock {t}: answer {now.answer}"
            answers += stimulus[t].ready
    return answers


def in_migen(implementation: Implementation, stimulus: Sequence[Clock]) -> list[Seen]:
    """Simulate one machine by Migen's simulator."""
    machine = MachineStream(implementation)
    sink, source = machine.sink, machine.source
    driven = (sink.valid, sink.first, sink.last, sink.symbol, source.ready, machine.enable, machine.restart)
    seen = []

    def drive() -> Iterator[Any]:
        before: Sequence[int | None] = [None] * len(driven)
        for clock in stimulus:
            for signal, value, old in zip(driven, clock, before, strict=True):
                if value != old:
                    yield signal.eq(value)
            before = clock
            yield
            # The edge that ended the clock has passed, and the signals are read as they were before it.
            values = []
            for signal in (sink.ready, source.valid, source.symbol, source.first, source.last, machine.state):
                values.append((yield signal))
            values[2] |= (yield source.error) << implementation.symbol_bits
            seen.append(Seen(*values))

    run_simulation(machine, drive())
    return seen


class Bench(LiteXModule):
    """Several machines side by side, all driven alike; `observed` is what is seen of all, the first in the low bits."""

    def __init__(self, implementations: Sequence[Implementation]) -> None:
        self.cd_sys = ClockDomain(reset_less=True)
        symbol_bits = max(implementation.input_bits for implementation in implementations)
        widths = {name: symbol_bits if name == "symbol" else 1 for name in Clock._fields}
        self.driven = {name: Signal(width, name_override=name) for name, width in widths.items()}
        self.parts = []
        for implementation in implementations:
            machine = MachineStream(implementation)
            self.submodules += machine
            sink, source = machine.sink, machine.source
            self.comb += [
                *(getattr(sink, name).eq(self.driven[name]) for name in ("valid", "first", "last", "symbol")),
                source.ready.eq(self.driven["ready"]),
                machine.enable.eq(self.driven["enable"]),
                machine.restart.eq(self.driven["restart"]),
            ]
            self.parts.append(
                [sink.ready, source.valid, source.symbol, source.error, source.first, source.last, machine.state]
            )
        signals = [signal for part in self.parts for signal in part]
        self.observed = Signal(sum(map(len, signals)), name_override="observed")
        position = 0
        for signal in signals:
            self.comb += self.observed[position : position + len(signal)].eq(signal)
            position += len(signal)

    def take_apart(self, observed: int) -> list[Seen]:
        """What is seen of each machine."""
        result = []
        for part in self.parts:
            values = []
            for signal in part:
                values.append(observed & (1 << len(signal)) - 1)
                observed >>= len(signal)
            sink_ready, valid, symbol, error, first, last, state = values
            result.append(Seen(sink_ready, valid, symbol | error << len(part[2]), first, last, state))
        return result


def in_verilator(
    implementations: Sequence[Implementation], stimulus: Sequence[Clock], folder: Path
) -> list[list[Seen]]:
    """Simulate several machines by Verilator, from the Verilog that Migen writes; what is seen of each."""
    bench = Bench(implementations)
    ports = {*bench.driven.values(), bench.observed, bench.cd_sys.clk}
    output = convert(bench, ports, name="streams")
    for name, content in {"streams.v": output.main_source, **output.data_files}.items():
        (folder / name).write_text(content)
    program = verilate([folder / "streams.v"], "stream", folder, top="streams", log=folder / "log")
    lines = "\n".join(" ".join(map(str, clock)) for clock in stimulus)
    done = subprocess.run([program], cwd=folder, input=lines, capture_output=True, text=True, check=True)
    clocks = [bench.take_apart(int(line, 16)) for line in done.stdout.split()]
    return [list(seen) for seen in zip(*clocks, strict=True)]
