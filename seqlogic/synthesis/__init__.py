"""Logic synthesis: from truth tables with don't-cares to an and-inverter graph of few gates."""

from seqlogic.synthesis.functions import Function, synthesise
from seqlogic.synthesis.gates import FALSE, TRUE, Gates
from seqlogic.synthesis.machine import machine_logic

__all__ = ["FALSE", "TRUE", "Function", "Gates", "machine_logic", "synthesise"]
