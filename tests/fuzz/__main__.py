"""`python -m tests.fuzz`: every reader of a user's file is fuzzed in turn, two at a time."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.targets import TARGETS

_WORKERS = 2
_STARTS, _SHORTEST = 10, 5
"""A process that breaks off is started again, so many times in all, if so many seconds are left."""


def main() -> int:
    """Fuzz the targets; returns 1 if anything was found, or a target could not be fuzzed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="of all targets together (default 600)")
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=list(TARGETS), metavar="NAME", help="the targets")
    parser.add_argument("--output-dir", type=Path, default=Path("build/fuzz"), help="for corpora, logs and findings")
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        parser.exit(2, "atheris is not installed; its wheels are for x86-64 Linux, and `make fuzz` installs it there\n")
    share = options.seconds * min(_WORKERS, len(options.only)) // len(options.only)
    print(f"{len(options.only)} targets, {share} s each, {_WORKERS} at a time; findings go to {options.output_dir}")
    failed = False
    with ThreadPoolExecutor(_WORKERS) as pool:
        runs = pool.map(lambda name: _fuzz(name, share, options.output_dir / name), options.only)
        for name, readings in zip(options.only, runs, strict=True):
            findings = _findings(options.output_dir / name)
            # Without a single reading the process did not even begin; its log says why.
            failed = failed or bool(findings) or readings == 0
            print(f"{name:13} {readings:>10,} readings, {len(findings)} findings", flush=True)
            for finding in findings:
                print(f"  {finding}")
    return 1 if failed else 0


def _fuzz(name: str, seconds: int, folder: Path) -> int:
    """Fuzz one target for so long; returns how often a file was read."""
    for part in ("corpus", "findings"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    # What was found before is tried again, and is found again if it is still there.
    for file in (folder / "findings").iterdir():
        file.unlink() if file.suffix == ".txt" else file.replace(folder / "corpus" / file.name)
    end = time.monotonic() + seconds
    with (folder / "log").open("w", encoding="utf-8") as log:
        for _ in range(_STARTS):
            left = max(1, round(end - time.monotonic()))
            command = [sys.executable, "-m", "tests.fuzz.process", name, str(left), str(folder)]
            subprocess.run(command, stdout=log, stderr=log, check=False)
            if end - time.monotonic() < _SHORTEST:
                break
    counts = re.findall(r"^stat::number_of_executed_units: (\d+)$", (folder / "log").read_text("utf-8"), re.M)
    return sum(map(int, counts))


def _findings(folder: Path) -> list[str]:
    """A line for each finding: the input, and what was wrong with reading it."""
    lines = []
    for file in sorted((folder / "findings").iterdir()):
        if file.suffix != ".txt":
            said = file.with_suffix(".txt")
            what = said.read_text(encoding="utf-8").strip() if said.exists() else "broke the process off; see the log"
            lines.append(f"{file}: {what}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
