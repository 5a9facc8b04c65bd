"""`seqlogic tasks`."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from seqlogic.commands.parser import Parser
from seqlogic.configurations import shipped
from seqlogic.errors import InputError
from tasks import FAMILIES, Task
from tasks.task import TABLE_LIMIT

try:
    import yaml  # type: ignore[import-untyped]
except ModuleNotFoundError:
    yaml = None

__all__ = ["main"]

_WIDTH = 18


def main(arguments: Sequence[str]) -> int:
    """List the configurations, those that are ready to run first, and the families with their parameters; exit 0."""
    parser = Parser(
        prog="seqlogic tasks",
        description="List the tasks that can be learned, with the sizes of their machines and their input laws.",
    )
    parser.parse_args(arguments)
    print("Ready to run, `seqlogic train --config NAME` or `make train TASK=NAME`:\n")
    if yaml is None:
        print("  (PyYAML is not installed: the extra `learn` brings it, and with it this list shows states, inputs,\n"
              "  outputs and input laws, and apart what has too many states for a table)\n")  # fmt: skip
        for name, path in shipped().items():
            print(f"  {name:{_WIDTH}}  {_asks(path)}")
    else:
        tasks = {name: _configured(path) for name, path in shipped().items()}
        large = [name for name, task in tasks.items() if _too_large(*task)]
        _show_configured({name: task for name, task in tasks.items() if name not in large})
        if large:
            print("\nToo many states for a table, `seqlogic train` learns these as circuits:\n")
            _show_configured({name: tasks[name] for name in large})
    print(
        "\nFamilies, for `data.init_args.task` of a configuration of your own; the sizes are those of the defaults:\n"
    )
    _show("family", "states", "inputs", "outputs", "input law")
    for name, family in FAMILIES.items():
        parameters = ", ".join(inspect.signature(family).parameters)
        asks = (inspect.getdoc(family) or "").splitlines()[0]
        _show_task(name, family, {}, [f"tasks.{family.__name__}({parameters})", asks])
    return 0


def _asks(path: Path) -> str:
    """The question of a configuration: its first line, a comment."""
    return path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")


def _show_configured(tasks: Mapping[str, tuple[type[Task[Any]] | None, Mapping[str, Any]]]) -> None:
    """Print the configurations of these names, with a head."""
    _show("task", "states", "inputs", "outputs", "input law")
    for name, task in tasks.items():
        _show_task(name, *task, [_asks(shipped()[name])])


def _too_large(family: type[Task[Any]] | None, arguments: Mapping[str, Any]) -> bool:
    """Whether it is known before any file is read that no table holds the states."""
    with suppress(InputError):
        return family is not None and not family(**arguments).tabular
    return False


def _configured(path: Path) -> tuple[type[Task[Any]] | None, Mapping[str, Any]]:
    """The family of a configuration and its arguments; no family where the examples are those of a file."""
    task = yaml.safe_load(path.read_text(encoding="utf-8"))["data"]["init_args"].get("task")
    if task is None:
        return None, {}
    module, _, name = task["class_path"].rpartition(".")
    return getattr(importlib.import_module(module), name), task.get("init_args", {})


def _show_task(
    name: str, family: type[Task[Any]] | None, arguments: Mapping[str, Any], explained: Iterable[str]
) -> None:
    """Print a task's row, its sizes as far as they are known before any file is read, and what explains it below."""
    law, sizes, large = "that of a file", ("-", "-", "-"), []
    if family is not None:
        law = family.law
        # The machine of a file is not known yet.
        with suppress(InputError):
            task = family(**arguments)
            law = task.law
            states = f"{task.states:,}" if task.tabular else f">{TABLE_LIMIT:,}"
            sizes = (states, f"{len(task.inputs):,}", f"{len(task.outputs):,}")
            large = [] if task.tabular else [f"{task.states:,} states, too many for a table"]
    _show(name, *sizes, law)
    for line in (*explained, *large):
        print(f"{'':{_WIDTH + 4}}{line}")


def _show(name: str, states: str, inputs: str, outputs: str, law: str) -> None:
    print(f"  {name:{_WIDTH}}  {states:>6}  {inputs:>7}  {outputs:>7}  {law}")
