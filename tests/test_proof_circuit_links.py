"""The links of learned logic: equal, or the word that shows that they are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqlogic.circuit import to_circuit
from seqlogic.encoding import state_codes
from seqlogic.errors import InputError
from seqlogic.formats import write_circuit, write_machine
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof import check_certificate, prove_run, verdict_of, write_certificate
from seqlogic.proof.certificate import verdict_of_results
from seqlogic.proof.circuit_links import circuit_verilog, circuits_link, logic_link, read_bounded_circuit
from seqlogic.proof.circuits import prove_circuits
from seqlogic.proof.links import Side
from tasks import Counter, Crc, Parity

PARITY = Parity().reference()
LEFT, RIGHT = Side("a", "a.aig", "0" * 64), Side("b", "b.aig", "1" * 64)


def run_of_a_circuit(folder: Path) -> Path:
    circuit = Crc(polynomial="crc8").circuit()
    for name in ("learned.aig", "circuit.aig", "reference.aig"):
        write_circuit(circuit, folder / name)
    links = prove_run(folder)
    write_certificate(folder, links, ["learned.aig", "circuit.aig", "reference.aig"], {}, consistent=True)
    return folder


def test_logic_is_the_machine_it_makes() -> None:
    circuit = to_circuit(PARITY, state_codes(2, "one-hot"))
    link = logic_link(circuit, PARITY)
    assert link.result == "equal"
    assert link.details == {"states of the logic": 2, "machine states": 2}
    wrong = logic_link(replace(circuit, output=circuit.output ^ 1), PARITY)
    assert wrong.result == "differs"
    assert wrong.counterexample == ("0",)


def test_a_machine_of_other_sizes_differs() -> None:
    words = Alphabet.words(2)
    wide = Machine([[0, 0, 0, 0]], [[0, 1, 2, 3]], words, words)
    link = logic_link(to_circuit(PARITY, state_codes(2, "binary")), wide)
    assert link.result == "differs"
    assert "1 input and 1 output bits, the machine 2 and 2" in link.details["fault"]


def test_logic_that_answers_no_symbol_differs() -> None:
    machine = Machine([[0, 0]], [[0, 2]], Alphabet.words(1), Alphabet.of("abc"))
    circuit = to_circuit(Machine([[0, 0]], [[0, 3]], Alphabet.words(1), Alphabet.words(2)), state_codes(1, "binary"))
    link = logic_link(circuit, machine)
    assert link.result == "differs"
    assert "the pattern 3, which is no symbol" in link.details["fault"]


def test_two_circuits_are_equal_or_told_apart_in_bits() -> None:
    counter = Counter(bits=16).circuit()
    link = circuits_link("x", LEFT, counter, RIGHT, replace(counter, outputs=counter.latches, latches=counter.outputs))
    assert link.result == "equal"
    assert link.details["latches"] == "16 and 16"
    link = circuits_link("x", LEFT, counter, RIGHT, replace(counter, reset=np.arange(16) == 15))
    assert link.result == "differs"
    assert link.counterexample == ("0",)
    assert link.details["left answers"] == ["0" * 16]
    assert link.details["right answers"] == ["1" + "0" * 15]


def test_circuits_of_other_sizes_differ() -> None:
    link = circuits_link("x", LEFT, Counter(bits=4).circuit(), RIGHT, Counter(bits=5).circuit())
    assert link.result == "differs"
    assert "1 and 4 bits on one side, 1 and 5" in link.details["fault"]


def test_out_of_time_is_undecided_and_never_equal() -> None:
    crc = Crc(polynomial="crc32").circuit()
    link = circuits_link("x", LEFT, crc, RIGHT, replace(crc, reset=crc.reset), seconds=0.0)
    assert link.result == "undecided"
    assert "no word of 0 symbols differs" in link.details["reason"]
    assert verdict_of([link], True) == "undecided"


def test_a_run_of_a_circuit_is_proven_again(tmp_path: Path) -> None:
    folder = run_of_a_circuit(tmp_path)
    check = check_certificate(folder)
    assert check.ok
    assert check.verdict == "exact"
    assert [link.name for link in check.links] == ["learned logic = circuit", "circuit = reference circuit"]


def test_a_changed_circuit_breaks_its_certificate(tmp_path: Path) -> None:
    folder = run_of_a_circuit(tmp_path)
    crc = Crc(polynomial="crc8").circuit()
    write_circuit(replace(crc, output=crc.output ^ 1), folder / "circuit.aig")
    check = check_certificate(folder)
    assert not check.ok
    assert any(finding.startswith("circuit.aig") for finding in check.findings)
    assert check.verdict == "differs"


def test_a_reference_taken_away_is_missed(tmp_path: Path) -> None:
    folder = run_of_a_circuit(tmp_path)
    (folder / "reference.aig").unlink()
    check = check_certificate(folder)
    assert not check.ok
    assert check.verdict == "undecided"


def test_a_circuit_beside_a_machine_is_not_listed(tmp_path: Path) -> None:
    write_machine(PARITY, tmp_path / "machine.json")
    write_machine(PARITY, tmp_path / "machine.kiss2")
    write_machine(PARITY, tmp_path / "reference.json")
    write_circuit(to_circuit(PARITY, state_codes(2, "binary")), tmp_path / "learned.aig")
    files = ["machine.json", "machine.kiss2", "reference.json", "learned.aig"]
    links = prove_run(tmp_path)
    assert [link.result for link in links] == ["equal", "equal"]
    assert write_certificate(tmp_path, links, files, {}, consistent=True) == "exact"
    with pytest.raises(ValueError, match=r"learned\.aig is not among the files"):
        write_certificate(tmp_path, links, files[:-1], {}, consistent=True)
    assert check_certificate(tmp_path).verdict == "exact"


def test_a_file_that_is_no_circuit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "circuit.aig").write_bytes(b"aig 1 1\n")
    with pytest.raises(InputError, match=r"circuit\.aig"):
        prove_run(tmp_path)
    with pytest.raises(InputError):
        read_bounded_circuit(tmp_path / "none.aig")


def test_logic_of_too_many_states_to_list_is_no_machine() -> None:
    link = logic_link(Counter(bits=20).circuit(), Machine([[0, 0]], [[0, 0]], Alphabet.words(1), Alphabet.words(20)))
    assert link.result == "differs"
    assert "more than 65,536 states" in link.details["fault"]


def test_a_proof_that_takes_too_long_here_is_a_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Crc(polynomial="crc32").circuit()
    for name in ("learned.aig", "circuit.aig", "reference.aig"):
        write_circuit(circuit, tmp_path / name)
    links = prove_run(tmp_path)
    write_certificate(tmp_path, links, ["learned.aig", "circuit.aig", "reference.aig"], {}, consistent=True)
    monkeypatch.setattr(
        "seqlogic.proof.circuit_links.prove_circuits", lambda a, b, **_: prove_circuits(a, b, seconds=0.0)
    )
    check = check_certificate(tmp_path)
    assert check.ok
    assert check.verdict == "undecided"
    assert [claim.name for claim in check.claims] == ["learned logic = circuit", "circuit = reference circuit"]


@pytest.mark.parametrize("name", ["machine.json", "hard.npz", "machine.kiss2", "examples.txt", "reference.json"])
def test_what_belongs_to_a_machine_beside_a_circuit_is_a_finding(tmp_path: Path, name: str) -> None:
    folder = run_of_a_circuit(tmp_path)
    (folder / name).write_text("anything")
    assert not check_certificate(folder).ok


def test_verilog_that_is_not_the_circuit_is_a_finding(tmp_path: Path) -> None:
    folder = run_of_a_circuit(tmp_path)
    files = ["learned.aig", "circuit.aig", "reference.aig", "circuit.v"]
    (folder / "circuit.v").write_text(circuit_verilog(Crc(polynomial="crc8").circuit()))
    write_certificate(folder, prove_run(folder), files, {}, consistent=True)
    assert check_certificate(folder).ok
    (folder / "circuit.v").write_text("module circuit; endmodule\n")
    write_certificate(folder, prove_run(folder), files, {}, consistent=True)
    assert check_certificate(folder).findings == ("circuit.v: is not what seqlogic makes of circuit.aig",)


def test_links_of_different_chains_do_not_make_one() -> None:
    links = {"learned logic = circuit": "equal", "machine = reference": "equal"}
    assert verdict_of_results(links, True) == "undecided"
    assert verdict_of_results({"hard network = machine": "equal", "circuit = reference circuit": "equal"}, True) == (
        "undecided"
    )
