"""The bench from its arguments to its tables, with learners of the test's own: resumed, interrupted, refused."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.machine import Machine
from seqlogic.study import bench, learners, trial
from seqlogic.study.bench import main
from seqlogic.study.learners import OURS, PEERS, Learned, Learner
from seqlogic.study.results import held, read_results
from seqlogic.study.suite import Row, freeze, read_suite
from seqlogic.study.trial import Trial
from tasks import Parity
from tests.processes import ended

SUITE = """limit: 20
seeds: {first: 10, count: 3}
sequences: 30
length: [1, 6]
rows:
  - {name: one, task: parity}
  - {name: two, task: parity, seeds: {first: 50, count: 2}}
"""


class Place:
    """A suite of five trials, its results, and a record of what was learned."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.suite, self.csv, self.calls = folder / "own.yaml", folder / "out" / "own.csv", folder / "calls"
        self.out = folder / "out"
        self.suite.write_text(SUITE, encoding="utf-8")
        freeze(read_suite(self.suite))
        self.patch = monkeypatch
        self.answers: dict[str, Callable[[int], Machine | None]] = {OURS: lambda _: Parity().reference()}
        monkeypatch.setattr(bench, "learner", self.learner)

    def learner(self, name: str) -> Learner:
        def learn(given: Examples, seed: int, limit: float) -> Learned:
            # The bench warms each learner up with a seed of 0.
            if seed:
                with self.calls.open("a") as file:
                    file.write(f"{name} {seed}\n")
            return Learned(self.answers[name](seed) if seed else None)

        return Learner(learn)

    def run(self, *arguments: str) -> int:
        return main(["--suite", str(self.suite), "--output", str(self.out), *arguments])

    def learned(self) -> list[str]:
        """What was learned since the last time."""
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return sorted(calls)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


RUN = bench.run_trials
ALL = [f"{OURS} {seed}" for seed in (10, 11, 12, 50, 51)]


def test_a_suite_is_run_once(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run() == 0
    out = capsys.readouterr().out
    assert place.learned() == ALL
    assert re.match(r"suite own \([0-9a-f]{12}\), 20\d\d-\d\d-\d\d, `python -m seqlogic.study --suite .*`\n\n", out)
    assert "PARTIAL" not in out
    lines = [re.split(r"  +", line) for line in out.splitlines()]
    assert lines[3][:4] == ["one", OURS, "2", "3 of 3"]
    assert lines[4][:4] == ["two", OURS, "2", "2 of 2"]
    assert lines[5][:3] == ["all", OURS, "5 of 5"]
    before = place.csv.read_bytes()
    assert place.run() == 0
    assert place.learned() == []
    assert place.csv.read_bytes() == before
    assert capsys.readouterr().out.split("\n\n")[1:] == out.split("\n\n")[1:]


def test_a_quick_look_is_partial_and_goes_on(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run("--seeds", "1", "--workers", "1", "--markdown") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].endswith("; PARTIAL: 2 of 5 seeds of rows")
    assert out.splitlines()[2].startswith("| row | learner | states | exact |")
    assert out.splitlines()[4].startswith(f"| one | {OURS} | 2 | 1 of 1 |")
    assert place.learned() == [ALL[0], ALL[3]]
    assert place.run("--rows", "two") == 0
    assert "PARTIAL: 2 of 5" in capsys.readouterr().out
    assert place.learned() == [ALL[4]]
    assert place.run("--seeds", "9") == 0
    assert place.learned() == ALL[1:3]
    assert "PARTIAL" not in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "suite,suite_dig"])
def test_a_kill_before_the_first_line(text: str, place: Place) -> None:
    place.out.mkdir()
    place.csv.write_text(text)
    assert place.run() == 0
    assert len(place.csv.read_text().splitlines()) == 6


def test_a_line_that_a_kill_left_unfinished(place: Place) -> None:
    assert place.run("--workers", "1") == 0
    place.learned()
    text = place.csv.read_text()
    place.csv.write_text(text[:-20])
    assert place.run() == 0
    (again,) = place.learned()
    assert again == f"{OURS} {text.splitlines()[-1].split(',')[5]}"
    assert len(place.csv.read_text().splitlines()) == 6


def test_a_character_that_a_kill_cut_in_two(place: Place) -> None:
    assert place.run() == 0
    lines = place.csv.read_text().splitlines(keepends=True)
    place.csv.write_bytes("".join(lines[:-1]).encode() + lines[-1].encode()[:-1] + "é".encode()[:1])
    assert place.run() == 0
    assert len(place.csv.read_text().splitlines()) == 6


