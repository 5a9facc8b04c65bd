"""The built wheel: what it holds, and that it runs where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--disable-pip-version-check", "--wheel-dir", str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_the_packages_and_the_configurations(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"seqlogic", "datamodules", "tasks", "fpga"}
    for folder in ("seqlogic", "datamodules", "tasks", "fpga"):
        ours = {file.relative_to(ROOT).as_posix() for file in (ROOT / folder).rglob("*.py")}
        assert ours <= names
    captures = [file.relative_to(ROOT).as_posix() for file in (ROOT / "fpga" / "captures").glob("*.v*")]
    assert len(captures) == 6
    assert set(captures) <= names
    configs = ROOT / "configs"
    shipped = {f"seqlogic/configs/{file.relative_to(configs).as_posix()}" for file in configs.rglob("*.yaml")}
    assert shipped == {name for name in names if name.endswith(".yaml")}
    assert not [name for name in names if name.startswith("tests") or "/test_" in name]


def test_it_runs_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--disable-pip-version-check", "--no-index", str(wheel)], check=True)
    # The dependencies are those of this environment. Its editable seqlogic is not among them: that is named by a .pth
    # file, and those of a folder that is itself named by one are not read.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = tmp_path / "venv" / "lib" / version / "site-packages"
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (tmp_path / "elsewhere").mkdir()

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(tmp_path / "venv" / "bin" / command[0]), *command[1:]],
            cwd=tmp_path / "elsewhere",
            env={"PATH": "/nowhere", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run("python", "-c", "import seqlogic, tasks, datamodules; print(seqlogic.__file__, tasks.__file__)")
    assert all(Path(path).is_relative_to(site) for path in where.split())
    assert run("seqlogic", "--version").startswith("seqlogic ")
    assert "Is the number of ones so far odd?" in run("seqlogic", "tasks")
    assert "exact: the machine is equal to the reference" in run("seqlogic", "train", "--config", "parity")
    assert "exact, and every file is as it was written" in run("seqlogic", "check", "runs/parity")
