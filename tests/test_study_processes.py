"""Processes: what is measured of a function, what becomes of one that is stopped or fails, and workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqlogic.study import processes
from seqlogic.study.processes import Outcome, measure, side_by_side
from tests.processes import alive, ended


def test_what_was_returned_and_what_it_took() -> None:
    def work() -> int:
        block = np.ones(40 << 17)
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
        return int(block[0]) + os.getpid()

    measured = measure(work, 20)
    assert measured.ended == "returned"
    assert measured.value not in (None, os.getpid() + 1)
    assert measured.cpu >= 0.2
    assert measured.wall >= 0.2
    assert measured.peak is not None
    assert 40 <= measured.peak < 80


def test_a_peak_is_its_own() -> None:
    held = np.ones(60 << 17)
    measured = measure(lambda: 0, 20)
    assert measured.peak is not None
    assert measured.peak < 20
    assert held[0] == 1


def test_subprocesses_count() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    assert measure(lambda: subprocess.run([sys.executable, "-c", busy], check=True) and None, 20).cpu >= 0.3


def burn(seconds: float) -> str:
    """Use the processor for so many seconds, however long that takes."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def test_a_limit_is_one_of_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_WALL", 1000)
    monkeypatch.setattr(processes, "_GRACE", 1000)
    waited = measure(lambda: time.sleep(0.5) or "waited", 0.3)
    assert (waited.ended, waited.value) == ("returned", "waited")
    own = measure(lambda: burn(20) and (tmp_path / "end").touch(), 0.3)
    assert (own.ended, own.value, own.message) == ("timeout", None, "")
    assert own.cpu >= 0.3
    assert not (tmp_path / "end").exists()


