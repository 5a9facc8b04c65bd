"""The SoC around a machine, in the conventions of litex-boards: a bridge or a CPU, the core, DMA, pins."""

from __future__ import annotations

from typing import Any

from litex.soc.integration.soc_core import SoCCore

from fpga.boards import CRG, Board, platform_of
from fpga.core import SOURCES, MachineCore
from fpga.dma import Lanes, MachineDMA
from fpga.firmware import CONSTANTS, ROM_BYTES, SRAM_BYTES
from fpga.implementation import Layout
from fpga.pins import MachinePins, pin_resource

__all__ = ["BUFFER_BYTES", "BaseSoC"]

BUFFER_BYTES = 4096
"""Memory that the DMA reads symbols from and writes answers to, half and half as the host likes."""
BUFFER_ORIGIN = 0x3000_0000


class BaseSoC(SoCCore):
    """A machine in a SoC.

    With `cpu_type=None` a UART bridge is the only master beside the DMA; with a CPU its console takes the UART.

    Args:
        implementation: the machine.
        board: where it goes.
        name: the board's name, for messages.
        sys_clk_freq: Hz; the board's default if None.
        with_dma: add the buffer and the DMA path.
        with_pins: put the machine on the board's pins, which then feed it from power-up on.
        sample_divider: with pins, a sample every so many clocks; 0 for the strobe pin.
        uart_baudrate: of the bridge or the console.
        kwargs: everything else that SoCCore takes.
    """

    def __init__(
        self,
        implementation: Layout,
        board: Board,
        *,
        name: str,
        sys_clk_freq: float | None = None,
        with_dma: bool = True,
        with_pins: bool = False,
        sample_divider: int = 0,
        uart_baudrate: int = 115200,
        **kwargs: Any,
    ) -> None:
        self.implementation = implementation
        self.board = board
        frequency = int(sys_clk_freq or board.sys_clk_freq)
        platform = self.make_platform()
        self.crg = self.make_crg(platform, frequency)

        # LiteX's own parser hands on the word.
        cpu = None if kwargs.get("cpu_type") == "None" else kwargs.get("cpu_type")
        if cpu is None:
            kwargs |= {"integrated_sram_size": 0, "with_timer": False, "with_uart": False}
        else:
            kwargs["integrated_rom_size"] = kwargs.get("integrated_rom_size") or ROM_BYTES
            kwargs["integrated_sram_size"] = max(kwargs.get("integrated_sram_size", 0), SRAM_BYTES)
        # A date in the identifier would make every bitstream another one.
        kwargs |= {"cpu_type": cpu, "ident": "", "ident_version": False, "uart_baudrate": uart_baudrate}
        SoCCore.__init__(self, platform, frequency, **kwargs)
        if cpu is None:
            self.add_bridge(uart_baudrate)
        else:
            for setting in CONSTANTS:
                self.add_config(setting)

        lanes = Lanes.of(implementation)
        self.machine = MachineCore(implementation, default_source="pins" if with_pins else "manual")
        if self.irq.enabled:
            self.irq.add("machine", use_loc_if_exists=True)
        constants = {
            "states": implementation.states,
            "inputs": implementation.symbols,
            "input_bits": implementation.input_bits,
            "output_bits": implementation.symbol_bits,
            "input_lane": lanes.input_bits,
            "output_lane": lanes.output_bits,
            **{f"source_{source}": number for source, number in SOURCES.items()},
        }
        for constant, value in constants.items():
            self.add_constant(f"MACHINE_{constant}", value)

        if with_dma:
            self.add_ram("machine_buffer", BUFFER_ORIGIN, BUFFER_BYTES)
            self.machine_dma = dma = MachineDMA(
                self.machine, lanes, origin=BUFFER_ORIGIN, size=BUFFER_BYTES, address_width=self.bus.address_width
            )
            self.bus.add_master("machine_reader", master=dma.reader_bus)
            self.bus.add_master("machine_writer", master=dma.writer_bus)
        if with_pins:
            platform.add_extension([pin_resource(implementation, board.pins, name)])
            self.machine_pins = MachinePins(self.machine, platform.request("machine"), divider=sample_divider)

    def make_platform(self) -> Any:
        """The LiteX platform."""
        return platform_of(self.board)

    def make_crg(self, platform: Any, frequency: int) -> Any:
        """Clock and reset."""
        return CRG(platform, self.board, frequency)

    def add_bridge(self, baudrate: int) -> None:
        """The way of the host to the bus."""
        self.add_uartbone(baudrate=baudrate)
