"""Files while they are read: their lines, how far the reading has come, and the words of a long line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.errors import InputError
from seqlogic.formats import stream
from seqlogic.formats.stream import open_bytes, open_lines, pieces


def test_what_is_told_grows_up_to_the_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_BLOCK", 4)
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    told: list[tuple[int, int]] = []
    with open_bytes(path, lambda done, of: told.append((done, of))) as file:
        assert file.read(3) == b"012"
        assert told == [(4, 10)]
        assert file.read() == b"3456789"
    assert {of for _, of in told} == {10}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (10, 10)


def test_a_pipe_has_no_size() -> None:
    read, write = os.pipe()
    os.write(write, b"a\nb\n")
    os.close(write)
    told: list[tuple[int, int]] = []
    with open_lines(Path(f"/dev/fd/{read}"), lambda done, of: told.append((done, of))) as lines:
        assert list(lines) == ["a\n", "b\n"]
    os.close(read)
    assert set(told) == {(4, 4)}


@pytest.mark.parametrize(("newline", "ends"), [(None, ["\n", "\n", "\n"]), ("", ["\r\n", "\r", "\n"])])
def test_line_ends_are_those_of_open(newline: str | None, ends: list[str], tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfa\r\n\xc3\xbc\rb\nc")
    with open_lines(tmp_path / "x", newline=newline) as found:
        assert list(found) == [f"a{ends[0]}", f"\u00fc{ends[1]}", f"b{ends[2]}", "c"]


def test_a_line_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1234\n123\n12345\n")
    with open_lines(tmp_path / "x", longest=6) as lines:
        assert len(list(lines)) == 3
    with (
        pytest.raises(InputError, match=r"x:3: a line of more than 5 characters, expected shorter ones$"),
        open_lines(tmp_path / "x", longest=5) as lines,
    ):
        list(lines)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", r"none: cannot be read \(No such file or directory\)$"),
        ("", r": cannot be read \(Is a directory\)$"),
        ("binary", r"binary: is not UTF-8 text$"),
    ],
)
def test_files_that_cannot_be_read(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"a\n\xff")
    with pytest.raises(InputError, match=message), open_lines(tmp_path / name) as lines:
        list(lines)


@given(st.text(alphabet="ab \t\n\u2003", max_size=60), st.integers(1, 9))
def test_the_pieces_of_a_text_are_its_words(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_PIECE", size)
        found = pieces(text)
        assert [word for piece in found for word in piece] == text.split()
        # A second time as well.
        assert sum(map(len, found)) == len(text.split())
        assert all(len(" ".join(piece)) <= size + max(map(len, text.split()), default=0) for piece in found)
