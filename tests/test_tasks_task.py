"""What every task promises: a docstring that is right, the true state count, examples, and a command-line face."""

import inspect
import re
from itertools import product

import numpy as np
import pytest

import tasks
from seqlogic.machine import UNKNOWN, canonical
from tasks import (
    FAMILIES,
    CanDestuff,
    CycleNavigation,
    Detector,
    DivisibleBy,
    Dyck,
    EvenPairs,
    ModCounter,
    Parity,
    RandomMachine,
    SerialAdder,
    Task,
    Tomita,
)

DEFAULTS = [name for name in FAMILIES if name != "machine"]


def worked_example(task_class: type[Task]) -> list[list[str]]:
    """The second paragraph of the docstring: the symbols read, and below each the answer."""
    paragraph = inspect.getdoc(task_class).split("\n\n")[1]
    return [line.split() for line in paragraph.splitlines()]


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_docstring_shows_a_run(name):
    task = FAMILIES[name]()
    read, answered = worked_example(FAMILIES[name])
    output, _ = task.reference().run(np.array([[task.inputs.index(symbol) for symbol in read]]))
    assert [task.outputs.name(symbol) for symbol in output[0].tolist()] == answered
    assert len(set(answered)) > 1


@pytest.mark.parametrize("name", FAMILIES)
def test_the_first_line_of_the_docstring_says_what_it_is(name):
    first = inspect.getdoc(FAMILIES[name]).split("\n")[0]
    assert first.endswith((".", "?"))
    assert 20 < len(first) < 120


STATE_COUNTS = [
    *((Parity(), 2), (EvenPairs(), 3), (SerialAdder(), 2)),
    *((Tomita(number=number), states) for number, states in zip(range(1, 8), (2, 3, 5, 4, 4, 3, 5), strict=True)),
    *((ModCounter(k=k), k) for k in range(2, 21)),
    *((Detector(pattern="".join(bits)), m) for m in range(1, 7) for bits in product("01", repeat=m)),
    *((DivisibleBy(k=k), k) for k in range(3, 64, 2)),
    # Of the powers of two, how many zeros end the number so far, as far as it matters.
    *((DivisibleBy(k=2**a), a) for a in range(1, 9)),
    *((DivisibleBy(k=k), states) for k, states in ((6, 3), (12, 4), (24, 5), (10, 5), (20, 6), (14, 7), (56, 9))),
    *((CycleNavigation(k=k), k) for k in range(2, 10)),
    *((Dyck(depth=depth, answer=answer), depth + 2) for depth in range(1, 11) for answer in ("balanced", "valid")),
    *((CanDestuff(run=run), 2 * run + 3) for run in range(2, 9)),
    *((RandomMachine(states=n, inputs=x, outputs=y, seed=9), n) for n, x, y in ((1, 2, 2), (7, 1, 2), (20, 4, 4))),
    *((RandomMachine(states=n, seed=seed), n) for n in (2, 5, 10, 50) for seed in range(5)),
]


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_state_count_is_that_of_the_minimal_machine(name):
    counted = [(task, states) for task, states in STATE_COUNTS if type(task) is FAMILIES[name]]
    assert counted
    for task, states in counted:
        assert task.states == states == len(canonical(task.reference())), vars(task)


@pytest.mark.parametrize("k", range(2, 80))
def test_the_state_count_of_a_divisor_of_any_kind(k):
    assert DivisibleBy(k=k).states == len(canonical(DivisibleBy(k=k).reference()))


@pytest.mark.parametrize("name", DEFAULTS)
def test_examples_are_words_of_the_law_with_their_answers(name):
    task = FAMILIES[name]()
    examples = task.examples(np.random.default_rng(1), 200, 3, 9)
    assert examples.words.shape == (200, 9)
    assert set(examples.lengths.tolist()) == set(range(3, 10))
    assert (examples.inputs, examples.outputs) == (task.inputs, task.outputs)
    assert set(np.unique(examples.words).tolist()) == {UNKNOWN, *range(len(task.inputs))}
    for word, answer in zip(examples.words.tolist(), examples.answers.tolist(), strict=True):
        state, expected = task.initial, []
        for symbol in word:
            if symbol == UNKNOWN:
                expected.append(UNKNOWN)
            else:
                state, output = task.step(state, symbol)
                expected.append(output)
        assert answer == expected


@pytest.mark.parametrize("name", DEFAULTS)
def test_examples_depend_on_the_generator_alone(name):
    first, again, other = (FAMILIES[name]().examples(np.random.default_rng(seed), 50, 1, 20) for seed in (7, 7, 8))
    assert (first.words == again.words).all()
    assert (first.answers == again.answers).all()
    assert not np.array_equal(first.words, other.words)


