"""The link from a machine to the noise-free examples that it was learned from: whether they leave any other machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats.examples import read_examples, render_examples
from seqlogic.machine import Machine, canonical, to_mealy
from seqlogic.proof.links import EXAMPLES_FILE, EXAMPLES_LINK, MACHINE_FILE, Link, Side, read_bounded
from seqlogic.proof.uniqueness import Uniqueness, uniqueness
from seqlogic.proof.verdict import answers
from seqlogic.wording import counted

__all__ = [
    "LARGEST",
    "SEARCHED",
    "contradicts",
    "examples_link",
    "falls_short",
    "leave_examples",
    "prove_examples",
    "told",
]

LARGEST = 1 << 26
"""The bytes of the largest file of examples that is written into a folder, or read from one."""

SECONDS = 60.0
"""The time limit of a proof."""

_ALONE, _OTHER, _NEXT = "only one of at most", "another one of", "record next"
SEARCHED = (_ALONE, _OTHER, _NEXT)
"""The details of the link that depend on how far the search came."""

_METHOD = (
    "The machine gives every output that was observed in the examples. Prefixes that lead to different states in every "
    "machine that fits name the states; where all else can lead, and what it can answer, is narrowed down, and what "
    "still has a choice is searched. 'unique' says that every machine of at most so many states that fits the examples "
    "answers as this one does wherever this one is known, to words of any length. It says nothing of larger machines, "
    "nor of entries that are unknown, and takes the examples to be without errors. 'ambiguous' says that another "
    "machine of no more states fits them as well."
)


def leave_examples(folder: Path, machine: Machine, examples: Examples) -> None:
    """Write examples.txt into a folder.

    Raises:
        ValueError: the examples cannot be read from it as they are, for what they are symbols of, or are too many.
    """
    if (machine.inputs, machine.outputs) != (examples.inputs, examples.outputs):
        raise ValueError("they are in other alphabets than the machine")
    # A step takes an input symbol, an output symbol and what follows either.
    if 4 * int(examples.lengths.sum()) > LARGEST or len(data := render_examples(examples).encode()) > LARGEST:
        raise ValueError(f"they take more than {LARGEST >> 20} MiB")
    (folder / EXAMPLES_FILE).write_bytes(data)


def prove_examples(folder: Path, limit: float = SECONDS) -> Link:
    """Prove the link of a folder from machine.json and examples.txt alone, within `limit` seconds.

    Raises:
        InputError: a file is missing, malformed or too large, or the examples have other symbols than the machine.
        ValueError: an output of the machine is known in part.
    """
    machine, place = read_bounded(folder / MACHINE_FILE), folder / EXAMPLES_FILE
    if place.exists() and place.stat().st_size > LARGEST:
        raise InputError(f"takes {place.stat().st_size} bytes, expected at most {LARGEST}", file=place)
    examples = read_examples(place, machine.inputs, machine.outputs)
    true = canonical(to_mealy(machine))
    wrong = (examples.answers >= 0) & (true.run(examples.words)[0] != examples.answers)
    if wrong.any():
        return _contradicted(machine, examples, wrong)
    return examples_link(machine, examples, uniqueness(true, examples, limit))


def examples_link(machine: Machine, examples: Examples, found: Uniqueness) -> Link:
    """The link of a machine that fits its examples, from what `uniqueness` found of both."""
    true, states = found.machine, len(found.machine)
    details: dict[str, Any] = {
        "states": states,
        "entries": true.entries,
        "entries that are unknown, in whole or in part": int(((true.next_state < 0) | (true.output < 0)).sum()),
        "observed outputs": int((examples.answers >= 0).sum()),
    }
    result = "unique" if found.unique else "undecided"
    if found.unique:
        details[_ALONE] = states + bool(found.wider)
    if found.rival is not None and found.word is not None:
        details[_OTHER], details[_NEXT] = len(found.rival), list(map(true.inputs.name, found.word))
        result = result if found.unique else "ambiguous"
    if result == "undecided":
        details["reason"] = (
            f"whether another machine of at most {states} states fits was not found out in the time limit"
        )
    return _link(machine, examples, result, None, details)


def told(link: Link) -> str:
    """What the link says of its machine, in words."""
    details = link.details
    if link.result == "unique":
        unknown = details["entries that are unknown, in whole or in part"]
        rest = f"; {unknown} of its {details['entries']} entries stay unknown, in whole or in part" if unknown else ""
        return f"it is the only machine of at most {counted(details[_ALONE], 'state')} that fits the data{rest}"
    if link.result == "ambiguous":
        other, word = counted(details[_OTHER], "state"), " ".join(details[_NEXT])
        return f"another machine of {other} fits as well; record next: {word}"
    return str(details.get("reason", "it does not fit the data"))


def contradicts(claimed: Mapping[str, Any], proven: Mapping[str, Any]) -> bool:
    """Whether the details of a link say what those proven of the same machine and examples refute, or no proof says."""
    for key in (_ALONE, _OTHER):
        if type(claimed.get(key, 0)) is not int or not 0 <= claimed.get(key, 0) <= proven.get("states", 0) + 1:
            return True
    (alone, other), (now, found) = _bounds(claimed), _bounds(proven)
    return found <= alone or other <= now


def falls_short(claimed: Mapping[str, Any], proven: Mapping[str, Any]) -> bool:
    """Whether a link says, without contradiction, that its machine is the only one of more states than proven now."""
    return not contradicts(claimed, proven) and _bounds(proven)[0] < _bounds(claimed)[0]


def _bounds(details: Mapping[str, Any]) -> tuple[float, float]:
    """Up to how many states the machine is the only one, and how many another one has; 0 and infinity if not known."""
    return details.get(_ALONE, 0), details.get(_OTHER, np.inf)


def _contradicted(machine: Machine, examples: Examples, wrong: np.ndarray) -> Link:
    """The link of a machine that does not fit, with the shortest beginning of a sequence after which it does not."""
    position = int(np.flatnonzero(wrong.any(axis=0))[0])
    row = int(np.flatnonzero(wrong[:, position])[0])
    word = tuple(examples.words[row, : position + 1].tolist())
    seen = examples.answers[row, : position + 1].tolist()
    details = {
        "left answers": list(answers(machine, word)),
        "right answers": ["-" if symbol < 0 else examples.outputs.name(symbol) for symbol in seen],
    }
    return _link(machine, examples, "differs", tuple(map(examples.inputs.name, word)), details)


def _link(
    machine: Machine, examples: Examples, result: str, word: tuple[str, ...] | None, details: dict[str, Any]
) -> Link:
    return Link(
        name=EXAMPLES_LINK,
        method=_METHOD,
        left=Side("machine", MACHINE_FILE, machine.digest),
        right=Side("examples", EXAMPLES_FILE, examples.digest),
        result=result,
        counterexample=word,
        details=details,
    )
