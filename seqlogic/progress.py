"""What a person sees while a run is going on."""

from __future__ import annotations

from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from seqlogic.curriculum import Curriculum

__all__ = ["RunProgress"]


class RunProgress(Callback):
    """One line: rung, soft loss, hard error, states, attempt, and how long the step budget still lasts at most.

    On a terminal the line is live; elsewhere one line is printed for each attempt.
    """

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.bar: Progress | None = None
        self.task = TaskID(0)
        self.told: float = -1

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the line."""
        if not self.console.is_terminal:
            return
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            TimeElapsedColumn(),
            TextColumn("at most"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self.bar.start()
        self.task = self.bar.add_task("hardening", total=trainer.max_epochs)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell where the run is."""
        curriculum = next(callback for callback in trainer.callbacks if isinstance(callback, Curriculum))  # type: ignore[attr-defined]
        if not curriculum.history:
            return
        latest = curriculum.history[-1]
        if self.bar is not None:
            self.bar.update(
                self.task, completed=trainer.current_epoch, description=_line(latest, curriculum.full_length)
            )
        elif latest["attempt"] != self.told:
            self.told = latest["attempt"]
            self.console.print(f"  step {trainer.global_step}: {_line(latest, curriculum.full_length)}", soft_wrap=True)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the line away."""
        self._close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Leave the terminal as it was found."""
        self._close()

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def _line(latest: dict[str, Any], full_length: int) -> str:
    return (
        f"attempt {latest['attempt'] + 1} · length {latest['rung']}/{full_length} · "
        f"soft loss {latest['soft_loss']:.3f} · hard error {100 * latest['hard_error']:.1f} % · "
        f"{latest['states']} states of {latest['capacity']}"
    )
