"""Calls of outside tools: their progress on the terminal, their output in a log."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Step", "Tell", "ToolError", "console", "output_to", "run_tool"]

Tell = Callable[["Step", float, bool], None]
"""Called while a step runs, with its seconds so far and whether that is its end."""


class ToolError(Exception):
    """A tool failed; the message is one line that names the tool, its complaint and its log."""


@dataclass(frozen=True)
class Step:
    """One call of a tool.

    Attributes:
        what: for a person, as "synthesis".
        command: the program and its arguments, run in the folder of the gateware.
    """

    what: str
    command: tuple[str, ...]


def run_tool(step: Step, folder: Path, log: Path, tell: Tell) -> None:
    """Run a tool in a folder, its output appended to a log.

    Raises:
        ToolError: it failed. Its first error, or its last line, is in the message.
    """
    begin = time.monotonic()
    with log.open("ab") as output:
        output.write(f"$ {shlex.join((Path(step.command[0]).name, *step.command[1:]))}\n".encode())
        output.flush()
        start = output.tell()
        process = subprocess.Popen(
            step.command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        try:
            while process.poll() is None:
                tell(step, time.monotonic() - begin, False)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.2)
        except BaseException:
            process.kill()
            process.wait()
            raise
    tell(step, time.monotonic() - begin, True)
    if process.returncode != 0:
        raise ToolError(f"{step.what} failed: {_complaint(log, start)} (all of it: {log})")


def _complaint(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors[0] if errors else lines[-1] if lines else "it said nothing")[:300]


def console(step: Step, seconds: float, done: bool) -> None:
    """Tell a person what runs: a live line on a terminal, a line for each finished step elsewhere."""
    # Some tools are called by way of env.
    tool = next(Path(word).name for word in step.command if word != "env" and "=" not in word)
    line = f"  {step.what} ({tool}) {seconds:.0f} s"
    if sys.stderr.isatty():
        first = "; the first call of this tool prepares it, once, up to a minute"
        hint = first if tool.startswith("yowasp") and not done and seconds > 5 else ""
        print(f"\r\033[K{line}{hint}", end="\n" if done else "", file=sys.stderr, flush=True)
    elif done:
        print(line, file=sys.stderr)


@contextlib.contextmanager
def output_to(log: Path) -> Iterator[None]:
    """Send all that this process and its children print, LiteX's logging included, to the end of a log."""
    streams = sys.stdout, sys.stderr
    for stream in streams:
        stream.flush()
    saved = os.dup(1), os.dup(2)
    handlers, level = logging.root.handlers[:], logging.root.level
    with log.open("ab") as file:
        try:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            logging.root.handlers[:] = [logging.StreamHandler(os.fdopen(os.dup(file.fileno()), "w"))]
            logging.root.setLevel(logging.INFO)
            yield
        finally:
            for handler in logging.root.handlers:
                handler.close()
            logging.root.handlers[:] = handlers
            logging.root.setLevel(level)
            # LiteX takes stderr away to die without a traceback.
            sys.stdout, sys.stderr = streams
            for stream in streams:
                stream.flush()
            for number, copy in enumerate(saved, start=1):
                os.dup2(copy, number)
                os.close(copy)
