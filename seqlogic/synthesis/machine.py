"""The next-state and output logic of a machine whose states are coded in bits."""

from __future__ import annotations

import numpy as np

from seqlogic.machine import UNKNOWN, Machine
from seqlogic.synthesis.functions import Function, synthesise
from seqlogic.synthesis.gates import Gates

__all__ = ["machine_logic"]

_MOST_VARIABLES = 20
"""The most variables of a truth table; with more, the states are decoded one by one."""


def machine_logic(gates: Gates, mealy: Machine, codes: np.ndarray) -> list[int]:
    """Return the literal of each next-state bit, then of each output bit.

    The leaves of `gates` are the bits of an input symbol, then those of the state. Entries that are not known,
    patterns that are no symbol and codes that no state has are don't-cares. One-hot codes, and those of too many bits
    for a truth table, decode the states; others make each bit a function of all leaves.

    Args:
        gates: where the logic is built.
        mealy: the machine.
        codes: bool [S, L], the code of each state, all different.
    """
    decoded = (codes.sum(axis=1) == 1).all() or gates.leaves > _MOST_VARIABLES
    return _by_state(gates, mealy, codes) if decoded else _by_table(gates, mealy, codes)


def _entries(mealy: Machine, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Value and care of all next-state bits, then of all output bits, each bool [L + O, S, X]."""
    known = mealy.next_state != UNKNOWN
    target = np.moveaxis(codes[mealy.next_state], -1, 0)
    bits = np.arange(mealy.outputs.width)[:, None, None]
    value = np.concatenate([target, (mealy.output & mealy.care) >> bits & 1 == 1])
    care = np.concatenate([np.broadcast_to(known, target.shape), mealy.care >> bits & 1 == 1])
    return value, care


def _integer(table: np.ndarray) -> int:
    """The bits of a truth table as an integer, entry m as bit m."""
    return int.from_bytes(np.packbits(table.reshape(-1), bitorder="little").tobytes(), "little")


def _functions(value: np.ndarray, care: np.ndarray) -> list[Function]:
    """The bounds of each row of a table, bool [F, 2**n]."""
    return [(_integer(v & c), _integer(v | ~c)) for v, c in zip(value, care, strict=True)]


def _by_table(gates: Gates, mealy: Machine, codes: np.ndarray) -> list[int]:
    """Each function as one of all state and input bits."""
    L, ins = codes.shape[1], mealy.inputs.width
    value, care = _entries(mealy, codes)
    F, _, X = value.shape
    number = codes @ (1 << np.arange(L))
    tables = np.zeros((2, F, 1 << L, 1 << ins), dtype=bool)
    tables[0][:, number, :X] = value
    tables[1][:, number, :X] = care
    functions = _functions(*tables.reshape(2, F, -1))
    return synthesise(gates, functions, [gates.leaf(leaf) for leaf in range(ins + L)])


def _by_state(gates: Gates, mealy: Machine, codes: np.ndarray) -> list[int]:
    """Each function as the OR, over the states, of "in this state" AND a function of the input bits."""
    ins, X = mealy.inputs.width, len(mealy.inputs)
    value, care = _entries(mealy, codes)
    one_hot = (codes.sum(axis=1) == 1).all()
    symbols = [gates.leaf(bit) for bit in range(ins)]
    here = []
    for code in codes:
        bits = [gates.leaf(ins + bit) ^ int(not set_) for bit, set_ in enumerate(code.tolist()) if set_ or not one_hot]
        here.append(gates.all_of(bits))
    full = (1 << (1 << ins)) - 1
    conditions: dict[Function, int] = {}
    terms: list[list[int]] = []
    for row, known in zip(value, care, strict=True):
        parts: dict[int, list[int]] = {}
        states = np.flatnonzero((row & known).any(axis=1))
        tables = np.zeros((2, len(states), 1 << ins), dtype=bool)
        tables[:, :, :X] = row[states], known[states]
        for state, function in zip(states.tolist(), _functions(*tables), strict=True):
            key = (full, full) if function[1] == full else function
            if key not in conditions:
                conditions[key] = synthesise(gates, [key], symbols)[0]
            parts.setdefault(conditions[key], []).append(here[state])
        terms.append([gates.and_(condition, gates.any_of(states)) for condition, states in parts.items()])
    return [gates.any_of(term) for term in terms]
