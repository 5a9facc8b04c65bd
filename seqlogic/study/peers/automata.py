"""Automata of AALpy as machines."""

from __future__ import annotations

import numpy as np
from aalpy.automata import MealyMachine

from seqlogic.machine import UNKNOWN, Alphabet, Machine

__all__ = ["to_machine"]


def to_machine(automaton: MealyMachine, inputs: Alphabet, outputs: Alphabet) -> Machine:
    """Return AALpy's Mealy machine over symbol numbers as a Machine of the same states, in the same order.

    A transition that the automaton lacks, and an output that is None, are UNKNOWN.
    """
    number = {state: index for index, state in enumerate(automaton.states)}
    next_state = np.full((len(number), len(inputs)), UNKNOWN)
    output = next_state.copy()
    for state, index in number.items():
        for symbol, target in state.transitions.items():
            next_state[index, symbol] = number[target]
            answer = state.output_fun.get(symbol)
            output[index, symbol] = UNKNOWN if answer is None else answer
    return Machine(next_state, output, inputs, outputs, initial=number[automaton.initial_state])
