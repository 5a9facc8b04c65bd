"""`seqlogic train`: a LightningCLI around one run, from the configuration to the certificate."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, NoReturn

import torch
from jsonargparse import ArgumentError
from lightning import LightningModule, Trainer
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities.exceptions import MisconfigurationException, SIGTERMException

from datamodules.sequences import SequenceData
from seqlogic.commands.arguments import default_name, explain, run_path, with_configs_found
from seqlogic.commands.ending import Outcome
from seqlogic.commands.outcome import leave_logic, leave_table
from seqlogic.commands.progress import Stages, reading
from seqlogic.course import Course
from seqlogic.curriculum import Curriculum
from seqlogic.errors import InputError
from seqlogic.history import spoiled
from seqlogic.learner import Learner
from seqlogic.logic import LEARNERS, Logic, choose
from seqlogic.machine import Machine
from seqlogic.noisy_curriculum import NoisyCurriculum
from seqlogic.progress import RunProgress
from seqlogic.run_folder import RunFolder
from seqlogic.training import quieten, trainer_defaults

__all__ = ["Training", "main", "prepare"]

_CHECKS_PER_CHECKPOINT = 20
_ARCHIVE = b"PK\x03\x04"


Registers = Literal["auto", "table", "history", "layered"]


class _TrainCLI(LightningCLI):
    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_argument("--name", type=str, default="run", help="What the run is called. (default: as its file)")
        parser.add_argument("--run", type=str, default=None, help="Where the run goes. (default: runs/<name>)")
        parser.add_argument(
            "--registers",
            type=Registers,
            default="auto",
            help="The kind of the latent registers: table, history (logic of the last inputs and outputs), layered "
            "(binary registers, one made of the other, as of a counter), or auto: logic that is found fast, then table "
            "unless the data prove that none is simpler.",
        )
        parser.add_argument(
            "--uniqueness",
            type=float,
            default=10.0,
            help="Seconds to ask, without a reference, whether the examples leave another machine; 0 for not at all.",
        )
        parser.add_lightning_class_args(Curriculum, "curriculum")
        parser.add_lightning_class_args(NoisyCurriculum, "noise")
        parser.link_arguments("seed_everything", "model.seed")
        parser.link_arguments("seed_everything", "data.init_args.seed")


@dataclass(frozen=True)
class Training:
    """All that one run needs, built from its configuration.

    Attributes:
        model: the learner, untrained.
        data: its examples; contradictions and emptiness are found here.
        trainer: Lightning's, without loggers.
        course: the callback that drives the attempts.
        config: the resolved configuration, as YAML.
        name: what the run is called.
        run: where it goes.
        seed: of everything random.
        uniqueness: seconds to ask whether the examples leave another machine.
        registers: the kind of the latent registers, or "auto".
    """

    model: Learner
    data: SequenceData
    trainer: Trainer
    course: Course
    config: str
    name: str
    run: Path
    seed: int
    uniqueness: float
    registers: Registers


def prepare(arguments: Sequence[str], callbacks: Sequence[Callback] = ()) -> Training:
    """Build a training from command-line arguments; InputError if they, or the examples, are at fault."""
    quieten()
    # Tables this small gain nothing from a second thread, and one thread keeps the order of every sum.
    torch.set_num_threads(1)
    cli = _parse(arguments, callbacks)
    assert isinstance(cli.model, Learner)
    assert isinstance(cli.datamodule, SequenceData)
    with reading() as progress:
        cli.datamodule.tell = progress.tell
        examples = cli.datamodule.examples
    cli.model.learn_from(examples, cli.datamodule.sampler, noisy=cli.datamodule.noisy)
    if cli.config["registers"] == "table" or cli.datamodule.tabular:
        cli.datamodule.check_reference()
    if cli.config["registers"] in LEARNERS and cli.datamodule.noisy:
        raise InputError(f"registers: {cli.config['registers']} needs outputs without errors; say table, or auto")
    if (
        cli.trainer.max_epochs == 0
        or cli.trainer.limit_train_batches == 0
        or 0 <= cli.trainer.max_steps < cli.datamodule.steps_per_check
    ):
        raise InputError("the step budget ends before the first hard check; raise --trainer.max_epochs")
    if not cli.config["uniqueness"] >= 0:
        raise InputError(f"--uniqueness is {cli.config['uniqueness']:g} seconds, expected at least 0")
    courses = (cli.config_init["curriculum"], cli.config_init["noise"])
    course, other = reversed(courses) if cli.datamodule.noisy else courses
    cli.trainer.callbacks.remove(other)  # type: ignore[attr-defined]
    return Training(
        model=cli.model,
        data=cli.datamodule,
        trainer=cli.trainer,
        course=course,
        config=cli.parser.dump(cli.config, skip_none=False, skip_link_targets=False),
        name=cli.config["name"],
        run=run_path(cli.config["name"], cli.config["run"]),
        seed=cli.config["seed_everything"],
        uniqueness=cli.config["uniqueness"],
        registers=cli.config["registers"],
    )


def main(arguments: Sequence[str]) -> int:
    """Train as the configuration says, collapse, prove, and leave the run folder; returns the exit code.

    Raises:
        InputError: the configuration, the data or the run folder is at fault. Nothing was written.
    """
    started = time.monotonic()
    checkpoint = ModelCheckpoint(
        filename=RunFolder.checkpoint_name.removesuffix(".ckpt"),
        every_n_epochs=_CHECKS_PER_CHECKPOINT,
        enable_version_counter=False,
    )
    underway = _Underway()
    training = prepare(arguments, [RunProgress(), checkpoint, underway])
    trainer, data = training.trainer, training.data
    trainer.strategy.checkpoint_io = _WholeCheckpoints()
    folder = RunFolder(training.run)
    with folder.open(training.config) as resumed:
        checkpoint.dirpath = str(folder.partial)
        trainer.loggers = [TensorBoardLogger(folder.partial, name="tensorboard", version="")]
        what = f"{len(data.examples)} sequences of up to {data.examples.words.shape[1]} symbols"
        print(f"{training.name}: " + (f"resuming at {resumed}" if resumed else f"learning from {what}"), flush=True)

        def outcome(why: str, course: Course | None) -> Outcome:
            return Outcome(
                name=training.name,
                arguments=tuple(arguments),
                seed=training.seed,
                date=datetime.now(UTC).strftime("%Y-%m-%d"),
                seconds=time.monotonic() - started,
                steps=trainer.global_step,
                course=course,
                uniqueness=training.uniqueness,
                why=why,
            )

        try:
            with _terminated(_stop):
                logic = _kept(training, lambda: _fit(training, resumed, underway))
        except KeyboardInterrupt:
            return _interrupted(folder, 130)
        except _StoppedError as stopped:
            return _interrupted(folder, stopped.code)
        except InputError:
            folder.abandon()
            raise
        try:
            if logic is not None:
                return leave_logic(folder, outcome(logic.why, None), logic, data)
            why = "table, as was asked for" if training.registers == "table" else "table, the simplest that was found"
            return leave_table(folder, outcome(why, training.course), training.model, data)
        except KeyboardInterrupt:
            return _interrupted(folder, 130)


def _interrupted(folder: RunFolder, code: int) -> int:
    """Say how to go on."""
    how = f"resumes from {folder.partial}" if folder.checkpoint.exists() else "starts it again"
    print(f"seqlogic train: interrupted; the same command {how}", file=sys.stderr)
    return code


_NO_LOGIC = {
    "history": "no logic of a short history gives all outputs of the examples",
    "layered": "no binary registers that were looked for give all outputs of the examples",
}


def _kept(training: Training, train_table: Callable[[], Machine | None]) -> Logic | None:
    """The logic that is kept, None for the table, which is trained where it has to be."""
    data = training.data
    # What stands for words of bits known in part has no one circuit.
    if training.registers in LEARNERS and data.words is not None:
        raise InputError(f"registers: {training.registers} needs outputs that are known whole; say table, or auto")
    if training.registers == "table" or data.noisy or data.words is not None:
        train_table()
        return None
    kind = training.registers
    with Stages() as progress:
        if kind == "auto":
            return choose(
                data.examples, lambda: _after_logic(progress, train_table), progress.tell, partial(_warned, progress)
            )
        logic = LEARNERS[kind](data.examples, tell=progress.tell)
    if logic is None:
        if kind == "history" and (found := spoiled(data.examples)) is not None:
            raise InputError(f"{_NO_LOGIC[kind]}; {found.text()}; leave out what is wrong, or learn a table")
        raise InputError(f"{_NO_LOGIC[kind]}; record more or longer sequences, or learn a table with registers: table")
    return logic


def _warned(progress: Stages, text: str) -> None:
    """Say which examples keep logic from being found."""
    progress.close()
    print(f"{_NO_LOGIC['history']}; {text}", flush=True)


def _after_logic(progress: Stages, train_table: Callable[[], Machine | None]) -> Machine | None:
    """Train a table where the logic that was looked for is none, or may not be the simplest, and say so."""
    progress.close()
    print("a table is learned: no logic that gives all outputs is known to be as simple", flush=True)
    return train_table()


class _StoppedError(Exception):
    """The training was interrupted, from the keyboard or by a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _stop(*_: object) -> NoReturn:
    raise _StoppedError(143)


