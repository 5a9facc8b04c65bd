"""Two-level logic with don't-cares, and its algebraic factors.

A Boolean function of n variables is a Python integer of 2**n bits: bit m is its value where variable i is bit i of m.
A cube is an integer too: bit 2 * i stands for variable i, bit 2 * i + 1 for its negation.
"""

from __future__ import annotations

from seqlogic.synthesis.gates import FALSE, TRUE, Gates

__all__ = ["factored", "irredundant"]


def irredundant(lower: int, upper: int, n: int, most: int) -> list[int] | None:
    """Return an irredundant sum of products between two functions of n variables, or None if it takes too many steps.

    The recursion of Minato and Morreale (Minato, 1993), with equal subproblems solved once; `most` bounds its steps.

    >>> irredundant(0b1000, 0b1110, 2, most=100)
    [1]
    """
    solved: dict[tuple[int, int, int], tuple[list[int], int]] = {}

    def solve(lower: int, upper: int, n: int) -> tuple[list[int], int]:
        if lower == 0:
            return [], 0
        if upper == (1 << (1 << n)) - 1:
            return [0], upper
        found = solved.get((lower, upper, n))
        if found is not None:
            return found
        if len(solved) >= most:
            raise _TooManyError
        key = lower, upper, n
        n -= 1
        half = 1 << n
        mask = (1 << half) - 1
        low0, low1, up0, up1 = lower & mask, lower >> half, upper & mask, upper >> half
        if low0 == low1 and up0 == up1:
            cubes, function = solve(low0, up0, n)
            result = cubes, function | function << half
        else:
            cubes0, function0 = solve(low0 & ~up1, up0, n)
            cubes1, function1 = solve(low1 & ~up0, up1, n)
            cubes2, function2 = solve(low0 & ~function0 | low1 & ~function1, up0 & up1, n)
            positive, negative = 1 << 2 * n, 2 << 2 * n
            cubes = [cube | negative for cube in cubes0] + [cube | positive for cube in cubes1] + cubes2
            result = cubes, (function0 | function2) | (function1 | function2) << half
        solved[key] = result
        return result

    try:
        return solve(lower, upper, n)[0]
    except _TooManyError:
        return None


class _TooManyError(Exception):
    """The bound on the steps is reached."""


def factored(gates: Gates, cubes: list[int], literals: list[int]) -> int:
    """Return the literal of a sum of products after quick factoring (Brayton, 1987; SIS's `factor -q`).

    `literals[b]` is the gate literal that bit b of a cube stands for.
    """
    if not cubes:
        return FALSE
    if 0 in cubes:
        return TRUE
    common = _common(cubes)
    if common:
        inside = [cube & ~common for cube in cubes]
        return gates.and_(_product(gates, common, literals), factored(gates, inside, literals))
    divisor = _kernel(cubes)
    if divisor is None:
        return gates.any_of(_product(gates, cube, literals) for cube in cubes)
    quotient = _divide(cubes, divisor)[0]
    if len(quotient) > 1:
        shared = _common(quotient)
        quotient = [cube & ~shared for cube in quotient]
        divisor, rest = _divide(cubes, quotient)
        shared = _common(divisor)
        if not shared:
            product = gates.and_(factored(gates, quotient, literals), factored(gates, divisor, literals))
            return gates.or_(product, factored(gates, rest, literals))
        quotient = [shared]
    # Only one cube divides: take the literal of it that most cubes share.
    literal = max(_members(quotient[0]), key=lambda bit: sum(cube >> bit & 1 for cube in cubes))
    inside = [cube & ~(1 << literal) for cube in cubes if cube >> literal & 1]
    outside = [cube for cube in cubes if not cube >> literal & 1]
    product = gates.and_(literals[literal], factored(gates, inside, literals))
    return gates.or_(product, factored(gates, outside, literals))


def _members(cube: int) -> list[int]:
    return [bit for bit in range(cube.bit_length()) if cube >> bit & 1]


def _product(gates: Gates, cube: int, literals: list[int]) -> int:
    return gates.all_of(literals[bit] for bit in _members(cube))


def _common(cubes: list[int]) -> int:
    """The literals that all cubes share."""
    common = cubes[0]
    for cube in cubes:
        common &= cube
    return common


def _kernel(cubes: list[int]) -> list[int] | None:
    """A kernel of level 0: divided by shared literals until no literal stands twice; None if none does at all."""
    kernel = None
    while True:
        count: dict[int, int] = {}
        for cube in cubes:
            for bit in _members(cube):
                count[bit] = count.get(bit, 0) + 1
        best = max(count, key=lambda bit: (count[bit], -bit), default=None)
        if best is None or count[best] < 2:
            return kernel
        cubes = [cube for cube in cubes if cube >> best & 1]
        common = _common(cubes)
        cubes = [cube & ~common for cube in cubes]
        kernel = cubes


def _divide(cubes: list[int], divisor: list[int]) -> tuple[list[int], list[int]]:
    """Quotient and remainder of the algebraic division."""
    candidates = [[cube & ~part for cube in cubes if cube & part == part] for part in divisor]
    quotient = [cube for cube in candidates[0] if all(cube in others for others in candidates[1:])]
    covered = {cube | part for cube in quotient for part in divisor}
    return quotient, [cube for cube in cubes if cube not in covered]
