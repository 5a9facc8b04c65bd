"""One target is fuzzed with atheris for so many seconds: `python -m tests.fuzz.process NAME SECONDS FOLDER`.

What is found is left in FOLDER/findings, each input beside a line that says what was wrong with reading it; the corpus
in FOLDER/corpus, so that a later run begins where this one ended.
"""

from __future__ import annotations

import hashlib
import random
import resource
import sys
import tempfile
from pathlib import Path

__all__ = ["LARGEST", "main"]

LARGEST = 1 << 13
"""The largest input, in bytes."""

_SECONDS, _MEMORY = 10, 1 << 30
"""What one reading may take: CPU time, and memory beside that of the process."""
_KEPT = 3
"""How many inputs of one finding are kept."""


def main(arguments: list[str]) -> None:
    """Fuzz one target; libFuzzer ends the process when the time is over, or at what cannot be recovered from."""
    # The extra `fuzz`; the tests look at this room without it.
    import atheris  # noqa: PLC0415

    name, seconds, place = arguments
    # Lightning's command line warns of arguments that are not its own.
    del sys.argv[1:]
    folder = Path(place).resolve()
    with atheris.instrument_imports(include=["seqlogic", "datamodules", "tasks", "vcd"]):
        from tests.fuzz.guard import Guard  # noqa: PLC0415
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415

        target = TARGETS[name]
        read = target.open()
    with tempfile.TemporaryDirectory() as temporary:
        given, empty = Path(temporary, "given"), Path(temporary, "empty")
        given.mkdir()
        empty.mkdir()
        guard = Guard(empty, seconds=_SECONDS, permitted=target.permitted)
        for number, seed in enumerate(target.seeds()):
            (folder / "corpus" / f"seed{number}").write_bytes(seed)
            # What is imported on the way is imported now.
            try:
                read(target.place(given, seed))
            except ValueError:
                continue
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + _MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        kept: dict[str, int] = {}

        def one(data: bytes) -> None:
            finding = guard.judge(read, target.place(given, data))
            if finding is None or kept.get(finding.place, 0) == _KEPT:
                return
            kept[finding.place] = kept.get(finding.place, 0) + 1
            file = folder / "findings" / hashlib.sha256(data).hexdigest()[:16]
            file.write_bytes(data)
            file.with_suffix(".txt").write_text(finding.what + "\n", encoding="utf-8", errors="backslashreplace")

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            rng = random.Random(seed)
            if rng.random() < 0.2:
                return atheris.Mutate(data, most)
            return target.mutate(data, rng, target.tokens)[:most]

        options = [
            f"-max_total_time={seconds}",
            f"-max_len={LARGEST}",
            f"-timeout={6 * _SECONDS}",
            "-report_slow_units=1000",
            "-rss_limit_mb=0",
            f"-artifact_prefix={folder / 'findings'}/",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], one, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
