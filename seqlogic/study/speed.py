"""How fast is a machine run? `python -m seqlogic.study.speed` learns one and times whatever can run it.

All are single-threaded, and first have to answer the same words alike: the words, of 64 symbols each, are run from the
initial state on. What takes packed words is timed without packing them, `circuit.run` with it. Verilator's time is that
of its evaluation loop alone, measured inside the program: no input or output, and one clock for each symbol (and one
for the reset before each word).

Runs of all take turns, so that a machine that is busy with something else is so for all of them. The time is that of
the processor, but for a GPU's, which is on the wall clock and includes the way there and back.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from datamodules import SampledData
from fpga.tools import ToolError
from seqlogic.assignment import smallest
from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import Progress
from seqlogic.errors import InputError
from seqlogic.machine import Machine, canonical
from seqlogic.proof import equivalent
from seqlogic.study.simulators import SIMULATORS, DifferentError, Simulator, Timed, Work
from seqlogic.study.table import Table
from seqlogic.training import fit
from tasks import RandomMachine

__all__ = ["learned", "main", "measured", "table", "targets"]

_SEQUENCES = 1 << 19
_LENGTH = 64
_LEAST = 5
"""Runs of each, however long they take."""

_AALPY, _SIMULATE, _VERILATOR = "AALpy, step", "circuit.simulate", "Verilator, circuit"


def learned(states: int, seed: int) -> Machine:
    """The canonical machine that our learner finds for a random one of two inputs and outputs.

    Of 20 sequences for each entry of its table, as the suite `random` has them.

    Raises:
        InputError: it finds none, or another one.
    """
    data = SampledData(
        task=RandomMachine(states=states, seed=seed), sequences=40 * states, max_length=_LENGTH, seed=seed
    )
    found = fit(data, seed=seed).machine
    if found is None or not equivalent(found, data.reference()):
        raise InputError(f"the machine of {states} states and seed {seed} was not learned exactly; try another seed")
    return canonical(found)


def measured(timed: Mapping[str, Timed], seconds: float) -> dict[str, list[float]]:
    """Symbols per second of each run, by name: so many runs of each as fill the seconds, but at least _LEAST."""
    rates: dict[str, list[float]] = {name: [] for name in timed}
    left = dict.fromkeys(timed, seconds)
    with Progress("seconds", after=2.0) as progress:
        while waiting := [name for name in timed if left[name] > 0 or len(rates[name]) < _LEAST]:
            for name in waiting:
                took = timed[name].seconds()
                left[name] -= took
                rates[name].append(timed[name].symbols / took)
                done = sum(min(seconds - rest, seconds) for rest in left.values())
                progress.tell(int(done), int(seconds * len(timed)))
    return rates


def table(simulators: Sequence[Simulator], rates: Mapping[str, Sequence[float]]) -> Table:
    """One line for each simulator, in millions of symbols per second, and its ratio to each that was measured."""
    medians = {name: statistics.median(found) for name, found in rates.items()}
    letters = {one.name: chr(ord("a") + place) for place, one in enumerate(simulators)}
    lines = []
    for one in simulators:
        cells = [f"{letters[one.name]} {one.name}", one.takes]
        if one.name in rates:
            found, median = rates[one.name], medians[one.name]
            cells += [_shown(rate / 1e6) for rate in (median, min(found), max(found))] + [f"{len(found)}"]
            cells += [_shown(median / other) for other in medians.values()]
        else:
            cells += ["-"] * (4 + len(medians))
        lines.append(tuple(cells))
    head = ("simulator", "takes", "M symbols/s", "least", "most", "runs", *(f": {letters[name]}" for name in medians))
    return Table(head, tuple(lines))


def _shown(figure: float) -> str:
    """Three digits, more before the point if there are more."""
    return f"{figure:.0f}" if figure >= 100 else f"{figure:#.3g}".rstrip(".")


def targets(rates: Mapping[str, Sequence[float]]) -> list[str]:
    """What the bit-parallel simulation is to be, and what it is."""
    ours = statistics.median(rates[_SIMULATE])
    lines = []
    for name, least, text in ((_AALPY, 50.0, "at least 50 times"), (_VERILATOR, 1 / 3, "at least a third of")):
        if name in rates:
            ratio = ours / statistics.median(rates[name])
            lines.append(
                f"{_SIMULATE} {text} {name}: {_shown(ratio)}, {'holds' if ratio >= least else 'does not hold'}"
            )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 2 if an argument is at fault, 1 if answers differ."""
    try:
        options = _options(arguments)
        return _measure(options)
    except (InputError, ToolError) as error:
        print(f"speed: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("speed: interrupted", file=sys.stderr)
        return 130


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = Parser(
        prog="python -m seqlogic.study.speed",
        description="Learn a random machine and time whatever can run it, each on one core: AALpy, the table, the "
        "circuit 64 sequences to a word, and Verilator.",
        epilog="Exit code: 0 all that is installed was measured; 1 one answers otherwise than the others; 2 the "
        "arguments or a tool are at fault; 130 interrupted.",
    )
    parser.add_argument("--states", type=int, default=100, metavar="N", help="of the machine (default 100)")
    parser.add_argument(
        "--seconds", type=float, default=2.0, metavar="S", help="for the runs of each (default 2), five at least"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the machine and the words (default 0)")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    options = parser.parse_args(arguments)
    for name, least in (("states", 1), ("seed", 0)):
        value = getattr(options, name)
        if value < least:
            parser.error(f"argument --{name}: {value}, expected at least {least}")
    if not options.seconds >= 0:
        parser.error(f"argument --seconds: {options.seconds:g}, expected at least 0")
    return options


def _measure(options: Namespace) -> int:
    machine = learned(options.states, options.seed)
    encoding, _, circuit = smallest(machine)
    words = np.random.default_rng(options.seed).integers(len(machine.inputs), size=(_SEQUENCES, _LENGTH))
    print(f"{machine!r}, learned; {circuit!r}, {encoding} encoding")
    with tempfile.TemporaryDirectory() as folder:
        work = Work(machine, circuit, words, Path(folder))
        timed: dict[str, Timed] = {}
        missing: list[str] = []
        for one in SIMULATORS:
            try:
                timed[one.name] = one.prepare(work)
            except InputError as error:
                missing.append(f"not measured: {one.name}: {error}")
            except DifferentError:
                print(f"speed: {one.name} answers otherwise than the table", file=sys.stderr)
                return 1
        rates = measured(timed, options.seconds)
    shown = table(SIMULATORS, rates)
    print(shown.markdown() if options.markdown else shown.text())
    print("", *missing, *targets(rates), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
