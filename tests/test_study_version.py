"""The version of a learner: of every source that decides what it learns, and of no other."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import datamodules
import seqlogic
from seqlogic.study import learners
from seqlogic.study import version as module
from seqlogic.study.learners import OURS, PEERS
from seqlogic.study.suite import DIGITS


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    files = ("learner", "registers/table", "study/learners", "study/peers/rpni", "../datamodules/sampled")
    for name in files:
        path = (tmp_path / "seqlogic" / name).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    with monkeypatch.context() as patch:
        patch.setattr(seqlogic, "__file__", str(tmp_path / "seqlogic" / "__init__.py"))
        patch.setattr(datamodules, "__file__", str(tmp_path / "datamodules" / "__init__.py"))
        patch.setattr(learners, "__file__", str(tmp_path / "seqlogic" / "study" / "learners.py"))
        yield tmp_path / "seqlogic"
    importlib.reload(module)


def versions() -> tuple[str, str]:
    """Of ours and of a peer, as a bench that starts now has them."""
    importlib.reload(module)
    return module.version(OURS), module.version(PEERS[0])


def test_of_the_sources_themselves() -> None:
    ours, peers = versions()
    assert len(ours) == len(peers) == DIGITS
    assert ours != peers
    assert (ours, peers) == versions()


@pytest.mark.parametrize("name", ["learner", "registers/table", "study/learners", "../datamodules/sampled"])
def test_a_source_that_counts_for_ours(name: str, sources: Path) -> None:
    ours, peers = versions()
    (sources / name).with_suffix(".py").write_text("other")
    assert versions()[0] != ours
    assert versions()[1] == peers


def test_a_source_that_counts_for_peers(sources: Path) -> None:
    ours, peers = versions()
    (sources / "study" / "peers" / "rpni.py").write_text("other")
    assert versions()[0] == ours
    assert versions()[1] != peers


def test_an_edit_after_the_start_changes_nothing(sources: Path) -> None:
    before = versions()
    (sources / "learner.py").write_text("other")
    assert (module.version(OURS), module.version(PEERS[0])) == before


def test_a_source_that_is_renamed_or_is_new(sources: Path) -> None:
    seen = [versions()]
    (sources / "learner.py").rename(sources / "another.py")
    seen.append(versions())
    (sources / "registers" / "more.py").write_text("")
    seen.append(versions())
    assert len(set(seen)) == 3


def test_what_does_not_count(sources: Path) -> None:
    before = versions()
    for name in ("study/table.py", "proof/verdict.py", "notes.txt"):
        path = sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("new")
    assert versions() == before
