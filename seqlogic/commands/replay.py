"""`seqlogic replay MACHINE TRACE`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqlogic.circuit import Circuit
from seqlogic.commands.circuit_symbols import read_for_circuit
from seqlogic.commands.columns import add_columns, columns_of
from seqlogic.commands.fabric import add_build, add_target, check_target, connected, installed
from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import Progress, reading
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import check_form, is_circuit, read_circuit, read_machine
from seqlogic.formats.sequences import Columns, read_sequences
from seqlogic.formats.waveform import write_waveform
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof.verdict import renamed
from seqlogic.replay import Replay, replay, replay_circuit
from seqlogic.wording import counted

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Run a machine, or a circuit, over a trace: exit 0 if it agrees, 1 if it differs, 3 if it does not know all."""
    parser = Parser(
        prog="seqlogic replay",
        description="Run a machine, or a circuit, over recorded sequences and compare its outputs with those that were "
        "observed. Symbols of a circuit are words of its bits, its last input or output first, or numbers.",
        epilog="Exit code: 0 the machine agrees with every output that was observed; 1 it differs from one; 2 the "
        "input or the arguments are at fault; 3 it agrees where it knows its output, but does not know all that was "
        "observed, or nothing was.",
    )
    parser.add_argument(
        "machine",
        metavar="MACHINE",
        help="a machine: .kiss2, .dot or .json; a circuit: .aig, .aag or .blif; or a run folder",
    )
    parser.add_argument(
        "trace", metavar="TRACE", help="sequences, one per line: inputs, a tab, outputs; or .csv, .vcd, .abb"
    )
    parser.add_argument(
        "--vcd",
        type=Path,
        metavar="OUT.vcd",
        help="write what the machine answers beside what was observed as VCD, and OUT.gtkw, with which GTKWave opens "
        "it at the first difference",
    )
    parser.add_argument("--limit", type=int, default=8, metavar="N", help="differences to list (default 8)")
    add_columns(parser)
    place = parser.add_argument_group(
        "the machine or circuit in the fabric, to send the same trace to: a build of MACHINE"
    )
    add_build(place)
    add_target(place)
    options = parser.parse_args(arguments)
    check_target(parser, options)
    if options.limit < 0:
        parser.error(f"argument --limit: {options.limit}, expected 0 or more")
    columns = columns_of(options, options.trace)
    machine, found = _replayed(options, columns)
    examples = found.examples
    if options.vcd is not None and options.vcd.exists() and options.vcd.samefile(options.trace):
        raise InputError("is the trace itself, expected another file for the result", file=options.vcd)
    for line in _counted(found):
        print(line)
    for line in _listed(found, options.limit):
        print(line)
    fabric = None if options.build is None else _in_fabric(options, machine, examples)
    if options.vcd is not None:
        save = write_waveform(
            options.vcd,
            examples,
            (found.output, found.care),
            found.marks,
            edge=columns.edge,
            registered=columns.registered,
            fabric=None if fabric is None else (fabric.output, fabric.care),
        )
        print(f"{options.vcd}: expected beside observed; gtkwave {save}")
    if found.differs.any() or (fabric is not None and fabric.wrong.any()):
        return 1
    return 3 if found.unknown.any() or not found.observed.any() else 0


def _replayed(options: Namespace, columns: Columns) -> tuple[Machine | Circuit, Replay]:
    """The machine or circuit, and what it answers to the trace."""
    check_form(options.machine)
    if is_circuit(options.machine):
        circuit = read_circuit(options.machine)
        with reading() as progress:
            read = partial(read_sequences, options.trace, columns=columns, tell=progress.tell)
            examples = read_for_circuit(circuit, options.machine, read)
        return circuit, replay_circuit(circuit, examples)
    machine = read_machine(options.machine)
    with reading() as progress:
        shown, examples = _read(machine, partial(read_sequences, options.trace, columns=columns, tell=progress.tell))
    return machine, replay(shown, examples)


