"""The gateware of a machine or a circuit: a stream of symbols in, a stream of answers out, registers for a host."""

from __future__ import annotations

import numpy as np
from litex.gen import LiteXModule
from litex.soc.interconnect import stream
from litex.soc.interconnect.csr import CSRField, CSRStatus, CSRStorage
from litex.soc.interconnect.csr_eventmanager import EventManager, EventSourcePulse
from migen import READ_FIRST, Case, Cat, Constant, If, Memory, Mux, Signal

from fpga.implementation import Implementation, Layout
from seqlogic.circuit import Circuit

__all__ = ["LATENCY", "SOURCES", "MachineCore", "MachineStream", "input_layout", "output_layout"]

LATENCY = 1
"""Clocks from the one that takes a symbol to the one that offers its answer, if nobody stalls."""
SOURCES = {"manual": 0, "stream": 1, "pins": 2}
"""Who feeds the machine, as the `source` field of the control register selects it."""


def input_layout(implementation: Layout) -> list[tuple[str, int]]:
    """The payload of an input stream."""
    return [("symbol", implementation.input_bits)]


def output_layout(implementation: Layout) -> list[tuple[str, int]]:
    """The payload of an output stream."""
    return [("symbol", implementation.symbol_bits), ("error", 1)]


class MachineStream(LiteXModule):
    """The machine between two streams, and nothing else: this is what is proven equal to the `Machine`, or the
    `Circuit`.

    One symbol per clock, whatever stalls on either side; its answer is offered LATENCY clocks later and held until it
    is taken. `sink.ready` does not depend on `sink.valid`.

    Attributes:
        sink : Endpoint(symbol), in. `first` restarts the machine at its initial state before the symbol is read.
        source : Endpoint(symbol, error), out. `first` and `last` of the symbol answered. `error` is set where the
            symbol is none of the alphabet, or the machine does not know the answer.
        enable : Signal(1), in. While it is low no symbol is taken; an answer that is offered stays.
        restart : Signal(1), in. Back to the initial state, dropping an answer that nobody took, as at power-up.
        state : Signal(L), out. The code of the present state.
    """

    def __init__(self, implementation: Layout) -> None:
        L, initial = implementation.state_bits, implementation.initial
        self.sink = sink = stream.Endpoint(input_layout(implementation))
        self.source = source = stream.Endpoint(output_layout(implementation))
        self.enable = Signal(reset=1)
        self.restart = Signal()
        self.state = Signal(L)

        # # #

        advance = Signal()
        present = Signal(L)
        self.comb += [
            sink.ready.eq(self.enable & (~source.valid | source.ready)),
            advance.eq(sink.valid & sink.ready),
            present.eq(Mux(sink.first, initial, self.state)),
        ]
        self.sync += [
            If(source.ready, source.valid.eq(0)),
            If(advance, source.valid.eq(1), source.first.eq(sink.first), source.last.eq(sink.last)),
            If(self.restart, source.valid.eq(0)),
        ]
        if isinstance(implementation, Implementation) and implementation.circuit is None:
            self._add_table(implementation, advance, present)
        else:
            assert implementation.circuit is not None
            self._add_logic(implementation.circuit, advance, present, initial)

    def _add_logic(self, circuit: Circuit, advance: Signal, present: Signal, initial: int) -> None:
        state = Signal(len(present), reset=initial)
        symbol, present_bits = self.sink.symbol, [present[bit] for bit in range(len(present))]
        variables = [Constant(0, 1), *(symbol[bit] for bit in range(len(symbol))), *present_bits]

        def literal(value: int) -> Signal:
            variable = variables[value >> 1]
            return ~variable if value & 1 else variable

        for number, (left, right) in enumerate(circuit.ands.tolist()):
            gate = Signal(name=f"gate{number}")
            self.comb += gate.eq(literal(left) & literal(right))
            variables.append(gate)
        answer = Cat(self.source.symbol, self.source.error)
        # Assigned bit by bit: a negated literal would be widened if it stood in a concatenation.
        following, answered = Signal(len(present)), Signal(len(answer))
        self.comb += [following[bit].eq(literal(value)) for bit, value in enumerate(circuit.next_state.tolist())]
        self.comb += [answered[bit].eq(literal(value)) for bit, value in enumerate(circuit.output.tolist())]
        self.sync += [
            If(advance, state.eq(following), answer.eq(answered)),
            If(self.restart, state.eq(initial)),
        ]
        self.comb += self.state.eq(state)

    def _add_table(self, implementation: Implementation, advance: Signal, present: Signal) -> None:
        total, L = implementation.total, len(present)
        # An unknown entry, which the option "free" leaves to the hardware, becomes 0.
        output = total.output.clip(0).astype(np.int64)
        words = total.next_state.clip(0) + (output << L)
        # Most machines never err; a column of zeros would cost block RAM all the same.
        width = L + len(self.source.symbol) + int((output >> len(self.source.symbol)).any())
        answer = Cat(self.source.symbol, self.source.error)
        table = Memory(width, words.size, init=words.flatten().tolist(), name="table")
        port = table.get_port(has_re=True, mode=READ_FIRST)
        # No attributes: a memory that LiteX finds it puts on the CSR bus, and its second port doubles the block RAM.
        self.specials += table, port
        # The state is what the memory read last; at power-up and after a restart it has read nothing yet.
        fresh = Signal(reset=1)
        self.sync += [If(advance, fresh.eq(0)), If(self.restart, fresh.eq(1))]
        self.comb += [
            self.state.eq(Mux(fresh, 0, port.dat_r[:L])),
            port.adr.eq(Cat(self.sink.symbol, present)),
            port.re.eq(advance),
            answer.eq(port.dat_r[L:]),
        ]


