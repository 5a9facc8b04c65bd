"""`seqlogic tasks`: every task with its sizes and its input law, in columns, whatever is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqlogic.cli import main
from seqlogic.configurations import shipped
from tasks import FAMILIES

LARGE = ["counter16", "crc16", "crc32", "delay16", "glitch13", "majority15", "scrambler58"]
COLUMNS = "states   inputs  outputs  input law"


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """What the command prints."""
    assert main(["tasks"]) == 0
    return capsys.readouterr().out


def test_a_configuration_shows_its_sizes_and_its_law(shown: str) -> None:
    for expected in (
        """
  parity                   2        2        2  uniform
                      Is the number of ones so far odd?
""",
        # Of the configuration's own arguments, not of the defaults.
        """
  counter4_load           16       32       16  loads up to every other time
                      The count of a 4-bit counter that can be loaded.
""",
        """
  scrambler58         >4,096        2        2  uniform
                      The bits as the scrambler of 64b/66b sends them, x^58 + x^39 + 1.
                      288,230,376,151,711,744 states, too many for a table
""",
        # No file is given yet.
        """
  machine                  -        -        -  uniform among what the file specifies
                      Any machine of a file as the reference: make train TASK=machine MACHINE=file.kiss2
""",
    ):
        assert expected in shown


def test_a_family_shows_its_parameters_and_the_sizes_of_its_defaults(shown: str) -> None:
    _, families = shown.split("\nFamilies, ")
    assert (
        """
  mod_counter              5        2        2  three of four symbols are ones
                      tasks.ModCounter(k)
                      Is the number of ones so far a multiple of k?
"""
        in families
    )


def test_all_are_listed_in_columns(shown: str) -> None:
    ready, large, families = re.split(r"\nToo many states for a table, .*:\n|\nFamilies, ", shown)
    row = re.compile(r"  (\w+) +([\d,>-]+) +([\d,-]+) +([\d,-]+)  \S")
    small = [name for name in shipped() if name not in LARGE]
    for part, names, head in ((ready, small, "task"), (large, LARGE, "task"), (families, list(FAMILIES), "family")):
        rows = [found for line in part.splitlines() if (found := row.match(line))]
        assert [found[1] for found in rows] == names
        header = next(line for line in part.splitlines() if line.endswith(COLUMNS))
        assert header.split()[0] == head
        for found in rows:
            ends = [header.index(column) + len(column) for column in ("states", "inputs", "outputs")]
            assert [found.end(group) for group in (2, 3, 4)] == ends
    assert max(map(len, shown.splitlines())) <= 120


def test_only_what_no_table_holds_is_called_too_large(shown: str) -> None:
    assert re.findall(r"  (\w+) +>4,096 ", shown) == LARGE
    assert shown.count(" states, too many for a table\n") == len(LARGE)


def test_what_no_table_holds_is_listed_apart(shown: str) -> None:
    apart = "\nToo many states for a table, `seqlogic train` learns these as circuits:\n"
    ready, large = shown.partition("\nFamilies, ")[0].split(apart)
    assert not re.search(">4,096", ready)
    assert len(re.findall(">4,096", large)) == len(LARGE)
    assert "too many for a table" not in ready


def test_where_a_table_holds_all_there_is_one_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parity = shipped()["parity"]
    monkeypatch.setattr("seqlogic.commands.tasks.shipped", lambda: {"parity": parity})
    assert main(["tasks"]) == 0
    assert "Too many" not in capsys.readouterr().out


def test_a_configuration_of_a_file_of_examples_has_no_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("# My own.\ndata:\n  class_path: datamodules.FileData\n  init_args:\n    file: own.txt\n")
    monkeypatch.setattr("seqlogic.commands.tasks.shipped", lambda: {"own": own})
    assert main(["tasks"]) == 0
    assert (
        """
  own                      -        -        -  that of a file
                      My own.
"""
        in capsys.readouterr().out
    )


WITHOUT_YAML = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"yaml", "torch", "lightning", "jsonargparse"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
from seqlogic.cli import main
sys.exit(main(["tasks"]))
"""


def test_without_yaml_the_configurations_are_listed_by_name(shown: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_YAML], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    ready, families = done.stdout.split("\nFamilies, ")
    assert families == shown.split("\nFamilies, ")[1]
    assert "PyYAML is not installed: the extra `learn` brings it" in ready
    assert COLUMNS not in ready
    assert "\n  parity              Is the number of ones so far odd?\n" in ready
    assert [line.split()[0] for line in ready.splitlines()[-len(shipped()) :]] == list(shipped())
