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

import numpy as np
import pytest

from seqlogic.study import processes
from seqlogic.study.processes import measure, side_by_side
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


def test_a_time_limit_ends_a_learner_and_what_it_started(tmp_path: Path) -> None:
    def sleep() -> None:
        (tmp_path / "own").write_text(str(os.getpid()))
        child = subprocess.Popen(["sleep", "1000"])
        (tmp_path / "pid").write_text(str(child.pid))
        time.sleep(1000)

    measured = measure(sleep, 0.4)
    assert (measured.ended, measured.wall, measured.peak) == ("timeout", 0.4, None)
    for name in ("own", "pid"):
        assert ended(int((tmp_path / name).read_text()))


def test_what_fails() -> None:
    def fails() -> None:
        raise ValueError("no\nway")

    measured = measure(fails, 20)
    assert (measured.ended, measured.value, measured.message) == ("error", None, "ValueError: no\nway")
    killed = measure(lambda: os.kill(os.getpid(), signal.SIGKILL), 20)
    assert (killed.ended, killed.message) == ("error", "the process ended with -9")


def test_what_fails_side_by_side() -> None:
    def divide(by: int) -> float:
        return 1 / by

    assert sorted(side_by_side(divide, [1, 2, 4], 2)) == [0.25, 0.5, 1]
    with pytest.raises(RuntimeError, match=r"^ZeroDivisionError: division by zero$"):
        list(side_by_side(divide, [1, 0, 4], 1))
    with pytest.raises(RuntimeError, match=r"^a worker was killed$"):
        list(side_by_side(lambda _: os.kill(os.getpid(), signal.SIGKILL), [1], 1))
    assert list(side_by_side(divide, [], 2)) == []


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
    worker = next(running)
    while not (tmp_path / "measured").exists() or not (tmp_path / "measured").read_text():
        time.sleep(0.01)
    running.close()  # type: ignore[attr-defined]
    assert not alive(worker)
    assert ended(int((tmp_path / "measured").read_text()))


def test_workers_leave_an_interrupt_to_the_one_that_started_them() -> None:
    assert list(side_by_side(lambda job: os.kill(os.getpid(), signal.SIGINT) or job, [1, 2], 1)) == [1, 2]


def test_workers_miss_a_parent_that_was_killed(tmp_path: Path) -> None:
    def parent() -> None:
        running = side_by_side(lambda _: os.getpid(), [1, 2], 2)
        (tmp_path / "pids").write_text(f"{next(running)} {next(running)}")
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
        running = side_by_side(lambda _: time.sleep(1000), [1, 2, 3], 3)
        with pytest.raises(ZeroDivisionError):
            running.throw(ZeroDivisionError)  # type: ignore[attr-defined]
        running = side_by_side(lambda job: job or time.sleep(1000), [0, 1], 2)
        assert next(running) == 1
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
