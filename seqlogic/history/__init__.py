"""History registers: the last inputs and outputs in shift registers, and a learned logic function of them."""

from seqlogic.history.and_xor import AndXor
from seqlogic.history.learn import History, learn_history
from seqlogic.history.lookup import Lookup
from seqlogic.history.planes import Wire

__all__ = ["AndXor", "History", "Lookup", "Wire", "learn_history"]
