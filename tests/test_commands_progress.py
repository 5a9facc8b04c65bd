"""What a person sees while a command is at work, and that nobody else sees anything."""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import math
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqlogic.cli import main
from seqlogic.commands import progress
from seqlogic.commands.progress import Progress, Stages, reading, within


class Terminal(io.StringIO):
    """Standard error of somebody who is watching."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in a list."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error."""
    found = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=found))
    return found


def test_a_line_of_ones_own(clock: list[float], terminal: Terminal) -> None:
    with Progress("states") as shown:
        for now, line in ((0.5, "one"), (0.6, "two"), (1.0, "three")):
            clock[0] = 100 + now
            shown.show(line)
    assert terminal.getvalue() == "\r\033[K  one\r\033[K  three\r\033[K"


def test_a_bar_and_what_is_left(clock: list[float], terminal: Terminal) -> None:
    with Progress("symbols") as shown:
        for now, done in ((0.5, 250), (0.6, 260), (1.0, 500)):
            clock[0] = 100 + now
            shown.tell(done, 1000)
        # Between two lines there is some time.
        assert terminal.getvalue() == (
            "\r\033[K  [######------------------] 250 of 1,000 symbols, 2 s left"
            "\r\033[K  [############------------] 500 of 1,000 symbols, 1 s left"
        )
        clock[0] = 1000
        shown.tell(100, 1000)
        assert terminal.getvalue().endswith("[##----------------------] 100 of 1,000 symbols, 135 min left")
    assert terminal.getvalue().endswith("left\r\033[K")
    shown.close()
    assert terminal.getvalue().count("\r\033[K") == 4


def test_a_file_that_is_read_soon_shows_nothing(clock: list[float], terminal: Terminal) -> None:
    with reading() as shown:
        clock[0] = 101.9
        shown.tell(5_000_000, 1_074_000_000)
    assert terminal.getvalue() == ""
    with reading() as shown:
        clock[0] = 104
        shown.tell(5_999_999, 1_074_000_000)
        assert terminal.getvalue() == "\r\033[K  [------------------------] 5 of 1,074 MB, 6 min left"
        clock[0] = 105
        shown.tell(0, 0)
    assert terminal.getvalue().endswith("0 of 0 MB, 0 s left\r\033[K")


def test_elsewhere_nothing_is_written(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("symbols") as shown:
        clock[0] = 150
        shown.tell(1, 2)
    assert capsys.readouterr() == ("", "")


def test_what_takes_some_time_at_most_shows_how_much_has_passed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A clock that goes a second on whenever it is looked at.
    now = itertools.count(100)
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(now)))
    with within(60):
        while "60 s at most" not in terminal.getvalue() and next(now) < 10_000:
            threading.Event().wait(0.01)
    shown = terminal.getvalue()
    assert re.match(r"\r\033\[K  [0-9]+ s so far, 60 s at most", shown)
    assert "left" not in shown
    assert shown.endswith("\r\033[K")


def test_a_stage_goes_on_until_another_one_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    # Drawn here, and not by a thread.
    draws: list[Callable[[], None]] = []

    @contextlib.contextmanager
    def by_hand(draw: Callable[[], None]) -> Iterator[None]:
        draws.append(draw)
        yield

    now = [100.0]
    monkeypatch.setattr(progress, "_repeated", by_hand)
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def drawn(at: float) -> str:
        before, now[0] = len(terminal.getvalue()), 100 + at
        draws[0]()
        return terminal.getvalue()[before:]

    with Stages() as stages:
        assert drawn(1) == ""
        stages.tell(2, 8, "kinds")
        # After two seconds.
        assert drawn(1.5) == ""
        assert drawn(3) == "\r\033[K  [######------------------] 2 of 8 kinds, 2 s"
        stages.tell(4, 8, "kinds")
        assert drawn(4) == "\r\033[K  [############------------] 4 of 8 kinds, 3 s"
        assert drawn(9) == "\r\033[K  [############------------] 4 of 8 kinds, 8 s"
        stages.tell(0, 0, "gates are made")
        assert drawn(11) == "\r\033[K  gates are made, 2 s"
        stages.close()
        assert drawn(12) == ""
        stages.tell(1, 2, "kinds")
        assert drawn(13) == "\r\033[K  [############------------] 1 of 2 kinds, 1 s"
    assert terminal.getvalue().endswith("1 s\r\033[K")


def test_stages_are_drawn_while_nothing_is_told(terminal: Terminal) -> None:
    with Stages(after=0) as stages:
        stages.tell(0, 0, "gates are made")
        for _ in range(1000):
            if "gates" in terminal.getvalue():
                break
            threading.Event().wait(0.01)
    assert "gates are made, 0 s" in terminal.getvalue()


@pytest.mark.parametrize("seconds", [5.0, math.inf])
def test_nobody_watches_where_there_is_nobody_or_no_end(
    seconds: float, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", None)
    if math.isfinite(seconds):
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    with within(seconds):
        pass
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("command", ["data", "replay", "train"])
def test_the_commands_show_how_far_they_have_read(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: Terminal
) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(f"seqlogic.commands.{command}")
    monkeypatch.setattr(module, "reading", lambda: Progress("bytes"))
    Path("x.txt").write_text("0 1\t0 1\n")
    Path("m.kiss2").write_text(".i 1\n.o 1\n.r a\n0 a a 0\n1 a a 1\n.e\n")
    Path("mine.yaml").write_text("name: mine\ndata:\n  class_path: datamodules.FileData\n  init_args: {file: x.txt}\n")
    rest = {"data": ["x.txt"], "replay": ["m.kiss2", "x.txt"], "train": ["--config", "mine.yaml", "--uniqueness", "0"]}
    code = main([command, *rest[command]])
    assert code == (3 if command == "train" else 0)
    shown = "\r\033[K  [########################] 8 of 8 bytes, 0 s left\r\033[K"
    assert terminal.getvalue().startswith(shown)
