"""Files: the format by the suffix, and what can be wrong with a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from strategies import machines

from seqlogic.errors import InputError
from seqlogic.formats import read_machine, write_machine
from seqlogic.machine import Alphabet, Machine

SUFFIXES = (".kiss2", ".kiss", ".dot", ".gv", ".json")
LAMP = Machine([[1], [0]], [0, 1], Alphabet.of(["pütsch"]), Alphabet.words(1), states=("off", "on"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("machines")


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".KISS2", ".Json"])
def test_what_is_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lamp{suffix}"
    write_machine(LAMP, str(path))
    machine = read_machine(str(path))
    assert (machine.digest, machine.inputs, machine.states) == (LAMP.digest, LAMP.inputs, LAMP.states)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@given(machines())
def test_all_formats_agree(folder: Path, machine: Machine) -> None:
    for suffix in (".kiss2", ".dot", ".json"):
        write_machine(machine, folder / f"machine{suffix}")
    digests = {read_machine(folder / f"machine{suffix}").digest for suffix in (".kiss2", ".dot", ".json")}
    assert digests == {machine.digest}


def test_names_that_utf8_cannot_hold(tmp_path: Path) -> None:
    names = Alphabet.of(["\ud800", "\u2028"])
    machine = Machine([[0, 0]], [[0, 1]], names, names, states=("\udfff",))
    for suffix in (".kiss2", ".dot", ".json"):
        write_machine(machine, tmp_path / f"odd{suffix}")
        assert read_machine(tmp_path / f"odd{suffix}").inputs == names


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path, ends: str) -> None:
    for suffix in (".kiss2", ".dot", ".json"):
        path = tmp_path / f"lamp{suffix}"
        write_machine(LAMP, path)
        text = path.read_text("utf-8")
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", ends).encode())
        assert read_machine(path).digest == LAMP.digest


@pytest.mark.parametrize("name", ["lamp.txt", "lamp", ".json"])
def test_an_unknown_suffix(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    message = f"{path}: unknown suffix {path.suffix!r}, expected one of: .kiss2 .kiss .dot .gv .json"
    with pytest.raises(InputError) as error:
        read_machine(path)
    assert str(error.value) == message
    with pytest.raises(InputError) as error:
        write_machine(LAMP, path)
    assert str(error.value) == message


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": is empty, expected a machine"),
        (b"\n \t\r\n", ": is empty, expected a machine"),
        (b"\n#\n\xe4b\n", ":3: byte 0xe4 is not UTF-8, expected text"),
        (b"\x00\x01", None),
    ],
)
def test_a_file_that_is_no_machine(tmp_path: Path, suffix: str, content: bytes, message: str | None) -> None:
    path = tmp_path / f"lamp{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_machine(path)
    assert str(error.value).startswith(f"{path}:")
    if message is not None:
        assert str(error.value) == f"{path}{message}"


def test_a_file_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    for name, message in (
        ("none.json", "no such file"),
        ("folder.json", "is a directory, expected a machine file"),
        ("nul\0.json", "cannot be read: embedded null byte"),
        ("a" * 300 + ".json", "cannot be read: File name too long"),
    ):
        with pytest.raises(InputError) as error:
            read_machine(tmp_path / name)
        assert str(error.value) == f"{tmp_path / name}: {message}".replace("\0", "\\x00")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    for name in ("none/lamp.json", "folder.json"):
        with pytest.raises(InputError, match="cannot be written: "):
            write_machine(LAMP, tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == ["folder.json"]


def test_what_was_there_stays_if_the_format_cannot_hold_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "wide.kiss2"
    write_machine(LAMP, path)
    before = path.read_bytes()
    wide = Machine([[0] * 8192], [[0] * 8192], Alphabet.words(13), Alphabet.words(1))
    with pytest.raises(InputError, match="13 input bits"):
        write_machine(wide, path)
    assert path.read_bytes() == before


def test_torch_is_not_needed() -> None:
    code = "import sys; sys.modules['torch'] = None; import seqlogic.formats; assert 'lightning' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


def test_a_run_folder_stands_for_its_machine(tmp_path: Path) -> None:
    machine = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], Alphabet.words(1), Alphabet.words(1))
    (tmp_path / "run.failed").mkdir()
    write_machine(machine, tmp_path / "run.failed" / "machine.json")
    assert read_machine(tmp_path / "run.failed").digest == machine.digest
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="unknown suffix"):
        read_machine(tmp_path / "empty")
