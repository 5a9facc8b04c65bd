"""A solver that takes the interrupt for itself."""

from __future__ import annotations

import signal
import threading

__all__ = ["Interrupted"]


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
