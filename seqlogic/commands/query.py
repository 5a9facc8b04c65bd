"""`seqlogic query --dut FILE.v`, `--build FOLDER`, `--machine FILE` or `--examples FILE`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from seqlogic.asking import (
    GivenWords,
    Learned,
    Oracle,
    OutOfTimeError,
    Queryable,
    QueryableExamples,
    QueryableMachine,
    RandomWords,
    Record,
    Standing,
    SuiteWords,
    Word,
    in_turn,
    learn,
)
from seqlogic.commands import EXIT_CODES
from seqlogic.commands.circuit_symbols import table_of
from seqlogic.commands.fabric import add_build, add_target, check_target, connected, installed
from seqlogic.commands.parser import Parser
from seqlogic.commands.ports import NAMES, add_ports, is_verilog, pins_of
from seqlogic.commands.progress import Progress
from seqlogic.commands.show import write_drawing
from seqlogic.formats import check_form, is_circuit, read_circuit, read_machine, write_machine
from seqlogic.formats.kiss2 import check_width
from seqlogic.formats.kiss2_file import MOST_INPUT_BITS
from seqlogic.formats.sequences import read_sequences
from seqlogic.machine import Machine
from seqlogic.proof import Verdict, first_failure, prove
from seqlogic.wording import counted

__all__ = ["main"]

_MACHINES = (".kiss2", ".kiss", ".dot", ".gv", ".json")
_MOST_EXTRA_STATES = 8
_WORDS = 200


def main(arguments: Sequence[str]) -> int:
    """Learn a machine by asking: exit 0 if it is proven, 1 if it is not the unknown, 3 if that is left open."""
    parser = Parser(
        prog="seqlogic query",
        description="Learn the machine of an unknown by asking it words of one's own choice, each from its reset on. "
        "The unknown is a Verilog module, simulated by Verilator: then the last step is a formal proof that the "
        "machine is the module, and what refutes it is learned from. Or it is the machine on a board, or in the "
        "simulated SoC: then what was learned is proven to be what was built. Or it is a machine file, or examples.",
        epilog="Exit code: 0 the machine is proven: equal to the module, or to the machine that was asked or built, or "
        "the only one of so many states that fits the examples; 1 it is not the module, in a word that the simulation "
        "answers otherwise than the proof, or not what was built; 2 the input or the arguments are at fault; 3 the "
        "time limit was reached, or the proof was not possible.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--dut",
        nargs="+",
        metavar="FILE",
        help=f"ask a Verilog module of at most {MOST_INPUT_BITS} input bits, .v or .sv, in one file or several",
    )
    add_build(
        what, f"ask the machine on a board, or in the simulated SoC, of a build of at most {MOST_INPUT_BITS} input bits"
    )
    what.add_argument(
        "--machine",
        metavar="FILE",
        help="ask a machine: .kiss2, .dot or .json; or a circuit of few states: .aig, .aag or .blif",
    )
    what.add_argument(
        "--examples",
        metavar="FILE",
        help="ask recorded examples, one sequence per line; where a word is missing, it is named",
    )
    add_ports(parser, " (default all)")
    add_target(parser.add_argument_group("where the machine of a build is"))
    parser.add_argument(
        "--output",
        nargs="+",
        default=(),
        metavar="FILE",
        help=f"write the machine: .kiss2 (at most {MOST_INPUT_BITS} input bits), .dot, .json, or a drawing, .svg",
    )
    parser.add_argument(
        "--extra",
        type=int,
        default=1,
        metavar="K",
        help="test with the conformance suite for so many states more than were found (default 1)",
    )
    parser.add_argument(
        "--words", type=int, metavar="N", help=f"test with so many random words first, in each round (default {_WORDS})"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random words (default 0)")
    parser.add_argument("--seconds", type=float, default=600.0, metavar="N", help="the time limit (default 600)")
    options = parser.parse_args(arguments)
    _check(parser, options)
    if options.dut:
        return _ask_module(options)
    if options.build:
        return _ask_board(options)
    return _ask_machine(options) if options.machine else _ask_examples(options)


def _check(parser: Parser, options: argparse.Namespace) -> None:
    """Refuse arguments that do not fit together, before anything is asked."""
    check_target(parser, options)
    source = options.machine or options.examples or options.build
    for name in () if options.dut else NAMES:
        if getattr(options, name) is not None:
            parser.error(f"argument --{name.replace('_', '-')}: is for Verilog, and {source} is none")
    for file in options.dut or ():
        if not is_verilog(file):
            parser.error(f"{file} is no Verilog, expected .v or .sv")
    if options.dut and not options.clock:
        parser.error(f"argument --clock: {options.dut[0]} is Verilog, which needs it")
    if options.examples and options.words:
        parser.error("argument --words: examples are asked no random words")
    if not 0 <= options.extra <= _MOST_EXTRA_STATES:
        parser.error(f"argument --extra: {options.extra} states, expected 0 to {_MOST_EXTRA_STATES}")
    for name, value in (("words", options.words), ("seed", options.seed)):
        if value is not None and value < 0:
            parser.error(f"argument --{name}: {value}, expected at least 0")
    if not options.seconds > 0:
        parser.error(f"argument --seconds: {options.seconds:g}, expected more than 0")
    for file in options.output:
        if Path(file).suffix.lower() not in (*_MACHINES, ".svg"):
            parser.error(f"argument --output: {file}, expected a name that ends in {', '.join(_MACHINES)} or .svg")


class _UndecidedError(Exception):
    """There is no proof; the message says why."""


class _Proof:
    """The oracle that proves: nobody is asked but for its counterexample.

    Attributes:
        verdict: on the last machine; None if there was no proof.
        reason: why there was none.
        refuted: how many counterexamples it found that the unknown confirmed.
    """

    def __init__(self, check: Callable[[Machine], Verdict]) -> None:
        self._check = check
        self.verdict: Verdict | None = None
        self.reason = ""
        self.refuted = 0

    def __call__(self, machine: Machine, record: Record) -> Word | None:
        try:
            self.verdict, self.reason = self._check(machine), ""
        except _UndecidedError as error:
            self.verdict, self.reason = None, str(error)
            return None
        if self.verdict.word is None:
            return None
        names = self.verdict.word
        if not machine.inputs.names:
            # Of a module, what Verilog leaves open may stand behind the word of bits.
            names = tuple(name.partition("/")[0] for name in names)
        word = tuple(map(machine.inputs.index, names))
        if first_failure([word], machine, record.answers([word], "testing")) is None:
            return None
        self.refuted += 1
        return word


def _ask_module(options: argparse.Namespace) -> int:
    # Only who asks for it needs what the gateware brings.
    from fpga.dut import Dut  # noqa: PLC0415
    from fpga.induction import TimeUpError  # noqa: PLC0415
    from fpga.module import UndecidedError, read_module  # noqa: PLC0415
    from fpga.tools import console  # noqa: PLC0415

    deadline = time.monotonic() + options.seconds
    files = [Path(file) for file in options.dut]
    try:
        module = read_module(files, pins_of(options), top=options.top, seconds=options.seconds)
    except TimeUpError:
        return _over(options)

    def check(machine: Machine) -> Verdict:
        try:
            return module.prove(machine, deadline - time.monotonic())
        except TimeUpError:
            raise OutOfTimeError from None
        except UndecidedError as error:
            raise _UndecidedError(str(error)) from None

    proof = _Proof(check)
    with Dut(module, files, tell=console) as dut:
        found = _tested(options, dut, proof, deadline - time.monotonic())
    if options.reset and _held(found):
        level, active = (1, "high") if options.reset_level == 0 else (0, "low")
        print("each symbol leads to one and the same state, as where a module is reset all the time: "
              f"if {options.reset} is active {active}, add --reset-level {level}")  # fmt: skip
    witness = "the simulation answers as the machine does: what the reset or Verilog leaves open decides here"
    return _judged(options, found, proof, options.dut[0], witness)


def _held(found: Learned) -> bool:
    """Whether each symbol leads to the same state, so that no answer depends on what was asked before.

    The machine is of an earlier round where time was over while others were found: then it says nothing.
    """
    machine = found.machine
    return machine is not None and found.standing.states <= len(machine) and len(np.unique(machine.next_state)) == 1


def _ask_board(options: argparse.Namespace) -> int:
    with installed():
        from fpga.folder import read_build  # noqa: PLC0415 - LiteX is needed for nothing else.
        from fpga.queryable import QueryableBoard  # noqa: PLC0415

    deadline = time.monotonic() + options.seconds
    build = read_build(options.build)
    with connected(build, options.target, baudrate=options.baudrate) as host:
        board = QueryableBoard(host, build)

        def check(machine: Machine) -> Verdict:
            try:
                built = board.built
            except ValueError as error:
                raise _UndecidedError(str(error)) from None
            return prove(*board.in_symbols(machine, built))

        proof = _Proof(check)
        found = _tested(options, board, proof, deadline - time.monotonic(), lambda found: board.in_symbols(found)[0])
        board.confirm()
    witness = "the hardware answers as the machine does: it is not what was built"
    return _judged(options, found, proof, str(options.build), witness)


def _ask_machine(options: argparse.Namespace) -> int:
    check_form(options.machine)
    if is_circuit(options.machine):
        machine = table_of(read_circuit(options.machine), options.machine)
    else:
        machine = read_machine(options.machine)
    for file in options.output:
        if Path(file).suffix.lower() in (".kiss2", ".kiss"):
            # Asking takes its time, and it would be in vain.
            check_width(machine, file)
    proof = _Proof(lambda found: prove(found, machine))
    unknown = QueryableMachine(machine, options.machine)
    found = _tested(options, unknown, proof, options.seconds)
    return _judged(options, found, proof, options.machine)


def _ask_examples(options: argparse.Namespace) -> int:
    suite = SuiteWords(options.extra)
    examples = read_sequences(options.examples)
    unknown = QueryableExamples(examples, options.examples)
    # Random words are hardly ever among recorded ones.
    found = _learned(unknown, [GivenWords(unknown.words), suite], suite, seconds=options.seconds)
    if not found.finished:
        return _over(options)
    assert found.machine is not None
    assert suite.suite is not None
    wrong = (found.machine.run(examples.words)[0] != examples.answers) & (examples.answers >= 0)
    if wrong.any():
        line = examples.lines[int(np.flatnonzero(wrong.any(axis=1))[0])]
        print(f"undecided: line {line} of {options.examples} is not explained; record what it leaves open")
        return EXIT_CODES["undecided"]
    _write(found.machine, options.output)
    if suite.suite.extra_states is None:
        print("conforms: the examples answer as the machine does, and another one may fit as well")
        return EXIT_CODES["conforms"]
    states = suite.suite.states + suite.suite.extra_states
    print(f"unique: it is the only machine of at most {counted(states, 'state')} that fits the examples")
    return EXIT_CODES["unique"]


def _same(machine: Machine) -> Machine:
    return machine


def _tested(
    options: argparse.Namespace,
    unknown: Queryable,
    proof: _Proof,
    seconds: float,
    shown: Callable[[Machine], Machine] = _same,
) -> Learned:
    """Learn with all tests before the proof."""
    suite = SuiteWords(options.extra)
    words = RandomWords(_WORDS if options.words is None else options.words, seed=options.seed)
    return _learned(unknown, [words, suite, proof], suite, seconds=seconds, shown=shown)


def _learned(
    unknown: Queryable,
    oracles: Sequence[Oracle],
    suite: SuiteWords,
    *,
    seconds: float,
    shown: Callable[[Machine], Machine] = _same,
) -> Learned:
    """Learn, with a live line of progress, and print what came of it; `suite` is the last test among the oracles.

    What is returned and printed is the machine as it is `shown`.
    """
    with Progress("states") as progress:
        found = learn(
            unknown, in_turn(*oracles), seconds=seconds, tell=lambda standing: progress.show(_standing(standing))
        )
    print(_standing(found.standing))
    if found.machine is not None:
        found = replace(found, machine=shown(found.machine))
    if found.finished:
        assert found.machine is not None
        assert suite.suite is not None
        states, outputs = counted(len(found.machine), "state"), counted(len(found.machine.outputs), "output symbol")
        print(f"a machine of {states}, {len(found.machine.inputs):,} input and {outputs}, "
              f"digest {found.machine.digest[:16]}")  # fmt: skip
        print(f"tested: the suite {suite.suite.claim()}")
    return found


def _standing(standing: Standing) -> str:
    learning, testing = standing.learning, standing.testing
    return (
        f"{counted(standing.states, 'state')}, round {standing.rounds}: asked {counted(learning.queries, 'word')} of "
        f"{counted(learning.symbols, 'symbol')} to learn, {testing.queries:,} of {testing.symbols:,} to test"
    )


def _judged(options: argparse.Namespace, found: Learned, proof: _Proof, name: str, witness: str = "") -> int:
    """Print the verdict on what was learned, write it unless it is wrong, and return the exit code.

    `witness` is what it means that the unknown confirmed a difference.
    """
    if proof.refuted:
        words = counted(proof.refuted, "counterexample")
        print(f"the proof found {words} that the tests had missed, and it was learned from")
    if not found.finished:
        return _over(options)
    assert found.machine is not None
    if proof.verdict is None:
        _write(found.machine, options.output)
        print(f"undecided: {proof.reason}")
        return EXIT_CODES["undecided"]
    if proof.verdict.result != "differs":
        _write(found.machine, options.output)
    print(proof.verdict.text("machine", name))
    if proof.verdict.result == "differs":
        print(witness)
    return EXIT_CODES[proof.verdict.result]


def _over(options: argparse.Namespace) -> int:
    print(f"undecided: the time limit of {options.seconds:g} s was reached")
    return EXIT_CODES["undecided"]


def _write(machine: Machine, files: Sequence[str]) -> None:
    for file in files:
        if Path(file).suffix.lower() == ".svg":
            write_drawing(machine, Path(file))
        else:
            write_machine(machine, file)
