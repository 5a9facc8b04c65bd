"""The results of a suite on disk: one line of CSV for each trial, written when all of its row and seed are over."""

from __future__ import annotations

import csv
import fcntl
import os
import types
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any, TextIO

from seqlogic.errors import InputError
from seqlogic.study.trial import RESULTS, Trial

__all__ = ["append", "held", "read_results"]

_TYPES = typing.get_type_hints(Trial)
_NAMES = [field.name for field in fields(Trial)]
_NEEDED = sum(field.default is MISSING for field in fields(Trial))


def read_results(path: Path, suite_digest: str) -> list[Trial]:
    """The trials that were written into a file; none if it is not there.

    A last line that a kill left unfinished is cut off.

    Raises:
        InputError: not such a file, or of another suite.
    """
    if not path.exists():
        return []
    # A kill may have cut a character in two.
    text = path.read_bytes().decode(errors="backslashreplace")
    if ",".join(_NAMES).startswith(text):
        path.write_text("", encoding="utf-8")
        return []
    whole = text[: text.rfind("\n") + 1]
    lines = list(csv.reader(whole.splitlines()))
    if not lines or len(lines[0]) < _NEEDED or lines[0] != _NAMES[: len(lines[0])]:
        raise InputError("is not of this bench; --fresh begins it anew", file=path)
    if len(lines[0]) < len(_NAMES):
        # Of before the last columns: there is nothing in them.
        missing = len(_NAMES) - len(lines[0])
        lines = [_NAMES, *([*line, *[""] * missing] for line in lines[1:])]
        beside = path.with_name(f"{path.name}.new")
        with beside.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)
        os.replace(beside, path)
        whole = text
    trials = [_trial(path, number, line) for number, line in enumerate(lines[1:], 2)]
    # One trial twice, as of two benches at once when nothing kept them apart: the latest is the one that counts.
    trials = list({(trial.row, trial.seed, trial.learner, trial.version): trial for trial in trials}.values())
    if any(trial.suite_digest != suite_digest for trial in trials):
        raise InputError("has the results of another version of the suite; --fresh begins it anew", file=path)
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return trials


@contextmanager
def held(path: Path) -> Iterator[TextIO]:
    """Keep a results file for this process alone, by a lock on `<path>.lock`, which stays there; its folder is made.

    A fork holds the lock as well, until it closes what is handed out here.

    Raises:
        InputError: another process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not the file itself: that one can be moved aside and begun anew.
    with Path(f"{path}.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "another bench writes here; wait for its end, or name another folder with --output", file=path
            ) from None
        yield lock


def append(path: Path, trials: Iterable[Trial]) -> None:
    """Add trials to a file, which is on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists() or path.stat().st_size == 0
    with path.open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(_NAMES)
        writer.writerows([_text(value) for value in asdict(trial).values()] for trial in trials)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _trial(path: Path, number: int, line: list[str]) -> Trial:
    try:
        values = {name: _value(text, _TYPES[name]) for name, text in zip(_NAMES, line, strict=True)}
        if values["result"] not in RESULTS:
            raise ValueError(f"unknown result {values['result']!r}")
    except ValueError as error:
        raise InputError(
            f"is not a trial of this bench ({error}); --fresh begins it anew", file=path, line=number
        ) from error
    return Trial(**values)


def _value(text: str, kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        if not text:
            return None
        kind = kind.__args__[0]
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text == "true"
    return kind(text)
