"""The arithmetic, memory and group tasks against independent definitions of their answers."""

from itertools import product

import numpy as np
import pytest

from tasks import (
    First,
    Glitch,
    Majority,
    ModularArithmetic,
    MultiplyBy,
    Quotient,
    Repeat01,
    SerialComparator,
    SerialMac,
    SerialSubtractor,
    Task,
    WordProblem,
)

BITS = 7


def answers(task: Task, word: list[str]) -> list[str]:
    """The names of the outputs of one word, by name too; by the update rule, as the reference is tested elsewhere."""
    state, names = task.initial, []
    for name in word:
        state, output = task.step(state, task.inputs.index(name))
        names.append(task.outputs.name(output))
    return names


def least_first(value: int) -> list[str]:
    """The lowest bits of a number in two's complement."""
    return [str(value >> t & 1) for t in range(BITS)]


def most_first(value: int) -> list[str]:
    """The lowest bits of a number."""
    return list(format(value, f"0{BITS}b"))


def pairs(first: int, second: int) -> list[str]:
    """The bits of two numbers, one of each in a symbol."""
    return [a + b for a, b in zip(least_first(first), least_first(second), strict=True)]


@pytest.mark.parametrize("k", [2, 3, 5])
def test_first_remembers(k):
    for word in product(map(str, range(k)), repeat=4):
        assert answers(First(k=k), word) == [word[0]] * 4


def test_repeat_01_on_every_short_word():
    for word in map("".join, product("01", repeat=9)):
        expected = [str(int(word[:t] == "01" * (t // 2))) for t in range(1, 10)]
        assert answers(Repeat01(), word) == expected


@pytest.mark.parametrize("k", [2, 3, 5, 6, 7, 12])
def test_quotient_divides(k):
    for value in range(2**BITS):
        assert answers(Quotient(k=k), most_first(value)) == most_first(value // k)


@pytest.mark.parametrize("k", [2, 3, 5, 12, 13])
def test_multiply_by_multiplies(k):
    for value in range(2**BITS):
        assert answers(MultiplyBy(k=k), least_first(value)) == least_first(k * value)


@pytest.mark.parametrize("k", [1, 2, 5, 13])
def test_the_serial_mac_multiplies_and_adds_and_forgets_the_carry(k):
    for first, second in product(range(16), repeat=2):
        numbers = [f"{begins}{pair}" for begins, pair in zip("1" + "0" * BITS, pairs(first, second), strict=False)]
        one = answers(SerialMac(k=k), numbers)
        assert one == least_first(k * first + second)
        assert answers(SerialMac(k=k), numbers[:4] + numbers)[4:] == one


def test_the_serial_subtractor_subtracts():
    for first, second in product(range(32), repeat=2):
        assert answers(SerialSubtractor(), pairs(first, second)) == least_first(first - second)


def test_the_serial_comparator_compares_the_numbers_so_far():
    for first, second in product(range(32), repeat=2):
        so_far = [(first % 2**t, second % 2**t) for t in range(1, BITS + 1)]
        expected = ["<" if a < b else ">" if a > b else "=" for a, b in so_far]
        assert answers(SerialComparator(), pairs(first, second)) == expected


@pytest.mark.parametrize("k", [2, 5, 6])
def test_modular_arithmetic_is_that_of_python(k):
    task = ModularArithmetic(k=k)
    rng = np.random.default_rng(k)
    for _ in range(20):
        word = [task.inputs.name(symbol) for symbol in rng.integers(len(task.inputs), size=12).tolist()]
        expected = [str(eval("0" + "".join(word[:t])) % k) for t in range(1, 13)]
        assert answers(task, word) == expected


def matrix(permutation: str) -> np.ndarray:
    """The permutation matrix that takes unit vector i to the unit vector of the point to which i is taken."""
    return np.eye(len(permutation), dtype=int)[:, [int(point) - 1 for point in permutation]]


@pytest.mark.parametrize("group", ["S3", "S5", "A5"])
def test_word_problem_multiplies_matrices(group):
    full, coarse = WordProblem(group=group), WordProblem(group=group, answer="coarse")
    for seed in range(20):
        symbols = np.random.default_rng(seed).integers(2, size=30).tolist()
        word = [full.inputs.name(symbol) for symbol in symbols]
        value = matrix(full.initial)
        images = []
        for name in word:
            value = value @ matrix(name)
            images.append("".join(str(point + 1) for point in value.argmax(axis=0)))
        assert answers(full, word) == images
        assert answers(coarse, word) == [image[0] for image in images]


@pytest.mark.parametrize(
    ("group", "cycles"), [("S3", ("12", "123")), ("S5", ("12", "12345")), ("A5", ("123", "12345"))]
)
def test_the_symbols_are_the_cycles_of_the_docstring(group, cycles):
    task = WordProblem(group=group)
    for name, cycle in zip(task.inputs.names, cycles, strict=True):
        moves = dict(zip(cycle, cycle[1:] + cycle[0], strict=True))
        assert name == "".join(moves.get(point, point) for point in task.initial)


@pytest.mark.parametrize(("group", "signs"), [("S3", {1, -1}), ("S5", {1, -1}), ("A5", {1})])
def test_the_elements_are_those_of_the_group(group, signs):
    names = WordProblem(group=group).outputs.names
    assert {round(np.linalg.det(matrix(name))) for name in names} == signs


@pytest.mark.parametrize("k", [3, 5, 7])
def test_majority_counts_the_window(k):
    for word in product("01", repeat=10):
        padded = ["0"] * k + list(word)
        windows = [padded[t + 1 : t + 1 + k] for t in range(10)]
        assert answers(Majority(k=k), word) == [str(int(w.count("1") > w.count("0"))) for w in windows]


@pytest.mark.parametrize("k", [3, 5, 7])
def test_a_glitch_is_other_than_what_follows(k):
    for word in product("01", repeat=10):
        padded = ["0"] * k + list(word)
        expected = []
        for t in range(10):
            bit, *after = padded[t : t + 1 + k]
            expected.append(str(int((bit == "1") != (after.count("1") > after.count("0")))))
        assert answers(Glitch(k=k), word) == expected


@pytest.mark.parametrize("k", [1, 4])
def test_a_glitch_needs_an_odd_number_of_others(k):
    with pytest.raises(ValueError, match=f"^glitch needs an odd k of at least 3, not {k}$"):
        Glitch(k=k)
