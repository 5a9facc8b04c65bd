"""Cores with their registers on a bus of their own, for Migen's simulator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from litex.gen import LiteXModule
from litex.soc.interconnect import csr_bus

__all__ = ["OnBus"]


class OnBus(LiteXModule):
    """Cores, each an attribute of the name given, and the registers of all on one bus; no two may share a name."""

    def __init__(self, **cores: LiteXModule) -> None:
        self.csrs = []
        for name, core in cores.items():
            setattr(self, name, core)
            self.csrs += core.get_csrs()
        self.bus = csr_bus.Interface(data_width=32)
        self.bank = csr_bus.CSRBank(self.csrs, bus=self.bus)

    def _places(self, name: str) -> list[int]:
        """Where the words of a register are, the highest first; LiteX numbers them, and a storage always."""
        words = [csr.name for csr in self.bank.simple_csrs]
        return [place for place, word in enumerate(words) if re.fullmatch(f"{name}[0-9]*", word)]

    def write(self, name: str, value: int, settle: int = 5) -> Iterator[Any]:
        """Write a register of one word, and let so many clocks pass, by default until the core is done with it."""
        (place,) = self._places(name)
        yield from self.bus.write(place, value)
        for _ in range(settle):
            yield

    def read(self, name: str) -> Iterator[Any]:
        """Read a register."""
        value = 0
        for place in self._places(name):
            yield from self.bus.read(place)
            yield
            value = value << 32 | (yield self.bus.dat_r)
        return value

    def fields(self, name: str) -> Iterator[Any]:
        """Read a register; its fields as a dictionary."""
        value = yield from self.read(name)
        (csr,) = [csr for csr in self.csrs if csr.name == name]
        return {field.name: value >> field.offset & (1 << field.size) - 1 for field in csr.fields.fields}
