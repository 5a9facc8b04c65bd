"""What a person sees while a run is going on."""

from __future__ import annotations

import io
from types import SimpleNamespace

from rich.console import Console

from seqlogic.curriculum import Curriculum
from seqlogic.progress import RunProgress

ROW = {
    "attempt": 122,
    "rung": 512,
    "soft_loss": -0.0004,
    "hard_error": 1.0,
    "states": 1000,
    "capacity": 1234,
}


def shown(terminal: bool) -> str:
    """What one epoch prints."""
    curriculum = Curriculum()
    curriculum.history, curriculum.full_length = [ROW], 1000
    progress = RunProgress()
    progress.console = Console(file=io.StringIO(), force_terminal=terminal, width=80, color_system=None)
    trainer = SimpleNamespace(max_epochs=4000, current_epoch=7, global_step=35, callbacks=[curriculum])
    progress.on_train_start(trainer, None)  # type: ignore[arg-type]
    progress.on_train_epoch_end(trainer, None)  # type: ignore[arg-type]
    progress.on_train_end(trainer, None)  # type: ignore[arg-type]
    assert isinstance(progress.console.file, io.StringIO)
    return progress.console.file.getvalue()


def test_nothing_is_lost_on_80_columns() -> None:
    text = shown(True)
    assert "try 123 len 512/1000 loss 0.000 err 100.0% states 1000/1234 budget left --:--" in text
    assert "\u2026" not in text


def test_elsewhere_it_is_one_line_for_each_attempt() -> None:
    assert shown(False) == "  step 35: try 123 len 512/1000 loss 0.000 err 100.0% states 1000/1234\n"
