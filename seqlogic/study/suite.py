"""Suites: which data the learners are compared on, frozen in one file each, `configs/suites/<name>.yaml`.

    limit: 60
    seeds: {first: 4000, count: 20}
    rows:
      - {name: parity, task: parity, digest: 0123456789ab}
      - {name: random20, task: random, parameters: {states: 20}, redraw: true, sequences: 2000, digest: 0123456789ab}

What stands above `rows` holds for every row that does not say otherwise; `Row` tells each key. `redraw: true` gives the
trial's seed to the task as well, so that each trial has a machine of its own. A digest is that of the data of the first
seed: were a task, its input law or numpy to draw other data, the suite would be another one, and is refused.

A peer may run for the first seeds only, and for a time limit of its own: `peers: {gru_kv: {seeds: 3, limit: 60}}`.

`models: all` in place of `rows` makes a row of each .dot file of a folder that the user names, and a list of names,
without the suffix, of each of these.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import yaml  # type: ignore[import-untyped]

from datamodules import SampledData
from seqlogic.errors import InputError
from seqlogic.logic import LEARNERS
from seqlogic.study.learners import PEERS
from tasks import FAMILIES, Task

__all__ = ["DIGITS", "Peer", "Row", "Seeds", "Suite", "find_suite", "freeze", "read_suite", "suites"]

_LATER = ("flipped", "corrupt", "missing", "asking", "registers")
"""Keys of rows that came later than the first suites."""

DIGITS = 12
"""How much of a SHA-256 stands in a suite, in hexadecimal digits."""


@dataclass(frozen=True)
class Seeds:
    """The seeds `first`, `first + 1`, ...: so many as `count`."""

    first: int
    count: int

    def __post_init__(self) -> None:
        if self.first < 0 or self.count < 1:
            raise ValueError("seeds: expected a first of at least 0 and a count of at least 1")

    def overlap(self, other: Seeds) -> bool:
        """Whether a seed is among both."""
        return self.first < other.first + other.count and other.first < self.first + self.count


@dataclass(frozen=True)
class Peer:
    """What a row allows one of `learners.PEERS`; None is what the row allows ours.

    Attributes:
        seeds: of the first so many of the row's.
        limit: seconds after which it is stopped.
    """

    seeds: int | None = None
    limit: float | None = None

    def __post_init__(self) -> None:
        seeds, limit = 1 if self.seeds is None else self.seeds, 1 if self.limit is None else self.limit
        if type(seeds) is not int or seeds < 1 or limit <= 0:
            raise ValueError("peer: expected seeds of at least 1 and a limit above 0")


@dataclass(frozen=True)
class Row:
    """One kind of data in a suite.

    Attributes:
        name: of the row, unique in its suite.
        task: a family of `tasks.FAMILIES`.
        parameters: of that task.
        redraw: the trial's seed is the task's `seed` as well.
        law: `task`, the input law of the task, or `uniform`.
        sequences: how many.
        length: the shortest and the longest, in symbols.
        supervision: `dense`, an output at every step, or `label`, only the output after the last symbol.
        flipped: the share of outputs that are replaced by others. Ours is told only that there are some.
        corrupt: the share of sequences all of whose outputs are drawn at random, likewise.
        missing: the share of outputs that are left out.
        limit: seconds after which a learner is stopped.
        seeds: of the trials.
        peers: by name, those that run for fewer seeds, or have another limit.
        digest: the first digits of the SHA-256 of the examples of the first seed; empty until frozen.
        registers: the kind that ours learns with, `table`, or `history` or `layered`, whose machines are circuits; None
            is `table`.
        asking: say what the data prove, and record words until ours is exact, see `asked.ask`.
    """

    name: str
    task: str
    limit: float
    seeds: Seeds
    parameters: Mapping[str, Any] = field(default_factory=dict)
    redraw: bool = False
    law: Literal["task", "uniform"] = "task"
    sequences: int = 1000
    length: tuple[int, int] = (1, 64)
    supervision: Literal["dense", "label"] = "dense"
    flipped: float = 0.0
    corrupt: float = 0.0
    missing: float = 0.0
    digest: str = ""
    peers: Mapping[str, Peer] = field(default_factory=dict)
    asking: bool = False
    registers: Literal["table", "history", "layered"] | None = None

    @property
    def circuits(self) -> bool:
        """Whether the machines of the row are learned, and compared, as circuits."""
        return self.registers in LEARNERS

    def seeds_of(self, learner: str) -> range:
        """The seeds with which a learner runs."""
        count = self.peers.get(learner, Peer()).seeds
        return range(self.seeds.first, self.seeds.first + min(count or self.seeds.count, self.seeds.count))

    def limit_of(self, learner: str) -> float:
        """Seconds after which a learner is stopped."""
        return self.peers.get(learner, Peer()).limit or self.limit

    def wrong(self, outputs: int) -> float:
        """The share of outputs that are wrong, to be expected where there are so many output symbols."""
        return self.flipped + (1 - self.flipped) * self.corrupt * (1 - 1 / outputs)

    def data(self, seed: int, *, clean: bool = False) -> SampledData:
        """The examples of a seed, `clean` as they were before outputs were flipped, and the reference for later.

        Raises:
            ValueError, TypeError: the parameters are not the task's; InputError if they name a file at fault.
        """
        family = FAMILIES[self.task]
        if self.law == "uniform":
            family = type(family.__name__, (family,), {"sample": Task.sample, "law": Task.law})
        task = family(**self.parameters, **({"seed": seed} if self.redraw else {}))
        if not task.tabular and not self.circuits:
            raise ValueError(f"{task.states:,} states are more than a table holds: there is no reference")
        return SampledData(
            task=task,
            sequences=self.sequences,
            min_length=self.length[0],
            max_length=self.length[1],
            supervision=self.supervision,
            missing=self.missing,
            flipped=0.0 if clean else self.flipped,
            corrupt=0.0 if clean else self.corrupt,
            seed=seed,
        )


@dataclass(frozen=True)
class Suite:
    """A named list of rows, and the file it is from."""

    name: str
    file: Path
    rows: tuple[Row, ...]

    @property
    def digest(self) -> str:
        """The first digits of the SHA-256 of all rows: of all that a trial depends on.

        Of a model its data counts, and not where it lies; of a peer its time limit, and not for how many seeds it runs.
        """
        rows = [
            # What a suite does not use leaves its digest, and so its results, as they were.
            {key: value for key, value in asdict(row).items() if key not in _LATER or value}
            | {"peers": {name: row.limit_of(name) for name in PEERS}}
            | ({"parameters": {}} if "file" in row.parameters else {})
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:DIGITS]

    def named(self, names: Sequence[str] | None) -> list[Row]:
        """The rows of these names, in the order of the suite, or all; InputError lists what there is."""
        known = [row.name for row in self.rows]
        for name in names or ():
            if name not in known:
                raise InputError(f"there is no row {name!r}, expected some of {', '.join(known)}", file=self.file)
        return [row for row in self.rows if names is None or row.name in names]

    def check(self, rows: Iterable[Row]) -> None:
        """Draw the data of the first seed of these rows; InputError if it is not what the suite was frozen with."""
        for row in rows:
            drawn = _drawn(self.file, row)
            if not row.digest:
                raise InputError(f"row {row.name}: has no digest; --freeze fills it in", file=self.file)
            if drawn != row.digest:
                raise InputError(
                    f"row {row.name}: the data of seed {row.seeds.first} has the digest {drawn}, expected "
                    f"{row.digest}; the task, its law or numpy has changed, and --freeze makes another suite of it",
                    file=self.file,
                )


def suites() -> dict[str, Path]:
    """All suites by name: of the checkout, or of the installed package."""
    package = Path(__file__).parent.parent
    places = (package / "configs" / "suites", package.parent / "configs" / "suites")
    return {path.stem: path for place in places for path in sorted(place.glob("*.yaml"))}


def find_suite(name: str) -> Path:
    """Return the file of a suite, given its path or its name; InputError lists the names."""
    if Path(name).is_file():
        return Path(name)
    if name in suites():
        return suites()[name]
    raise InputError(f"there is no suite {name!r}, expected one of {', '.join(suites())}, or a file")


def read_suite(file: Path, models: Path | None = None) -> Suite:
    """Read a suite.

    Args:
        file: the suite.
        models: the folder of .dot files, if the suite has `models`. Their rows are frozen as they are found.

    Raises:
        InputError: anything in the file that is not as the module's docstring has it.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", file=file) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "not a text that YAML allows"
        raise InputError(f"is not YAML: {reason}", file=file, line=mark and mark.line + 1) from error
    if not isinstance(content, dict) or not ({"rows", "models"} & set(content)):
        raise InputError("holds no suite, expected the key `rows`, or `models: all`", file=file)
    common = {key: value for key, value in content.items() if key not in ("rows", "models")}
    if "models" in content:
        rows = _models(file, common, content["models"], models)
    else:
        if models is not None:
            raise InputError("has rows of its own and takes no folder of models", file=file)
        if not isinstance(content["rows"], list) or not content["rows"]:
            raise InputError("`rows` is not a list of rows", file=file)
        rows = [_row(file, number, common, entry) for number, entry in enumerate(content["rows"], 1)]
    names = [row.name for row in rows]
    if len(set(names)) < len(names):
        raise InputError(f"row {next(name for name in names if names.count(name) > 1)}: stands twice", file=file)
    return Suite(file.stem, file, tuple(rows))


