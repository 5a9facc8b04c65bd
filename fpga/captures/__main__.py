"""`python -m fpga.captures`: make the captures that are shipped, anew."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fpga.captures import CAPTURES, HERE, capture
from fpga.tools import ToolError, console
from seqlogic.commands.parser import Parser
from seqlogic.errors import InputError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate every module, and write its capture beside it or elsewhere; exit 0, 2 if something is missing."""
    parser = Parser(
        prog="python -m fpga.captures",
        description="Simulate the shipped modules under Verilator with random inputs, and write what they did as VCD. "
        "The same seed gives the same files.",
    )
    parser.add_argument(
        "--output-dir", type=Path, default=HERE, metavar="FOLDER", help="where (default: where they are)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the inputs (default 0)")
    try:
        options = parser.parse_args(arguments)
        options.output_dir.mkdir(parents=True, exist_ok=True)
        for what in CAPTURES:
            with tempfile.TemporaryDirectory(prefix="seqlogic-capture-") as folder:
                made = capture(what, Path(folder), seed=options.seed, tell=console)
                file = options.output_dir / made.name
                file.write_bytes(made.read_bytes())
            print(f"{file}: {what.clocks:,} clocks, {file.stat().st_size:,} bytes")
    except InputError as error:
        print(f"python -m fpga.captures: {error}", file=sys.stderr)
        return 2
    except (ToolError, OSError) as error:
        print(f"python -m fpga.captures: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
