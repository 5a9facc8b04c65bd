"""The parser of the commands that need no configuration."""

from __future__ import annotations

import argparse
from typing import NoReturn

from seqlogic.errors import InputError

__all__ = ["Parser"]


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Raise an InputError instead of printing the usage."""
        raise InputError(f"{message} (`{self.prog} --help` tells more)")
