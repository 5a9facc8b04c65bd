"""The board table: every board elaborates; with SEQLOGIC_TEST_BOARDS set, every open one is built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("litex", reason="litex is not installed (the extra `fpga`)")

from fpga.boards import BOARDS, board_named
from fpga.build import generate
from fpga.implementation import implement
from fpga.soc import BaseSoC
from fpga.tools import output_to
from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from tests.gateware import PARITY, random_machine

OPEN = [name for name, board in BOARDS.items() if board.extra is not None]


@pytest.mark.parametrize("name", list(BOARDS))
@pytest.mark.parametrize("with_pins", [False, True])
def test_every_board_elaborates(name: str, with_pins: bool, tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    with output_to(log):
        soc = BaseSoC(implement(PARITY), BOARDS[name], name=name, with_pins=with_pins)
    generate(soc, tmp_path, log)
    verilog = (tmp_path / "gateware" / "soc.v").read_text()
    assert "module soc" in verilog
    constraints = [
        file for file in (tmp_path / "gateware").iterdir() if file.suffix in (".pcf", ".lpf", ".cst", ".xdc")
    ]
    assert constraints, "no pins are constrained"
    assert ("machine_inputs" in constraints[0].read_text()) == with_pins
    assert "csr_register,machine_identity," in (tmp_path / "csr.csv").read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("icebraker", "unknown board 'icebraker', expected icebreaker or orangecrab"),
        ("ULX3S", "unknown board 'ULX3S', expected ulx3s"),
        ("zzz", f"unknown board 'zzz', expected one of: {', '.join(BOARDS)}"),
    ],
)
def test_an_unknown_board_gets_the_nearest_names(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        board_named(name)
    assert str(caught.value) == message


def test_a_machine_with_more_signals_than_pins_is_refused(tmp_path: Path) -> None:
    wide = random_machine(2, inputs=256, outputs=256)
    with (
        pytest.raises(InputError, match=r"^--with-pins: the machine needs 18 pins .*, tang-nano-9k has 8 for it$"),
        output_to(tmp_path / "build.log"),
    ):
        BaseSoC(implement(wide), BOARDS["tang-nano-9k"], name="tang-nano-9k", with_pins=True)


@pytest.mark.skipif("SEQLOGIC_TEST_BOARDS" not in os.environ, reason="minutes long: make test-boards")
@pytest.mark.parametrize("name", OPEN)
def test_every_open_board_builds(name: str, tmp_path: Path) -> None:
    write_machine(PARITY, tmp_path / "parity.kiss2")
    command = [sys.executable, "-m", "fpga", "--board", name, "--machine", str(tmp_path / "parity.kiss2"), "--build"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    assert (tmp_path / "build" / name / "parity" / f"parity{BOARDS[name].bitstream}").stat().st_size > 10_000
