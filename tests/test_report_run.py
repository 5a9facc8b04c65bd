"""The page after a run: well-formed, safe, self-contained, and plain about what was proven."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import seqlogic.report.figure
from seqlogic.drawing import table
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.hard import HardNetwork
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof import uniqueness
from seqlogic.proof.certificate import verdict_of
from seqlogic.proof.examples import examples_link
from seqlogic.proof.links import NETWORK_LINK, Link, Side, network_link, reference_link
from seqlogic.report import Report, render_report

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
CONSTANT = Machine([[0, 0]], [[0, 1]], BIT, BIT)
PARTIAL = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], BIT, BIT)
NASTY = '<script>alert("1")</script>&\'\u202e\0'
VOID = {"meta", "link", "br", "input"}


def network(machine: Machine, result: str = "equal", **changes: object) -> Link:
    left, right = Side("hard network", "hard.npz", "a" * 64), Side("machine", "machine.json", machine.digest)
    return replace(Link(NETWORK_LINK, "Every product.", left, right, result, None, {}), **changes)  # type: ignore[arg-type]


def row(step: int, rung: int, *, attempt: int = 0, error: float = 0.1, **changes: float) -> dict[str, float]:
    losses = {"soft_loss": 0.1, "hard_error": error, "soft_hard_gap": -0.01, "states": 2}
    return {"step": step, "attempt": attempt, "capacity": 6, "rung": rung} | losses | changes


def report(machine: Machine = PARITY, links: Sequence[Link] | None = None, **changes: object) -> Report:
    links = [network(machine), reference_link(machine, PARITY)] if links is None else links
    fields: dict[str, object] = {
        "name": "parity",
        "machine": machine,
        "links": links,
        "verdict": verdict_of(links, bool(changes.get("consistent", True))),
        "consistent": True,
        "training_error": 0.0,
        "history": [row(5, 5), row(10, 5, error=0.0), row(10, 8), row(15, 8), row(15, 12, error=0.0)],
        "facts": {"seed": "0", "date": "2025-06-01"},
        "command": "seqlogic train --config parity",
    }
    return Report(**fields | changes)  # type: ignore[arg-type]


class Page(HTMLParser):
    """A page whose every element is closed by its own end tag, and its text without markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.words)).strip()


def heading(page: str) -> str:
    return Page(re.findall(r"<h1>.*?</h1>", page)[0]).text


