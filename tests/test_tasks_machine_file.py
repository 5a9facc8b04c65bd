"""A machine file as the reference."""

import inspect
from textwrap import dedent

import numpy as np
import pytest

from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from seqlogic.machine import UNKNOWN, Alphabet, Machine, canonical, to_mealy
from tasks import MachineFile


@pytest.fixture
def task_of(tmp_path):
    def read(text, name="machine.kiss2"):
        path = tmp_path / name
        path.write_text(dedent(text))
        return MachineFile(file=path)

    return read


def draw(task, count=400, length=12, seed=0):
    return task.sample(np.random.default_rng(seed), count, length)


def test_the_docstring_shows_a_run_of_its_file(task_of):
    _, example, _, file, *_ = inspect.getdoc(MachineFile).split("\n\n")
    task = task_of(file)
    read, answered = (line.split() for line in example.splitlines())
    output = task.respond(np.array([[task.inputs.index(symbol) for symbol in read]]))
    assert ["-" if symbol == UNKNOWN else task.outputs.name(symbol) for symbol in output[0].tolist()] == answered


PARTIAL = """
    .i 1
    .o 2
    .r a
    0 a b 00
    1 a a 1-
    0 b a 01
    1 b c --
    0 c * 11
    .e
"""


def test_words_known_in_part_are_symbols_of_their_own(task_of):
    task = task_of(PARTIAL)
    # Numbers by value, then text.
    assert task.outputs == Alphabet.of(["00", "01", "11", "1-"])
    assert [[task.step(state, symbol)[1] for symbol in (0, 1)] for state in range(3)] == [
        [0, 3],
        [1, UNKNOWN],
        [2, UNKNOWN],
    ]
    assert task.states == len(canonical(task.reference())) == 3


def test_wide_outputs_are_only_those_that_occur(task_of):
    task = task_of(".i 1\n.o 16\n.r a\n0 a b " + "0" * 16 + "\n1 a a " + "1" * 16 + "\n- b a " + "01" * 8 + "\n.e\n")
    assert task.outputs == Alphabet.of(["0" * 16, "01" * 8, "1" * 16])


def test_only_what_is_specified_is_drawn(task_of):
    task = task_of(PARTIAL)
    machine = task.reference()
    words = draw(task)
    states = machine.trace(words)
    for t in range(words.shape[1]):
        live = words[:, t] >= 0
        assert (states[live, t] >= 0).all()
        known = (machine.next_state >= 0) | (machine.output >= 0)
        assert known[states[live, t], words[live, t]].all()
    used = {(state, symbol) for state, symbol in zip(states[:, :-1].ravel(), words.ravel(), strict=True) if symbol >= 0}
    assert used == {(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)}


def test_a_word_ends_after_a_symbol_without_a_next_state(task_of):
    task = task_of(PARTIAL)
    machine, words = task.reference(), draw(task)
    lengths = (words >= 0).sum(axis=1)
    ends = machine.trace(words)[np.arange(len(words)), lengths - 1]
    last = words[np.arange(len(words)), lengths - 1]
    early = lengths < words.shape[1]
    assert early.any()
    assert (machine.next_state[ends[early], last[early]] == UNKNOWN).all()
    assert ((words >= 0) == (np.arange(words.shape[1]) < lengths[:, None])).all()


def test_a_word_ends_where_nothing_is_specified(task_of):
    task = task_of(".i 1\n.o 1\n.r a\n0 a a 0\n1 a b 1\n.e\n")
    examples = task.examples(np.random.default_rng(0), 200, 5, 5)
    for word in examples.words.tolist():
        read = [symbol for symbol in word if symbol != UNKNOWN]
        assert 1 not in read[:-1]
        assert len(read) == 5 or read[-1] == 1


def test_the_specified_symbols_are_uniform(task_of):
    task = task_of(".i 2\n.o 1\n.r a\n00 a a 0\n1- a a 1\n.e\n")
    share = np.bincount(draw(task, 1000, 20).ravel(), minlength=4) / 20000
    assert share == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3], abs=0.02)


def test_examples_say_what_the_file_says(task_of):
    task = task_of(PARTIAL)
    first, again = (task.examples(np.random.default_rng(3), 100, 1, 9) for _ in range(2))
    assert (first.words == again.words).all()
    assert first.outputs == task.outputs
    output, care = task.reference().run(first.words)
    known = first.answers >= 0
    assert (known == (care > 0)).all()
    assert (task.words[first.answers[known]] == np.stack([output[known], care[known]], axis=-1)).all()
    # On 1 in state b nothing is known of the output, and the word goes on.
    assert ((first.answers == UNKNOWN) & (first.words >= 0)).any()


def test_what_was_learned_is_expressed_in_the_words_of_the_file(task_of):
    task = task_of(PARTIAL)
    reference = task.reference()
    steps = np.array([[task.step(state, symbol) for symbol in (0, 1)] for state in range(3)])
    learned = Machine(steps[..., 0], steps[..., 1], task.inputs, task.outputs)
    expressed = task.express(learned)
    assert expressed.outputs == reference.outputs == Alphabet.words(2)
    assert expressed.digest == reference.digest
    assert expressed.care.tolist() == [[3, 2], [3, 0], [3, 0]]


def test_a_machine_of_named_outputs_is_its_own_expression(tmp_path):
    machine = Machine(np.array([[0, 0]]), np.array([[0, 1]]), Alphabet.of("ab"), Alphabet.of("xy"))
    write_machine(machine, tmp_path / "named.json")
    task = MachineFile(file=tmp_path / "named.json")
    assert task.words is None
    assert task.express(machine) is machine


def test_a_missing_file_is_asked_for():
    with pytest.raises(InputError, match="MACHINE=file"):
        MachineFile(file=None)


def test_step_is_the_reference(task_of):
    task = task_of(PARTIAL)
    assert task.step(task.initial, 1) == (task.initial, task.outputs.index("1-"))
    assert task.step(2, 1) == (UNKNOWN, UNKNOWN)


def test_names_of_symbols_stay(tmp_path):
    machine = Machine(
        np.array([[1, 0], [0, 1]]),
        np.array([0, 1]),
        Alphabet.of(["coin", "button"]),
        Alphabet.of(["tea", "coffee", "nothing"]),
    )
    write_machine(machine, tmp_path / "vending.json")
    task = MachineFile(file=str(tmp_path / "vending.json"))
    assert (task.inputs, task.outputs) == (machine.inputs, machine.outputs)
    # A Moore machine is asked as the Mealy machine that answers alike.
    assert task.reference().digest == to_mealy(machine).digest


def test_parts_that_cannot_be_reached_are_not_there(task_of):
    task = task_of(".i 1\n.o 2\n.r a\n- a a 01\n- b a 11\n.e\n")
    assert len(task.reference()) == 1
    assert task.outputs == Alphabet.of(["01"])


@pytest.mark.parametrize(
    "text",
    [
        ".i 1\n.o 1\n.r a\n0 a b -\n1 b a -\n.e\n",
        # Nothing at all is said of the initial state.
        ".i 1\n.o 1\n.r a\n0 b a 1\n1 b b 0\n.e\n",
    ],
)
def test_a_file_of_which_nothing_can_be_learned(task_of, text):
    with pytest.raises(InputError) as error:
        task_of(text)
    assert str(error.value).endswith("machine.kiss2: no output that can be reached is specified, expected at least one")
