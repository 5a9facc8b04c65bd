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
_MARK = "config.yaml"


class RunFolder:
    """`runs/<task>/` of an exact run, with `.partial` beside it while it is running and `.failed` if it was not exact.

    Attributes:
        final: where an exact run ends.
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
            for folder in (self.final, self.partial, self.failed):
                _check(folder)
            self.partial.mkdir(parents=True, exist_ok=True)
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
                # Killed between the two renames of `finish`: the earlier run is still what there is.
                if _retired(folder).exists() and not folder.exists():
                    _retired(folder).rename(folder)
            yield self._prepare(config)

    def _prepare(self, config: str) -> Path | None:
        mark = self.partial / _MARK
        if self.checkpoint.exists() and mark.exists():
            if mark.read_text(encoding="utf-8") == config:
                return self.checkpoint
            raise InputError(
                "holds an interrupted run with other arguments; repeat those to resume it, or remove the folder",
                file=self.partial,
            )
        for entry in self.partial.iterdir():
            # The mark stays until it is overwritten: without it the folder would pass for somebody else's.
            if entry.name not in (_LOCK, _MARK):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        mark.write_text(config, encoding="utf-8")
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
        """Rename the run to where it belongs, in place of an earlier one, and return that folder."""
        target = self.final if exact else self.failed
        self.checkpoint.unlink(missing_ok=True)
        retired = _retired(target)
        shutil.rmtree(retired, ignore_errors=True)
        if target.exists():
            target.rename(retired)
        self.partial.rename(target)
        # Not before: who finds no lock takes the folder for his own.
        (target / _LOCK).unlink()
        shutil.rmtree(retired, ignore_errors=True)
        return target

    def discard(self) -> None:
        """Remove a run of which there is nothing to keep."""
        shutil.rmtree(self.partial)


def _retired(folder: Path) -> Path:
    """Where the earlier run is while a new one takes its place."""
    return folder.with_name(folder.name + ".old")


def _check(folder: Path) -> None:
    """Refuse a place that holds anything but a run."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError("is in the way of the run folder, expected a folder or nothing", file=folder)
    if not folder.exists():
        return
    held = {entry.name for entry in folder.iterdir()} - {_LOCK}
    if held and _MARK not in held:
        raise InputError("holds files that are no run of seqlogic; choose another folder", file=folder)