class TestVerdict:
    def test_exact(self) -> None:
        page = render_report(report())
        assert heading(page) == "= Exact: the learned machine is the reference"
        assert "<title>parity: exact" in page
        assert "training sequences wrong." not in Page(page).text

    def test_what_does_not_fit_its_data_is_not_learned_whatever_the_links_say(self) -> None:
        page = render_report(report(consistent=False, training_error=0.02))
        assert heading(page) == "\u2260 Not learned: 2\u2009% of the training sequences come out wrong"
        assert "<title>parity: not learned" in page
        text = Page(page).text
        assert "The proofs below hold, but for the closest machine that was found" in text
        assert "breaks" not in text
        with pytest.raises(ValueError, match=r"^the verdict 'exact' on a machine that does not reproduce its training"):
            report(consistent=False, verdict="exact")

    def test_conforms_says_how_much_is_known_and_what_is_not(self) -> None:
        page = render_report(report(PARTIAL))
        assert heading(page) == "\u2286 Conforms: 3 of 4 entries of the reference are known"
        word = Page(re.findall(r'<ol class="word".*?</ol>', page)[0]).words
        assert word == ["input", "machine", "reference", "1", "1", "1", "1", "-", "0"]
        assert "table entries known in full 3 of 4" in Page(page).text
        assert "The machine has a value for 3 of the 4 entries that the reference specifies" in Page(page).text

    def test_conforms_by_going_beyond_the_reference(self) -> None:
        page = render_report(report(links=[network(PARITY), reference_link(PARITY, PARTIAL)]))
        assert heading(page) == "\u2286 Conforms: all that the reference specifies is known, and more"

    def test_conforms_without_counts(self) -> None:
        page = render_report(report(links=[network(PARITY)], verdict="conforms"))
        assert heading(page).endswith("Conforms: nothing that is known contradicts the reference")

    def test_differs_shows_the_shortest_counterexample_and_the_answers(self) -> None:
        page = render_report(report(CONSTANT))
        assert heading(page) == "\u2260 Differs: the learned machine is not the reference"
        assert "The link \u201cmachine = reference\u201d breaks." in Page(page).text
        word = Page(re.findall(r'<ol class="word".*?</ol>', page)[0]).words
        assert word == ["input", "machine", "reference", "1", "1", "1", "0", "0", "1"]
        page = render_report(report(CONSTANT, consistent=False, training_error=0.25))
        assert heading(page) == "\u2260 Not learned: 25\u2009% of the training sequences come out wrong"
        assert Page(re.findall(r'<ol class="word".*?</ol>', page)[0]).words == word

    def test_differs_names_the_first_link_that_breaks_and_its_fault(self) -> None:
        broken = network(CONSTANT, "differs", counterexample=(), details={"fault": "the belief is not one-hot"})
        page = render_report(report(CONSTANT, [broken, reference_link(CONSTANT, PARITY)]))
        assert heading(page).endswith("Differs: the link \u201chard network = machine\u201d breaks")
        text = Page(page).text
        assert "The fault: the belief is not one-hot." in text
        assert "the empty word" in text
        assert "Nevertheless it reproduces all of its training data." in text

    def test_a_counterexample_over_another_alphabet_has_no_answers(self) -> None:
        page = render_report(report(links=[network(PARITY, "differs", counterexample=("x", "1"))]))
        assert Page(re.findall(r'<ol class="word".*?</ol>', page)[0]).words == ["input", "x", "1"]

    def test_a_long_counterexample_loses_its_middle(self) -> None:
        page = render_report(report(links=[network(PARITY, "differs", counterexample=("1",) * 1000)]))
        lines = [re.findall(r"<li.*?</li>", line) for line in re.findall(r'<ol class="word".*?</ol>', page)]
        steps = [step for _, *steps in lines for step in steps]
        assert len(steps) == 48 + 1
        assert "952 more" in steps[24]

    def test_each_line_of_a_counterexample_names_its_rows(self) -> None:
        answers = {"left answers": ["0"] * 40, "right answers": ["0"] * 39 + ["1"]}
        page = render_report(report(links=[network(PARITY, "differs", counterexample=("1",) * 40, details=answers)]))
        lines = [Page(line).words for line in re.findall(r'<ol class="word".*?</ol>', page)]
        assert len(lines) == 2
        assert [line[:3] for line in lines] == [["input", "hard network", "machine"]] * 2
        assert sum(len(line) // 3 - 1 for line in lines) == 40
        wide = network(PARITY, "differs", counterexample=("1" * 200,) * 2, details={})
        assert len(re.findall(r'<ol class="word"', render_report(report(links=[wide])))) == 2

    @pytest.mark.parametrize(
        ("links", "consistent", "said"),
        [
            ([network(PARITY)], False, "Not learned: 12.5\u2009% of the training sequences come out wrong"),
            ([network(PARITY)], True, "Undecided: it fits all of the data, and there is no reference"),
            ([], True, "Undecided: it fits all of the data, and there is no reference"),
            ([reference_link(PARITY, PARITY)], True, "Undecided: a link is missing from the chain of proofs"),
        ],
    )
    def test_undecided(self, links: list[Link], consistent: bool, said: str) -> None:
        page = render_report(report(links=links, consistent=consistent, training_error=0.125))
        assert said in heading(page)
        assert ("What may be relied on: the machine gives every output of its training data." in page) is consistent

    @pytest.mark.parametrize(
        ("machine", "words"),
        [
            (PARITY, [[0, 1, 1, 0, 1], [1, 1, 1, 0, 1], [0, 0, 1, 0, 1], [1, 0, 1, 0, 0]]),
            (PARTIAL, [[0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]),
        ],
    )
    def test_unique_says_of_how_many_states_and_that_it_is_less_than_exact(
        self, machine: Machine, words: list[list[int]]
    ) -> None:
        data = Examples(np.array(words), machine.run(np.array(words))[0], BIT, BIT)
        links = [network(machine), examples_link(machine, data, uniqueness(machine, data))]
        page = render_report(report(machine, links))
        unknown = "; 1 of its 4 entries stay unknown, in whole or in part" if machine is PARTIAL else ""
        sentence = (
            f"it is the only machine of at most {links[1].details['only one of at most']} states that fits the data"
        )
        assert heading(page) == f"1 Unique: {sentence}{unknown}"
        text = Page(page).text
        assert (
            "It is less than to be equal to a reference: a machine of more states may fit as well and differ." in text
        )
        assert (
            f"examples examples.txt {data.digest[:12]}\u2026 unique I{sentence[1:]}{unknown}. The machine gives" in text
        )

    def test_another_machine_is_undecided_and_what_to_record_is_told(self) -> None:
        words = np.array([[0, 1, 1, 0, 1], [1, 1, 1, 0, UNKNOWN]])
        named = replace(PARITY, inputs=Alphabet.of(["Off", "<On>"]))
        data = Examples(words, named.run(words)[0], named.inputs, BIT)
        found = uniqueness(named, data)
        page = render_report(report(named, [network(named), examples_link(named, data, found)]))
        assert heading(page).startswith(
            "? Undecided: it fits all of the data, but so does another machine of as few states"
        )
        assert found.word is not None
        word = " ".join(map(named.inputs.name, found.word))
        assert f"ambiguous Another machine of 2 states fits as well; record next: {word}." in Page(page).text

    def test_an_unknown_verdict_is_refused(self) -> None:
        with pytest.raises(
            ValueError, match="the verdict 'perfect' is none of exact, unique, conforms, differs, undecided"
        ):
            report(verdict="perfect")


class TestPage:
    def test_every_link_with_both_digests_in_full(self) -> None:
        titles = [attributes.get("title") for tag, attributes in Page(render_report(report())).tags if tag == "code"]
        assert [title for title in titles if title] == ["a" * 64, *[PARITY.digest] * 3]

    def test_a_method_is_told_once(self) -> None:
        page = render_report(report(links=[network(PARITY), network(PARITY), reference_link(PARITY, PARITY)]))
        assert page.count("Every product.") == 1
        assert page.count("By the method above.") == 1

    def test_a_wide_drawing_has_its_table_below(self) -> None:
        chain = [[min(state + symbol, 11) for symbol in range(2)] for state in range(12)]
        wide = Machine(chain, [[0, int(state == 11)] for state in range(12)], BIT, BIT)
        assert '<div class="machine beside">' in render_report(report())
        page = render_report(report(wide, [network(wide)]))
        assert '<div class="machine">' in page
        assert "<details open><summary>Transition table" in page

    @pytest.mark.parametrize("history", [[], [row(5, 5)], [row(5 * i, 5 + i // 9, attempt=i // 30) for i in range(99)]])
    @pytest.mark.parametrize("machine", [PARITY, CONSTANT, PARTIAL])
    def test_well_formed(self, machine: Machine, history: list[dict[str, float]]) -> None:
        Page(render_report(report(machine, history=history)))

    def test_names_are_never_markup(self) -> None:
        names, outputs = Alphabet.of([NASTY, "b"]), Alphabet.of([NASTY + "1", NASTY + "2"])
        machine = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], names, outputs, states=(NASTY, NASTY + "s"))
        side = Side(NASTY, NASTY, NASTY)
        link = Link(NASTY, NASTY, side, side, "differs", (NASTY,), {"fault": NASTY, NASTY: 3})
        facts = {NASTY: NASTY}
        page = render_report(report(machine, [link], name=NASTY, facts=facts, command=NASTY))
        assert {tag for tag, _ in Page(page).tags}.isdisjoint({"script", "img", "iframe"})
        assert Page(page).text.count("<script>alert(") > 10
        assert not re.search("[\0\u202e]", page)

    def test_says_how_many_states_of_the_network_are_how_many_of_the_machine(self) -> None:
        twice = Machine([[0, 1], [1, 2], [0, 1]], [[0, 1], [1, 0], [0, 1]], BIT, BIT)
        link = network_link(HardNetwork.from_machine(twice), PARITY)
        text = Page(render_report(report(links=[link]))).text
        assert "A network of 3 states = a machine of 2. States of the network that answer every input alike" in text
        assert "The network knows what follows for all 6 pairs of a network state and an input symbol." in text
        text = Page(render_report(report(links=[network_link(HardNetwork.from_machine(CONSTANT), PARITY)]))).text
        assert "A network of 1 state \u2260 a machine of 2." in text

    def test_self_contained(self) -> None:
        page = render_report(report())
        assert re.findall(r"\w+://[^\s\"<]+", page.replace("http://www.w3.org/2000/svg", "")) == []
        tags = Page(page).tags
        assert {tag for tag, _ in tags}.isdisjoint({"script", "img", "iframe", "object", "embed"})
        sources = [attributes.get(key) for _, attributes in tags for key in ("src", "href") if key in attributes]
        assert sources == ["data:,"]
        assert "@import" not in page
        assert "url(" not in page

    def test_equal_reports_give_equal_bytes(self) -> None:
        assert render_report(report()) == render_report(report())

    def test_the_transition_table_has_its_longer_side_down(self) -> None:
        def cells(machine: Machine) -> list[list[str]]:
            page = render_report(report(machine, []))
            rows = re.findall(r"<tr>.*?</tr>", page[page.index("Transition table") : page.index("How it was")])
            return [Page(row).words for row in rows]

        assert cells(PARITY) == [["state", "0", "1"], ["\u25b8 s0", "s0 / 0", "s1 / 1"], ["s1", "s1 / 1", "s0 / 0"]]
        wide = Machine([[0, 0, UNKNOWN]], [[0, 1, UNKNOWN]], Alphabet.of("abc"), BIT)
        assert cells(wide) == [["input", "\u25b8 s0"], ["a", "s0 / 0"], ["b", "s0 / 1"], ["c", "- / -"]]
        moore = Machine([[0, 1], [1, 0]], [0, 1], BIT, BIT)
        assert cells(moore)[1:] == [["\u25b8 s0", "0", "s0", "s1"], ["s1", "1", "s1", "s0"]]

    def test_a_large_machine_has_the_table_as_text(self) -> None:
        states = np.arange(300)
        counter = Machine(np.stack([(states + 1) % 300, states], 1), np.stack([states % 2, states * 0], 1), BIT, BIT)
        page = render_report(report(counter, []))
        Page(page)
        assert "... 260 more states" in page
        assert "300 states and 600 edges: too many to draw" in page

    def test_without_pygraphviz_the_table_as_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(machine: Machine, uses: np.ndarray | None) -> str:
            raise InputError("drawing needs pygraphviz")

        monkeypatch.setattr(seqlogic.report.figure, "draw", missing)
        page = render_report(report())
        Page(page)
        assert table(PARITY) in Page(page).words
        assert 'class="seqlogic-machine"' not in page

    def test_works_without_torch(self) -> None:
        block = "import sys; sys.modules['torch'] = sys.modules['lightning'] = None; import seqlogic.report"
        subprocess.run([sys.executable, "-c", block], check=True)


class TestHistory:
    @staticmethod
    def marks(page: str) -> list[str]:
        chart = page[page.index('<svg class="chart"') :]
        return re.findall(r'<text class="mark"[^>]*>([^<]*)<', chart[: chart.index("</svg>")])

    def test_every_rung_is_marked_in_every_chart(self) -> None:
        page = render_report(report())
        assert self.marks(page) == ["5", "8", "12"]
        assert page.count('<text class="mark"') == 4 * 3

    def test_rungs_passed_at_once_share_a_mark(self) -> None:
        page = render_report(report(history=[row(5, 5), row(5, 8), row(5, 12)]))
        assert self.marks(page) == ["5", "8\u201312"]
        assert "attempt 1, step 5: length 8, 12" in page

    def test_of_very_many_rungs_some_are_drawn_the_last_among_them(self) -> None:
        page = render_report(report(history=[row(5 * step, 5 + step) for step in range(155)]))
        drawn = page.count('<path class="mark"') // 4
        assert 8 < drawn <= 24
        assert f"Of the 155 rungs {drawn} are drawn." in page
        steps = [int(step) for step in re.findall(r"<title>attempt 1, step (\d+):", page)[:drawn]]
        assert steps == sorted(set(steps))
        assert self.marks(page)[-1] == "159"
        assert "rungs" not in render_report(report(history=[row(5 * step, 5 + step) for step in range(24)]))

    def test_a_length_that_attempts_have_in_common_is_told_once(self) -> None:
        page = render_report(report(history=[row(5 * step, 32, attempt=step) for step in range(99)]))
        assert self.marks(page) == ["32"]

    def test_says_when_one_check_was_enough(self) -> None:
        said = "The first check left nothing to learn."
        assert said in render_report(report(history=[row(5, 5, error=0.0), row(5, 8, error=0.0)]))
        assert said not in render_report(report(history=[row(5, 5)]))
        assert said not in render_report(report())

    def test_attempts_are_shaded_broken_and_told(self) -> None:
        history = [row(5, 5), row(50, 5), row(55, 8, attempt=1), row(100, 8, attempt=1, error=0.0)]
        page = render_report(report(history=history))
        text = Page(page).text
        assert page.count('<rect class="band"') == 4
        assert "attempt 2, step 50: length 8" in page
        assert page.count('<path class="line s0"') == 4 * 2 + 1
        assert (
            "1 6 0 \u2013 50 5 2 10\u2009% wrong of those cut to 5 2 6 50 \u2013 100 8 2 none wrong of those cut to 8"
            in text
        )

    def test_what_is_not_finite_does_not_break_the_charts(self) -> None:
        history = [row(5, 5, soft_loss=math.nan), row(10, 5, soft_loss=0.0), row(15, 5, soft_loss=math.inf)]
        page = render_report(report(history=history))
        Page(page)
        assert page.count("2 not finite, not drawn") == 1

    def test_a_long_history_is_thinned(self) -> None:
        rng = np.random.default_rng(0)
        losses = rng.random(5000)
        history = [row(i, 5 + i // 500, attempt=i // 1000, soft_loss=losses[i], error=losses[-i]) for i in range(5000)]
        page = render_report(report(history=history))
        assert len(page) < 200_000
