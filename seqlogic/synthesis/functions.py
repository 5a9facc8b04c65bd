"""Boolean functions with don't-cares as gates: each in the form that takes the fewest, shared between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from seqlogic.synthesis.cover import factored, irredundant
from seqlogic.synthesis.gates import FALSE, TRUE, Gates

__all__ = ["Function", "synthesise"]

Function = tuple[int, int]
"""The least and the greatest function that will do, of n variables: integers of 2**n bits, as in `cover`."""

_MOST_STEPS = 20_000
"""A sum of products that takes more steps to find has more gates than the decision diagram."""


def synthesise(gates: Gates, functions: Sequence[Function], variables: Sequence[int]) -> list[int]:
    """Return a literal for each function of the variables, whose literals are given.

    Each is tried as a factored sum of products, as one of its complement, and as a decision diagram; what adds the
    fewest gates to those that are there already stays. Those of few ones come first.
    """
    n = len(variables)
    full = (1 << (1 << n)) - 1
    diagram = _Diagram(gates, variables)
    literals = [literal ^ negated for literal in variables for negated in (0, 1)]
    results = [0] * len(functions)
    for index in sorted(range(len(functions)), key=lambda i: functions[i][0].bit_count()):
        lower, upper = functions[index]
        cubes = irredundant(lower, upper, n, _MOST_STEPS)
        complement = irredundant(full & ~upper, full & ~lower, n, _MOST_STEPS)
        forms: list[Callable[[], int]] = [partial(diagram.literal, lower, upper)]
        forms += [partial(factored, gates, cubes, literals)] if cubes is not None else []
        forms += [partial(_negated, gates, complement, literals)] if complement is not None else []
        results[index] = _cheapest(gates, forms, diagram)
    return results


def _cheapest(gates: Gates, forms: list[Callable[[], int]], diagram: _Diagram) -> int:
    """Build the form that adds the fewest gates, the first of equals."""
    start, costs = len(gates), []
    for form in forms:
        form()
        costs.append(len(gates) - start)
        gates.cut(start)
        diagram.forget(start)
    return forms[costs.index(min(costs))]()


def _negated(gates: Gates, complement: list[int], literals: list[int]) -> int:
    return factored(gates, complement, literals) ^ 1


class _Diagram:
    """Reduced ordered decision diagrams (Bryant, 1986) as multiplexers, negations shared.

    The last variable is decided first. A don't-care is used where the halves can be made equal, or opposite (XOR):
    the sibling matching of Shiple et al. (1994). Functions with the same bounds, and functions that are there
    already, share their gates.
    """

    def __init__(self, gates: Gates, variables: Sequence[int]) -> None:
        self.gates = gates
        self.variables = variables
        self._built: dict[Function, tuple[int, int]] = {}

    def forget(self, length: int) -> None:
        """Forget what was built with gates that have been cut off since."""
        most = 2 * (1 + self.gates.leaves + length)
        self._built = {key: value for key, value in self._built.items() if value[0] < most}

    def literal(self, lower: int, upper: int) -> int:
        """A literal of a function of all variables between two."""
        return self.build(lower, upper, len(self.variables))[0]

    def build(self, lower: int, upper: int, n: int) -> tuple[int, int]:
        """A literal of a function of n variables between two, and the function."""
        full = (1 << (1 << n)) - 1
        if lower == 0:
            return FALSE, 0
        if upper == full:
            return TRUE, full
        # A bit above all others makes functions of another number of variables another key.
        key = lower, upper | 1 << (1 << n)
        found = self._built.get(key)
        if found is None:
            found = self._decide(lower, upper, n - 1)
            self._built[key] = found
            literal, function = found
            self._built[function, function | 1 << (1 << n)] = found
            self._built[full & ~function, full & ~function | 1 << (1 << n)] = literal ^ 1, full & ~function
        return found

    def _decide(self, lower: int, upper: int, n: int) -> tuple[int, int]:
        half = 1 << n
        full = (1 << half) - 1
        low0, low1, up0, up1 = lower & full, lower >> half, upper & full, upper >> half
        variable, gates = self.variables[n], self.gates
        if not (low0 | low1) & ~(up0 & up1):
            literal, function = self.build(low0 | low1, up0 & up1, n)
            return literal, function | function << half
        opposite = low0 | full & ~up1, up0 & ~low1
        if not opposite[0] & ~opposite[1]:
            literal, function = self.build(*opposite, n)
            return gates.xor(variable, literal), function | (full & ~function) << half
        literal0, function0 = self.build(low0, up0, n)
        literal1, function1 = self.build(low1, up1, n)
        return gates.mux(variable, literal1, literal0), function0 | function1 << half
