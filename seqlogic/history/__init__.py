"""History registers: the last inputs and outputs in shift registers, and a learned logic function of them."""

from seqlogic.history.and_xor import AndXor
from seqlogic.history.enumerated import Enumerated
from seqlogic.history.learn import Form, History, build_forms, fit_forms, held_out, learn_history
from seqlogic.history.lookup import Lookup
from seqlogic.history.planes import Planes, Tell, Wire
from seqlogic.history.spoiled import Spoiled, spoiled

__all__ = [
    "AndXor",
    "Enumerated",
    "Form",
    "History",
    "Lookup",
    "Planes",
    "Spoiled",
    "Tell",
    "Wire",
    "build_forms",
    "fit_forms",
    "held_out",
    "learn_history",
    "spoiled",
]
