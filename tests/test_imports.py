"""Which room imports which, and that all but training works where torch is not installed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import seqlogic
from tests.training import train_into

ROOT = Path(__file__).parent.parent
LEARNER = {
    "capacity",
    "course",
    "curriculum",
    "growth",
    "learner",
    "metrics",
    "noisy_curriculum",
    "prefix_tree",
    "registers",
    "scan",
    "training",
}
CIRCUIT = {"machine", "encoding", "synthesis", "straight_line", "packing"}
HUBS = {"errors", "wording", "partition", "machine", "examples", "formats", "completion", "circuit"} | CIRCUIT
# Each room of seqlogic, and the rooms of seqlogic that it may import.
ALLOWED = {
    "errors": set(),
    "wording": set(),
    "programs": {"errors"},
    "signals": set(),
    "partition": set(),
    "machine": {"partition", "wording"},
    "examples": {"machine"},
    "completion": {"machine"},
    "encoding": set(),
    "synthesis": {"machine"},
    "straight_line": set(),
    "packing": set(),
    "circuit": CIRCUIT,
    "simulation": {"circuit"},
    "assignment": {"machine", "encoding", "circuit"},
    "formats": HUBS,
    "hard": HUBS,
    "collapse": HUBS,
    "incompatibility": HUBS,
    "merging": HUBS | {"incompatibility"},
    "noise": HUBS | {"proof"},
    "history": HUBS,
    "layered": HUBS | {"history"},
    "drawing": HUBS,
    "proof": HUBS | {"assignment", "hard", "incompatibility", "programs", "signals"},
    "asking": HUBS | {"proof"},
    "chart": set(),
    "equations": HUBS,
    "logic": HUBS | {"history", "layered", "incompatibility", "proof"},
    "report": HUBS | {"chart", "drawing", "equations", "proof"},
    "configurations": {"errors"},
    "run_folder": {"errors"},
    "replay": HUBS,
    "progress": LEARNER,
    "growth": set(),
    **dict.fromkeys(LEARNER - {"growth"}, LEARNER | HUBS | {"collapse", "hard", "incompatibility", "merging", "noise"}),
}
EVERYTHING = {"cli", "commands", "study", "__main__", "__init__"}


def imports(file: Path) -> set[str]:
    """The dotted names that a file imports, wherever in it, but for type checkers."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module or "")
    return found


def rooms() -> dict[str, list[Path]]:
    """The files of each room of seqlogic."""
    found: dict[str, list[Path]] = {}
    for file in sorted((ROOT / "seqlogic").rglob("*.py")):
        found.setdefault(file.relative_to(ROOT / "seqlogic").parts[0].removesuffix(".py"), []).append(file)
    return found


def test_every_room_has_its_place() -> None:
    assert set(rooms()) == set(ALLOWED) | EVERYTHING


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_what_lies_to_its_left(room: str) -> None:
    for file in rooms()[room]:
        names = [name.split(".") for name in imports(file)]
        assert {parts[1] for parts in names if parts[0] == "seqlogic"} <= ALLOWED[room] | {room}, file
        assert not {"tasks", "datamodules", "fpga"} & {parts[0] for parts in names}, file


@pytest.mark.parametrize(
    ("room", "ours", "seqlogics"),
    [("tasks", {"tasks"}, HUBS), ("datamodules", {"tasks", "datamodules"}, HUBS | {"prefix_tree"})],
)
def test_tasks_and_datamodules_import_the_hubs(room: str, ours: set[str], seqlogics: set[str]) -> None:
    for file in (ROOT / room).glob("*.py"):
        names = [name.split(".") for name in imports(file)]
        assert {parts[0] for parts in names} & {"tasks", "datamodules"} <= ours, file
        assert {parts[1] for parts in names if parts[0] == "seqlogic"} <= seqlogics, file


def test_gateware_imports_the_hubs_and_the_proofs() -> None:
    allowed = HUBS | {"assignment", "encoding", "programs", "proof", "run_folder", "commands"}
    for file in (ROOT / "fpga").rglob("*.py"):
        names = imports(file)
        ours = {name.split(".")[1] for name in names if name.startswith("seqlogic.")}
        assert ours <= allowed, file
        # Of the command line no more than how it reads arguments and what its exit codes are.
        commands = {name for name in names if name.startswith("seqlogic.commands")}
        assert commands <= {"seqlogic.commands", "seqlogic.commands.parser"}, file
        assert not {"tasks", "datamodules", "torch"} & {name.split(".")[0] for name in names}, file


def test_the_hub_hands_its_names_on() -> None:
    for name in seqlogic.__all__:
        assert getattr(seqlogic, name) is not None
    with pytest.raises(AttributeError, match=r"^module 'seqlogic' has no attribute 'brain'$"):
        seqlogic.brain  # noqa: B018


WITHOUT_TORCH = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        learn = {"torch", "lightning", "torchmetrics", "jsonargparse", "rich", "tensorboardX"}
        if name.split(".")[0] in {*learn, "litex"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
import seqlogic
from seqlogic.cli import main

machine = seqlogic.read_machine("run/machine.kiss2")
assert seqlogic.prove(machine, machine).result == "equal"
assert seqlogic.check_certificate("run").verdict == "exact"
for line in ("tasks", "show run/machine.json --svg m.svg", "export run/machine.json m.dot", "check run",
             "replay m.dot words.txt --vcd m.vcd", "query --machine m.dot --output n.json",
             "prove m.dot run/machine.kiss2", "export run/machine.json m.v", "export run/machine.json m.aig",
             "export m.aig m.blif"):
    assert main(line.split()) == 0, line
assert main(["train", "--config", "parity"]) == 2
assert main(["board", "info", "--build", "run"]) == 2
assert main(["replay", "m.dot", "words.txt", "--build", "run"]) == 2
assert main(["query", "--build", "run"]) == 2
"""


def test_all_but_training_works_without_torch(tmp_path: Path) -> None:
    assert train_into(tmp_path / "run") == 0
    (tmp_path / "words.txt").write_text("0 1\t0 1\n")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == (
        "seqlogic train: torch is not installed; install the extra `learn` (in the checkout: pip install "
        "'.[learn,report]')\n"
        "seqlogic board: litex is not installed; install the extra `sim` (in the checkout: pip install '.[sim]')\n"
        "seqlogic replay: --build: litex is not installed; install the extra `sim`\n"
        "seqlogic query: --build: litex is not installed; install the extra `sim`\n"
    )
    assert done.returncode == 0


def test_importing_the_hub_imports_no_torch() -> None:
    code = "import sys, seqlogic, seqlogic.cli; assert not {'torch', 'lightning', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
