"""What the tests of processes share."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["alive", "ended"]


def alive(pid: int) -> bool:
    """Whether a process runs. One that ended, and whose exit code nobody has asked for yet, does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rsplit(")", 1)[1].split()[0] not in "ZX"


def ended(pid: int, seconds: float = 20) -> bool:
    """Whether a process that was told to end does so within so many seconds."""
    until = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
