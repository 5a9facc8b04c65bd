"""Machines as files: KISS2, DOT and JSON."""

from seqlogic.formats.files import read_machine, write_machine

__all__ = ["read_machine", "write_machine"]
