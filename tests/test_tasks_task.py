"""What every task promises: a docstring that is right, the true state count, examples, and a command-line face."""

import inspect
import re
from itertools import combinations, product

import numpy as np
import pytest

import tasks
from seqlogic.machine import UNKNOWN, canonical
from tasks import (
    FAMILIES,
    CanDestuff,
    Convolutional,
    Counter,
    Crc,
    CycleNavigation,
    Delay,
    Detector,
    DivisibleBy,
    Dyck,
    EvenPairs,
    First,
    Glitch,
    Majority,
    Manchester,
    ModCounter,
    ModularArithmetic,
    MultiplyBy,
    Nrzi,
    Parity,
    Quadrature,
    Quotient,
    RandomMachine,
    Repeat01,
    Scrambler,
    SerialAdder,
    SerialComparator,
    SerialMac,
    SerialSubtractor,
    Spi,
    Task,
    Tomita,
    Uart,
    UsbDestuff,
    WordProblem,
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
    # The first symbol stays the first.
    assert len(set(answered)) > 1 or name == "first"


@pytest.mark.parametrize("name", FAMILIES)
def test_the_first_line_of_the_docstring_says_what_it_is(name):
    first = inspect.getdoc(FAMILIES[name]).split("\n")[0]
    assert first.endswith((".", "?"))
    assert 20 < len(first) < 120


STATE_COUNTS = [
    *((Parity(), 2), (EvenPairs(), 3), (SerialAdder(), 2)),
    *((Repeat01(), 3), (SerialSubtractor(), 2), (SerialComparator(), 3)),
    *((First(k=k), k + 1) for k in range(2, 8)),
    *((Majority(k=k), states) for k, states in ((3, 4), (5, 14), (7, 50), (9, 182), (11, 672))),
    *((Glitch(k=k), 2**k) for k in (3, 5, 7)),
    *((family(k=k), k) for family in (Quotient, MultiplyBy) for k in range(2, 40)),
    *((SerialMac(k=k), k + 1) for k in range(1, 40)),
    *((ModularArithmetic(k=k), k * k) for k in range(2, 9)),
    *((WordProblem(group=group), states) for group, states in (("S3", 6), ("S5", 120), ("A5", 60))),
    *((WordProblem(group=group, answer="coarse"), states) for group, states in (("S3", 6), ("S5", 120), ("A5", 60))),
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
    *((UsbDestuff(run=run), run + 2) for run in range(1, 9)),
    *((Quadrature(), 5), (Nrzi(), 2), (Manchester(), 3)),
    *((Uart(data_bits=bits), bits + 3) for bits in range(1, 10)),
    *((Uart(data_bits=bits, parity=parity), 2 * bits + 5) for bits in range(1, 10) for parity in ("even", "odd")),
    *((Spi(bits=bits), 2**bits - 1) for bits in range(1, 9)),
    *(
        (Counter(bits=bits, code=code, control=control, answer=answer), 2**bits)
        for bits in range(1, 6)
        for code, control, answer in product(("binary", "gray"), ("enable", "load"), ("all", "msb", "carry"))
    ),
    *((Delay(d=d), 2**d) for d in range(1, 9)),
    *((Crc(polynomial=polynomial), states) for polynomial, states in (("crc4", 16), ("crc8", 256))),
    # Every polynomial with a constant term, also where it is not primitive.
    *((Crc(polynomial=polynomial), 2 ** (polynomial.bit_length() - 1)) for polynomial in range(3, 64, 2)),
    *((Scrambler(taps=taps), 2 ** max(taps)) for n in range(1, 6) for taps in combinations(range(1, 6), n)),
    *((Scrambler(taps=(7, 4)), 128), (Scrambler(kind="additive"), 127), (Scrambler(kind="additive", seed=1), 127)),
    *((Scrambler(kind="additive", taps=taps), states) for taps, states in (((1,), 1), ((4, 2), 6), ((4, 3, 2, 1), 5))),
    *((Convolutional(generators=generators), 4) for generators in (("7", "5"), ("5",), ("2", "4", "1"), ("6", "7"))),
    *((Convolutional(generators=g), states) for g, states in ((("1",), 1), (("171", "133"), 64), (("133", "2"), 64))),
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
        ("first", {"k": 1}, "first needs k of at least 2, not 1"),
        ("quotient", {"k": 1}, "quotient needs k of at least 2, not 1"),
        ("multiply_by", {"k": 1}, "multiply_by needs k of at least 2, not 1"),
        ("modular_arithmetic", {"k": 1}, "modular_arithmetic needs k of at least 2, not 1"),
        ("majority", {"k": 1}, "majority needs an odd k of at least 3, not 1"),
        ("majority", {"k": 6}, "majority needs an odd k of at least 3, not 6"),
        ("word_problem", {"group": "A4"}, "word_problem needs a group S3, S5 or A5, not 'A4'"),
        ("word_problem", {"answer": "odd"}, "word_problem answers full or coarse, not 'odd'"),
        ("dyck", {"depth": 0}, "dyck needs a depth of at least 1, not 0"),
        ("dyck", {"answer": "odd"}, "dyck answers balanced or valid, not 'odd'"),
        ("can_destuff", {"run": 1}, "can_destuff needs a run of at least 2, not 1"),
        ("usb_destuff", {"run": 0}, "usb_destuff needs a run of at least 1, not 0"),
        ("uart", {"data_bits": 0}, "uart needs at least 1 data bit, not 0"),
        ("uart", {"parity": "mark"}, "uart has a parity of none, even or odd, not 'mark'"),
        ("spi", {"bits": 0}, "spi needs words of 1 to 29 bits, not 0"),
        ("spi", {"bits": 30}, "spi needs words of 1 to 29 bits, not 30"),
        ("counter", {"bits": 0}, "counter needs 1 to 29 bits, not 0"),
        ("counter", {"bits": 30}, "counter needs 1 to 29 bits, not 30"),
        ("counter", {"code": "bcd"}, "counter counts in binary or gray, not 'bcd'"),
        ("counter", {"control": "up"}, "counter has the control enable or load, not 'up'"),
        ("counter", {"answer": "lsb"}, "counter answers all, msb or carry, not 'lsb'"),
        ("delay", {"d": 0}, "delay needs d of at least 1, not 0"),
        ("crc", {"polynomial": "crc5"}, "crc has the polynomials crc4, crc8, crc16, crc32 or a number, not 'crc5'"),
        (
            *("crc", {"polynomial": 0x1020}),
            "crc needs a polynomial of degree 1 or more with a constant term of one, not 0x1020",
        ),
        (
            *("crc", {"polynomial": 1}),
            "crc needs a polynomial of degree 1 or more with a constant term of one, not 0x1",
        ),
        ("scrambler", {"kind": "self"}, "scrambler is multiplicative or additive, not 'self'"),
        ("scrambler", {"taps": ()}, "scrambler needs different taps of at least 1, not []"),
        ("scrambler", {"taps": (7, 0)}, "scrambler needs different taps of at least 1, not [7, 0]"),
        ("scrambler", {"taps": (4, 7, 4)}, "scrambler needs different taps of at least 1, not [4, 7, 4]"),
        (
            *("scrambler", {"kind": "additive", "taps": (21, 2)}),
            "an additive scrambler needs taps of at most 20, not 21",
        ),
        ("scrambler", {"seed": 128}, "scrambler needs a seed of 7 bits, not zero if it is additive, not 128"),
        ("scrambler", {"seed": -1}, "scrambler needs a seed of 7 bits, not zero if it is additive, not -1"),
        (
            *("scrambler", {"kind": "additive", "seed": 0}),
            "scrambler needs a seed of 7 bits, not zero if it is additive, not 0",
        ),
        ("convolutional", {"generators": ()}, "convolutional needs 1 to 30 generators, not 0"),
        ("convolutional", {"generators": ("7",) * 31}, "convolutional needs 1 to 30 generators, not 31"),
        ("convolutional", {"generators": ("8",)}, "convolutional needs generators in octal, not ('8',)"),
        ("convolutional", {"generators": "7"}, "convolutional needs generators in octal, not '7'"),
        ("convolutional", {"generators": ("6", "4")}, "convolutional needs a generator that is odd, not only 6 4"),
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
        ("{class_path: tasks.WordProblem, init_args: {group: A5, answer: coarse}}", {"group": "A5", "states": 60}),
        ("{class_path: tasks.Parity}", {"states": 2}),
        ("{class_path: tasks.Crc, init_args: {polynomial: crc8}}", {"polynomial": 0x107}),
        ("{class_path: tasks.Crc, init_args: {polynomial: 0x18005}}", {"polynomial": 0x18005}),
        ("{class_path: tasks.Scrambler, init_args: {taps: [5, 3]}}", {"taps": (5, 3), "states": 32}),
        ("{class_path: tasks.Convolutional, init_args: {generators: ['171', '133']}}", {"constraint": 7}),
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
