"""The peers of the bench: exact where the data suffice, never against the data, and what they leave open is unknown."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from aalpy.automata import MealyMachine, MealyState
from aalpy.learning_algs.general_passive.GsmNode import unknown_output
from hypothesis import given

from seqlogic.examples import Examples
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof import equivalent
from seqlogic.study.peers import GruKv, Peer, edsm, extraction, gru_kv, rpni
from seqlogic.study.peers.automata import to_machine
from seqlogic.study.peers.extraction import NetworkSul, TrainingOracle
from seqlogic.study.peers.network import Gru, Hyperparameters, trained
from seqlogic.study.peers.state_merging import Traces
from tasks import Parity, RandomMachine, Task
from tests.example_sets import made_by_machines, padded, symbols

MERGING = pytest.mark.parametrize("peer", [rpni, edsm], ids=["rpni", "edsm"])
# A smaller network than the peer's own, for the sake of time.
SMALL = GruKv(how=Hyperparameters(hidden=24))
RANDOM5 = RandomMachine(states=5, inputs=2, outputs=2, seed=0)


def seen(task: Task, supervision: str, count: int = 300, length: int = 20) -> Examples:
    """Examples of a task: all outputs, half of them, or the last one of each sequence."""
    rng = np.random.default_rng(1)
    examples = task.examples(rng, count, 1, length)
    if supervision == "half":
        hidden = rng.random(examples.answers.shape) < 0.5
    else:
        hidden = np.arange(length) != examples.lengths[:, None] - 1
        hidden &= supervision == "label"
    return replace(examples, answers=np.where(hidden, UNKNOWN, examples.answers))


def consistent(machine: Machine, examples: Examples) -> bool:
    return not ((machine.run(examples.words)[0] != examples.answers) & (examples.answers >= 0)).any()


@MERGING
@pytest.mark.parametrize("supervision", ["dense", "half", "label"])
@pytest.mark.parametrize("task", [Parity(), RANDOM5], ids=["parity", "random5"])
def test_state_merging_is_exact_from_data_that_suffice(peer: Peer, task: Task, supervision: str) -> None:
    machine = peer(seen(task, supervision), 0)
    assert equivalent(machine, task.reference())
    assert machine.inputs == task.inputs
    assert machine.outputs == task.outputs


@pytest.mark.parametrize("supervision", ["dense", "half", "label"])
def test_a_trained_network_gives_up_its_machine(supervision: str) -> None:
    examples = seen(Parity(), supervision, count=300, length=8)
    assert equivalent(SMALL(examples, 0), Parity().reference())


def test_a_random_machine_is_extracted() -> None:
    assert equivalent(gru_kv(seen(RANDOM5, "dense", count=200, length=12), 0), RANDOM5.reference())


@MERGING
@given(made=made_by_machines())
def test_state_merging_never_contradicts_the_data(peer: Peer, made: tuple[Machine, Examples]) -> None:
    machine = peer(made[1], 0)
    assert machine is not None
    assert consistent(machine, made[1])


@MERGING
@pytest.mark.parametrize("hidden", [0.0, 0.3, 0.9])
def test_state_merging_is_consistent_with_many_sparse_examples(peer: Peer, hidden: float) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        task = RandomMachine(states=8, inputs=3, outputs=3, seed=seed)
        examples = task.examples(rng, 40, 1, 15)
        hide = rng.random(examples.answers.shape) < hidden
        examples = replace(examples, answers=np.where(hide, UNKNOWN, examples.answers))
        assert consistent(peer(examples, 0), examples)


@MERGING
def test_contradictory_examples_have_no_machine(peer: Peer) -> None:
    assert peer(Examples(np.zeros((2, 1)), np.array([[0], [1]]), symbols(1), symbols(2)), 0) is None


@MERGING
def test_the_converted_examples_can_be_learned_from_twice(peer: Peer) -> None:
    converted = peer.convert(seen(RANDOM5, "half"))
    first, second = peer.learn(converted, 0), peer.learn(converted, 1)
    assert np.array_equal(first.next_state, second.next_state)
    assert np.array_equal(first.output, second.output)


@pytest.mark.parametrize("seed", [1, 3, 4, 5])
def test_evidence_finds_what_the_first_merge_misses(seed: int) -> None:
    task = RandomMachine(states=8, inputs=2, outputs=2, seed=seed)
    examples = seen(task, "half", count=40, length=15)
    assert equivalent(edsm(examples, 0), task.reference())
    assert not equivalent(rpni(examples, 0), task.reference())


def test_an_output_stands_in_every_trace_that_shares_its_prefix() -> None:
    words, answers = padded([[0, 1, 0], [0, 1], []], 3), padded([[-1, -1, 1], [-1, 0], []], 3)
    traces = Traces.of(Examples(words, answers, symbols(2), symbols(2))).traces
    assert traces == [[(0, unknown_output), (1, 0), (0, 1)], [(0, unknown_output), (1, 0)], []]


@MERGING
def test_what_was_never_seen_is_unknown(peer: Peer) -> None:
    words, answers = padded([[0, 0], [1]], 2), padded([[1, 0], [-1]], 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        machine = peer(Examples(words, answers, symbols(3), symbols(2)), 0)
    assert machine.run(np.array([[1], [2], [0]]))[0].tolist() == [[UNKNOWN], [UNKNOWN], [1]]
    assert (machine.next_state[:, 2] == UNKNOWN).all()


def test_a_partial_automaton_becomes_a_partial_machine() -> None:
    first, second = MealyState("a"), MealyState("b")
    second.transitions = {0: first, 1: second}
    second.output_fun = {0: 1, 1: None}
    first.transitions = {1: second}
    first.output_fun = {1: 0}
    machine = to_machine(MealyMachine(second, [first, second]), Alphabet.of("xyz"), Alphabet.of("pq"))
    assert machine.next_state.tolist() == [[-1, 1, -1], [0, 1, -1]]
    assert machine.output.tolist() == [[-1, 0, -1], [1, -1, -1]]
    assert machine.initial == 1
    assert (machine.inputs, machine.outputs) == (Alphabet.of("xyz"), Alphabet.of("pq"))


def random_network(seed: int = 0) -> tuple[torch.nn.GRU, torch.nn.Linear, Gru]:
    torch.manual_seed(seed)
    gru, head = torch.nn.GRU(3, 8), torch.nn.Linear(8, 4)
    for parameter in [*gru.parameters(), *head.parameters()]:
        # Fresh weights are so small that only the last symbol matters.
        parameter.data *= 4
    return gru, head, Gru(gru, head)


def test_the_network_in_numpy_is_the_network_in_torch() -> None:
    gru, head, network = random_network()
    words = np.random.default_rng(0).integers(3, size=(5, 12))
    hidden = gru(torch.nn.functional.one_hot(torch.from_numpy(words.T), 3).float())[0]
    state = np.zeros((5, 8), dtype=np.float32)
    for t in range(12):
        state = network.step(state, words[:, t])
        assert np.allclose(state, hidden[t].detach().numpy(), atol=1e-5)
    assert np.array_equal(network.run(words), head(hidden).argmax(dim=-1).T.numpy())


def test_queries_answer_what_the_network_does_and_compute_each_prefix_once() -> None:
    network = random_network()[2]
    sul = NetworkSul(network, time.process_time() + 60)
    words = np.random.default_rng(0).integers(3, size=(30, 6))
    for _ in range(2):
        assert [sul.query(tuple(word)) for word in words.tolist()] == network.run(words).tolist()
    assert len(sul.states) == 1 + len({tuple(word[:t]) for word in words.tolist() for t in range(1, 7)})


def test_the_oracle_follows_the_network_only_where_it_is_right() -> None:
    network = random_network()[2]
    words = np.random.default_rng(0).integers(3, size=(30, 6))
    answers = network.run(words)
    daisy = MealyState("a")
    daisy.prefix = ()
    daisy.transitions = dict.fromkeys(range(3), daisy)
    daisy.output_fun = {x: int(network.run(np.array([[x]]))[0, 0]) for x in range(3)}
    flawed = to_machine(MealyMachine(daisy, [daisy]), symbols(3), symbols(4)).run(words)[0] != answers
    assert flawed.any()

    def asked(observed: np.ndarray) -> tuple[TrainingOracle, tuple[int, ...] | None]:
        oracle = TrainingOracle(Examples(words, observed, symbols(3), symbols(4)), network, time.process_time() + 60)
        return oracle, oracle.find_cex(MealyMachine(daisy, [daisy]))

    oracle, word = asked(answers)
    assert word is not None
    assert len(word) == 1 + min(t for n, t in np.argwhere(flawed))
    assert (oracle.right, oracle.done) == ((~flawed).sum(), False)
    # Another answer where the hypothesis is at fault: then the network is wrong as well.
    oracle, word = asked(np.where(flawed, (answers + 1) % 4, answers))
    assert word is None
    assert oracle.done is False
    oracle, word = asked(np.where(flawed, UNKNOWN, answers))
    assert word is None
    assert (oracle.right, oracle.done) == ((~flawed).sum(), True)


def test_the_seed_decides_and_nothing_else_is_touched() -> None:
    examples = seen(Parity(), "dense", length=6)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    machines = [SMALL(examples, 3) for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), before)
    assert machines[0].digest == machines[1].digest
    deadline = time.process_time() + 60
    weights = [next(trained(examples, seed, deadline)).weight for seed in (3, 3, 4)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
    still = Hyperparameters(rate=0.0, patience=1)
    fresh = [next(trained(examples, seed, deadline, still)).weight for seed in (3, 4)]
    assert not np.array_equal(fresh[0], fresh[1])


def test_training_takes_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = torch.get_num_threads()
    during = []
    monkeypatch.setattr(extraction, "trained", lambda *_: during.append(torch.get_num_threads()) or [])
    try:
        torch.set_num_threads(2)
        gru_kv(seen(Parity(), "dense"), 0)
        assert (during, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(threads)


def test_no_time_means_no_machine() -> None:
    assert GruKv(seconds=0)(seen(Parity(), "dense"), 0) is None


def test_a_short_time_gives_the_best_so_far() -> None:
    # Answers without a rule: no hypothesis is ever right everywhere.
    rng = np.random.default_rng(0)
    examples = Examples(rng.integers(2, size=(200, 30)), rng.integers(2, size=(200, 30)), symbols(2), symbols(2))
    assert GruKv(seconds=1.0)(examples, 0) is not None


def untrained(seed: int) -> Gru:
    """A network over two input and two output symbols that never learned anything."""
    torch.manual_seed(seed)
    return Gru(torch.nn.GRU(2, 4), torch.nn.Linear(4, 2))


def test_it_restarts_with_fresh_seeds_until_a_hypothesis_is_consistent(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = []

    def stuck(examples: Examples, seed: int, deadline: float, how: Hyperparameters) -> Iterator[Gru]:
        seeds.append(seed)
        # Two trainings get nowhere, the third is the peer's own.
        return trained(examples, seed, deadline, how) if len(seeds) == 3 else iter([untrained(seed)])

    monkeypatch.setattr(extraction, "trained", stuck)
    examples = seen(Parity(), "dense", length=8)
    assert equivalent(SMALL(examples, 5), Parity().reference())
    assert len(set(seeds)) == len(seeds) == 3
    first, seeds[:] = list(seeds), []
    SMALL(examples, 5)
    assert (first[0], seeds) == (5, first)
    seeds.clear()
    SMALL(examples, 6)
    assert not set(seeds) & set(first)


def test_it_restarts_until_its_time_is_up_and_keeps_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    now, rights = [0.0], []

    class Watched(TrainingOracle):
        def extract(self, rounds: int) -> None:
            super().extract(rounds)
            rights.append((self.right, self.best))

    def stuck(examples: Examples, seed: int, deadline: float, how: Hyperparameters) -> Iterator[Gru]:
        assert deadline == pytest.approx(now[0] + (100 - now[0]) * 5 / 6)
        now[0] += 9
        yield untrained(seed)

    monkeypatch.setattr(extraction, "time", SimpleNamespace(process_time=lambda: now[0]))
    monkeypatch.setattr(extraction, "trained", stuck)
    monkeypatch.setattr(extraction, "TrainingOracle", Watched)
    rng = np.random.default_rng(0)
    examples = Examples(rng.integers(2, size=(50, 9)), rng.integers(2, size=(50, 9)), symbols(2), symbols(2))
    machine = GruKv(seconds=100)(examples, 0)
    assert len(rights) == 12
    best = max(rights, key=lambda one: one[0])
    assert best[0] > rights[-1][0]
    assert best[0] > rights[0][0]
    assert machine is not None
    assert (machine.run(examples.words)[0] == examples.answers).sum() == best[0]


@pytest.mark.parametrize("length", [0, 4])
def test_without_an_observed_output_there_is_nothing_to_train(length: int) -> None:
    words = np.zeros((3, length), dtype=np.int32)
    assert gru_kv(Examples(words, np.full_like(words, UNKNOWN), symbols(1), symbols(2)), 0) is None


WITHOUT_AALPY = """
import sys

sys.modules["aalpy"] = None
import seqlogic.study.peers
from seqlogic.errors import InputError

for name in ("rpni", "edsm", "gru_kv"):
    try:
        getattr(seqlogic.study.peers, name)
    except InputError as error:
        print(error)
assert not {"torch"} & set(sys.modules)
"""


def test_without_aalpy_the_extra_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_AALPY], capture_output=True, text=True, check=True)
    line = "aalpy is not installed; install the extra `peers` (in the checkout: pip install '.[peers]')"
    assert done.stdout.splitlines() == [line] * 3
