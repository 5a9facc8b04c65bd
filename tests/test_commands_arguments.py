"""The configuration files of `seqlogic train`, before any of what they name is looked up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic.commands.arguments import with_configs_found
from seqlogic.configurations import shipped
from tests.strategies import damaged, refused_or_read

PIECES = [
    *(
        "",
        "\n",
        " ",
        "  - ",
        ": ",
        "? ",
        "&a ",
        "*a",
        "[",
        "]",
        "{",
        "}",
        "|",
        ">",
        "#",
        "%",
        "@",
        "\t",
        "\0",
        "\x85",
        "'",
        '"',
    ),
    *(
        "<<: *a",
        "!!python/object/apply:os.mkdir [sprung]",
        "!!python/name:os.system",
        "!!int x",
        "!!float x",
        "!!bool x",
    ),
    *(
        "!!timestamp x",
        "!!binary x",
        "!!set {x, [y]}",
        "!!omap [x]",
        "2001-99-99",
        "1:99:99",
        "9" * 5000,
        "---\n",
        "&a [*a]",
    ),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("configurations") / "f"


@given(st.data())
def test_a_damaged_configuration_is_read_or_refused_in_one_line(file: Path, data: st.DataObject) -> None:
    def parse(text: str, source: str) -> object:
        file.write_text(text, encoding="utf-8")
        return with_configs_found(["--config", source])

    text = shipped()["mod5"].read_text(encoding="utf-8")
    if data.draw(st.booleans()):
        # Where a value stands.
        values = [place + 2 for place in range(len(text)) if text.startswith(": ", place)]
        start = data.draw(st.sampled_from(values))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[text.index("\n", start) :]
    refused_or_read(parse, damaged(data.draw, text, PIECES), str(file))


def test_an_alias_is_as_good_as_what_it_stands_for(file: Path) -> None:
    file.write_text("name: &name mine\nmore: {a: &list [1, *name], b: *list, c: *list}\n", encoding="utf-8")
    assert with_configs_found(["--config", str(file)]) == ["--config", str(file)]