@contextmanager
def _terminated(handler: Callable[..., object] | signal.Handlers) -> Iterator[None]:
    """Have a termination handled so for a while."""
    earlier = signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _fit(training: Training, resumed: Path | None, underway: _Underway) -> Machine | None:
    """Train a table, from a checkpoint if there is one, and return its machine; None if none fits.

    Raises:
        _StoppedError: it was interrupted.
        InputError: the checkpoint is none of this run.
    """
    try:
        # Lightning has a handler of its own, and calls an earlier one as well, wherever the training is.
        with _terminated(signal.SIG_DFL):
            training.trainer.fit(training.model, datamodule=training.data, ckpt_path=resumed, weights_only=True)
    except SystemExit as stop:
        # So Lightning ends a run that was interrupted from the keyboard or by a signal.
        raise _StoppedError(143 if isinstance(stop, SIGTERMException) else 130) from stop
    except Exception as error:
        if resumed is None or underway.begun or isinstance(error, InputError | OSError):
            raise
        message = f"is no checkpoint of this run ({type(error).__name__}: {error}); remove it to start the run again"
        raise InputError(message, file=resumed) from error
    return training.model.result


class _Underway(Callback):
    """Knows whether the training has begun: what is raised before is the fault of the checkpoint, if there is one."""

    def __init__(self) -> None:
        self.begun = False

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        self.begun = True


