"""A machine as hardware has it: every bit pattern at its input has an answer, and an error bit says what it is worth.

What flows on from here is a Mealy machine over words of bits, so that circuits, tables in block RAM and their proofs
all start from one and the same specification.
"""

from __future__ import annotations

import numpy as np

from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy

__all__ = ["complete"]


def complete(machine: Machine, *, unknown: str = "flag") -> Machine:
    """Return the canonical Mealy machine over words of bits that answers every bit pattern, with an error bit.

    Let w and v be the widths of the two alphabets. Inputs are the words of w bits: a pattern that is no symbol keeps
    the state and answers symbol 0 with `error`. Outputs are the words of v + 1 bits: the index of the symbol below,
    `error` on top. O(X S log S) time, X = 2**w.

    >>> machine = Machine([[0, -1]], [[1, 0]], Alphabet.of("ab"), Alphabet.of("xy"))
    >>> complete(machine).next_state.tolist(), complete(machine).output.tolist()
    ([[0, 1], [1, 1]], [[1, 0], [2, 2]])

    Args:
        machine: of either kind.
        unknown: "flag": bits that are not known are answered as 0 with `error`, and an unknown transition leads to a
            state that answers 0 with `error` for ever. "free": unknown entries stay unknown, for logic to choose;
            `error` is a known 0 wherever the transition or a bit of the output is known.

    Raises:
        ValueError: another `unknown`, or output words of 30 bits, which leave no room for `error`.
    """
    if unknown not in ("flag", "free"):
        raise ValueError(f"unknown is {unknown!r}, expected 'flag' or 'free'")
    v = machine.outputs.width
    outputs, inputs = Alphabet.words(v + 1), Alphabet.words(machine.inputs.width)
    # Free entries survive as they are, so that the canonical form may be taken first; a state of which nothing is
    # known is thereby an unknown transition still, although it will answer the patterns that are no symbol.
    mealy = canonical(to_mealy(machine)) if unknown == "free" else to_mealy(machine)
    S, X = mealy.next_state.shape
    error, full = 1 << v, mealy.outputs.full
    extra = len(inputs) - X

    next_state, care = mealy.next_state, mealy.care
    output = np.where(care == 0, 0, mealy.output)
    if unknown == "free":
        care = np.where((care != 0) | (next_state != UNKNOWN), care | error, 0)
    else:
        output = np.where(care == full, output, output | error)
        care = np.full_like(output, full | error)
        # State S answers for all that is lost; it goes if nothing leads there.
        next_state = np.vstack([np.where(next_state == UNKNOWN, S, next_state), np.full((1, X), S)])
        output = np.vstack([output, np.full((1, X), error)])
        care = np.vstack([care, np.full((1, X), full | error)])
    n = len(next_state)
    result = Machine(
        next_state=np.hstack([next_state, np.repeat(np.arange(n)[:, None], extra, axis=1)]),
        output=np.hstack([output, np.full((n, extra), error)]),
        inputs=inputs,
        outputs=outputs,
        care=np.hstack([care, np.full((n, extra), full | error)]),
        initial=mealy.initial,
    )
    return result if unknown == "free" else canonical(result)
