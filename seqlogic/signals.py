"""Signals: an interrupt that waits, and a termination that cleans up."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["end_on_termination", "interrupts_held"]


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """An interrupt within waits for the end, and then is one.

    Code that takes the interrupt for itself, as a SAT solver does, would lose it, and go on taking it. Threads that are
    begun within never get one: in Python it is for the first thread alone.
    """
    if sys.platform == "win32":
        yield
        return
    first = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if first and handler is not None:
            signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_on_termination() -> None:
    """Let a termination end the program as an error does, so that processes and temporary folders of its own go."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    # Once is enough: a second one must not stop the cleaning.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)