def freeze(suite: Suite) -> int:
    """Write into the file the digests that its data has now; returns how many were missing or have changed.

    Each row must stand on a line of its own, as in the module's docstring: nothing else of the file is touched.
    """
    lines = suite.file.read_text(encoding="utf-8").splitlines()
    changed = 0
    for row in suite.rows:
        begins = re.compile(rf"\s*- \{{\s*name: {re.escape(row.name)}\s*,.*\}}\s*")
        places = [number for number, line in enumerate(lines) if begins.fullmatch(line)]
        if len(places) != 1:
            raise InputError(f"row {row.name}: not on a line of its own, `- {{name: ...}}`", file=suite.file)
        bare = re.sub(r",\s*digest:\s*[^,}]*", "", lines[places[0]]).rstrip()
        digest = _drawn(suite.file, row)
        lines[places[0]] = f'{bare[:-1].rstrip()}, digest: "{digest}"}}'
        changed += digest != row.digest
    suite.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return changed


def _drawn(file: Path, row: Row) -> str:
    try:
        return row.data(row.seeds.first).examples.digest[:DIGITS]
    except (ValueError, TypeError) as error:
        raise InputError(f"row {row.name}: {' '.join(str(error).split())}", file=file) from error


def _models(file: Path, common: Mapping[str, Any], which: object, folder: Path | None) -> list[Row]:
    if which != "all" and not (isinstance(which, list) and which and all(isinstance(name, str) for name in which)):
        raise InputError(f"models is {which!r}, expected `all` or a list of names", file=file)
    if folder is None:
        raise InputError("takes its machines from a folder of .dot files: MODELS=folder, or --models folder", file=file)
    if not folder.is_dir():
        raise InputError("is not a folder of .dot files", file=folder)
    paths = sorted(folder.glob("*.dot")) if which == "all" else [folder / f"{name}.dot" for name in which]
    if not paths:
        raise InputError("holds no .dot file", file=folder)
    for path in paths:
        if not path.is_file():
            raise InputError(f"holds no {path.name}, which {file} names", file=folder)
    rows = [
        _row(file, number, common, {"name": path.stem, "task": "machine", "parameters": {"file": str(path)}})
        for number, path in enumerate(paths, 1)
    ]
    return [replace(row, digest=_drawn(Path(row.parameters["file"]), row)) for row in rows]


