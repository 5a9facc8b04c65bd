"""The arguments that say what the ports of a Verilog module are."""

from __future__ import annotations

import pytest

from fpga.ports import Pins
from seqlogic.commands.parser import Parser
from seqlogic.commands.ports import NAMES, add_ports, is_verilog, pins_of
from seqlogic.errors import InputError


@pytest.fixture
def parser() -> Parser:
    found = Parser(prog="some")
    add_ports(found, " (default all)")
    return found


def test_nothing_is_given(parser: Parser) -> None:
    options = parser.parse_args([])
    assert all(getattr(options, name) is None for name in NAMES)
    assert "(default all)" in parser.format_help()


def test_all_is_given(parser: Parser) -> None:
    line = "--inputs a b[1] --outputs y --clock ck --edge falling --reset r --reset-level 0 --registered --top m"
    options = parser.parse_args([*line.split(), "--enable", "en"])
    assert all(getattr(options, name) is not None for name in NAMES)
    assert pins_of(options) == Pins(("a", "b[1]"), ("y",), "ck", "falling", "r", 0, registered=True, enable="en")


def test_what_is_not_given_has_its_default(parser: Parser) -> None:
    assert pins_of(parser.parse_args(["--clock", "ck"])) == Pins((), (), "ck", "rising", None, 1, registered=False)


def test_what_is_none_is_refused(parser: Parser) -> None:
    with pytest.raises(InputError, match="argument --reset-level: invalid choice: 2"):
        parser.parse_args(["--reset-level", "2"])


def test_verilog_is_known_by_its_suffix() -> None:
    assert [is_verilog(file) for file in ("a.v", "a.SV", "v", "a.kiss2", "a.v.dot")] == [
        True,
        True,
        False,
        False,
        False,
    ]
