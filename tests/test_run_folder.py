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
    assert names(folder.final) == [".seqlogic-run", "config.yaml", "machine.kiss2"]
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
    assert names(folder.final) == [".seqlogic-run", "config.yaml"]


def test_what_has_no_checkpoint_starts_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n"):
        (folder.partial / "rest").mkdir()
        (folder.partial / "rest" / "file").touch()
    with folder.open("a: 2\n") as resumed:
        assert resumed is None
        assert names(folder.partial) == [".lock", ".seqlogic-run", "config.yaml"]


@pytest.mark.parametrize("left", [(), (".seqlogic-run",), (".lock", ".seqlogic-run")])
def test_a_folder_of_a_run_killed_at_its_very_beginning_is_ours(tmp_path: Path, left: tuple[str, ...]) -> None:
    folder = RunFolder(tmp_path / "parity")
    folder.partial.mkdir()
    for name in left:
        (folder.partial / name).touch()
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


@pytest.mark.parametrize("name", ["thesis.txt", "config.yaml", ".lock", "last.ckpt"])
@pytest.mark.parametrize("suffix", ["", ".partial", ".failed"])
def test_what_is_no_run_is_left_alone(tmp_path: Path, suffix: str, name: str) -> None:
    other = tmp_path / f"parity{suffix}"
    other.mkdir()
    (other / name).write_text("years of work")
    with pytest.raises(InputError, match=rf"parity{suffix}: holds files that are no run of seqlogic"):
        RunFolder(tmp_path / "parity").open("a: 1\n").__enter__()
    assert names(tmp_path) == [other.name]
    assert names(other) == [name]
    assert (other / name).read_text() == "years of work"
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


def test_an_exact_run_removes_the_failed_one_of_before(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    write(folder, "wrong", exact=False)
    write(folder, "exact")
    assert names(tmp_path) == ["parity"]


def test_a_folder_called_old_is_not_ours(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    (tmp_path / "parity.old").mkdir()
    (tmp_path / "parity.old" / "config.yaml").write_text("years of work")
    for text in ("first", "second"):
        write(folder, text)
        assert (tmp_path / "parity.old" / "config.yaml").read_text() == "years of work"
    folder.final.rename(tmp_path / "parity.new")
    write(folder, "third")
    assert names(tmp_path) == ["parity", "parity.new", "parity.old"]


def test_what_was_put_there_while_the_run_went_on_is_left_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n"):
        folder.checkpoint.touch()
        folder.final.mkdir()
        (folder.final / "thesis.txt").write_text("years of work")
        with pytest.raises(InputError, match="parity: holds files that are no run of seqlogic"):
            folder.finish(True)
    assert names(folder.final) == ["thesis.txt"]
    shutil.rmtree(folder.final)
    with folder.open("a: 1\n") as resumed:
        assert resumed == folder.checkpoint


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    for place in (folder.final, folder.partial, folder.failed):
        place.mkdir()
    write(folder, "first")
    assert (folder.final / "machine.kiss2").read_text() == "first"


@pytest.mark.parametrize("exact", [True, False])
def test_killed_between_the_renames_the_earlier_run_is_not_lost(
    tmp_path: Path, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path / "parity")
    target = write(folder, "first", exact)
    rename = Path.rename

    def killed(self: Path, target: Path) -> Path:
        if self == folder.partial:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            write(folder, "second", exact)
    assert not target.exists()
    with folder.open("a: 1\n"):
        assert (target / "machine.kiss2").read_text() == "first"
    assert names(tmp_path) == [target.name, "parity.partial"]


@pytest.mark.parametrize("removed", [True, False])
def test_killed_while_the_earlier_run_is_removed_it_is_removed_later(
    tmp_path: Path, removed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path / "parity")
    write(folder, "first")
    unlink = Path.unlink

    def killed(self: Path, missing_ok: bool = False) -> None:
        # The configuration goes first; the kill comes with the next file of the earlier run.
        if self.parent.name != ".parity.seqlogic-retired" or self.name == "config.yaml":
            return unlink(self, missing_ok)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with folder.open("a: 1\n"):
            (folder.partial / "machine.kiss2").write_text("second")
            with pytest.raises(KeyboardInterrupt):
                folder.finish(True)
    assert (folder.final / "machine.kiss2").read_text() == "second"
    if removed:
        # What is left of the first run must not come back in its place.
        shutil.rmtree(folder.final)
        with folder.open("a: 1\n"):
            assert names(tmp_path) == ["parity.partial"]
    write(folder, "third")
    assert (folder.final / "machine.kiss2").read_text() == "third"
    assert names(tmp_path) == ["parity"]


def test_a_refused_run_leaves_nothing_and_what_was_there_before(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    write(folder, "exact")
    with folder.open("a: 2\n"):
        folder.abandon()
    assert names(tmp_path) == ["parity"]
    assert (folder.final / "machine.kiss2").read_text() == "exact"
    with folder.open("a: 2\n"):
        folder.checkpoint.write_text("weights")
        folder.abandon()
    with folder.open("a: 2\n") as resumed:
        assert resumed == folder.checkpoint


def test_the_files_of_a_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "parity")
    with folder.open("a: 1\n"):
        folder.checkpoint.touch()
        (folder.partial / "sub").mkdir()
        (folder.partial / "sub" / "events").touch()
        assert folder.files() == [".seqlogic-run", "config.yaml", "sub/events"]
