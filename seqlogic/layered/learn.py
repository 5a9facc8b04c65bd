"""Binary registers from examples, one after the other, until the outputs are a simple function of what is known.

A curriculum over registers: the first one may be made of the inputs and the last outputs alone, each next one of those
before it as well, which stay as they are. What is found so is a cascade of two-state machines (Krohn and Rhodes, 1965).
A binary counter is one, whatever of it is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from seqlogic.circuit import Circuit, circuit_of, run
from seqlogic.examples import Examples
from seqlogic.history import Form, Planes, Tell, Wire, build_forms, fit_forms, held_out
from seqlogic.layered.leaves import unexplained
from seqlogic.layered.search import next_register
from seqlogic.layered.signals import Action, Before, Conjunction, Literal, Register, Signal, Signals, packed
from seqlogic.machine import UNKNOWN
from seqlogic.packing import unpack_bits
from seqlogic.synthesis import FALSE, TRUE, Gates

__all__ = ["Layered", "learn_layered"]

_MOST_LAYERS = 32

_LEAST = 0.01
"""Each register must explain such a share of the bits that are left: less is chance, or one case of very many."""
_MUCH = 0.05
"""And such a share where it must not take long."""

_MANY = 1 << 16
"""Of so many outputs some are looked at first, where it must not take long."""
_SOME = 8
"""One sequence in so many."""

_EFFORT = 1 << 33
"""Some two minutes: twice what the carry of eight bits takes."""


@dataclass(frozen=True)
class Layered:
    """A machine of binary registers.

    Attributes:
        inputs: bits of a symbol.
        further: what is known besides at each step, numbered after the inputs; each of those before it.
        forms: what each output bit is, of all these, which are wires of the present input.
    """

    inputs: int
    further: tuple[Signal, ...]
    forms: tuple[Form, ...]

    @property
    def registers(self) -> int:
        """How many layers it has."""
        return sum(isinstance(signal, Register) for signal in self.further)

    def circuit(self) -> Circuit:
        """The circuit, with a latch for each register and each last output that it needs."""
        needed = self._needed()
        held = [number for number in needed if not isinstance(self._signal(number), Conjunction)]
        gates = Gates(self.inputs + len(held))
        leaves = gates.leaf_literals()
        literal = dict(enumerate(leaves[: self.inputs])) | dict(zip(held, leaves[self.inputs :], strict=True))
        for number in needed:
            signal = self._signal(number)
            if isinstance(signal, Conjunction):
                literal[number] = _all_of(gates, literal, signal.literals)
        wires = {Wire(0, False, number): one for number, one in literal.items()}
        wires[Wire(0, False, self.inputs + len(self.further))] = TRUE
        output = build_forms(self.forms, gates, wires)
        following = []
        for number in held:
            signal = self._signal(number)
            if isinstance(signal, Register):
                following.append(_next(gates, literal, signal, literal[number]))
            elif isinstance(signal, Before):
                following.append(output[signal.bit])
        return circuit_of(
            gates,
            inputs=[f"symbol[{bit}]" for bit in range(self.inputs)],
            latches=self._names(held),
            outputs=[f"output[{bit}]" for bit in range(len(output))],
            next_state=following,
            output=output,
            reset=[False] * len(held),
        )

    def _signal(self, number: int) -> Signal:
        return self.further[number - self.inputs]

    def _names(self, held: Sequence[int]) -> list[str]:
        layers = count()
        signals = map(self._signal, held)
        return [f"output[{one.bit}]_1_ago" if isinstance(one, Before) else f"layer[{next(layers)}]" for one in signals]

    def _needed(self) -> list[int]:
        """The signals after the inputs of which the outputs are made, directly or not, ascending."""
        end = self.inputs + len(self.further)
        open_ = [wire.bit for form in self.forms for wire in form.wires if not wire.output and wire.bit < end]
        needed: set[int] = set()
        while open_:
            number = open_.pop()
            if number < self.inputs or number in needed:
                continue
            needed.add(number)
            signal = self._signal(number)
            if isinstance(signal, Conjunction):
                open_ += [literal.signal for literal in signal.literals]
            elif isinstance(signal, Register):
                for guard, action in signal.rules:
                    open_ += [literal.signal for literal in guard]
                    open_ += [] if action.signal is None else [action.signal]
        return sorted(needed)


def _all_of(gates: Gates, literal: dict[int, int], literals: tuple[Literal, ...]) -> int:
    return gates.all_of(literal[signal] ^ (not one) for signal, one in literals)


def _next(gates: Gates, literal: dict[int, int], register: Register, value: int) -> int:
    """The literal of what a register is after a step."""
    following = value
    for guard, action in register.rules:
        following = gates.mux(_all_of(gates, literal, guard), _acted(gates, literal, action, value), following)
    return following


def _acted(gates: Gates, literal: dict[int, int], action: Action, value: int) -> int:
    flip = (TRUE if action.value else FALSE) if action.signal is None else literal[action.signal]
    return gates.xor(value if action.keep else FALSE, flip)


def learn_layered(
    examples: Examples, *, rising: bool = False, effort: int = _EFFORT, tell: Tell | None = None
) -> Layered | None:
    """Return a machine of binary registers that answers all examples, None if none was found.

    In each layer the outputs are explained as far as can be by what is known (a decision tree), and the register is
    added that explains the most of what is left. Its guards can be used by the next ones, so that an and-chain grows
    with a counter. Once nothing is left, the outputs get the simplest forms, as with history registers. Both see four
    sequences in five, and the machine must be right in the others as well, from its reset on.

    Args:
        examples: noise-free. Last outputs are used, and then of a sequence with a gap only what is before it, if at
            least half of all outputs have none before them.
        rising: give up as soon as a register explains little, or a smaller share of what is left than the one before:
            the bits of a counter explain ever more, the last one all.
        effort: so many words, of steps and sequences, are gone through, once for each candidate for a register and each
            leaf of the tree; a second has some 70 million.
        tell: is told how many bits of the outputs are explained, of how many, and by how many registers, if given.
    """
    shown, last = _without_gaps(examples)
    if rising and _observed(shown) >= _MANY and not _begins(shown, last, effort):
        return None
    signals, _ = _explained(shown, last, rising, effort, tell)
    ins = examples.inputs.width
    further = unpack_bits(signals.planes[:, ins:].transpose(1, 0, 2), len(examples)).astype(bool).transpose(0, 2, 1)
    forms = fit_forms(Planes(shown, further), longest=0, enumerated=False)
    if forms is None:
        return None
    layered = Layered(ins, tuple(signals.further), forms)
    answered = run(layered.circuit(), np.maximum(examples.words, 0))
    return layered if (answered == examples.answers)[examples.answers >= 0].all() else None


def _begins(examples: Examples, last: bool, effort: int) -> bool:
    """Whether a first register explains much in some of the sequences, or none is needed there."""
    some = Examples(examples.words[::_SOME], examples.answers[::_SOME], examples.inputs, examples.outputs)
    signals, left = _explained(some, last, True, effort, None, layers=1)
    return not left or any(isinstance(signal, Register) for signal in signals.further)


def _observed(examples: Examples) -> int:
    return int((examples.answers >= 0).sum())


def _explained(
    examples: Examples, last: bool, rising: bool, effort: int, tell: Tell | None, *, layers: int = _MOST_LAYERS
) -> tuple[Signals, float]:
    """The signals, among them the last outputs if so, with registers until all is explained or no more is found.

    Also the bits that were left before the last of these.
    """
    planes = Planes(examples)
    signals = Signals(planes.inputs[: examples.inputs.width], planes.outputs)
    ended = _steps(examples.words >= 0)
    train = _steps(planes.observed & ~held_out(len(examples))[:, None])
    outputs = list(packed(planes.outputs).swapaxes(0, 1))
    for bit in range(len(outputs) if last else 0):
        signals.add(Before(bit))
    loads: list[tuple[Literal, ...]] = []
    first, left, least = 0.0, 0.0, _MUCH if rising else _LEAST
    for number in range(layers):
        leaves = [leaf for output in outputs for leaf in unexplained(signals.planes, output, train)]
        left = sum(leaf.bits for leaf in leaves)
        first = first or left
        if tell is not None:
            what = f"bits of the outputs explained, registers so far: {number}"
            tell(round(first - left), max(1, round(first)), what)
        if not leaves:
            break
        leaves.sort(key=lambda leaf: -leaf.bits)
        found, spent = next_register(signals.planes, ended, leaves, loads, effort)
        effort -= spent
        if found is None or found.share < least:
            break
        least = found.share if rising else least
        loads += [guard for guard, action in found.register.rules if guard and not action.keep and guard not in loads]
        signals.add(found.register)
        _share_guards(signals, found.register, ended)
    return signals, left


def _share_guards(signals: Signals, register: Register, where: np.ndarray) -> None:
    """Make signals of the guards of several literals."""
    for guard, _ in register.rules:
        if len(guard) > 1:
            new = signals.all_of(guard) & where
            if not ((signals.planes & where[:, None]) == new[:, None]).all(axis=(0, 2)).any():
                signals.add(Conjunction(guard))


def _steps(plane: np.ndarray) -> np.ndarray:
    """uint64 [T, W] of bool [N, T]."""
    return packed(plane[None])[:, 0]


def _without_gaps(examples: Examples) -> tuple[Examples, bool]:
    """The examples as far as all outputs before are known, and True; all of them, and False, if that leaves few."""
    observed = examples.answers >= 0
    known = np.logical_and.accumulate(observed, axis=1)
    if 2 * known.sum() < observed.sum():
        return examples, False
    return replace(examples, answers=np.where(known, examples.answers, UNKNOWN)), True
