"""A solver that takes the interrupt for itself, and tests that can be interrupted."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

__all__ = ["Interrupted", "interruptible"]


class Interrupted:
    """It is interrupted in so many-th of its slices, in none of which it finds an answer.

    As CryptoMiniSat does, it has a handler of its own from then on.
    """

    def __init__(self, slices: int = 1) -> None:
        self.asked, self._slices = 0, slices

    def solve(self, *_: object, **__: object) -> tuple[None, None]:
        """Nothing, and after it nobody hears of an interrupt."""
        self.asked += 1
        signal.signal(signal.SIGINT, lambda *_: None)
        if self.asked == self._slices:
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        return None, None

    def __getattr__(self, _: str) -> object:
        return lambda *_, **__: None


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Where tests run in the background, a shell has them ignore the interrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
