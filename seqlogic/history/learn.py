"""History registers from examples: for each output bit the shortest history of which it is a simple function."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, run
from seqlogic.examples import Examples
from seqlogic.history.and_xor import AndXor, System, fit, products
from seqlogic.history.planes import Planes, Wire
from seqlogic.history.rules import Rules, cover
from seqlogic.synthesis import FALSE, TRUE, Gates

__all__ = ["History", "learn_history"]

_LONGEST = 64
"""The longest history that is looked for."""

_LONGEST_OF_RULES = 16
"""The longest of which rules are."""

_FOLDS = 5
"""One sequence in so many, where there are so many, is held out while a form is fitted."""

_PRODUCTS = 1024
"""The most products that a form may choose among."""


@dataclass(frozen=True)
class History:
    """A machine whose state is what it read and answered last.

    Attributes:
        inputs, outputs: bits of a symbol.
        forms: what each output bit is, of the history.
        start: the wires that are one before the first step, by their age there.
    """

    inputs: int
    outputs: int
    forms: tuple[AndXor | Rules, ...]
    start: frozenset[Wire] = frozenset()

    def circuit(self) -> Circuit:
        """The circuit, with a shift register for each bit of which an older value is needed."""
        length: dict[tuple[bool, int], int] = {}
        for wire in set().union(*(form.wires for form in self.forms)):
            length[wire.output, wire.bit] = max(wire.age, length.get((wire.output, wire.bit), 0))
        latches = [Wire(age, *bit) for bit in sorted(length) for age in range(1, length[bit] + 1)]
        gates = Gates(self.inputs + len(latches))
        leaves = gates.leaf_literals()
        literal = {Wire(0, False, bit): leaves[bit] for bit in range(self.inputs)}
        literal[Wire(0, False, self.inputs)] = TRUE
        literal |= dict(zip(latches, leaves[self.inputs :], strict=True))
        left = dict(enumerate(self.forms))
        while left:
            # An output may be a function of others at the same step.
            bit = next(bit for bit, form in left.items() if form.wires <= literal.keys())
            literal[Wire(0, True, bit)] = _built(left.pop(bit), gates, literal)
        shown = [literal[Wire(0, True, bit)] for bit in range(self.outputs)]
        return circuit_of(
            gates,
            inputs=[f"symbol[{bit}]" for bit in range(self.inputs)],
            latches=[f"{'output' if wire.output else 'symbol'}[{wire.bit}]_{wire.age}_ago" for wire in latches],
            outputs=[f"output[{bit}]" for bit in range(self.outputs)],
            next_state=[literal[Wire(wire.age - 1, wire.output, wire.bit)] for wire in latches],
            output=shown,
            reset=[wire in self.start for wire in latches],
        )


def _built(form: AndXor | Rules, gates: Gates, literal: Mapping[Wire, int]) -> int:
    """The literal of a form."""
    if isinstance(form, AndXor):
        return reduce(gates.xor, (gates.all_of(map(literal.__getitem__, one)) for one in form.products), FALSE)
    return gates.any_of(gates.all_of(literal[wire] ^ (not one) for wire, one in rule) for rule in form.rules)


def learn_history(examples: Examples, *, longest: int = _LONGEST, degree: int = 2) -> History | None:
    """Return a machine of history registers that answers all examples, None if no such machine is as simple as asked.

    Each output bit gets a form of its own. And-xor forms come first, the windows and degrees in the order of how many
    products there are, then rules, the shortest window first: so that what is kept is simple. A longer history than
    needed fits just as well and answers other words wrong. A form is fitted to steps whose whole history was observed
    (teacher forcing), of four sequences in five, and kept if it is right in the fifth as well. Then the machine is run
    on its own outputs, from its reset on.

    Before the first step the registers hold zeros or, where that does not fit and the forms are parities, what does.

    Args:
        examples: noise-free.
        longest: the most steps of history.
        degree: the most wires of a product.
    """
    planes = Planes(examples)
    ins, outs = examples.inputs.width, examples.outputs.width
    train = np.arange(len(examples)) % _FOLDS != _FOLDS - 1
    forms: dict[int, AndXor | Rules] = {}
    for bit in range(outs):
        if (one := _and_xor(planes, bit, train, longest, degree) or _rules(planes, bit, train, longest)) is not None:
            forms[bit] = one
    known: list[Wire] = []
    for bit in sorted(range(outs), key=lambda bit: forms[bit].literals if bit in forms else math.inf):
        if known and not isinstance(forms.get(bit), AndXor):
            # What the simpler outputs show already need not be found again.
            again = _rules(planes, bit, train, longest, known)
            if again is not None and (bit not in forms or again.literals < forms[bit].literals):
                forms[bit] = again
        if bit not in forms:
            return None
        known.append(Wire(0, True, bit))
    start = _start(planes, [forms[bit] for bit in range(outs)])
    if start is None:
        return None
    found = History(ins, outs, tuple(forms[bit] for bit in range(outs)), start)
    answered = run(found.circuit(), np.maximum(examples.words, 0))
    return found if (answered == examples.answers)[planes.observed].all() else None


def _and_xor(planes: Planes, bit: int, train: np.ndarray, longest: int, degree: int) -> AndXor | None:
    """The first and-xor form that is right of an output bit, of those with the fewest products to choose from."""
    tries = []
    for window in range(min(longest, planes.observed.shape[1] - 1) + 1):
        wires = planes.wires(window)
        for size in range(1, degree + 1):
            if sum(math.comb(len(wires), k) for k in range(size + 1)) <= _PRODUCTS:
                tries.append((window, products(wires, size)))
    for window, candidates in sorted(tries, key=lambda one: len(one[1])):
        rows = planes.observed & (planes.reach >= window)
        form = fit(planes, bit, candidates, rows & train[:, None])
        if form is not None and _right(form, planes, bit, rows):
            return form
    return None


def _rules(planes: Planes, bit: int, train: np.ndarray, longest: int, known: Sequence[Wire] = ()) -> Rules | None:
    """The rules of the shortest history that are right of an output bit; `known` are outputs that they may have."""
    steps = np.arange(planes.observed.shape[1])
    for window in range(min(longest, _LONGEST_OF_RULES) + 1):
        rows = planes.observed & (planes.reach >= np.minimum(steps, window))
        rules = cover(planes, bit, [*known, *planes.wires(window, begun=True)], rows & train[:, None])
        if rules is not None and _right(rules, planes, bit, rows):
            return rules
    return None


def _right(form: AndXor | Rules, planes: Planes, bit: int, rows: np.ndarray) -> bool:
    return bool((form.plane(planes) == planes.outputs[bit])[rows].all())


def _start(planes: Planes, forms: Sequence[AndXor | Rules]) -> frozenset[Wire] | None:
    """What the registers hold before the first step, the wires that are one; None if nothing fits."""
    T = planes.observed.shape[1]
    # Only where nothing since the start was left unobserved.
    known = planes.observed & (planes.reach == np.arange(T))
    missing = [(form.plane(planes) ^ planes.outputs[bit]) & known for bit, form in enumerate(forms)]
    if not any(one.any() for one in missing):
        # Zeros are right.
        return frozenset()
    parities = [form for form in forms if isinstance(form, AndXor) and all(len(one) < 2 for one in form.products)]
    if len(parities) < len(forms):
        return None
    cells = sorted(
        {Wire(age, wire.output, wire.bit) for form in parities for wire in form.wires for age in range(1, wire.age + 1)}
    )
    place = {cell: number for number, cell in enumerate(cells)}
    system = System(len(cells))
    for form, wrong in zip(parities, missing, strict=True):
        for t in range(T):
            values = np.unique(wrong[known[:, t], t])
            terms = np.zeros((len(values), len(cells)), dtype=bool)
            for wire in form.wires:
                if wire.age > t:
                    terms[:, place[Wire(wire.age - t, wire.output, wire.bit)]] ^= True
            if not system.add(terms, values):
                return None
    return frozenset(cells[number] for number in system.solution())
