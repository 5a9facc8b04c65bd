"""The arguments of `seqlogic train`: configurations by name, and one clear line for whatever is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from jsonargparse import ArgumentError

from seqlogic.configurations import find
from seqlogic.errors import InputError

__all__ = ["default_name", "explain", "run_path", "same_experiment", "with_configs_found"]

_MOST_VALUES = 100_000
"""The most values of a configuration. A few lines of aliases of aliases would otherwise fill all of the memory."""
_FLAGS = ("--config", "-c")
_KEY = re.compile(r'Parser key "([^"]+)":')
# What the parser adds to the reason: other types that would have done, and the value again, as Python shows it.
_PADDING = (
    re.compile(r"\s+- Expected a path but \S+ either not accessible or invalid"),
    re.compile(r"\s+- Expected a <class 'NoneType'>"),
    re.compile(r"\.?\s+Given value type: .*", re.DOTALL),
    re.compile(r"Does not validate against any of the Union subtypes\s+Subtypes: .*?Errors:\s+", re.DOTALL),
    re.compile(r"Problem with given class_path '[^']+':\s+(?=Parser key)"),
)
_WORDS = (
    (r"Problem with given class_path '([^']+)':", r"\1:"),
    (r"a <class '([^']+)'>", r"\1"),
    (r"a typing\.Literal\[(.*?)\]", r"one of \1"),
    (r"Expected bool - Expected int", "expected a whole number"),
    (r"^Expected (.*?)(?:\. Got value: (.*))?$", r"expected \1, got \2"),
    (r", got $", ""),
    (r"^(-?\d+) is not in bounds, numpy accepts from (\d+) to (\d+)$", r"seed_everything: expected \2 to \3, got \1"),
)


def with_configs_found(arguments: Sequence[str]) -> list[str]:
    """The arguments, with the file of each configuration in place of its name.

    Raises:
        InputError: a name that no configuration has, or no flag at all where one is expected.
    """
    if arguments and not arguments[0].startswith("-"):
        raise InputError(f"unexpected {arguments[0]!r}; did you mean `seqlogic train --config {arguments[0]}`?")
    found = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        flag, equals, value = argument.partition("=")
        if flag in _FLAGS and equals:
            found.append(f"{flag}={_readable(find(value))}")
        else:
            found.append(str(_readable(find(argument))) if before in _FLAGS else argument)
    if found and found[-1] in _FLAGS:
        raise InputError(f"{found[-1]} takes a task or a file; `seqlogic tasks` lists the tasks")
    return found


def default_name(found: Sequence[str]) -> str:
    """What a run is called if nothing says so: as the last of its configuration files, without the suffix."""
    files = []
    for before, argument in zip(["", *found], found, strict=False):
        flag, equals, value = argument.partition("=")
        if before in _FLAGS:
            files.append(argument)
        elif flag in _FLAGS and equals:
            files.append(value)
    return Path(files[-1]).stem if files else "run"


def _readable(path: Path) -> Path:
    """The path of a configuration, as it came; InputError if it holds no mapping in YAML."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text, expected a configuration in YAML", file=path) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "not a text that YAML allows"
        raise InputError(f"is not YAML: {reason}", file=path, line=mark and mark.line + 1) from error
    except RecursionError:
        raise InputError("is nested too deeply, expected a configuration", file=path) from None
    # PyYAML takes what begins as a date or a number for one, and what a tag calls so, and stumbles where it is none.
    except ValueError as error:
        raise InputError(f"is not YAML: a value is no date or number: {error}", file=path) from error
    except (LookupError, AttributeError, TypeError) as error:
        raise InputError("is not YAML: a tag such as `!!int` does not fit its value", file=path) from error
    if not isinstance(content, dict):
        raise InputError("holds no configuration, expected keys such as `data:`", file=path)
    if _written_out(content, {}) > _MOST_VALUES:
        message = f"holds itself, or over {_MOST_VALUES:,} values once its aliases (`*name`) are written out"
        raise InputError(f"{message}; expected fewer", file=path)
    return path


def _written_out(value: object, known: dict[int, float]) -> float:
    """How many values, or pieces of text, there are in one, each as often as aliases have it; infinite in itself."""
    if not isinstance(value, dict | list | tuple | set):
        return 1 + len(value) // 100 if isinstance(value, str | bytes) else 1
    if id(value) not in known:
        known[id(value)] = math.inf
        within = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_written_out(each, known) for each in within)
    return known[id(value)]


def explain(error: BaseException) -> str:
    """The reason behind an error of the parser, or of what it builds, in one line: which key, and what was expected."""
    # The parser's own errors name the keys on the way; what it builds is best heard itself.
    while not isinstance(error, ArgumentError | InputError) and error.__cause__ is not None:
        error = error.__cause__
    message = str(error)
    if "required: data" in message:
        return "no task is given; try `seqlogic train --config parity`, `seqlogic tasks` lists all"
    for padding in _PADDING:
        message = padding.sub(" ", message)
    keys = _KEY.findall(message)
    reason = " ".join(_KEY.split(message)[-1].replace("\n", " ").split())
    reason = re.sub(r"^(- )+", "", reason)
    for pattern, words in _WORDS:
        reason = re.sub(pattern, words, reason)
    return f"{'.'.join(keys)}: {reason}" if keys else reason


def run_path(name: str, run: str | None) -> Path:
    """Where a run of this name goes; InputError for a name that is none of a folder."""
    if run is not None:
        return Path(run)
    if not name or name != Path(name).name or name == "..":
        raise InputError(f"name: expected the name of a folder, got {name!r}")
    return Path("runs") / name


def same_experiment(config: str, other: str) -> bool:
    """Whether two resolved configurations, as YAML, differ in no more than where the run goes."""
    one, two = (yaml.safe_load(text) for text in (config, other))
    return isinstance(one, dict) and isinstance(two, dict) and {**one, "run": None} == {**two, "run": None}
