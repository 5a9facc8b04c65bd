"""Logic of history registers as a run leaves it, and whether a table could be simpler: what `registers: auto` asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from seqlogic.circuit import Circuit, to_machine
from seqlogic.examples import Examples
from seqlogic.history import learn_history
from seqlogic.incompatibility import InputTree, distinct_states
from seqlogic.machine import Machine, canonical
from seqlogic.proof.simplify import Step, simplify

__all__ = ["Logic", "learn_logic"]

_MOST_REACHED = 1 << 14
"""So many states of the logic are listed, before they are minimised."""
_MOST_STATES = 256
"""So many states a table may have; above, the result is a circuit."""


@dataclass(frozen=True)
class Logic:
    """What was learned with history registers.

    Attributes:
        learned: the circuit as it was learned.
        circuit: the same, simplified.
        steps: of the simplification.
        forms: how many outputs there are of each kind of form, in words.
        machine: the minimal machine of the same answers, over the alphabets of the examples; None if a table cannot
            hold its states.
        distinct: so many states, at least, every machine that fits the examples has.
        complete: whether the examples pass every entry of the machine.
        seconds: how long it took to learn and simplify.
    """

    learned: Circuit
    circuit: Circuit
    steps: tuple[Step, ...]
    forms: str
    machine: Machine | None
    distinct: int
    complete: bool
    seconds: float

    @property
    def settled(self) -> bool:
        """Whether no table can be as simple: its states are too many for one, or no machine that fits has fewer."""
        return self.machine is None or (self.complete and self.distinct == len(self.machine))

    @property
    def why(self) -> str:
        """Why no table was asked, or what a table must beat."""
        latches = _count(len(self.circuit.latches), "latch", "latches")
        if self.machine is None:
            return f"history registers: {latches}, and more states than a table holds"
        states = _count(len(self.machine), "state", "states")
        if self.settled:
            return f"history registers: {latches}; the data prove that no machine of fewer than {states} fits"
        return f"history registers: {latches}, {states}"

    def simpler_than(self, machine: Machine | None) -> bool:
        """Whether it has fewer latches than a machine whose states are coded in as few bits as can be."""
        return machine is None or len(self.circuit.latches) < max(1, (len(canonical(machine)) - 1).bit_length())


def learn_logic(examples: Examples, tell: Callable[[int, int], None] | None = None) -> Logic | None:
    """Return the logic of history registers that answers all examples, simplified; None if none was found.

    None as well if it answers a pattern that is no symbol, or if its states are too many to list and its patterns are
    not all symbols: then there is no file that says which of them are.

    Args:
        examples: noise-free.
        tell: is told how far it has come, as by `learn_history`.
    """
    started = time.monotonic()
    history = learn_history(examples, tell=tell)
    if history is None:
        return None
    learned = history.circuit()
    simplified = simplify(learned)
    inputs, outputs = examples.inputs, examples.outputs
    try:
        shown = to_machine(simplified.circuit, limit=_MOST_REACHED, symbols=len(inputs))
    except ValueError:
        shown = None
    machine, distinct, complete = None, 1, False
    if shown is not None:
        if shown.output.max() >= len(outputs):
            return None
        machine = canonical(Machine(shown.next_state, shown.output, inputs, outputs, initial=shown.initial))
        if len(machine) > _MOST_STATES:
            machine = None
        else:
            distinct = distinct_states(InputTree(examples), machine)
            complete = bool((examples.uses(machine) > 0).all())
    if machine is None and (len(inputs) < 1 << inputs.width or len(outputs) < 1 << outputs.width):
        return None
    kinds = [type(form).__name__ for form in history.forms]
    forms = ", ".join(f"{kinds.count(kind)} {name}" for kind, name in _KINDS.items() if kind in kinds)
    return Logic(
        learned, simplified.circuit, simplified.steps, forms, machine, distinct, complete, time.monotonic() - started
    )


_KINDS = {"AndXor": "as exclusive ors of products", "Lookup": "as lookup tables", "Rules": "as rules"}


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
