"""The choices by which a machine became gateware, as implementation.json of a build folder holds them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fpga.implementation import GIVEN, IMPLEMENTATIONS, Layout
from seqlogic.assignment import ASSIGNMENTS
from seqlogic.errors import InputError

__all__ = ["Choices", "read_text"]

_LARGEST = 1 << 26


@dataclass(frozen=True)
class Choices:
    """The choices by which a machine became gateware; see `Implementation` for what they mean."""

    kind: str
    encoding: str
    unknown: str

    @classmethod
    def of(cls, implementation: Layout) -> Choices:
        """The choices of an implementation."""
        return cls(implementation.kind, implementation.encoding, implementation.unknown)

    @classmethod
    def read(cls, path: Path) -> Choices:
        """Read implementation.json; InputError for any other content than `text` gives."""
        try:
            content = json.loads(read_text(path))
        except (ValueError, RecursionError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"not the JSON expected: {error}", file=path) from None
        words = {"kind": IMPLEMENTATIONS, "encoding": (*ASSIGNMENTS, GIVEN), "unknown": ("flag", "free")}
        if not isinstance(content, dict) or content.keys() != words.keys():
            raise InputError(f"expected the keys {', '.join(words)}", file=path)
        for key, allowed in words.items():
            if content[key] not in allowed:
                raise InputError(f"{key} is {content[key]!r}, expected one of: {' '.join(allowed)}", file=path)
        return cls(**content)

    def text(self) -> str:
        """The content of implementation.json."""
        return json.dumps(asdict(self), indent=2) + "\n"


def read_text(path: Path) -> str:
    """The text of a file of a build folder; InputError if it cannot be read, or is larger than 64 MiB."""
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"is larger than {_LARGEST} bytes", file=path)
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", file=path) from None
