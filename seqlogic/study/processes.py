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
from pathlib import Path
from typing import Any, Generic, TypeVar

__all__ = ["Measured", "Outcome", "measure", "side_by_side"]

T = TypeVar("T")
Job = TypeVar("Job")
Done = TypeVar("Done")

_GRACE = 5.0
"""Seconds after its limits at which a process ends itself, should the one that measures it be gone."""

_WALL = 4.0
"""How many times its limit a process may take on the wall clock: a busy machine is no fault, waiting for ever is."""

_LOOK = 0.05, 1.0
"""Seconds between two looks at what a process has used, at least and at most."""

_TICKS = os.sysconf("SC_CLK_TCK")

_running: set[int] = set()
"""The processes that this one measures, each the leader of a group."""


@dataclass(frozen=True)
class Measured(Generic[T]):
    """What a function returned in a process of its own, and what it took.

    Attributes:
        value: what it returned; None if it did not.
        ended: "returned", "timeout" or "error".
        wall: seconds, until it was stopped if it was.
        cpu: seconds of the processor, of its own processes too.
        peak: MiB of memory beyond what its parent held when it began; None if it was stopped or killed.
        message: of the error, or that it was the wall clock that stopped it.
    """

    value: T | None
    ended: str
    wall: float
    cpu: float
    peak: float | None
    message: str = ""


def measure(function: Callable[[], T], limit: float) -> Measured[T]:
    """Run a function in a fork of this process, killed with all its own processes once they exceed a limit.

    The limit is in seconds of the processor, of them all together, so that a busy machine turns no slow run into a
    timeout as long as it has a quarter of a processor: what only waits is stopped by the wall clock, after four times
    as many. Who returns after more than the limit, between two looks at it, is a timeout as well.
    """
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    before, started = _seconds_of_children(), time.perf_counter()
    child = context.Process(target=_run, args=(function, limit, theirs))
    with _terminate_held():
        child.start()
        assert child.pid is not None
        # Both sides ask for the group, whichever comes first.
        with suppress(OSError):
            os.setpgid(child.pid, child.pid)
        _running.add(child.pid)
    theirs.close()
    measured: Measured[T] | None = None
    unread = ""
    try:
        stopped = _stopped(child.pid, ours, limit)
        if not stopped:
            try:
                measured = ours.recv()
            except (EOFError, OSError):
                pass
            # What a function returned may refuse to be read in any way.
            except Exception as error:
                unread = f"no answer: {type(error).__name__}: {error}"
    finally:
        used = _seconds_of_group(child.pid)
        _kill(child.pid)
        child.join()
        _running.discard(child.pid)
        ours.close()
    if measured is None:
        wall, cpu = time.perf_counter() - started, max(used, _seconds_of_children() - before)
        if not stopped and child.exitcode != -signal.SIGPROF:
            return Measured(None, "error", wall, cpu, None, unread or f"the process ended with {child.exitcode}")
        return Measured(None, "timeout", wall, cpu, None, "by the wall clock" if stopped == "wall" else "")
    if measured.cpu > limit:
        return replace(measured, value=None, ended="timeout", peak=None, message="")
    return measured


def _stopped(group: int, answer: Connection, limit: float) -> str:
    """Wait for an answer; returns the limit that ran out before it came, "cpu" or "wall", or else an empty text."""
    until = time.monotonic() + _WALL * limit
    while True:
        left = limit - _seconds_of_group(group)
        if left < 0:
            return "cpu"
        # Half of what is left: several processes at once use it up sooner than the wall clock does.
        pause = min(max(left / 2, _LOOK[0]), _LOOK[1], max(until - time.monotonic(), 0))
        if answer.poll(pause):
            return ""
        if time.monotonic() >= until:
            return "wall"


def _seconds_of_group(group: int) -> float:
    """Seconds of the processor that the processes of a group, and those that they have waited for, took so far.

    As /proc tells them; 0 where there is none, and a process is then stopped by its own timer, somewhat later.
    """
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        # It may have ended since the folder was listed.
        with suppress(OSError):
            # Behind the name, which may hold anything: state, parent, group, ...; see proc(5).
            values = path.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
            if int(values[2]) == group:
                ticks += sum(map(int, values[11:15]))
    return ticks / _TICKS


def _run(function: Callable[[], Any], limit: float, connection: Connection) -> None:
    with suppress(OSError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    signal.setitimer(signal.ITIMER_REAL, _WALL * limit + _GRACE)
    signal.setitimer(signal.ITIMER_PROF, limit + _GRACE)
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


@dataclass(frozen=True)
class Outcome(Generic[Job, Done]):
    """What became of a job.

    Attributes:
        job: the one.
        done: what was made of it; None if nothing was.
        error: why nothing was, in one line; empty if all went well.
    """

    job: Job
    done: Done | None
    error: str = ""


def side_by_side(work: Callable[[Job], Done], jobs: Sequence[Job], workers: int) -> Iterator[Outcome[Job, Done]]:
    """Yield what `work` makes of each job as it is done, in no particular order.

    A job whose work raises something, or whose worker is killed, has an outcome like any other; another worker then
    takes the place of one that was killed. The workers leave an interrupt from the keyboard to this process, and end,
    with what they measure, when the iteration does.
    """
    context = get_context("fork")
    waiting = list(reversed(jobs))
    processes: dict[Connection, ForkProcess] = {}
    busy: dict[Connection, Job] = {}

    def begin() -> Connection:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(work, theirs, [*processes, ours]))
        with _terminate_held():
            process.start()
            processes[ours] = process
        theirs.close()
        return ours

    def end(pipe: Connection) -> int | None:
        process = processes.pop(pipe)
        process.join()
        pipe.close()
        return process.exitcode

    def hand(pipe: Connection) -> None:
        busy[pipe] = waiting.pop()
        # Of one that was killed in between there will be no answer.
        with suppress(ConnectionError):
            pipe.send(busy[pipe])

    try:
        for _ in range(min(workers, len(jobs))):
            hand(begin())
        while busy:
            # What a killed worker measures holds its end of the pipe open: it has to be looked for.
            answered = wait(list(busy), timeout=1.0) or [pipe for pipe in busy if processes[pipe].exitcode is not None]
            for pipe in answered:
                assert isinstance(pipe, Connection)
                job, answer = busy.pop(pipe), None
                with suppress(EOFError, ConnectionError):
                    answer = pipe.recv() if pipe.poll() else None
                done, error = answer or (None, f"the worker was killed, exit code {end(pipe)}")
                if waiting:
                    hand(pipe if pipe in processes else begin())
                yield Outcome(job, done, error)
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.join()
        for pipe in processes:
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
            # Told to the parent, which decides what to make of it.
            except Exception as error:
                answer = None, f"{type(error).__name__}: {' '.join(str(error).split())}"
            pipe.send(answer)


def _end(*_: object) -> None:
    """End at once: an exception could be lost where the interpreter is just then."""
    for group in _running:
        _kill(group)
    os._exit(0)
