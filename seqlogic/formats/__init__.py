"""Machines as files: KISS2, DOT and JSON; circuits as files: AIGER and BLIF."""

from seqlogic.formats.circuits import check_form, is_circuit, read_circuit, write_circuit
from seqlogic.formats.files import read_machine, write_machine

__all__ = ["check_form", "is_circuit", "read_circuit", "read_machine", "write_circuit", "write_machine"]
