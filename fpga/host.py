"""The host's end of the bridge: a board, or its simulation, as something that reads symbols and answers them."""

from __future__ import annotations

import fcntl
import re
import socket
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any

import serial
from litex.tools import litex_server
from litex.tools.litex_client import RemoteClient
from litex.tools.remote import comm_uart

from fpga.core import SOURCES
from fpga.dma import WORD
from seqlogic.errors import InputError

__all__ = ["Host"]

_SILENCE = 2.0
"""Seconds without a byte after which nobody is there; the bridge of a board forgets a broken command after 0.1 s."""
_ENABLE, _RESTART = 1, 2
"""Bits of the control register."""
_BURST = 64
"""Words of one read; the bridge counts them in a byte, and a larger burst is hardly faster."""


class CommUART(comm_uart.CommUART):
    """LiteX's end of the UART bridge, but for a time limit; `silent` is set once it was reached.

    It has the name of LiteX's own, for by that LiteX's server knows that one command reads many words. Each command
    takes a turn of the line, which of many a USB cable is 16 ms.
    """

    silent = False

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length and not self.silent:
            try:
                part = self.port.read(length - len(data))
            except (OSError, serial.SerialException):
                part = b""
            self.silent = not part
            data += part
        # The server's thread goes on with zeros, and the host looks at `silent` before it believes them.
        return data.ljust(length, b"\0")

    def _write(self, data: Sequence[int]) -> None:
        try:
            super()._write(data)
        except (OSError, serial.SerialException):
            self.silent = True

    def _flush(self) -> None:
        try:
            super()._flush()
        except (OSError, serial.SerialException):
            self.silent = True


class _Server(litex_server.RemoteServer):
    """LiteX's server; its thread ends without a word when the socket is closed."""

    def _serve_thread(self) -> None:
        with suppress(OSError):
            super()._serve_thread()


