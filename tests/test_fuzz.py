"""What the fuzzer looks for is found, and of each reader a few hundred mutations are tried without it."""

from __future__ import annotations

import random
import subprocess
import warnings
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from seqlogic.errors import InputError
from tests.fuzz.guard import Guard
from tests.fuzz.targets import TARGETS

SECONDS = 600


def read_nothing(path: Path) -> None:
    """A reader that does what it may: opens the file, and refuses it."""
    path.read_bytes()
    raise InputError("is not what was expected", file=path)


def fail(path: Path) -> None:
    raise KeyError(path.name)


def babble(path: Path) -> None:
    raise InputError("") from None


def warn(path: Path) -> None:
    warnings.warn("odd", stacklevel=1)


def loop(path: Path) -> None:
    while True:
        pass


def write(path: Path) -> None:
    Path("left").write_bytes(path.read_bytes())


def make(path: Path) -> None:
    Path("left").mkdir()


def start(path: Path) -> None:
    subprocess.run(["true"], check=True)


def evaluate(path: Path) -> None:
    exec(compile(path.read_text(), path, "exec"))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where the input is, and an empty folder."""
    for name in ("given", "empty"):
        (tmp_path / name).mkdir()
    return tmp_path / "given", tmp_path / "empty"


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (fail, "KeyError: 'x' (at test_fuzz.py:"),
        (warn, "UserWarning: odd"),
        (loop, "_TooLongError: took longer than 0.2 s"),
        (write, "open ("),
        (make, "os.mkdir ('left', "),
        (start, "subprocess.Popen ("),
        (evaluate, "compile ("),
    ],
)
def test_what_a_reader_may_not_do_is_found(
    read: Callable[[Path], object], what: str, folders: tuple[Path, Path]
) -> None:
    given, empty = folders
    (given / "x").write_text("1\n")
    finding = Guard(empty, seconds=0.2).judge(read, given / "x")
    assert finding is not None
    assert finding.what.startswith(what)
    assert list(empty.iterdir()) == []


def test_what_is_permitted_is_no_finding(folders: tuple[Path, Path]) -> None:
    given, empty = folders
    (given / "x").write_text("1\n")
    assert Guard(empty, seconds=SECONDS).judge(read_nothing, given / "x") is None
    permitting = Guard(empty, seconds=SECONDS, permitted=frozenset(["compile", "exec"]))
    assert permitting.judge(evaluate, given / "x") is None


def test_a_message_of_several_lines_is_found(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    given, empty = folders
    monkeypatch.setattr(InputError, "__str__", lambda _: "two\nlines")
    finding = Guard(empty, seconds=SECONDS).judge(babble, given)
    assert finding is not None
    assert finding.what.startswith("a message of 9 characters: 'two\\nlines'")


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_are_read_or_refused(name: str, folders: tuple[Path, Path]) -> None:
    given, empty = folders
    target = TARGETS[name]
    read, seeds, rng = target.open(), target.seeds(), random.Random(name)
    assert any(_is_read(read, target.place(given, seed)) for seed in seeds)
    guard = Guard(empty, seconds=SECONDS, permitted=target.permitted)
    mutations = (target.mutate(rng.choice(seeds), rng, target.tokens)[: 1 << 13] for _ in range(150))
    for data in [*seeds, *islice(mutations, 20 if name == "configuration" else None)]:
        assert guard.judge(read, target.place(given, data)) is None, data


def _is_read(read: Callable[[Path], object], path: Path) -> bool:
    try:
        read(path)
    except InputError:
        return False
    return True