@pytest.mark.parametrize(("count", "seconds"), [(1, 20), (50, 0.1)])
def test_what_it_starts_uses_up_its_limit_too(
    count: int, seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_WALL", 1000)
    monkeypatch.setattr(processes, "_GRACE", 1000)

    def start() -> None:
        for _ in range(count):
            subprocess.run([sys.executable, "-c", f"import time\nwhile time.process_time() < {seconds}: 0"], check=True)
        (tmp_path / "end").touch()

    assert measure(start, 0.5).ended == "timeout"
    assert not (tmp_path / "end").exists()


def test_to_return_too_late_is_a_timeout_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_LOOK", (100, 100))
    monkeypatch.setattr(processes, "_WALL", 1000)
    late = measure(lambda: burn(0.3), 0.2)
    assert (late.ended, late.value, late.peak) == ("timeout", None, None)
    assert late.cpu >= 0.3

    def fails() -> None:
        burn(0.3)
        raise ValueError

    assert (measure(fails, 0.2).ended, measure(fails, 5).ended) == ("timeout", "error")


def test_without_a_look_its_own_timer_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_LOOK", (100, 100))
    monkeypatch.setattr(processes, "_WALL", 1000)
    monkeypatch.setattr(processes, "_GRACE", 0.1)
    assert measure(lambda: burn(20) and (tmp_path / "end").touch(), 0.1).ended == "timeout"
    assert not (tmp_path / "end").exists()


def test_a_time_limit_ends_a_learner_and_what_it_started(tmp_path: Path) -> None:
    def sleep() -> None:
        (tmp_path / "own").write_text(str(os.getpid()))
        child = subprocess.Popen(["sleep", "1000"])
        (tmp_path / "pid").write_text(str(child.pid))
        time.sleep(1000)

    measured = measure(sleep, 0.4)
    assert (measured.ended, measured.peak, measured.message) == ("timeout", None, "by the wall clock")
    assert measured.wall >= 4 * 0.4
    for name in ("own", "pid"):
        assert ended(int((tmp_path / name).read_text()))


def test_what_fails() -> None:
    def fails() -> None:
        raise ValueError("no\nway")

    measured = measure(fails, 20)
    assert (measured.ended, measured.value, measured.message) == ("error", None, "ValueError: no\nway")
    killed = measure(lambda: os.kill(os.getpid(), signal.SIGKILL), 20)
    assert (killed.ended, killed.message) == ("error", "the process ended with -9")


class Unreadable:
    """An answer that cannot be read where it arrives."""

    def __reduce__(self) -> tuple[Any, ...]:
        return divmod, (1, 0)


def test_an_answer_that_cannot_be_read() -> None:
    measured = measure(Unreadable, 20)
    assert (measured.ended, measured.value) == ("error", None)
    assert measured.message.startswith("no answer: ZeroDivisionError: ")


def test_what_fails_side_by_side() -> None:
    def divide(by: int) -> float:
        return 1 / by

    assert sorted(outcome.done or 0 for outcome in side_by_side(divide, [1, 2, 4], 2)) == [0.25, 0.5, 1]
    assert list(side_by_side(divide, [1, 0, 4], 1)) == [
        Outcome(1, 1.0),
        Outcome(0, None, "ZeroDivisionError: division by zero"),
        Outcome(4, 0.25),
    ]
    assert list(side_by_side(divide, [], 2)) == []
    assert list(side_by_side(lambda _: None, [5], 2)) == [Outcome(5, None)]


@pytest.mark.parametrize("workers", [1, 2])
def test_another_worker_takes_the_place_of_one_that_was_killed(workers: int) -> None:
    def work(job: int) -> int:
        if job % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return job

    outcomes = sorted(side_by_side(work, [0, 1, 2, 3, 4, 5], workers), key=lambda outcome: outcome.job)
    killed = "the worker was killed, exit code -9"
    assert outcomes == [Outcome(job, None, killed) if job % 2 else Outcome(job, job) for job in range(6)]


def test_a_worker_killed_while_it_measures_is_missed(tmp_path: Path) -> None:
    def work(job: int) -> int:
        def kill() -> None:
            (tmp_path / "measured").write_text(str(os.getpid()))
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(1000)

        if job:
            measure(kill, 1000)
        return job

    try:
        outcomes = list(side_by_side(work, [1, 0], 1))
    finally:
        os.kill(int((tmp_path / "measured").read_text()), signal.SIGKILL)
    assert outcomes == [Outcome(1, None, "the worker was killed, exit code -9"), Outcome(0, 0)]


def test_workers_end_at_once_with_what_they_measure(tmp_path: Path) -> None:
    def work(job: int) -> int:
        def sleep() -> None:
            (tmp_path / "measured").write_text(str(os.getpid()))
            time.sleep(1000)

        if job == 0:
            return os.getpid()
        measure(sleep, 1000)
        return 0

    running = side_by_side(work, [0, 1], 1)
    worker = next(running).done
    assert worker is not None
    while not (tmp_path / "measured").exists() or not (tmp_path / "measured").read_text():
        time.sleep(0.01)
    running.close()  # type: ignore[attr-defined]
    assert not alive(worker)
    assert ended(int((tmp_path / "measured").read_text()))


def test_workers_leave_an_interrupt_to_the_one_that_started_them() -> None:
    outcomes = side_by_side(lambda job: os.kill(os.getpid(), signal.SIGINT) or job, [1, 2], 1)
    assert [outcome.done for outcome in outcomes] == [1, 2]


def test_workers_miss_a_parent_that_was_killed(tmp_path: Path) -> None:
    def parent() -> None:
        running = side_by_side(lambda _: os.getpid(), [1, 2], 2)
        (tmp_path / "pids").write_text(f"{next(running).done} {next(running).done}")
        os.kill(os.getpid(), signal.SIGKILL)

    process = get_context("fork").Process(target=parent)
    process.start()
    process.join()
    workers = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    try:
        assert all(ended(worker) for worker in workers)
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)


def test_workers_that_are_ended_as_they_begin() -> None:
    for _ in range(30):
        running = side_by_side(lambda job: job or time.sleep(1000), [0, 1], 2)
        assert next(running).done == 1
        running.close()  # type: ignore[attr-defined]


def test_one_that_nobody_waits_for_ends_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_GRACE", 0.1)

    def forgets() -> None:
        def sleep() -> None:
            (tmp_path / "pid").write_text(str(os.getpid()))
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(1000)

        measure(sleep, 0.1)

    measure(forgets, 20)
    assert ended(int((tmp_path / "pid").read_text()))