def test_the_reference_is_built_once():
    task = Parity()
    assert task.reference() is task.reference()
    assert task.reference() is not Parity().reference()


def test_examples_of_one_length():
    assert Parity().examples(np.random.default_rng(0), 5, 4, 4).lengths.tolist() == [4] * 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 2), "examples need a count of at least 1, not 0"),
        ((1, 0, 2), "examples need 1 <= min_length <= max_length, not 0 and 2"),
        ((1, 3, 2), "examples need 1 <= min_length <= max_length, not 3 and 2"),
    ],
)
def test_examples_of_no_size_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Parity().examples(np.random.default_rng(0), *arguments)


def test_a_task_may_end_a_word_early():
    class Short(Parity):
        def sample(self, rng, count, length):
            words = super().sample(rng, count, length)
            words[:, 2:] = UNKNOWN
            return words

    examples = Short().examples(np.random.default_rng(0), 20, 1, 5)
    assert set(examples.lengths.tolist()) == {1, 2}
    assert (examples.answers[examples.words == UNKNOWN] == UNKNOWN).all()


@pytest.mark.parametrize(
    ("family", "arguments", "message"),
    [
        ("tomita", {"number": 0}, "tomita needs a number from 1 to 7, not 0"),
        ("tomita", {"number": 8}, "tomita needs a number from 1 to 7, not 8"),
        ("mod_counter", {"k": 1}, "mod_counter needs k of at least 2, not 1"),
        ("detector", {"pattern": ""}, "detector needs a pattern of zeros and ones, not ''"),
        ("detector", {"pattern": "10a"}, "detector needs a pattern of zeros and ones, not '10a'"),
        ("divisible_by", {"k": 1}, "divisible_by needs k of at least 2, not 1"),
        ("cycle_navigation", {"k": 1}, "cycle_navigation needs k of at least 2, not 1"),
        ("dyck", {"depth": 0}, "dyck needs a depth of at least 1, not 0"),
        ("dyck", {"answer": "odd"}, "dyck answers balanced or valid, not 'odd'"),
        ("can_destuff", {"run": 1}, "can_destuff needs a run of at least 2, not 1"),
        ("random", {"states": 0}, "random needs at least 1 state, not 0"),
        ("random", {"inputs": 0}, "random needs at least 1 input symbol, not 0"),
        ("random", {"outputs": 1}, "random needs at least 2 output symbols, not 1"),
    ],
)
def test_a_bad_argument_is_named(family, arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FAMILIES[family](**arguments)


@pytest.mark.parametrize("name", FAMILIES)
def test_arguments_are_by_name_and_have_defaults(name):
    for parameter in inspect.signature(FAMILIES[name]).parameters.values():
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.default is not parameter.empty


@pytest.fixture
def parser():
    jsonargparse = pytest.importorskip("jsonargparse")
    parser = jsonargparse.ArgumentParser()
    parser.add_subclass_arguments(Task, "task")
    return parser


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("{class_path: tasks.ModCounter, init_args: {k: 7}}", {"k": 7, "states": 7}),
        # Text also where it looks like a number.
        ("{class_path: tasks.Detector, init_args: {pattern: '0011'}}", {"pattern": "0011"}),
        ("{class_path: tasks.Dyck, init_args: {depth: 3, answer: valid}}", {"depth": 3, "answer": "valid"}),
        ("{class_path: tasks.Parity}", {"states": 2}),
    ],
)
def test_a_task_is_made_from_yaml(parser, text, attributes):
    task = parser.instantiate(parser.parse_string(f"task: {text}")).task
    assert {name: getattr(task, name) for name in attributes} == attributes


@pytest.mark.parametrize("name", [name for name in FAMILIES if inspect.signature(FAMILIES[name]).parameters])
def test_the_docstring_explains_each_argument_on_the_command_line(parser, name, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args([f"--task.help=tasks.{FAMILIES[name].__name__}"])
    shown = " ".join(capsys.readouterr().out.split())
    for parameter in inspect.signature(FAMILIES[name]).parameters:
        assert inspect.getdoc(FAMILIES[name]).split(f"\n    {parameter}: ")[1].split("\n")[0] in shown


def test_families_are_the_tasks_of_the_package():
    assert set(FAMILIES.values()) == {
        getattr(tasks, name) for name in tasks.__all__ if name not in ("FAMILIES", "Task")
    }
