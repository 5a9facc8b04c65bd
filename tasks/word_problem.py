"""Word problems of finite groups."""

from __future__ import annotations

from itertools import permutations
from typing import Literal, get_args

from seqlogic.machine import Alphabet
from tasks.task import Task

__all__ = ["WordProblem"]

Group = Literal["S3", "S5", "A5"]
Answer = Literal["full", "coarse"]

# What generates each group: a transposition or a cycle of three, and the cycle of all points.
_GENERATORS = {"S3": ("213", "231"), "S5": ("21345", "23451"), "A5": ("23145", "23451")}


class WordProblem(Task[str]):
    """Which element of a group is the product of the generators so far?

    213 213 231 231 213 231
    213 123 231 312 132 321

    A permutation is written as the points to which it takes 1, 2, ... The symbols are two generators: of S3 and S5 the
    transposition (1 2) and the cycle of all points, of A5 the cycles (1 2 3) and (1 2 3 4 5). Products are those of
    functions, the rightmost permutation first. S5 and A5 are not solvable, which makes their word problems complete
    for NC1 (Barrington, 1989): transformers of constant depth solve them for all lengths only if TC0 = NC1 (Liu et
    al., 2023).

    The states are the elements of the group, 6, 120 or 60, also where the answer is "coarse": the point to which the
    product takes 1. Whatever is multiplied from the right acts before the product, so it can bring any point to where
    the answer looks, and shows in the end where the product takes each. (In the other order of multiplication, all
    elements that take 1 to the same point would be one state.)

    Args:
        group: "S3", "S5" or "A5".
        answer: "full", the product itself, or "coarse", its image of 1.
    """

    def __init__(self, *, group: Group = "S3", answer: Answer = "full") -> None:
        if group not in get_args(Group):
            raise ValueError(f"word_problem needs a group S3, S5 or A5, not {group!r}")
        if answer not in get_args(Answer):
            raise ValueError(f"word_problem answers full or coarse, not {answer!r}")
        self.group = group
        self.answer = answer
        self.inputs = Alphabet.of(_GENERATORS[group])
        points = "12345"[: int(group[1])]
        elements = ["".join(p) for p in permutations(points) if group[0] == "S" or _even(p)]
        self.initial = points
        self.states = len(elements)
        self.outputs = Alphabet.of(elements if answer == "full" else points)

    def step(self, state: str, symbol: int) -> tuple[str, int]:
        state = "".join(state[int(point) - 1] for point in self.inputs.name(symbol))
        return state, self.outputs.index(state if self.answer == "full" else state[0])


def _even(permutation: tuple[str, ...]) -> bool:
    """Whether the number of inversions is even."""
    inversions = sum(a > b for i, a in enumerate(permutation) for b in permutation[i + 1 :])
    return inversions % 2 == 0