class Host:
    """A SoC, by way of LiteX's server and client on loopback. A context manager: it connects on entering.

    Args:
        target: a serial port, or `socket://127.0.0.1:PORT` for a simulated SoC.
        csr_csv: the register map of the build.
        baudrate: of a serial port.

    Raises:
        InputError: on entering or in any method: the port is not there, is used by another host, or answers nothing;
            the register map is none of a machine's SoC.
    """

    def __init__(self, target: str, csr_csv: str | PathLike[str], *, baudrate: int = 115200) -> None:
        self.target, self.csr_csv, self.baudrate = target, Path(csr_csv), baudrate
        self._used = False

    def __enter__(self) -> Host:
        if not self.csr_csv.exists():
            raise InputError("there is no register map here; is this a finished build?", file=self.csr_csv)
        try:
            self._uart = CommUART(self.target, self.baudrate)
        except (OSError, ValueError, serial.SerialException) as error:
            raise InputError(self._unopened(error), file=self.target) from None
        try:
            self._uart.port.timeout = _SILENCE
            self._claim()
            self._connect()
            if not hasattr(self.client.regs, "machine_identity"):
                raise InputError("is not the register map of a machine's SoC", file=self.csr_csv)
            # A host that was killed may have left half a command behind; the bridge forgets it after 0.1 s of silence.
            if not self.target.startswith("socket:"):
                time.sleep(0.15)
                self._uart.port.reset_input_buffer()
            self._found = self.read("machine_control")
        except BaseException:
            self._uart.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._used:
            with suppress(InputError):
                # Who fed the machine before, its pins perhaps, goes on, from the initial state.
                self.write("machine_control", self._found | _RESTART)
                # Writes are not answered: without a read after it, this one might find the line closed.
                self.identity()
        self.client.close()
        self._server.socket.close()
        self._uart.close()

    def _unopened(self, error: Exception) -> str:
        """Why the target cannot be opened, in a few words."""
        if self.target.startswith("socket:"):
            if not re.fullmatch(r"socket://[^:/]+:\d+/?", self.target):
                return "expected socket://127.0.0.1:PORT, as the simulation prints it"
            return "no simulation listens there"
        if not Path(self.target).exists():
            return "is not there (a board shows up as /dev/ttyUSB0, /dev/ttyUSB1, /dev/ttyACM0)"
        if not Path(self.target).is_char_device():
            return "is no serial port"
        return f"cannot be opened as a serial port at {self.baudrate} baud: {_reason(error)}"

    def _claim(self) -> None:
        """One host at a time: two would read each other's answers."""
        if self.target.startswith("socket:"):
            return  # The simulator takes one client itself.
        try:
            fcntl.flock(self._uart.port.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError("is used by another program", file=self.target) from None

    def _connect(self) -> None:
        # The server tells each connection on stdout, and what we print there is for people.
        litex_server.print = lambda *_, **__: None
        self._server = server = _Server(self._uart, "127.0.0.1", 0)
        server.open()
        # Small packets to and fro: Nagle's algorithm would hold each back for 40 ms. Accepted sockets inherit it.
        server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            server.start(1)
        try:
            self.client = RemoteClient("127.0.0.1", server.socket.getsockname()[1], csr_csv=str(self.csr_csv))
        except (KeyError, ValueError) as error:
            raise InputError(f"is no register map of LiteX: {error}", file=self.csr_csv) from error
        self.client.open()
        self.client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Longer than the limit of the UART, which is the one that tells what is wrong.
        self.client.socket.settimeout(4 * _SILENCE)

    def read(self, register: str) -> int:
        """The value of a register."""
        with self._line():
            return int(getattr(self.client.regs, register).read())

    def write(self, register: str, value: int) -> None:
        """Write a register."""
        with self._line():
            getattr(self.client.regs, register).write(value)

    @contextmanager
    def _line(self) -> Iterator[None]:
        """Whatever happens to the line in here, and the zeros that LiteX's client makes of it, is an InputError."""
        with suppress(OSError):
            yield
            if not self._uart.silent:
                return
        hint = "is it the right port, and is the bitstream loaded?"
        if self.target.startswith("socket:"):
            hint = "is another host connected, or has the simulation ended?"
        raise InputError(f"answers nothing; {hint}", file=self.target)

    def constant(self, name: str) -> int:
        """A constant of the SoC, as its register map has it."""
        return int(self.client.constants.d[f"machine_{name}"])

    def identity(self) -> str:
        """The first 16 digits of the digest of the machine in the fabric."""
        return f"{self.read('machine_identity'):016x}"

    def info(self) -> dict[str, Any]:
        """What the registers say, by name."""
        status = self.read("machine_status")
        control = self.read("machine_control")
        sources = {number: name for name, number in SOURCES.items()}
        return {
            "identity": self.identity(),
            "states": self.constant("states"),
            "state code": self.read("machine_state"),
            "symbols": self.read("machine_symbols"),
            "cycles": self.read("machine_cycles"),
            "error": bool(status & 1),
            "enabled": bool(control & 1),
            "source": sources.get(control >> 2 & 3, "none"),
        }

    def restart(self, source: str = "manual") -> None:
        """Bring the machine back to its initial state, clear its counters, and select who feeds it."""
        self._used = True
        self.write("machine_control", _ENABLE | _RESTART | SOURCES[source] << 2)

    def counters(self) -> tuple[int, int]:
        """Symbols since the restart, and the clocks from the first of them to the last answer."""
        return self.read("machine_symbols"), self.read("machine_cycles")

    def run(self, words: Sequence[Sequence[int]], tell: Callable[[int], None] | None = None) -> list[list[int]]:
        """The answers to words of input symbols, each word from the initial state.

        Args:
            words: input symbols as numbers; ValueError for one that does not fit the machine's bits.
            tell: called with the number of symbols that are answered so far.

        Returns:
            For each word its answers: the output symbol, and the error bit above its bits.
        """
        bits = self.constant("input_bits")
        if any(not 0 <= symbol < 1 << bits for word in words for symbol in word):
            raise ValueError(f"a symbol outside 0 .. {(1 << bits) - 1}")
        flat = [(symbol, place == 0) for word in words for place, symbol in enumerate(word)]
        through = self._through_dma if hasattr(self.client.regs, "machine_dma_start") else self._by_hand
        answers: Iterator[int] = through(flat, tell or (lambda _: None))
        return [[next(answers) for _ in word] for word in words]

    def _by_hand(self, symbols: list[tuple[int, bool]], tell: Callable[[int], None]) -> Iterator[int]:
        self.restart()
        bits = self.constant("output_bits")
        for number, (symbol, first) in enumerate(symbols, start=1):
            self.write("machine_symbol_in", symbol | first << 31)
            answer = self.read("machine_symbol_out")
            yield answer & (1 << bits) - 1 | (answer >> 31) << bits
            tell(number)

    def _through_dma(self, symbols: list[tuple[int, bool]], tell: Callable[[int], None]) -> Iterator[int]:
        self.restart("stream")
        buffer = self.client.mems.machine_buffer
        lane, answer_lane, bits = (self.constant(name) for name in ("input_lane", "output_lane", "output_bits"))
        per_word, answers_per_word = WORD // lane, WORD // answer_lane
        # Input words and the words of their answers share the buffer; one input word has lane-for-lane answers.
        most = buffer.size // 4 * answers_per_word // (per_word + answers_per_word) - 1
        chunk = most * per_word
        for start in range(0, len(symbols), chunk):
            part = symbols[start : start + chunk]
            packed = _packed([symbol | first << lane - 1 for symbol, first in part], lane)
            for place in range(0, len(packed), _BURST):
                with self._line():
                    self.client.write(buffer.base + 4 * place, packed[place : place + _BURST])
            self.write("machine_dma_words", len(packed) - 1)
            self.write("machine_dma_output", len(packed))
            self.write("machine_dma_start", 1)
            self._wait()
            words = -(-len(packed) * per_word // answers_per_word)
            base = buffer.base + 4 * len(packed)
            answered: list[int] = []
            for place in range(0, words, _BURST):
                with self._line():
                    answered += self.client.read(base + 4 * place, min(_BURST, words - place))
            # Up to one word of padding was answered as well.
            for symbol in _unpacked(answered, answer_lane)[: len(part)]:
                yield symbol & (1 << bits) - 1 | (symbol >> answer_lane - 1) << bits
            tell(start + len(part))

    def _wait(self) -> None:
        deadline = time.monotonic() + _SILENCE
        while not self.read("machine_dma_done"):
            if time.monotonic() > deadline:
                raise InputError("the machine does not answer all symbols; is it another bitstream?", file=self.target)


def _packed(lanes: list[int], width: int) -> list[int]:
    per_word = WORD // width
    return [
        sum(value << width * place for place, value in enumerate(lanes[start : start + per_word]))
        for start in range(0, len(lanes), per_word)
    ]


def _unpacked(words: list[int], width: int) -> list[int]:
    mask = (1 << width) - 1
    return [word >> width * place & mask for word in words for place in range(WORD // width)]


def _reason(error: Exception) -> str:
    return str(error).split(": ")[-1].strip("'") or type(error).__name__
