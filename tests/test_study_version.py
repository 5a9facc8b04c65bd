"""The version of our learner: of every source that decides what it learns, and of no other."""

from __future__ import annotations

from pathlib import Path

import pytest

import datamodules
import seqlogic
from seqlogic.study import learners
from seqlogic.study.learners import OURS, PEERS
from seqlogic.study.suite import DIGITS
from seqlogic.study.version import version


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("seqlogic/learner", "seqlogic/registers/table", "seqlogic/study/learners", "datamodules/sampled"):
        path = (tmp_path / name).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setattr(seqlogic, "__file__", str(tmp_path / "seqlogic" / "__init__.py"))
    monkeypatch.setattr(datamodules, "__file__", str(tmp_path / "datamodules" / "__init__.py"))
    monkeypatch.setattr(learners, "__file__", str(tmp_path / "seqlogic" / "study" / "learners.py"))
    return tmp_path


def digest() -> str:
    version.cache_clear()
    try:
        return version(OURS)
    finally:
        version.cache_clear()


def test_of_the_sources_themselves() -> None:
    assert len(digest()) == DIGITS
    assert digest() == digest()
    assert [version(name) for name in PEERS] == ["", "", ""]


@pytest.mark.parametrize("name", ["learner", "registers/table", "study/learners", "../datamodules/sampled"])
def test_a_source_that_counts(name: str, sources: Path) -> None:
    before = digest()
    (sources / "seqlogic" / name).with_suffix(".py").write_text("other")
    assert digest() != before


def test_a_source_that_is_renamed_or_is_new(sources: Path) -> None:
    seen = [digest()]
    (sources / "seqlogic" / "learner.py").rename(sources / "seqlogic" / "another.py")
    seen.append(digest())
    (sources / "seqlogic" / "registers" / "more.py").write_text("")
    seen.append(digest())
    assert len(set(seen)) == 3


def test_what_does_not_count(sources: Path) -> None:
    before = digest()
    for name in ("study/table.py", "study/peers/peer.py", "proof/verdict.py", "notes.txt"):
        path = sources / "seqlogic" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("new")
    assert digest() == before
