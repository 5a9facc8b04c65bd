"""Processes: a function measured and stopped in one of its own, and workers side by side. All are forks.

A fork has what its parent has: what is imported there need not be imported again, and is not timed.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, Generic, TypeVar

__all__ = ["Measured", "measure", "side_by_side"]

T = TypeVar("T")
Job = TypeVar("Job")
Done = TypeVar("Done")

_GRACE = 5.0
"""Seconds after its limit at which a process ends itself, should the one that measures it be gone."""

_running: set[int] = set()
"""The processes that this one measures, each the leader of a group."""


@dataclass(frozen=True)
class Measured(Generic[T]):
    """What a function returned in a process of its own, and what it took.

    Attributes:
        value: what it returned; None if it did not.
        ended: "returned", "timeout" or "error".
        wall: seconds; the limit if it was stopped.
        cpu: seconds of the processor, of its own processes too.
        peak: MiB of memory beyond what its parent held when it began; None if it did not return.
        message: of the error.
    """

    value: T | None
    ended: str
    wall: float
    cpu: float
    peak: float | None
    message: str = ""


def measure(function: Callable[[], T], limit: float) -> Measured[T]:
    """Run a function in a fork of this process, killed with all its own processes after `limit` seconds."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    before = _seconds_of_children()
    child = context.Process(target=_run, args=(function, limit, theirs))
    with _terminate_held():
        child.start()
        assert child.pid is not None
        # Both sides ask for the group, whichever comes first.
        with suppress(OSError):
            os.setpgid(child.pid, child.pid)
        _running.add(child.pid)
    theirs.close()
    measured: Measured[T] | None = Measured(None, "timeout", limit, 0.0, None)
    try:
        if ours.poll(limit):
            measured = None
            with suppress(EOFError):
                measured = ours.recv()
    finally:
        _kill(child.pid)
        child.join()
        _running.discard(child.pid)
        ours.close()
    if measured is None:
        return Measured(None, "error", limit, 0.0, None, f"the process ended with {child.exitcode}")
    if measured.ended == "timeout":
        return replace(measured, cpu=_seconds_of_children() - before)
    return measured


def _run(function: Callable[[], Any], limit: float, connection: Connection) -> None:
    with suppress(OSError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    signal.setitimer(signal.ITIMER_REAL, limit + _GRACE)
    value, ended, message = None, "returned", ""
    peak, cpu, started = _peak(), time.process_time(), time.perf_counter()
    try:
        value = function()
    # A function may fail as it likes; whoever measures it goes on.
    except Exception as error:
        ended, message = "error", f"{type(error).__name__}: {error}"
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu + _seconds_of_children()
    connection.send(Measured(value, ended, wall, cpu, _peak() - peak, message))


def _peak() -> float:
    """The largest resident memory of this process so far, in MiB. On Linux a fork begins at what its parent holds."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _kill(group: int) -> None:
    with suppress(OSError):
        os.killpg(group, signal.SIGKILL)


@contextmanager
def _terminate_held() -> Iterator[None]:
    """Hold a SIGTERM back until a new process is known, and, in that process, until it can answer."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def side_by_side(work: Callable[[Job], Done], jobs: Sequence[Job], workers: int) -> Iterator[Done]:
    """Yield what `work` makes of each job as it is done, in no particular order.

    The workers leave an interrupt from the keyboard to this process, and end, with what they measure, when the
    iteration does.

    Raises:
        RuntimeError: `work` raised something, or a worker was killed.
    """
    context = get_context("fork")
    waiting = list(reversed(jobs))
    processes: list[ForkProcess] = []
    pipes: list[Connection] = []
    try:
        for _ in range(min(workers, len(jobs))):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            process = context.Process(target=_serve, args=(work, theirs, list(pipes)))
            with _terminate_held():
                process.start()
                processes.append(process)
            theirs.close()
            ours.send(waiting.pop())
        busy = list(pipes)
        while busy:
            for pipe in wait(busy):
                assert isinstance(pipe, Connection)
                try:
                    done, error = pipe.recv()
                except (EOFError, ConnectionError):
                    raise RuntimeError("a worker was killed") from None
                if error:
                    raise RuntimeError(error)
                if waiting:
                    pipe.send(waiting.pop())
                else:
                    busy.remove(pipe)
                yield done
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
        for pipe in pipes:
            pipe.close()


def _serve(work: Callable[[Job], Done], pipe: Connection, others: Sequence[Connection]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    # A fork holds its parent's ends too; were they not closed, a parent that was killed would never be missed.
    for other in others:
        other.close()
    with suppress(EOFError, ConnectionError):
        while True:
            job = pipe.recv()
            try:
                answer: tuple[Done | None, str] = work(job), ""
            # Told to the parent, which stops.
            except Exception as error:
                answer = None, f"{type(error).__name__}: {error}"
            pipe.send(answer)


def _end(*_: object) -> None:
    """End at once: an exception could be lost where the interpreter is just then."""
    for group in _running:
        _kill(group)
    os._exit(0)
