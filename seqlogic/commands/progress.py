"""What a person sees while a command is at work on something long."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from seqlogic.signals import interrupts_held

__all__ = ["Progress", "Stages", "reading", "within"]

_WIDTH = 24


class Progress:
    """One live line with a bar and an estimate of what is left; nothing where no person is watching.

    Args:
        what: what is counted.
        size: how much makes one of them.
        after: the seconds before the line appears.
    """

    def __init__(self, what: str, *, size: int = 1, after: float = 0.0) -> None:
        self._what = what
        self._size = size
        self._begin = time.monotonic()
        self._next = self._begin + after
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def tell(self, done: int, of: int) -> None:
        """Show how much is done, of how much."""
        filled = _WIDTH * done // max(of, 1)
        left = (time.monotonic() - self._begin) * (of - done) / max(done, 1)
        shown = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
        self.show(
            f"[{'#' * filled:-<{_WIDTH}}] {done // self._size:,} of {of // self._size:,} {self._what}, {shown} left"
        )

    def show(self, line: str) -> None:
        """Show a line of one's own, where nobody knows how much there will be."""
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next, self._shown = now + 0.2, True
        print(f"\r\033[K  {line}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._shown = False


def reading() -> Progress:
    """The progress of the reading of a file, in bytes: it appears if that takes more than two seconds."""
    return Progress("MB", size=1_000_000, after=2.0)


class Stages:
    """One live line of what is at work, how far it has come and for how long, where a person is watching.

    It goes on while nothing new is told. What is left is not estimated: one stage says nothing of the next.
    """

    def __init__(self, *, after: float = 2.0) -> None:
        self._shown = Progress("", after=after)
        self._lock = threading.Lock()
        self._what = self._count = ""
        self._begin = 0.0
        self._watch = _repeated(self._draw)

    def __enter__(self) -> Stages:
        self._watch.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.__exit__(kind, error, trace)
        self.close()

    def tell(self, done: int, of: int, what: str) -> None:
        """Say how many of what are done, of how many; of none if they are not counted."""
        with self._lock:
            if what != self._what:
                self._what, self._begin = what, time.monotonic()
            bar = f"[{'#' * (_WIDTH * done // max(of, 1)):-<{_WIDTH}}]"
            self._count = f"{bar} {done:,} of {of:,} " if of else ""

    def close(self) -> None:
        """Take the line away, until something is told again."""
        with self._lock:
            self._what = ""
            self._shown.close()

    def _draw(self) -> None:
        with self._lock:
            if self._what:
                self._shown.show(f"{self._count}{self._what}, {time.monotonic() - self._begin:.0f} s")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Show the time that passes while something takes so many seconds at most; it appears after two of them."""
    shown, begin = Progress("", after=2.0), time.monotonic()

    def draw() -> None:
        shown.show(f"{min(time.monotonic() - begin, seconds):.0f} s so far, {seconds:.0f} s at most")

    with contextlib.ExitStack() as stack:
        stack.callback(shown.close)
        if math.isfinite(seconds):
            stack.enter_context(_repeated(draw))
        yield


@contextmanager
def _repeated(draw: Callable[[], None]) -> Iterator[None]:
    """Draw four times a second, where a person is watching."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            draw()

    watcher = threading.Thread(target=watch, daemon=True)
    if sys.stderr.isatty():
        with interrupts_held():
            watcher.start()
    try:
        yield
    finally:
        over.set()
        if watcher.ident is not None:
            watcher.join()
