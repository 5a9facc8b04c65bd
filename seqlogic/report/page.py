"""The page around what is told of a run: one HTML document, no script, no other file."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from seqlogic.chart import escape

__all__ = ["SIGNS", "facts_table", "figures_list", "page", "row", "section"]

SIGNS = {
    "exact": "=",
    "unique": "1",
    "conforms": "\u2286",
    "differs": "\u2260",
    "undecided": "?",
    "likely": "\u2248",
}
"""What stands for each verdict."""


def page(*, name: str, verdict: str, word: str, rest: str, beneath: str, sections: Iterable[str], beside: str) -> str:
    """Return the whole page.

    Args:
        name: of the run.
        verdict: one of VERDICTS.
        word, rest: the verdict in a word, and the rest of its sentence, as HTML.
        beneath: what stands under them, as HTML.
        sections: as `section` makes them.
        beside: a sentence on the files beside the page, as HTML.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{escape(name)}: {word.lower()} \u00b7 seqlogic</title>
<style>
{_style()}</style>
</head>
<body>
<header class="{verdict}">
<p class="run">seqlogic <b>{escape(name)}</b></p>
<h1><span class="sign" aria-hidden="true">{SIGNS[verdict]}</span><span><b>{word}:</b> {rest}</span></h1>
{beneath}
</header>
<main>
{"".join(sections)}</main>
<footer>
<p>Written by seqlogic. {beside}</p>
</footer>
</body>
</html>
"""


@functools.cache
def _style() -> str:
    return resources.files("seqlogic").joinpath("report", "report.css").read_text(encoding="utf-8")


def section(title: str, body: str) -> str:
    """A section of the page; `body` is HTML."""
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>\n"


def row(cells: Sequence[str]) -> str:
    """A row of a table, the first cell its head."""
    head, *others = map(escape, cells)
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>\n'


def facts_table(facts: Mapping[str, str]) -> str:
    """Facts by their names, as a table."""
    return f'<table class="facts"><tbody>\n{"".join(row(list(fact)) for fact in facts.items())}</tbody></table>'


def figures_list(figures: Mapping[str, str]) -> str:
    """Figures by their names, as they stand at the head of the page."""
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>\n" for name, value in figures.items())
    return f'<dl class="figures">\n{items}</dl>'
