"""A serial port that leads to a simulated SoC, as one of a board does to a board."""

from __future__ import annotations

import os
import pty
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["serial_line"]


@contextmanager
def serial_line(tcp_port: int) -> Iterator[str]:
    """The path of a pseudo-terminal whose bytes go to and come from a TCP port of the loopback interface."""
    ours, theirs = pty.openpty()
    line = socket.create_connection(("127.0.0.1", tcp_port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    over, wake = os.pipe()

    def relay() -> None:
        while True:
            ready, _, _ = select.select([ours, line, over], [], [])
            if over in ready:
                return
            if ours in ready:
                line.sendall(os.read(ours, 4096))
            if line in ready:
                if not (data := line.recv(4096)):
                    return
                os.write(ours, data)

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.close(wake)
        thread.join()
        line.close()
        for end in (ours, theirs, over):
            os.close(end)
