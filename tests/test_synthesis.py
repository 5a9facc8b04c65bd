"""Gates, covers and their factors, and functions with don't-cares, all judged by truth tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seqlogic.synthesis import FALSE, TRUE, Gates, synthesise
from seqlogic.synthesis.cover import factored, irredundant

N = 4
FULL = (1 << (1 << N)) - 1
VARIABLES = [sum(1 << m for m in range(1 << N) if m >> i & 1) for i in range(N)]
TABLES = st.integers(0, FULL)


def table(gates: Gates, literal: int) -> int:
    """The truth table of a literal, whose leaves are the variables."""
    values = [0, *VARIABLES]
    for a, b in gates.pairs:
        values.append((values[a >> 1] ^ FULL * (a & 1)) & (values[b >> 1] ^ FULL * (b & 1)))
    return values[literal >> 1] ^ FULL * (literal & 1)


def product(cube: int) -> int:
    """The truth table of a cube."""
    result = FULL
    for i, variable in enumerate(VARIABLES):
        result &= variable if cube >> 2 * i & 1 else FULL
        result &= FULL & ~variable if cube >> 2 * i + 1 & 1 else FULL
    return result


def sum_of(cubes: list[int]) -> int:
    result = 0
    for cube in cubes:
        result |= product(cube)
    return result


@given(st.lists(st.tuples(st.sampled_from("aoxm"), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))))
def test_gates_compute_what_they_say_and_none_twice(steps: list[tuple[str, int, int, int]]) -> None:
    gates = Gates(N)
    literals = [FALSE, TRUE, *(gates.leaf(i) ^ negated for i in range(N) for negated in (0, 1))]
    for kind, *picks in steps:
        a, b, c = (literals[pick % len(literals)] for pick in picks)
        x, y, z = (table(gates, literal) for literal in (a, b, c))
        made, wanted = {
            "a": lambda a=a, b=b, x=x, y=y: (gates.and_(a, b), x & y),
            "o": lambda a=a, b=b, x=x, y=y: (gates.or_(a, b), x | y),
            "x": lambda a=a, b=b, x=x, y=y: (gates.xor(a, b), x ^ y),
            "m": lambda a=a, b=b, c=c, x=x, y=y, z=z: (gates.mux(a, b, c), x & y | ~x & z),
        }[kind]()
        assert table(gates, made) == wanted
        literals += [made, made ^ 1]
    assert len(set(gates.pairs)) == len(gates)
    assert all(2 * (1 + N + i) > a > b > 1 for i, (a, b) in enumerate(gates.pairs))


@given(st.lists(st.integers(0, 2 * N + 1), max_size=9))
def test_rows_of_and_and_or(literals: list[int]) -> None:
    gates = Gates(N)
    conjunction, disjunction = FULL, 0
    for literal in literals:
        conjunction &= table(gates, literal)
        disjunction |= table(gates, literal)
    assert table(gates, gates.all_of(literals)) == conjunction
    assert table(gates, gates.any_of(literals)) == disjunction


def test_constants_and_equal_gates_cost_nothing() -> None:
    gates = Gates(2)
    a, b = gates.leaf(0), gates.leaf(1)
    assert [gates.and_(a, FALSE), gates.and_(TRUE, a), gates.and_(a, a), gates.and_(a, a ^ 1)] == [0, a, a, 0]
    both = gates.and_(a, b)
    assert gates.and_(b, a) == both
    assert gates.and_(both, a) == both
    assert gates.and_(both, a ^ 1) == FALSE
    assert gates.and_(both ^ 1, a ^ 1) == a ^ 1
    assert len(gates) == 1
    gates.cut(0)
    assert gates.and_(a, b) == both


def test_dead_gates_are_left_behind() -> None:
    gates = Gates(3)
    a, b, c = (gates.leaf(i) for i in range(3))
    gates.and_(a, b)
    used = gates.and_(b, c)
    ands, roots = gates.live([used ^ 1, a])
    assert ands.tolist() == [[c, b]]
    assert roots.tolist() == [9, a]


@given(TABLES, TABLES)
def test_a_cover_lies_between_its_bounds_and_has_no_cube_to_spare(lower: int, free: int) -> None:
    upper = lower | free
    cubes = irredundant(lower, upper, N, 1000)
    assert cubes is not None
    assert lower & ~sum_of(cubes) == 0
    assert sum_of(cubes) & ~upper == 0
    for cube in cubes:
        assert lower & ~sum_of([other for other in cubes if other != cube]) != 0


def test_a_cover_of_too_many_steps_is_none() -> None:
    assert irredundant(0x6996, 0x6996, N, 3) is None


@given(st.lists(st.integers(0, (1 << 2 * N) - 1), unique=True, max_size=8))
def test_factors_mean_the_same(cubes: list[int]) -> None:
    gates = Gates(N)
    literals = [gates.leaf(i) ^ negated for i in range(N) for negated in (0, 1)]
    # A literal and its negation in one cube is allowed: the cube is then empty.
    assert table(gates, factored(gates, cubes, literals)) == sum_of(cubes)


def test_factoring_finds_a_product_of_sums() -> None:
    gates = Gates(N)
    literals = [gates.leaf(i) ^ negated for i in range(N) for negated in (0, 1)]
    a, b, c, d = (1 << 2 * i for i in range(N))
    factored(gates, [a | c, a | d, b | c, b | d], literals)
    assert len(gates) == 3


@given(st.lists(st.tuples(TABLES, TABLES), max_size=4))
def test_functions_lie_between_their_bounds(drawn: list[tuple[int, int]]) -> None:
    gates = Gates(N)
    functions = [(lower, lower | free) for lower, free in drawn]
    literals = synthesise(gates, functions, [gates.leaf(i) for i in range(N)])
    for literal, (lower, upper) in zip(literals, functions, strict=True):
        assert lower & ~table(gates, literal) == 0
        assert table(gates, literal) & ~upper == 0


def test_known_functions_take_the_gates_that_they_should() -> None:
    a, b, c, d = VARIABLES
    for wanted, most in ((a ^ b ^ c ^ d, 9), (a & b | c & d, 3), (FULL & ~(a | b), 1), (a & b | ~a & c, 3)):
        gates = Gates(N)
        synthesise(gates, [(wanted & FULL, wanted & FULL)], [gates.leaf(i) for i in range(N)])
        assert len(gates) <= most


def test_functions_share_their_gates() -> None:
    a, b, c, _ = VARIABLES
    gates = Gates(N)
    literals = synthesise(gates, [(a ^ b ^ c,) * 2, (FULL & ~(a ^ b ^ c),) * 2], [gates.leaf(i) for i in range(N)])
    assert literals[0] == literals[1] ^ 1
    assert len(gates) == 6
