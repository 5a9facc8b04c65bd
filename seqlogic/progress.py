"""What a person sees while a run is going on."""

from __future__ import annotations

from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn

from seqlogic.course import Course

__all__ = ["RunProgress"]


class RunProgress(Callback):
    """One line: attempt, length, soft loss, hard error, states, and how long the step budget would still last.

    It fits into 80 columns. On a terminal the line is live; elsewhere one line is printed for each attempt.
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
            TextColumn("budget left"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
        )
        self.bar.start()
        self.task = self.bar.add_task("hardening", total=trainer.max_epochs)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell where the run is."""
        course = next(callback for callback in trainer.callbacks if isinstance(callback, Course))  # type: ignore[attr-defined]
        if not course.history:
            return
        latest = course.history[-1]
        if self.bar is not None:
            self.bar.update(self.task, completed=trainer.current_epoch, description=_line(latest, course.full_length))
        elif latest["attempt"] != self.told:
            self.told = latest["attempt"]
            self.console.print(f"  step {trainer.global_step}: {_line(latest, course.full_length)}", soft_wrap=True)

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
    # A loss of -0.0004 is shown as 0.000.
    loss = round(latest["soft_loss"], 3) + 0.0
    return (
        f"try {latest['attempt'] + 1} len {latest['rung']}/{full_length} loss {loss:.3f} "
        f"err {100 * latest['hard_error']:.1f}% states {latest['states']}/{latest['capacity']}"
    )
