"""Which format the suffix of a file of sequences stands for, and whose the columns are."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlogic.errors import InputError
from seqlogic.formats.sequences import check_columns, read_sequences
from seqlogic.machine import Alphabet

CONTENT = {
    "csv": "in,out\n1,a\n0,b\n",
    "TSV": "in\tout\n1\ta\n0\tb\n",
    "abb": "1 2\n1 2 1 0\n",
    "abbadingo": "1 2\n1 2 1 0\n",
    "txt": "1 0\ta b\n",
    "log": "1 0\ta b\n",
}


@pytest.mark.parametrize("suffix", CONTENT)
def test_the_suffix_says_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"one.{suffix}"
    path.write_text(CONTENT[suffix])
    csv = suffix.lower() in ("csv", "tsv")
    columns = {"input_columns": ["in"], "output_columns": ["out"]} if csv else {}
    examples = read_sequences(path, Alphabet.of(["1", "0"]), **columns)  # type: ignore[arg-type]
    assert examples.words.tolist() == [[0, 1]]
    expected = [[-1, 1]] if suffix.startswith("abb") else [[0, 1]]
    assert examples.answers.tolist() == expected


def test_columns_are_of_csv_alone() -> None:
    check_columns("a.csv", {"ins": ["x"], "outs": ["y"]}, {"reset": None})
    check_columns("a.txt", {"ins": None, "outs": None}, {"reset": None})
    with pytest.raises(InputError, match=r"^a\.csv: is CSV, which needs outs, a list of its columns$"):
        check_columns("a.csv", {"ins": ["x"], "outs": []}, {"reset": None})
    with pytest.raises(InputError, match=r"^a\.txt: reset is for CSV, which is named \.csv or \.tsv$"):
        check_columns("a.txt", {"ins": None, "outs": None}, {"reset": "r"})
