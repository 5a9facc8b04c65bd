"""The run folder: what it refuses, what it resumes, and that nothing good is ever lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seqlogic.errors import InputError
from seqlogic.run_folder import RunFolder


def write(folder: RunFolder, text: str, exact: bool = True) -> Path:
    """A whole run that leaves one file."""
    with folder.open("a: 1\n"):
        (folder.partial / "machine.kiss2").write_text(text)
        return folder.finish(exact)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_exact_run_ends_in_its_place(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "parity")
    assert write(folder, "first") == folder.final
    assert names(tmp_path / "runs") == ["parity"]
    assert names(folder.final) == ["config.yaml", "machine.kiss2"]
    assert (folder.final / "config.yaml").read_text() == "a: 1\n"
    write(folder, "second")
    assert (folder.final / "machine.kiss2").read_text() == "second"
    assert names(tmp_path / "runs") == ["parity"]


def test_any_other_run_ends_beside_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    write(folder, "exact")
    assert write(folder, "wrong", exact=False) == folder.failed == tmp_path / "parity.failed"
    assert (folder.final / "machine.kiss2").read_text() == "exact"
    write(folder, "wrong again", exact=False)
    assert (folder.failed / "machine.kiss2").read_text() == "wrong again"
    assert names(tmp_path) == ["parity", "parity.failed"]


def test_a_checkpoint_is_resumed_by_the_same_configuration_only(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n") as resumed:
        assert resumed is None
        folder.checkpoint.write_text("half way")
    with pytest.raises(InputError, match=r"parity\.partial: holds an interrupted run with other arguments"):
        folder.open("a: 2\n").__enter__()
    with folder.open("a: 1\n") as resumed:
        assert resumed == folder.checkpoint
        assert resumed.read_text() == "half way"
        folder.finish(True)
    assert names(folder.final) == ["config.yaml"]


def test_what_has_no_checkpoint_starts_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n"):
        (folder.partial / "rest").mkdir()
        (folder.partial / "rest" / "file").touch()
    with folder.open("a: 2\n") as resumed:
        assert resumed is None
        assert names(folder.partial) == [".lock", "config.yaml"]


def test_a_folder_in_which_only_the_lock_was_written_is_ours(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    folder.partial.mkdir()
    (folder.partial / ".lock").touch()
    with folder.open("a: 1\n") as resumed:
        assert resumed is None


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    folder, second = RunFolder(tmp_path / "parity"), RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n"):
        folder.checkpoint.touch()
        with pytest.raises(InputError, match=r"parity\.partial: another run is being written here$"):
            second.open("a: 1\n").__enter__()
        assert folder.checkpoint.exists()
    with second.open("a: 1\n") as resumed:
        assert resumed is not None


@pytest.mark.parametrize("suffix", ["", ".partial", ".failed"])
def test_what_is_no_run_is_left_alone(tmp_path: Path, suffix: str) -> None:
    other = tmp_path / f"parity{suffix}"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=rf"parity{suffix}: holds files that are no run of seqlogic"):
        RunFolder(tmp_path / "parity").open("a: 1\n").__enter__()
    assert names(tmp_path) == [other.name]
    assert names(other) == ["thesis.txt"]
    shutil.rmtree(other)
    other.write_text("a file")
    with pytest.raises(InputError, match=rf"parity{suffix}: is in the way of the run folder"):
        RunFolder(tmp_path / "parity").open("a: 1\n").__enter__()
    other.unlink()
    other.symlink_to(tmp_path)
    with pytest.raises(InputError, match=rf"parity{suffix}: is in the way of the run folder"):
        RunFolder(tmp_path / "parity").open("a: 1\n").__enter__()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/run\.partial: cannot be written \(Not a directory\)$"):
        RunFolder(tmp_path / "file" / "run").open("a: 1\n").__enter__()
    with pytest.raises(InputError, match=r"^\.\.: is no name for a run folder$"):
        RunFolder("..")


def test_killed_between_the_renames_the_earlier_run_is_not_lost(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    write(folder, "first")
    folder.final.rename(tmp_path / "parity.old")
    with folder.open("a: 1\n"):
        assert (folder.final / "machine.kiss2").read_text() == "first"
    assert names(tmp_path) == ["parity", "parity.partial"]


def test_nothing_is_left_of_a_discarded_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n"):
        folder.discard()
    assert names(tmp_path) == []


def test_the_files_of_a_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n"):
        folder.checkpoint.touch()
        (folder.partial / "sub").mkdir()
        (folder.partial / "sub" / "events").touch()
        assert folder.files() == ["config.yaml", "sub/events"]
