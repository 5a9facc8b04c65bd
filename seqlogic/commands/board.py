"""`seqlogic board info|run|selftest`: the host program of a board and of the simulated SoC."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fpga.expected import answers_to, named, on_the_wire
from fpga.folder import BuildFolder, read_build
from fpga.host import Host
from fpga.selftest import expect_machine, self_test, write_log
from seqlogic.commands.fabric import add_build, add_target, connected
from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import Progress
from seqlogic.errors import InputError
from seqlogic.machine import Alphabet
from seqlogic.wording import counted

__all__ = ["main"]

_MOST_SYMBOLS = 20_000_000
"""Symbols of a suite that are still held in memory at ease."""


def main(arguments: Sequence[str]) -> int:
    """Talk to a machine in the fabric: exit 0, or 1 if it gave a wrong answer."""
    parser = Parser(
        prog="seqlogic board",
        description="Talk to the machine on a board, or in the simulated SoC, which is the same to this program. Exit "
        "code: 0 all answers were right, 1 one was wrong, 2 nobody answers, or it is another machine.",
    )
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, what in (
        ("info", "say which machine sits in the fabric, and what its registers hold"),
        ("run", "stream a file of symbols through it and compare every answer"),
        ("selftest", "run a conformance test suite on it"),
    ):
        action = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
        add_build(action, required=True)
        add_target(action)
        action.add_argument("--trace", type=Path, help="with sim: write all signals to this *.vcd or *.fst")
        if name == "run":
            action.add_argument(
                "file", metavar="FILE", help="one input word per line, its symbols separated by spaces; - for stdin"
            )
        if name == "selftest":
            action.add_argument(
                "--extra-states", type=int, default=1, help="detect every fault of so many states more (default 1)"
            )
            action.add_argument(
                "--budget",
                type=int,
                default=1_000_000,
                help=f"symbols that the suite may take (default 1,000,000, at most {_MOST_SYMBOLS:,})",
            )
            action.add_argument("--log", type=Path, help="where the log goes (default: selftest.json in the build)")
    options = parser.parse_args(arguments)
    build = read_build(options.build)
    if options.action == "selftest":
        _check(options)
    with connected(build, options.target, baudrate=options.baudrate, trace=options.trace) as host:
        if options.action == "info":
            return _info(host, build)
        return _run(host, build, options.file) if options.action == "run" else _selftest(host, build, options)


def _check(options: Namespace) -> None:
    """Refuse, before a suite is sent, what would be refused after it."""
    if not 0 <= options.extra_states <= 100:
        raise InputError(f"--extra-states: expected 0 to 100, got {options.extra_states}")
    if not 1 <= options.budget <= _MOST_SYMBOLS:
        raise InputError(f"--budget: expected 1 to {_MOST_SYMBOLS:,} symbols, got {options.budget:,}")
    options.log = options.log or options.build / "selftest.json"
    if options.log.is_dir() or not options.log.parent.is_dir():
        raise InputError("is no place for a log", file=options.log)


def _info(host: Host, build: BuildFolder) -> int:
    info = host.info()
    digest = build.implementation.digest
    same = info["identity"] == digest[:16]
    # Nobody lists the states of a circuit.
    info["states"] = info["states"] or "not listed"
    for name, value in info.items():
        print(f"{name:<12}{value}")
    if not same:
        expect_machine(host, build)
    where = "in simulation" if host.target.startswith("socket:") else f"at {host.target}"
    print(f"{'':<12}{where}: the machine of {build.path}, whose digest is {digest}")
    return 0


def _run(host: Host, build: BuildFolder, file: str) -> int:
    expect_machine(host, build)
    inputs, outputs = named(build.implementation)
    words = _words(file, inputs)
    progress, symbols = Progress("symbols"), sum(map(len, words))
    answers = host.run(words, lambda done: progress.tell(done, symbols))
    progress.close()
    error_bit = 1 << build.implementation.symbol_bits
    wrong = 0
    for word, answer in zip(words, answers, strict=True):
        shown = ["-" if symbol & error_bit else _named(outputs, symbol) for symbol in answer]
        print(f"{' '.join(map(inputs.name, word))}\t{' '.join(shown)}")
        expected, care = answers_to(build.implementation, word)
        different = (np.array(answer) ^ expected) & care != 0
        if different.any():
            wrong += 1
            place = int(different.argmax())
            print(
                f"the answer to symbol {place + 1} of this word should be "
                f"{_named(outputs, int(expected[place]) & ~error_bit)}",
                file=sys.stderr,
            )
    size = counted(len(words), "word")
    print(f"{size}, {len(words) - wrong:,} as the machine of {build.path} answers them", file=sys.stderr)
    return 1 if wrong else 0


def _named(outputs: Alphabet, symbol: int) -> str:
    return outputs.name(symbol) if symbol < len(outputs) else f"({symbol})"


def _words(file: str, inputs: Alphabet) -> list[list[int]]:
    """The input words of a file, or of stdin; what follows a tab is left out, as are comments."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text, expected a line of input symbols for each word", file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=file) from error
    words: list[list[int]] = []
    for number, line in enumerate(lines, start=1):
        symbols = line.split("\t")[0].split()
        if not symbols or line.startswith("#"):
            continue
        try:
            words.append([inputs.index(symbol) for symbol in symbols])
        except ValueError as error:
            raise InputError(str(error), file=file, line=number) from None
    if not words:
        raise InputError("holds no input word", file=file)
    return words


def _selftest(host: Host, build: BuildFolder, options: Namespace) -> int:
    where = "the simulated SoC" if host.target.startswith("socket:") else host.target
    print(f"machine {expect_machine(host, build)} in {where}, as {build.path} has it")
    progress = Progress("symbols")
    outcome = self_test(host, build, extra_states=options.extra_states, budget=options.budget, tell=progress.tell)
    progress.close()
    suite = outcome.suite
    lines = [
        f"{counted(len(suite.words), 'word')}, {counted(suite.symbols, 'symbol')}, in {outcome.seconds:.1f} s",
        f"the suite {suite.claim()}",
    ]
    if outcome.failure is None:
        lines.append("PASS: every answer is the machine's")
    else:
        lines.append(f"FAIL: {outcome.failure.show(*on_the_wire(build.implementation))}")
    print("\n".join(lines))
    log = options.log
    write_log(log, host, build, outcome, lines)
    print(f"log: {log}")
    if options.target == "sim":
        from fpga.simulated import leave_simulation  # noqa: PLC0415 - as above.

        link = leave_simulation(build, build.path / "sim", outcome)
        reason = link.details.get("reason")
        print(f"{build.path}/certificate.json: {link.name}: {link.result}{f': {reason}' if reason else ''}")
        if link.details.get("symbols") != suite.symbols:
            print(f"  an earlier suite proved more, and stands: it {link.details.get('claim')}")
    return 0 if outcome.failure is None else 1