_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "name": (str, "a text"),
    "task": (str, "a text"),
    "parameters": (dict, "a mapping"),
    "redraw": (bool, "true or false"),
    "law": (str, "task or uniform"),
    "sequences": (int, "a whole number"),
    "length": (list, "[shortest, longest]"),
    "supervision": (str, "dense or label"),
    "flipped": ((int, float), "a share, 0 to below 1"),
    "corrupt": ((int, float), "a share, 0 to below 1"),
    "missing": ((int, float), "a share, 0 to below 1"),
    "limit": ((int, float), "seconds"),
    "seeds": (dict, "{first: number, count: number}"),
    "digest": (str, "a text in quotes"),
    "peers": (dict, "{name: {seeds: number, limit: seconds}}"),
    "asking": (bool, "true or false"),
    "registers": (str, "table, history or layered"),
}


def _row(file: Path, number: int, common: Mapping[str, Any], entry: object) -> Row:
    if not isinstance(entry, dict):
        raise InputError(f"row {number}: is not a mapping", file=file)
    place = f"row {entry.get('name', number)}"
    values = {**common, **entry}
    for key, value in values.items():
        if key not in _KINDS:
            raise InputError(f"{place}: unknown key {key!r}, expected one of {', '.join(_KINDS)}", file=file)
        kind, expected = _KINDS[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{place}: {key} is {value!r}, expected {expected}", file=file)
    for name in (one.name for one in fields(Row) if one.name in ("name", "task", "limit", "seeds")):
        if name not in values:
            raise InputError(f"{place}: {name} is missing", file=file)
    if values["task"] not in FAMILIES:
        raise InputError(f"{place}: there is no task family {values['task']!r}: `seqlogic tasks` lists all", file=file)
    for key, choices in (
        ("law", ("task", "uniform")),
        ("supervision", ("dense", "label")),
        ("registers", ("table", *LEARNERS)),
    ):
        if values.get(key, choices[0]) not in choices:
            raise InputError(f"{place}: {key} is {values[key]!r}, expected {' or '.join(choices)}", file=file)
    length = values.get("length", [1, 64])
    if len(length) != 2 or not all(isinstance(end, int) for end in length) or not 1 <= length[0] <= length[1]:
        raise InputError(f"{place}: length is {length}, expected [shortest, longest], at least 1", file=file)
    for key in ("limit", "sequences"):
        if values.get(key, 1) <= 0:
            raise InputError(f"{place}: {key} is {values[key]}, expected above 0", file=file)
    for key in ("flipped", "corrupt", "missing"):
        if not 0 <= values.get(key, 0) < 1:
            raise InputError(f"{place}: {key} is {values[key]}, expected {_KINDS[key][1]}", file=file)
    try:
        seeds = Seeds(**values["seeds"])
    except (TypeError, ValueError) as error:
        raise InputError(f"{place}: seeds is {values['seeds']}, expected {_KINDS['seeds'][1]}", file=file) from error
    peers = {}
    for name, peer in values.get("peers", {}).items():
        if name not in PEERS:
            raise InputError(f"{place}: there is no peer {name!r}, expected some of {', '.join(PEERS)}", file=file)
        try:
            peers[name] = Peer(**peer)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{place}: {name} is {peer}, expected {{seeds: number, limit: seconds}}", file=file
            ) from error
    return Row(**{**values, "length": tuple(length), "seeds": seeds, "peers": peers})
