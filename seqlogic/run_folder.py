"""The folder of a run: written beside its final place, renamed at the end, so that nothing good is ever lost."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from seqlogic.errors import InputError

__all__ = ["RunFolder"]

_LOCK = ".lock"
_CONFIG = "config.yaml"
_MARK = ".seqlogic-run"
_MARK_TEXT = "This folder is a run of seqlogic. A later run may take its place; without this file none does.\n"


class RunFolder:
    """`runs/<task>/` of a good run, with `.partial` beside it while it is running and `.failed` of any other.

    Each of them holds a file `.seqlogic-run` from its beginning to its end. What is not empty and has no such file is
    somebody else's: it is refused, never renamed and never removed.

    Attributes:
        final: where a good run ends: an exact one, or one whose data prove that its machine is the only one.
        partial: where a run is written.
        failed: where any other run ends.
        checkpoint: what an interrupted run goes on from, once it is there.
    """

    checkpoint_name = "last.ckpt"

    def __init__(self, final: str | os.PathLike[str]) -> None:
        self.final = Path(final)
        if not self.final.name or self.final.name == "..":
            raise InputError("is no name for a run folder", file=self.final)
        self.partial = self.final.with_name(self.final.name + ".partial")
        self.failed = self.final.with_name(self.final.name + ".failed")
        self.checkpoint = self.partial / self.checkpoint_name

    @contextlib.contextmanager
    def open(self, config: str) -> Iterator[Path | None]:
        """Hold the partial folder for one run of this resolved configuration.

        Yields:
            The checkpoint of an interrupted run of the same configuration, to go on from, or None.

        Raises:
            InputError: the folder cannot be written, holds what is no run, is in use by another run, or an
                interrupted run of another configuration is in it.
        """
        try:
            for folder in (self.final, self.failed):
                _check(folder)
                _check(_retired(folder))
            _check(self.partial)
            self.partial.mkdir(parents=True, exist_ok=True)
            # Before anything else, so that a run killed at any moment leaves a folder that is known as one.
            if not _is_run(self.partial):
                (self.partial / _MARK).write_text(_MARK_TEXT, encoding="utf-8")
            lock = (self.partial / _LOCK).open("w")
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", file=self.partial) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The run that held it may have ended, and taken the folder with it, since the lock was opened.
                held = os.path.samestat(os.fstat(lock.fileno()), (self.partial / _LOCK).stat())
            except OSError:
                held = False
            if not held:
                raise InputError("another run is being written here", file=self.partial)
            for folder in (self.final, self.failed):
                if not _is_run(_retired(folder)):
                    continue
                if _is_run(folder) or not (_retired(folder) / _CONFIG).exists():
                    # Killed after the second rename of `finish`: its removal is all that is missing.
                    _remove(_retired(folder))
                else:
                    # Killed between the two: the earlier run is still what there is.
                    _retired(folder).rename(folder)
            yield self._prepare(config)

    def _prepare(self, config: str) -> Path | None:
        text = self.partial / _CONFIG
        if self.checkpoint.exists() and text.exists():
            if text.read_text(encoding="utf-8") == config:
                return self.checkpoint
            raise InputError(
                "holds an interrupted run with other arguments; repeat those to resume it, or remove the folder",
                file=self.partial,
            )
        _empty(self.partial, but=(_LOCK, _MARK))
        text.write_text(config, encoding="utf-8")
        return None

    def files(self) -> list[str]:
        """All files of the run so far, relative to it, sorted."""
        paths = (
            path
            for path in self.partial.rglob("*")
            if path.is_file() and path.name not in (_LOCK, self.checkpoint_name)
        )
        return sorted(path.relative_to(self.partial).as_posix() for path in paths)

    def finish(self, exact: bool) -> Path:
        """Rename the run to where it belongs, in place of an earlier one, and return that folder.

        An exact run, or one that is to be kept as such, also removes the failed one of before.

        Raises:
            InputError: since the run began, something that is no run was put where it belongs. It can be resumed.
        """
        target = self.final if exact else self.failed
        retired = _retired(target)
        for folder in (target, retired):
            _check(folder)
        self.checkpoint.unlink(missing_ok=True)
        if _is_run(target):
            target.rename(retired)
        self.partial.rename(target)
        # Not before: who finds no lock takes the folder for his own.
        (target / _LOCK).unlink()
        for folder in (retired, *([self.failed] if exact else [])):
            if _is_run(folder):
                _remove(folder)
        return target

    def abandon(self) -> None:
        """Remove a run that is refused, unless an interrupted one can go on from it."""
        if not self.checkpoint.exists():
            _remove(self.partial)


def _retired(folder: Path) -> Path:
    """Where the earlier run is while a new one takes its place."""
    return folder.with_name(f".{folder.name}.seqlogic-retired")


def _is_run(folder: Path) -> bool:
    return not folder.is_symlink() and (folder / _MARK).is_file()


def _check(folder: Path) -> None:
    """Refuse a place that holds anything but a run."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError("is in the way of the run folder, expected a folder or nothing", file=folder)
    if folder.exists() and any(folder.iterdir()) and not _is_run(folder):
        raise InputError("holds files that are no run of seqlogic; choose another folder", file=folder)


def _remove(run: Path) -> None:
    """Remove a run. What a kill in between leaves is still known as one, by its mark, and as no whole one."""
    (run / _CONFIG).unlink(missing_ok=True)
    _empty(run, but=(_MARK,))
    (run / _MARK).unlink()
    run.rmdir()


def _empty(folder: Path, but: tuple[str, ...]) -> None:
    for entry in folder.iterdir():
        if entry.name not in but:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
