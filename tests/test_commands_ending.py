"""How a run on outputs that may be wrong ends: what it prints, its exit code, certificate and report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from datamodules import SampledData
from seqlogic.cli import main
from seqlogic.commands.ending import Outcome, general_facts
from seqlogic.examples import Examples
from seqlogic.formats import read_machine, write_machine
from seqlogic.machine import Alphabet
from seqlogic.proof import prove
from seqlogic.training import fit
from tasks import ModCounter
from tests.training import train_into


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of examples of a counter modulo 3, four in a hundred of its outputs wrong."""
    place = tmp_path_factory.mktemp("capture")
    examples = SampledData(task=ModCounter(k=3), sequences=200, flipped=0.04, seed=1).examples
    lines = [
        " ".join(str(symbol) for symbol in word if symbol >= 0)
        + "\t"
        + " ".join(str(answer) for answer in answers[: int((word >= 0).sum())])
        for word, answers in zip(examples.words, examples.answers, strict=True)
    ]
    (place / "noisy.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (place / "noisy.yaml").write_text(
        f"name: noisy\ndata:\n  class_path: datamodules.FileData\n  init_args:\n    file: {place / 'noisy.txt'}\n",
        encoding="utf-8",
    )
    write_machine(ModCounter(k=3).reference(), place / "reference.kiss2")
    return place


def train(capture: Path, run: Path, *arguments: str) -> int:
    return main(["train", "--config", str(capture / "noisy.yaml"), "--run", str(run), *arguments])


def test_without_a_reference_it_is_likely(capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(capture, tmp_path / "run", "--data.noisy", "true") == 3
    said = capsys.readouterr().out
    place = tmp_path / "run.failed"
    content = json.loads((place / "certificate.json").read_text())
    facts = content["run"]["most likely"]
    assert (content["verdict"], content["consistent"]) == ("likely", None)
    assert facts["error rate"] == pytest.approx(facts["wrong outputs"] / facts["observed outputs"], abs=1e-6)
    assert 0.02 < facts["error rate"] < 0.06
    assert facts["searches that agreed"] >= 2
    assert facts["nats to the runner-up"] > 0
    assert re.search(
        rf"^the most likely machine has 3 states; {100 * facts['error rate']:.2f} % of the outputs "
        rf"\({facts['wrong outputs']} of {facts['observed outputs']:,}\) are not its own "
        r"\(\d+ steps, 1 attempt, [\d.]+ s\)$",
        said,
        re.MULTILINE,
    )
    word = " ".join(facts["record next"])
    assert f"nats less likely; the two differ after {word}\n" in said
    assert "likely: there is no reference, and data that may be wrong prove nothing" in said
    page = (place / "report.html").read_text(encoding="utf-8")
    assert "<b>Most likely:</b>" in page
    assert "estimated error rate" in page
    # The proof that the machine is the network's stands, and the check finds nothing wrong.
    assert main(["check", str(place)]) == 3
    machine = read_machine(place / "machine.kiss2")
    assert prove(machine, read_machine(capture / "reference.kiss2")).result == "equal"


def test_with_a_reference_it_is_proven(capture: Path, tmp_path: Path) -> None:
    reference = ("--data.reference_file", str(capture / "reference.kiss2"))
    assert train(capture, tmp_path / "run", "--data.noisy", "true", *reference) == 0
    assert json.loads((tmp_path / "run" / "certificate.json").read_text())["verdict"] == "exact"
    assert main(["check", str(tmp_path / "run")]) == 0


def test_contradictions_are_refused_where_nobody_said_that_outputs_may_be_wrong(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(capture, tmp_path / "run") == 2
    said = capsys.readouterr().err
    assert re.search(
        r"noisy\.txt: lines \d+ and \d+ contradict .*; if outputs may be wrong, say so with data\.noisy$", said
    )
    assert not list(tmp_path.iterdir())


def test_a_wrong_machine_differs_from_its_reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # So few examples, and so wrong, that the most likely machine is not the true one.
    few = ("--data.sequences", "12", "--data.max_length", "6", "--data.flipped", "0.3")
    assert train_into(tmp_path / "run", *few, config="mod5") == 1
    said = capsys.readouterr().out
    assert "differs: not exact, the first link that broke is 'machine = reference'" in said
    assert "shortest wrong beginning" not in said


def test_the_rate_that_a_task_was_given_is_nowhere_in_what_is_learned(tmp_path: Path) -> None:
    given = SampledData(task=ModCounter(k=3), sequences=200, flipped=0.04, seed=1)
    again = SampledData(task=ModCounter(k=3), sequences=200, corrupt=1e-12, seed=1)
    # Only the examples and whether they may err reach the learner: with the same examples, the same run.
    again.__dict__["examples"] = given.examples
    first, second = (fit(data, seed=3).machine for data in (given, again))
    assert first is not None
    assert second is not None
    assert first.digest == second.digest
    assert np.array_equal(given.examples.words, again.examples.words)


@pytest.mark.parametrize(("words", "said"), [([[0, 1], [1, -1]], "1 to 2 symbols"), ([[0, 1]], "all of 2 symbols")])
def test_lengths_are_told_for_people(words: list[list[int]], said: str) -> None:
    examples = Examples(np.array(words), np.array(words), Alphabet.words(1), Alphabet.words(1))
    outcome = Outcome("run", (), 0, "2025-06-01", 1.0, 0, None, 0.0, "history registers")
    assert general_facts(outcome, examples)["lengths"] == said
