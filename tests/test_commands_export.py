"""`seqlogic export`: circuits in every format of circuits, machines as BLIF, and what does not become what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqlogic.circuit import Circuit, to_machine
from seqlogic.cli import main
from seqlogic.formats import read_circuit, write_circuit, write_machine
from seqlogic.formats.verilog import render_circuit
from seqlogic.machine import Alphabet, Machine
from seqlogic.proof.circuits import prove_circuits

TOGGLE = Circuit(("on",), ("q",), ("y",), np.array([[4, 2]]), np.array([7]), np.array([6]), np.array([True]))
PARITY = Machine(
    [[0, 1], [1, 0]], [[0, 1], [1, 0]], Alphabet(bits=1, signals=(("a b", 1),)), Alphabet(bits=1, signals=((".#", 1),))
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for suffix in ("aig", "aag", "blif"):
        write_circuit(TOGGLE, f"toggle.{suffix}")
    write_machine(PARITY, "parity.json")
    Path("always.aag").write_text("aag 0 0 0 0 0\n")
    Path("broken.blif").write_text(".model m\n.outputs y\n.end\n")
    return tmp_path


@pytest.mark.parametrize("source", ["toggle.aig", "toggle.aag", "toggle.blif"])
def test_a_circuit_in_every_format(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = f": 1 input, 1 output, 1 gate, 1 flip-flop, digest {TOGGLE.digest}\n"
    for suffix in ("aig", "aag", "blif"):
        assert main(["export", source, f"other.{suffix}"]) == 0
        assert capsys.readouterr().out == f"other.{suffix}{said}"
        assert Path(f"other.{suffix}").read_bytes() == Path(f"toggle.{suffix}").read_bytes()
    assert main(["export", source, "my-toggle.v"]) == 0
    assert capsys.readouterr().out == f"my-toggle.v{said}"
    assert Path("my-toggle.v").read_text() == render_circuit(TOGGLE, "my_toggle")
    assert not Path("my-toggle_tb.v").exists()


def test_a_circuit_by_the_name_of_the_format() -> None:
    for form, suffix in (("aiger", "aig"), ("verilog", "v")):
        assert main(["export", "toggle.blif", "--format", form]) == 0
        assert Path(f"toggle.{suffix}").exists()
    assert main(["export", "toggle.aig", "--format", "blif"]) == 0
    assert main(["export", "toggle.aig", "TOGGLE.BLIF", "--format", "blif"]) == 2


def test_a_machine_as_blif(capsys: pytest.CaptureFixture[str]) -> None:
    for target in ("parity.blif", "parity.aag"):
        assert main(["export", "parity.json", target]) == 0
        assert capsys.readouterr().out.startswith(f"{target}: 2 states, binary encoding, ")
    circuit = read_circuit("parity.blif")
    # Names that BLIF cannot hold are written otherwise, in AIGER as well.
    assert (circuit.inputs, circuit.outputs) == (("a_b",), ("__", "error"))
    assert prove_circuits(circuit, read_circuit("parity.aag")).result == "equal"
    machine = to_machine(circuit)
    assert machine.next_state.tolist() == [[0, 1], [1, 0]]
    assert machine.output.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("toggle.aig x.kiss2", "x.kiss2: toggle.aig is a circuit, expected a target of one of: .aig .aag .blif .v"),
        ("toggle.aig x.pdf", "x.pdf: toggle.aig is a circuit, expected a target of one of: .aig .aag .blif .v"),
        ("toggle.aig --format dot", "toggle.dot: toggle.aig is a circuit, expected a target of one of: .aig .aag"),
        ("toggle.aig x.aag --kind mealy", "--kind is for machines, but toggle.aig is a circuit"),
        ("toggle.aig x.aag --minimise", "--minimise is for machines, but toggle.aig is a circuit"),
        ("toggle.aig x.aag --encoding gray", "--encoding is for machines, but toggle.aig is a circuit"),
        ("toggle.aig x.aag --unknown free", "--unknown is for machines, but toggle.aig is a circuit"),
        ("toggle.aig x.aag --format blif", "x.aag is not named as --format blif, expected .blif"),
        ("none.aig x.aag", "none.aig: no such file"),
        ("broken.blif x.aag", "broken.blif:2: 'y' is driven by nothing"),
        ("toggle.aig none/x.aag", "none/x.aag: cannot be written: No such file or directory"),
        ("toggle.aig none/x.v", "none/x.v: cannot be written: No such file or directory"),
        ("always.aag always.v", "always.v: cannot be written as Verilog: 'always' is no Verilog identifier"),
        (
            "parity.json x.pdf",
            "x.pdf: unknown suffix '.pdf', expected one of: .kiss2 .kiss .dot .gv .json .aig .aag .blif .v",
        ),
    ],
)
def test_what_does_not_become_what(line: str, said: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(place.iterdir())
    assert main(["export", *line.split()]) == 2
    assert said in capsys.readouterr().err
    assert sorted(place.iterdir()) == before
