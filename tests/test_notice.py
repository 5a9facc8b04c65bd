"""NOTICE names what a build bundles, in the versions that are installed for it."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_notice_names_every_pinned_package() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    notice = (ROOT / "NOTICE").read_text()
    pinned = [line.split("==") for name in ("fpga", "ice40", "ecp5", "gowin", "sim", "cpu") for line in extras[name]]
    listed = [f"{name} {version}" for name, *versions in pinned for version in versions]
    assert len(set(listed)) >= 12
    assert [line for line in listed if line not in notice] == []
