"""`seqlogic data FILE`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from seqlogic.commands.circuit_symbols import read_for_circuit, table_of
from seqlogic.commands.columns import add_columns, columns_of
from seqlogic.commands.parser import Parser
from seqlogic.commands.progress import reading, within
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import check_form, is_circuit, read_circuit, read_machine
from seqlogic.formats.sequences import read_sequences
from seqlogic.incompatibility import InputTree, distinct_prefixes
from seqlogic.machine import Machine, canonical, to_mealy
from seqlogic.proof import Questions, Uniqueness, questions, uniqueness
from seqlogic.wording import counted

__all__ = ["main", "verdict_lines"]


def main(arguments: Sequence[str]) -> int:
    """Print what noise-free examples prove; exit 0 if that is a machine, 1 if none can be, 3 if it is left open."""
    parser = Parser(
        prog="seqlogic data",
        description="Say what examples prove, taken to be free of errors: whether any deterministic machine fits, how "
        "many states it has at least, and, of a machine that fits, which entries were seen, whether a smaller one "
        "could fit, and whether another one of as many states does, with the input word that would tell them apart.",
        epilog="Exit code: 0 the machine is the only one of at most as many states, or, without --machine, nothing is "
        "contradicted; 1 two examples contradict each other, or the machine does not fit; 2 the input or the arguments "
        "are at fault; 3 another machine fits as well, or the time limit was reached.",
    )
    parser.add_argument(
        "file", metavar="FILE", help="examples: one sequence per line, inputs, a tab, outputs; or .csv, .vcd, .abb"
    )
    parser.add_argument(
        "--machine",
        metavar="FILE",
        help="a machine that was found for them: .kiss2, .dot or .json; or a circuit of few states: .aig, .aag, .blif",
    )
    parser.add_argument("--limit", type=float, default=10.0, metavar="SECONDS", help="of the proof (default 10)")
    parser.add_argument(
        "--ask",
        action="store_true",
        help="where another machine fits as well, also list words to record after which none would, should the machine "
        "be right on them; within six times the limit",
    )
    add_columns(parser)
    options = parser.parse_args(arguments)
    if not options.limit > 0:
        parser.error(f"argument --limit: {options.limit:g} seconds, expected more than 0")
    if options.ask and options.machine is None:
        parser.error("argument --ask: the words are about a machine, which --machine names")
    machine, examples = _read(options)
    observed = int((examples.answers >= 0).sum())
    print(
        f"{counted(len(examples), 'sequence')}, {counted(int(examples.lengths.sum()), 'symbol')}, "
        f"{counted(observed, 'output')} observed; {len(examples.inputs):,} input and "
        f"{counted(len(examples.outputs), 'output symbol')}"
    )
    if not observed:
        raise InputError("no output was observed in any example", file=options.file)
    if (contradiction := examples.contradiction()) is not None:
        print(examples.contradicting(*contradiction))
        return 1
    if machine is None:
        states = distinct_prefixes(InputTree(examples))
        print(f"no contradiction; every machine that fits has at least {counted(states, 'state')}")
        return 0
    try:
        return _judge(machine, examples, options.limit, ask=options.ask)
    except ValueError as error:
        raise InputError(f"{options.machine} and {options.file} cannot be compared: {error}") from error


def _read(options: Namespace) -> tuple[Machine | None, Examples]:
    """The machine that the arguments name, that of a circuit listed, and the examples over its alphabets."""
    columns = columns_of(options, options.file)
    with reading() as progress:
        read = partial(read_sequences, options.file, columns=columns, tell=progress.tell)
        if options.machine is None:
            return None, read()
        check_form(options.machine)
        if is_circuit(options.machine):
            circuit = read_circuit(options.machine)
            examples = read_for_circuit(circuit, options.machine, read)
            return table_of(circuit, options.machine, examples), examples
        machine = read_machine(options.machine)
        return machine, read(inputs=machine.inputs, outputs=machine.outputs)


def _judge(machine: Machine, examples: Examples, limit: float, *, ask: bool) -> int:
    true = canonical(to_mealy(machine))
    wrong = (examples.answers >= 0) & (true.run(examples.words)[0] != examples.answers)
    if wrong.any():
        position = int(np.flatnonzero(wrong.any(axis=0))[0])
        row = int(np.flatnonzero(wrong[:, position])[0])
        answer = examples.outputs.name(int(examples.answers[row, position]))
        rows = int(wrong.any(axis=1).sum())
        unexplained = f"{counted(rows, 'sequence')} {'is' if rows == 1 else 'are'} not explained"
        print(
            f"does not fit: the machine does not answer {answer} to symbol {position + 1} of line "
            f"{examples.lines[row]}; {unexplained}"
        )
        return 1
    for line in _coverage(true, examples):
        print(line)
    with within(limit):
        found = uniqueness(true, examples, limit)
    for line in verdict_lines(found, f"--limit {limit:g}"):
        print(line)
    if ask and found.unique:
        print("words to record: none, it is the only one already")
    elif ask:
        with within(6 * limit):
            asked = questions(true, examples, 6 * limit)
        for line in _asked(true, asked):
            print(line)
    return 0 if found.unique else 3


def _coverage(machine: Machine, examples: Examples) -> Iterator[str]:
    """How often the sequences pass each entry of a Mealy machine."""
    count = examples.uses(machine)
    known = (machine.next_state >= 0) | (machine.output >= 0)
    seen = known & (count > 0)
    yield f"coverage: {int(seen.sum()):,} of the {int(known.sum()):,} entries that the machine knows were seen"
    if seen.any():
        rarest = np.argwhere(seen & (count == count[seen].min()))[0]
        yield f"  rarest: {_entry(machine, *rarest)}, {_times(int(count[tuple(rarest)]))}"
    never = np.argwhere(known & ~seen)
    if len(never):
        shown = "; ".join(_entry(machine, *place) for place in never[:8])
        yield f"  never: {shown}{'; ...' if len(never) > 8 else ''}"


def verdict_lines(found: Uniqueness, limit: str) -> Iterator[str]:
    """What the data prove of a machine, in words; `limit` is how its user says how long to look for it."""
    states = len(found.machine)
    if found.minimal:
        yield f"minimal: proven, every machine that fits has at least {counted(states, 'state')}"
    elif found.rival is not None and len(found.rival) < states:
        yield f"not minimal: one of {counted(len(found.rival), 'state')} fits, this one has {states}"
    else:
        least = counted(found.distinct, "state")
        yield f"minimal: unknown, every machine that fits has at least {least}; this one has {states}"
    seconds = f"({found.seconds:.1f} s)"
    # Without a state named for certain hardly anything was searched.
    why = f"unknown after {found.seconds:.1f} s ({limit})" if found.minimal else "unknown"
    known = int((found.machine.next_state >= 0).sum())
    left = f"; {len(found.open)} of its {known} transitions could still end elsewhere" if found.open else ""
    if found.wider:
        yield f"unique: proven, it is the only machine of at most {counted(states + 1, 'state')} that fits {seconds}"
    elif found.unique:
        yield f"unique: proven, it is the only machine of at most {counted(states, 'state')} that fits {seconds}"
        if found.wider is None:
            yield f"unique among those of at most {counted(states + 1, 'state')}: {why}"
    elif found.unique is None and found.rival is None:
        yield f"unique: {why}{left}"
    if found.rival is not None:
        assert found.word is not None
        word = np.array([found.word], dtype=np.int32)
        answers = [_answer(machine, word) for machine in (found.machine, found.rival)]
        which = "not unique with one state more" if found.unique else "not unique"
        yield f"{which}: another machine of {counted(len(found.rival), 'state')} fits as well {seconds}"
        yield f"  record next: {' '.join(map(found.machine.inputs.name, found.word))}"
        yield f"  where this machine ends with {answers[0]} and the other one with {answers[1]}"


def _answer(machine: Machine, word: np.ndarray) -> str:
    last = int(machine.run(word)[0][0, -1])
    return "nothing known" if last < 0 else machine.outputs.name(last)


def _asked(machine: Machine, found: Questions) -> Iterator[str]:
    """The words, one in a line."""
    if found.settled:
        yield f"words to record: {len(found.words)}; if the machine is right on them, it is the only one"
    else:
        yield f"words to record: {len(found.words)}; the time did not suffice to say whether they are enough"
    for word in found.words:
        yield "  " + " ".join(map(machine.inputs.name, word))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _entry(machine: Machine, state: int, symbol: int) -> str:
    return f"{machine.inputs.name(int(symbol))} in state {state}"
