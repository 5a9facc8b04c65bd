"""A machine fed from memory, against `Machine.run`, over a bus that lets its masters wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

pytest.importorskip("litex", reason="litex is not installed: the extra fpga")

from migen import Memory, Mux, Signal, passive, run_simulation
from on_bus import OnBus

from fpga.core import SOURCES, MachineCore
from fpga.dma import Lanes, MachineDMA
from fpga.implementation import Implementation, implement
from seqlogic.machine import Alphabet, Machine

ORIGIN = 0x3000_0000
SIZE = 256
WORDS = SIZE // 4
PATIENCE = 5_000
"""Reads of `done` after which a transfer is given up."""
UNTOUCHED = 0x5A5A_A5A5
STREAM = 1 | SOURCES["stream"] << 2
RESTART = 2


class Width(NamedTuple):
    """A machine by its symbols; its lanes follow."""

    inputs: int
    outputs: int
    input_lane: int
    output_lane: int


WIDTHS = [
    Width(2, 2, 2, 2),
    Width(3, 5, 4, 4),
    Width(2, 40, 2, 8),
    Width(16, 2, 8, 2),
    Width(200, 16, 16, 8),
    Width(4, 70_000, 4, 32),
]
"""Inputs that fill their bits or not, words of answers that are fewer than those of inputs, as many, and more."""


class Bench(OnBus):
    """Machine and DMA on a memory; how often an access of each kind is answered in a clock, the test says."""

    def __init__(self, implementation: Implementation, seed: int = 0, often: float = 0.5) -> None:
        core = MachineCore(implementation)
        self.lanes = Lanes.of(implementation)
        super().__init__(core=core, dma=MachineDMA(core, self.lanes, origin=ORIGIN, size=SIZE))
        self.memory = Memory(32, WORDS, init=[UNTOUCHED] * WORDS)
        self.buses = [self.dma.reader_bus, self.dma.writer_bus]
        self.answering = [Signal(), Signal()]
        self.rng = np.random.default_rng(seed)
        self.often = [often, often]
        for bus, answering in zip(self.buses, self.answering, strict=True):
            port = self.memory.get_port(write_capable=True, async_read=True)
            self.specials += port
            self.comb += [
                bus.ack.eq(bus.stb & bus.cyc & answering),
                port.adr.eq(bus.adr),
                # What is read is there with the answer, and at no other time.
                bus.dat_r.eq(Mux(bus.ack, port.dat_r, 0xFFFF_FFFF)),
                port.dat_w.eq(bus.dat_w),
                port.we.eq(bus.ack & bus.we),
            ]
        self.specials += self.memory

    @passive
    def answer(self) -> Iterator[Any]:
        """Let the masters wait, and see that they keep to the protocol."""
        waiting: list[tuple[int, ...] | None] = [None, None]
        while True:
            for number, (bus, answering) in enumerate(zip(self.buses, self.answering, strict=True)):
                yield answering.eq(int(self.rng.random() < self.often[number]))
                access = []
                for signal in (bus.stb, bus.cyc, bus.we, bus.sel, bus.adr, *([bus.dat_w] if number else [])):
                    access.append((yield signal))
                if waiting[number] is not None:
                    assert tuple(access) == waiting[number], "an access that changes before it is answered"
                if access[0]:
                    assert access[1:4] == [1, number, 15]
                    assert access[4] // WORDS == ORIGIN // SIZE, "an access outside the buffer"
                waiting[number] = tuple(access) if access[0] and not (yield bus.ack) else None
            yield

    def fill(self, words: list[int], place: int = 0) -> Iterator[Any]:
        for i, word in enumerate(words):
            yield self.memory[place + i].eq(word)
        yield

    def content(self) -> Iterator[Any]:
        words = []
        for i in range(WORDS):
            words.append((yield self.memory[i]))
        return words

    def start(self, words: int, output: int, settle: int = 1) -> Iterator[Any]:
        yield from self.write("words", words - 1)
        yield from self.write("output", output)
        yield from self.write("start", 1, settle)

    def wait(self) -> Iterator[Any]:
        for _ in range(PATIENCE):
            if (yield from self.read("done")):
                # Who is told that it is done finds the last answer in memory.
                return (yield from self.content())
        raise AssertionError("the transfer does not end")

    def random_word(self, words: int) -> list[int]:
        """Symbols that fill so many words, `first` above the first; patterns that are no symbol among them."""
        bits = self.lanes.input_bits
        symbols = self.rng.integers(0, 1 << self.core.sink.symbol.nbits, words * 32 // bits).tolist()
        return [symbols[0] | 1 << bits - 1, *symbols[1:]]


def random_machine(width: Width, states: int = 9) -> Machine:
    rng = np.random.default_rng(width.inputs + width.outputs)
    shape = (states, width.inputs)
    alphabets = [Alphabet.of(map(str, range(count))) for count in (width.inputs, width.outputs)]
    return Machine(rng.integers(0, states, shape), rng.integers(0, width.outputs, shape), *alphabets)


def packed(values: list[int], bits: int) -> list[int]:
    lanes = 32 // bits
    parts = [values[i : i + lanes] for i in range(0, len(values), lanes)]
    return [sum(value << bits * lane for lane, value in enumerate(part)) for part in parts]


def unpacked(words: list[int], bits: int) -> list[int]:
    return [word >> bits * lane & (1 << bits) - 1 for word in words for lane in range(32 // bits)]


def right(implementation: Implementation, symbols: list[int]) -> list[int]:
    """The lanes of the answers to the lanes of an input."""
    lanes = Lanes.of(implementation)
    top, bits = 1 << lanes.input_bits - 1, implementation.symbol_bits
    word = np.array([[symbol & ~top for symbol in symbols]])
    answers = implementation.total.run(word)[0][0].tolist()
    return [answer & (1 << bits) - 1 | (answer >> bits) << lanes.output_bits - 1 for answer in answers]


def run_bench(bench: Bench, script: Callable[[], Iterator[Any]]) -> None:
    ended = []

    def whole() -> Iterator[Any]:
        yield
        yield from bench.write("control", STREAM)
        yield from script()
        ended.append(True)

    run_simulation(bench, [whole(), bench.answer()])
    assert ended


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width.input_lane}-{width.output_lane}")
def width(request: pytest.FixtureRequest) -> Width:
    chosen: Width = request.param
    return chosen


def through(bench: Bench, implementation: Implementation, words: int, output: int) -> Iterator[Any]:
    """A transfer, and all that must be in the buffer after it: answers where they belong, and nothing else."""
    symbols = bench.random_word(words)
    yield from bench.fill([UNTOUCHED] * WORDS)
    yield from bench.fill(packed(symbols, bench.lanes.input_bits))
    before = yield from bench.content()
    yield from bench.start(words, output)
    check(implementation, symbols, output, before, (yield from bench.wait()))


def check(implementation: Implementation, symbols: list[int], output: int, before: list[int], after: list[int]) -> None:
    bits = Lanes.of(implementation).output_bits
    answers = right(implementation, symbols)
    length = -(-len(answers) * bits // 32)
    # The last word may hold more lanes than there are answers; what is in those is nobody's business.
    assert unpacked(after[output : output + length], bits)[: len(answers)] == answers
    assert [*after[:output], *after[output + length :]] == [*before[:output], *before[output + length :]]


def test_transfers(width: Width) -> None:
    """One word and more, answers right behind the input, further on, and up to the last word of the buffer."""
    implementation = implement(random_machine(width), implementation="table")
    bench = Bench(implementation, seed=1)
    assert (bench.lanes.input_bits, bench.lanes.output_bits) == (width.input_lane, width.output_lane)
    answers_per_word = width.output_lane / width.input_lane

    def script() -> Iterator[Any]:
        for words, bench.often in ((1, [1, 1]), (3, [1, 1]), (3, [0.5, 0.3])):
            length = int(np.ceil(words * answers_per_word))
            for output in (words, WORDS - length):
                yield from through(bench, implementation, words, output)
                assert (yield from bench.read("symbols")) == words * 32 // width.input_lane
                yield from bench.write("control", STREAM | RESTART)

    run_bench(bench, script)


@pytest.mark.parametrize("width", [width for width in WIDTHS if width.output_lane <= width.input_lane > 4])
@pytest.mark.parametrize("often", [(1, 1), (0.9, 0.2)])
def test_full_buffer_in_place(width: Width, often: tuple[float, float]) -> None:
    """Answers that take no more place than the symbols may overwrite them, whoever waits for the bus."""
    implementation = implement(random_machine(width), implementation="table")
    bench = Bench(implementation, seed=2)
    bench.often = list(often)
    run_bench(bench, lambda: through(bench, implementation, WORDS, 0))


def test_start_during_a_transfer_is_ignored(width: Width) -> None:
    implementation = implement(random_machine(width), implementation="table")
    bench = Bench(implementation, seed=3, often=0.2)

    def script() -> Iterator[Any]:
        for clocks in (2, 20):
            symbols = bench.random_word(4)
            yield from bench.fill([UNTOUCHED] * WORDS)
            yield from bench.fill(packed(symbols, width.input_lane))
            before = yield from bench.content()
            yield from bench.start(4, 8, settle=clocks)
            assert not (yield bench.dma._done.fields.done)
            yield from bench.write("start", 1, clocks)
            check(implementation, symbols, 8, before, (yield from bench.wait()))
            # Ignored, and not put off.
            for _ in range(25):
                yield
                assert (yield bench.dma._done.fields.done)
                assert not (yield bench.dma.reader_bus.stb)
            assert (yield from bench.read("symbols")) == len(symbols)
            yield from bench.write("control", STREAM | RESTART)

    run_bench(bench, script)


def test_start_after_a_restart_in_the_middle(width: Width) -> None:
    """At once, or later; nothing of the transfer that was ended gets into the machine or the next answers."""
    implementation = implement(random_machine(width), implementation="table")
    bench = Bench(implementation, seed=4)
    bench.often = [0.7, 0.2]

    def script() -> Iterator[Any]:
        for clocks in (1, 5, 14, 23):
            yield from bench.fill(packed(bench.random_word(6), width.input_lane))
            yield from bench.start(6, 8, settle=clocks)
            symbols = bench.random_word(3)
            yield from bench.write("control", STREAM | RESTART, 0)
            if clocks in (1, 14):
                # Once the bus has answered what it had been asked for, nothing moves any more.
                for _ in range(50):
                    yield
                assert (yield from bench.read("symbols")) == 0
                assert not (yield bench.dma.reader_bus.stb) | (yield bench.dma.writer_bus.stb)
            yield from bench.write("words", 2, 0)
            yield from bench.write("output", 40, 0)
            before = [UNTOUCHED] * WORDS
            before[:3] = packed(symbols, width.input_lane)
            yield from bench.fill(before[:3])
            yield from bench.write("start", 1, 1)
            after = yield from bench.wait()
            # The ended transfer may have written some of its answers.
            check(implementation, symbols, 40, [*before[:3], *after[3:40], *before[40:]], after)
            assert (yield from bench.read("symbols")) == len(symbols)
            yield from bench.fill([UNTOUCHED] * (WORDS - 40), 40)
            yield from bench.write("control", STREAM | RESTART)

    run_bench(bench, script)


@pytest.mark.parametrize(("words", "writing", "ends"), [(2, 1, range(4, 16)), (2, 0, [10, 16]), (3, 0, [24])])
def test_restart_in_any_clock_of_a_transfer(words: int, writing: float, ends: Sequence[int]) -> None:
    """In that of the last symbol or the last answer as well.

    Or with the last word of answers waiting for the bus, or for the word before it that does.
    """
    implementation = implement(random_machine(WIDTHS[4]), implementation="table")
    bench = Bench(implementation, seed=6)

    def script() -> Iterator[Any]:
        for clocks in ends:
            bench.often = [1, writing]
            yield from bench.fill([UNTOUCHED] * WORDS)
            yield from bench.fill(packed(bench.random_word(words), bench.lanes.input_bits))
            yield from bench.start(words, 8, settle=clocks)
            yield from bench.write("control", STREAM | RESTART, 0)
            symbols = bench.random_word(3)
            following = packed(symbols, bench.lanes.input_bits)
            yield from bench.fill(following)
            yield from bench.start(3, 40)
            bench.often = [1, 1]
            after = yield from bench.wait()
            check(implementation, symbols, 40, [*following, *after[3:40], *[UNTOUCHED] * (WORDS - 40)], after)
            assert (yield from bench.read("symbols")) == len(symbols)

    run_bench(bench, script)


@pytest.mark.parametrize("at_once", [False, True])
def test_restart_while_the_bus_keeps_a_read_waiting(at_once: bool) -> None:
    """That read is the last one, and what it brings belongs to nobody."""
    implementation = implement(random_machine(WIDTHS[1]), implementation="table")
    bench = Bench(implementation, seed=7)

    def script() -> Iterator[Any]:
        bench.often = [0, 1]
        yield from bench.fill(packed(bench.random_word(6), bench.lanes.input_bits))
        yield from bench.start(6, 8)
        yield from bench.write("control", STREAM | RESTART)
        symbols = bench.random_word(3)
        words = packed(symbols, bench.lanes.input_bits)
        yield from bench.fill(words)
        if at_once:
            yield from bench.start(3, 40)
        bench.often = [1, 1]
        if not at_once:
            for _ in range(4):
                yield
            for _ in range(4):
                assert not (yield bench.dma.reader_bus.stb)
                yield
            yield from bench.start(3, 40)
        after = yield from bench.wait()
        check(implementation, symbols, 40, [*words, *after[3:6], *[UNTOUCHED] * (WORDS - 6)], after)
        assert (yield from bench.read("symbols")) == len(symbols)

    run_bench(bench, script)


def test_restart_without_a_transfer_leaves_the_next_alone() -> None:
    """Also where the two come in one clock after the other, and where a start waits that is taken back."""
    implementation = implement(random_machine(WIDTHS[1]), implementation="table")
    bench = Bench(implementation, seed=5)

    def script() -> Iterator[Any]:
        for settle in (0, 1, 2, 5):
            yield from bench.write("control", STREAM | RESTART, settle)
            yield from through(bench, implementation, 2, 20)
        done = bench.dma._done.fields.done
        yield from bench.start(2, 20, settle=0)
        yield from bench.write("control", STREAM | RESTART, 100)
        assert not (yield done)
        assert (yield from bench.read("symbols")) == 0
        yield from through(bench, implementation, 2, 20)
        # So is a start that waits for the bus to end what it had been asked for.
        yield from bench.write("control", STREAM | RESTART)
        bench.often = [0, 0]
        yield from bench.start(2, 20)
        yield from bench.write("control", STREAM | RESTART)
        yield from bench.write("start", 1)
        yield from bench.write("control", STREAM | RESTART)
        bench.often = [1, 1]
        for _ in range(100):
            yield
        assert not (yield done)
        assert (yield from bench.read("symbols")) == 0
        yield from through(bench, implementation, 2, 20)

    run_bench(bench, script)


@pytest.mark.parametrize(("origin", "size"), [(ORIGIN, 192), (ORIGIN + 128, 256)])
def test_buffer_is_checked(origin: int, size: int) -> None:
    implementation = implement(random_machine(WIDTHS[0]), implementation="table")
    with pytest.raises(ValueError, match="expected a power of two"):
        MachineDMA(MachineCore(implementation), Lanes.of(implementation), origin=origin, size=size)
