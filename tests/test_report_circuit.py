"""The page of a circuit: its verdict, its equations, and every name harmless."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from seqlogic.circuit import Circuit
from seqlogic.equations import listing, with_short_names
from seqlogic.proof.circuit_links import circuits_link
from seqlogic.proof.links import CIRCUIT_REFERENCE_LINK, Link, Side
from seqlogic.proof.simplify import Step
from seqlogic.report import CircuitReport, render_circuit_report
from tasks import Counter, Crc, Delay

CRC = Crc(polynomial="crc8").circuit()


def link(circuit: Circuit = CRC, **changes: float) -> Link:
    left, right = Side("circuit", "circuit.aig", "a" * 64), Side("reference circuit", "reference.aig", "b" * 64)
    return circuits_link(CIRCUIT_REFERENCE_LINK, left, circuit, right, CRC, **changes)


def report(**changes: object) -> CircuitReport:
    fields: dict[str, object] = {
        "name": "crc8",
        "learned": CRC,
        "circuit": CRC,
        "steps": [Step("linear dependence", 8, 12, "induction over 9 steps")],
        "links": [link()],
        "verdict": "exact",
        "facts": {"seed": "0"},
        "command": "seqlogic train --config crc8",
    }
    return CircuitReport(**fields | changes)  # type: ignore[arg-type]


def test_it_says_what_was_proven_and_how_it_became_small() -> None:
    page = render_circuit_report(report())
    assert "<b>Exact:</b> the learned circuit is the reference" in page
    assert "without linear dependence" in page
    assert "induction over 9 steps" in page
    assert "All latches begin at 0." in page
    assert "\n".join(listing(with_short_names(CRC), 100)).replace("'", "\u2032") in page
    assert "<script" not in page
    parser = HTMLParser()
    parser.feed(page)


def test_a_word_shows_what_is_wrong() -> None:
    wrong = replace(CRC, output=CRC.output ^ 1)
    page = render_circuit_report(report(links=[link(wrong)], verdict="differs"))
    assert "the learned circuit is not the reference" in page
    assert '<ol class="word"' in page
    assert "Nevertheless it reproduces all of its training data." in page


def test_what_the_data_leave_open_is_told_unless_it_is_exact() -> None:
    left = "1 coefficient of exclusive ors"
    assert f"The data leave open {left}" in render_circuit_report(report(links=[], verdict="undecided", open=left))
    assert left not in render_circuit_report(report(open=left))


def test_what_there_is_none_of_is_not_explained() -> None:
    assert "How it became small" not in render_circuit_report(report(steps=[]))
    shifts = render_circuit_report(report(circuit=Delay(d=4).circuit()))
    assert "<code>n1</code>" not in shifts
    assert shifts.count("are the latches of a shift register") == 1
    counts = render_circuit_report(report(circuit=Counter(bits=4).circuit()))
    assert "<code>n1</code>" in counts
    assert "shift register" not in counts


def test_an_undecided_one_says_how_to_get_further() -> None:
    page = render_circuit_report(report(links=[], verdict="undecided", settles="seqlogic prove 'a<b' reference.aig"))
    assert "<code>seqlogic prove &#x27;a&lt;b&#x27; reference.aig</code> proves that the two are equal" in page
    assert "To get further" not in render_circuit_report(report(links=[], verdict="undecided"))


def test_no_reference_and_no_time_are_undecided() -> None:
    assert "there is no reference" in render_circuit_report(report(links=[], verdict="undecided"))
    crc = Crc(polynomial="crc32").circuit()
    late = circuits_link(CIRCUIT_REFERENCE_LINK, Side("a", "a", "a"), crc, Side("b", "b", "b"), crc, seconds=0.0)
    assert "in the time limit" in render_circuit_report(report(links=[late], verdict="undecided"))


def test_names_are_text() -> None:
    nasty = replace(CRC, latches=("<script>alert(1)</script>", *CRC.latches[1:]))
    page = render_circuit_report(report(name="<b>", circuit=nasty))
    assert "<script" not in page
    assert "&lt;script" in page


def test_a_latch_that_begins_at_one_is_named() -> None:
    circuit = replace(CRC, reset=[True, *[False] * 7])
    assert f"but {CRC.latches[0]} at 1" in render_circuit_report(report(circuit=circuit))


def test_equations_without_end_are_cut() -> None:
    page = render_circuit_report(report(circuit=Counter(bits=29, control="load").circuit()))
    assert page.count("\u2032 = ") == 29


def test_a_verdict_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is none of"):
        report(verdict="good")
