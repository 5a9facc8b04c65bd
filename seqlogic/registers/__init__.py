"""The discrete latent registers, one module per kind."""

from seqlogic.registers.table import TableRegisters

__all__ = ["TableRegisters"]
