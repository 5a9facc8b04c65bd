"""A person's end of a SoC with a CPU: the console of its BIOS, on a serial port or on a simulator's socket."""

from __future__ import annotations

import re

import serial

from seqlogic.errors import InputError

__all__ = ["Console"]

PROMPT = b"litex\x1b[0m> "
_BREAK, _BELL = b"\x03", b"\a"


class Console:
    """The console of the BIOS, for a `with` statement.

    Args:
        target: a serial port, or `socket://127.0.0.1:PORT` of a simulator.
        baudrate: of a serial port.
        booting: the SoC has just been started, and its prompt will come by itself; else the prompt is asked for.
        timeout: seconds without a byte after which nobody is there.

    Attributes:
        greeting: what came before the first prompt.

    Raises:
        InputError: on entering or by `command`: the port cannot be opened, or nobody answers.
    """

    def __init__(self, target: str, *, baudrate: int = 115200, booting: bool = False, timeout: float = 10.0) -> None:
        self.target, self.baudrate, self.booting, self.timeout = target, baudrate, booting, timeout
        self.greeting = ""

    def __enter__(self) -> Console:
        try:
            self._port = serial.serial_for_url(self.target, self.baudrate, timeout=self.timeout)
        except (OSError, ValueError, serial.SerialException) as error:
            raise InputError(f"cannot be opened: {error}", file=self.target) from None
        try:
            if not self.booting:
                self._port.write(_BREAK)
            self.greeting = _plain(self._until(PROMPT))
        except BaseException:
            self._port.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._port.close()

    def command(self, line: str) -> str:
        """Type a line, and return what is printed up to the next prompt, without colours and empty ends.

        ValueError for a line that does not fit the BIOS's buffer, or has a character that it does not take.
        """
        for character in line.encode():
            # One at a time: a slow CPU without interrupts has 16 bytes of room.
            self._port.write(bytes([character]))
            if (echo := self._until(bytes([character]), _BELL)).endswith(_BELL):
                self._port.write(_BREAK)
                self._until(PROMPT)
                raise ValueError(f"a line of {len(line)} characters is too long for the BIOS")
            assert len(echo) == 1, f"instead of an echo came {echo!r}"
        self._port.write(b"\n")
        return _plain(self._until(PROMPT))

    def _until(self, *ends: bytes) -> bytes:
        """The bytes up to and with one of these ends."""
        data = b""
        while not data.endswith(ends):
            try:
                byte = self._port.read(1)
            except (OSError, serial.SerialException):
                byte = b""
            if not byte:
                raise InputError("answers nothing; is it the right port, and is there a CPU?", file=self.target)
            data += byte
        return data


def _plain(data: bytes) -> str:
    text = data.decode("ascii", errors="replace").replace("\r", "")
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).removesuffix("litex> ")
    return text.strip()