def _read(machine: Machine, read: Callable[..., Examples]) -> tuple[Machine, Examples]:
    """The trace, and the machine over the outputs of both: one that the machine never gives differs from all it does.

    Raises:
        InputError: the trace cannot be read, or has an input symbol that the machine has not.
    """
    try:
        return machine, read(inputs=machine.inputs, outputs=machine.outputs)
    except InputError:
        if machine.outputs.bits is not None:
            raise
        examples = read(inputs=machine.inputs)
    both = Alphabet.of(dict.fromkeys((*machine.outputs.names, *examples.outputs.names)))
    number = np.array([*map(both.index, examples.outputs.names), UNKNOWN], dtype=np.int32)
    return renamed(machine, both), replace(examples, answers=number[examples.answers], outputs=both)


def _counted(found: Replay) -> Iterator[str]:
    examples = found.examples
    steps, wrong = int(examples.lengths.sum()), int(found.differs.any(axis=1).sum())
    agree, differ, unknown = (int(array.sum()) for array in (found.agrees, found.differs, found.unknown))
    sizes = [(len(examples), "sequence"), (steps, "symbol"), (int(found.observed.sum()), "output")]
    yield ", ".join(counted(number, thing) for number, thing in sizes) + " observed"
    verdict = "differs" if differ else "agrees where it is known" if unknown else "agrees"
    if not found.observed.any():
        verdict = "nothing to compare"
    agreeing = f"{counted(agree, 'output')} {'agrees' if agree == 1 else 'agree'}"
    differing = f"{differ:,} {'differs' if differ == 1 else 'differ'}"
    yield f"{verdict}: {agreeing}, {differing}, {unknown:,} the machine does not know"
    if wrong:
        right = len(examples) - wrong
        are = "is" if right == 1 else "are"
        yield f"{right:,} of {counted(len(examples), 'sequence')} {are} without a difference"


def _listed(found: Replay, limit: int) -> Iterator[str]:
    """The first differences, each with its place in the file of the user."""
    outputs = found.examples.outputs
    for number, (row, place) in enumerate(found.differences()):
        if number == limit:
            yield "  ..."
            return
        answer = outputs.name(int(found.examples.answers[row, place]))
        expected = outputs.show(int(found.output[row, place]), int(found.care[row, place]))
        yield f"  {found.examples.place(row, place)}: expected {expected}, observed {answer}"


class _Answers(NamedTuple):
    """What the machine in the fabric answered: its outputs, which of them it vouched for, which are not the machine's.

    Arrays [N, T] all, as those of `Replay`.
    """

    output: np.ndarray
    care: np.ndarray
    wrong: np.ndarray


def _in_fabric(options: Namespace, machine: Machine | Circuit, examples: Examples) -> _Answers:
    """Send the trace to a board or to the simulated SoC, and say whether every answer is that of the machine.

    Raises:
        InputError: the build is that of another machine, or what `connected` and `expect_machine` refuse.
    """
    with installed():
        from fpga.expected import answers_to_all  # noqa: PLC0415 - LiteX is needed for nothing else.
        from fpga.folder import read_build  # noqa: PLC0415
        from fpga.selftest import expect_machine  # noqa: PLC0415
    build = read_build(options.build)
    implementation = build.implementation
    if implementation.digest != machine.digest:
        raise InputError(f"is the build of another machine than {options.machine}", file=build.path)
    lengths = examples.lengths.tolist()
    words = [word[:length].tolist() for word, length in zip(examples.words, lengths, strict=True)]
    progress, symbols = Progress("symbols"), sum(lengths)
    with connected(build, options.target, baudrate=options.baudrate) as host:
        expect_machine(host, build)
        answers = host.run(words, lambda done: progress.tell(done, symbols))
        where = "the simulated SoC" if host.target.startswith("socket:") else host.target
    progress.close()
    output = np.full_like(examples.words, UNKNOWN)
    for row, answer in enumerate(answers):
        output[row, : len(answer)] = answer
    expected, care = answers_to_all(implementation, examples.words)
    wrong = (output ^ expected) & care != 0
    print(f"{where} answers {symbols - int(wrong.sum()):,} of {symbols:,} symbols as the machine does")
    for row, place in np.argwhere(wrong)[:1].tolist():
        print(f"  {examples.place(row, place)}: the first other answer")
    # The error bit stands above those of the symbol, and says that nobody knows the answer; so does the output `error`
    # of a circuit, of which the examples may know nothing.
    outputs = machine.outputs if isinstance(machine, Machine) else examples.outputs
    known = (output >= 0) & (output < len(outputs))
    return _Answers(np.where(known, output, UNKNOWN), np.where(known, outputs.full, 0), wrong)
