"""`python -m fpga.simulate --machine runs/parity`: the SoC under Verilator, for the host program to talk to."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from fpga.build import described, lay_out, resolve, write_json
from fpga.certify import certify, core_link, leave_core, told
from fpga.given import given_machine, machine_name
from fpga.implementation import IMPLEMENTATIONS
from fpga.simulation import Simulator, simulate
from fpga.tools import ToolError, console
from seqlogic.assignment import ASSIGNMENTS
from seqlogic.commands.parser import Parser
from seqlogic.errors import InputError
from seqlogic.run_folder import RunFolder

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the simulated SoC and run it until Ctrl-C; exit 0, 1 for a failed tool or refuted RTL, 2 for bad input."""
    parser = Parser(prog="python -m fpga.simulate", description="A proven machine in the same SoC, under Verilator.")
    parser.add_argument("--machine", required=True, help="a run folder with a certificate, or a machine file")
    parser.add_argument("--name", help="what the build is called; the name of the machine if not given")
    parser.add_argument("--implementation", default="auto", choices=("auto", *IMPLEMENTATIONS))
    parser.add_argument("--encoding", default="auto", choices=("auto", *ASSIGNMENTS))
    parser.add_argument("--unknown", default="flag", choices=("flag", "free"))
    parser.add_argument("--trace", type=Path, help="write all signals to this *.vcd or *.fst")
    parser.add_argument("--no-run", action="store_true", help="only build it")
    try:
        options = parser.parse_args(arguments)
        simulator, folder = _build(options)
        if options.no_run:
            return 0
        with simulator:
            print(f"{folder} is running at {simulator.url}; Ctrl-C ends it. In another terminal:")
            print(f"  seqlogic board selftest --build {folder} --target {simulator.url}", flush=True)
            code = simulator.wait()
            print(f"the simulation ended with {code}", file=sys.stderr)
            return 1
    except InputError as error:
        print(f"fpga.simulate: {error}", file=sys.stderr)
        return 2
    except ToolError as error:
        print(f"fpga.simulate: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 0


def _build(options: argparse.Namespace) -> tuple[Simulator, Path]:
    given = given_machine(options.machine)
    name = options.name or machine_name(options.machine)
    choices = {key: getattr(options, key) for key in ("implementation", "encoding", "unknown")}
    implementation = lay_out(given, choices)
    print(f"{name}: {described(implementation)}, simulated")
    resolved = resolve(given, implementation, "sim", name, {})
    folder = Path("build") / "sim" / name
    run = RunFolder(folder)
    with run.open(json.dumps(resolved, indent=2) + "\n"):
        given.leave_evidence(run.partial)
        leave_core(implementation, run.partial)
        link = core_link(implementation, run.partial, console)
        print(told(link))
        write_json(run.partial / "build.json", resolved)
        certify(run.partial, (*given.links, link), {"board": "sim", "name": name}, None)
        run.finish(exact=link.result != "differs")
    if link.result == "differs":
        raise ToolError(f"the RTL is not the machine; nothing was simulated (see {run.failed})")
    return simulate(implementation, folder / "sim", trace=options.trace, tell=console), folder


if __name__ == "__main__":
    sys.exit(main())
