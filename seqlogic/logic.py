"""Learned logic as a run leaves it, and whether a table could be simpler: what `registers: auto` asks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seqlogic.circuit import Circuit
from seqlogic.examples import Examples
from seqlogic.history import AndXor, Enumerated, Form, History, Lookup, Tell, learn_history, spoiled
from seqlogic.incompatibility import InputTree, distinct_prefixes, distinct_states
from seqlogic.layered import Layered, learn_layered
from seqlogic.machine import Alphabet, Machine, canonical
from seqlogic.proof.simplify import Step, listed, simplify
from seqlogic.wording import counted

__all__ = ["LEARNERS", "Kind", "Logic", "choose", "in_bits", "learn_layers", "learn_logic"]

_MOST_STATES = 256
"""So many states a table may have; above, the result is a circuit."""
_MOST_SYMBOLS = 256
"""So many input symbols, likewise."""
_MANY_STATES = 128
"""A table of more takes longer to learn than logic takes to fail."""
_SLOW = 64
"""A table of more is not tried where there is logic."""
_SEVERAL = 32
"""A table of more takes longer to learn than layers of few candidates."""
_FIRST = 150
"""The effort of the logic that is tried before anything else: parities of the longest history of two bits are in it."""

_FIRST_LAYERS = 1 << 29
"""That of layers that are tried before a table: some seconds."""
_LARGE = 1 << 17
"""A table takes longer than that to learn from so many outputs."""

Kind = Literal["history", "layered"]


@dataclass(frozen=True)
class Logic:
    """What was learned with history registers, or with binary registers in layers.

    Attributes:
        kind: of the registers.
        learned: the circuit as it was learned.
        circuit: the same, simplified.
        steps: of the simplification.
        forms: how many outputs there are of each kind of form, in words for a page.
        open: what the examples leave open of them, in words; empty if nothing.
        machine: the minimal machine of the same answers, over the alphabets of the examples; None if a table cannot
            hold its states.
        distinct: so many states, at least, every machine that fits the examples has.
        complete: whether the examples pass every entry of the machine.
        observed: so many outputs they have.
        seconds: how long it took to learn and simplify.
    """

    kind: Kind
    learned: Circuit
    circuit: Circuit
    steps: tuple[Step, ...]
    forms: str
    open: str
    machine: Machine | None
    distinct: int
    complete: bool
    observed: int
    seconds: float

    @property
    def settled(self) -> bool:
        """Whether no table need be tried.

        Its states are too many for one; or it is not small, or shown whole by the data, and every machine that fits
        these has so many states that it needs as many latches. Where a table would be slow to learn, of many states or
        many outputs, none is looked for if that of this machine would need as many.
        """
        if self.machine is None:
            return self.kind == "history" or self.observed >= _LARGE or self._wide
        if self.distinct > _SLOW:
            return True
        states = len(self.machine) if self.observed >= _LARGE else self.distinct
        return (self.complete or states > _SEVERAL) and _bits(states) >= len(self.circuit.latches)

    @property
    def why(self) -> str:
        """Why no table was asked, or what a table must beat."""
        latches = counted(len(self.circuit.latches), "latch", "latches")
        said = f"{_NAMES[self.kind]}: {latches}"
        if self.machine is None:
            if self._wide:
                symbols = counted(1 << len(self.circuit.inputs), "input symbol")
                return f"{said}, and {symbols}, of which a table that is learned has at most {_MOST_SYMBOLS}"
            return f"{said}, and more states than a table holds"
        said += f", {counted(len(self.machine), 'state')}"
        if _bits(self.distinct) >= len(self.circuit.latches) or self.distinct > _SLOW:
            said += f"; every machine that fits the data has at least {counted(self.distinct, 'state')}"
        elif self.settled:
            said += "; no table was looked for, which would be slow to learn"
        return said

    @property
    def _wide(self) -> bool:
        """Whether a table would have too many columns."""
        return 1 << len(self.circuit.inputs) > _MOST_SYMBOLS

    def simpler_than(self, machine: Machine | None) -> bool:
        """Whether it has fewer latches than a machine whose states are coded in as few bits as can be."""
        return machine is None or len(self.circuit.latches) < _bits(len(canonical(machine)))


def choose(
    examples: Examples,
    train_table: Callable[[], Machine | None],
    tell: Tell | None = None,
    warn: Callable[[str], None] | None = None,
) -> Logic | None:
    """Return the logic that is to be kept, or None for the table: `registers: auto`.

    In the order of cost: logic of few wires of a history; then a table or, where it would be slow to learn, of many
    outputs or several states, logic of more wires and binary registers first, as far as they are found in seconds, and
    of many states all other logic; what is left where the table fails. Logic that is found is kept at once if it is
    settled that no table is simpler. Else the fewer latches win, and of equals the table.

    Args:
        examples: noise-free.
        train_table: trains a table and returns its machine, None if none fits; called once at most.
        tell: as of `learn_logic`; what is tried again, with more effort, is called round 2.
        warn: is told which examples spoil logic that would give all others, before a table that would be slow to learn,
            or after one that was not found.
    """
    logic, all_tried = learn_logic(examples, effort=_FIRST, tell=tell), False
    if logic is None:
        large = _observed(examples) >= _LARGE
        states = 0 if large else _states(examples, tell)
        if states > _SEVERAL:
            logic = _enumerated(examples, tell)
        if logic is None and (large or states > _SEVERAL):
            logic = learn_layers(examples, rising=True, effort=_FIRST_LAYERS, tell=tell)
        if logic is None and large and (states := _states(examples, tell)) > _SEVERAL:
            logic = _enumerated(examples, tell)
        if logic is None and (large or states > _SEVERAL):
            _warn(examples, warn)
            warn = None
        if logic is None and states > _MANY_STATES:
            logic, all_tried = _other_logic(examples, tell), True
    if logic is not None and logic.settled:
        return logic
    machine = train_table()
    if machine is None and logic is None:
        _warn(examples, warn)
        if not all_tried:
            logic = _other_logic(examples, tell)
    return logic if logic is not None and logic.simpler_than(machine) else None


def _warn(examples: Examples, warn: Callable[[str], None] | None) -> None:
    """Say which examples spoil it, if that is what keeps logic from being found."""
    if warn is not None and (found := spoiled(examples, effort=_FIRST)) is not None:
        warn(found.text())


def _states(examples: Examples, tell: Tell | None) -> int:
    """So many states, at least, every machine that fits has: as many prefixes cannot lead to the same one."""
    if len(examples.inputs) > _MOST_SYMBOLS:
        # A table of so many columns is as slow to learn.
        return _MANY_STATES + 1
    if tell is not None:
        tell(0, 0, "states that the examples tell apart are counted")
    return distinct_prefixes(InputTree(examples))


def _observed(examples: Examples) -> int:
    """How many outputs there are."""
    return int((examples.answers >= 0).sum())


def _enumerated(examples: Examples, tell: Tell | None) -> Logic | None:
    """Logic of few wires, or of up to sixteen as enumerated tables."""
    return learn_logic(examples, effort=_FIRST, enumerated=True, tell=tell)


def _other_logic(examples: Examples, tell: Tell | None) -> Logic | None:
    """All logic that takes its time."""

    def again(done: int, of: int, what: str) -> None:
        if tell is not None:
            tell(done, of, f"{what} (round 2)")

    return learn_logic(examples, tell=again) or learn_layers(examples, tell=again)


def learn_layers(examples: Examples, **how: Any) -> Logic | None:
    """Return the logic of binary registers that answers all examples, simplified; None as `learn_logic`.

    Args:
        examples: noise-free.
        how: as of `learn_layered`.
    """
    started = time.monotonic()
    layered = learn_layered(examples, **how)
    if layered is None:
        return None
    layers = counted(layered.registers, "register in layers", "registers in layers")
    return _left("layered", layered, f"{layers}; {_kinds(layered.forms)}", examples, started)


def learn_logic(
    examples: Examples, *, effort: int | None = None, enumerated: bool | None = None, tell: Tell | None = None
) -> Logic | None:
    """Return the logic of history registers that answers all examples, simplified; None if none was found.

    None as well if it answers a pattern that is no symbol, or if its states are too many to list and its symbols are
    not called as the numbers that their bits are: then no file would say which they are.

    Args:
        examples: noise-free.
        effort, enumerated: as of `learn_history`.
        tell: is told how far it has come, likewise.
    """
    started = time.monotonic()
    history = learn_history(examples, effort=effort, enumerated=enumerated, tell=tell)
    if history is None:
        return None
    return _left("history", history, _kinds(history.forms), examples, started)


LEARNERS: Mapping[str, Callable[..., Logic | None]] = {"history": learn_logic, "layered": learn_layers}
"""What learns logic with each kind of registers."""


def _left(kind: Kind, found: History | Layered, said: str, examples: Examples, started: float) -> Logic | None:
    """Learned logic, simplified; None if it answers what is no symbol, or if no file can say which its symbols are."""
    learned = found.circuit()
    simplified = simplify(learned)
    inputs, outputs = examples.inputs, examples.outputs
    shown = listed(simplified.circuit, len(inputs))
    machine, distinct, complete = None, 1, False
    if shown is not None:
        if shown.output.max() >= len(outputs):
            return None
        machine = canonical(Machine(shown.next_state, shown.output, inputs, outputs, initial=shown.initial))
        if len(machine) > _MOST_STATES or len(inputs) > _MOST_SYMBOLS:
            machine = None
        else:
            distinct = distinct_states(InputTree(examples), machine)
            complete = bool((examples.uses(machine) > 0).all())
    if machine is None and not (in_bits(inputs) and in_bits(outputs)):
        return None
    return Logic(
        kind,
        learned,
        simplified.circuit,
        simplified.steps,
        said,
        _open(found.forms),
        machine,
        distinct,
        complete,
        _observed(examples),
        time.monotonic() - started,
    )


def in_bits(alphabet: Alphabet) -> bool:
    """Whether each pattern of bits is a symbol, called as the number that it is, or as its bits."""
    if alphabet.bits is not None:
        return True
    symbols = range(1 << alphabet.width)
    ways = [list(map(str, symbols)), [format(symbol, f"0{alphabet.width}b") for symbol in symbols]]
    return list(map(alphabet.name, range(len(alphabet)))) in ways


_NAMES: Mapping[Kind, str] = {"history": "history registers", "layered": "binary registers"}


def _kinds(forms: Sequence[Form]) -> str:
    """How many outputs there are of each kind of form."""
    kinds = Counter(map(_kind, forms))
    return "; ".join(f"{counted(number, 'output bit')}: {kind}" for kind, number in sorted(kinds.items()))


def _kind(form: Form) -> str:
    if isinstance(form, AndXor):
        return "an exclusive or of products"
    if isinstance(form, Enumerated):
        wires = counted(len(form.order), "bit")
        return f"a table of {wires}" if form.at_least is None else f"at least {form.at_least} of {wires} are one"
    return "a lookup table" if isinstance(form, Lookup) else "rules, in each of which some bits have given values"


def _open(forms: Sequence[Form]) -> str:
    """What the examples leave open of the forms."""
    said = []
    coefficients = sum(form.open for form in forms if isinstance(form, AndXor))
    entries = sum(form.open for form in forms if isinstance(form, Lookup))
    if coefficients:
        said.append(f"{counted(coefficients, 'coefficient')} of exclusive ors")
    if entries:
        said.append(f"{counted(entries, 'entry', 'entries')} of lookup tables")
    return " and ".join(said)


def _bits(states: int) -> int:
    """The latches that so many states need."""
    return (states - 1).bit_length()
