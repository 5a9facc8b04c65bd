"""The signals of a VCD file: what the bits of the symbols are called."""

from __future__ import annotations

import io
from typing import Any

import pytest

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import vcd_signals
from seqlogic.formats.vcd import parse_vcd
from seqlogic.machine import Alphabet

HEADER = """$scope module top $end $scope module dut $end
$var wire 4 w data [3:0] $end $var wire 4 u up [0:3] $end $var wire 1 s rx $end $var wire 1 c clk $end
$var wire 2 h d [3:2] $end $var wire 2 l d [1:0] $end
$upscope $end $var wire 1 y y $end $upscope $end $enddefinitions $end
#0 0c 0s 0y b1 w b1 u b1 h b0 l #1 1c
"""


def read(ins: list[str], **arguments: Any) -> Examples:
    """The one step of the file, with these inputs and the output y."""
    signals = {"input_signals": ins, "output_signals": ["top.y"], "clock": "clk"}
    return parse_vcd(io.BytesIO(HEADER.encode()), "x.vcd", **signals | arguments)


def test_bits_are_named_as_the_user_names_their_signals() -> None:
    found = read(["dut.data[3:0]", "top.dut.rx", "up[2]"])
    assert found.inputs.signals == (("dut.data", 4), ("top.dut.rx", 1), ("up[2]", 1))
    assert found.outputs.signals == (("top.y", 1),)


def test_a_given_alphabet_has_them_where_its_order_is_that_of_the_words() -> None:
    found = read(["rx"], inputs=Alphabet.of("01"), outputs=Alphabet.of("10"))
    assert (found.inputs.signals, found.outputs.signals) == ((("rx", 1),), ())
    assert read(["rx"], inputs=Alphabet.words(1)).inputs.signals == (("rx", 1),)
    # A bit more than the signal has.
    assert read(["rx"], inputs=Alphabet.of("012")).inputs.signals == ()


def test_two_parts_of_a_vector_keep_their_ranges() -> None:
    assert read(["d[3:2]", "d[1:0]"]).inputs.signals == (("d[3:2]", 2), ("d[1:0]", 2))
    with pytest.raises(InputError, match="named for two uses"):
        read(["d[3:2]", "d[3:2]"])


def test_a_vector_is_no_larger_than_those_of_simulators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vcd_signals, "_MOST_BITS", 4)
    assert read(["data"]).words.tolist() == [[1]]
    monkeypatch.setattr(vcd_signals, "_MOST_BITS", 3)
    with pytest.raises(InputError, match=r"^x\.vcd: signal 'data\[0\]' has 4 bits, expected at most 3$"):
        read(["data[0]"])
