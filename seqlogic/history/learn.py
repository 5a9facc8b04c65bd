"""History registers from examples: for each output bit the shortest history of which it is a simple function."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, run
from seqlogic.examples import Examples
from seqlogic.history.and_xor import AndXor, System, fit, products
from seqlogic.history.enumerated import MOST_ENUMERATED, Enumerated, enumerate_support, support
from seqlogic.history.lookup import Lookup, look_up
from seqlogic.history.planes import Planes, Tell, Wire
from seqlogic.history.rules import Rules, cover
from seqlogic.synthesis import FALSE, TRUE, Gates

__all__ = ["Form", "History", "build_forms", "fit_forms", "held_out", "learn_history"]

_LONGEST = 64
"""The longest history that is looked for."""

_LONGEST_OF_RULES = 16
"""The longest of which rules are."""

_FOLDS = 5
"""One sequence in so many, where there are so many, is held out while a form is fitted."""

_PRODUCTS = 1024
"""The most products that an and-xor form may choose among."""

_FEW = 3
"""After so many windows in which there is no and-xor form, those in which there is none are looked for by bisection."""

_PAIRS = 6000
"""The most pairs of wires of which lookups and rules are looked for: of some 110 wires."""

_LONG = 64
"""Rules of more literals may be a function of fewer wires."""

_ATTEMPTS = 3
"""In so many windows a network may fail for a bit, each taking some seconds."""

Form = AndXor | Lookup | Rules


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
    forms: tuple[Form, ...]
    start: frozenset[Wire] = frozenset()

    def circuit(self) -> Circuit:
        """The circuit, with a shift register for each bit of which an older value is needed."""
        return self._circuit

    @cached_property
    def _circuit(self) -> Circuit:
        length: dict[tuple[bool, int], int] = {}
        for wire in set().union(*(form.wires for form in self.forms)):
            length[wire.output, wire.bit] = max(wire.age, length.get((wire.output, wire.bit), 0))
        latches = [Wire(age, *bit) for bit in sorted(length) for age in range(1, length[bit] + 1)]
        gates = Gates(self.inputs + len(latches))
        leaves = gates.leaf_literals()
        literal = {Wire(0, False, bit): leaves[bit] for bit in range(self.inputs)}
        literal[Wire(0, False, self.inputs)] = TRUE
        literal |= dict(zip(latches, leaves[self.inputs :], strict=True))
        shown = build_forms(self.forms, gates, literal)
        return circuit_of(
            gates,
            inputs=[f"symbol[{bit}]" for bit in range(self.inputs)],
            latches=[f"{'output' if wire.output else 'symbol'}[{wire.bit}]_{wire.age}_ago" for wire in latches],
            outputs=[f"output[{bit}]" for bit in range(self.outputs)],
            next_state=[literal[Wire(wire.age - 1, wire.output, wire.bit)] for wire in latches],
            output=shown,
            reset=[wire in self.start for wire in latches],
        )


def build_forms(forms: Sequence[Form], gates: Gates, literal: dict[Wire, int]) -> list[int]:
    """Make gates of the forms of all output bits and return their literals, which are added to those of the wires."""
    left = dict(enumerate(forms))
    while left:
        # An output may be a function of others at the same step.
        bit = next(bit for bit, form in left.items() if form.wires <= literal.keys())
        literal[Wire(0, True, bit)] = _built(left.pop(bit), gates, literal)
    return [literal[Wire(0, True, bit)] for bit in range(len(forms))]


def _built(form: Form, gates: Gates, literal: Mapping[Wire, int]) -> int:
    """The literal of a form."""
    if isinstance(form, AndXor):
        return reduce(gates.xor, (gates.all_of(map(literal.__getitem__, one)) for one in form.products), FALSE)
    if isinstance(form, Lookup):
        return _looked_up(form, gates, literal)
    return gates.any_of(gates.all_of(literal[wire] ^ (not one) for wire, one in rule) for rule in form.rules)


def _looked_up(form: Lookup, gates: Gates, literal: Mapping[Wire, int]) -> int:
    """The literal of a lookup, whichever of its wires is decided first, the one of which it takes the fewest gates."""
    start, costs = len(gates), {}
    # Of many wires one more at the end matters little, and each takes long.
    for last in range(max(1, len(form.order)) if not isinstance(form, Enumerated) else 1):
        form.build(gates, literal, last)
        costs[last] = len(gates) - start
        gates.cut(start)
    return form.build(gates, literal, min(costs, key=costs.__getitem__))


def learn_history(
    examples: Examples,
    *,
    longest: int = _LONGEST,
    degree: int = 2,
    effort: int | None = None,
    enumerated: bool | None = None,
    tell: Tell | None = None,
) -> History | None:
    """Return a machine of history registers that answers all examples, None if no such machine is as simple as asked.

    Each output bit gets a form of its own: the kinds of forms, windows and degrees are raced in the order of how many
    products there are, so that what is kept is simple. A longer history than needed fits just as well and answers other
    words wrong. A form is fitted to steps whose whole history was observed (teacher forcing), of four sequences in
    five, and kept if it is right in the fifth as well. Where none is, or only many rules, tables of up to sixteen wires
    are tried, which a network completes. Then the machine is run on its own outputs, from its reset on.

    What is known of one output at a step may be what another one is a function of, as a bit of a counter is of the bit
    below it: where some bits are found, the others are tried again with these.

    Before the first step the registers hold zeros or, where that does not fit and the forms are parities, what does.

    Args:
        examples: noise-free.
        longest: the most steps of history.
        degree: the most wires of a product of an and-xor form.
        effort: no form is tried that is chosen among more products; rules and lookups choose among pairs of wires.
        enumerated: whether tables of many wires are tried, which may take seconds; if not given, where all else is.
        tell: is told how far it has come, if given.
    """
    planes = Planes(examples)
    ins, outs = examples.inputs.width, examples.outputs.width
    tables = effort is None if enumerated is None else enumerated
    forms = fit_forms(planes, longest=longest, degree=degree, effort=effort, enumerated=tables, tell=tell)
    start = None if forms is None else _start(planes, forms)
    if forms is None or start is None:
        return None
    if tell is not None:
        tell(0, 0, "gates are made of what was found")
    found = History(ins, outs, forms, start)
    answered = run(found.circuit(), np.maximum(examples.words, 0))
    return found if (answered == examples.answers)[planes.observed].all() else None


def held_out(count: int) -> np.ndarray:
    """Which of so many sequences are held out while a form is fitted, bool [count]: one in five."""
    return np.arange(count) % _FOLDS == _FOLDS - 1


def fit_forms(
    planes: Planes,
    *,
    longest: int = _LONGEST,
    degree: int = 2,
    effort: int | None = None,
    enumerated: bool = True,
    tell: Tell | None = None,
) -> tuple[Form, ...] | None:
    """Return for each output bit a form that is right in all examples, and as simple as there is; None if one has none.

    Args:
        planes: the examples.
        longest, degree, effort, tell: as of `learn_history`.
        enumerated: whether tables of many wires are tried, which may take seconds.
    """
    outs = len(planes.outputs)
    train = ~held_out(planes.observed.shape[0])
    forms: dict[int, Form] = {}
    race = [one for one in _race(planes, longest, degree) if effort is None or one.cost <= effort]
    vain: dict[int, int] = {}
    for number, entrant in enumerate(race):
        if tell is not None:
            tell(number, len(race), "kinds of logic tried")
        if entrant.degree and entrant.window == _FEW and len(forms) < outs:
            windows = [one.window for one in race if one.degree == entrant.degree]
            vain[entrant.degree] = _in_vain(planes, set(range(outs)) - forms.keys(), entrant.degree, windows, train)
        if entrant.window <= vain.get(entrant.degree, -1):
            continue
        while len(forms) < outs and entrant.fit(planes, forms, train):
            # With what is known now, more may be found.
            pass
    if enumerated:
        _enumerate(forms, planes, train, longest, tell)
    if len(forms) < outs:
        return None
    _share(forms, planes, train, longest)
    return tuple(forms[bit] for bit in range(outs))


def _in_vain(planes: Planes, bits: Iterable[int], degree: int, windows: Sequence[int], train: np.ndarray) -> int:
    """The longest of some ascending windows in which no output bit has an and-xor form; -1 if there is none.

    Found by bisection: a form of a window is one of each longer window, of which fewer steps have the whole history.
    """

    def none(window: int) -> bool:
        rows = planes.observed & (planes.reach >= window)
        return not fit(planes, bits, products(planes.wires(window), degree), rows & train[:, None])

    first = bisect_left(windows, 1, key=lambda window: not none(window))
    return windows[first - 1] if first else -1


@dataclass(frozen=True, order=True)
class _Entrant:
    """A kind of form to try.

    Attributes:
        cost: how many products there are to choose from.
        window: steps of history.
        degree: the most wires of a product of an and-xor form; 0 for the other kinds.
        rules: whether these are tried; else, and with no degree, lookups.
    """

    cost: int
    window: int
    degree: int = 0
    rules: bool = False

    def fit(self, planes: Planes, forms: dict[int, Form], train: np.ndarray) -> bool:
        """Add the forms of those bits of which there is one; whether there was any."""
        open_ = [bit for bit in range(len(planes.outputs)) if bit not in forms]
        before = len(forms)
        if self.degree:
            rows = planes.observed & (planes.reach >= self.window)
            fitted = fit(planes, open_, products(planes.wires(self.window), self.degree), rows & train[:, None])
            forms |= {bit: form for bit, form in fitted.items() if _right(form, planes, bit, rows)}
            return False
        known = list(forms)
        for bit in open_:
            # Rules with few literals come of outputs that are simple themselves, and which are is known afterwards.
            form = _form(planes, bit, train, self.window, known if self.rules else forms, rules=self.rules)
            if form is not None:
                forms[bit] = form
        return len(forms) > before


def _race(planes: Planes, longest: int, degree: int) -> list[_Entrant]:
    """What is tried, the cheapest first."""
    entrants = []
    for window in range(min(longest, planes.observed.shape[1] - 1) + 1):
        wires = len(planes.wires(window))
        for size in range(1, degree + 1):
            entrants.append(_Entrant(sum(math.comb(wires, k) for k in range(size + 1)), window, size))
    entrants = [one for one in entrants if one.cost <= _PRODUCTS]
    for window in _windows(planes, longest):
        pairs = _pairs(planes, window)
        entrants += [_Entrant(pairs, window), _Entrant(pairs, window, rules=True)]
    return sorted(entrants)


def _pairs(planes: Planes, window: int) -> int:
    """How many pairs of wires there are: more than a linear form has, and as cheap as one of degree two."""
    return math.comb(len(planes.wires(window, begun=True)), 2)


def _windows(planes: Planes, longest: int) -> list[int]:
    """The windows of which lookups and rules are looked for."""
    return [window for window in range(min(longest, _LONGEST_OF_RULES) + 1) if _pairs(planes, window) <= _PAIRS]


def _enumerate(forms: dict[int, Form], planes: Planes, train: np.ndarray, longest: int, tell: Tell | None) -> None:
    """Give a table to each bit that has no form, or long rules of more wires, until a bit has none at all."""
    for bit in range(len(planes.outputs)):
        form = forms.get(bit)
        if form is None or (isinstance(form, Rules) and form.literals > _LONG):
            table = _table(planes, bit, train, longest, tell)
            if table is not None and (form is None or len(table.wires) < len(form.wires)):
                forms[bit] = table
            if bit not in forms:
                return


def _table(planes: Planes, bit: int, train: np.ndarray, longest: int, tell: Tell | None) -> Enumerated | None:
    """The table of the shortest history that is right of an output bit."""
    tried: list[list[Wire]] = []
    windows = _windows(planes, longest)
    for number, window in enumerate(windows):
        if tell is not None:
            tell(number, len(windows), f"lengths of history tried for a table of bit {bit} of the output")
        rows = planes.known(window)
        seen, unseen = rows & train[:, None], rows & ~train[:, None]
        wires = support(planes, bit, planes.wires(window, begun=True), seen)
        if wires is None or len(wires) > MOST_ENUMERATED or wires in tried:
            continue
        form = enumerate_support(planes, bit, wires, seen, tell)
        # What fills open entries is a guess, and worth nothing if nothing was held out to try it on.
        if form is not None and (not form.open or unseen.any()) and _right(form, planes, bit, rows):
            return form
        tried.append(wires)
        if len(tried) == _ATTEMPTS:
            break
    return None


def _share(forms: dict[int, Form], planes: Planes, train: np.ndarray, longest: int) -> None:
    """Let an output be a function of others at the same step, where that is simpler than rules without them."""
    order = sorted(forms, key=lambda bit: forms[bit].literals)
    for number, bit in enumerate(order):
        there = [other for other in order[:number] if bit not in _needs(forms, other)]
        if not there or not isinstance(forms[bit], Rules):
            continue
        for window in _windows(planes, longest):
            again = _form(planes, bit, train, window, there, rules=True)
            if again is not None:
                if again.literals < forms[bit].literals:
                    forms[bit] = again
                break


def _needs(forms: Mapping[int, Form], bit: int) -> set[int]:
    """The outputs of the same step that a bit is a function of, directly or not."""
    needed = {wire.bit for wire in forms[bit].wires if wire.output and wire.age == 0}
    return needed.union(*(_needs(forms, other) for other in needed))


def _form(
    planes: Planes, bit: int, train: np.ndarray, window: int, known: Iterable[int], *, rules: bool
) -> Lookup | Rules | None:
    """The lookup, or the rules, of a history that are right of an output bit; it may use `known` of the same step."""
    rows = planes.known(window)
    wires = [*(Wire(0, True, other) for other in sorted(known)), *planes.wires(window, begun=True)]
    form = (cover if rules else look_up)(planes, bit, wires, rows & train[:, None])
    return form if form is not None and _right(form, planes, bit, rows) else None


def _right(form: Form, planes: Planes, bit: int, rows: np.ndarray) -> bool:
    return bool((form.plane(planes) == planes.outputs[bit])[rows].all())


def _start(planes: Planes, forms: Sequence[Form]) -> frozenset[Wire] | None:
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
            system.add(terms, values[:, None])
    ones = system.solution()
    return None if ones is None else frozenset(cells[number] for number in ones)
