"""A machine fed from memory: a buffer of symbols goes through it without a CPU or a host touching each of them."""

from __future__ import annotations

from dataclasses import dataclass

from litex.gen import LiteXModule
from litex.soc.cores.dma import WishboneDMAReader, WishboneDMAWriter
from litex.soc.interconnect import stream, wishbone
from litex.soc.interconnect.csr import CSRField, CSRStatus, CSRStorage
from migen import Cat, Constant, If, ResetInserter, Signal

from fpga.core import MachineCore
from fpga.implementation import Layout

__all__ = ["Lanes", "MachineDMA"]

WORD = 32
"""Bits of a word of memory."""


@dataclass(frozen=True)
class Lanes:
    """How symbols lie in memory: a power of two of bits for each, the first symbol in the lowest bits of a word.

    The top bit of an input lane is `first`, the top bit of an output lane is `error`; the symbol is in the lowest.
    """

    input_bits: int
    output_bits: int

    @classmethod
    def of(cls, implementation: Layout) -> Lanes:
        """The lanes of a machine."""
        return cls(_lane(implementation.input_bits + 1), _lane(implementation.symbol_bits + 1))


class MachineDMA(LiteXModule):
    """Reads words of input lanes from a buffer, streams them through a machine, writes words of output lanes back.

    Write the input words at the beginning of the buffer, set `words` and `output`, write 1 to `start`, wait for `done`.
    The last answers are written even where they do not fill their word. Addresses count words within the buffer, so
    that their arithmetic is as narrow as the buffer: on a small FPGA that is half of the engine.

    A transfer that runs is not disturbed by another `start`. A restart of the machine ends it: what was on its way is
    dropped, an access of the bus that has begun is brought to its end, and `done` stays low until a transfer started
    after that is through.

    One symbol per clock where both lanes have up to 4 bits. Reading a word and writing one keep the bus busy for some
    five clocks, so that lanes of 8 bits, four to a word, take 1.3 clocks for a symbol; the bus is then the limit.

    Args:
        core: the machine; its `sink` and `source` are used, its `source` field must say "stream".
        lanes: how symbols lie in words.
        origin: the address of the buffer in bytes, a multiple of its size.
        size: bytes of the buffer, a power of two.
        address_width: of the bus.

    Attributes:
        reader_bus, writer_bus : wishbone.Interface, masters of the SoC's bus.
    """

    def __init__(self, core: MachineCore, lanes: Lanes, *, origin: int, size: int, address_width: int = 32) -> None:
        if size & (size - 1) or origin % size:
            raise ValueError(f"a buffer of {size} bytes at {origin:#x}, expected a power of two at a multiple of it")
        bus = {"data_width": WORD, "address_width": address_width, "addressing": "word"}
        self.reader_bus = wishbone.Interface(**bus)
        self.writer_bus = wishbone.Interface(**bus)
        # The bytes of a word stay as the host wrote them; "little" would swap them.
        self.reader = reader = ResetInserter()(WishboneDMAReader(self.reader_bus, endianness="big", fifo_depth=2))
        self.writer = writer = WishboneDMAWriter(self.writer_bus, endianness="big")
        width = (size // 4 - 1).bit_length()
        self._words = CSRStorage(width, description="How many input words there are, less one.")
        self._output = CSRStorage(width, description="The word of the buffer at which the answers begin.")
        self._start = CSRStorage(
            fields=[CSRField("start", pulse=True, description="Begin; `done` goes low. Ignored during a transfer.")]
        )
        self._done = CSRStatus(fields=[CSRField("done", description="The last answer is in the buffer.")])

        # # #

        # The symbols of a word, each with `first` above it, and the answers, each with `error` above it.
        self.unpack = unpack = ResetInserter()(stream.Converter(WORD, lanes.input_bits))
        self.pack = pack = ResetInserter()(stream.Converter(lanes.output_bits, WORD))
        # A word waits here for the bus, so that the next answers need not. It is never reset: it is on the bus.
        self.packed = packed = stream.Buffer([("data", WORD)])
        answer = core.source.symbol
        padding = lanes.output_bits - len(answer) - 1
        self.comb += [
            reader.source.connect(unpack.sink),
            unpack.source.connect(core.sink, keep={"valid", "ready", "last"}),
            core.sink.symbol.eq(unpack.source.data),
            core.sink.first.eq(unpack.source.data[lanes.input_bits - 1]),
            core.source.connect(pack.sink, keep={"ready", "last"}),
            pack.sink.valid.eq(core.source.valid & ~core.restart),
            pack.sink.data.eq(Cat(answer, Constant(0, padding) if padding else [], core.source.error)),
        ]

        # `reading` may end before `writing`, never after it; `asked` is a start that waits for the end of a restart.
        reading, writing, stopping, asked = Signal(), Signal(), Signal(), Signal()
        take, give = Signal(width), Signal(width)
        base = origin // 4 >> width
        cut, begin = Signal(), Signal()
        self.comb += [
            cut.eq(core.restart | stopping | ~writing),
            begin.eq(asked & ~writing),
            reader.reset.eq(cut),
            unpack.reset.eq(cut),
            pack.reset.eq(stopping | ~writing),
            reader.sink.valid.eq(reading),
            reader.sink.address.eq(Cat(take, Constant(base, address_width - 2 - width))),
            reader.sink.last.eq(take == self._words.storage),
            # A reset leaves the `last` of LiteX's converters as it is; only a word that is taken away clears it.
            pack.source.connect(packed.sink, keep={"valid", "last", "data"}),
            pack.source.ready.eq(packed.sink.ready | core.restart),
            packed.source.ready.eq(writer.sink.ready),
            writer.sink.valid.eq(packed.source.valid),
            writer.sink.data.eq(packed.source.data),
            writer.sink.address.eq(Cat(give, Constant(base, address_width - 2 - width))),
        ]
        self.sync += [
            If(
                reader.sink.valid & reader.sink.ready, take.eq(take + 1), If(reader.sink.last | stopping, reading.eq(0))
            ),
            If(
                writer.sink.valid & writer.sink.ready,
                give.eq(give + 1),
                If(packed.source.last & ~stopping, writing.eq(0), self._done.fields.done.eq(1)),
            ),
            If(stopping & ~reading & ~packed.source.valid, stopping.eq(0), writing.eq(0)),
            If(self._start.fields.start & (~writing | stopping), asked.eq(1), self._done.fields.done.eq(0)),
            If(begin, asked.eq(0), reading.eq(1), writing.eq(1), take.eq(0), give.eq(self._output.storage)),
            If(core.restart, asked.eq(0), stopping.eq(1)),
        ]


def _lane(bits: int) -> int:
    return 1 << (bits - 1).bit_length()