class _WholeCheckpoints(TorchCheckpointIO):
    """Reads weights alone, and writes beside the place first: Lightning's own may be half there after a kill."""

    def load_checkpoint(
        self, path: str | os.PathLike[str], map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """The checkpoint, tensors and plain values; InputError for anything else, none of which is run."""
        try:
            # What does not begin as an archive torch takes for one of its past, to unpack it into a temporary folder.
            with open(path, "rb") as file:
                if file.read(len(_ARCHIVE)) != _ARCHIVE:
                    raise ValueError("is no zip archive")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return torch.load(path, map_location="cpu", weights_only=True)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", file=path) from None
        # torch has no end of errors for a file that is none of its own, and advice in them that is not for this one.
        except Exception:
            raise InputError("is no checkpoint of weights alone; remove it to start the run again", file=path) from None

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any | None = None
    ) -> None:
        part = f"{path}.part"
        torch.save(checkpoint, part)
        os.replace(part, path)


def _parse(arguments: Sequence[str], callbacks: Sequence[Callback]) -> _TrainCLI:
    found = with_configs_found(arguments)
    try:
        return _TrainCLI(
            Learner,
            SequenceData,
            subclass_mode_data=True,
            save_config_callback=None,
            trainer_defaults=trainer_defaults(callbacks)
            | {
                "enable_checkpointing": any(isinstance(callback, ModelCheckpoint) for callback in callbacks),
            },
            seed_everything_default=0,
            parser_kwargs={"prog": "seqlogic train", "exit_on_error": False},
            auto_configure_optimizers=False,
            # First, so that a name in the configuration, or of its own flag, takes its place.
            args=["--name", default_name(found), *found],
            run=False,
        )
    # Whatever the constructors refuse stands in the configuration.
    except (ArgumentError, ValueError, TypeError, OSError, MisconfigurationException) as error:
        raise InputError(explain(error)) from error
