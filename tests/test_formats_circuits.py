"""Circuit files: the format by the suffix, and what can be wrong with a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from strategies import circuits, same_arrays

from seqlogic.circuit import Circuit
from seqlogic.errors import InputError
from seqlogic.formats import read_circuit, write_circuit

SUFFIXES = (".aig", ".aag", ".blif")
TOGGLE = Circuit(("on",), ("q",), ("y",), np.array([[4, 2]]), np.array([7]), np.array([6]), np.array([True]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("circuits")


@pytest.mark.parametrize(
    ("suffix", "start"), [(".aig", b"aig "), (".aag", b"aag "), (".blif", b".model "), (".BLIF", b".")]
)
def test_what_is_written_is_read(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / f"toggle{suffix}"
    path.write_text("earlier")
    write_circuit(TOGGLE, str(path))
    assert path.read_bytes().startswith(start)
    assert same_arrays(read_circuit(str(path)), TOGGLE)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@given(circuits())
def test_all_formats_agree(folder: Path, circuit: Circuit) -> None:
    for suffix in SUFFIXES:
        write_circuit(circuit, folder / f"c{suffix}")
        assert same_arrays(read_circuit(folder / f"c{suffix}"), circuit)


def test_either_form_of_aiger_is_read_whatever_the_suffix(tmp_path: Path) -> None:
    write_circuit(TOGGLE, tmp_path / "a.aig")
    (tmp_path / "a.aig").rename(tmp_path / "a.aag")
    assert same_arrays(read_circuit(tmp_path / "a.aag"), TOGGLE)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_line_ends_of_text_do_not_matter(tmp_path: Path, ends: str) -> None:
    for suffix in (".aag", ".blif"):
        path = tmp_path / f"c{suffix}"
        write_circuit(TOGGLE, path)
        path.write_bytes(path.read_bytes().replace(b"\n", ends.encode()))
        assert same_arrays(read_circuit(path), TOGGLE)


@pytest.mark.parametrize("name", ["c.txt", "c", "c.v", "c.json"])
def test_an_unknown_suffix(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    message = f"{path}: unknown suffix {path.suffix!r}, expected one of: .aig .aag .blif"
    for use in (read_circuit, lambda path: write_circuit(TOGGLE, path)):
        with pytest.raises(InputError) as error:
            use(path)
        assert str(error.value) == message


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", [b"", b"\n \t\r\n"])
def test_an_empty_file(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"c{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_circuit(path)
    assert str(error.value) == f"{path}: is empty, expected a circuit"


def test_a_blif_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "c.blif"
    path.write_bytes(b".model m\n.inputs \xe4\n")
    with pytest.raises(InputError) as error:
        read_circuit(path)
    assert str(error.value) == f"{path}:2: byte 0xe4 is not UTF-8, expected text"


def test_a_file_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.aig").mkdir()
    for name, message in (
        ("none.aig", "no such file"),
        ("folder.aig", "is a directory, expected a circuit file"),
        ("nul\0.aig", "cannot be read: embedded null byte"),
    ):
        with pytest.raises(InputError) as error:
            read_circuit(tmp_path / name)
        assert str(error.value) == f"{tmp_path / name}: {message}".replace("\0", "\\x00")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.aig").mkdir()
    for name in ("none/c.aig", "folder.aig"):
        with pytest.raises(InputError, match="cannot be written: "):
            write_circuit(TOGGLE, tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == ["folder.aig"]


@pytest.mark.parametrize(
    ("suffix", "form", "name"), [(".aig", "AIGER", "a\nb"), (".aag", "AIGER", ""), (".blif", "BLIF", "a b")]
)
def test_what_was_there_stays_if_the_format_cannot_hold_the_circuit(
    tmp_path: Path, suffix: str, form: str, name: str
) -> None:
    path = tmp_path / f"c{suffix}"
    write_circuit(TOGGLE, path)
    before = path.read_bytes()
    with pytest.raises(InputError) as error:
        write_circuit(replace(TOGGLE, outputs=(name,)), path)
    assert str(error.value) == f"{path}: cannot be written: {form} cannot hold the name {name!r}"
    assert path.read_bytes() == before
