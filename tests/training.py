"""What the tests of training share: the command line in this process, and an interrupt at a chosen moment."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lightning import LightningModule, Trainer

from seqlogic.cli import main
from seqlogic.commands import train
from seqlogic.progress import RunProgress

__all__ = ["SAME", "contents", "interrupted", "train_into"]

SAME = ("machine.kiss2", "machine.json", "hard.npz", "metrics.csv")
"""The files that the configuration and the seed alone decide."""


def train_into(run: Path, *arguments: str, config: str = "parity") -> int:
    """The exit code of one training in this process."""
    return main(["train", "--config", config, "--run", str(run), *arguments])


def contents(run: Path) -> dict[str, bytes]:
    """The bytes of the files of SAME."""
    return {name: (run / name).read_bytes() for name in SAME}


@contextmanager
def interrupted(
    monkeypatch: pytest.MonkeyPatch, epoch: int, error: type[BaseException] = KeyboardInterrupt, every: int = 1
) -> Iterator[None]:
    """Every training in here stops with `error` after the hard check of this epoch; a checkpoint every `every` ones."""

    class Stopping(RunProgress):
        def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            super().on_train_epoch_end(trainer, pl_module)
            if trainer.current_epoch >= epoch:
                raise error

    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(train, "RunProgress", Stopping)
        patch.setattr(train, "_CHECKS_PER_CHECKPOINT", every)
        yield
    # Lightning ignores further interrupts once it has seen one; the next tests must not.
    signal.signal(signal.SIGINT, handler)
