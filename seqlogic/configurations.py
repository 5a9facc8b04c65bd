"""The configurations that are shipped, one YAML for each task that a person would name."""

from __future__ import annotations

import difflib
from pathlib import Path

from seqlogic.errors import InputError

__all__ = ["find", "shipped"]


def shipped() -> dict[str, Path]:
    """All configurations by name: of the checkout, or of the installed package."""
    package = Path(__file__).parent
    return {
        path.stem: path
        for place in (package / "configs", package.parent / "configs")
        for path in sorted(place.glob("*.yaml"))
    }


def find(name: str) -> Path:
    """Return the file of a configuration, given its path or its name; InputError suggests the nearest name."""
    if Path(name).is_file():
        return Path(name)
    known = shipped()
    # `make train TASK=name` asks for configs/name.yaml, wherever the configurations are.
    task = name.removeprefix("configs/").removesuffix(".yaml")
    if task in known:
        return known[task]
    if Path(name).is_dir():
        raise InputError("is a directory, expected a configuration", file=name)
    near = difflib.get_close_matches(task, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}? " if near else ""
    raise InputError(f"there is no task {task!r}; {hint}`seqlogic tasks` lists all")
