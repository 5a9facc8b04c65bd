"""`seqlogic tasks`."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from seqlogic.commands.parser import Parser
from seqlogic.configurations import shipped
from tasks import FAMILIES

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """List the configurations that are ready to run, and the families with their parameters; exit 0."""
    parser = Parser(prog="seqlogic tasks", description="List the tasks that can be learned.")
    parser.parse_args(arguments)
    print("Ready to run, `seqlogic train --config NAME` or `make train TASK=NAME`:\n")
    for name, path in shipped().items():
        print(f"  {name:16} {path.read_text(encoding='utf-8').splitlines()[0].lstrip('# ')}")
    print("\nFamilies, for `data.init_args.task` of a configuration of your own:\n")
    for name, family in FAMILIES.items():
        parameters = ", ".join(inspect.signature(family).parameters)
        asks = (inspect.getdoc(family) or "").splitlines()[0]
        print(f"  {name:16} tasks.{family.__name__}({parameters})\n{'':18} {asks}")
    return 0