class MachineCore(LiteXModule):
    """A machine on the bus of a SoC: `MachineStream`, registers to use and watch it, an interrupt.

    Attributes:
        sink, source : the stream ends that a DMA engine or another core connects to; used while the `source` field of
            the control register says "stream".
        pins_sink, pins_source : the same for what sits on pins, if there is any.
        restart : Signal(1), out. A host restarts the machine; who feeds it drops what is on its way.
        ev : EventManager with one event, `match`: the chosen output symbol was given.
    """

    def __init__(self, implementation: Layout, *, default_source: str = "manual") -> None:
        self.sink = stream.Endpoint(input_layout(implementation))
        self.source = stream.Endpoint(output_layout(implementation))
        self.pins_sink = stream.Endpoint(input_layout(implementation))
        self.pins_source = stream.Endpoint(output_layout(implementation))
        self.restart = restart = Signal()
        width, symbol_width = implementation.input_bits, implementation.symbol_bits
        identity = int(implementation.digest[:16], 16)
        sources = [(str(number), f"{name}.") for name, number in SOURCES.items()]

        self._identity = CSRStatus(64, reset=identity, description="The first 64 bits of the digest of the machine.")
        self._control = CSRStorage(
            fields=[
                CSRField("enable", reset=1, description="Take symbols."),
                CSRField("restart", pulse=True, description="Back to the initial state; clears errors and counters."),
                CSRField(
                    "source",
                    size=2,
                    reset=SOURCES[default_source],
                    values=sources,
                    description="Who feeds the machine: the symbol register, the stream port (DMA), or the pins.",
                ),
            ]
        )
        self._status = CSRStatus(
            fields=[
                CSRField("error", description="Since the restart, a symbol was none, or its answer is unknown."),
                CSRField("answered", description="The answer to the last symbol written by hand is there."),
            ]
        )
        self._state = CSRStatus(implementation.state_bits, description="The code of the present state.")
        self._symbol_in = CSRStorage(
            fields=[
                CSRField(
                    "symbol",
                    size=width,
                    description="An input symbol; writing it feeds it to the machine. While the machine is disabled "
                    "the last one written waits, in place of those before it. Ignored if another source feeds.",
                ),
                CSRField("first", offset=31, description="Restart the machine before this symbol."),
            ]
        )
        self._symbol_out = CSRStatus(
            fields=[
                CSRField("symbol", size=symbol_width, description="The last output symbol."),
                CSRField("error", offset=31, description="It is not to be trusted: see the error of the status."),
            ]
        )
        self._symbols = CSRStatus(32, description="Symbols taken since the restart, modulo 2**32.")
        self._cycles = CSRStatus(
            32,
            description="Clocks from the one that took the first symbol to the one that handed out the last answer, "
            "modulo 2**32.",
        )
        self._event_symbol = CSRStorage(symbol_width, description="The output symbol that raises the event `match`.")
        self.ev = EventManager()
        self.ev.match = EventSourcePulse(description="The machine gave the chosen output symbol.")
        self.ev.finalize()

        # # #

        self.machine = machine = MachineStream(implementation)
        self.comb += [
            restart.eq(self._control.fields.restart),
            machine.enable.eq(self._control.fields.enable),
            machine.restart.eq(restart),
            self._state.status.eq(machine.state),
        ]

        # A symbol written by hand waits here until it is taken, but not for its source to be chosen.
        pending = Signal()
        manual = stream.Endpoint(input_layout(implementation))
        answer = stream.Endpoint(output_layout(implementation))
        self.comb += [
            manual.valid.eq(pending),
            manual.symbol.eq(self._symbol_in.fields.symbol),
            manual.first.eq(self._symbol_in.fields.first),
            answer.ready.eq(1),
        ]
        self.sync += [
            If(manual.valid & manual.ready, pending.eq(0)),
            If(self._symbol_in.re, pending.eq(1), self._status.fields.answered.eq(0)),
            If(
                answer.valid,
                self._status.fields.answered.eq(1),
                self._symbol_out.fields.symbol.eq(answer.symbol),
                self._symbol_out.fields.error.eq(answer.error),
            ),
            If(self._control.fields.source != SOURCES["manual"], pending.eq(0)),
            If(restart, pending.eq(0), self._status.fields.answered.eq(0)),
        ]

        cases = {}
        for name, sink, source in (
            ("manual", manual, answer),
            ("stream", self.sink, self.source),
            ("pins", self.pins_sink, self.pins_source),
        ):
            cases[SOURCES[name]] = [sink.connect(machine.sink), machine.source.connect(source)]
        self.comb += Case(self._control.fields.source, cases)

        taken = machine.sink.valid & machine.sink.ready
        given = machine.source.valid & machine.source.ready
        matches = machine.source.symbol == self._event_symbol.storage
        clock = Signal(32)
        self.comb += self.ev.match.trigger.eq(given & matches & ~machine.source.error)
        self.sync += [
            If(taken, self._symbols.status.eq(self._symbols.status + 1)),
            If(taken | (clock != 0), clock.eq(clock + 1)),
            If(given, self._cycles.status.eq(clock + 1)),
            If(given & machine.source.error, self._status.fields.error.eq(1)),
            If(
                restart,
                self._symbols.status.eq(0),
                self._cycles.status.eq(0),
                clock.eq(0),
                self._status.fields.error.eq(0),
            ),
        ]