@pytest.mark.parametrize("change", ["population=abc", "population=2.5", "optimizer=sgd", "relaxation=3"])
def test_a_variant_that_cannot_be_is_refused(change: str, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.patch.setattr(bench, "learner", learners.learner)
    assert place.run("--variants", change) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("bench: ")
    assert not place.csv.exists()


@pytest.fixture
def interruptible() -> Iterator[None]:
    # A shell that starts the tests in the background has its children ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_cleanly_and_is_resumed(
    signum: int, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_process = os.getpid()
    stopped = place.out.parent / "stopped"

    def interrupting(seed: int) -> Machine:
        if seed == 11 and not stopped.exists():
            stopped.write_text(str(os.getpid()))
            os.kill(bench_process, signum)
            time.sleep(1000)
        return Parity().reference()

    place.answers[OURS] = interrupting
    if signum == signal.SIGINT:
        assert place.run("--workers", "1") == 130
        assert capsys.readouterr().err.endswith("bench: interrupted; the same command goes on where it was\n")
    else:
        with pytest.raises(SystemExit, match=r"^143$"):
            place.run("--workers", "1")
    assert ended(int(stopped.read_text()))
    assert place.learned() == sorted([ALL[0], ALL[3], ALL[1]])
    suite = read_suite(place.suite)
    assert [trial.seed for trial in read_results(place.csv, suite.digest)] == [10, 50]
    assert place.run() == 0
    assert place.learned() == [ALL[1], ALL[2], ALL[4]]


def test_a_time_limit(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    text = place.suite.read_text().replace("limit: 20", "limit: 0.2")
    place.suite.write_text(text)
    place.answers[OURS] = lambda seed: Parity().reference() if seed >= 50 else time.sleep(1000)  # type: ignore[func-returns-value]
    # Fast as they are, the others could take that long on a busy machine.
    assert place.run("--rows", "one") == 0
    out = capsys.readouterr().out
    assert re.search(rf"^one +{OURS} +2  0 of 3 .* 0\.20 +- ", out, re.MULTILINE)
    shown = "; ".join(f"{OURS} one {seed} (by the wall clock)" for seed in (10, 11, 12))
    assert f"\ntimeout 3: {shown}\n" in out


def test_a_trial_that_cannot_be_judged_is_a_result(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def judged(suite: str, digest: str, row: Row, seed: int, learners: dict[str, Learner]) -> list[Trial]:
        if seed == 10:
            os.kill(os.getpid(), signal.SIGKILL)
        if seed == 11:
            raise ValueError("no\nreference")
        return [
            replace(one, rival=None if seed == 12 else one.rival) for one in RUN(suite, digest, row, seed, learners)
        ]

    monkeypatch.setattr(bench, "run_trials", judged)
    assert place.run() == 0
    assert place.learned() == ALL[2:]
    out = capsys.readouterr().out
    killed, failed = "the worker was killed, exit code -9", "ValueError: no reference"
    assert f"\nerror 2: {OURS} one 10 ({killed}); {OURS} one 11 ({failed})\n" in out
    assert "\nrival unknown 3: one 10; one 11; one 12 (the search ended without an answer; not counted)\n" in out
    lines = [re.split(r"  +", line) for line in out.splitlines()]
    assert lines[3][:4] == ["one", OURS, "2", "1 of 3"]
    assert lines[5][-2:] == ["2 of 2, 3 unknown", "2 of 2"]
    # What stands in the file is read as it was written, and not run again.
    assert place.run() == 0
    assert place.learned() == []
    assert capsys.readouterr().out.split("\n\n")[1:] == out.split("\n\n")[1:]


def test_a_second_bench_on_the_same_results_is_refused(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with held(place.csv):
        for arguments in ([], ["--fresh"]):
            assert place.run(*arguments) == 2
            assert capsys.readouterr().err == (
                f"bench: {place.csv}: another bench writes here; wait for its end, or name another folder with "
                "--output\n"
            )
    assert place.learned() == []
    assert not place.csv.exists()
    assert place.run() == 0
    assert place.learned() == ALL


def test_a_bench_holds_its_results_and_its_workers_do_not(place: Place) -> None:
    def locked(seed: int) -> Machine | None:
        place.out.joinpath(f"{seed}").write_text(f"{_is_locked(place.csv)}{_holds(place.csv)}")
        return Parity().reference()

    place.answers[OURS] = locked
    assert place.run("--rows", "one") == 0
    assert [place.out.joinpath(seed).read_text() for seed in ("10", "11", "12")] == ["TrueFalse"] * 3
    assert not _is_locked(place.csv)


def _is_locked(path: Path) -> bool:
    try:
        with held(path):
            return False
    except InputError:
        return True


def _holds(path: Path) -> bool:
    """Whether this process has the lock's file open."""
    # The descriptor of the listing itself is closed by the time it is looked at.
    return any(fd.is_symlink() and str(fd.readlink()) == f"{path}.lock" for fd in Path("/proc/self/fd").iterdir())


def test_peers_see_the_same_data_and_are_compared(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = Machine([[0, 0]], [[0, 1]], Parity.inputs, Parity.outputs)
    place.answers |= {
        "rpni": lambda seed: Parity().reference() if seed in (10, 50) else wrong,
        "edsm": lambda _: None,
    }
    assert place.run() == 0
    assert place.learned() == ALL
    assert place.run("--peers", "rpni", "edsm") == 0
    assert place.learned() == sorted(f"{name} {seed}" for name in ("rpni", "edsm") for seed in (10, 11, 12, 50, 51))
    out = capsys.readouterr().out
    lines = [re.split(r"  +", line) for line in out[out.index("compared") :].splitlines()]
    assert lines[1][:8] == [f"{OURS} : rpni", "all", "5", "2", "3", "0", "0", "0.250"]
    assert "\nratio: of a row, its median CPU s of ours to theirs; over several rows, the geometric mean " in out
    assert lines[3][:8] == [f"{OURS} : edsm", "all", "5", "0", "5", "0", "0", "0.062"]
    trials = read_results(place.csv, read_suite(place.suite).digest)
    for seed in (10, 11):
        assert len({trial.data for trial in trials if trial.seed == seed}) == 1
    assert {trial.result for trial in trials if trial.learner == "rpni"} == {"exact", "inconsistent"}

    # Nobody asked for the peers: their lines are kept, and not shown.
    assert place.run() == 0
    out = capsys.readouterr().out
    assert "rpni" not in out
    assert "ratio" not in out


def test_peers_run_for_as_many_seeds_as_the_suite_says(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.suite.write_text(place.suite.read_text() + "peers: {rpni: {seeds: 2}, edsm: {seeds: 1}}\n")
    place.answers |= {"rpni": lambda _: Parity().reference(), "edsm": lambda _: None}
    assert place.run("--peers", "rpni", "edsm") == 0
    peers = ["edsm 10", "edsm 50", "rpni 10", "rpni 11", "rpni 50", "rpni 51"]
    assert place.learned() == sorted([*ALL, *peers])
    out = capsys.readouterr().out
    assert "PARTIAL" not in out
    lines = [re.split(r"  +", line) for line in out[out.index("compared") :].splitlines()]
    assert [line[2] for line in lines[1:5]] == ["4", "4", "2", "2"]

    # Fewer are shown where fewer are asked for, and more are run where the suite now says so.
    place.suite.write_text(place.suite.read_text().replace("edsm: {seeds: 1}", "edsm: {seeds: 3}"))
    assert place.run("--peers", "edsm", "--seeds", "1") == 0
    assert place.learned() == []
    assert re.search(rf"^{OURS} : edsm +all +2 ", capsys.readouterr().out, re.MULTILINE)
    assert place.run("--peers", "edsm") == 0
    assert place.learned() == ["edsm 11", "edsm 12", "edsm 51"]
    # What was run when the suite asked for more is kept, and not shown.
    place.suite.write_text(place.suite.read_text().replace("edsm: {seeds: 3}", "edsm: {seeds: 1}"))
    capsys.readouterr()
    assert place.run("--peers", "edsm") == 0
    assert re.search(rf"^{OURS} : edsm +all +2 ", capsys.readouterr().out, re.MULTILINE)


def test_another_version_of_our_learner_runs_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.answers["rpni"] = lambda _: Parity().reference()
    now = "older"

    def version(name: str) -> str:
        return now if name == OURS else ""

    monkeypatch.setattr(bench, "version", version)
    monkeypatch.setattr(trial, "version", version)
    assert place.run("--peers", "rpni") == 0
    assert place.learned() == sorted([*ALL, *(line.replace(OURS, "rpni") for line in ALL)])
    assert "other versions" not in capsys.readouterr().out
    now = "newer"
    place.answers[OURS] = lambda _: None
    assert place.run("--peers", "rpni") == 0
    assert place.learned() == ALL
    out = capsys.readouterr().out
    assert f"\n{place.csv} keeps 5 results of other versions of the learners, which are not shown\n" in out
    assert re.search(rf"^all +{OURS} +0 of 5 ", out, re.MULTILINE)
    assert re.search(r"^all +rpni +5 of 5 ", out, re.MULTILINE)
    now = "older"
    assert place.run() == 0
    assert place.learned() == []
    assert re.search(rf"^all +{OURS} +5 of 5 ", capsys.readouterr().out, re.MULTILINE)


def test_calibrating_runs_nothing_and_needs_no_digests(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.suite.write_text(re.sub(", digest: [^,}]*", "", place.suite.read_text()))
    assert place.run("--calibrate", "40", "1", "60") == 0
    lines = [re.split(r"  +", line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["row", "task", "1", "40", "60", "19 of 20", "suite"]
    for name, line in zip(("one", "two"), lines[1:], strict=True):
        assert [*line[:2], *line[3:]] == [name, "parity", "20 of 20", "40", "30"]
        assert int(line[2].removesuffix(" of 20")) < 19
    assert place.run("--calibrate", "1", "--rows", "two") == 0
    assert re.fullmatch(r"row .*\ntwo +parity +\d+ of 20 +none +30\n", capsys.readouterr().out)
    assert place.learned() == []
    assert not place.out.exists()


def test_results_of_another_suite_are_refused_and_kept(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run() == 0
    old = place.csv.read_text()
    place.suite.write_text(place.suite.read_text().replace("limit: 20", "limit: 21"))
    capsys.readouterr()
    place.learned()
    assert place.run() == 2
    assert capsys.readouterr().err == (
        f"bench: {place.csv}: has the results of another version of the suite; --fresh begins it anew\n"
    )
    assert place.learned() == []
    assert place.run("--fresh") == 0
    assert place.learned() == ALL
    assert (place.out / "own.csv.old").read_text() == old


def test_data_that_changed_is_refused(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.suite.write_text(place.suite.read_text().replace("sequences: 30", "sequences: 31"))
    assert place.run() == 2
    assert "row one: the data of seed 10 has the digest" in capsys.readouterr().err
    assert place.run("--freeze") == 0
    assert capsys.readouterr().out == f"{place.suite}: 2 of 2 digests written anew\n"
    assert place.run("--rows", "one", "--seeds", "1") == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "own.csv: is not of this bench; --fresh begins it anew"),
        ("{head}\ntoo,short\n", r"own.csv:2: is not a trial of this bench \(.*\); --fresh begins it anew"),
        (
            "{head}\n{line}\n",
            r"own.csv:2: is not a trial of this bench \(unknown result 'good'\); --fresh begins it anew",
        ),
    ],
)
def test_a_damaged_results_file(text: str, message: str, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    head = (
        "suite,suite_digest,row,learner,version,seed,data,result,states,true_states,wall,cpu,peak,rival,"
        "attempts,steps,message"
    )
    place.out.mkdir()
    place.csv.write_text(text.format(head=head, line="own,d,one,seqlogic,v,10,x,good,2,2,0.1,0.1,3.0,false,1,5,"))
    assert place.run() == 2
    assert re.fullmatch(rf"bench: .*{message}\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "three"], r".*own.yaml: there is no row 'three', expected some of one, two"),
        (["--seeds", "0"], r"--seeds is 0, expected at least 1"),
        (["--calibrate", "0"], r"--calibrate is 0, expected at least 1"),
        (["--workers", "0"], r"--workers is 0, expected at least 1"),
        (["--peers", "abbadingo"], r"argument --peers: invalid choice: 'abbadingo' .*"),
        (["--suite", "none"], r"there is no suite 'none', expected one of .*"),
        (["--models", "."], r".*own.yaml: has rows of its own and takes no folder of models"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run(*arguments) == 2
    assert re.fullmatch(rf"bench: {message}\n", capsys.readouterr().err)
    assert not place.out.exists()


def test_an_output_that_cannot_be_written(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.out.write_text("")
    assert place.run("--seeds", "1") == 2
    assert re.fullmatch(r"(?s).*bench: .*/out.*: (Not a directory|File exists)\n", capsys.readouterr().err)


def test_a_peer_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    for name in PEERS:
        with pytest.raises(InputError, match=r"^the peers need aalpy, which is not installed: make bench PEERS=1, or "):
            learners.learner(name)


def test_our_own_learner_learns() -> None:
    task = Parity()
    examples = read_suite(bench.find_suite("small")).rows[0].data(4000).examples
    found = learners.learner(OURS).learn(learners.Given(examples.cut(8)), 4000, 60)
    assert found.machine is not None
    assert found.machine.digest == task.reference().digest
    assert found.attempts is not None
    assert found.steps is not None


def test_the_first_seeds_of_all_rows_come_first(place: Place) -> None:
    suite = read_suite(place.suite)
    jobs = bench._missing(suite, suite.rows, [OURS], [])
    assert [job.seed for job in jobs] == [10, 50, 11, 51, 12]
