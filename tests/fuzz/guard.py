"""What one reading of a file may do: return or raise a one-line InputError, soon, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from seqlogic.errors import InputError

__all__ = ["Finding", "Guard"]

_LONGEST = 2200
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What no reader has a reason to do, by the names of Python's audit events and by their beginnings.
_FORBIDDEN = frozenset(["compile", "exec", "marshal.loads", "pickle.find_class"])
_FORBIDDEN_ROOMS = ("ctypes.", "shutil.", "socket.", "subprocess.", "tempfile.", "urllib.", "webbrowser.")
# What of `os` looks and does not touch.
_LOOKS = frozenset(["os.getxattr", "os.listdir", "os.listxattr", "os.scandir", "os.walk", "os.fwalk"])


class Finding(NamedTuple):
    """What a reader did that it may not; `place` tells one finding from another."""

    what: str
    place: str


class _ForbiddenError(BaseException):
    """Raised where a forbidden thing is about to be done, so that it is not."""


class _TooLongError(BaseException):
    """Raised in the middle of a reading that takes too long."""


class Guard:
    """Judges readings in this process, one at a time. The audit hook stays for good, and sleeps between readings.

    Args:
        empty: an empty folder, which becomes the current one while a file is read.
        seconds: the CPU time that one reading may take.
        permitted: audit events that are no finding.
    """

    awake: Guard | None = None
    """The one that judges a reading at this moment."""
    _hooked = False

    def __init__(self, empty: Path, *, seconds: float, permitted: frozenset[str] = frozenset()) -> None:
        if not Guard._hooked:
            sys.addaudithook(_audit)
            Guard._hooked = True
        self._empty = empty
        self._seconds = seconds
        self._permitted = permitted
        self._seen: list[Finding] = []
        signal.signal(signal.SIGPROF, self._expire)

    def judge(self, read: Callable[[Path], object], path: Path) -> Finding | None:
        """Read a file, and return the first thing that was not right, if any."""
        self._seen = []
        before = Path.cwd()
        os.chdir(self._empty)
        try:
            with warnings.catch_warnings():
                # Whatever is not filtered on purpose.
                warnings.simplefilter("always", append=True)
                warnings.showwarning = self._warned
                self._read(read, path)
            self._seen += [Finding(f"{name} was left behind", name) for name in os.listdir()]
        finally:
            os.chdir(before)
        return self._seen[0] if self._seen else None

    def _read(self, read: Callable[[Path], object], path: Path) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        Guard.awake = self
        try:
            read(path)
        except InputError as error:
            Guard.awake = None
            message = str(error)
            if not message.isprintable() or len(message) > _LONGEST:
                self._seen.append(_finding(f"a message of {len(message)} characters: {message[:200]!r}", error))
        except BaseException as error:
            Guard.awake = None
            if not isinstance(error, _ForbiddenError):
                self._seen.append(_finding(f"{type(error).__name__}: {str(error)[:200]}", error))
        finally:
            Guard.awake = None
            signal.setitimer(signal.ITIMER_PROF, 0)

    def audit(self, event: str, values: tuple[object, ...]) -> None:
        """Refuse an audit event that is forbidden."""
        if event in self._permitted:
            return
        if event == "open":
            _, mode, flags = values
            forbidden = bool(flags & _WRITES) if isinstance(flags, int) else not set("wax+").isdisjoint(str(mode))
        elif event.startswith("os."):
            forbidden = event not in _LOOKS
        else:
            forbidden = event in _FORBIDDEN or event.startswith(_FORBIDDEN_ROOMS)
        if forbidden:
            Guard.awake = None
            place = "; ".join(f"{frame.name}:{frame.lineno}" for frame in traceback.extract_stack(limit=6)[:-1])
            self._seen.append(Finding(f"{event} {str(values)[:200]} from {place}", f"{event} {place}"))
            raise _ForbiddenError(event)

    def _warned(self, message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
        self._seen.append(Finding(f"{category.__name__}: {message}", f"{filename}:{lineno}"))

    def _expire(self, number: int, frame: FrameType | None) -> None:
        if Guard.awake is self:
            raise _TooLongError(f"took longer than {self._seconds:g} s")


def _audit(event: str, values: tuple[object, ...]) -> None:
    if Guard.awake is not None:
        Guard.awake.audit(event, values)


def _finding(what: str, error: BaseException) -> Finding:
    """A finding of an error, at the innermost line of ours that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and "/lib/python" not in frame.filename]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return Finding(f"{what} (at {place})", f"{type(error).__name__} {place}")
