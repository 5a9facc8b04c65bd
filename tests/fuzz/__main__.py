"""`python -m tests.fuzz`: every reader of a user's file is fuzzed in turn, two at a time."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.targets import TARGETS

_WORKERS = 2
_SHORTEST = 5
"""A process that breaks off is started again, if so many seconds are left."""


def main() -> int:
    """Fuzz the targets; returns 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="of all targets together (default 600)")
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=list(TARGETS), metavar="NAME", help="the targets")
    parser.add_argument("--output-dir", type=Path, default=Path("build/fuzz"), help="for corpora, logs and findings")
    options = parser.parse_args()
    share = options.seconds * min(_WORKERS, len(options.only)) // len(options.only)
    print(f"{len(options.only)} targets, {share} s each, {_WORKERS} at a time; findings go to {options.output_dir}")
    found = 0
    with ThreadPoolExecutor(_WORKERS) as pool:
        runs = pool.map(lambda name: _fuzz(name, share, options.output_dir / name), options.only)
        for name, runs_of_it in zip(options.only, runs, strict=True):
            findings = _findings(options.output_dir / name)
            found += len(findings)
            print(f"{name:12} {runs_of_it:>10,} readings, {len(findings)} findings", flush=True)
            for finding in findings:
                print(f"  {finding}")
    return 1 if found else 0


def _fuzz(name: str, seconds: int, folder: Path) -> int:
    """Fuzz one target for so long; returns how often a file was read."""
    for part in ("corpus", "findings"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    # What was found before is tried again, and is found again if it is still there.
    for file in (folder / "findings").iterdir():
        file.unlink() if file.suffix == ".txt" else file.replace(folder / "corpus" / file.name)
    end, readings = time.monotonic() + seconds, 0
    left = seconds
    with (folder / "log").open("w", encoding="utf-8") as log:
        while left == seconds or left >= _SHORTEST:
            command = [sys.executable, "-m", "tests.fuzz.process", name, str(max(1, left)), str(folder)]
            subprocess.run(command, stdout=log, stderr=log, check=False)
            left = int(end - time.monotonic())
    for count in re.findall(r"^stat::number_of_executed_units: (\d+)$", (folder / "log").read_text("utf-8"), re.M):
        readings += int(count)
    return readings


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
